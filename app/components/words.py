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


def percents(probability: float, threshold: float) -> tuple[str, str]:
    """Both as whole percentages; with a decimal where they would look alike and are not."""
    shown, limit = percent(probability), percent(threshold)
    if shown != limit or probability == threshold:
        return shown, limit
    return f"{probability:.1%}", f"{threshold:.1%}"


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


def together(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def one(plural: str) -> str:
    """``syndromes`` → ``syndrome``; ``classes`` → ``class``."""
    return plural.removesuffix("es") if plural == "classes" else plural.removesuffix("s")
