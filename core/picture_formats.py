"""Which format the bytes are, by their first bytes, and whether the file's name agrees."""

from core.errors import NotAPictureError, WrongExtensionError
from core.picture_marks import is_dicom, is_nifti
from core.picture_tiff import is_tiff

EXTENSIONS = {
    "JPEG": ("jpg", "jpeg", "jpe", "jfif", "jif", "mpo"),
    "PNG": ("png", "apng"),
    "WebP": ("webp",),
    "HEIC": ("heic", "heif", "hif", "heics", "heifs"),
    "TIFF": ("tif", "tiff"),
    "BMP": ("bmp", "dib"),
    "DICOM": ("dcm", "dicom", "dic", "ima"),
    "NIfTI": ("nii", "nii.gz"),
}
#: What holds a volume, or values of more than 8 bits with a window.
MEDICAL = ("DICOM", "NIfTI")
SUFFIXES = tuple(f".{extension}" for extensions in EXTENSIONS.values() for extension in extensions)
READABLE = "JPEG, PNG, WebP, HEIC, TIFF, BMP, DICOM or NIfTI"

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS = {b"mif1", b"msf1", b"miaf"}
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_OTHERS = (  # what else people send: (offset, magic, its name)
    (0, b"GIF8", "a GIF"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a zip archive or office document"),
    (0, b"\xd0\xcf\x11\xe0", "an office document"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (0, b"\xff\x0a", "a JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (0, b"MM\x00\x2b", "a big-endian BigTIFF"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"<svg", "an SVG drawing"),
    (4, b"ftypavi", "an AVIF"),
    (4, b"ftyp", "a video or an unknown kind of HEIF"),
)


def recognise(data: bytes) -> str:
    """Which of the eight formats the bytes are, whatever their name. *Raises* NotAPictureError."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if is_tiff(data):
        return "TIFF"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if _is_heic(data):
        return "HEIC"
    if is_nifti(data):
        return "NIfTI"
    if is_dicom(data):
        return "DICOM"
    kind = next(
        (name for at, magic, name in _OTHERS if data[at : at + len(magic)] == magic), "no known picture"
    )
    raise NotAPictureError(
        f"The file must be a {READABLE} picture. Got {kind} instead: save it as JPEG or PNG."
    )


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(data[:4], "big"), 512)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, size, 4)}
    return data[8:12] in _HEIC_BRANDS or (data[8:12] in _HEIF_BRANDS and bool(brands & _HEIC_BRANDS))


def is_picture_name(name: str) -> bool:
    """Whether a file's name ends as a picture's, in whatever case."""
    return name.lower().endswith(SUFFIXES)


def check_extension(kind: str, name: str) -> None:
    """Refuse a name that promises another format than ``kind``; no extension promises nothing.

    *Raises* WrongExtensionError, which repeats a well-known extension only: an unknown one may be part of a name.
    """
    last = name.replace("\\", "/").rpartition("/")[2].strip().lower()
    _, dot, extension = last.rpartition(".")
    extension = "nii.gz" if last.endswith(".nii.gz") else extension.strip()
    if not dot or not extension or extension in EXTENSIONS[kind]:
        return
    if kind == "DICOM" and extension.isdigit():  # archives call files by their number: 1.2.840.113619.2.55
        return
    known = any(extension in names for names in EXTENSIONS.values())
    promised = f'ends in ".{extension}"' if known else "ends in something else"
    raise WrongExtensionError(
        f'The file is a {kind}, so its name must end in ".{EXTENSIONS[kind][0]}". Got a name that {promised} '
        "instead: rename it, and check that it is the picture you meant."
    )
