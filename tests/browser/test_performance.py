"""The performance page in a real browser, with the shipped model."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
CASES = re.compile(r"[\d,]+ of [\d,]+ cases in (test|validation)")


@pytest.fixture
def page(chromium: Any, server: Server) -> Any:
    """A visitor who has been on the first page."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    one = context.new_page()
    one.goto(server.url)
    one.locator(".pl-use").wait_for(timeout=WAIT_MS)
    one.get_by_role("link", name="Performance").click(timeout=WAIT_MS)
    settle(one)
    yield one
    context.close()


def settle(page: Any) -> None:
    """Until every interval is there."""
    page.locator(".pl-figure").first.wait_for(timeout=WAIT_MS)
    page.wait_for_function(
        "!document.body.innerText.includes('interval to come') && !document.querySelector('[data-stale=true]')",
        timeout=WAIT_MS,
    )


def counted(page: Any) -> str:
    return str(page.locator(".st-key-filter-foot").inner_text(timeout=WAIT_MS)).split("cases")[0].strip()


def test_bars_with_intervals_and_support(page: Any) -> None:
    chart = page.locator(".js-plotly-plot").first
    chart.wait_for(timeout=WAIT_MS)
    assert chart.locator(".bars .point").count() == 3 * 13
    assert chart.locator(".errorbar").count() > 0
    assert "cases (subjects)" in chart.inner_text()


def test_a_link_restores_panel_and_filter_and_one_click_resets(page: Any) -> None:
    whole = counted(page)
    page.locator(".st-key-panel button", has_text="Table").click()
    page.locator(".st-key-sex input").click()
    page.get_by_role("option", name="female", exact=True).click()
    page.wait_for_function(
        "location.search.includes('sex=female') && location.search.includes('panel=Table')"
    )
    page.wait_for_function(
        "!document.querySelector('.st-key-filter-foot').innerText.startsWith(arguments)".replace(
            "arguments", repr(whole)
        ),
        timeout=WAIT_MS,
    )
    some = counted(page)
    page.reload()
    settle(page)
    assert counted(page) == some != whole
    page.get_by_text("Classification report").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="Reset filters").click()
    page.wait_for_function("!location.search.includes('sex=')", timeout=WAIT_MS)
    settle(page)
    assert counted(page) == whole


def test_every_panel_opens_without_an_error(page: Any) -> None:
    for name in ("Table", "Curves", "Calibration", "Thresholds", "Subgroups", "Training"):
        page.locator(".st-key-panel button", has_text=name).click()
        page.locator(f"[class*=st-key-card-panel-{name.lower() if name != 'Table' else 'report'}]").wait_for(
            timeout=WAIT_MS
        )
        settle(page)
        assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0


def test_the_numbers_are_downloaded(page: Any) -> None:
    with page.expect_download(timeout=WAIT_MS) as download:
        page.get_by_role("button", name="Download the numbers").click()
    assert download.value.suggested_filename == "phenolens-facies12-facies-test.csv"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = page.locator(".pl-figure", has_text="Macro F1").locator("b").inner_text()
    found = next(r for r in rows if (r["of"], r["name"], r["measure"]) == ("average", "macro", "f1"))
    assert f"{float(found['value']):.3f}" == shown
    assert {row["model"] for row in rows} == {"facies12/facies"}
    assert {row["filter"] for row in rows} == {"none"}


def test_a_chart_is_downloaded_as_a_picture(page: Any) -> None:
    chart = page.locator(".js-plotly-plot").first
    chart.hover()
    with page.expect_download(timeout=WAIT_MS) as download:
        chart.locator(".modebar-btn").first.click()
    assert download.value.suggested_filename == "phenolens-facies12-facies-test-precision-recall-f1.png"
    assert Path(download.value.path()).read_bytes()[:4] == b"\x89PNG"


def test_nothing_runs_off_the_side_at_800_px(page: Any) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    page.wait_for_timeout(1500)
    wide = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; })()"
    )
    assert wide <= 0
    assert CASES.search(page.locator(".st-key-filter-foot").inner_text())
