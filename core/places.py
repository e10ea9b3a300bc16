"""Where things lie that are not in the package: each place has one environment variable, and one rule that reads it."""

import os
from pathlib import Path

MODELS_VARIABLE = "PHENOLENS_MODELS"
DATA_VARIABLE = "PHENOLENS_DATA"


def models_folder(named: Path | None = None) -> Path:
    """``named``, else ``$PHENOLENS_MODELS``, else the folder ``models`` beside the package."""
    return named or _variable(MODELS_VARIABLE) or Path(__file__).resolve().parents[1] / "models"


def data_folder() -> Path | None:
    """``$PHENOLENS_DATA``: the folder of the datasets, or ``None`` where it is not set."""
    return _variable(DATA_VARIABLE)


def _variable(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser() if value else None
