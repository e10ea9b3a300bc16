"""The confusion browser in a real browser: every cell of the shipped study's matrix, by click and by keyboard."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import pandas as pd
import pytest

from core.evaluation.confusion import CANNOT
from core.figures.confusion import RIGHT, placed, short
from core.studies.facies12 import FACIES12
from tests.browser.conftest import ROOT, Server

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
FIRST_MS = 180_000  # the first visit waits for the models to be imported
FOLDER = ROOT / "models" / "facies12" / "facies"
ROWS = sorted(FACIES12.labels, key=str.casefold)
NAMES = """() => [...document.querySelectorAll('[class*="st-key-card-cases-"] [class*="st-key-open-"] button')]
    .map(e => e.innerText.trim())"""
A_PAGE = 24


@pytest.fixture(scope="module")
def cells() -> dict[tuple[str, str], list[str]]:
    """Truth and what was said → the names of the test cases, surest first; straight from the stored table."""
    table = pd.read_parquet(FOLDER / "predictions.parquet")
    table = table[table["split"] == "test"].reset_index(drop=True)
    scores = table[[f"p:{label}" for label in FACIES12.labels]].to_numpy(np.float32)
    refused = (
        table["refused"].fillna(False).to_numpy(bool) if "refused" in table else np.zeros(len(table), bool)
    )
    said = np.where(refused, CANNOT, np.array(FACIES12.labels)[scores.argmax(1)])
    frame = pd.DataFrame(
        {"truth": table["label"], "said": said, "sure": scores.max(1), "path": table["path"]}
    ).sort_values("sure", ascending=False, kind="stable")
    return {
        (str(truth), str(told)): [PurePosixPath(path).stem for path in group["path"]]
        for (truth, told), group in frame.groupby(["truth", "said"])
    }


@pytest.fixture(scope="module")
def columns(cells: dict[tuple[str, str], list[str]]) -> list[str]:
    return [*ROWS, CANNOT] if any(told == CANNOT for _, told in cells) else ROWS


def of_no_matter(message: str) -> bool:
    """The app's address is looked for twice; and a picture of a cell that was left is no longer served."""
    return "404" in message or "/media/" in message


@pytest.fixture
def page(chromium: Any, server: Server) -> Iterator[Any]:
    """A new visitor; at the end the console must have been silent."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    visitor, said = context.new_page(), []
    visitor.on(
        "console", lambda m: said.append(m.text) if m.type == "error" and not of_no_matter(m.text) else None
    )
    visitor.on("pageerror", lambda error: said.append(str(error)))
    yield visitor
    context.close()
    assert said == []


def visit(page: Any, server: Server, link: str = "") -> None:
    page.goto(f"{server.url}confusion{link}")
    page.get_by_role("heading", name="Confusion", exact=True).wait_for(timeout=FIRST_MS)
    page.locator(".st-key-matrix canvas").first.wait_for(timeout=WAIT_MS)
    rest(page)


def rest(page: Any) -> None:
    page.wait_for_timeout(300)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=WAIT_MS)


def click(page: Any, columns: list[str], truth: str, told: str) -> None:
    """On the middle of a cell of the canvas."""
    _, left, top = placed(short(ROWS), short(columns))
    height, _, _ = placed(short(ROWS), short(columns))
    box = page.locator(".st-key-matrix canvas").first.bounding_box()
    x = left + (columns.index(told) + 0.5) * (box["width"] - left - RIGHT) / len(columns)
    y = top + (ROWS.index(truth) + 0.5) * (height - top - 6) / len(ROWS)
    page.mouse.click(box["x"] + x, box["y"] + y)


def opens(page: Any, expected: list[str]) -> None:
    """The grid comes to hold exactly these cases: how many, and their names on the first page in their order."""
    page.wait_for_function(
        f"names => JSON.stringify(({NAMES})()) === JSON.stringify(names)",
        arg=expected[:A_PAGE],
        timeout=WAIT_MS,
    )
    told = page.locator('[class*="st-key-card-cases-"]').first.inner_text()
    assert f"{len(expected):,} case" in told


def choose(page: Any, box: str, value: str) -> None:
    """In a select box, by the keyboard alone."""
    page.get_by_role("combobox", name=re.compile(f"{box}$")).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(value)
    page.get_by_role("option", name=value, exact=True).first.wait_for(timeout=WAIT_MS)
    page.keyboard.press("Enter")


def test_every_cell_opens_exactly_its_cases(
    page: Any, server: Server, cells: dict[tuple[str, str], list[str]], columns: list[str]
) -> None:
    visit(page, server)
    n = sum(map(len, cells.values()))
    assert f"All cells together are {n:,} cases" in page.locator(".st-key-card-matrix").inner_text()
    for (truth, told), expected in cells.items():
        click(page, columns, truth, told)
        opens(page, expected)
    empty = next((t, s) for t in ROWS for s in ROWS if (t, s) not in cells)
    click(page, columns, *empty)
    page.wait_for_timeout(600)
    opens(page, expected)


def test_the_keyboard_does_the_same(
    page: Any, server: Server, cells: dict[tuple[str, str], list[str]]
) -> None:
    visit(page, server)
    asked = sorted(cells, key=lambda cell: len(cells[cell]))
    for truth, told in (asked[0], asked[len(asked) // 2], asked[-1]):
        choose(page, "Truth", truth)
        choose(page, "Predicted", told)
        opens(page, cells[truth, told])
    page.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"name => ({NAMES})()[0] === name", arg=cells[asked[-1]][A_PAGE], timeout=WAIT_MS)


def test_a_link_restores_the_cell_and_the_case(
    page: Any, server: Server, cells: dict[tuple[str, str], list[str]], columns: list[str]
) -> None:
    visit(page, server, "?cells=By%20truth&kind=drawn")
    (truth, told), _ = max(
        ((cell, names) for cell, names in cells.items() if cell[0] != cell[1] and cell[1] != CANNOT),
        key=lambda item: len(item[1]),
    )
    click(page, columns, truth, told)
    page.locator('[class*="st-key-open-"] button').first.wait_for(timeout=WAIT_MS)
    rest(page)
    name = page.evaluate(NAMES)[0]
    page.locator('[class*="st-key-open-"] button').first.click()
    page.get_by_text("of the higher peak").wait_for(timeout=WAIT_MS)
    rest(page)
    for part in ("cells=By", "kind=drawn", f"true={quote_plus(truth)}", f"case=pictures%2F{name}.jpg"):
        assert part in page.url, part
    again = page.context.new_page()
    again.goto(page.url)
    again.get_by_text("of the higher peak").wait_for(timeout=WAIT_MS)
    card = again.locator('[class*="st-key-card-cases-"]').inner_text()
    assert f"{truth}, predicted as {told}" in card
    assert "Case 1 of" in card
    assert name in again.locator(".st-key-card-case-facts").inner_text()


def test_an_impossible_link_says_so(page: Any, server: Server) -> None:
    visit(page, server, "?true=Atlantis&case=nowhere.jpg")
    said = page.get_by_test_id("stMain").inner_text()
    assert "Atlantis" in said
    assert "nowhere.jpg" in said
    assert page.locator(".st-key-matrix canvas").count() > 0
