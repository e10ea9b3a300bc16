"""What the numbers on the page are of: which cases, what refused ones count as, and which thresholds decide."""

import streamlit as st

from app.components.filters import SPLITS
from app.components.words import plain
from core.evaluation.filters import Filter
from core.evaluation.measures import Measures
from core.evaluation.results import Results
from core.locked import LockedThresholds


def show(kept: Results, chosen: Filter, locked: LockedThresholds | None, measures: Measures) -> None:
    """Some short sentences."""
    said = (_cases(kept, chosen), _refused(kept), decided(kept, locked), *_thin(measures))
    st.caption(plain(" ".join(said)))


def decided(kept: Results, locked: LockedThresholds | None) -> str:
    """How a score becomes a decision."""
    if kept.multi_label:
        if locked is None:
            return "A finding counts as present from a score of 0.5: no thresholds are locked."
        return f"A finding counts as present from its threshold. {locked}."
    if len(kept.labels) == 2 and locked is not None:
        label, value = kept.labels[0], locked.of(kept.labels[0])
        if value == value:
            return f"A case counts as {label} from a score of {value:.3f}. {locked}."
    return "A case counts as its most probable label."


def _cases(kept: Results, chosen: Filter) -> str:
    split = SPLITS.get(chosen.split, chosen.split)
    some = "" if chosen.whole else ", those that pass the filter"
    return f"{split} split{some}: {kept.n:,} cases of {kept.n_subjects:,} subjects."


def _thin(measures: Measures) -> list[str]:
    """Which classes have no figure."""
    few = measures.thin
    if not few:
        return []
    named = "; ".join(f"{label}: {why}" for label, why in few.items())
    return [f"Means over classes are of the {len(measures.labels) - len(few)} that have figures ({named})."]


def _refused(kept: Results) -> str:
    refused = int(kept.refused.sum())
    return f"Cases the model refused to assess ({refused:,}) count as wrong."
