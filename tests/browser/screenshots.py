"""The pictures of the docs: ``python -m tests.browser.screenshots URL [--out docs/images] [--photo FILE]``.

Of a served dashboard, with drawn phantoms; ``--photo`` adds a page of a photograph of yours, not for the docs.
"""

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ROOT, find_chromium

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


#: The pages that need no patient, by the name of their picture; of a link's parameters the words on the page.
PAGES = {
    "performance": "performance",
    "curves": "performance?panel=Curves",
    "thresholds": "performance?panel=Thresholds",
    "confusion": "confusion",
    "map": "map",
    "cohort": "cohort",
    "train": "train",
    "about": "about",
}


def misread() -> str:
    """A link to the drawn test case whose syndrome was mistaken for another the surest."""
    table = pd.read_parquet(ROOT / "models" / "facies12" / "facies" / "predictions.parquet")
    table = table[(table["split"] == "test") & (table["kind"] == "drawn") & ~table["refused"]]
    scores = table.filter(like="p:")
    said = scores.idxmax(axis=1).str.removeprefix("p:")
    wrong = (said != table["label"]) & (said != "unaffected") & (table["label"] != "unaffected")
    row = scores[wrong].max(axis=1).idxmax()
    asked = {"true": table.at[row, "label"], "predicted": said[row], "case": table.at[row, "path"]}
    return f"confusion?{urlencode(asked)}"


def at_rest(page: Any) -> None:
    """Nothing runs any more, and the whole page is in the window."""
    page.locator(".pl-use").wait_for(timeout=90_000)
    page.wait_for_timeout(3000)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=180_000)
    page.wait_for_timeout(2000)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(3200, int(height))})
    page.wait_for_timeout(1500)


def shoot(page: Any, path: Path) -> None:
    """The whole page, once it is at rest."""
    page.locator(".pl-outcome").wait_for(timeout=60_000)
    page.wait_for_timeout(2500)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(2400, int(height))})
    page.wait_for_timeout(1200)
    page.screenshot(path=path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--photo", type=Path)
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for name, scheme, width, sample in (
            ("diagnose-light", "light", 1280, "Williams"),
            ("diagnose-dark", "dark", 1280, "Apert"),
            ("diagnose-800", "light", 800, "Down"),
            ("unaffected", "light", 1280, "Unaffected"),
        ):
            page = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            ).new_page()
            page.goto(arguments.url)
            page.get_by_role("button", name=sample, exact=True).click(timeout=60_000)
            shoot(page, arguments.out / f"{name}.png")
        for scheme in ("light", "dark"):
            for name, link in (PAGES | {"case": misread()}).items():
                page = browser.new_context(
                    viewport={"width": 1280, "height": 900}, color_scheme=scheme
                ).new_page()
                page.goto(arguments.url + link)
                at_rest(page)
                page.screenshot(path=arguments.out / f"{name}-{scheme}.png")
                page.context.close()
        if arguments.photo:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.goto(arguments.url)
            page.locator("input[type=file]").first.set_input_files(arguments.photo)
            shoot(page, arguments.out / "photo.png")
        browser.close()


if __name__ == "__main__":
    main()
