"""An answer as a JSON document, and as text."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from core.alignment.found import Caution, FoundFace
from core.commands.answering import Answer
from core.commands.terminal import shown
from core.report import Candidate, Report
from core.study import Study

#: Columns of a line of text, and of a bar that stands for certainty.
WIDE, BAR = 100, 24


def document(answer: Answer, show_anyway: bool = False) -> dict[str, Any]:
    """The answer as plain values: ``{"path", "error"}`` where there is none."""
    report = answer.report
    if report is None:
        return {"path": answer.path, "error": answer.error}
    meaningless = report.outcome == "cannot assess"
    listed = show_anyway or not meaningless
    entry: dict[str, Any] = {
        "path": answer.path,
        "study": report.study,
        "model": report.model,
        "synthetic_only": report.synthetic_only,
        "outcome": report.outcome,
        "why": report.why,
        "face": report.face,
        "faces": [_face(face) for face in report.faces],
        "differential": _differential(report) if listed else [],
        "nothing_probability": report.nothing_probability if listed else None,
        "prediction_set": list(report.prediction_set) if listed else [],
        "coverage": report.coverage,
        "thresholds_version": report.thresholds_version,
        "neighbours": _neighbours(report) if listed else [],
        "scope_distance": report.scope_distance,
        "scope_limit": report.scope_limit,
        "cautions": _listed(report.cautions),
        "picture_size": list(report.picture_size),
        "timings_ms": {"decode": answer.decode_ms} | report.timings_ms,
    }
    return entry | ({"meaningless": True} if meaningless and show_anyway else {})


def _face(face: FoundFace) -> dict[str, Any]:
    return {
        "box": [float(side) for side in face.box],
        "landmarks": [[float(x), float(y)] for x, y in face.landmarks],
        "probability": face.probability,
        "turned_deg": face.turned_deg,
        "inter_eye_px": face.inter_eye_px,
        "yaw_deg": face.yaw_deg,
        "roll_deg": face.roll_deg,
        "cautions": _listed(face.cautions),
    }


def _listed(cautions: Iterable[Caution]) -> list[dict[str, Any]]:
    return [
        {
            "code": caution.code,
            "message": caution.message,
            "advice": caution.advice,
            "value": float(caution.value),
            "blocking": caution.blocking,
        }
        for caution in cautions
    ]


def _differential(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "class": one.name,
            "codes": {"orpha": one.orpha or None, "omim": one.omim or None},
            "probability": one.probability,
            "in_set": one.in_set,
            "threshold": one.threshold,
            "reached": one.reached if one.threshold == one.threshold else None,
        }
        for one in report.differential
    ]


def _neighbours(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "subject_id": one.subject_id,
            "label": one.label,
            "distance": one.distance,
            "percentile_same": one.percentile_same,
            "percentile_different": one.percentile_different,
        }
        for one in report.neighbours
    ]


def told(answer: Answer, study: Study, show_anyway: bool = False) -> str:
    """An answered photo as text, ending in an empty line."""
    report = answer.report
    if report is None:
        raise ValueError("The answer must have a report. Got an error instead.")
    lines = [
        shown(answer.path),
        f"  {report.outcome[0].upper()}{report.outcome[1:]}",
        *_wrapped(report.why, "  "),
    ]
    if report.differential and (report.outcome != "cannot assess" or show_anyway):
        if report.outcome == "cannot assess":
            lines += ["", "  Meaningless, shown because it was asked for:"]
        lines += ["", *_bars(report, study), *_thresholds(report), *_nearest(report)]
    lines += _cautions(report)
    total = answer.decode_ms + sum(report.timings_ms.values())
    which = f"face {report.face} (of 0 to {len(report.faces) - 1}), " if len(report.faces) > 1 else ""
    lines += ["", f"  {report.model}, {which}{total:,.0f} ms"]
    if report.synthetic_only:
        lines.append("  The model was trained on synthetic pictures only: no patient was in it.")
    return "\n".join([*lines, f"  {study.intended_use}", ""])


def _bars(report: Report, study: Study) -> list[str]:
    """The classes, then what is left for none of them; a star marks the prediction set, or what reaches its threshold."""
    decided = report.multi_label or study.binary
    listed = sorted(report.differential, key=_place(study)) if study.ordered else report.differential
    rows = [(c.name, c.probability, c.reached if decided else c.in_set, _codes(c)) for c in listed]
    if report.background:
        background = not decided and report.background in report.prediction_set
        rows.append(("none of them", report.nothing_probability, background, ""))
    wide = max(len(name) for name, *_ in rows)
    lines = [
        f"  {'*' if inside else ' '} {name:{wide}} {probability:6.1%} {_bar(probability)} {codes}".rstrip()
        for name, probability, inside, codes in rows
    ]
    if decided:
        return [*lines, "  * reaches its threshold"]
    return [*lines, f"  * in the set that is meant to hold the truth in {report.coverage:.0%} of cases"]


def _place(study: Study) -> Callable[[Candidate], int]:
    names = [condition.name for condition in study.classes]
    return lambda candidate: names.index(candidate.name)


def _codes(candidate: Candidate) -> str:
    codes = (("ORPHA", f"{candidate.orpha:<4}" if candidate.orpha else ""), ("OMIM", candidate.omim))
    return " ".join(f"{system}:{code}" for system, code in codes if code)


def _thresholds(report: Report) -> list[str]:
    """Which classes reach their locked threshold, and which thresholds those are."""
    if report.thresholds is None:
        return []
    reached = [f"{one.name} ({one.threshold:.1%})" for one in report.differential if one.reached]
    return _wrapped(f"{report.thresholds}: reached by {', '.join(reached) or 'none'}", "  ")


def _bar(probability: float) -> str:
    """``BAR`` columns, in eighths of one."""
    full, eighths = divmod(round(probability * BAR * 8), 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[eighths] if eighths else "")).ljust(BAR)


def _nearest(report: Report) -> list[str]:
    if not report.neighbours:
        return []
    wide = max(len(one.label) for one in report.neighbours)
    lines = [
        f"    {one.subject_id}  {one.label:{wide}}  {one.distance:.2f}, nearer than {100 - one.percentile_same:3.0f} % "
        f"of same-label pairs, {100 - one.percentile_different:3.0f} % of others"
        for one in report.neighbours
    ]
    return ["", "  Nearest known subjects, by cosine distance", *lines]


def _cautions(report: Report) -> list[str]:
    said = report.cautions if report.face is None else report.faces[report.face].cautions
    lines = [line for one in said for line in _wrapped(f"- {one.message} {one.advice}", "  ")]
    return ["", "  Cautions", *lines] if lines else []


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDE, initial_indent=indent, subsequent_indent=indent)
