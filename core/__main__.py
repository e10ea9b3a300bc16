"""``phenolens``: the command line. Each command is a file in ``core.commands``."""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence

from core.commands import (
    audit,
    crossvalidate,
    demo,
    diagnose,
    embed,
    evaluate,
    explain,
    import_predictions,
    models,
    outcomes,
    phantoms,
    pointing,
    studies,
    train,
    weights,
)
from core.commands.terminal import note
from core.errors import PhenoLensError

COMMANDS = (
    diagnose,
    train,
    audit,
    crossvalidate,
    evaluate,
    explain,
    pointing,
    outcomes,
    import_predictions,
    models,
    studies,
    weights,
    phantoms,
    demo,
    embed,
)
#: Small products on one thread, and threads that sleep while they wait: on shared cores they wait far longer than they work.
THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
#: As a shell reports a command that ended by SIGINT or SIGPIPE.
INTERRUPTED, PIPE_CLOSED = 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status: 0, or 2 with the reason on standard error."""
    arguments = _parser().parse_args(argv)
    _stoppable()
    for name, value in THREADS.items():  # read by the libraries when a command loads them
        os.environ.setdefault(name, value)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
    except PhenoLensError as error:
        note(str(error))
        return 2
    except KeyboardInterrupt:
        note("stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read has enough; the interpreter must not try again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        note(f"{error.filename}: {error.strerror}." if error.filename else f"{error}.")
        return 2
    return status


def _stoppable() -> None:
    """A command that a shell or a server began in the background ignores SIGINT: it is to be stopped all the same."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phenolens",
        description="What does a model see in a patient's picture, and where is it wrong?",
        epilog="For research, not for clinical diagnosis.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
