"""Bytes → Picture: every format, depth and colour; every refusal; nothing but pixels comes through."""

import copy
import pickle
import random
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from core import errors, picture_pixels
from core.picture import MAX_BYTES, MAX_PIXELS, MIN_SIDE_PX, Picture, png_bytes
from tests.core import picture_files as files
from tests.core.picture_files import photo, png, png_chunk, saved, tiff

KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "HEIC": "heic", "TIFF": "tif", "BMP": "bmp"}
SECRET = b"SECRET-Jane-Doe-1984"
VALID = {
    "JPEG": lambda: saved(photo(), "JPEG", quality=95),
    "JPEG progressive": lambda: saved(photo(), "JPEG", progressive=True, icc_profile=files.DISPLAY_P3),
    "PNG": lambda: saved(photo(), "PNG"),
    "PNG 16 bit": lambda: png(photo().astype(np.uint16) * 257, 2),
    "PNG palette": lambda: saved(Image.fromarray(photo()).quantize(), "PNG", transparency=3),
    "WEBP": lambda: saved(photo(), "WEBP", exif=b"Exif\0\0" + files.exif(6)),
    "WEBP lossless": lambda: saved(photo(), "WEBP", lossless=True),
    "HEIC": lambda: saved(photo(), "HEIC"),
    "TIFF": lambda: saved(photo(), "TIFF"),
    "TIFF 16 bit": lambda: tiff((photo().astype("<u2") * 257).tobytes(), (16, 16, 16), 2),
    "TIFF deflate": lambda: saved(photo(), "TIFF", compression="tiff_adobe_deflate"),
    "BMP": lambda: saved(photo(), "BMP"),
}


def wide() -> np.ndarray:
    """(72, 96, 3) uint16 whose low bytes matter."""
    y, x = np.mgrid[: files.HEIGHT, : files.WIDTH]
    return np.stack([x * 601 + y, y * 887 + x, 65535 - x * 331 - y * 7], axis=-1).astype(np.uint16)


def unequal(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).max())


# -- formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_its_pixels(kind):
    options = {"quality": 95} if kind in ("JPEG", "WEBP", "HEIC") else {}
    picture = Picture.from_bytes(saved(photo(), kind, **options), f"photo.{KINDS[kind]}")
    assert picture.size == (96, 72)
    assert picture.bits == 8
    assert unequal(picture.rgb8(), photo()) <= (0 if kind in ("PNG", "TIFF", "BMP") else 12)


def test_pixels_are_contiguous_own_and_read_only():
    for make in VALID.values():
        pixels = Picture.from_bytes(make()).pixels
        assert pixels.flags.c_contiguous
        assert pixels.flags.owndata
        assert not pixels.flags.writeable


def test_multi_picture_jpeg_is_its_first_picture():
    other = Image.fromarray(photo()[::-1])
    data = saved(photo(), "MPO", save_all=True, append_images=[other], quality=95)
    assert b"MPF\0" in data
    assert unequal(Picture.from_bytes(data, "IMG_0001.JPG").rgb8(), photo()) <= 12


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P", "CMYK", "I;16"])
def test_tiff_compressions_and_modes(mode, compression):
    if mode == "I;16":
        image = Image.fromarray(wide()[..., 0])
    else:
        image = Image.fromarray(photo()).convert(mode)
    expected = np.asarray(image) >> 8 if mode == "I;16" else np.asarray(image.convert("RGB"))
    got = Picture.from_bytes(saved(image, "TIFF", compression=compression)).rgb8()
    assert unequal(got, expected if expected.ndim == 3 else expected[..., None]) <= 1


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_tiff_byte_orders_and_bigtiff(order, big):
    data = tiff(wide().astype(order + "u2").tobytes(), (16, 16, 16), 2, order, big)
    assert np.array_equal(Picture.from_bytes(data).pixels, wide())


