"""What one threshold means: its 2×2, its rates, and where it stands on the curves."""

import html

import streamlit as st

from app.components import chart, table
from core.evaluation import curves
from core.evaluation.estimate import Estimate
from core.evaluation.results import Results
from core.evaluation.thresholds import AtThreshold, at
from core.figures import curves as figures
from core.figures import thresholds as decisions

RATES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "net_benefit": "Net benefit",
}


def show(results: Results, label: int, threshold: float, prevalence: float | None, name: str) -> None:
    """Counts and rates at the left, curves at the right."""
    meant, title = at(results, label, threshold, prevalence), results.labels[label]
    left, right = st.container(key="stack-operating").columns([5, 8], gap="medium")
    with left:
        st.html(two_by_two(meant))
        rows = [(words, _cells(getattr(meant, key))) for key, words in RATES.items()]
        table.show(_caption(meant, prevalence), ["", "Value, 95% interval", "Of"], rows)
    with right:
        point = curves.operating_point(results, label, threshold)
        roc, precision = curves.roc(results, label), curves.precision_recall(results, label)
        one, other = st.columns(2)
        with one:
            if not roc.why:
                chart.show(
                    figures.roc(roc, point, 270), f"{name} roc {title}", f"ROC of {title}.", "studio-roc"
                )
        with other:
            if not precision.why:
                figure = figures.precision_recall(precision, point, 270)
                chart.show(figure, f"{name} pr {title}", f"Precision and recall of {title}.", "studio-pr")
        benefit = curves.net_benefit_curve(results, label, prevalence)
        if benefit.why:
            st.info(f"There are no curves: {benefit.why}.", icon=":material/block:")
        else:
            figure = decisions.net_benefit(benefit, meant.odds_at, meant.net_benefit.value)
            chart.show(figure, f"{name} net benefit {title}", f"Net benefit of {title}.", "studio-benefit")
    if refused := int(results.refused.sum()):
        st.caption(
            f"{refused:,} cases that cannot be assessed count as not flagged; they are not in ROC and precision."
        )


def two_by_two(meant: AtThreshold) -> str:
    """Counts as a table: has it or not, flagged or not."""
    has, has_not = meant.tp + meant.fn, meant.fp + meant.tn
    rows = (
        ("Has it", (meant.tp, "right", has), (meant.fn, "wrong", has)),
        ("Does not", (meant.fp, "wrong", has_not), (meant.tn, "right", has_not)),
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}<small>{cells[0][2]:,}</small></th>{"".join(map(_count, cells))}</tr>'
        for name, *cells in rows
    )
    return (
        f'<table class="pl-four"><caption>Flagged from a score of {meant.threshold:.3f} on: {meant.n:,} cases of '
        f"{meant.n_subjects:,} subjects</caption>"
        '<thead><tr><td></td><th scope="col">Flagged</th><th scope="col">Not flagged</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _count(cell: tuple[int, str, int]) -> str:
    count, kind, of = cell
    share = f"{count / of:.1%}" if of else "–"
    return f'<td class="pl-{kind}"><b>{count:,}</b><small>{share}</small></td>'


def _cells(estimate: Estimate) -> list[table.Cell]:
    if estimate.value != estimate.value:
        return [("–", estimate.why), ("", "")]
    digits = 4 if abs(estimate.value) < 0.01 else 3
    span = f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}"
    return [(f"{estimate.value:.{digits}f}", span), (f"{estimate.n:,}", f"{estimate.n_subjects:,} subjects")]


def _caption(meant: AtThreshold, prevalence: float | None) -> str:
    where = "that of these cases" if prevalence is None else "as given above"
    return f"PPV, NPV and net benefit at a prevalence of {meant.prevalence:.2%}, {where}."
