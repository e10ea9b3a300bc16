"""A chart with its menu: downloaded as a picture under a good name, and told in words to who cannot see it."""

import streamlit as st
from plotly.graph_objects import Figure

from core.figures import style


def show(figure: Figure, name: str, alt: str, key: str) -> None:
    """``name`` says what, of which model and of which cases; it becomes the picture's file name."""
    style.dress(figure, st.context.theme.type)
    st.plotly_chart(figure, key=key, config=style.export(f"phenolens {name}"), alt=alt)