# -- native depth -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_16_bit_png_keeps_16_bits(colour, channels):
    samples = np.dstack([wide(), wide()[..., 0] ^ 0x5A5A])
    stored = {1: samples[..., 0], 2: samples[..., [0, 3]], 3: samples[..., :3], 4: samples}[channels]
    expected = samples[..., [0, 0, 0, 3]] if channels == 2 else stored
    assert np.array_equal(Picture.from_bytes(png(stored, colour)).pixels, expected)


def test_16_bit_interlaced_png():
    assert np.array_equal(Picture.from_bytes(png(wide(), 2, interlaced=True)).pixels, wide())


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_16_bit_colour_tiff_keeps_16_bits(order, deflate):
    rgba = np.dstack([wide(), wide()[..., 0]])
    data = tiff(rgba.astype(order + "u2").tobytes(), (16,) * 4, 2, order, deflate=deflate, t338=2)
    assert np.array_equal(Picture.from_bytes(data).pixels, rgba)


def test_premultiplied_tiff_is_divided_by_its_alpha():
    alpha = np.full((72, 96, 1), 32768, np.uint16)
    product = (wide().astype(np.uint64) * 32768 // 65535).astype(np.uint16)
    data = tiff(np.dstack([product, alpha]).astype("<u2").tobytes(), (16,) * 4, 2, t338=1)
    assert unequal(Picture.from_bytes(data).pixels[..., :3], wide()) <= 2


def test_16_bit_grey_white_is_zero_is_turned_round():
    grey = wide()[..., 0]
    for order in "<", ">":
        try:
            data = tiff(grey.astype(order + "u2").tobytes(), (16,), 0, order)
            assert np.array_equal(Picture.from_bytes(data).pixels, 65535 - grey)
        except errors.TruncatedPictureError:  # Pillow has no reader for the big-endian kind
            assert order == ">"


def test_12_bit_tiff_fills_16_bits():
    pair = np.array([0, 4095], np.uint16)  # two samples are three bytes
    row = bytes([pair[0] >> 4, (pair[0] & 15) << 4 | pair[1] >> 8, pair[1] & 255])
    picture = Picture.from_bytes(tiff(row * (96 * 72 // 2), (12,), 1))
    assert picture.bits == 16
    assert set(np.unique(picture.pixels)) == {0, 65535}


def test_10_bit_heic_fills_16_bits():
    import pillow_heif

    white = np.full((72, 96, 3), 65535, np.uint16)
    container = pillow_heif.from_bytes("RGB;16", (96, 72), white.tobytes())
    out = BytesIO()
    container.save(out, quality=-1, chroma=444)
    picture = Picture.from_bytes(out.getvalue())
    assert picture.bits == 16
    assert picture.pixels.min() > 65535 - 200
    assert picture.rgb8().min() == 255


def test_1_bit_becomes_8_bit():
    dots = np.indices((72, 96)).sum(axis=0) % 2 == 0
    picture = Picture.from_bytes(saved(Image.fromarray(dots), "PNG"))
    assert picture.bits == 8
    assert np.array_equal(picture.pixels, dots * 255)


def test_16_bits_are_scaled_by_their_full_range():
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(Picture.from_array(every).rgb8()[..., 0], np.round(every / 257).astype(np.uint8))
    assert np.array_equal(
        picture_pixels.to_8_bit(np.arange(256, dtype=np.uint16)[None] * 257)[0], np.arange(256)
    )


# -- colour -------------------------------------------------------------------------------------------------------


def test_grey_becomes_rgb():
    grey = photo()[..., 0]
    picture = Picture.from_bytes(saved(grey, "PNG"))
    assert picture.pixels.ndim == 2
    assert np.array_equal(picture.rgb8(), np.dstack([grey] * 3))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "HEIC"])
def test_alpha_is_laid_over_white(kind):
    alpha = np.full((72, 96), 255, np.uint8)
    alpha[:, :48] = 0
    rgba = np.dstack([np.zeros_like(photo()), alpha])
    options = {"WEBP": {"lossless": True}, "HEIC": {"quality": -1, "chroma": 444}}.get(kind, {})
    rgb = Picture.from_bytes(saved(rgba, kind, **options)).rgb8()
    assert rgb[:, :40].min() >= 254
    assert rgb[:, 56:].max() <= 1


def test_half_transparent_black_is_mid_grey_at_either_depth():
    for full, kind in (255, np.uint8), (65535, np.uint16):
        pixels = np.zeros((72, 96, 4), kind)
        pixels[..., 3] = full * 2 // 5
        assert set(np.unique(Picture.from_array(pixels).rgb8())) == {153}


def test_palette_and_its_transparency():
    image = Image.new("P", (96, 72), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(0, (0, 0, 48, 72))
    plain = Picture.from_bytes(saved(image, "PNG"))
    assert tuple(plain.rgb8()[0, 0]) == (10, 20, 30)
    assert tuple(plain.rgb8()[0, 95]) == (200, 100, 50)
    for transparency in 0, bytes([0, 255]):
        rgb = Picture.from_bytes(saved(image, "PNG", transparency=transparency)).rgb8()
        assert tuple(rgb[0, 0]) == (255, 255, 255)
        assert tuple(rgb[0, 95]) == (200, 100, 50)


@pytest.mark.parametrize(("colour", "depth"), [(0, np.uint8), (0, np.uint16), (2, np.uint8), (2, np.uint16)])
def test_png_with_one_transparent_colour(colour, depth):
    samples = (wide() if depth == np.uint16 else photo())[..., 0 if colour == 0 else slice(None)].copy()
    key = np.atleast_1d(samples[10, 20]).astype(int)
    trns = png_chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    picture = Picture.from_bytes(png(samples, colour, trns))
    same = (samples == key).reshape(72, 96, -1).all(axis=2)
    assert picture.pixels.shape == (72, 96, 4)
    assert np.array_equal(picture.pixels[..., 3] == 0, same)
    assert (picture.rgb8()[same] == 255).all()


def test_transparent_colour_is_found_before_the_profile_is_applied():
    key, profile = photo()[10, 20], png_chunk(b"iCCP", b"x\0\0" + zlib.compress(files.DISPLAY_P3))
    pixels = Picture.from_bytes(
        png(photo(), 2, profile + png_chunk(b"tRNS", struct.pack(">3H", *key)))
    ).pixels
    assert np.array_equal(pixels[..., 3] == 0, (photo() == key).all(axis=2))
    assert unequal(pixels[..., :3], photo()) > 2


def test_cmyk_tiff_and_inverted_adobe_jpeg_agree():
    cmyk = Image.fromarray(photo()).convert("CMYK")
    jpeg = saved(cmyk, "JPEG", quality=95, subsampling=0)
    assert b"Adobe" in jpeg  # which is how Pillow writes it: inverted, as Photoshop does
    for data in jpeg, saved(cmyk, "TIFF"):
        assert unequal(Picture.from_bytes(data).rgb8(), photo()) <= 8


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_goes_by_its_profile(kind):
    profile = files.cmyk_profile(paper=(255, 128, 128), cyan=(138, 209, 198))  # a printer whose "cyan" is red
    for ink, expected in ((0, 0, 0, 0), (255, 255, 255)), ((255, 0, 0, 0), (255, 0, 0)):
        data = saved(Image.new("CMYK", (96, 72), ink), kind, icc_profile=profile)
        assert unequal(Picture.from_bytes(data).rgb8(), np.array(expected)) <= 6


def test_ycck_jpeg():
    """A CMYK JPEG whose Adobe marker says YCCK: white in YCC and no black is white."""
    flat = Image.new("CMYK", (96, 72), (0, 0, 0, 0))
    data = saved(flat, "JPEG", quality=95, subsampling=0)
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    ycck = data[:at] + b"\x02" + data[at + 1 :]
    reference = np.asarray(Image.open(BytesIO(ycck)).convert("RGB"))
    assert np.array_equal(Picture.from_bytes(ycck).rgb8(), reference)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC"])
def test_display_p3_comes_out_as_srgb(kind):
    p3 = np.full((72, 96, 3), (200, 100, 50), np.uint8)
    linear = (p3[0, 0] / 255.0) ** 2.2
    d50_to_srgb = np.array([[3.1341, -1.6173, -0.4907], [-0.9788, 1.9161, 0.0335], [0.0719, -0.2290, 1.4052]])
    light = d50_to_srgb @ np.array(files.P3_PRIMARIES).T @ linear
    expected = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.abs(light) ** (1 / 2.4) - 0.055)
    options = {"WEBP": {"lossless": True}, "HEIC": {"quality": -1, "chroma": 444}, "JPEG": {"quality": 100}}
    data = saved(p3, kind, icc_profile=files.DISPLAY_P3, **options.get(kind, {}))
    assert unequal(Picture.from_bytes(data).rgb8()[36, 48], expected) <= 2.5
    assert unequal(p3[0, 0], expected) > 10


def test_alpha_survives_a_profile():
    rgba = np.dstack([photo(), photo()[..., 1]])
    pixels = Picture.from_bytes(saved(rgba, "PNG", icc_profile=files.DISPLAY_P3)).pixels
    assert np.array_equal(pixels[..., 3], rgba[..., 3])
    assert unequal(pixels[..., :3], photo()) > 2


def test_srgb_profile_changes_nothing_and_keeps_16_bits():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(Picture.from_bytes(saved(photo(), "PNG", icc_profile=srgb)).pixels, photo())
    iccp = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(srgb))
    assert np.array_equal(Picture.from_bytes(png(wide(), 2, iccp)).pixels, wide())


def test_16_bit_colour_in_another_space_becomes_8_bit_srgb():
    iccp = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(files.DISPLAY_P3))
    eight, sixteen = (
        Picture.from_bytes(png(samples, 2, iccp)) for samples in (photo(), photo().astype(np.uint16) * 257)
    )
    assert sixteen.bits == 8
    assert np.array_equal(sixteen.pixels, eight.pixels)


