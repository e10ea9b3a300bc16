"""Made-up results with known truth: for tests of numbers and pages, never shown as a model's."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.results import Results, from_frame


def names(k: int) -> tuple[str, ...]:
    return tuple(f"Class {i:03d}" for i in range(k))


def single_frame(
    n: int = 600, k: int = 5, seed: int = 0, per_subject: int = 2, skill: float = 1.5
) -> pd.DataFrame:
    """``n`` cases of ``k`` unequally frequent classes, neighbours confused most; val and test halves by subject."""
    rng = np.random.default_rng(seed)
    n_subjects = max(1, n // per_subject)
    share = 1.0 / np.arange(1, k + 1) ** 0.7
    of_subject = rng.choice(k, n_subjects, p=share / share.sum())
    owner = np.sort(rng.integers(0, n_subjects, n))
    truth = of_subject[owner]
    logits = rng.normal(size=(n, k)).astype(np.float32)
    logits[np.arange(n), truth] += skill
    logits[np.arange(n), (truth + 1) % k] += 0.6 * skill
    logits += 0.5 * rng.normal(size=(n_subjects, k)).astype(np.float32)[owner]
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    frame = _table(rng, n, owner)
    frame["label"] = np.array(names(k))[truth]
    return pd.concat([frame, pd.DataFrame(p, columns=[f"p:{name}" for name in names(k)])], axis=1)


def multi_frame(n: int = 500, k: int = 4, seed: int = 0) -> pd.DataFrame:
    """``n`` cases with any of ``k`` findings each; some truths unknown."""
    rng = np.random.default_rng(seed)
    owner = np.sort(rng.integers(0, max(1, n // 2), n))
    shared = rng.normal(size=(n, 1))
    truth = (rng.normal(size=(n, k)) + 0.5 * shared > 0.9).astype(np.float32)
    scores = 1 / (1 + np.exp(-(rng.normal(size=(n, k)) + 2.0 * truth - 1.2)))
    truth[rng.random((n, k)) < 0.03] = np.nan
    frame = _table(rng, n, owner)
    frame["view"] = rng.choice(["PA", "AP"], n)
    ys = pd.DataFrame(truth, columns=[f"y:{name}" for name in names(k)])
    ps = pd.DataFrame(scores.astype(np.float32), columns=[f"p:{name}" for name in names(k)])
    return pd.concat([frame, ys, ps], axis=1)


def single(n: int = 600, k: int = 5, seed: int = 0, **options: float) -> Results:
    return from_frame(single_frame(n, k, seed, **options), names(k))  # type: ignore[arg-type]


def multi(n: int = 500, k: int = 4, seed: int = 0) -> Results:
    return from_frame(multi_frame(n, k, seed), names(k))


def write_bundle(
    root: Path, study: str, name: str, frame: pd.DataFrame, labels: tuple[str, ...], **card: object
) -> Path:
    """A folder ``root/study/name`` of stored predictions without a model, as ``find_models`` finds it."""
    folder = root / study / name
    folder.mkdir(parents=True)
    multi_label = any(column.startswith("y:") for column in frame)
    head = {"format": 1, "study": study, "name": name, "labels": list(labels), "multi_label": multi_label}
    extra = {
        "title": f"Made up: {name}",
        "synthetic_only": True,
        "trained_on": "Nothing: the numbers are made up.",
    }
    (folder / "card.json").write_text(json.dumps(head | extra | card))
    frame.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def _table(rng: np.random.Generator, n: int, owner: np.ndarray) -> pd.DataFrame:
    n_subjects = int(owner.max()) + 1
    age, sex = rng.uniform(0, 80, n_subjects), rng.choice(["female", "male"], n_subjects)
    frame = pd.DataFrame(
        {
            "path": [f"pictures/{i:06d}.png" for i in range(n)],
            "subject_id": [f"S{o:05d}" for o in owner],
            "split": np.where(owner % 2 == 0, "val", "test"),
            "age_years": age[owner].round(1),
            "sex": sex[owner],
        }
    )
    frame.loc[rng.random(n) < 0.05, "age_years"] = np.nan
    return frame
