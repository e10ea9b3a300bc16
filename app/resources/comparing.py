"""Two models on the cases that both have."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.resources.stored import STATED, kept, results, stamp, thresholds
from core.classifier import ModelInfo
from core.evaluation.compare import Pair, join, outcomes
from core.evaluation.differences import Difference, Differences, ranking_differences
from core.evaluation.differences import differences as paired_differences
from core.evaluation.filters import Filter
from core.evaluation.results import Results, predicted


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two models on the cases that both have, and what each says of them."""

    pair: Pair
    said_a: NDArray[Any]
    said_b: NDArray[Any]
    happened: NDArray[np.int8]
    limits: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]


def compared(model: ModelInfo, other: ModelInfo, chosen: Filter) -> Compared:
    """Two models on the common cases that pass. *Raises* ``BundleError`` where they cannot be compared."""
    return _compared(
        kept(model, chosen),
        results(other),
        (thresholds(model), thresholds(other)),
        _both(model, other, chosen),
    )


def _both(model: ModelInfo, other: ModelInfo, chosen: Filter) -> tuple[Any, ...]:
    return model.id, other.id, stamp(model, *STATED), stamp(other, *STATED), chosen


@st.cache_resource(show_spinner="Joining the two models’ cases…", max_entries=4)
def _compared(
    _a: Results,
    _b: Results,
    _limits: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None],
    asked: tuple[Any, ...],
) -> Compared:
    pair = join(_a, _b)
    limits_a, limits_b = _limits
    limits_b = None if limits_b is None else limits_b[pair.order]
    said_a, said_b = predicted(pair.a, limits_a), predicted(pair.b, limits_b)
    return Compared(pair, said_a, said_b, outcomes(pair, said_a, said_b), (limits_a, limits_b))


def differences(model: ModelInfo, other: ModelInfo, chosen: Filter) -> Differences:
    """How much the two differ, with paired intervals. *Raises* ``BundleError``."""
    return _differences(compared(model, other, chosen), _both(model, other, chosen))


@st.cache_resource(show_spinner="Drawing the subjects again, for both models at once…", max_entries=8)
def _differences(_found: Compared, asked: tuple[Any, ...]) -> Differences:
    return paired_differences(_found.pair, *_found.limits)


def ranking(model: ModelInfo, other: ModelInfo, chosen: Filter, label: int) -> dict[str, Difference]:
    """AUROC and average precision of one label, with paired intervals. *Raises* ``BundleError``."""
    return _ranking(compared(model, other, chosen), _both(model, other, chosen), label)


@st.cache_resource(show_spinner="Drawing the subjects again, for both models at once…", max_entries=64)
def _ranking(_found: Compared, asked: tuple[Any, ...], label: int) -> dict[str, Difference]:
    return {name: found[0] for name, found in ranking_differences(_found.pair, [label]).items()}
