"""What reviewers said of labels, in one SQLite file: who, when, of which case. Never a picture, never a pixel.

Rows are only ever added; the database itself refuses to change or delete one. Of each reviewer the last row about a case
counts, and taking a review back is a row too. Safe from threads and from several processes: each call opens its own
connection, and SQLite's write-ahead log keeps readers and writers out of each other's way.
"""

import csv
import io
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from core.errors import ReadOnlyError, StoreError
from core.places import read_only

#: What a reviewer may say; ``withdrawn`` takes back what the same reviewer said of the case before.
WRONG, RIGHT, UNSURE, WITHDRAWN = "wrong", "right", "cannot tell", "withdrawn"
VERDICTS = (WRONG, RIGHT, UNSURE, WITHDRAWN)
MOST_NAME, MOST_COMMENT = 80, 2000  # characters
#: How long a call waits for another one that is writing.
WAIT_S = 5.0

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS reviews (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  study TEXT NOT NULL, path TEXT NOT NULL, subject_id TEXT NOT NULL, model TEXT NOT NULL,
  truth TEXT NOT NULL, predicted TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('wrong', 'right', 'cannot tell', 'withdrawn')),
  proposed TEXT NOT NULL, comment TEXT NOT NULL, reviewer TEXT NOT NULL CHECK (reviewer != ''), at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reviews_of_case ON reviews (study, path, reviewer, number);
CREATE TRIGGER IF NOT EXISTS reviews_stay BEFORE UPDATE ON reviews
BEGIN SELECT RAISE(ABORT, 'reviews are only ever added'); END;
CREATE TRIGGER IF NOT EXISTS reviews_are_kept BEFORE DELETE ON reviews
BEGIN SELECT RAISE(ABORT, 'reviews are only ever added'); END;
PRAGMA user_version = 1;
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Review:
    """What one reviewer said of one case's label, once."""

    study: str
    path: str  # the case
    subject_id: str
    model: str  # the bundle with which it was looked at
    truth: str  # the label as it was then, several joined by "; "
    predicted: str
    verdict: str  # of VERDICTS
    proposed: str  # the label it should be; empty where none is proposed
    comment: str
    reviewer: str
    at: str = ""  # UTC, ISO 8601 to the second; given by the store
    number: int = 0  # in the order in which they were kept; given by the store

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(
                f"The verdict must be one of {', '.join(VERDICTS)}. Got {self.verdict!r} instead."
            )


_COLUMNS = tuple(field.name for field in fields(Review))
_GIVEN = _COLUMNS[:-1]  # the number is the database's


