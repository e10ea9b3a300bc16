"""What all users share: the engine and drawn phantoms. The only ``st.cache_*``; no patient's picture ever comes here.

Callers write ``resources.kept(…)``, whichever module of the package that lies in.
"""

import streamlit as st

from app.resources.comparing import Compared, compared, differences, ranking
from app.resources.data import Checked, checking, cohort, missing_weights, training, training_crop
from app.resources.embeddings import Arranging, arranging, embedded, scatter
from app.resources.numbers import Numbers, at_prevalence, calibrated, grouped, measures, part
from app.resources.pictures import Sample, case_pictures, neighbour, sample, samples, thumbnail
from app.resources.stored import (
    audited,
    by_rule,
    history,
    kept,
    locked,
    matrix,
    pairs,
    results,
    said,
    suspicious,
    thresholds,
    versions,
)
from core.engine import Engine
from core.places import models_folder, store_file
from core.store import Store

__all__ = [
    "Arranging",
    "Checked",
    "Compared",
    "Numbers",
    "Sample",
    "arranging",
    "at_prevalence",
    "audited",
    "by_rule",
    "calibrated",
    "case_pictures",
    "checking",
    "cohort",
    "compared",
    "differences",
    "embedded",
    "engine",
    "grouped",
    "history",
    "kept",
    "locked",
    "matrix",
    "measures",
    "missing_weights",
    "neighbour",
    "pairs",
    "part",
    "ranking",
    "results",
    "said",
    "sample",
    "samples",
    "scatter",
    "store",
    "suspicious",
    "thresholds",
    "thumbnail",
    "training",
    "training_crop",
    "versions",
]


@st.cache_resource(show_spinner="Loading the models…")
def engine() -> Engine:
    """The one engine of this server."""
    return Engine(models_folder())


def store() -> Store:
    """What reviewers said of labels, in the file that the environment names now."""
    return Store(store_file())
