"""The two published MobileFaceNets on real faces: the same person is nearer than another."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.alignment.face import FaceFinder
from core.alignment.warp import align
from core.backbones import backbone_card, load_backbone
from core.backbones.weights import status
from tests.core.backbones.conftest import shared_folder

pytestmark = pytest.mark.data
PEOPLE, PHOTOS = 16, 3
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def faces() -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Pictures, the landmarks of the middle face of each, and who it is."""
    people = sorted(path for path in shared_folder("faces", "lfw").iterdir() if path.is_dir())[:PEOPLE]
    paths = [path for person in people for path in sorted(person.glob("*.jpg"))[:PHOTOS]]
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    found = FaceFinder(CPU).find(pictures)
    assert all(found)
    middle = [
        min(here, key=lambda f: float(np.abs(np.mean(f.landmarks, axis=0) - 125).sum())) for here in found
    ]
    who = np.array([path.parent.name for path in paths])
    return pictures, np.array([face.landmarks for face in middle], np.float32), who


@pytest.mark.parametrize("name", ["mobilefacenet-w600k", "mobilefacenet-foamliu"])
def test_the_same_person_is_nearer_than_another(
    name: str, faces: tuple[list[np.ndarray], np.ndarray, np.ndarray], cache: Path
) -> None:
    pictures, landmarks, who = faces
    trunk = load_backbone(name, weights_dir=shared_folder("weights"))
    frame = backbone_card(name).crop_frame
    crops = align(pictures, range(len(pictures)), landmarks, frame, CPU).crops
    with torch.inference_mode():
        maps = trunk.maps(crops)
        embeddings = torch.nn.functional.normalize(trunk.embed(maps), dim=1)
    cosine = (embeddings @ embeddings.T).numpy()
    upper = np.triu_indices(len(who), 1)
    same = (who[:, None] == who[None, :])[upper]
    of_same, of_different = cosine[upper][same], cosine[upper][~same]
    assert of_same.mean() > 0.5
    assert abs(of_different.mean()) < 0.05
    right = (np.mean(of_same > 0.28) + np.mean(of_different < 0.28)) / 2
    assert right > 0.98


@pytest.mark.parametrize("name", ["mobilefacenet-w600k", "mobilefacenet-foamliu"])
def test_real_weights_are_listed_as_there(name: str, cache: Path) -> None:
    folder = shared_folder("weights")
    load_backbone(name, weights_dir=folder)
    line = next(line for line in status(folder) if line.name == name)
    assert (line.present, line.intact) == (True, True)
    assert len(line.sha256) == 64