@pytest.mark.parametrize("depth", [8, 16])
def test_grey_profile(depth):
    linear = photo()[..., 0] if depth == 8 else photo()[..., 0].astype(np.uint16) * 257
    picture = Picture.from_bytes(saved(linear, "TIFF", icc_profile=files.GREY_GAMMA_1))
    light = photo()[..., 0] / 255.0
    expected = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert (picture.bits, picture.pixels.ndim) == (depth, 2)
    assert unequal(picture.rgb8()[..., 0], expected) <= 2


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        files.DISPLAY_P3[:200],
        files.DISPLAY_P3[:-40],
        files.GREY_GAMMA_1,
        b"\0" * 16 + b"RGB " + b"\0" * 200,
    ],
)
def test_unusable_profile_counts_as_none(profile):
    for kind in "PNG", "TIFF":
        assert np.array_equal(Picture.from_bytes(saved(photo(), kind, icc_profile=profile)).pixels, photo())


# -- orientation and metadata -------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_exif_is_honoured(orientation):
    reference = Image.open(BytesIO(saved(photo(), "PNG", exif=b"Exif\0\0" + files.exif(orientation))))
    expected = np.asarray(ImageOps.exif_transpose(reference))
    block = b"Exif\0\0" + files.exif(orientation)
    assert np.array_equal(Picture.from_bytes(saved(photo(), "PNG", exif=block)).pixels, expected)
    assert np.array_equal(
        Picture.from_bytes(tiff(photo().tobytes(), (8,) * 3, 2, t274=orientation)).pixels, expected
    )
    webp = Picture.from_bytes(saved(photo(), "WEBP", lossless=True, exif=block))
    assert np.array_equal(webp.pixels, expected)
    jpeg = Picture.from_bytes(saved(photo(), "JPEG", quality=95, exif=block))
    assert unequal(jpeg.pixels, expected) <= 12
    heic = Picture.from_bytes(saved(photo(), "HEIC", quality=95, exif=block))
    assert unequal(heic.pixels, expected) <= 12


