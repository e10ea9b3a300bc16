"""From a photo's path to its answer, for the commands that diagnose."""

import argparse
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from core.classifier import ModelInfo, find_models
from core.commands.terminal import UsageError
from core.devices import pick_device
from core.engine import Engine
from core.errors import FrameChoiceError, PhenoLensError, PictureTooLargeError, UnknownNameError
from core.picture import MAX_FILE_BYTES, Picture, SliceChoice
from core.places import models_folder
from core.report import Report

DEFAULT_STUDY = "facies12"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came of one photo: a picture and its report, or why there is none."""

    path: str  # as it was given
    picture: Picture | None = None
    report: Report | None = None
    decode_ms: float = float("nan")
    error: str = ""


class Desk:
    """A model on a device, ready to answer photos one after the other."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """*Raises* ``UnknownNameError``, ``BundleError`` or ``UsageError``."""
        folder = models_folder(arguments.models)
        self.model = chosen(folder, arguments.model)
        try:
            pick_device(arguments.device)
        except ValueError as error:
            raise UsageError(str(error)) from error
        self._engine = Engine(folder, arguments.device)
        self.study = self._engine.classifier(self.model.id).study

    def answer(
        self,
        path: str,
        face: int | None = None,
        slice_: SliceChoice | None = None,
        window: tuple[float, float] | None = None,
    ) -> Answer:
        """Read and analyse one photo; what is wrong with it is in the answer.

        ``slice_`` is which one of a volume or of several frames, ``window`` how a grey picture is shown to the model.
        """
        begin = time.perf_counter()
        try:
            picture = Picture.from_bytes(read(Path(path)), Path(path).name, slice_=slice_)
            if window is not None:
                picture = _windowed(picture, window)
        except FrameChoiceError as error:
            return Answer(path, error=f"{error} Name it with --slice.")
        except (PhenoLensError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            return Answer(path, error=f"The file cannot be read: {reason}." if reason else str(error))
        decode_ms = (time.perf_counter() - begin) * 1000
        try:
            report = self._engine.submit(picture, self.model.id, face).result()
        except ValueError as error:
            if face is None:
                raise
            return Answer(path, picture, decode_ms=decode_ms, error=str(error))
        return Answer(path, picture, report, decode_ms)

    def close(self) -> None:
        self._engine.close()


def _windowed(picture: Picture, window: tuple[float, float]) -> Picture:
    """*Raises* ``UsageError`` where the picture has no window to choose."""
    if not picture.deep:
        raise UsageError(
            "--window must go with a grey picture of more than 8 bits, such as a DICOM or NIfTI. Got another one."
        )
    return picture.windowed(*window)


def read(path: Path) -> bytes:
    """The bytes of a file that may be a picture. *Raises* ``OSError``, ``UsageError`` or ``PictureTooLargeError``."""
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise UsageError("The photo must be a file. Got a folder: name the photos in it.")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError("The photo must be a file. Got a device or a pipe instead.")
    if found.st_size > MAX_FILE_BYTES:
        raise PictureTooLargeError(
            f"The file must be {MAX_FILE_BYTES / 2**20:.0f} MB at most. Got {found.st_size / 2**20:,.1f} MB: "
            "scale the picture down, or save it as JPEG."
        )
    return path.read_bytes()


def chosen(folder: Path, model: str | None) -> ModelInfo:
    """The named model, else the recommended one of the default study. *Raises* ``UnknownNameError`` or ``UsageError``."""
    found = find_models(folder)
    if model is None:
        ours = [info for info in found if info.study == DEFAULT_STUDY]
        if not ours:
            raise UsageError(
                f"There is no model of {DEFAULT_STUDY} in {folder}. Train the shipped one with phenolens demo, or name "
                "another folder with --models."
            )
        return ours[0]
    for info in found:
        if info.id == model:
            return info
    known = ", ".join(info.id for info in found) or "none"
    raise UnknownNameError(f"There is no model {model!r}. Known: {known}.")
