"""``phenolens diagnose``: the answer of every photo, strictly JSON or tidy text, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.engine import Engine
from core.locked import lock_thresholds
from core.picture import Picture
from core.studies.facies12 import FACIES12
from tests.core.bundles import tiny_bundle
from tests.core.commands.conftest import Phenolens

KEYS = {
    "path",
    "study",
    "model",
    "outcome",
    "why",
    "face",
    "faces",
    "differential",
    "neighbours",
    "timings_ms",
    "nothing_probability",
}


def test_one_photo_is_one_document(phenolens: Phenolens, photos: Path) -> None:
    path = photos / "one.jpg"
    done = phenolens("diagnose", path, "--json")
    answer = done.json
    assert (done.status, done.err) == (0, "")
    assert answer.keys() >= KEYS
    assert answer["path"] == str(path)
    assert (answer["study"], answer["model"]) == ("facies12", "facies12/tiny")
    assert (answer["outcome"], answer["face"]) == ("candidates", 0)
    assert "meaningless" not in answer
    assert list(answer["timings_ms"])[:2] == ["decode", "detect"]
    assert all(value >= 0 for value in answer["timings_ms"].values())
    _check_face(answer["faces"][0])
    _check_differential(answer)
    near = answer["neighbours"][0]
    assert set(near) == {"subject_id", "label", "distance", "percentile_same", "percentile_different"}
    assert 0 <= near["distance"] <= 2


def _check_face(face: dict[str, Any]) -> None:
    x0, y0, x1, y1 = face["box"]
    assert 0 <= x0 < x1 <= 256
    assert y0 < y1
    assert np.array(face["landmarks"]).shape == (5, 2)
    assert 0.9 < face["probability"] <= 1
    for caution in face["cautions"]:
        assert set(caution) == {"code", "message", "advice", "value", "blocking"}


def _check_differential(answer: dict[str, Any]) -> None:
    ranked = answer["differential"]
    assert {entry["class"] for entry in ranked} == {c.name for c in FACIES12.classes}
    chances = [entry["probability"] for entry in ranked]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) + answer["nothing_probability"] == pytest.approx(1)
    for entry in ranked:
        condition = FACIES12.condition(entry["class"])
        assert entry["codes"] == {"orpha": condition.orpha, "omim": condition.omim or None}


def test_it_says_what_the_page_says(phenolens: Phenolens, photos: Path, models: Path) -> None:
    engine = Engine(models, "cpu")
    report = engine.submit(Picture.from_bytes((photos / "one.jpg").read_bytes()), "facies12/tiny").result()
    engine.close()
    answer = phenolens("diagnose", photos / "one.jpg", "--json", "--device", "cpu").json
    assert answer["why"] == report.why
    assert [entry["class"] for entry in answer["differential"]] == [one.name for one in report.differential]
    expected = [one.probability for one in report.differential]
    assert [entry["probability"] for entry in answer["differential"]] == pytest.approx(expected, abs=1e-5)
    assert answer["neighbours"][0]["subject_id"] == report.neighbours[0].subject_id


def test_locked_thresholds_are_told_and_which(phenolens: Phenolens, photos: Path, tmp_path: Path) -> None:
    ask = ("diagnose", photos / "one.jpg", "--models", tmp_path)
    folder = tiny_bundle(tmp_path)
    plain = phenolens(*ask, "--json").json
    assert plain["thresholds_version"] is None
    assert {(entry["threshold"], entry["reached"]) for entry in plain["differential"]} == {(None, None)}
    assert "thresholds" not in phenolens(*ask).out
    first, second = (entry["class"] for entry in plain["differential"][:2])
    new = lock_thresholds(folder, {first: 0.001, second: 0.999}, "maximum F1 on validation", "Ada")
    answer = phenolens(*ask, "--json").json
    assert answer["thresholds_version"] == 1
    told = [(entry["threshold"], entry["reached"]) for entry in answer["differential"][:3]]
    assert told == [(0.001, True), (0.999, False), (None, None)]
    words = " ".join(phenolens(*ask).out.split())
    assert f"{new}: reached by {first} (0.1%)" in words


def test_several_photos_are_a_list_and_what_cannot_be_read_has_its_place(
    phenolens: Phenolens, photos: Path
) -> None:
    paths = [photos / name for name in ("missing.jpg", "one.jpg", "broken.jpg", "none.png", "two.png")]
    done = phenolens("diagnose", *paths, photos, "/dev/zero", "--json")
    answers = done.json
    assert done.status == 2
    assert [answer["path"] for answer in answers] == [*map(str, paths), str(photos), "/dev/zero"]
    failed = [set(answer) == {"path", "error"} for answer in answers]
    assert failed == [True, False, True, False, False, True, True]
    for answer in answers:
        if "error" in answer:
            assert f"phenolens: {answer['path']}: {answer['error']}" in done.err
    assert "No such file" in answers[0]["error"]
    assert "folder" in answers[5]["error"]


def test_one_photo_that_cannot_be_read(phenolens: Phenolens, photos: Path, tmp_path: Path) -> None:
    small, text, big = tmp_path / "small.png", tmp_path / "text.jpg", tmp_path / "big.jpg"
    Image.new("RGB", (20, 20)).save(small)
    text.write_text("no picture at all")
    with big.open("wb") as file:
        file.truncate(40 * 2**30)  # sparse: reading it would take the memory
    for path in (small, text, big, photos / "broken.jpg"):
        done = phenolens("diagnose", path, "--json")
        assert done.status == 2
        assert set(done.json) == {"path", "error"}
        assert done.err.count("\n") == 1
        assert phenolens("diagnose", path).out == ""


def test_no_face_is_an_answer(phenolens: Phenolens, photos: Path) -> None:
    done = phenolens("diagnose", photos / "none.png", "--json")
    answer = done.json
    assert done.status == 0
    assert (answer["outcome"], answer["face"], answer["faces"]) == ("cannot assess", None, [])
    assert answer["differential"] == []
    assert answer["neighbours"] == []
    assert answer["nothing_probability"] is None
    assert "Cannot assess" in phenolens("diagnose", photos / "none.png").out


def test_cannot_assess_keeps_its_differential_back_until_asked(phenolens: Phenolens, photos: Path) -> None:
    ask = ("diagnose", photos / "one.jpg", "--model", "facies12/refuses")
    answer = phenolens(*ask, "--json").json
    assert (answer["outcome"], answer["face"]) == ("cannot assess", 0)
    assert answer["differential"] == answer["neighbours"] == answer["prediction_set"] == []
    assert answer["nothing_probability"] is None
    assert "meaningless" not in answer
    shown = phenolens(*ask, "--json", "--show-anyway").json
    assert shown["meaningless"] is True
    _check_differential(shown)
    assert "Williams" not in phenolens(*ask).out
    text = phenolens(*ask, "--show-anyway").out
    assert text.index("Meaningless") < text.index("Williams")


def test_nothing_distinctive_lists_its_probabilities(phenolens: Phenolens, photos: Path) -> None:
    ask = ("diagnose", photos / "one.jpg", "--model", "facies12/nothing")
    answer = phenolens(*ask, "--json").json
    assert answer["outcome"] == "nothing distinctive"
    _check_differential(answer)
    assert "Nothing distinctive" in phenolens(*ask).out


def test_the_text(phenolens: Phenolens, photos: Path) -> None:
    done = phenolens("diagnose", photos / "one.jpg", photos / "two.png")
    assert done.status == 0
    assert done.out.count("For research, not for clinical diagnosis.") == 2
    assert done.out.count("no patient was in it") == 2
    assert "face 0 (of 0 to 1)" in done.out
    assert "2 faces were found" in done.out
    bars = [line for line in done.out.splitlines() if "ORPHA:" in line]
    assert len(bars) == 24
    assert len({line.index("ORPHA:") for line in bars}) == 1
    assert max(map(len, done.out.splitlines())) <= 110
    assert "phenolens: photos: 2 of 2" in done.err


def test_a_face_of_several(phenolens: Phenolens, photos: Path) -> None:
    first = phenolens("diagnose", photos / "two.png", "--json").json
    second = phenolens("diagnose", photos / "two.png", "--json", "--face", 1).json
    assert (first["face"], second["face"]) == (0, 1)
    assert first["faces"] == second["faces"]
    assert first["neighbours"] != second["neighbours"]


def test_a_face_that_is_not_there(phenolens: Phenolens, photos: Path) -> None:
    done = phenolens("diagnose", photos / "one.jpg", photos / "two.png", "--json", "--face", 1)
    one, two = done.json
    assert done.status == 2
    assert "Got 1 instead" in one["error"]
    assert two["face"] == 1


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--model", "facies12/none"), "There is no model 'facies12/none'. Known: facies12/tiny, "),
        (("--model", "../facies12/tiny"), "There is no model"),
        (("--class", "Measles", "--heatmap", "x.png"), "--class must be one of 22q11.2 deletion syndrome"),
        (("--heatmap", "x.jpg"), "--heatmap must end in .png"),
        (("--heatmap", "no/such/folder/x.png"), "--heatmap must be in a folder"),
        (("--models", "no-such-folder"), "There is no model of facies12 in no-such-folder"),
    ],
)
def test_what_cannot_be_asked(
    options: tuple[str, ...], line: str, phenolens: Phenolens, photos: Path, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = phenolens("diagnose", photos / "one.jpg", "--json", *options)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"phenolens: {line}")
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("face", ["-1", "one"])
def test_a_face_must_be_a_number(face: str, phenolens: Phenolens, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        phenolens("diagnose", "x.jpg", f"--face={face}")
    assert end.value.code == 2
    assert "must be a whole number from 0 on" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there(phenolens: Phenolens, photos: Path) -> None:
    done = phenolens("diagnose", photos / "one.jpg", "--device", "cuda")
    assert done.status == 2
    assert "Got cuda without a usable GPU" in done.err


def test_a_damaged_model(phenolens: Phenolens, photos: Path, tmp_path: Path, models: Path) -> None:
    folder = tmp_path / "facies12" / "tiny"
    folder.mkdir(parents=True)
    (folder / "card.json").write_bytes((models / "facies12" / "tiny" / "card.json").read_bytes())
    done = phenolens("diagnose", photos / "one.jpg", "--models", tmp_path)
    assert done.status == 2
    assert done.err.startswith("phenolens: The weights of 'tiny' cannot be read.")
    assert done.err.count("\n") == 1


def test_the_heatmap_lies_over_the_photo(phenolens: Phenolens, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "heat.png"
    done = phenolens("diagnose", photos / "one.jpg", "--heatmap", out)
    assert done.status == 0
    assert f"is in {out}" in done.err
    with Image.open(out) as drawn, Image.open(photos / "one.jpg") as photo:
        assert drawn.size == photo.size
        assert drawn.info == {}
        assert not np.array_equal(np.asarray(drawn), np.asarray(photo))


def test_the_class_of_the_heatmap(phenolens: Phenolens, photos: Path, tmp_path: Path) -> None:
    drawn = []
    for name in ("williams syndrome", "Turner syndrome"):
        done = phenolens(
            "diagnose", photos / "one.jpg", "--heatmap", tmp_path / f"{name}.png", "--class", name
        )
        assert f"the heatmap of {name[0].upper()}{name[1:]} is in" in done.err
        drawn.append((tmp_path / f"{name}.png").read_bytes())
    assert drawn[0] != drawn[1]


def test_heatmaps_are_numbered_by_the_photos_place(
    phenolens: Phenolens, photos: Path, tmp_path: Path
) -> None:
    paths = [photos / name for name in ("one.jpg", "none.png", "other.png")]
    done = phenolens("diagnose", *paths, "--heatmap", tmp_path / "heat.png", "--json")
    assert done.status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["heat-1.png", "heat-3.png"]
    assert "none.png: cannot assess, so no heatmap is written." in done.err


def test_a_refused_face_has_no_heatmap(phenolens: Phenolens, photos: Path, tmp_path: Path) -> None:
    ask = ("diagnose", photos / "one.jpg", "--model", "facies12/refuses", "--heatmap", tmp_path / "heat.png")
    done = phenolens(*ask, "--show-anyway")
    assert done.status == 0
    assert "no heatmap is written" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_heatmap_never_replaces_a_photo(phenolens: Phenolens, photos: Path) -> None:
    before = (photos / "other.png").read_bytes()
    done = phenolens("diagnose", photos / "other.png", "--heatmap", photos / "other.png")
    assert done.status == 2
    assert "would overwrite the photo" in done.err
    assert (photos / "other.png").read_bytes() == before


def test_a_file_name_is_not_obeyed(phenolens: Phenolens, photos: Path, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31mb.jpg"
    path.write_bytes((photos / "one.jpg").read_bytes())
    assert "\x1b" not in phenolens("diagnose", path).out
    assert phenolens("diagnose", path, "--json").json["path"] == str(path)
    assert "\x1b" not in phenolens("diagnose", tmp_path / "no\x1b[31m.jpg").err