@pytest.mark.parametrize("value", [0, 9, 77])
def test_impossible_orientation_asks_nothing(value):
    data = saved(photo(), "PNG", exif=b"Exif\0\0" + files.exif(value))
    assert np.array_equal(Picture.from_bytes(data).pixels, photo())


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", files.exif(6)[:15], b"\xff" * 40])
def test_broken_exif_is_ignored_in_silence(block):
    data = saved(photo(), "JPEG", quality=95, exif=b"Exif\0\0" + block)
    assert unequal(Picture.from_bytes(data).pixels, photo()) <= 12


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC"])
def test_no_metadata_comes_through(kind):
    from PIL.PngImagePlugin import PngInfo

    options = {"exif": b"Exif\0\0" + files.exif(1, SECRET)}
    if kind == "PNG":
        text = PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=True)
        options["pnginfo"] = text
    if kind == "JPEG":
        options |= {"comment": SECRET, "xmp": SECRET}
    if kind == "TIFF":
        options = {"tiffinfo": {270: SECRET.decode(), 700: SECRET, 33723: SECRET}}
    data = saved(photo(), kind, **options)
    assert SECRET in data
    picture = Picture.from_bytes(data)
    assert picture.__slots__ == ("pixels", "window", "view", "values")
    assert (picture.window, picture.view, picture.values) == (None, "", (1.0, 0.0))
    for traceable in (
        pickle.dumps(picture),
        repr(picture).encode(),
        png_bytes(picture.rgb8()),
        picture.pixels.tobytes(),
    ):
        assert SECRET not in traceable


