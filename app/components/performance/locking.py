"""Locking the tried thresholds, and saying how it went."""

from pathlib import Path

import streamlit as st

from app.components import whose
from app.components.performance.draft import Saved
from app.components.words import plain
from core.errors import BundleError
from core.locked import LockedThresholds, lock_thresholds, restore


def save(folder: Path, wish: Saved) -> LockedThresholds | None:
    """The new version, or ``None`` where it could not be written, which is said."""
    try:
        if wish.version is not None:
            new = restore(folder, wish.version, wish.by)
        else:
            new = lock_thresholds(folder, wish.values, wish.rule, wish.by)
    except (BundleError, ValueError) as error:
        whose.problem(str(error))
        return None
    st.toast(plain(f"{new} is in force."), icon=":material/lock:")
    return new
