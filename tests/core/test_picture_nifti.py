"""NIfTI: the slice that was asked for, the right way round, as nibabel turns it; every refusal; nothing of the patient."""

import gzip
import pickle
import struct
import zlib

import nibabel as nib
import numpy as np
import pytest

from core import errors, picture_nifti
from core.picture import Picture, SliceChoice, bare, volume_of
from tests.core.medical_files import SECRETS, body, nifti

VOLUME = body()
#: Raw axes that are not left to right, back to front, feet to head: nibabel's codes.
ORIENTATIONS = ["RAS", "LAS", "LPS", "PIR", "SAL", "ILP"]


def stored(
    codes: str, volume: np.ndarray = VOLUME, spacing: tuple[float, ...] = (1, 1, 1)
) -> tuple[np.ndarray, np.ndarray]:
    """The same body with its axes stored otherwise, and the affine that says so; ``spacing`` is along R, A, S."""
    image = nib.Nifti1Image(volume, np.diag([*spacing, 1.0]))
    turn = nib.orientations.ornt_transform(
        nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes)
    )
    other = image.as_reoriented(turn)
    return np.asarray(other.dataobj), other.affine


def values_of(picture: Picture) -> np.ndarray:
    return picture.pixels * picture.values[0] + picture.values[1]


@pytest.mark.parametrize("codes", ORIENTATIONS)
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_every_orientation_gives_the_same_slice(codes, kind):
    data = nifti(*stored(codes), kind=kind)
    canonical = nib.as_closest_canonical(kind.from_bytes(gzip.decompress(data))).get_fdata()
    assert np.array_equal(canonical, VOLUME)
    for axis, number, plane in (
        ("axial", 61, canonical[:, :, 61]), ("coronal", 71, canonical[:, 71]), ("sagittal", 60, canonical[60]),
    ):  # fmt: skip
        upright = plane.T[::-1]
        for convention in ("radiological", "neurological"):
            picture = Picture.from_bytes(
                data, "x.nii.gz", slice_=SliceChoice(axis, number, convention=convention)
            )
            mirrored = axis == "sagittal" or convention == "radiological"
            assert np.array_equal(values_of(picture), upright[:, ::-1] if mirrored else upright)
            assert picture.view == axis


def test_where_right_front_and_head_are():
    """The mark lies at the patient's right, front and top: so it is where the convention says."""
    data = nifti(*stored("LPS"))

    def corner(axis: str, number: int, convention: str = "radiological") -> tuple[str, str]:
        pixels = values_of(Picture.from_bytes(data, slice_=SliceChoice(axis, number, convention=convention)))
        row, column = (int(found) for found in np.argwhere(pixels == pixels.max()).mean(axis=0))
        return "top" if row < 30 else "bottom", "left" if column < 30 else "right"

    assert corner("axial", 58) == ("top", "left")  # seen from the feet: the patient's right is on the left
    assert corner("axial", 58, "neurological") == ("top", "right")
    assert corner("coronal", 72) == ("top", "left")
    assert corner("sagittal", 62) == ("top", "left")  # looks to the left


def test_without_a_choice_it_is_the_middle_axial_slice():
    for packed, name in ((True, "brain.nii.gz"), (False, "brain.NII"), (False, "")):
        picture = Picture.from_bytes(nifti(VOLUME, packed=packed), name)
        assert np.array_equal(values_of(picture), VOLUME[:, :, 33].T[::-1, ::-1])
        assert picture.size == (70, 80)
    info = volume_of(nifti(*stored("PIR")))
    assert (info.format, info.shape, info.frames) == ("NIfTI", (70, 80, 66), 1)
    assert list(info.axes.items()) == [("axial", 66), ("coronal", 80), ("sagittal", 70)]
    assert info.middle == SliceChoice("axial", 33)


