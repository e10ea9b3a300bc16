"""Which dataset, and which study reads it. Both live in the URL, and go along from the cohort page to the train page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app import session
from app.components.words import plain
from core.places import DATA_VARIABLE, data_folder
from core.runs import datasets, likely_study
from core.studies import STUDIES

ORDER = ("folder", "gmdb", "facies12", "pneumonia", "nih_chest", "alzheimer")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A dataset by its folder's name, and the study that reads it."""

    data: str
    study: str

    @property
    def key(self) -> str:
        return f"{self.study}-{self.data}"


def show(page: str) -> Chosen | None:
    """The choice on ``page``; ``None`` where there is no dataset, which is said with what to do."""
    known = datasets()
    if not known:
        _nowhere()
        return None
    _carry_on(page, known)
    asked = st.query_params.get("data")
    if asked and asked not in known:
        st.warning(
            f"The link asks for the dataset **{plain(asked)}**, which is not in the data folder. Choose one that is.",
            icon=":material/link_off:",
        )
    with (
        st.container(border=True, key="card-dataset"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="dataset-row"),
    ):
        data = st.selectbox("Dataset", list(known), key="data", bind="query-params", width=320)
        _guess(data, known[data])
        study = st.selectbox(
            "Read as",
            ORDER,
            format_func=lambda name: STUDIES[name].title,
            key="as",
            bind="query-params",
            width=360,
            help="A dataset is read as a study: your own folder of classes or table, the GestaltMatcher Database as it is "
            "distributed, the twelve syndromes with a folder each, or one of the radiological sets as it is distributed.",
        )
    session.put({"dataset-chosen": (page, data, study)})
    return Chosen(data, study)


def _carry_on(page: str, known: Mapping[str, Path]) -> None:
    """What was chosen on another page is chosen here, unless the link says otherwise."""
    before, data, study = session.value("dataset-chosen", (page, "", ""))
    if before != page and data in known and "data" not in st.query_params:
        session.put({"data": data, "as": study, "as-of": data})


def _guess(data: str, root: Path) -> None:
    """What another dataset looks like, unless the link says what it is."""
    before = session.value("as-of", None)
    if before == data:
        return
    if before is not None or "as" not in st.query_params:
        try:
            session.put({"as": likely_study(root)})
        except OSError:  # it is said when the dataset is read
            session.put({"as": ORDER[0]})
    session.put({"as-of": data})


def _nowhere() -> None:
    root = data_folder()
    draw = "`phenolens phantoms gmdb --out FOLDER/drawn`"
    if root is None:
        st.info(
            f"**No dataset is named to this app yet.** Set `{DATA_VARIABLE}` to the folder that holds your datasets, each "
            f"in a folder of its own, and start the app again:\n\n```\nexport {DATA_VARIABLE}=FOLDER\n```\n\nThere is none "
            f"to try it on? {draw} draws one of people who never existed.",
            icon=":material/folder_off:",
        )
    else:
        there = "is no folder" if not root.is_dir() else "holds no folder"
        st.info(
            f"**There is no dataset.** `{DATA_VARIABLE}` is set, but it {there}. Put each dataset into a folder of its own "
            f"below it and load this page again, or draw one: {draw}.",
            icon=":material/folder_off:",
        )
