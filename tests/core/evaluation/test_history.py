"""What training left behind."""

from pathlib import Path

import pandas as pd
import pytest

from core.errors import BundleError
from core.evaluation.history import FILE, read_history


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_history(tmp_path) is None


def test_what_was_kept_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"epoch": [1], "split": ["val"], "auroc": [0.9], "rate": [0.1]})
    frame.to_parquet(tmp_path / FILE)
    found = read_history(tmp_path)
    assert found is not None
    assert list(found) == ["network", "epoch", "split", "auroc"]
    assert found["network"].tolist() == [1]


def test_damage_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"nothing")
    with pytest.raises(BundleError, match="cannot be read"):
        read_history(tmp_path)
    pd.DataFrame({"epoch": [1], "loss": [1.0]}).to_parquet(tmp_path / FILE)
    with pytest.raises(BundleError, match="Got epoch, loss instead"):
        read_history(tmp_path)
