"""How a picture is looked at: which slice of a volume, through which window."""

from app import session
from app.components import slice_choice, window_level


def show(case: session.Case) -> bool:
    """True where another slice or window was chosen: it is shown and asked about instead."""
    choice = slice_choice.show(case.volume, session.key(case.number), case.choice)
    window = window_level.show(case.picture, session.key(case.number), case.window)
    return session.change_slice(case, choice) or session.change_window(case, window)
