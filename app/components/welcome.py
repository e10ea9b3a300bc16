"""What stands on the page before there is a picture."""

import streamlit as st

from core.study import Study


def show(study: Study) -> None:
    """What the page does, and what to do next."""
    st.title("What does the model see in this face?", anchor=False)
    st.markdown(
        f"Add a photo and the answer appears by itself: which of {len(study.classes)} genetic syndromes the face "
        "resembles, how sure that is, and what in the face spoke for each. Or that there is nothing distinctive, or "
        "that this picture cannot be assessed."
    )


def no_model() -> None:
    """No bundle is in the models folder."""
    st.title("No model is installed", anchor=False)
    st.info(
        "Run `make demo` to train the shipped model, or put a bundle into `models/`.",
        icon=":material/deployed_code:",
    )
