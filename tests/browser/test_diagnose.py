"""The diagnose page in a real browser, with the shipped model."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
import torch
from PIL import Image

from core.alignment.face import FaceFinder
from core.phantoms.face import render
from core.phantoms.subject import draw_photo, draw_subject
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

OUTCOMES = re.compile(r"Candidates: |Nothing distinctive|Cannot assess")
ANSWER_MS = 60_000


def jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def portrait(finder: FaceFinder, label: str) -> np.ndarray:
    """The first phantom of a syndrome whose one face is found."""
    for seed in range(50):
        subject = draw_subject(seed, label)
        pixels = render(subject, draw_photo(subject, 0), 512).pixels
        if len(finder.find([pixels])[0]) == 1:
            return pixels
    pytest.fail(f"no face was found in 50 phantoms of {label}")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait, two faces in one picture, noise without a face, and half a file."""
    folder = tmp_path_factory.mktemp("pictures")
    finder = FaceFinder(torch.device("cpu"))
    one, other = portrait(finder, "Williams syndrome"), portrait(finder, "Down syndrome")
    noise = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    (folder / "Jane-Roe-1999.jpg").write_bytes(jpeg(one))
    (folder / "two.jpg").write_bytes(jpeg(np.hstack([one, other])))
    (folder / "noise.jpg").write_bytes(jpeg(noise))
    (folder / "half.jpg").write_bytes(jpeg(one)[:6000])
    return folder


@contextmanager
def visit(chromium: Any, server: Server, width: int = 1280, **options: Any) -> Iterator[Any]:
    """A new visitor's page; at the end it must have been silent on the console."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(server.url)
    page.get_by_role("heading", level=1).wait_for(timeout=ANSWER_MS)
    yield page
    context.close()
    assert said == []


def answer(page: Any) -> str:
    """The outcome, once it stands and the page is at rest."""
    page.locator(".pl-outcome").wait_for(timeout=ANSWER_MS)
    rest(page)
    return page.locator(".pl-outcome").inner_text()


def rest(page: Any) -> None:
    """Until the run that the last click began is over."""
    page.wait_for_timeout(300)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=ANSWER_MS)


def upload(page: Any, *files: Path) -> str:
    page.locator("input[type=file]").first.set_input_files([str(file) for file in files])
    return answer(page)


def picture(page: Any, card: str) -> str:
    return page.locator(f'[class*="st-key-card-"][class*="{card}"] img').first.evaluate("e => e.src")


def changed(page: Any, before: str) -> str:
    """The heatmap's address, once it is another one than ``before``."""
    page.wait_for_function(
        "([card, old]) => document.querySelector(card).src !== old",
        arg=['[class*="st-key-card-"][class*="heatmap"] img', before],
        timeout=ANSWER_MS,
    )
    return picture(page, "heatmap")


def show_anyway(page: Any) -> None:
    """Where the model cannot assess, ask for what it would have said."""
    if page.locator('[class*="differential"]').count() == 0:
        page.get_by_text("Show anyway").click()
        rest(page)


def test_upload_answer_opacity_clear(chromium: Any, server: Server, pictures: Path) -> None:
    with visit(chromium, server) as page:
        assert "For research, not for clinical diagnosis." in page.locator(".pl-use").inner_text()
        assert OUTCOMES.search(upload(page, pictures / "Jane-Roe-1999.jpg"))
        show_anyway(page)
        assert page.locator(".pl-differential tbody").first.locator("tr").count() == 12
        assert page.locator('.pl-differential a[href*="orpha.net"]').count() == 12
        before = picture(page, "heatmap")
        drag(page, 0.9)
        changed(page, before)
        shown = picture(page, "card-photo")
        assert page.request.get(urljoin(server.url, shown)).ok
        clear(page)
        assert page.locator(".pl-outcome").count() == 0
        assert "Jane" not in page.content()
        assert page.request.get(urljoin(server.url, shown)).status == 404
        assert "Jane" not in page.url
    assert "Jane" not in server.log.read_text()


def drag(page: Any, to: float) -> None:
    slider = page.locator('[data-testid="stSlider"]').first
    thumb, track = slider.get_by_role("slider"), slider.bounding_box()
    thumb.scroll_into_view_if_needed()
    box, track = thumb.bounding_box(), slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * to, y, steps=8)
    page.mouse.up()


