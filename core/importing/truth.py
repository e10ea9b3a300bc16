"""The truth of imported cases and what is known of them, however the table's columns are called."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.errors import DataError
from core.importing.columns import cases, plain
from core.studies import STUDIES
from core.studies.folders import OLDEST, SPLIT_NAMES, SYNONYMS
from core.studies.tables import Table, known, sex

_TRUE = ("y:", "y_", "true_", "truth_", "target_", "label_", "gt_")
_TEXTS = ("label", "finding labels", "finding_labels", "findings", "labels", *SYNONYMS["label"])
_NOTHING = {"no finding", "no findings", "normal"}
_AGE = re.compile(r"\s*0*(\d+(?:\.\d+)?)\s*y?\s*", re.IGNORECASE)
_ABOUT = {
    "subject_id": ("subject_id", "patient id", *SYNONYMS["subject_id"]),
    "age_years": ("age_years", "patient age", *SYNONYMS["age_years"]),
    "sex": ("sex", "patient gender", *SYNONYMS["sex"]),
    "ancestry": ("ancestry", *SYNONYMS["ancestry"]),
    "view": ("view", "view position", *SYNONYMS["view"]),
    "split": ("split", *SYNONYMS["split"]),
}


def several(facts: Table, study: str, labels: Sequence[str]) -> bool:
    """Whether several labels may be true: the study says it, else the form of the truth."""
    registered = STUDIES.get(study)
    if registered is not None and registered.classes:
        return registered.multi_label
    return bool(_truth_columns(facts, labels)) or any("|" in text for text in _texts(facts) or ())


def joined(
    frame: pd.DataFrame, facts: Table, labels: Sequence[str], study: str, notes: list[str], split: str
) -> pd.DataFrame:
    """With the truth and what is known of each case; cases without truth are left out and counted."""
    told = _truth(facts, labels, several(facts, study, labels))
    told.insert(0, "path", cases(facts))
    for name, others in _ABOUT.items():
        column = next((other for other in others if other in facts.rows), None)
        if column is not None:
            told[name] = pd.Series(_about(name, facts.rows[column]), index=told.index)
    again = told["path"].duplicated()
    if again.any():
        raise DataError(
            f"{facts.path.name} must have every case once. Got {told['path'][again].iloc[0]!r} twice instead."
        )
    own = "label" if "label" in told else f"y:{labels[0]}"
    merged = frame.merge(
        told, on="path", how="left", validate="one_to_one" if frame["path"].is_unique else None
    )
    lacking = (
        merged[own].isna()
        if own == "label"
        else merged[[f"y:{label}" for label in labels]].isna().all(axis=1)
    )
    if lacking.any():
        notes.append(f"{int(lacking.sum()):,} of {len(merged):,} cases have no truth and are left out.")
    merged = merged[~lacking].reset_index(drop=True)
    if merged.empty:
        raise DataError(
            f"No case of the scores stands in {facts.path.name} with a truth. Check the names of the pictures."
        )
    if "subject_id" not in merged or merged["subject_id"].isna().all():
        merged["subject_id"] = merged["path"]
        notes.append(
            "No column tells the subjects: each case counts as one of its own, so intervals may be too narrow."
        )
    merged["subject_id"] = merged["subject_id"].fillna(merged["path"]).astype(str)
    merged["split"] = (
        (merged["split"] if "split" in merged else pd.Series("", index=merged.index))
        .replace("", split)
        .fillna(split)
    )
    return merged


def _truth(facts: Table, labels: Sequence[str], multi: bool) -> pd.DataFrame:
    by_plain = {plain(label): label for label in labels}
    columns, texts = _truth_columns(facts, labels), _texts(facts)
    if columns and multi:
        values = {f"y:{label}": facts.numbers(name, -1, 1)[0] for label, name in columns.items()}
        table = pd.DataFrame(values).reindex(columns=[f"y:{label}" for label in labels])
        return table.where(table >= 0)
    if texts is None:
        raise DataError(
            f"{facts.path.name} must have the truth: a column label, Finding Labels, or y:LABEL for each label. Got "
            f"{', '.join([str(n) for n in facts.rows][:10])}."
        )
    if multi:
        named = [{plain(part) for part in text.split("|")} for text in texts]
        return pd.DataFrame(
            {f"y:{label}": [float(key in row) for row in named] for key, label in by_plain.items()}
        )
    nothing = next((by_plain[key] for key in ("normal", "unaffected") if key in by_plain), None)
    said = [by_plain.get(plain(text)) or (nothing if text.casefold() in _NOTHING else None) for text in texts]
    strange = sorted({text for text, label in zip(texts, said, strict=True) if label is None and known(text)})
    if strange:
        raise DataError(
            f"{facts.path.name}: the truth must be one of {', '.join(labels)}. Got {strange[0]!r} instead."
        )
    return pd.DataFrame({"label": pd.Series(said, dtype=object)})


def _truth_columns(facts: Table, labels: Sequence[str]) -> dict[str, str]:
    names = {plain(label): label for label in labels}
    return {
        names[key]: column
        for column in map(str, facts.rows)
        for prefix in _TRUE
        if column.startswith(prefix) and (key := plain(column[len(prefix) :])) in names
    }


def _texts(facts: Table) -> list[str] | None:
    column = next((name for name in _TEXTS if name in facts.rows), None)
    return None if column is None else facts.rows[column].astype(str).tolist()


def _about(name: str, texts: pd.Series) -> list[object]:
    found = [known(str(text)) for text in texts]
    if name == "age_years":
        ages = [float(match[1]) if text and (match := _AGE.fullmatch(text)) else np.nan for text in found]
        return [age if age <= OLDEST else np.nan for age in ages]
    if name == "sex":
        return [sex(text) if text else None for text in found]
    if name == "split":
        if wrong := {text for text in found if text and text.casefold() not in SPLIT_NAMES}:
            raise DataError(f"A split must be train, val or test. Got {min(wrong)!r} instead.")
        return [SPLIT_NAMES[text.casefold()] if text else "" for text in found]
    return list(found)
