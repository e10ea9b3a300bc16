"""Several findings at once, and one class against none: from pictures to a bundle that answers by locked thresholds."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from core.alignment.face import FaceFinder
from core.calibration import fit_platt
from core.classifier import Classifier, load
from core.cohort import Cohort, nothing_skipped
from core.decision import decide
from core.errors import RecipeError
from core.evaluation.results import read_results
from core.picture import Picture
from core.report import analyse
from core.studies.nih_chest import NIH_CHEST
from core.studies.pneumonia import PNEUMONIA
from core.study import Study
from core.training.assemble import lock
from core.training.crossvalidate import crossvalidate
from core.training.recipe import checked
from core.training.run import train

SIDE = 64
RECIPE: dict[str, Any] = {
    "name": "tiny",
    "title": "Random weights",
    "trunk": {"names": ["facies"], "weights": "random"},
    "head": {"kind": "mlp", "options": {"hidden": [], "dropout": 0.0}},
    "fit": {
        "epochs": 3,
        "batch": 16,
        "precision": "32-true",
        "rate": 3e-3,
        "augment": "none",
        "average_decay": 0.0,
    },
}


def patched(rng: np.random.Generator, places: list[int]) -> np.ndarray:
    """Grey noise with a bright square in each of these quarters."""
    pixels = rng.normal(60, 8, (SIDE, SIDE)).clip(0, 255).astype(np.uint8)
    for place in places:
        top, left = divmod(place, 2)
        pixels[top * 32 + 8 : top * 32 + 24, left * 32 + 8 : left * 32 + 24] = 230
    return np.repeat(pixels[..., None], 3, 2)


@pytest.fixture(scope="module")
def chests(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Mass in the first quarter, Nodule in the second; Effusion in nobody, Emphysema in one validation picture alone."""
    root, rng, rows = tmp_path_factory.mktemp("chests"), np.random.default_rng(0), []
    for index in range(96):
        marks = [int(mark) for mark in np.flatnonzero(rng.random(2) < 0.5)]
        Image.fromarray(patched(rng, marks)).save(root / f"{index}.png")
        split = ("train", "train", "val", "test")[index % 4]
        row: dict[str, Any] = {
            "path": f"{index}.png",
            "subject_id": str(index // 2 if split == "train" else index),
            "split": split,
        }
        row |= {f"y:{c.name}": 0.0 for c in NIH_CHEST.classes}
        row |= {"y:Mass": float(0 in marks), "y:Nodule": float(1 in marks), "y:Emphysema": float(index == 2)}
        rows.append(row)
    table = pd.DataFrame(rows)
    table.loc[5, "y:Mass"] = np.nan
    return Cohort(NIH_CHEST, root, table, nothing_skipped())


def trained(cohort: Cohort, out: Path, **fit: Any) -> Classifier:
    recipe = checked(RECIPE | {"fit": RECIPE["fit"] | fit})
    return train(recipe, cohort, out / "bundle", out / "cache", lambda *_: None, name="tiny")


@pytest.fixture(scope="module")
def bundle(chests: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("findings")
    trained(chests, out)
    return out / "bundle"


def test_only_findings_that_training_knows_are_learnt(bundle: Path) -> None:
    assert load(bundle).study.labels == ("Mass", "Nodule")


def test_probabilities_stand_by_themselves(bundle: Path, chests: Cohort) -> None:
    results = read_results(bundle)
    assert results.multi_label
    assert results.truth.shape == (48, 2)
    classifier = load(bundle)
    logits = torch.linspace(-3, 3, 10).repeat(2, 1).T.numpy()
    probabilities = classifier.calibration.probabilities(logits)
    assert not np.allclose(probabilities.sum(1), 1, atol=1e-2)
    assert (np.diff(probabilities, axis=0) > 0).all()
    assert not classifier.calibration.prediction_set(probabilities).any()


def test_thresholds_are_locked_and_decide(bundle: Path, chests: Cohort) -> None:
    classifier = load(bundle)
    assert classifier.thresholds is not None
    assert "F1" in classifier.thresholds.rule
    assert set(classifier.thresholds.values) == {"Mass", "Nodule"}
    data = (chests.root / "3.png").read_bytes()
    report = analyse(classifier, FaceFinder(torch.device("cpu")), Picture.from_bytes(data))
    assert report.multi_label
    assert report.noun == "chest X-ray"
    reached = {candidate.name for candidate in report.differential if candidate.reached}
    if report.outcome != "cannot assess":
        assert (report.outcome == "candidates") == bool(reached)
    assert all(
        (name in report.why) == (name in reached)
        for name in ("Mass", "Nodule")
        if report.outcome == "candidates"
    )


def test_the_stored_probability_is_what_a_case_is_answered_with(bundle: Path, chests: Cohort) -> None:
    results = read_results(bundle)
    row = int(np.flatnonzero(results.table["path"] == "3.png")[0])
    picture = Picture.from_bytes((chests.root / "3.png").read_bytes())
    report = analyse(load(bundle), FaceFinder(torch.device("cpu")), picture)
    said = {candidate.name: candidate.probability for candidate in report.differential}
    assert [said[name] for name in results.labels] == pytest.approx(results.scores[row], abs=1e-4)


def test_a_head_without_a_fit_is_refused(chests: Cohort, tmp_path: Path) -> None:
    recipe = checked(RECIPE | {"head": {"kind": "svc"}, "fit": None, "trunk": {"names": ["facies"]}})
    recipe = recipe.model_copy(update={"trunk": recipe.trunk.model_copy(update={"weights": "random"})})
    with pytest.raises(RecipeError, match="fit"):
        train(recipe, chests, tmp_path / "b", tmp_path / "c", lambda *_: None, name="tiny")


@pytest.fixture(scope="module")
def binary(chests: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("binary")
    label = np.where(chests.table["y:Nodule"] == 1, "Pneumonia", "Normal")
    columns = ["path", "subject_id", "split"]
    cohort = replace(chests, study=PNEUMONIA, table=chests.table[columns].assign(label=label))
    trained(cohort, out)
    return out / "bundle"


def test_one_class_against_none_is_decided_by_its_threshold(binary: Path) -> None:
    classifier = load(binary)
    assert classifier.thresholds is not None
    assert list(classifier.thresholds.values) == ["Pneumonia"]
    assert "Youden" in classifier.thresholds.rule
    maps = classifier.maps(torch.rand(1, 3, *([classifier.backbone.card.input_px] * 2)))
    prediction = classifier.predict(maps)
    prediction = replace(prediction, scope_distance=np.zeros(1))
    limit = classifier.thresholds.of("Pneumonia")
    for score, outcome in ((limit, "candidates"), (limit - 1e-6, "nothing distinctive")):
        given = replace(prediction, probabilities=np.array([[score, 1 - score]]))
        said, why = decide(classifier, given, 0)
        assert said == outcome
        assert "Pneumonia" in why
        assert "face" not in why


def platt_case(n: int, slope: float, offset: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, n).astype(np.float32)
    truth = (rng.random(n) < 1 / (1 + np.exp(-(slope * logits + offset)))).astype(np.float32)
    return logits, truth


def test_platt_finds_slope_and_offset() -> None:
    slope, offset = fit_platt(*platt_case(20_000, 0.6, -1.2))
    assert slope == pytest.approx(0.6, abs=0.05)
    assert offset == pytest.approx(-1.2, abs=0.08)


def test_platt_leaves_out_what_is_not_known() -> None:
    logits, truth = platt_case(4_000, 1.0, 0.5)
    holes = truth.copy()
    holes[::2] = np.nan
    assert fit_platt(logits, holes) == fit_platt(logits[1::2], truth[1::2])


def test_platt_of_few_cases_is_not_sure() -> None:
    slope, offset = fit_platt(np.array([-1, 1], np.float32), np.array([0, 1], np.float32))
    sure = 1 / (1 + np.exp(-(slope * 1 + offset)))
    assert 0.5 < sure < 0.75


def test_studies_know_what_they_are() -> None:
    assert PNEUMONIA.binary
    assert not NIH_CHEST.binary
    assert isinstance(NIH_CHEST, Study)


def test_cross_validation_predicts_everybody_once(chests: Cohort, tmp_path: Path) -> None:
    recipe = checked(RECIPE | {"fit": RECIPE["fit"] | {"epochs": 1}})
    table = crossvalidate(
        recipe, chests, tmp_path / "cv", tmp_path / "cache", lambda *_: None, folds=3, name="cv"
    )
    assert sorted(table["path"]) == sorted(chests.table["path"])
    assert table.groupby("subject_id")["fold"].nunique().max() == 1
    results = read_results(tmp_path / "cv")
    assert results.n == len(chests.table)
    assert {"Mass", "Nodule"} <= set(results.labels)
    assert sorted(path.name for path in (tmp_path / "cv").iterdir()) == ["card.json", "predictions.parquet"]


def test_a_finding_told_by_chance_is_never_called(bundle: Path, tmp_path: Path) -> None:
    out = shutil.copytree(bundle, tmp_path / "b")
    (out / "thresholds.json").unlink()
    table = pd.read_parquet(out / "predictions.parquet")
    table["p:Nodule"] = np.random.default_rng(3).random(len(table)).astype(np.float32)
    table["p:Mass"] = (0.2 + 0.6 * table["y:Mass"].fillna(0)).astype(np.float32)
    table.to_parquet(out / "predictions.parquet", index=False)
    assert lock(load(out), out) == ("Nodule",)
    locked = load(out).thresholds
    assert locked is not None
    assert locked.of("Nodule") == 1.0
    assert locked.of("Mass") == pytest.approx(0.8)
