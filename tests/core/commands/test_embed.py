"""``phenolens embed``: the cases of stored predictions, embedded again where their pictures can be had."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.classifier import load
from core.evaluation.embedding import FILE, read_embeddings
from core.evaluation.results import read_results
from core.phantoms.cohort import cohort
from core.training.crops import crops
from core.training.sources import DrawnFaces
from tests.core.bundles import tiny_bundle
from tests.core.commands.conftest import Phenolens, face
from tests.core.evaluation.synthetic import names, single_frame, write_bundle


@contextmanager
def in_this_process(workers: int | None) -> Iterator[SimpleNamespace]:
    """Instead of processes, which take their time to start."""
    yield SimpleNamespace(imap=map)


@pytest.fixture(autouse=True)
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.crops._pool", in_this_process)


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with stored predictions of 14 drawn phantoms, of which one was changed since, and of two photographs."""
    root = tmp_path_factory.mktemp("embed")
    folder = tiny_bundle(root / "models")
    classifier = load(folder)
    table = cohort([c.name for c in classifier.study.classes], 14, 1, 3)
    found = crops(
        table, DrawnFaces(224), classifier.backbone.card.crop_frame, root, lambda *_: None, workers=1
    )
    said = classifier.predict(classifier.maps(found.central(np.arange(len(found.table))))).probabilities
    stored = found.table.assign(kind="drawn").drop(columns="terms")
    more = stored.iloc[:2].assign(
        kind="photograph", path=["pictures/one.png", "pictures/two.png"], subject_id="P", seed=-1
    )
    scores = pd.DataFrame(said, columns=[f"p:{label}" for label in classifier.study.labels])
    frame = pd.concat([pd.concat([stored, scores], axis=1), pd.concat([more, scores.iloc[:2]], axis=1)])
    frame.iloc[5, -13:] = frame.iloc[5, -13:].to_numpy()[::-1]
    frame.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def test_what_can_be_had_is_embedded_and_the_rest_is_told(
    phenolens: Phenolens, predicted: Path, tmp_path: Path
) -> None:
    done = phenolens("embed", "facies12/tiny", "--models", predicted.parents[1], "--cache", tmp_path)
    assert done.status == 0
    results = read_results(predicted)
    embedded = read_embeddings(predicted, results)
    assert embedded is not None
    expected = np.arange(results.n) < results.n - 2
    expected[5] = False
    np.testing.assert_array_equal(embedded.known, expected)
    assert f"{results.n - 3} of {results.n} cases embedded" in done.out
    assert str(predicted / FILE) in done.out
    assert "2 pictures are not to be had" in done.err
    assert "1 cases have other scores now" in done.err
    assert "pictures, embedded" in done.err
    assert "pictures/" not in done.err
    assert list(tmp_path.iterdir())


def test_pictures_of_a_dataset_are_read(
    phenolens: Phenolens, predicted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pd.read_parquet(predicted / "predictions.parquet").iloc[0]
    (tmp_path / "facies12" / "pictures").mkdir(parents=True)
    Image.fromarray(DrawnFaces(224)(first.to_dict())).save(tmp_path / "facies12" / "pictures" / "one.png")
    monkeypatch.setenv("PHENOLENS_DATA", str(tmp_path))
    done = phenolens("embed", "--models", predicted.parents[1])
    assert "1 pictures are not to be had" in done.err
    results = read_results(predicted)
    embedded = read_embeddings(predicted, results)
    assert embedded is not None
    assert embedded.known[-2:].tolist() == [True, False]
    np.testing.assert_allclose(embedded.pca[-2], embedded.pca[0], atol=1e-4)


def test_what_cannot_be_embedded(phenolens: Phenolens, predicted: Path, tmp_path: Path) -> None:
    models = predicted.parents[1]
    assert "must be folders" in phenolens("embed", "--models", models, "--from-photos", tmp_path / "none").err
    assert "There is no model" in phenolens("embed", "facies12/none", "--models", models).err
    write_bundle(tmp_path, "made-up", "one", single_frame(40, 3), names(3))
    assert "without a model" in phenolens("embed", "made-up/one", "--models", tmp_path).err
    done = phenolens("embed", "--models", models, "--from-photos", tmp_path)
    assert done.status == 2
    assert "does not say how" in done.err


def test_photographs_that_are_not_the_models_are_refused(
    phenolens: Phenolens, predicted: Path, tmp_path: Path
) -> None:
    card = json.loads((predicted / "card.json").read_text())
    (predicted / "card.json").write_text(json.dumps(card | {"recipe": {"per_person": 2, "seed": 1}}))
    Image.fromarray(face(3)).save(tmp_path / "someone_1.png")
    done = phenolens("embed", "--models", predicted.parents[1], "--from-photos", tmp_path)
    assert done.status == 2
    assert "None of the model's photograph phantoms" in done.err
