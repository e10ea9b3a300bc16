"""The one owner of the device: a bounded queue, one worker, and a place in line."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import torch

from core.alignment.face import FaceFinder
from core.classifier import Classifier, ModelInfo, find_models, load
from core.devices import pick_device
from core.errors import BusyError, UnknownNameError
from core.picture import Picture
from core.report import Report, analyse

_Written = tuple[tuple[str, int, int], ...]


def written(folder: Path) -> _Written:
    """What tells one state of a folder from another: the name, time and size of each file.

    Hidden files are left out: they are being written, and may be gone by the time that they are looked at.
    """
    there = (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))
    files = ((path.name, path.stat()) for path in there if path.is_file())
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in files)


@dataclass(eq=False)
class Ticket:
    """One case in the queue."""

    picture: Picture
    model: str
    face: int | None
    also: tuple[str, ...]  # labels to be mapped however improbable
    _engine: "Engine" = field(repr=False)
    _future: "Future[Report]" = field(default_factory=Future, repr=False)

    @property
    def place(self) -> int:
        """How many cases come before this one; 0 when it is being answered or done."""
        return self._engine.place(self)

    @property
    def done(self) -> bool:
        return self._future.done()

    def result(self, timeout: float | None = None) -> Report:
        """Wait for the report. *Raises* what the analysis raised, or ``TimeoutError``."""
        return self._future.result(timeout)

    def cancel(self) -> bool:
        """Leave the queue; false where the case is already being answered."""
        return self._engine.leave(self)


class Engine:
    """Answers cases one after the other on one device. Safe to use from any thread."""

    def __init__(self, models: Path = Path("models"), device: str = "auto", capacity: int = 32) -> None:
        self._root, self._capacity = models, capacity
        self._device = pick_device(device)
        self._finder = FaceFinder(self._device)
        self._loaded: dict[str, tuple[_Written, Classifier]] = {}
        self._waiting: list[Ticket] = []
        self._changed = threading.Condition()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="phenolens-engine", daemon=True)
        self._worker.start()

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The bundles in the models folder as it is now."""
        return find_models(self._root)

    @property
    def device_name(self) -> str:
        return torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else "CPU"

    def submit(
        self, picture: Picture, model: str, face: int | None = None, also: tuple[str, ...] = ()
    ) -> Ticket:
        """Queue a case, with labels to be mapped however improbable. *Raises* ``BusyError`` where the queue is full."""
        ticket = Ticket(picture, model, face, also, self)
        with self._changed:
            if self._closed:
                raise BusyError("The engine is shut down. Start the app again.")
            if len(self._waiting) >= self._capacity:
                raise BusyError(
                    f"{len(self._waiting)} cases are waiting, which is all that fit. Try again in a minute."
                )
            self._waiting.append(ticket)
            self._changed.notify()
        return ticket

    def place(self, ticket: Ticket) -> int:
        with self._changed:
            return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    def leave(self, ticket: Ticket) -> bool:
        with self._changed:
            if ticket not in self._waiting:
                return False
            self._waiting.remove(ticket)
            return ticket._future.cancel()

    def classifier(self, model: str) -> Classifier:
        """The loaded bundle; read again when its folder has changed. *Raises* ``UnknownNameError`` or ``BundleError``."""
        folder = self._root / model
        if len(Path(model).parts) != 2 or ".." in model or not (folder / "card.json").is_file():
            known = ", ".join(info.id for info in self.models) or "none"
            raise UnknownNameError(f"There is no model {model!r}. Known: {known}.")
        state = written(folder)
        held = self._loaded.get(model)
        if held is None or held[0] != state:
            held = (state, load(folder, self._device))
            self._loaded[model] = held
        return held[1]

    def close(self) -> None:
        """Stop the worker after the case it is at; those that wait are cancelled."""
        with self._changed:
            self._closed = True
            for ticket in self._waiting:
                ticket._future.cancel()
            self._waiting.clear()
            self._changed.notify()
        self._worker.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                ticket = self._waiting.pop(0)
            if not ticket._future.set_running_or_notify_cancel():
                continue
            try:
                classifier = self.classifier(ticket.model)
                report = analyse(classifier, self._finder, ticket.picture, ticket.face, ticket.also)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for the result
                ticket._future.set_exception(error)
            else:
                ticket._future.set_result(report)
            del ticket
