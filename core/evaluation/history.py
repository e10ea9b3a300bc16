"""What training left behind: loss, accuracy and AUROC by epoch, where a bundle holds them."""

from pathlib import Path

import pandas as pd

from core.errors import BundleError

FILE = "history.parquet"
MEASURES = ("loss", "accuracy", "auroc")


def read_history(folder: Path) -> pd.DataFrame | None:
    """``network, epoch, split`` (``train``, ``val``) and whichever of ``MEASURES`` were kept; ``None`` where there is none.

    ``network`` is 1 but where a model is the mean of several.

    *Raises* ``BundleError`` where the file cannot be read as that.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        history = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BundleError(
            f"The training history of {folder.name!r} cannot be read. Restore {FILE}, or remove it."
        ) from error
    found = [name for name in MEASURES if name in history]
    if not {"epoch", "split"} <= set(history.columns) or not found:
        need = "epoch, split and one of loss, accuracy, auroc"
        raise BundleError(
            f"The training history of {folder.name!r} must have the columns {need}. "
            f"Got {', '.join(map(str, history.columns)) or 'none'} instead."
        )
    return history.assign(network=history.get("network", 1))[["network", "epoch", "split", *found]]
