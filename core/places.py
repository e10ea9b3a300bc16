"""Where things lie that are not in the package: each place has one environment variable, and one rule that reads it."""

import os
from pathlib import Path

MODELS_VARIABLE = "PHENOLENS_MODELS"
DATA_VARIABLE = "PHENOLENS_DATA"
STORE_VARIABLE = "PHENOLENS_STORE"
READ_ONLY_VARIABLE = "PHENOLENS_READ_ONLY"


def models_folder(named: Path | None = None) -> Path:
    """``named``, else ``$PHENOLENS_MODELS``, else the folder ``models`` beside the package."""
    return named or _variable(MODELS_VARIABLE) or Path(__file__).resolve().parents[1] / "models"


def data_folder() -> Path | None:
    """``$PHENOLENS_DATA``: the folder of the datasets, or ``None`` where it is not set."""
    return _variable(DATA_VARIABLE)


def store_file() -> Path:
    """``$PHENOLENS_STORE``, else ``store/phenolens.sqlite`` beside the package: what reviewers said of labels."""
    return _variable(STORE_VARIABLE) or Path(__file__).resolve().parents[1] / "store" / "phenolens.sqlite"


def read_only() -> str:
    """Why nothing may be written here, ready to be shown; empty where it may. ``$PHENOLENS_READ_ONLY=1`` forbids it."""
    if os.environ.get(READ_ONLY_VARIABLE, "") in ("", "0"):
        return ""
    return f"This server is a shared demo: it keeps nothing ({READ_ONLY_VARIABLE} is set)."


def _variable(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser() if value else None
