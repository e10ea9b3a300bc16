"""Pictures for readers, which look at their first bytes only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.phantoms.gmdb_files import encoded

Lay = Callable[..., Path]
PNG = encoded(np.full((64, 64, 3), 90, np.uint8), "PNG")


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Put a small picture under each name, in a folder that is given back."""

    def put(*names: str) -> Path:
        for name in names:
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PNG)
        return tmp_path / "data"

    return put