def test_no_decoder_sees_the_metadata(monkeypatch):
    seen = []
    real = picture_pixels.decode
    monkeypatch.setattr(picture_pixels, "decode", lambda header: (seen.append(header.bare), real(header))[1])
    Picture.from_bytes(
        saved(photo(), "JPEG", exif=b"Exif\0\0" + files.exif(1, SECRET), comment=SECRET, xmp=SECRET)
    )
    Picture.from_bytes(saved(photo(), "WEBP", exif=b"Exif\0\0" + files.exif(1, SECRET)))
    Picture.from_bytes(saved(photo(), "PNG", exif=b"Exif\0\0" + files.exif(1, SECRET)))
    assert len(seen) == 3
    assert not any(SECRET in bare for bare in seen)


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", bytearray()])
def test_empty(data):
    with pytest.raises(errors.EmptyPictureError, match="Got 0 bytes"):
        Picture.from_bytes(bytes(data), "a.jpg")


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"Dear colleague, " * 50, "no known picture"),
        (b"BMW drives on roads that are long" * 9, "no known picture"),
        (b"%PDF-1.7\n" + bytes(900), "a PDF"),
        (b"PK\x03\x04" + bytes(900), "a zip"),
        (random.Random(3).randbytes(5000), "no known picture"),
        (bytes(5000), "no known picture"),
        (b"\xff", "no known picture"),
        (saved(photo(), "GIF"), "a GIF"),
        (saved(photo(), "JPEG2000"), "a JPEG 2000"),
        (saved(photo(), "ICO"), "an icon"),
        (tiff(bytes(96 * 72), (8,), 1, ">", big=True), "a big-endian BigTIFF"),
        (b"\0\0\0\x1cftypavif" + bytes(900), "an AVIF"),
        (b"\0\0\0\x1cftypmp42" + bytes(900), "a video"),
    ],
)
def test_not_a_picture(data, got):
    with pytest.raises(errors.NotAPictureError, match=f"Got {got}.*save it as"):
        Picture.from_bytes(data, "photo.jpg")


@pytest.mark.parametrize("form", [2, 3])
def test_tiff_of_floats_or_signed_numbers(form):
    data = tiff(np.zeros((72, 96), np.float32).tobytes(), (32,), 1, t339=form)
    with pytest.raises(errors.NotAPictureError, match="32 bits"):
        Picture.from_bytes(data)


