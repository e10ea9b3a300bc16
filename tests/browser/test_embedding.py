"""The map in a real browser: a lasso takes the cases that it is drawn round, and one of them opens."""

from typing import Any

import numpy as np
import pytest

from core.evaluation.embedding import read_embeddings
from core.evaluation.filters import Filter
from core.evaluation.results import read_results
from tests.browser.conftest import ROOT, Server

BUNDLE = ROOT / "models" / "facies12" / "facies"
#: From a point of the page to a place in the plane: what the chart itself knows of its axes.
TO_PLANE = """([x, y]) => {
  const chart = document.querySelector('.js-plotly-plot'), at = chart.querySelector('.nsewdrag').getBoundingClientRect();
  const {xaxis, yaxis} = chart._fullLayout;
  return [xaxis.p2d(x - at.left), yaxis.p2d(y - at.top)];
}"""
#: Corners of a triangle, as parts of the chart's width and height.
TRIANGLE = np.array([(0.35, 0.25), (0.62, 0.3), (0.45, 0.6)])


def inside(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(N,) whether points lie within a triangle."""
    sides = [
        (b - a)[0] * (points[:, 1] - a[1]) - (b - a)[1] * (points[:, 0] - a[0])
        for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)
    ]
    return np.asarray(np.all(np.array(sides) > 0, 0) | np.all(np.array(sides) < 0, 0))


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_lasso_opens_the_cases_that_lie_in_it(chromium: Any, server: Server) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 1200}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url)
    page.get_by_role("link", name="Map").click(timeout=120_000)
    page.locator(".js-plotly-plot .legend").wait_for(timeout=120_000)
    page.wait_for_timeout(2500)
    box = page.locator(".js-plotly-plot .nsewdrag").bounding_box()
    corners = TRIANGLE * (box["width"], box["height"]) + (box["x"], box["y"])
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in (*corners[1:], corners[0]):
        page.mouse.move(*corner, steps=12)
    page.mouse.up()
    page.get_by_role("heading", name="Chosen on the map").wait_for(timeout=60_000)

    results = read_results(BUNDLE)
    embedded = read_embeddings(BUNDLE, results)
    assert embedded is not None
    keep = Filter("test").keep(results)
    kept, plane = results.where(keep), embedded.where(keep).pca
    there = np.array([page.evaluate(TO_PLANE, list(corner)) for corner in corners])
    # a pointer is at a pixel: cases within two of them of the line may be on either side
    near = inside(plane, there.mean(0) + (there - there.mean(0)) * 1.02)
    just = inside(plane, there.mean(0) + (there - there.mean(0)) * 0.98)
    said = page.locator("[class*=st-key-cases-head]").get_by_text("cases").first.inner_text()
    n = int(said.split()[0].replace(",", ""))
    assert just.sum() <= n <= near.sum()
    assert just.sum() > 50

    names = {path.rpartition("/")[2].rpartition(".")[0] for path in kept.table["path"][near]}
    tiles = page.locator("[class*=st-key-open-]").get_by_role("button")
    tiles.nth(23).wait_for(timeout=60_000)
    shown = [text.strip() for text in tiles.all_inner_texts()]
    assert len(shown) == 24
    assert set(shown) <= names
    tiles.first.click()
    page.get_by_text("Stored prediction").wait_for(timeout=60_000)
    assert shown[0] in page.url
    assert errors == []