def test_a_series_gives_its_first_volume_or_another():
    series = np.stack([VOLUME, VOLUME // 2, VOLUME // 3], axis=-1)
    for packed in (True, False):
        data = nifti(series, packed=packed)
        assert volume_of(data).frames == 3
        for volume in range(3):
            picture = Picture.from_bytes(data, slice_=SliceChoice(volume=volume))
            assert np.array_equal(values_of(picture), series[:, :, 33, volume].T[::-1, ::-1])
    with pytest.raises(errors.FrameChoiceError, match="volume must be in 1 to 3"):
        Picture.from_bytes(data, slice_=SliceChoice(volume=3))


def test_voxels_that_are_not_cubes_make_square_pixels():
    data = nifti(*stored("LPS", spacing=(1, 1, 3)))
    assert Picture.from_bytes(data).size == (70, 80)
    assert Picture.from_bytes(data, slice_=SliceChoice("coronal")).size == (70, 198)
    assert Picture.from_bytes(data, slice_=SliceChoice("sagittal")).size == (80, 198)


# -- numbers ------------------------------------------------------------------------------------------------------


def test_whole_numbers_are_kept_and_the_window_leaves_out_the_ends():
    volume = VOLUME - 300
    picture = Picture.from_bytes(nifti(volume))
    low, high = np.percentile(volume, (1, 99.5))
    assert picture.deep
    assert picture.window == pytest.approx(((low + high + 1) / 2, high - low + 1))
    assert np.array_equal(values_of(picture), volume[:, :, 33].T[::-1, ::-1])
    assert picture.rgb8().std() > 10


def test_all_slices_of_a_volume_share_window_and_scale():
    for volume in (VOLUME, VOLUME.astype(np.float32) / 777):
        one, other = (Picture.from_bytes(nifti(volume), slice_=SliceChoice("axial", n)) for n in (5, 60))
        assert (one.window, one.values) == (other.window, other.values)


def test_other_numbers_are_scaled_and_a_voxel_far_out_does_not_darken_the_rest():
    floats = VOLUME.astype(np.float64) / 1234 - 0.1
    plain = Picture.from_bytes(nifti(floats.astype(np.float32))).rgb8()
    floats[0, 0, 0] = 1e9
    floats[1, 1, 1] = np.nan
    picture = Picture.from_bytes(nifti(floats.astype(np.float32)))
    assert picture.deep
    assert np.abs(picture.rgb8().astype(int) - plain).max() <= 3
    span = np.percentile(floats[np.isfinite(floats)], (1, 99.5))
    expected = np.clip((floats[:, :, 33].T[::-1, ::-1] - span[0]) / (span[1] - span[0]), 0, 1) * 255
    assert np.abs(picture.rgb8()[..., 0] - expected).max() <= 2


def test_slope_and_intercept_count():
    data = nifti(VOLUME, slope=(0.5, 10.0))
    same = nifti((VOLUME * 0.5 + 10).astype(np.float32))
    one, other = (Picture.from_bytes(made).rgb8().astype(int) for made in (data, same))
    assert np.abs(one - other).max() <= 1
    shifted = Picture.from_bytes(nifti(VOLUME, slope=(1.0, -1024.0)))
    assert np.array_equal(values_of(shifted), VOLUME[:, :, 33].T[::-1, ::-1] - 1024)


def test_bytes_are_a_picture_s_bytes():
    volume = (VOLUME / VOLUME.max() * 255).astype(np.uint8)
    picture = Picture.from_bytes(nifti(volume))
    assert np.array_equal(picture.pixels, volume[:, :, 33].T[::-1, ::-1])
    assert (picture.window, picture.deep) == (None, False)
    dim = Picture.from_bytes(nifti(volume // 8))
    assert dim.rgb8().max() > 200


@pytest.mark.parametrize("value", [0, 7])
def test_a_constant_volume_is_a_picture(value):
    for kind in (np.int16, np.float32, np.uint8):
        assert Picture.from_bytes(nifti(np.full((70, 70, 70), value, kind))).size == (70, 70)


def test_a_picture_of_two_dimensions_and_big_endian():
    flat = Picture.from_bytes(nifti(VOLUME[:, :, 33]))
    assert np.array_equal(values_of(flat), VOLUME[:, :, 33].T[::-1, ::-1])
    image = nib.Nifti1Image(VOLUME, np.eye(4))
    swapped = nib.Nifti1Image(VOLUME.astype(">i2"), np.eye(4), image.header.as_byteswapped(">")).to_bytes()
    assert struct.unpack(">i", swapped[:4]) == (348,)
    assert np.array_equal(values_of(Picture.from_bytes(swapped)), VOLUME[:, :, 33].T[::-1, ::-1])


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choice", [SliceChoice("axial", 66), SliceChoice("sagittal", -1), SliceChoice("frame", 3)]
)
def test_a_slice_that_is_not_there(choice):
    with pytest.raises(errors.FrameChoiceError, match="must be"):
        Picture.from_bytes(nifti(VOLUME), slice_=choice)


@pytest.mark.parametrize("made", [{"axis": "oblique"}, {"convention": "nautical"}])
def test_a_choice_must_be_one(made):
    with pytest.raises(ValueError, match="must be one of"):
        SliceChoice(**made)


@pytest.mark.parametrize("share", [0.0005, 0.02, 0.3, 0.9])
@pytest.mark.parametrize("packed", [True, False])
def test_truncated(share, packed):
    data = nifti(VOLUME, packed=packed)
    cut = data[: max(400, int(len(data) * share))]
    with pytest.raises((errors.TruncatedPictureError, errors.NotAPictureError)) as caught:
        Picture.from_bytes(cut)
    assert caught.value.__context__ is None


def test_limits_hold_before_anything_is_decompressed(monkeypatch):
    monkeypatch.setattr(picture_nifti, "_voxels", lambda *_: pytest.fail("decompressed"))
    data = bytearray(nifti(VOLUME, packed=False))
    struct.pack_into("<8h", data, 40, 4, 3000, 3000, 3000, 1, 1, 1, 1)
    for made in (bytes(data), gzip.compress(bytes(data))):
        with pytest.raises(errors.PictureTooLargeError, match="256 MB"):
            Picture.from_bytes(made)
    struct.pack_into("<8h", data, 40, 4, 300, 300, 300, 900, 1, 1, 1)
    with pytest.raises(errors.PictureTooLargeError, match="series"):
        Picture.from_bytes(bytes(data))


def test_a_gzip_bomb_is_read_no_further_than_the_header_says():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin = packer.compress(nifti(VOLUME, packed=False))
    bomb = begin + b"".join(packer.compress(bytes(2**20)) for _ in range(60)) + packer.flush()
    assert Picture.from_bytes(bomb).size == (70, 80)


def test_too_small():
    with pytest.raises(errors.PictureTooSmallError):
        Picture.from_bytes(nifti(VOLUME[:63]))
    with pytest.raises(errors.PictureTooSmallError):
        Picture.from_bytes(nifti(VOLUME[:, :, :63]), slice_=SliceChoice("coronal"))


def test_colours_complex_numbers_and_pairs():
    with pytest.raises(errors.NotAPictureError, match="plain numbers"):
        Picture.from_bytes(nifti(VOLUME.astype(np.complex64)))
    rgb = np.zeros((70, 70, 70), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    with pytest.raises(errors.NotAPictureError, match="plain numbers"):
        Picture.from_bytes(nifti(rgb))
    header = nib.Nifti1Pair(VOLUME, np.eye(4)).header.binaryblock
    with pytest.raises(errors.NotAPictureError, match="single file"):
        Picture.from_bytes(header + bytes(8))


def test_a_gzip_of_something_else_and_a_wrong_name():
    with pytest.raises(errors.NotAPictureError, match="a gzip archive"):
        Picture.from_bytes(gzip.compress(b"Dear colleague, " * 99), "x.nii.gz")
    with pytest.raises(errors.WrongExtensionError, match=r'".nii".*"\.png"'):
        Picture.from_bytes(nifti(VOLUME), "Quux.png")


def test_nothing_of_the_patient_comes_through():
    data = nifti(VOLUME, packed=False)
    assert b"Quux" in data
    assert b"Frobnicate" in data
    picture = Picture.from_bytes(data, "Quux.nii")
    for secret in SECRETS:
        assert secret.encode() not in pickle.dumps(picture)
        assert secret not in repr(picture)


@pytest.mark.parametrize("packed", [True, False])
def test_broken_files_raise_nothing_but_picture_errors(packed):
    chance, data, refused = np.random.default_rng(2), nifti(VOLUME[:, :, :3], packed=packed), 0
    for turn in range(150):
        broken = bytearray(data)
        if turn % 3 == 0:
            del broken[int(chance.integers(len(broken))) :]
        else:
            for _ in range(int(chance.choice((1, 5, 40)))):
                broken[int(chance.integers(min(400, len(broken))))] = int(chance.integers(256))
        try:
            assert isinstance(Picture.from_bytes(bytes(broken)), Picture)
        except errors.PictureError as error:
            refused += 1
            assert error.__context__ is None  # noqa: PT017 - what is raised is one of many
    assert refused >= 40


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("packed", [True, False])
def test_the_bare_file_makes_the_same_pictures_and_names_nobody(kind, packed):
    series = np.stack([VOLUME, VOLUME // 2], axis=-1)
    data = nifti(series, stored("LPS")[1], packed=packed, kind=kind, slope=(0.5, 3.0))
    plain = gzip.decompress(data) if packed else data
    stripped = bare(data)
    assert b"Quux" in plain
    assert not [secret for secret in SECRETS if secret.encode() in gzip.decompress(stripped)]
    for choice in (SliceChoice(), SliceChoice("sagittal", 9, 1)):
        one, other = (Picture.from_bytes(made, slice_=choice) for made in (data, stripped))
        assert np.array_equal(one.pixels, other.pixels)
        assert (one.window, one.values) == (other.window, other.values)
    with pytest.raises(errors.TruncatedPictureError):
        bare(plain[:-5])
