"""Loss, accuracy and AUROC by epoch, with the best epoch marked."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.components import chart
from core.evaluation.history import MEASURES
from core.figures import performance as figures

TITLES = {"loss": "Loss", "accuracy": "Accuracy", "auroc": "AUROC"}


def show(history: pd.DataFrame | None, best: int | None, name: str) -> None:
    """A chart a measure; a line where the bundle holds none."""
    if history is None:
        st.caption(
            "This bundle holds no training history (`history.parquet`), so there are no curves to show."
        )
        return
    kept = [measure for measure in MEASURES if measure in history and history[measure].notna().any()]
    for column, measure in zip(st.columns(max(len(kept), 1)), kept, strict=True):
        with column, st.container(key=f"training-{measure}", gap="xxsmall"):
            st.markdown(f"**{TITLES[measure]}**")
            words = f"{TITLES[measure]} by epoch, training and validation."
            chart.show(
                figures.training(history, measure, best), f"{name} {measure}", words, f"history-{measure}"
            )
    if best is not None:
        st.caption(f"The dashed line is the best epoch on validation: {best}.")


def best(card: Mapping[str, Any]) -> int | None:
    """The epoch that was best on validation, by the bundle's card."""
    epoch = card.get("best_epoch")
    return epoch if isinstance(epoch, int) else None
