"""What the model says, in the form that suits the question."""

from app.components import differential, findings, one_class, stages
from core.report import Report
from core.study import Study


def show(report: Report, study: Study) -> None:
    """Findings with a threshold each, one class against none, stages in their order, or a ranked differential."""
    if study.multi_label:
        findings.show(report, study)
    elif study.binary:
        one_class.show(report, study)
    elif study.ordered:
        stages.show(report, study)
    else:
        differential.show(report)
