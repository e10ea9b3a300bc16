"""The compare page in a real browser, on two made-up bundles of one study."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from core.evaluation.compare import OUTCOMES, Pair, crossed, flips, join, outcomes
from core.evaluation.results import from_frame, predicted
from core.figures.flips import flip_rows
from tests.app.test_compare import other_scores
from tests.browser.conftest import Server, serve
from tests.browser.test_diagnose import rest
from tests.core.evaluation.synthetic import names, single_frame, write_bundle

pytestmark = pytest.mark.browser

ANSWER_MS = 60_000
#: Where the cells of the flips begin, and the height of a row, in px: as the figure says.
LEFT, TOP, RIGHT, ROW = 158, 30, 6, 30
CROSSED_TOP = 118

FRAME = single_frame(400, 4)
OTHER = other_scores(FRAME)


def pair() -> Pair:
    a, b = (from_frame(frame, names(4)).split("test") for frame in (FRAME, OTHER))
    return join(a, b)


PAIR = pair()
SAID = predicted(PAIR.a), predicted(PAIR.b)
COUNTED = flips(PAIR, outcomes(PAIR, *SAID))


@pytest.fixture(scope="module")
def bundles(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with two models of one study, and a third that is alone in its own."""
    root = tmp_path_factory.mktemp("compare")
    for name, frame in (("one", FRAME), ("two", OTHER)):
        write_bundle(root / "models", "made-up", name, frame, names(4))
    write_bundle(root / "models", "solitary", "one", FRAME, names(4))
    where = {"PHENOLENS_MODELS": str(root / "models"), "PHENOLENS_STORE": str(root / "reviews.sqlite")}
    with serve(root / "log.txt", **where) as started:
        yield started
        assert "Traceback" not in (root / "log.txt").read_text()


@contextmanager
def visit(chromium: Any, server: Server, link: str = "", width: int = 1280, **options: Any) -> Iterator[Any]:
    """A visitor who begins at the front door and then follows a link to the page; the console must stay silent."""
    context = chromium.new_context(viewport={"width": width, "height": 1000}, **options)
    page, said = context.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(server.url)
    page.get_by_role("heading", level=1).wait_for(timeout=ANSWER_MS)
    page.goto(f"{server.url}compare?study=made-up{link}")
    page.get_by_role("heading", name="Compare", exact=True).wait_for(timeout=ANSWER_MS)
    rest(page)
    yield page
    context.close()
    assert said == []


def click(page: Any, chart: str, x: float, y: float) -> None:
    canvas = page.locator(f".st-key-{chart} canvas").last
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    canvas.click(position={"x": x, "y": y}, force=True)
    rest(page)


def number(page: Any) -> int:
    """How many cases the open card says it has."""
    words = page.locator(
        '[class*="st-key-card-flipped-"] [data-testid="stCaptionContainer"]'
    ).first.inner_text()
    return int(re.match(r"([\d,]+) case", words)[1].replace(",", ""))  # type: ignore[index]


def test_every_cell_of_the_flips_opens_its_cases(chromium: Any, bundles: Server) -> None:
    with visit(chromium, bundles) as page:
        rows, total = flip_rows(COUNTED), 0
        for at, label in enumerate(rows):
            for outcome in range(4):
                if COUNTED[label, outcome] == 0:
                    continue
                width = page.locator(".st-key-flips canvas").last.bounding_box()["width"] - LEFT - RIGHT
                click(page, "flips", LEFT + width * (outcome + 0.5) / 4, TOP + ROW * (at + 0.5))
                title = f"{names(4)[label]}: {OUTCOMES[outcome]}"
                page.get_by_role("heading", name=title, exact=True).wait_for(timeout=ANSWER_MS)
                assert number(page) == COUNTED[label, outcome]
                total += number(page)
        assert total == PAIR.n


def test_what_each_said_opens_its_cases_and_a_case_opens(chromium: Any, bundles: Server) -> None:
    matrix = crossed(PAIR, *SAID, 1)
    row, column = next((int(r), int(c)) for r, c in np.argwhere(matrix.counts > 0) if r != c)
    with visit(chromium, bundles, "&label=Class+001") as page:
        box = page.locator(".st-key-crossed canvas").last.bounding_box()
        width = (box["width"] - LEFT - RIGHT) / len(matrix.columns)
        click(page, "crossed", LEFT + width * (column + 0.5), CROSSED_TOP + ROW * (row + 0.5))
        title = f"Class 001: A said {matrix.rows[row]}, B said {matrix.columns[column]}"
        page.get_by_role("heading", name=title, exact=True).wait_for(timeout=ANSWER_MS)
        assert number(page) == matrix.counts[row, column]
        page.locator('[class*="st-key-tile-"] button').first.click()
        page.get_by_role("heading", name="Is the label right?").wait_for(timeout=ANSWER_MS)
        assert "case=" in page.url


def test_a_link_restores_the_cell_and_the_boxes_do_it_by_keyboard(chromium: Any, bundles: Server) -> None:
    label = int(COUNTED[:, 2].argmax())
    with visit(chromium, bundles, f"&label={names(4)[label].replace(' ', '+')}&flip=broken") as page:
        page.get_by_role("heading", name=f"{names(4)[label]}: broken", exact=True).wait_for(timeout=ANSWER_MS)
        assert number(page) == COUNTED[label, 2]
        box = page.get_by_role("combobox", name=re.compile("What happened"))
        box.focus()
        box.press_sequentially("both right")
        box.press("Enter")
        page.get_by_role("heading", name=f"{names(4)[label]}: both right", exact=True).wait_for(
            timeout=ANSWER_MS
        )
        assert number(page) == COUNTED[label, 0]


def test_a_review_is_kept_beside_the_case(chromium: Any, bundles: Server) -> None:
    label = int(COUNTED[:, 2].argmax())
    with visit(chromium, bundles, f"&label={names(4)[label].replace(' ', '+')}&flip=broken") as page:
        page.locator('[class*="st-key-tile-"] button').first.click()
        page.get_by_role("heading", name="Is the label right?").wait_for(timeout=ANSWER_MS)
        page.get_by_role("radio", name="looks wrong").or_(
            page.get_by_text("looks wrong", exact=True)
        ).first.click()
        page.get_by_role("textbox", name="Your name").fill("Anna")
        page.get_by_role("button", name="Keep this review").click()
        page.locator(".pl-review", has_text="Anna").wait_for(timeout=ANSWER_MS)
        page.get_by_role("button", name="Take back").click()
        page.locator(".pl-review", has_text="taken back").wait_for(timeout=ANSWER_MS)


def test_two_models_swap(chromium: Any, bundles: Server) -> None:
    with visit(chromium, bundles) as page:
        fixed, broken = int(COUNTED[:, 1].sum()), int(COUNTED[:, 2].sum())
        first = page.locator(".pl-figure b").first
        assert first.inner_text().replace("\n", " ") == f"{fixed:,} and {broken:,}"
        page.get_by_role("button", name="Swap").click()
        page.locator(".pl-figure b", has_text=f"{broken:,} and {fixed:,}").wait_for(timeout=ANSWER_MS)


def test_nothing_runs_over_the_edge_at_800_px(chromium: Any, bundles: Server) -> None:
    with visit(chromium, bundles, width=800, color_scheme="dark") as page:
        wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
        )
        assert wide <= 1


def test_a_model_alone_says_what_to_do(chromium: Any, bundles: Server) -> None:
    with visit(chromium, bundles) as page:
        page.goto(f"{bundles.url}compare?study=solitary")
        page.get_by_text("only model of its study").wait_for(timeout=ANSWER_MS)
