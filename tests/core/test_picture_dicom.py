"""DICOM: values and windows as pydicom has them, every refusal, and nothing of the patient."""

import logging
import pickle
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from pydicom.pixels import apply_modality_lut, apply_voi_lut, apply_windowing

from core import errors, picture_dicom
from core.picture import MAX_FILE_BYTES, Picture, SliceChoice, bare, volume_of
from tests.core.medical_files import SECRETS, dataset, dicom, encapsulated, grey, table, written
from tests.core.picture_files import photo, saved


def by_pydicom(made) -> np.ndarray:
    """(H, W) uint8: the modality table, the window and MONOCHROME1 as pydicom applies them, in 0 to 255."""
    values = apply_modality_lut(made.pixel_array, made)
    if "VOILUTSequence" in made:
        shown = apply_voi_lut(values.astype(int), made).astype(float)
        low, high = 0.0, 2.0 ** made.VOILUTSequence[0].LUTDescriptor[2] - 1
    else:
        shown = apply_voi_lut(values, made).astype(float)
        with np.errstate(over="ignore"):
            low, high = apply_windowing(np.array([-1e12, 1e12]), made)
    share = (shown - low) / (high - low)
    share = 1 - share if made.PhotometricInterpretation == "MONOCHROME1" else share
    return np.floor(share * 255 + 0.5)


def read(made, **options) -> Picture:
    return Picture.from_bytes(written(made), "x.dcm", **options)


def values_of(picture: Picture) -> np.ndarray:
    return picture.pixels * picture.values[0] + picture.values[1]


