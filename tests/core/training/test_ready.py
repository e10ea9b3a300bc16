"""What a recipe trains on of the gallery protocol."""

from pathlib import Path

import pandas as pd

from core.cohort import Cohort, nothing_skipped
from core.studies.gmdb import GMDB
from core.training.ready import of_protocol


def test_a_picture_in_the_gallery_and_the_test_of_a_fold_is_tested() -> None:
    table = pd.DataFrame(
        {
            "path": ["a", "b", "c", "d"],
            "label": "x",
            "subject_id": list("1234"),
            "split": ["", "", "train", ""],
        }
    )
    roles = [("a", "rare_test"), ("a", "rare_gallery"), ("b", "rare_gallery"), ("a", "rare_gallery")]
    protocol = pd.DataFrame(roles, columns=["path", "role"]).assign(fold=[0, 0, 0, 1])
    cohort = Cohort(GMDB, Path(), table, nothing_skipped(), {"protocol": protocol})
    found = of_protocol(cohort, rare=True).table
    assert dict(zip(found["path"], found["split"], strict=True)) == {"a": "test", "b": "train", "c": "train"}
