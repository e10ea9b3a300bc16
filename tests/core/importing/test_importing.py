"""Tables of anyone's predictions: whatever their columns are called, nothing is guessed and nothing is lost silently."""

import csv
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.classifier import find_models
from core.errors import DataError
from core.evaluation.measures import measure
from core.evaluation.results import read_results
from core.importing.bundle import imported
from tests.shared_pictures import folder as shared

SCORES = """Image Index,prob_Mass,prob_Nodule
a.png,0.9,0.1
b.png,0.2,0.7
c.png,0.4,0.3
d.png,0.8,0.6
"""
NIH = """Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,Size[Width,Height],
a.png,Mass,0,1,058Y,M,PA,10,10,
b.png,Nodule|Effusion,0,2,411Y,F,AP,10,10,
c.png,No Finding,1,2,040Y,F,AP,10,10,
x.png,Mass,0,9,040Y,F,AP,10,10,
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_scores_and_nih_truth(tmp_path: Path) -> None:
    found = imported(write(tmp_path, "p.csv", SCORES), "nih_chest", write(tmp_path, "t.csv", NIH))
    assert found.labels == ("Mass", "Nodule")
    assert found.multi_label
    frame = found.frame
    assert frame["path"].tolist() == ["a.png", "b.png", "c.png"]
    assert frame["y:Mass"].tolist() == [1, 0, 0]
    assert frame["y:Nodule"].tolist() == [0, 1, 0]
    assert frame["subject_id"].tolist() == ["1", "2", "2"]
    assert frame["sex"].tolist() == ["male", "female", "female"]
    assert frame["age_years"].tolist()[::2] == [58, 40]
    assert np.isnan(frame["age_years"][1])
    assert set(frame["split"]) == {"test"}
    assert any("1 of 4" in line for line in found.notes)


def test_one_table_with_a_column_a_label(tmp_path: Path) -> None:
    text = "path,patient_id,p:Mass,p:Nodule,y:Mass,y:Nodule,split\n1.png,A,0.5,0.25,1,0,val\n2.png,B,0,1,-1,1,test\n"
    found = imported(write(tmp_path, "one.csv", text), "nih_chest")
    assert found.frame["split"].tolist() == ["val", "test"]
    assert np.isnan(found.frame["y:Mass"][1])
    assert found.notes == []


def test_one_label_of_several(tmp_path: Path) -> None:
    text = "image\tlabel\tMildDemented\tNonDemented\n1.png\tnondemented\t0.4\t0.6\n2.png\tMildDemented\t0.3\t0.7\n"
    found = imported(write(tmp_path, "a.tsv", text), "alzheimer")
    assert not found.multi_label
    assert found.labels == ("NonDemented", "MildDemented")
    assert found.frame["label"].tolist() == ["NonDemented", "MildDemented"]
    assert found.frame["p:NonDemented"].tolist() == pytest.approx([0.6, 0.7])
    assert any("subjects" in line for line in found.notes)


def test_a_study_of_ones_own(tmp_path: Path) -> None:
    text = "file,score_Cat,score_Dog,label\n1,0.9,0.1,Cat\n2,0.2,0.8,Dog\n"
    found = imported(write(tmp_path, "own.csv", text), "pets")
    assert found.labels == ("Cat", "Dog")


def test_logits_become_probabilities(tmp_path: Path) -> None:
    text = "path,prob_Mass,prob_Nodule,Finding Labels\na,0,2,Mass\nb,-3,1,Nodule\n"
    path = write(tmp_path, "l.csv", text)
    with pytest.raises(DataError, match="--logits"):
        imported(path, "nih_chest")
    found = imported(path, "nih_chest", logits=True)
    assert found.frame["p:Nodule"].tolist() == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-1))])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,prob_Mass,prob_Nodule\na,0.1,0.2\n", "truth"),
        ("path,prob_Mass,prob_Dragon,Finding Labels\na,0.1,0.2,Mass\n", "Dragon"),
        ("prob_Mass,prob_Nodule,Finding Labels\n0.1,0.2,Mass\n", "path"),
        ("path,Finding Labels\na,Mass\n", "score"),
        ("path,prob_Mass,prob_Nodule,Finding Labels\na,0.1,,Mass\n", "number"),
        ("path,prob_Mass,prob_Nodule,Finding Labels\na,0.1,1.2,Mass\n", "1.2"),
        ("path,prob_Mass,prob_Nodule,Finding Labels\na,0.1,0.2,Mass\na,0.1,0.2,Mass\n", "twice"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        imported(write(tmp_path, "w.csv", text), "nih_chest")


def test_the_command_makes_a_result_that_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores, truth = write(tmp_path, "p.csv", SCORES), write(tmp_path, "t.csv", NIH)
    out = tmp_path / "models" / "nih_chest" / "theirs"
    given = ["import-predictions", str(scores), "--truth", str(truth), "--out", str(out)]
    assert main(given) == 0
    assert "3 cases of 2 subjects" in capsys.readouterr().out
    (info,) = find_models(tmp_path / "models")
    assert info.predictions_only
    assert info.id == "nih_chest/theirs"
    assert read_results(out).n == 3
    assert main(given) == 2
    assert main([*given, "--overwrite"]) == 0


def test_the_published_densenet_has_its_published_auroc(tmp_path: Path) -> None:
    folder = shared() / "data" / "radiology" / "nih"
    table = folder / "jrzech_densenet121_preds.csv"
    if not table.exists():
        pytest.skip("the 22,433 real predictions are not beside this checkout")
    out = tmp_path / "bundle"
    truth = folder / "Data_Entry_2017_v2020.csv.gz"
    assert main(["import-predictions", str(table), "--truth", str(truth), "--out", str(out)]) == 0
    results = read_results(out)
    found = measure(results, intervals=False).per_class["auroc"]
    with (folder / "jrzech_densenet121_aucs.csv").open(encoding="utf-8") as file:
        published = {row["label"]: float(row["auc"]) for row in csv.DictReader(file)}
    assert results.n == 22_433
    assert len(published) == 14
    for label, estimate in zip(results.labels, found, strict=True):
        assert round(estimate.value, 4) == round(published[label], 4), label