SIGNED = (grey(12).astype(np.int32) - 2048).astype(np.int16)
WINDOW = {"WindowCenter": 2000, "WindowWidth": 1500}
MADE = {
    "12 bits": lambda: dataset(grey(12), BitsStored=12, **WINDOW),
    "16 bits": lambda: dataset(grey(16), **WINDOW | {"WindowWidth": 30000}),
    "8 bits": lambda: dataset(grey(8), WindowCenter=100, WindowWidth=80),
    "inverted": lambda: dataset(grey(12), BitsStored=12, PhotometricInterpretation="MONOCHROME1", **WINDOW),
    "signed": lambda: dataset(SIGNED, BitsStored=12, WindowCenter=40, WindowWidth=400),
    "hounsfield": lambda: dataset(grey(12), BitsStored=12, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40,
                                  WindowWidth=400),
    "signed, sloped": lambda: dataset(SIGNED, BitsStored=12, RescaleSlope=0.5, RescaleIntercept=-300.5,
                                      WindowCenter=-200, WindowWidth=350),
    "signed, inverted": lambda: dataset(SIGNED, BitsStored=12, RescaleSlope=2, RescaleIntercept=-1000,
                                        PhotometricInterpretation="MONOCHROME1", WindowCenter=-700, WindowWidth=900),
    "falling slope": lambda: dataset(grey(12), BitsStored=12, RescaleSlope=-1, RescaleIntercept=4095, **WINDOW),
    "falling, inverted": lambda: dataset(grey(12), BitsStored=12, RescaleSlope=-1, RescaleIntercept=4095,
                                         PhotometricInterpretation="MONOCHROME1", **WINDOW),
    "two windows": lambda: dataset(grey(12), BitsStored=12, WindowCenter=[1000, 3000], WindowWidth=[800, 200]),
    "narrowest": lambda: dataset(grey(12), BitsStored=12, WindowCenter=2000, WindowWidth=1),
    "exact": lambda: dataset(grey(12), BitsStored=12, VOILUTFunction="LINEAR_EXACT", **WINDOW),
    "sigmoid": lambda: dataset(grey(12), BitsStored=12, VOILUTFunction="SIGMOID", **WINDOW),
    "modality table": lambda: dataset(
        grey(12), BitsStored=12, ModalityLUTSequence=table(100, np.arange(3000) ** 2 // 140, 16),
        WindowCenter=30000, WindowWidth=20000),
    "voi table": lambda: dataset(grey(12), BitsStored=12, VOILUTSequence=table(0, 4095 - np.arange(4096), 12), **WINDOW),
    "voi table after rescaling": lambda: dataset(
        SIGNED, BitsStored=12, RescaleSlope=1, RescaleIntercept=24,
        VOILUTSequence=table(-1000, np.arange(2000) ** 2 // 62, 16)),
    "voi table, inverted": lambda: dataset(
        grey(12), BitsStored=12, PhotometricInterpretation="MONOCHROME1",
        VOILUTSequence=table(50, np.sqrt(np.arange(4000)) * 16, 10)),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_shown_as_pydicom_shows_it(name):
    made = MADE[name]()
    picture = read(made)
    assert picture.rgb8().shape == (72, 96, 3)
    assert np.abs(picture.rgb8()[..., 0] - by_pydicom(made)).max() <= (
        1 if name in ("exact", "sigmoid") else 0
    )
    assert len(np.unique(picture.rgb8())) > (1 if name == "narrowest" else 30)


@pytest.mark.parametrize("name", [name for name in MADE if "voi" not in name and name != "sigmoid"])
def test_values_are_kept_as_the_modality_table_gives_them(name):
    made = MADE[name]()
    picture = read(made)
    assert np.array_equal(values_of(picture), apply_modality_lut(made.pixel_array, made))
    assert picture.deep == (name != "8 bits")
    assert picture.pixels.dtype == (np.uint8 if name == "8 bits" else np.uint16)
    given = np.atleast_1d(made.WindowCenter)[0], np.atleast_1d(made.WindowWidth)[0]
    assert picture.window == (given if name != "exact" else (given[0] + 0.5, given[1] + 1))


def test_a_table_of_8_bits_reaches_beyond_its_256th_entry():
    made = dataset(grey(12), BitsStored=12, VOILUTSequence=table(0, np.arange(4096) // 16, 8))
    assert np.array_equal(read(made).pixels, grey(12) // 16)


def test_another_window_changes_what_is_shown_and_not_the_values():
    picture = read(MADE["hounsfield"]())
    lung = picture.windowed(-600, 1500)
    assert (picture.window, lung.window) == ((40, 400), (-600, 1500))
    assert np.array_equal(lung.pixels, picture.pixels)
    made = MADE["hounsfield"]()
    made.WindowCenter, made.WindowWidth = -600, 1500
    assert np.array_equal(lung.rgb8()[..., 0], by_pydicom(made))
    assert picture.range == (-1024, 3071)


@pytest.mark.parametrize("window", [(0, 0.5), (0, -3), (float("nan"), 10), (0, float("inf"))])
def test_a_window_must_be_one(window):
    with pytest.raises(ValueError, match="width of 1 or more"):
        read(MADE["12 bits"]()).windowed(*window)


def test_colour_has_no_window():
    with pytest.raises(ValueError, match="grey"):
        Picture.from_array(photo()).windowed(10, 10)


@pytest.mark.parametrize(
    ("pixels", "more", "window"),
    [
        (grey(12), {"BitsStored": 12}, (2048, 4096)),  # all of its 12 bits
        (grey(12) // 4, {"BitsStored": 16}, (512, 1024)),  # from its least to its greatest
        (SIGNED, {"BitsStored": 12}, (0, 4096)),
        (grey(16), {}, (32768, 65536)),
    ],
)
def test_without_a_window_all_that_is_there_is_shown(pixels, more, window):
    picture = Picture.from_bytes(dicom(pixels, **more))
    assert picture.window == window
    assert (picture.rgb8().min(), picture.rgb8().max()) == (0, 255)


def test_padding_does_not_widen_the_window():
    pixels = (grey(12) // 4).astype(np.int16)
    pixels[:9] = -2000
    assert Picture.from_bytes(dicom(pixels, PixelPaddingValue=-2000)).range == (-2000, 1023)
    assert Picture.from_bytes(dicom(pixels, PixelPaddingValue=-2000)).window[1] < 1025


def test_8_bits_without_a_window_are_the_bytes():
    picture = Picture.from_bytes(dicom(grey(8)))
    assert np.array_equal(picture.pixels, grey(8))
    assert (picture.window, picture.deep) == (None, False)


# -- how the pixels are written -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian]
)
def test_uncompressed(syntax):
    assert np.array_equal(Picture.from_bytes(dicom(grey(12), syntax, BitsStored=12)).pixels, grey(12))


def test_big_endian():
    made = dataset(grey(12), uid.ExplicitVRBigEndian, BitsStored=12)
    made.PixelData = grey(12).astype(">u2").tobytes()
    assert np.array_equal(read(made).pixels, grey(12))


@pytest.mark.parametrize("bits", [8, 16])
def test_run_lengths(bits):
    made = dataset(grey(bits))
    made.compress(uid.RLELossless)
    assert np.array_equal(read(made).pixels, grey(bits))


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_jpeg_2000(bits):
    pixels = grey(bits)
    stream = saved(Image.fromarray(pixels), "JPEG2000", irreversible=False, no_jp2=True)
    picture = Picture.from_bytes(
        encapsulated([stream], pixels, uid.JPEG2000Lossless, BitsStored=max(8, 16 if bits > 8 else 8))
    )
    assert np.array_equal(picture.pixels, pixels)


def test_jpeg_baseline_grey_and_colour():
    stream = saved(photo()[..., 0], "JPEG", quality=95)
    picture = Picture.from_bytes(encapsulated([stream], photo()[..., 0], uid.JPEGBaseline8Bit))
    assert np.array_equal(picture.pixels, Picture.from_bytes(stream).pixels)
    stream = saved(photo(), "JPEG", quality=95, subsampling=0)
    made = encapsulated(
        [stream], photo(), uid.JPEGBaseline8Bit, SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422"
    )
    assert np.abs(Picture.from_bytes(made).rgb8().astype(int) - photo()).max() <= 12


def test_colour():
    assert np.array_equal(Picture.from_bytes(dicom(photo(), SamplesPerPixel=3)).pixels, photo())
    ycc = np.asarray(Image.fromarray(photo()).convert("YCbCr"))
    made = Picture.from_bytes(dicom(ycc, SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL"))
    assert np.abs(made.rgb8().astype(int) - photo()).max() <= 3
    assert not made.deep


def test_a_palette():
    made = dataset(
        np.resize(np.arange(4, dtype=np.uint8), (72, 96)), PhotometricInterpretation="PALETTE COLOR"
    )
    for colour, entries in (("Red", [0, 255, 9, 7]), ("Green", [0, 10, 200, 7]), ("Blue", [0, 20, 9, 7])):
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [4, 0, 8])
        setattr(made, f"{colour}PaletteColorLookupTableData", bytes(entries))
    assert [tuple(colour) for colour in read(made).rgb8()[0, :4]] == [
        (0, 0, 0),
        (255, 10, 20),
        (9, 200, 9),
        (7, 7, 7),
    ]


@pytest.mark.parametrize(
    "syntax", [uid.JPEGLSLossless, uid.JPEGLosslessSV1, uid.MPEG2MPML, uid.HTJ2KLossless]
)
def test_a_compression_that_is_not_read_is_named(syntax):
    data = encapsulated([b"\xff\xd8whatever"], grey(8), syntax)
    with pytest.raises(errors.CompressionError) as caught:
        Picture.from_bytes(data)
    assert syntax.name in str(caught.value)


def test_a_private_compression_is_not_repeated():
    made = dataset(grey(8))
    data = written(made).replace(b"1.2.840.10008.1.2.1\0", b"1.2.826.0.1.777.42\0\0")
    with pytest.raises(errors.CompressionError, match="an unknown one"):
        Picture.from_bytes(data)


def test_pixels_that_are_not_square_become_so():
    picture = Picture.from_bytes(dicom(grey(12), BitsStored=12, PixelSpacing=[0.4, 0.2]))
    assert picture.size == (96, 144)
    assert Picture.from_bytes(dicom(grey(12), BitsStored=12, PixelAspectRatio=[1, 2])).size == (192, 72)
    assert Picture.from_bytes(dicom(grey(12), BitsStored=12, PixelSpacing=[0.143, 0.143])).size == (96, 72)


def test_without_the_mark():
    data = dicom(grey(12), uid.ImplicitVRLittleEndian, BitsStored=12)
    bare = data[data.index(b"\x08\x00\x16\x00") :]  # no preamble, no meta elements
    assert np.array_equal(Picture.from_bytes(bare).pixels, grey(12))


# -- views --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "view"),
    [
        ("PA", "PA"),
        ("AP", "AP"),
        ("LL", "LL"),
        ("LAT", "LATERAL"),
        ("L LAT", "LL"),
        ("", ""),
        ("QUUX ZEBULON", ""),
    ],
)
def test_the_view_is_a_known_word_or_nothing(told, view):
    assert Picture.from_bytes(dicom(grey(8), ViewPosition=told)).view == view


def test_the_view_by_code_by_direction_and_by_plane():
    from pydicom import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "399173006", "SCT", "left lateral"
    assert Picture.from_bytes(dicom(grey(8), ViewCodeSequence=[code])).view == "LL"
    assert Picture.from_bytes(dicom(grey(8), PatientOrientation=["P", "F"])).view == "LATERAL"
    assert Picture.from_bytes(dicom(grey(8), PatientOrientation=["L", "F"])).view == ""
    for direction, view in (
        ([1, 0, 0, 0, 1, 0], "axial"),
        ([1, 0, 0, 0, 0, -1], "coronal"),
        ([0, 1, 0, 0, 0, -1], "sagittal"),
    ):
        assert (
            Picture.from_bytes(dicom(grey(8), Modality="MR", ImageOrientationPatient=direction)).view == view
        )


# -- several frames -----------------------------------------------------------------------------------------------

FRAMES = np.stack([grey(12) // (number + 1) for number in range(5)])


def test_several_frames_are_refused_unless_one_is_chosen():
    data = dicom(FRAMES, BitsStored=12)
    with pytest.raises(errors.FrameChoiceError, match="5 frames: choose one of them, 1 to 5"):
        Picture.from_bytes(data)
    for number in range(5):
        assert np.array_equal(
            Picture.from_bytes(data, slice_=SliceChoice(number=number)).pixels, FRAMES[number]
        )
    assert np.array_equal(Picture.from_bytes(data, slice_=SliceChoice()).pixels, FRAMES[2])
    for number in (-1, 5):
        with pytest.raises(errors.FrameChoiceError, match="1 to 5"):
            Picture.from_bytes(data, slice_=SliceChoice(number=number))
    info = volume_of(data)
    assert (info.format, info.shape, dict(info.axes), info.frames) == ("DICOM", (5, 72, 96), {"frame": 5}, 1)
    assert info.middle == SliceChoice("frame", 2)
    assert volume_of(dicom(grey(8))) is None
    assert volume_of(saved(photo(), "PNG")) is None


def test_frames_of_a_compressed_file():
    made = dataset(FRAMES, BitsStored=12)
    made.compress(uid.RLELossless)
    assert np.array_equal(read(made, slice_=SliceChoice(number=3)).pixels, FRAMES[3])


def test_functional_groups_tell_window_and_rescaling():
    from pydicom import Dataset

    made, groups = dataset(FRAMES, BitsStored=12), []
    for number in range(5):
        group, window, rescale = Dataset(), Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = 100 + number, 50
        rescale.RescaleSlope, rescale.RescaleIntercept = 2, -number
        group.FrameVOILUTSequence, group.PixelValueTransformationSequence = [window], [rescale]
        groups.append(group)
    made.PerFrameFunctionalGroupsSequence = groups
    picture = read(made, slice_=SliceChoice(number=3))
    assert (picture.window, picture.values) == ((103, 50), (2, -3))


# -- refusals -----------------------------------------------------------------------------------------------------


def test_no_picture_in_it():
    made = dataset(grey(8))
    for keyword in ("Rows", "Columns", "PixelData", "PhotometricInterpretation"):
        delattr(made, keyword)
    with pytest.raises(errors.NotAPictureError, match="a report"):
        read(made)


def test_pixels_of_32_bits():
    with pytest.raises(errors.NotAPictureError, match="8 or 16 bits"):
        Picture.from_bytes(dicom(grey(12).astype(np.uint32)))


def test_limits_hold_before_decoding(monkeypatch):
    monkeypatch.setattr(picture_dicom, "decode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(errors.PictureTooLargeError, match="50 megapixels"):
        Picture.from_bytes(dicom(grey(8), Rows=60000, Columns=60000))
    with pytest.raises(errors.PictureTooSmallError):
        Picture.from_bytes(dicom(grey(8, 63, 200)))
    with pytest.raises(errors.PictureTooLargeError, match="frames"):
        Picture.from_bytes(dicom(grey(8), NumberOfFrames=10**6))
    data = dicom(grey(8))
    with pytest.raises(errors.PictureTooLargeError, match="64 MB"):
        Picture.from_bytes(data + bytes(MAX_FILE_BYTES - len(data) + 1))


def test_a_deflated_bomb_is_not_inflated(monkeypatch):
    monkeypatch.setattr(picture_dicom, "MAX_INFLATED_BYTES", 8 * 2**20)
    data = dicom(grey(8), uid.DeflatedExplicitVRLittleEndian)
    meta = data[: 144 + struct.unpack_from("<L", data, 140)[0]]
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = meta + b"".join(packer.compress(bytes(2**20)) for _ in range(10)) + packer.flush()
    with pytest.raises(errors.PictureTooLargeError, match="inflated"):
        Picture.from_bytes(bomb)


def test_a_frame_larger_than_the_header_says_is_not_decoded():
    large = saved(Image.new("L", (3000, 3000)), "JPEG2000", no_jp2=True)
    for stream, syntax in (
        (large, uid.JPEG2000),
        (saved(Image.new("L", (3000, 3000)), "JPEG"), uid.JPEGBaseline8Bit),
    ):
        tracemalloc.start()
        try:
            with pytest.raises(errors.TruncatedPictureError):
                Picture.from_bytes(encapsulated([stream], grey(8), syntax))
            assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("name", ["IM000001", "1.2.826.0.1.3680043.9.7777.55", "a.dcm", "A.DCM", "x.ima"])
def test_names(name):
    Picture.from_bytes(dicom(grey(8)), name)


def test_a_wrong_name():
    with pytest.raises(errors.WrongExtensionError, match=r'DICOM.*".dcm".*".png"'):
        Picture.from_bytes(dicom(grey(8)), "Quux.png")


# -- nothing of the patient ---------------------------------------------------------------------------------------

BROKEN = {
    "cut": lambda data: data[: len(data) // 2],
    "cut early": lambda data: data[: data.index(b"Quux") + 6],
    "no pixels": lambda data: data[: data.index(b"\xe0\x7f\x10\x00")],
    "odd name": lambda data: data.replace(b"PN", b"UI", 1),
    "odd size": lambda data: data.replace(b"\x28\x00\x10\x00US\x02\x00\x48\x00", b"\x28\x00\x10\x00LO\x02\x00Qu"),
    "odd window": lambda data: data.replace(b"1500", b"Quux"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_errors_warnings_and_logs_hold_no_trace_of_the_patient(how, caplog):
    data = BROKEN[how](written(MADE["12 bits"]()))
    assert b"Quux" in data
    caught = None
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as noise:
        warnings.simplefilter("always")
        try:
            said = repr(Picture.from_bytes(data, "Quux Zebulon.dcm"))
        except errors.PictureError as error:
            caught, said = error, f"{error!r} {error}"
    assert caught is None or caught.__cause__ is caught.__context__ is None
    everything = said + caplog.text + " ".join(str(one.message) for one in noise)
    assert not [secret for secret in SECRETS if secret in everything]
    assert not noise


@pytest.mark.parametrize("name", ["12 bits", "inverted", "voi table", "sigmoid"])
def test_a_picture_holds_nothing_of_the_patient(name):
    data = written(MADE[name]())
    assert all(secret.encode() in data for secret in SECRETS)
    picture = Picture.from_bytes(data, "Quux.dcm")
    pickled = pickle.dumps(picture)
    for secret in SECRETS:
        assert secret.encode() not in pickled
        assert secret not in repr(picture)
    again = pickle.loads(pickled)
    assert np.array_equal(again.rgb8(), picture.rgb8())
    assert (again.window, again.view, again.values) == (picture.window, picture.view, picture.values)


@pytest.mark.parametrize("name", ["12 bits", "voi table", "two windows"])
def test_broken_files_raise_nothing_but_picture_errors(name):
    chance, data, refused = np.random.default_rng(1), written(MADE[name]()), 0
    for turn in range(150):
        broken = bytearray(data)
        if turn % 3 == 0:
            del broken[int(chance.integers(len(broken))) :]
        else:
            for _ in range(int(chance.choice((1, 5, 40)))):
                broken[int(chance.integers(min(2000, len(broken))))] = int(chance.integers(256))
        try:
            assert isinstance(Picture.from_bytes(bytes(broken)), Picture)
        except errors.PictureError:
            refused += 1
    assert refused >= 40


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big", "deflated", "run lengths"])
def test_the_bare_file_makes_the_same_picture_and_names_nobody(name, syntax):
    made = MADE[name]()
    made.ViewPosition, made.PatientOrientation = "LAT", ["A", "F"]
    for sequence in (made.get("VOILUTSequence"), made.get("ModalityLUTSequence")):
        if sequence:
            sequence[0].LUTExplanation = "Quux Zebulon"
    if syntax == "run lengths":
        made.compress(uid.RLELossless)
    elif syntax != "explicit":
        kinds = {"implicit": uid.ImplicitVRLittleEndian, "big": uid.ExplicitVRBigEndian,
                 "deflated": uid.DeflatedExplicitVRLittleEndian}  # fmt: skip
        made.file_meta.TransferSyntaxUID = kinds[syntax]
        if syntax == "big":
            made.PixelData = made.pixel_array.astype(made.pixel_array.dtype.newbyteorder(">")).tobytes()
    data = written(made)
    stripped = bare(data, "Quux.dcm")
    assert not [secret for secret in SECRETS if secret.encode() in stripped]
    one, other = Picture.from_bytes(data), Picture.from_bytes(stripped)
    assert np.array_equal(one.pixels, other.pixels)
    assert (one.window, one.view, one.values) == (other.window, other.view, other.values)
    assert one.view == "LATERAL"


def test_the_bare_file_keeps_frames_and_their_windows():
    from pydicom import Dataset

    made, group, window = dataset(FRAMES, BitsStored=12, ViewPosition="QUUX"), Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth, window.WindowCenterWidthExplanation = 100, 50, "Quux"
    group.FrameVOILUTSequence, group.FrameComments = [window], "Zebulon"
    made.SharedFunctionalGroupsSequence = [group]
    stripped = bare(written(made))
    assert not [secret for secret in SECRETS if secret.encode() in stripped.replace(b"QUUX", b"Quux")]
    picture = Picture.from_bytes(stripped, slice_=SliceChoice(number=4))
    assert np.array_equal(picture.pixels, FRAMES[4])
    assert picture.window == (100, 50)
