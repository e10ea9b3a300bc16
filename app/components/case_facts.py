"""What is known of a case and its subject."""

from collections.abc import Mapping

import streamlit as st

from app.components import table
from core.evaluation.results import Results

NAMES = {
    "subject_id": "Subject",
    "split": "Split",
    "kind": "Kind of picture",
    "age_years": "Age",
    "sex": "Sex",
    "ancestry": "Ancestry",
    "view": "View",
    "slice": "Slice",
    "features": "Drawn with",
    "seed": "Seed",
    "photo": "Photo",
    "scope_distance": "Distance from the training pictures",
}
SPLITS = {"test": "test", "val": "validation", "train": "training"}


def show(case: Mapping[str, object], results: Results, row: int) -> None:
    """A table of what is stored; what is not known says so."""
    st.subheader("The case", anchor=False)
    rows = [(name, [(_value(key, case[key]), "")]) for key, name in NAMES.items() if key in case]
    others = int((results.subjects == results.subjects[row]).sum()) - 1
    rows.append(("Other cases of this subject in sight", [(str(others), "")]))
    table.show(str(case["path"]), ["", ""], rows)


def _value(key: str, value: object) -> str:
    if value is None or value != value or (key in ("seed", "photo", "slice") and value == -1):
        return "unknown" if key not in ("seed", "photo") else "none"
    if key == "age_years":
        years = float(str(value))
        return f"{years:.0f} years" if years >= 3 else f"{12 * years:.0f} months"
    if key == "scope_distance":
        return f"{float(str(value)):.2f} × the limit"
    return SPLITS.get(str(value), str(value)) if key == "split" else str(value)
