"""The same training picture several times: as it is, changed mildly and strongly, laid over another. Kept nowhere."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import resources, session
from app.components.words import plain
from core.alignment.warp import CropFrame
from core.cohort import Cohort
from core.training import preview
from core.training.recipe import FitRecipe, TrunkRecipe

#: How often each change is drawn, how many of them stand beside one another, and how many pictures are tried.
DRAWN, ACROSS, TRIED = 4, 2, 8
DEGREES = {"mild": "Mild", "strong": "Strong", "other": "This recipe"}
NOT_CHANGED = "This recipe changes no picture: it computes each one’s embedding once and fits the head on these numbers."

Pixels = NDArray[np.uint8]


def show(train: Cohort, fit: FitRecipe | None, trunk: TrunkRecipe, key: str) -> None:
    """A picture of the training split, and buttons for other changes and for another picture."""
    st.subheader("Changed pictures", anchor=False)
    if fit is None or fit.train == "head":
        st.caption(NOT_CHANGED)
        return
    _blocks(train, fit, trunk, key)


@st.fragment
def _blocks(train: Cohort, fit: FitRecipe, trunk: TrunkRecipe, key: str) -> None:
    turn, draw = f"preview-{key}-picture", f"preview-{key}-draw"
    number, drawn = int(session.value(turn, 0)), int(session.value(draw, 0))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="preview-head"):
        st.caption(_words(fit), width="stretch")
        for title, icon, of, at in (
            ("Draw again", ":material/shuffle:", draw, drawn),
            ("Another picture", ":material/image:", turn, number),
        ):
            name = f"preview-{title.split()[0].casefold()}"
            st.button(title, icon=icon, key=name, on_click=session.put, args=({of: at + 1},))
    frame = preview.frame_of(trunk)
    found = _found(train, number, frame, 2 if fit.mixup else 1)
    if not found:
        st.info("None of the pictures that were tried can be used.", icon=":material/hide_image:")
        return
    crop, side, seed = found[0], frame.side_px, 1000 * number + drawn
    shown = preview.strips(fit, "frame" if train.study.framing == "frame" else "face")
    mixed = fit.mixup > 0 and len(found) == 2
    columns = st.columns(1 + len(shown) + mixed, gap="medium")
    with columns[0]:
        _title("As it is", "validation and test")
        st.image(
            preview.as_it_is(crop, side),
            width="stretch",
            output_format="JPEG",
            alt="A training picture as it is",
        )
    for column, strip in zip(columns[1:], shown, strict=False):
        with column:
            _title(DEGREES[strip.degree], strip.used_for)
            _grid(
                preview.changed(crop, side, strip.name, DRAWN, seed),
                f"The same picture, {strip.degree} changes",
            )
    if mixed:
        with columns[-1]:
            _title("MixUp", "rare labels" if fit.mixup_for == "minority" else "every picture")
            of_two = preview.laid_over(crop, found[1], side, fit, DRAWN, seed)
            told = [f"{share:.0%} itself" for _, share in of_two]
            _grid([one for one, _ in of_two], "The same picture, another laid over it", told)


def _words(fit: FitRecipe) -> str:
    if fit.augment == "none":
        return "This recipe shows each picture as it is; these changes could be made to it."
    said = f"One training picture as the change **{plain(fit.augment)}** of this recipe may show it to the network."
    if any(fit.redraw):
        whose = "" if all(fit.redraw) else " one of the networks sees"
        said += (
            f" Where the data's column **{plain(fit.looks)}** says what was drawn,{whose} {max(fit.redraw):.0%} of pictures"
            f"{'' if whose else ' are also shown'} with another picture's features, which this preview does not draw."
        )
    return said


def _found(train: Cohort, number: int, frame: CropFrame, wanted: int) -> list[Pixels]:
    """The first pictures that can be used, in an order that ``number`` gives."""
    rows = np.random.default_rng(number).permutation(len(train.table))[:TRIED]
    found: list[Pixels] = []
    for row in rows:
        crop = resources.training_crop(train, int(row), frame)
        found += [crop] if crop is not None else []
        if len(found) == wanted:
            break
    return found


def _title(title: str, used_for: str) -> None:
    badge = f":blue-badge[{used_for}]" if used_for else ":gray-badge[not in this recipe]"
    st.markdown(f"**{title}** {badge}")


def _grid(pictures: Sequence[Pixels], what: str, told: Sequence[str] = ()) -> None:
    for start in range(0, len(pictures), ACROSS):
        for offset, column in enumerate(st.columns(ACROSS, gap="xsmall")):
            at = start + offset
            column.image(
                pictures[at],
                caption=told[at] if told else None,
                width="stretch",
                output_format="JPEG",
                alt=f"{what}, {at + 1}",
            )
