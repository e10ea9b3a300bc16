"""``phenolens diagnose`` of DICOM and NIfTI: the slice, the frame and the window that were asked for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.core.commands.conftest import Phenolens
from tests.core.medical_files import SECRETS, dicom, nifti


@pytest.fixture
def face(photos: Path) -> np.ndarray:
    """(H, W) uint16 of 12 bits: the grey face of one of the photos."""
    with Image.open(photos / "one.jpg") as image:
        return np.asarray(image.convert("L")).astype(np.uint16) * 16


def test_a_dicom_is_answered_as_the_picture_in_it(
    phenolens: Phenolens, tmp_path: Path, face: np.ndarray
) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom(face, BitsStored=12, WindowCenter=2048, WindowWidth=4081))
    Image.fromarray((face // 16).astype(np.uint8)).save(tmp_path / "a.png")
    both = phenolens("diagnose", tmp_path / "a.dcm", tmp_path / "a.png", "--json")
    one, other = both.json
    assert both.status == 0
    assert one["faces"] == other["faces"]
    assert one["differential"] == other["differential"]
    dark = phenolens("diagnose", tmp_path / "a.dcm", "--json", "--window", "9000,4000")
    assert dark.json["outcome"] == "cannot assess"
    assert not [secret for secret in SECRETS if secret in both.out + both.err + dark.out]


def test_one_of_several_frames_has_to_be_named(
    phenolens: Phenolens, tmp_path: Path, face: np.ndarray
) -> None:
    (tmp_path / "a.dcm").write_bytes(dicom(np.stack([face * 0, face]), BitsStored=12))
    refused = phenolens("diagnose", tmp_path / "a.dcm")
    assert refused.status == 2
    assert "2 frames: choose one of them, 1 to 2. Name it with --slice." in " ".join(refused.err.split())
    assert phenolens("diagnose", tmp_path / "a.dcm", "--json", "--slice", "2").json["faces"]
    assert not phenolens("diagnose", tmp_path / "a.dcm", "--json", "--slice", "1").json["faces"]


def test_a_volume_is_cut_where_it_is_asked(phenolens: Phenolens, tmp_path: Path, face: np.ndarray) -> None:
    volume = np.zeros((face.shape[1], 70, face.shape[0]), np.int16)
    volume[:, 40] = face[::-1, ::-1].T  # upright when it is seen from the front
    (tmp_path / "a.nii.gz").write_bytes(nifti(volume))
    cut = ("--axis", "coronal", "--slice", "41", "--window", "2048,4081")
    assert phenolens("diagnose", tmp_path / "a.nii.gz", "--json", *cut).json["faces"]
    assert phenolens("diagnose", tmp_path / "a.nii.gz", "--json").json["outcome"] == "cannot assess"
    missing = phenolens("diagnose", tmp_path / "a.nii.gz", "--axis", "coronal", "--slice", "71")
    assert (missing.status, "must be in 1 to 70" in " ".join(missing.err.split())) == (2, True)


@pytest.mark.parametrize("window", ["40", "40,0.5", "a,b", "1,2,3", "nan,4"])
def test_a_window_must_be_one(
    phenolens: Phenolens, photos: Path, window: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        phenolens("diagnose", photos / "one.jpg", "--window", window)
    assert "a centre and a width of 1 or more" in " ".join(capsys.readouterr().err.split())


def test_a_photo_has_no_window(phenolens: Phenolens, photos: Path) -> None:
    refused = phenolens("diagnose", photos / "one.jpg", "--window", "40,400")
    assert refused.status == 2
    assert "more than 8 bits" in " ".join(refused.err.split())
