"""Where numbers are crunched."""

import torch


def pick_device(name: str = "auto") -> torch.device:
    """``auto`` is a GPU where there is one. *Raises* ``ValueError`` for a GPU that is not there."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"The device must be auto, cpu or cuda. Got {name!r} instead.")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("The device must be there. Got cuda without a usable GPU instead; use auto or cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
