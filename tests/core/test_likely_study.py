"""What a folder looks like, by its tables and its folders' names; and which recipes its study has."""

from pathlib import Path

import pytest

from core.runs import likely_study, recipes_for


@pytest.mark.parametrize(
    ("folders", "files", "study"),
    [
        (["train/NORMAL", "train/PNEUMONIA", "test/NORMAL"], [], "pneumonia"),
        (["chest_xray/train/NORMAL", "chest_xray/train/PNEUMONIA"], [], "pneumonia"),
        (["train/MildDemented", "train/NonDemented"], [], "alzheimer"),
        (["AugmentedAlzheimerDataset/NonDemented", "OriginalDataset/MildDemented"], [], "alzheimer"),
        (["images_001/images"], ["Data_Entry_2017_v2020.csv"], "nih_chest"),
        (["images"], ["Data_Entry_2017.csv.gz"], "nih_chest"),
        (["down", "apert"], [], "facies12"),
        (["a", "b"], [], "folder"),
        (["NORMAL"], [], "folder"),
    ],
)
def test_a_published_set_is_known_by_its_names(
    tmp_path: Path, folders: list[str], files: list[str], study: str
) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    for name in files:
        (tmp_path / name).write_text("")
    assert likely_study(tmp_path) == study


def test_a_radiograph_is_offered_no_recipe_for_faces() -> None:
    for study in ("pneumonia", "nih_chest", "alzheimer"):
        names = [recipe.name for recipe in recipes_for(study)]
        assert names
        assert all(study in recipe.studies for recipe in recipes_for(study))
    assert "face-svc" in [recipe.name for recipe in recipes_for("folder")]
