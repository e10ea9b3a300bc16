"""Reviews: nothing is lost or changed, what counts is the last word of each, and failures are said."""

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import store
from core.errors import ReadOnlyError, StoreError
from core.store import RIGHT, UNSURE, WITHDRAWN, WRONG, Review, Store, to_csv

REVIEW = Review(
    study="facies12",
    path="pictures/1.png",
    subject_id="S1",
    model="facies12/facies",
    truth="Down syndrome",
    predicted="Apert syndrome",
    verdict=WRONG,
    proposed="Apert syndrome",
    comment="The skull is short.",
    reviewer="Anna",
)


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    return Store(tmp_path / "made" / "on demand" / "reviews.sqlite")


def test_nothing_was_said_yet_and_no_file_is_made(kept: Store) -> None:
    assert kept.history("facies12") == []
    assert kept.current("facies12") == []
    assert not kept.file.exists()


def test_a_review_comes_back_with_when_and_number(kept: Store) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    added = kept.add(REVIEW)
    assert added == replace(REVIEW, at=added.at, number=1)
    assert before <= datetime.fromisoformat(added.at) <= datetime.now(UTC)
    assert added.at.endswith("+00:00")
    assert kept.history("facies12") == kept.current("facies12", REVIEW.path) == [added]
    assert kept.history("another study") == []


def test_the_last_word_of_each_reviewer_counts(kept: Store) -> None:
    kept.add(REVIEW)
    kept.add(replace(REVIEW, reviewer="Ben", verdict=UNSURE))
    kept.add(replace(REVIEW, verdict=RIGHT, proposed=""))
    kept.add(replace(REVIEW, path="pictures/2.png"))
    assert [(r.reviewer, r.verdict) for r in kept.current("facies12", REVIEW.path)] == [
        ("Ben", UNSURE),
        ("Anna", RIGHT),
    ]
    assert len(kept.current("facies12")) == 3
    assert [r.verdict for r in kept.history("facies12", REVIEW.path)] == [WRONG, UNSURE, RIGHT]


def test_a_review_taken_back_stays_in_the_history(kept: Store) -> None:
    kept.withdraw(kept.add(REVIEW))
    assert kept.current("facies12") == []
    assert [(r.verdict, r.proposed) for r in kept.history("facies12")] == [
        (WRONG, "Apert syndrome"),
        (WITHDRAWN, ""),
    ]
    kept.add(REVIEW)
    assert len(kept.current("facies12")) == 1


@pytest.mark.parametrize("change", ["UPDATE reviews SET verdict = 'right'", "DELETE FROM reviews"])
def test_the_database_itself_refuses_a_change(kept: Store, change: str) -> None:
    kept.add(REVIEW)
    with sqlite3.connect(kept.file) as db, pytest.raises(sqlite3.DatabaseError, match="only ever added"):
        db.execute(change)
    db.close()
    assert len(kept.history("facies12")) == 1


@pytest.mark.parametrize(
    "text", ["'); DROP TABLE reviews; --", "x' OR '1'='1", "ünïcode 病", "a\nb", "\ud800"]
)
def test_words_are_words_and_never_sql(kept: Store, text: str) -> None:
    kept.add(replace(REVIEW, comment=text, path=text.encode("utf-8", "replace").decode()))
    assert len(kept.history("facies12")) == 1
    assert kept.history("facies12", text.encode("utf-8", "replace").decode())[0].comment == text.encode(
        "utf-8", "replace"
    ).decode("utf-8")
    assert kept.history("x' OR '1'='1") == []


def test_control_characters_and_endless_words_are_not_kept(kept: Store) -> None:
    added = kept.add(replace(REVIEW, comment="a\x00b\x1b[31m" + "c" * 9999, reviewer=" A\nB\x07 "))
    assert added.comment.startswith("ab[31mccc")
    assert len(added.comment) == store.MOST_COMMENT
    assert added.reviewer == "A B"


def test_a_review_without_a_name_or_with_an_unknown_verdict_is_refused(kept: Store) -> None:
    with pytest.raises(StoreError, match="must have a reviewer"):
        kept.add(replace(REVIEW, reviewer=" \n"))
    with pytest.raises(ValueError, match="verdict must be one of"):
        replace(REVIEW, verdict="maybe")
    assert not kept.file.exists()


def test_threads_that_begin_together_lose_nothing(kept: Store) -> None:
    def say(i: int) -> int:
        number = kept.add(replace(REVIEW, path=f"{i % 40}.png", reviewer=f"R{i % 8}")).number
        assert kept.current("facies12")
        return number

    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(say, range(160)))
    assert sorted(numbers) == list(range(1, 161))
    assert len(kept.history("facies12")) == 160


def _say(file: Path, who: str) -> None:
    for i in range(15):
        Store(file).add(replace(REVIEW, path=f"{i}.png", reviewer=who))


def test_processes_that_begin_together_lose_nothing(kept: Store) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_say, args=(kept.file, f"P{i}")) for i in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert len(kept.current("facies12")) == 45


def test_a_locked_file_is_said_and_can_still_be_read(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.add(REVIEW)
    monkeypatch.setattr(store, "WAIT_S", 0.05)
    other = sqlite3.connect(kept.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="Another process is writing"):
        kept.add(REVIEW)
    assert len(kept.history("facies12")) == 1
    other.close()
    kept.add(REVIEW)


def test_a_damaged_file_is_said(kept: Store) -> None:
    kept.file.parent.mkdir(parents=True)
    kept.file.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreError, match="damaged"):
        kept.history("facies12")
    with pytest.raises(StoreError, match="damaged"):
        kept.add(REVIEW)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = Store(tmp_path / "file" / "reviews.sqlite")
    with pytest.raises(StoreError, match="PHENOLENS_STORE"):
        blocked.add(REVIEW)
    with pytest.raises(StoreError, match="PHENOLENS_STORE"):
        Store(tmp_path).add(REVIEW)


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHENOLENS_READ_ONLY", "1")


def test_a_shared_demo_keeps_nothing_and_says_why(kept: Store, read_only: None) -> None:
    with pytest.raises(ReadOnlyError, match="PHENOLENS_READ_ONLY"):
        kept.add(REVIEW)
    assert not kept.file.exists()


def test_where_no_log_can_be_made_the_file_is_read_as_it_lies(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.add(REVIEW)
    connect = sqlite3.connect

    def on_a_read_only_disk(where: str, **options: object) -> sqlite3.Connection:
        if "immutable" not in where:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(where, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", on_a_read_only_disk)
    assert len(kept.history("facies12")) == 1


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    line = to_csv([replace(REVIEW, comment=cell)]).split("\r\n", 1)[1]
    assert f"'{cell}" in line


def test_the_table_has_every_column_and_reads_back(kept: Store) -> None:
    import csv
    import io

    kept.add(replace(REVIEW, comment='said "no",\nthen went'))
    rows = list(csv.DictReader(io.StringIO(to_csv(kept.history("facies12")), newline="")))
    assert rows[0]["comment"] == 'said "no",\nthen went'
    assert (rows[0]["reviewer"], rows[0]["verdict"], rows[0]["number"]) == ("Anna", "wrong", "1")
    assert not {name for name in rows[0] if "picture" in name or "pixel" in name}