def test_tiff_of_16_bit_planes():
    data = tiff(wide().astype("<u2").tobytes(), (16,) * 3, 2, t284=2)
    with pytest.raises(errors.NotAPictureError, match="plane by plane"):
        Picture.from_bytes(data)


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_truncated(name, share):
    data = VALID[name]()
    with pytest.raises(errors.TruncatedPictureError, match=r"Got [\d,]+ bytes"):
        Picture.from_bytes(data[: max(64, int(len(data) * share))])


def test_png_with_a_flipped_bit():
    data = bytearray(saved(photo(), "PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(errors.TruncatedPictureError):
        Picture.from_bytes(bytes(data))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extension", [*KINDS.values(), "docx", "dcm"])
def test_extension_has_to_agree(kind, extension):
    data, name = saved(photo(), kind), f"C:\\scans/Doe, Jane.{extension.upper()}"
    if extension == KINDS[kind]:
        Picture.from_bytes(data, name)
        return
    with pytest.raises(errors.WrongExtensionError) as caught:
        Picture.from_bytes(data, name)
    assert "Jane" not in str(caught.value)
    assert (f'".{extension}"' in str(caught.value)) == (extension != "docx")


@pytest.mark.parametrize(
    "name", ["", "photo", "photo.", "a.b/photo", "a.jpg", "a.JPEG", "a.jpe", "a.jfif", " a.JPG "]
)
def test_extensions_of_jpeg_and_none(name):
    Picture.from_bytes(saved(photo(), "JPEG"), name)


@pytest.mark.parametrize(
    ("kind", "name"), [("TIFF", "a.tif"), ("TIFF", "a.tiff"), ("HEIC", "a.heif"), ("HEIC", "a.HEIC")]
)
def test_other_extensions(kind, name):
    Picture.from_bytes(saved(photo(), kind), name)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF", "HEIC"])
def test_several_frames(kind):
    if kind == "HEIC":
        import pillow_heif

        container = pillow_heif.from_pillow(Image.fromarray(photo()))
        container.add_from_pillow(Image.fromarray(photo()[::-1]))
        out = BytesIO()
        container.save(out)
        data = out.getvalue()
    else:
        frames = [Image.fromarray(np.roll(photo(), i * 9, axis=0)) for i in range(3)]
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(errors.AnimatedPictureError, match=r"with \d|sequence"):
        Picture.from_bytes(data)


def test_heic_sequence():
    data = saved(photo(), "HEIC") + struct.pack(">I4s", 16, b"moov") + bytes(8)
    with pytest.raises(errors.AnimatedPictureError, match="sequence"):
        Picture.from_bytes(data)


def test_tiff_with_a_thumbnail_page_is_a_still():
    data = bytearray(tiff(photo().tobytes(), (8,) * 3, 2))
    at = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, at)[0]
    struct.pack_into("<I", data, at + 2 + 12 * count, len(data))
    data += struct.pack("<HHHIHHI", 1, 254, 4, 1, 1, 0, 0)
    assert np.array_equal(Picture.from_bytes(bytes(data)).pixels, photo())
    data[-8] = 0  # the same page, but not a reduced one
    with pytest.raises(errors.AnimatedPictureError):
        Picture.from_bytes(bytes(data))


def bomb(kind: str, width: int, height: int) -> bytes:
    """A small file that says it is large."""
    data = bytearray(saved(photo(), kind))
    if kind == "PNG":
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return bytes(data[:8]) + png_chunk(b"IHDR", header) + bytes(data[33:])
    if kind == "JPEG":
        at = data.index(b"\xff\xc0")
        struct.pack_into(">HH", data, at + 5, height, width)
    if kind == "BMP":
        struct.pack_into("<ii", data, 18, width, -height)
    if kind == "HEIC":
        struct.pack_into(">II", data, data.index(b"ispe") + 8, width, height)
    if kind == "WEBP":
        struct.pack_into("<HH", data, 26, width & 0x3FFF, height & 0x3FFF)
    if kind == "TIFF":
        return tiff(photo().tobytes(), (8,) * 3, 2, size=(width, height))
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_decompression_bomb_is_refused_before_decoding(kind, monkeypatch):
    size = (16000, 16000) if kind == "WEBP" else (60000, 60000)
    data = bomb(kind, *size)
    for name in "decode", "decode_heic":
        monkeypatch.setattr(picture_pixels, name, lambda *_: pytest.fail("decoded"))
    tracemalloc.start()
    try:
        with pytest.raises(errors.PictureTooLargeError, match=f"50 megapixels.*{size[0]:,}"):
            Picture.from_bytes(data)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_decompression_bomb_takes_no_memory():
    import resource

    data = bomb("PNG", 60000, 60000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        with pytest.raises(errors.PictureTooLargeError):
            Picture.from_bytes(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


def test_tiff_with_enormous_tiles():
    data = tiff(photo().tobytes(), (8,) * 3, 2, t322=32768, t323=32768, t324=8, t325=96 * 72 * 3)
    with pytest.raises(errors.PictureTooLargeError):
        Picture.from_bytes(data)


def test_profile_bomb_is_cut_off():
    zeros = zlib.compress(bytes(200 * 2**20), 9)
    data = png(photo(), 2, png_chunk(b"iCCP", b"x\0\0" + zeros))
    tracemalloc.start()
    try:
        assert np.array_equal(Picture.from_bytes(data).pixels, photo())
        assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    finally:
        tracemalloc.stop()


def test_limit_of_pixels_is_inclusive(monkeypatch):
    monkeypatch.setattr(picture_pixels, "decode", lambda header: np.zeros((64, 64), np.uint8))
    assert MAX_PIXELS == 50_000_000
    Picture.from_bytes(bomb("PNG", 10_000, 5_000))
    with pytest.raises(errors.PictureTooLargeError):
        Picture.from_bytes(bomb("PNG", 10_000, 5_001))


@pytest.mark.parametrize("kind", KINDS)
def test_too_small(kind):
    assert MIN_SIDE_PX == 64
    Picture.from_bytes(saved(np.resize(photo(), (64, 64, 3)), kind))
    for shape in (63, 200, 3), (200, 63, 3):
        with pytest.raises(errors.PictureTooSmallError, match=r"64 px.*Got \d+ × \d+ px"):
            Picture.from_bytes(saved(np.resize(photo(), shape), kind))


def test_too_many_bytes():
    data = saved(photo(), "JPEG")
    Picture.from_bytes(data + bytes(MAX_BYTES - len(data)))  # what follows a JPEG is nobody's business
    with pytest.raises(errors.PictureTooLargeError, match="20 MB"):
        Picture.from_bytes(data + bytes(MAX_BYTES - len(data) + 1))


@pytest.mark.parametrize("name", VALID)
def test_errors_hold_no_trace_of_the_file(name):
    data = VALID[name]()
    for broken in data[: len(data) // 2], data, data[:40]:
        with pytest.raises(errors.PictureError) as caught:
            Picture.from_bytes(broken, "/scans/Doe Jane.xyz Secret")
        assert not {"Doe", "Jane", "xyz", "Secret", "scans"} & set(
            str(caught.value).replace(".", " ").split()
        )
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None  # a third party's traceback would hold pixels


@pytest.mark.parametrize("name", VALID)
def test_broken_files_raise_nothing_but_picture_errors(name):
    data, chance, refused = VALID[name](), random.Random(name), 0
    with warnings.catch_warnings(record=True) as noise:
        warnings.simplefilter("always")
        for turn in range(200):
            broken = bytearray(data)
            if turn % 2:
                del broken[chance.randrange(len(broken)) :]
            else:
                for _ in range(chance.choice((1, 4, 30))):
                    broken[chance.randrange(len(broken) if turn % 4 else min(400, len(broken)))] = (
                        chance.randrange(256)
                    )
            try:
                assert isinstance(Picture.from_bytes(bytes(broken)), Picture)
            except errors.PictureError:
                refused += 1
    assert [str(w.message) for w in noise] == []
    assert refused >= 90  # the cut ones at least


# -- the value ----------------------------------------------------------------------------------------------------


def test_threads_get_what_one_gets():
    made = [make() for make in VALID.values()] * 6
    alone = [Picture.from_bytes(data).pixels for data in made]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: Picture.from_bytes(data).pixels, made))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_pillow_is_left_as_it_was():
    from PIL import ImageFile

    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, sorted(Image.OPEN), warnings.filters[:]
    for make in VALID.values():
        Picture.from_bytes(make())
    after = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, sorted(Image.OPEN), warnings.filters[:]
    assert before == after


def test_from_array_copies_and_freezes():
    pixels = photo()
    picture = Picture.from_array(pixels[:, ::2])
    pixels[:] = 0
    assert np.array_equal(picture.pixels, photo()[:, ::2])
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 1
    picture.rgb8()[:] = 0  # the caller's own
    assert np.array_equal(picture.pixels, photo()[:, ::2])


def test_a_picture_never_shares_a_writable_array():
    pixels = photo()
    direct = Picture(pixels)
    pixels[:] = 0
    assert np.array_equal(direct.pixels, photo())


@pytest.mark.parametrize("shape", [(4,), (4, 4, 1), (4, 4, 2), (4, 4, 5), (0, 4, 3), (2, 4, 4, 3)])
def test_from_array_refuses_shapes(shape):
    with pytest.raises(ValueError, match="must be"):
        Picture.from_array(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "pixels", [np.zeros((9, 9)), np.zeros((9, 9), bool), np.zeros((9, 9), np.int16), [[1]]]
)
def test_from_array_refuses_types(pixels):
    with pytest.raises(TypeError, match="pixels must be"):
        Picture.from_array(pixels)


def test_size_and_repr():
    picture = Picture.from_array(np.dstack([wide(), wide()[..., 0]]))
    assert (picture.width, picture.height, picture.size, picture.bits) == (96, 72, (96, 72), 16)
    assert repr(picture) == str(picture) == "Picture(96 × 72 px, 16-bit RGBA)"
    assert repr(Picture.from_array(photo()[..., 0])) == "Picture(96 × 72 px, 8-bit grey)"


def test_turned_counter_clockwise():
    picture = Picture.from_array(photo())
    quarter = picture.turned(1)
    assert quarter.size == (72, 96)
    assert np.array_equal(quarter.pixels[-1, 0], photo()[0, 0])  # the top left corner goes to the bottom left
    assert np.array_equal(quarter.turned(3).pixels, photo())
    assert not quarter.pixels.flags.writeable
    assert quarter.pixels.flags.c_contiguous


def test_pickle_and_copy():
    picture = Picture.from_array(wide())
    for again in pickle.loads(pickle.dumps(picture)), copy.deepcopy(picture):
        assert np.array_equal(again.pixels, picture.pixels)
        assert not again.pixels.flags.writeable


@pytest.mark.parametrize("px", [1, 10, 48, 96, 500])
def test_thumbnail(px):
    small = Picture.from_array(wide()).thumbnail(px)
    side = min(px, 96)
    assert small.shape == (max(1, round(72 * side / 96)), side, 3)
    assert small.dtype == np.uint8
    assert unequal(small.mean(axis=(0, 1)), Picture.from_array(wide()).rgb8().mean(axis=(0, 1))) < 3


def test_thumbnail_refuses_nothing_px():
    with pytest.raises(ValueError, match="1 or more"):
        Picture.from_array(photo()).thumbnail(0)


@pytest.mark.parametrize("shape", [(72, 96), (72, 96, 3), (72, 96, 4)])
def test_png_bytes(shape):
    pixels = np.resize(photo(), shape)
    data = png_bytes(pixels[:, ::2])
    assert np.array_equal(np.asarray(Image.open(BytesIO(data))), pixels[:, ::2])
    kinds = [data[at + 4 : at + 8] for at in chunk_positions(data)]
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}


def chunk_positions(data: bytes):
    at = 8
    while at < len(data):
        yield at
        at += 12 + struct.unpack_from(">I", data, at)[0]


def test_png_bytes_is_for_8_bits():
    with pytest.raises(TypeError, match="uint8"):
        png_bytes(wide())
