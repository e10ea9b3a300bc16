"""Where numbers are crunched."""

import ctypes
import sys

import torch

#: Of glibc's malloc.h: how many mappings large blocks may have, and from how much free memory on it goes back.
M_MMAP_MAX, M_TRIM_THRESHOLD = -4, -1


def pick_device(name: str = "auto") -> torch.device:
    """``auto`` is a GPU where there is one. *Raises* ``ValueError`` for a GPU that is not there."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"The device must be auto, cpu or cuda. Got {name!r} instead.")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("The device must be there. Got cuda without a usable GPU instead; use auto or cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def keep_memory() -> None:
    """Let the process keep the memory that tensors give back, where the C library is glibc.

    Without it every large tensor is a new mapping that the kernel fills with zeros page by page: a third of the time of a
    fit on a processor.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for parameter, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1)):
        mallopt(parameter, value)
