"""How a run is told: its state, its stage, the time it takes."""

from typing import Any

from core.runs import Run

STATES = {
    "running": ("green", ":material/progress_activity:", "running"),
    "done": ("gray", ":material/check_circle:", "done"),
    "stopped": ("orange", ":material/pause_circle:", "stopped"),
    "failed": ("red", ":material/error:", "failed"),
}
STAGES = {
    "": "Starting",
    "starting": "Starting",
    "reading and aligning": "Reading and aligning the pictures",
    "embedding": "Computing embeddings",
    "fitting": "Fitting",
}


def badge(state: str) -> str:
    """A state as a badge, in Markdown."""
    colour, icon, word = STATES.get(state, ("gray", ":material/help:", state))
    return f":{colour}-badge[{icon} {word}]"


def share(run: Run, over: int) -> float:
    """How much of its stage is done, 0 to 1; ``over`` are its epochs that are over."""
    done, of = _done(run.state)
    if not _fits(run.state):
        return done / of if of else 0.0
    steps = done / of if of and run.state["stage"] == "fitting" else 0.0
    return max(steps, min(over / max(int(run.state.get("epochs", 0)), 1), 1.0))


def stage(run: Run, over: int) -> str:
    """``Fitting: epoch 4 of 14 · loss 1.234 · about 3 min left``."""
    state = run.state
    name = str(state.get("stage", ""))
    words = STAGES.get(name, name.capitalize())
    done, of = _done(state)
    left, remark = _left(run.left_s), str(state.get("remark", ""))
    if _fits(state):
        epochs = int(state.get("epochs", 0))
        words = STAGES["fitting"] + (f": epoch {min(over + 1, epochs):,} of {epochs:,}" if epochs else "")
        left = left if name == "fitting" else ""
    elif of > 1:
        words += f": {done:,} of {of:,}"
    return " · ".join(part for part in (words, remark, left) if part)


def _fits(state: dict[str, Any]) -> bool:
    """It fits; also when it has aligned all pictures and tells nothing before some steps are over."""
    done, of = _done(state)
    waits = state.get("stage") == "reading and aligning" and of > 0 and done == of
    return state.get("stage") == "fitting" or (waits and int(state.get("epochs", 0)) > 0)


def _done(state: dict[str, Any]) -> tuple[int, int]:
    done, of = int(state.get("done", 0)), int(state.get("of", 0))
    return min(max(done, 0), of), of


def lasted(seconds: float) -> str:
    """A duration as one would say it: ``40 s``, ``12 min``, ``3 h 5 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _left(seconds: float) -> str:
    if seconds != seconds:
        return ""
    return "a few seconds left" if seconds < 5 else f"about {lasted(seconds)} left"
