"""Thresholds that are being tried, before they are locked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.evaluation.thresholds import Chosen
from core.locked import LockedThresholds

BY_HAND = "set by hand"


@dataclass(frozen=True, slots=True)
class Saved:
    """What is to be locked, and by whom; or with a ``version`` the older one that is to be in force again."""

    values: Mapping[str, float]
    rule: str
    by: str
    version: int | None = None


@dataclass(slots=True)
class Draft:
    """The set being worked on. ``revision`` changes whenever a slider has to stand somewhere else than where it was."""

    of: int | None = -1  # the version it began with; −1 before it began
    start: dict[str, float] = field(default_factory=dict)
    start_rule: str = ""
    values: dict[str, float] = field(default_factory=dict)
    rule: str = ""
    revision: int = 0
    told: str = ""  # what the last choice by rule could not do
    wish: Saved | None = None  # to be saved by the page

    @property
    def changed(self) -> tuple[str, ...]:
        """The labels whose threshold is not that of the start."""
        names = dict.fromkeys((*self.start, *self.values))
        return tuple(name for name in names if self.start.get(name) != self.values.get(name))

    @property
    def said(self) -> str:
        """How the set was chosen, in words."""
        by_hand = sum(self.values.get(name) != value for name, value in self._ruled.items())
        by_hand += len(set(self.values) - set(self._ruled))
        if not by_hand:
            return self.rule
        return f"{self.rule}, {by_hand} {BY_HAND}" if by_hand < len(self.values) else BY_HAND

    _ruled: dict[str, float] = field(default_factory=dict)  # as the rule gave them

    def begin(self, locked: LockedThresholds | None, first: dict[str, float], rule: str) -> None:
        """From the locked set, or where there is none from ``first``, which ``rule`` gave."""
        self.of = locked.version if locked else None
        self.start, self.start_rule = (dict(locked.values), locked.rule) if locked else (first, rule)
        self.undo()

    def undo(self) -> None:
        """Back to the start."""
        self.values, self.rule, self._ruled = dict(self.start), self.start_rule, dict(self.start)
        self.revision += 1
        self.told = ""

    def set_all(self, labels: Sequence[str], chosen: Chosen, rule: str) -> None:
        """Every label by a rule; one that has no threshold by it has none from then on."""
        found = {label: float(v) for label, v in zip(labels, chosen.values, strict=True) if np.isfinite(v)}
        self.values, self.rule, self._ruled = found, rule, dict(found)
        self.revision += 1
        without = [f"{labels[i]} ({why})" for i, why in list(chosen.why.items())[:5]]
        more = f" and {len(chosen.why) - 5} more" if len(chosen.why) > 5 else ""
        self.told = f"No threshold for {', '.join(without)}{more}." if without else ""

    def set_one(self, label: str, value: float) -> None:
        """By hand, with the slider."""
        self.values[label] = value

    def set_exactly(self, label: str, value: float) -> None:
        """By hand, as a number that the slider follows."""
        self.values[label] = value
        self.revision += 1
