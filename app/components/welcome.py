"""What stands on the page before there is a picture."""

import streamlit as st

from core.study import Study

OR_NOT = "or that this picture cannot be assessed."


def show(study: Study) -> None:
    """What the page does, and what to do next."""
    st.title(f"What does the model see in this {study.noun}?", anchor=False)
    st.markdown(_promise(study))


def _promise(study: Study) -> str:
    noun, count = study.noun, len(study.classes)
    if study.multi_label:
        return (
            f"Add a {noun} and the answer appears by itself: which of {count} {study.plural} reach their thresholds, how "
            f"probable each is, and what in the {noun} spoke for it. Or that none does, {OR_NOT}"
        )
    if study.binary:
        name = study.classes[0].name.lower()
        return (
            f"Add a {noun} and the answer appears by itself: how probable {name} is, whether that reaches the model's "
            f"threshold, and what in the {noun} spoke for it. Or that the threshold is not reached, {OR_NOT}"
        )
    if study.ordered:
        return (
            f"Add a {noun} and the answer appears by itself: which of {count} {study.plural} it resembles most, how "
            f"probable each is, and what in the {noun} spoke for it. Or {OR_NOT.removeprefix('or ')}"
        )
    genetic = "genetic " if study.plural == "syndromes" else ""
    added = "photo" if noun == "face" else noun
    nothing = (
        f"that there is nothing distinctive, {OR_NOT}" if study.background else OR_NOT.removeprefix("or ")
    )
    return (
        f"Add a {added} and the answer appears by itself: which of {count} {genetic}{study.plural} the {noun} resembles, "
        f"how sure that is, and what in the {noun} spoke for each. Or {nothing}"
    )


def predictions_only(name: str) -> None:
    """The chosen bundle holds no model that could be asked."""
    st.title("No model to ask", anchor=False)
    st.info(
        f"**{name}** holds stored predictions without a model: it cannot be asked about a picture. *Performance* and "
        "*Confusion* show what is known of it; another model is chosen in the sidebar.",
        icon=":material/deployed_code:",
    )


def no_model() -> None:
    """No bundle is in the models folder."""
    st.title("No model is installed", anchor=False)
    st.info(
        "Run `make demo` to train the shipped model, or put a bundle into `models/`.",
        icon=":material/deployed_code:",
    )
