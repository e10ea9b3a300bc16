"""What is asked of the engine about the patient's pictures, and what it said."""

from app.session.patients import Case, Question, patient
from core.engine import Engine, Ticket
from core.report import Report


def question(case: Case, model_id: str) -> Question:
    """What is asked of the engine: which picture, which model, which face."""
    return case.number, model_id, patient().faces.get(case.number)


def ticket(engine: Engine, case: Case, model_id: str) -> Ticket:
    """The place in the queue for this question, asked once. *Raises* ``BusyError``, ``PictureError``."""
    asked = question(case, model_id)
    tickets = patient().tickets
    if asked not in tickets:
        tickets[asked] = engine.submit(case.read(), model_id, asked[2])
    return tickets[asked]


def answered(case: Case, model_id: str) -> Report | None:
    """The report, where this question has been answered."""
    return patient().reports.get(question(case, model_id))


def keep(case: Case, model_id: str, report: Report) -> None:
    """Keep the answer for as long as the patient is on the screen."""
    asked = question(case, model_id)
    patient().reports[asked] = report
    patient().tickets.pop(asked, None)


def drop(case: Case, model_id: str) -> None:
    """Forget a question that failed, so that it can be asked again."""
    patient().tickets.pop(question(case, model_id), None)
