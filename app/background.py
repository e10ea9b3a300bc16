"""Work that takes longer than a page may: done in the background, watched by the page, given up when nobody looks."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")

#: How many computations run at once; the others wait.
AT_ONCE = threading.Semaphore(2)
#: Unwatched for so long, a computation that may be given up is given up. Browsers slow the timers of hidden tabs.
PATIENCE_S = 75.0
#: The same once a page has turned away from it: other pages that watch look again before that.
LEFT_S = 1.5


class GivenUpError(Exception):
    """Nobody waits for this any more."""


class Job(Generic[Value]):
    """A computation in a thread. ``work(tell)`` reports its share from 0 to 1 by ``tell``, which also ends it."""

    def __init__(self, work: Callable[[Callable[[float], None]], Value], keep: bool = False) -> None:
        self._work, self._keep = work, keep
        self._share, self._patience = 0.0, PATIENCE_S
        self._looked = time.monotonic()
        self._ended = threading.Event()
        self._value: list[Value] = []
        self._error: Exception | None = None
        threading.Thread(target=self._run, name="phenolens-numbers", daemon=True).start()

    @property
    def share(self) -> float:
        """How much is done, 0 to 1. To ask is to show that somebody waits."""
        self._looked, self._patience = time.monotonic(), PATIENCE_S
        return self._share

    @property
    def done(self) -> bool:
        """It has ended: with a value, an error, or because nobody waited."""
        return self._ended.is_set()

    @property
    def given_up(self) -> bool:
        return isinstance(self._error, GivenUpError)

    @property
    def failed(self) -> bool:
        return self._error is not None

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; true where it has ended."""
        return self._ended.wait(seconds)

    def result(self) -> Value:
        """The value of a job that is done. *Raises* what the work raised."""
        if self._error is not None:
            raise self._error
        return self._value[0]

    def leave(self) -> None:
        """Turn away: unless somebody else watches, the work ends soon."""
        self._looked, self._patience = time.monotonic(), LEFT_S

    def _tell(self, share: float) -> None:
        self._share = min(max(float(share), self._share), 1.0)
        if not self._keep and time.monotonic() - self._looked > self._patience:
            raise GivenUpError

    def _run(self) -> None:
        try:
            with AT_ONCE:
                self._tell(0.0)
                self._value.append(self._work(self._tell))
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._error = error
        finally:
            del self._work  # and with it the cases that it was about
            self._ended.set()
