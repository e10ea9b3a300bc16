"""A contact sheet: one row a label, so that a cohort can be looked at."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw

MARGIN_PX, CAPTION_PX = 6, 20
PAPER, INK = (255, 255, 255), (28, 42, 48)


def contact_sheet(
    folder: Path, table: pd.DataFrame, columns: int = 8, side_px: int = 128
) -> NDArray[np.uint8]:
    """The first pictures of each label of a written cohort, one subject each: (H, W, 3) uint8 RGB.

    ``table`` has ``path`` (from ``folder``), ``subject_id`` and ``label``; a person of a photograph cohort has many labels.
    """
    rows = table.drop_duplicates(["label", "subject_id"]).groupby("label", sort=True)
    step, height = side_px + MARGIN_PX, side_px + MARGIN_PX + CAPTION_PX
    page = Image.new("RGB", (columns * step + MARGIN_PX, len(rows) * height + MARGIN_PX), PAPER)
    draw = ImageDraw.Draw(page)
    for number, (label, members) in enumerate(rows):
        top = MARGIN_PX + number * height
        draw.text((MARGIN_PX, top), str(label), INK, font_size=14)
        for column, path in enumerate(members["path"].head(columns)):
            with Image.open(folder / path) as picture:
                small = picture.convert("RGB").resize((side_px, side_px), Image.Resampling.LANCZOS)
            page.paste(small, (MARGIN_PX + column * step, top + CAPTION_PX))
    return np.asarray(page)