class Store:
    """The reviews in one file, which is made with the first of them."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, review: Review) -> Review:
        """Keep a review; returns it with its number and time. *Raises* ``ReadOnlyError``, ``StoreError``."""
        if why := read_only():
            raise ReadOnlyError(f"The review was not kept. {why}")
        kept = _cleaned(review)
        if not kept.reviewer:
            raise StoreError("A review must have a reviewer. Got no name; write yours and save again.")
        kept = replace(kept, at=datetime.now(UTC).isoformat(timespec="seconds"))
        marks = ", ".join("?" * len(_GIVEN))
        with self._writing() as db:
            made = db.execute(
                f"INSERT INTO reviews ({', '.join(_GIVEN)}) VALUES ({marks})",
                astuple(kept)[:-1],
            )
            return replace(kept, number=made.lastrowid or 0)

    def withdraw(self, review: Review) -> Review:
        """Take back what the reviewer said of this case; both stay in the history. *Raises* as ``add``."""
        return self.add(replace(review, verdict=WITHDRAWN, proposed="", comment=""))

    def history(self, study: str, path: str | None = None) -> list[Review]:
        """Everything that was ever said of a study, or of one case of it, oldest first. *Raises* ``StoreError``."""
        return self._read("study = ? AND (? IS NULL OR path = ?)", (study, path, path))

    def current(self, study: str, path: str | None = None) -> list[Review]:
        """What counts: the last of each reviewer about each case, unless taken back. *Raises* ``StoreError``."""
        last = "number IN (SELECT max(number) FROM reviews WHERE study = ? GROUP BY path, reviewer)"
        where = f"{last} AND verdict != ? AND (? IS NULL OR path = ?)"
        return self._read(where, (study, WITHDRAWN, path, path))

    def _read(self, where: str, values: Sequence[object]) -> list[Review]:
        query = f"SELECT {', '.join(_COLUMNS)} FROM reviews WHERE {where} ORDER BY number"
        with self._reading() as db:
            if db is None or _version(db) == 0:  # none yet, or another process is making it at this moment
                return []
            return [Review(*row) for row in db.execute(query, values)]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing and a ``StoreError``."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=WAIT_S, isolation_level=None)) as db:
                _prepare(db)
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"The review was not kept. {_what_to_do(error)}") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """``None`` where there is no file yet."""
        try:
            if not self.file.exists():
                yield None
                return
            with closing(self._open_to_read()) as db:
                yield db
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"The reviews cannot be read. {_what_to_do(error)}") from error

    def _open_to_read(self) -> sqlite3.Connection:
        """Where the disk is read-only a write-ahead log cannot be shared: the file is then read as it lies."""
        where = self.file.resolve().as_uri()
        db: sqlite3.Connection | None = None
        try:
            db = sqlite3.connect(f"{where}?mode=ro", timeout=WAIT_S, uri=True)
            _version(db)
        except sqlite3.OperationalError as error:
            if db is not None:
                db.close()
            if "unable to open" not in str(error) and "readonly" not in str(error):
                raise
            db = sqlite3.connect(f"{where}?mode=ro&immutable=1", timeout=WAIT_S, uri=True)
        return db


def to_csv(reviews: Sequence[Review]) -> str:
    """One row a review, ready for a spreadsheet: a cell that would be read as a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows([_no_formula(str(value)) for value in astuple(review)] for review in reviews)
    return out.getvalue()


def _version(db: sqlite3.Connection) -> int:
    """Of the tables in the file: 0 before they are made."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _prepare(db: sqlite3.Connection) -> None:
    """Make the tables where there are none; whoever comes second waits and finds them made."""
    db.execute("PRAGMA synchronous = FULL")  # what a reviewer was told is kept survives a power cut
    if _version(db) == 0:
        _to_wal(db)
        db.executescript(_SCHEMA)


def _to_wal(db: sqlite3.Connection) -> None:
    """The switch fails at once, without waiting, while another connection makes it too."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _no_formula(text: str) -> str:
    """*Source*: OWASP, CSV injection. Blanks before the sign do not protect: some spreadsheets drop them."""
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") or text.lstrip()[:1] in tuple("=+-@") else text


def _cleaned(review: Review) -> Review:
    """Without control characters, which have no place in a table, and no longer than is kept."""

    def text(value: str, most: int = 500) -> str:
        valid = value.encode("utf-8", "replace").decode("utf-8")
        return "".join(c for c in valid if c.isprintable() or c in "\n\t").strip()[:most]

    return replace(
        review,
        comment=text(review.comment, MOST_COMMENT),
        proposed=text(review.proposed),
        reviewer=text(review.reviewer, MOST_NAME).replace("\n", " ").replace("\t", " "),
    )


def _what_to_do(error: Exception) -> str:
    said = str(error)
    if "locked" in said or "busy" in said:
        return "Another process is writing and did not finish; try again in a moment."
    if "full" in said:
        return "The disk is full; make room and try again."
    if "malformed" in said or "not a database" in said:
        return "The store is damaged; restore the file from a backup, or move it away to begin a new one."
    if "readonly" in said or "unable to open" in said or isinstance(error, OSError):
        return "The store cannot be written or opened; make its folder writable, or name another in PHENOLENS_STORE."
    return "The store is not as it must be; look at the server's log."
