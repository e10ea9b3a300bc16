"""Numbers and foreign text, ready to be read."""

import re


def plain(text: str) -> str:
    """``text`` as it stands, where Markdown is read."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~:$<>])", r"\\\1", text)


def percent(probability: float) -> str:
    """A probability as a whole percentage, never a rounded 0 or 100."""
    if probability != probability:
        return "–"
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{probability:.0%}"


def seconds(milliseconds: float) -> str:
    """A duration in the unit one would say it in."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 100 else f"{milliseconds:.0f} ms"


def listed(names: list[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}" if names else ""
