"""A leak is said, with pairs of pictures, before any score; where nothing leaks a line says what was looked for."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.audit.audit import audit
from core.audit.outcome import write
from tests.app.conftest import jpeg
from tests.core.audit.made import heads, nobody_known, split_by_picture, split_by_subject


def banner() -> None:
    import sys

    import streamlit as st

    from app.components.performance import leak
    from core.audit.outcome import read_audit

    folder, picture = sys.modules["tests.app.test_leak"].ASKED  # type: ignore[attr-defined]
    leak.show(read_audit(folder), picture)
    st.markdown("the scores")


ASKED: tuple[Path, Callable[..., bytes | None]] = (Path(), lambda row: None)


def shown(folder: Path, picture: Callable[..., bytes | None], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(sys.modules[__name__], "ASKED", (folder, picture))
    page = AppTest.from_function(banner, default_timeout=60).run()
    assert not page.exception
    return page


def test_a_leak_is_said_with_its_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, small = heads()
    write(audit(nobody_known(split_by_picture(cohort)), read=lambda *_: small), tmp_path)
    asked: list[str] = []

    def picture(row: dict[str, str]) -> bytes | None:
        asked.append(row["path"])
        return jpeg(1, 64, 64) if len(asked) % 2 else None

    page = shown(tmp_path, picture, monkeypatch)
    assert "This split leaks" in page.error[0].value
    html = "".join(element.proto.body for element in page.get("html"))
    assert html.count("<b>correlation 0.9") == 4
    assert html.count(">picture not here<") == 4
    assert len(asked) == 8
    words = page.markdown[0].value.replace("\\", "")
    assert "near twin in train" in words
    assert "without pictures of the subject itself" in words
    assert page.markdown[-1].value == "the scores"


def test_what_does_not_leak_has_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, small = heads()
    write(audit(split_by_subject(cohort), read=lambda *_: small), tmp_path)
    page = shown(tmp_path, lambda row: None, monkeypatch)
    assert not page.error
    assert "Audited for leaks" in page.caption[0].value


def test_where_nobody_looked_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = shown(tmp_path, lambda row: None, monkeypatch)
    assert not page.error
    assert not page.caption
