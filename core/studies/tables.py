"""Tables as they come with datasets: commas or tabs, byte-order marks, numbers that went through a spreadsheet."""

import csv
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from core.errors import DataError

DELIMITERS = (",", "\t", ";")
#: What stands for "not known", in small letters.
UNKNOWN = {"", "nan", "none", "null", "na", "n/a", "unknown", "-", "?"}
SEXES = {"f": "female", "female": "female", "w": "female", "woman": "female", "girl": "female"} | {
    "m": "male", "male": "male", "man": "male", "boy": "male"
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Table:
    """A table as text: ``rows`` with the columns' names in small letters; ``lines``: where each row begins in the file."""

    path: Path
    rows: pd.DataFrame
    lines: list[int] = field(repr=False)

    def wrong(self, row: int, column: str, what: str, got: str) -> DataError:
        """The error for a cell, to be raised by the caller."""
        return DataError(
            f"{self.path.name}, line {self.lines[row]}, column {column}: {what}. Got {got!r} instead."
        )

    def whole(self, column: str) -> list[int]:
        """A column of ids: ``30`` and ``30.0`` are the same. *Raises* ``DataError`` for anything else."""
        found = self.whole_or_none(column)
        for row, value in enumerate(found):
            if value is None:
                raise self.wrong(row, column, "must be a whole number", self.rows[column].iloc[row])
        return [value for value in found if value is not None]

    def whole_or_none(self, column: str) -> list[int | None]:
        """As ``whole``, with None where there is nothing."""
        return [self._whole(row, column, str(text)) for row, text in enumerate(self.rows[column])]

    def _whole(self, row: int, column: str, text: str) -> int | None:
        if unknown(text):
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value != value or value != int(value):
            raise self.wrong(row, column, "must be a whole number", text)
        return int(value)

    def numbers(self, column: str, low: float, high: float) -> tuple[list[float], list[int]]:
        """Numbers, NaN where there is nothing or what is there is none from ``low`` to ``high``; the rows of the latter."""
        values, wrong = list[float](), list[int]()
        for row, text in enumerate(self.rows[column]):
            try:
                value = float("nan") if unknown(str(text)) else float(str(text).replace(",", "."))
                good = value != value or low <= value <= high
            except ValueError:
                good = False
            values.append(value if good else float("nan"))
            if not good:
                wrong.append(row)
        return values, wrong


def read_table(path: Path, needed: Sequence[str], columns: Sequence[str] | None = None) -> Table:
    """Read a csv or tsv in UTF-8, whose columns may stand in any order; of ``columns`` where given, nothing else is kept.

    One whose name ends in .gz is unpacked. *Raises* ``DataError`` that names the file and, where there is one, the column
    or the line.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} must be a gzip file that is whole. Download it again.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}, line {line}: must be UTF-8. Save it as such.") from error
    except OSError as error:
        raise DataError(f"{path.name} must be a file that can be read: {error.strerror}.") from error
    lines = text.splitlines(keepends=True)
    if not lines:
        raise DataError(f"{path.name} must have a line of column names. Got an empty file instead.")
    reader = csv.reader(lines, delimiter=max(DELIMITERS, key=lines[0].count), strict=True)
    names, rows, starts = list[str](), list[list[str]](), list[int]()
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"{path.name}, line {start}: must be a table with quotes that end. Got: {error}."
            ) from error
        if row is None:
            break
        if not names:
            names = [name.strip().casefold() for name in row]
        elif any(cell.strip() for cell in row):
            rows.append(_fitted(path, start, names, row))
            starts.append(start)
    if missing := [name for name in needed if name.casefold() not in names]:
        raise DataError(
            f"{path.name}, line 1: must have the columns {', '.join(needed)}. Got none named {missing[0]!r}: "
            f"there are {', '.join(names[:12])}."
        )
    if again := [name for name in names if name and names.count(name) > 1]:
        raise DataError(f"{path.name}, line 1: must have each column once. Got {again[0]!r} twice instead.")
    frame = pd.DataFrame(rows, columns=names, dtype=str)
    return Table(path, frame if columns is None else frame[[n for n in names if n in columns]], starts)


def _fitted(path: Path, line: int, names: list[str], row: list[str]) -> list[str]:
    """With as many cells as there are columns: what is left off at the end is nothing, what is too much is wrong."""
    if any(cell.strip() for cell in row[len(names) :]):
        raise DataError(
            f"{path.name}, line {line}: must have {len(names)} cells, as line 1. Got {len(row)} instead."
        )
    return [*(cell.strip() for cell in row[: len(names)]), *[""] * (len(names) - len(row))]


def unknown(text: str) -> bool:
    """Whether that is a way to say that nothing is known."""
    return text.strip().casefold() in UNKNOWN


def known(text: str) -> str | None:
    """The text, or None where it says nothing."""
    return None if unknown(text) else text.strip()


def sex(text: str) -> str | None:
    """``female``, ``male`` or None."""
    return SEXES.get(text.strip().casefold())


def one_line(text: str) -> str:
    """Without tabs, line ends and doubled blanks."""
    return " ".join(text.split())
