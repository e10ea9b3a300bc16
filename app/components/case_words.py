"""A stored case in words: what is true, what was said, how probable."""

import numpy as np
from numpy.typing import NDArray

from app.components.words import percent
from core.evaluation.results import REFUSED, Results


def truth(results: Results, row: int) -> list[str]:
    """The labels that the case has."""
    if results.multi_label:
        return [results.labels[i] for i in np.flatnonzero(results.truth[row] == 1)]
    return [results.labels[int(results.truth[row])]]


def said(results: Results, said: NDArray, row: int) -> list[str]:
    """The labels that the model gave it; empty where it was refused."""
    if results.multi_label:
        return [results.labels[i] for i in np.flatnonzero(said[row])]
    return [] if said[row] == REFUSED else [results.labels[int(said[row])]]


def right(results: Results, said: NDArray, row: int, finding: int | None = None) -> bool:
    """Whether what was said is true: of the finding, or of all labels whose truth is known."""
    if not results.multi_label:
        return bool(said[row] == results.truth[row])
    known = np.isfinite(results.truth[row])
    same = (results.truth[row] == 1) == said[row]
    return bool(same[finding] if finding is not None else same[known].all())


def told(results: Results, said_: NDArray, row: int, finding: int | None = None) -> str:
    """Two lines: what was said and how probable it was, what is true and how probable that was."""
    if results.multi_label and finding is not None:
        value = results.truth[row, finding]
        is_ = "not known" if value != value else "present" if value == 1 else "absent"
        found = "found" if said_[row, finding] else "not found"
        return f"{found}, score {percent(float(results.scores[row, finding]))}\ntruth: {is_}"
    if results.multi_label:
        return (
            f"{', '.join(said(results, said_, row)) or 'nothing found'}\n"
            f"truth: {', '.join(truth(results, row)) or 'nothing'}"
        )
    index = int(results.truth[row])
    is_ = f"truth: {results.labels[index]} {percent(float(results.scores[row, index]))}"
    if said_[row] == REFUSED:
        return f"cannot assess\n{is_}"
    best = int(said_[row])
    first = f"{results.labels[best]} {percent(float(results.scores[row, best]))}"
    return f"{first}\nright" if best == index else f"{first}\n{is_}"