def clear(page: Any) -> None:
    """By the keyboard."""
    page.get_by_role("button", name="Clear this patient").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What does the model see in this face?").wait_for(timeout=ANSWER_MS)
    rest(page)


def test_another_condition_and_the_crop(chromium: Any, server: Server, pictures: Path) -> None:
    with visit(chromium, server) as page:
        upload(page, pictures / "Jane-Roe-1999.jpg")
        show_anyway(page)
        card = page.locator('[class*="st-key-card-"][class*="heatmap"]').first
        first = picture(page, "heatmap")
        card.get_by_role("combobox").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        second = changed(page, first)
        card.get_by_text("Face", exact=True).click()
        assert changed(page, second) != first


def test_a_face_of_two(chromium: Any, server: Server, pictures: Path) -> None:
    with visit(chromium, server) as page:
        upload(page, pictures / "two.jpg")
        chosen = page.get_by_text(re.compile(r"Face [12] of 2")).inner_text()
        other = "Face 2" if chosen.startswith("Face 1") else "Face 1"
        page.get_by_text(other, exact=True).click()
        rest(page)
        page.get_by_text(re.compile(rf"{other} of 2")).wait_for(timeout=ANSWER_MS)


def test_what_is_no_face_cannot_be_assessed_and_a_bad_file_is_named(
    chromium: Any, server: Server, pictures: Path
) -> None:
    with visit(chromium, server) as page:
        assert "Cannot assess" in upload(page, pictures / "noise.jpg", pictures / "half.jpg")
        assert "half.jpg was not used" in page.get_by_role("alert").first.inner_text()
        assert page.locator('[class*="differential"]').count() == 0


def test_a_sample_phantom_is_one_click(chromium: Any, server: Server) -> None:
    with visit(chromium, server) as page:
        page.get_by_role("button", name="Williams", exact=True).click()
        assert OUTCOMES.search(answer(page))


def test_the_camera(chromium: Any, server: Server) -> None:
    with visit(chromium, server, permissions=["camera"]) as page:
        page.get_by_text("Camera", exact=True).click()
        page.wait_for_function("() => document.querySelector('video')?.readyState >= 2", timeout=ANSWER_MS)
        page.get_by_role("button", name="Take photo").click(timeout=ANSWER_MS)
        assert "Cannot assess" in answer(page), "the test camera shows no face"
        clear(page)
        assert page.locator(".pl-outcome").count() == 0


def test_two_visitors_do_not_see_each_other(chromium: Any, server: Server, pictures: Path) -> None:
    with visit(chromium, server) as one, visit(chromium, server) as other:
        upload(one, pictures / "Jane-Roe-1999.jpg")
        assert "Jane-Roe" in one.content()
        other.get_by_role("button", name="Down", exact=True).click()
        answer(other)
        assert "Jane" not in other.content()
        clear(other)
        assert "Jane-Roe" in one.content()


@pytest.mark.parametrize("width", [1280, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_readable_at_both_widths_in_both_themes(
    chromium: Any, server: Server, pictures: Path, width: int, scheme: str
) -> None:
    with visit(chromium, server, width, color_scheme=scheme) as page:
        upload(page, pictures / "Jane-Roe-1999.jpg")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
        main.evaluate("e => e.scrollTo(0, 900)")
        page.wait_for_timeout(300)
        assert page.locator(".pl-use").bounding_box()["y"] >= 0, "the line on intended use stays in sight"
        for card in page.locator('[class*="st-key-card-"]').all():
            assert card.bounding_box()["width"] >= 300
        red = page.get_by_test_id("stApp").evaluate(
            "e => +getComputedStyle(e).backgroundColor.match(/\\d+/)[0]"
        )
        assert (red > 128) == (scheme == "light")


def test_about_is_a_click_away_and_the_patient_stays(chromium: Any, server: Server, pictures: Path) -> None:
    with visit(chromium, server) as page:
        upload(page, pictures / "Jane-Roe-1999.jpg")
        page.get_by_role("link", name="About").click()
        page.get_by_role("heading", name="About PhenoLens").wait_for(timeout=ANSWER_MS)
        rest(page)
        assert page.locator(".pl-table").count() >= 3
        assert "For research, not for clinical diagnosis." in page.locator(".pl-use").inner_text()
        page.get_by_role("link", name="Diagnose").click()
        assert OUTCOMES.search(answer(page))
