"""The pictures of a phantom GestaltMatcher Database, in the folders of the real one, with what is wrong with some."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.phantoms.face import FacePhantom, render
from core.phantoms.subject import draw_photo, draw_subject
from core.phantoms.terms import Frequency

FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "tif": "TIFF"}
#: The five points of an aligned picture, x and y px of 112: left and right eye in the picture, nose tip, mouth corners.
#: *Source*: Deng et al., ArcFace, CVPR 2019; the file that GestaltMatcher-Arc aligns to.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
ALIGNED_PX, CROP_PX = 112, 100
COORDS = "face_coords.csv"
COORDS_HEADER = "img,bbox_x1,bbox_y1,bbox_x2,bbox_y2," + ",".join(
    f"kp{i}_{a}" for i in range(1, 6) for a in "xy"
)
#: A defect of the original from which a database would still have made an aligned picture.
_ORIGINAL_ONLY = ("missing", "truncated", "empty")
_GREY = (127, 127, 127)

Row = dict[str, Any]


def draw_gmdb_rows(
    rows: list[Row],
    out: Path,
    size_px: int,
    layouts: tuple[str, ...],
    profiles: dict[int, tuple[Frequency, ...]],
) -> int:
    """Draw and write some rows of ``core.phantoms.gmdb.draw_gmdb``; how many they were."""
    for row in rows:
        face = _draw(row, size_px, profiles[row["label"]])
        if "images" in layouts:
            write_with_defect(
                out / "gmdb_images" / f"{row['image_id']}.{row['ext']}", face.pixels, row["defect"]
            )
        if row["defect"] != "no face":
            _write_derived(out, row, face, layouts)
    return len(rows)


def write_with_defect(path: Path, pixels: NDArray[np.uint8], defect: str) -> None:
    """Write a picture as its name says, or as wrongly as ``defect`` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if defect == "missing":
        return
    if defect == "no face":
        pixels = scenery(len(pixels), int(pixels[::7, ::7].sum()))
    kind = "PNG" if defect == "other format" else FORMATS[path.suffix[1:].lower()]
    data = encoded(pixels, kind)
    if defect in ("truncated", "empty"):
        data = data[: len(data) // 2] if defect == "truncated" else b""
    path.write_bytes(data)


def encoded(pixels: NDArray[np.uint8], kind: str, quality: int = 95) -> bytes:
    """(H, W, 3) RGB as the bytes of a file."""
    written = BytesIO()
    Image.fromarray(pixels).save(written, kind, **({"quality": quality} if kind in ("JPEG", "WEBP") else {}))
    return written.getvalue()


def scenery(side_px: int, seed: int) -> NDArray[np.uint8]:
    """(side, side, 3) a blurred landscape of colours in which no face is."""
    rng = np.random.default_rng(seed)
    total = np.full((side_px, side_px, 3), 127.0)
    for cells, by in ((3, 60.0), (7, 30.0), (19, 12.0)):
        small = Image.fromarray((127 + by * rng.normal(size=(cells, cells, 3))).clip(0, 255).astype(np.uint8))
        total += np.asarray(small.resize((side_px, side_px), Image.Resampling.BICUBIC), float) - 127
    return np.asarray(total.clip(0, 255).astype(np.uint8))


def merge_coords(out: Path) -> None:
    """Join what the workers noted of ``gmdb_rot`` into one table, in the order of the pictures."""
    parts = sorted((out / "gmdb_rot").glob("*.coords"))
    if parts:
        lines = [COORDS_HEADER, *(part.read_text(encoding="utf-8") for part in parts)]
        (out / "gmdb_rot" / COORDS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for part in parts:
        part.unlink()


def _draw(row: Row, size_px: int, profile: tuple[Frequency, ...]) -> FacePhantom:
    subject = draw_subject(
        row["seed"], "PHANTOM", subject_id=str(row["subject"]), profile=profile, strength=row["strength"]
    )
    return render(subject, draw_photo(subject, row["photo"]), size_px)


def _write_derived(out: Path, row: Row, face: FacePhantom, layouts: tuple[str, ...]) -> None:
    """Rotated, aligned and cropped copies: always whole JPEG files, and of a missing original in every second case."""
    if row["defect"] in _ORIGINAL_ONLY and row["image_id"] % 2:
        return
    points, size_px = face.landmarks.astype(float), len(face.pixels)
    level = _level(points)
    copies = {
        "rot": ("rot", "", level, size_px),
        "align": ("align", "_aligned", _similarity(points, TEMPLATE), ALIGNED_PX),
        "crops": ("crops", "", _square(points), CROP_PX),
    }
    for layout, (folder, ending, matrix, side) in copies.items():
        if layout in layouts:
            name = (
                f"{row['image_id']}_crop_square.jpg"
                if layout == "crops"
                else f"{row['image_id']}_rot{ending}.jpg"
            )
            path = out / f"gmdb_{folder}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(_warped(face.pixels, matrix, side), "JPEG"))
    if "rot" in layouts:
        turned = points @ level[:, :2].T + level[:, 2]
        _note_coords(out / "gmdb_rot" / f"{row['image_id']}.coords", f"{row['image_id']}_rot.jpg", turned)


def _note_coords(path: Path, name: str, points: NDArray[np.float64]) -> None:
    x, y = points.T
    wide = 1.1 * (x[1] - x[0])
    box = [x.mean() - wide, y.mean() - 1.3 * wide, x.mean() + wide, y.mean() + 1.1 * wide]
    values = [round(float(value)) for value in (*box, *points.ravel())]
    path.write_text(",".join([name, *map(str, values)]), encoding="utf-8")


def _similarity(points: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3) the least-squares similarity from points to target: with points as complex numbers, Σ conj(p)q / Σ|p|²."""
    p, q = points @ [1, 1j], target @ [1, 1j]
    centred = p - p.mean()
    a = np.vdot(centred, q - q.mean()) / np.vdot(centred, centred).real
    shift = q.mean() - a * p.mean()
    return np.array([[a.real, -a.imag, shift.real], [a.imag, a.real, shift.imag]])


def _level(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3) the rotation about the nose that makes the eyes level."""
    eyes, nose = (points[1] - points[0]) @ [1, 1j], points[2] @ [1, 1j]
    a = np.conj(eyes) / abs(eyes)
    shift = nose - a * nose
    return np.array([[a.real, -a.imag, shift.real], [a.imag, a.real, shift.imag]])


def _square(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3) the square round the face, upright as the picture is."""
    wide = 3.4 * abs((points[1] - points[0]) @ [1, 1j])
    left, top = points.mean(axis=0) - wide * np.array([0.5, 0.55])
    scale = CROP_PX / wide
    return np.array([[scale, 0, -scale * left], [0, scale, -scale * top]])


def _warped(pixels: NDArray[np.uint8], matrix: NDArray[np.float64], side_px: int) -> NDArray[np.uint8]:
    """The picture under the (2, 3) matrix, in a square; grey where there was no picture.

    Pillow asks for the way back, and samples without averaging: scaled down first where the warp makes it smaller.
    """
    factor = max(1, int(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
    picture = Image.fromarray(pixels)
    small = picture.reduce(factor) if factor > 1 else picture
    full = np.vstack([matrix, [0, 0, 1]]) @ np.diag([factor, factor, 1])
    back = tuple(np.linalg.inv(full)[:2].ravel())
    return np.asarray(
        small.transform(
            (side_px, side_px), Image.Transform.AFFINE, back, Image.Resampling.BICUBIC, fillcolor=_GREY
        )
    )
