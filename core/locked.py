"""A bundle's locked operating thresholds: ``thresholds.json``, every version that was ever locked, the last one in force.

A threshold is the score from which on a class is said to be reached. Versions are only ever added: what was in force on
a day can be read off, and an older one comes back as a new one.
"""

import fcntl
import json
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BundleError

FILE = "thresholds.json"
FORMAT = 1
#: Seconds to wait for another writer, who needs milliseconds.
PATIENCE = 10.0
_LOCK, _MOST_LETTERS = ".thresholds.lock", 200


@dataclass(frozen=True, slots=True)
class LockedThresholds:
    """One version. ``values`` maps labels to scores from 0 to 1; a label without a threshold is not in it."""

    version: int
    values: dict[str, float]
    rule: str  # how they were chosen, in words, such as "maximum F1 on validation"
    made: str  # ISO date, UTC
    by: str  # who locked them

    def of(self, label: str) -> float:
        """The threshold of a label; NaN where it has none."""
        return self.values.get(label, math.nan)

    def array(self, labels: Sequence[str]) -> NDArray[np.float64]:
        """(K,) the thresholds of these labels; NaN where there is none."""
        return np.array([self.of(label) for label in labels], np.float64)

    def __str__(self) -> str:
        return f"Operating thresholds version {self.version} ({self.rule}, locked {self.made})"


def read_thresholds(folder: Path) -> LockedThresholds | None:
    """The version in force, ``None`` where none was ever locked. *Raises* ``BundleError`` as ``history`` does."""
    versions = history(folder)
    return versions[-1] if versions else None


def history(folder: Path) -> tuple[LockedThresholds, ...]:
    """Every version, the oldest first. *Raises* ``BundleError`` where the file is damaged or not of this model."""
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            raise ValueError(f"the format must be {FORMAT}, got {held['format']!r}")
        versions = tuple(_version(entry) for entry in held["versions"])
        _check(versions, _labels(folder))
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The locked thresholds of {folder.name!r} cannot be used ({error}). Restore {FILE}, or take it away and "
            "lock thresholds again."
        ) from error
    return versions


def lock_thresholds(folder: Path, values: Mapping[str, float], rule: str, by: str) -> LockedThresholds:
    """Lock these as the next version and give it back; whoever locks at the same time gets the one after.

    *Raises* ``BundleError`` where the folder cannot be written, ``ValueError`` where a value or name may not be.
    """
    with _alone(folder):
        return _add(folder, history(folder), dict(values), rule, by)


def restore(folder: Path, version: int, by: str = "") -> LockedThresholds:
    """Put an older version in force again, as a new one. *Raises* as ``lock_thresholds``, ``ValueError`` for none such."""
    with _alone(folder):
        versions = history(folder)
        old = next((one for one in versions if one.version == version), None)
        if old is None:
            known = ", ".join(str(one.version) for one in versions) or "none"
            raise ValueError(f"The version must be one of {known}. Got {version} instead.")
        rule = f"{old.rule.split(', as in version')[0]}, as in version {version}"
        return _add(folder, versions, old.values, rule, by or old.by)


def put(folder: Path, thresholds: LockedThresholds | None) -> None:
    """Make this the version in force of a bundle that is being written; ``None`` takes away those of an older model."""
    if thresholds is None and not (folder / FILE).exists():
        return
    with _alone(folder):
        if thresholds is None:
            (folder / FILE).unlink(missing_ok=True)
        elif thresholds not in _readable(folder)[-1:]:
            _write(folder, (thresholds,))


def _readable(folder: Path) -> tuple[LockedThresholds, ...]:
    """The history, none where it cannot be read: it is about to be replaced."""
    try:
        return history(folder)
    except BundleError:
        return ()


def _version(entry: dict[str, Any]) -> LockedThresholds:
    """Of one entry of the file, where a whole number may stand for a threshold."""
    values = {label: float(v) if type(v) is int else v for label, v in entry["values"].items()}
    return LockedThresholds(**(entry | {"values": values}))


def _add(
    folder: Path, before: tuple[LockedThresholds, ...], values: dict[str, float], rule: str, by: str
) -> LockedThresholds:
    number = before[-1].version + 1 if before else 1
    held = {label: float(value) for label, value in values.items()}
    new = LockedThresholds(number, held, rule, datetime.now(UTC).date().isoformat(), by.strip())
    versions = (*before, new)
    _check(versions, _labels(folder))
    _write(folder, versions)
    return new


def _write(folder: Path, versions: tuple[LockedThresholds, ...]) -> None:
    """The whole file at once: a reader sees the old one or the new one."""
    held = {"format": FORMAT, "versions": [asdict(one) for one in versions]}
    text = json.dumps(held, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    beside = folder / f".{FILE}.{os.getpid()}"
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / FILE)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _unwritable(folder, error) from error


def _check(versions: tuple[LockedThresholds, ...], labels: frozenset[str]) -> None:
    """*Raises* ``ValueError`` where something may not be so."""
    last = 0
    for one in versions:
        if type(one.version) is not int or one.version <= last:
            raise ValueError(f"the versions must be ascending numbers, got {one.version!r} after {last}")
        last = one.version
        datetime.fromisoformat(one.made)
        for name in ("rule", "by"):
            text = getattr(one, name)
            if (
                not isinstance(text, str)
                or not text.strip()
                or len(text) > _MOST_LETTERS
                or not text.isprintable()
            ):
                raise ValueError(f"{name} must be 1 to {_MOST_LETTERS} letters on one line, got {text!r}")
        if not one.values:
            raise ValueError(f"version {last} must have a threshold, got none")
        for label, value in one.values.items():
            if label not in labels:
                raise ValueError(f"the labels must be the model's, got {label!r}")
            if type(value) is not float or not 0 <= value <= 1:
                raise ValueError(f"the threshold of {label} must be a number from 0 to 1, got {value!r}")


def _labels(folder: Path) -> frozenset[str]:
    """The labels on the bundle's card. *Raises* ``BundleError`` where there is no card."""
    try:
        card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        return frozenset(card["labels"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The model folder {folder.name!r} has no readable card.json. Restore it."
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only writer. The lock is the system's, so that a writer who dies leaves none behind."""
    path = folder / _LOCK
    descriptor = _held(path, folder)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _held(path: Path, folder: Path) -> int:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise _unwritable(folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # the one before may have taken its file away while this one waited: then this lock holds nobody off
            if _inode(path) == os.fstat(descriptor).st_ino:
                return descriptor
        except BlockingIOError:
            pass
        except OSError as error:
            os.close(descriptor)
            raise _unwritable(folder, error) from error
        os.close(descriptor)
        if time.monotonic() > until:
            raise BundleError(
                f"Somebody else is writing the thresholds of {folder.name!r}. Try again in a minute."
            )
        time.sleep(0.01)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _unwritable(folder: Path, error: OSError) -> BundleError:
    return BundleError(
        f"The thresholds of {folder.name!r} cannot be written: {error.strerror}. Make the model's folder writable."
    )
