"""How long the answer took."""

import streamlit as st

from app.components.words import seconds


def show(timings_ms: dict[str, float], device: str) -> None:
    """One small line; the parts on hovering."""
    whole = timings_ms.get("total", sum(timings_ms.values()))
    parts = "  \n".join(f"{part}: {ms:.0f} ms" for part, ms in timings_ms.items() if part != "total")
    st.caption(f"Answered in {seconds(whole)} on {device}", help=parts or None)
