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


def chance(p: float) -> str:
    """A p value as it is written: ``= 0.034``, ``< 0.001``."""
    return "is not defined" if p != p else "< 0.001" if p < 0.001 else f"= {p:.3f}"


def signed(change: float) -> str:
    """A difference with its sign, ``+0.034``; what rounds to nothing has none."""
    told = f"{change:+.3f}".replace("-", "−")
    return "0.000" if told[1:] == "0.000" else told
