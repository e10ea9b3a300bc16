"""The patient's pictures: taken in, and shown through another window or as another slice."""

from dataclasses import replace

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.components.intake import Incoming
from app.session.patients import Case, patient
from core.errors import PictureError
from core.figures import fit, thumbnail
from core.overlay import SHOWN_PX
from core.picture import Picture, SliceChoice, VolumeInfo, bare, volume_of
from core.picture_window import Window


def take_in(incoming: list[Incoming], kind: str) -> bool:
    """Decode what came in, keep what can be read, say what cannot; true where anything came in.

    ``kind`` is what the study that it came in for calls a picture: no other study's model is asked about it.
    """
    if not incoming:
        return False
    now = patient()
    now.problems = []
    now.intake += 1
    first = len(now.cases)
    for item in incoming:
        _forget_upload(item.file_id)
        try:
            volume = volume_of(item.data, item.name)
            case = _case(len(now.cases), item, volume, volume.middle if volume else None)
        except PictureError as error:
            now.problems.append((item.name, str(error)))
        else:
            now.cases.append(case)
    now.kinds |= dict.fromkeys(range(first, len(now.cases)), kind)
    if len(now.cases) > first:
        now.chosen = first
    return True


def _case(number: int, item: Incoming, volume: VolumeInfo | None, choice: SliceChoice | None) -> Case:
    """*Raises* ``PictureError``. Of a medical file no more is kept than what makes the picture."""
    data = bare(item.data, item.name)
    picture = Picture.from_bytes(data, item.name, slice_=choice)
    rgb = picture.rgb8()
    small, shown = thumbnail(rgb, 184), fit(rgb, SHOWN_PX)
    kept = picture if picture.deep else None
    return Case(number, item.name, item.drawn, data, small, shown, kept, None, volume, choice)


def change_window(case: Case, window: Window | None) -> bool:
    """Show and ask about the case through another window, its own where ``None``; true where that is a change."""
    if case.picture is None or window == case.window:
        return False
    _change(_drawn_again(replace(case, window=window)))
    return True


def change_slice(case: Case, choice: SliceChoice | None) -> bool:
    """Show and ask about another slice of the case's volume; true where that is a change.

    A chosen window stays. Of a slice that cannot be read it is said among the problems why, once, and the one before is
    shown on.
    """
    now = patient()
    if case.volume is None or choice is None or choice == now.refused.get(case.number):
        return False
    refused = now.refused.pop(case.number, None)
    if choice == case.choice:
        now.problems = [] if refused else now.problems
        return refused is not None
    try:
        picture = Picture.from_bytes(case.data, case.name, slice_=choice)
    except PictureError as error:
        now.refused[case.number] = choice
        now.problems = [(case.name, f"{error} The slice before it is still shown.")]
        return True
    kept = picture if picture.deep else None
    _change(_drawn_again(replace(case, picture=kept, choice=choice), picture))
    return True


def _drawn_again(case: Case, picture: Picture | None = None) -> Case:
    """The case with its thumbnail and what is shown as its window and slice now are."""
    picture = picture if picture and not case.window else case.read()
    rgb = picture.rgb8()
    return replace(case, thumbnail=thumbnail(rgb, 184), shown=fit(rgb, SHOWN_PX))


def _change(case: Case) -> None:
    """Put the case in the place of the one with its number, and drop what was asked and answered about that."""
    now = patient()
    now.cases[case.number] = case
    now.problems = []
    now.faces.pop(case.number, None)
    for asked in [asked for asked in now.tickets if asked[0] == case.number]:
        now.tickets.pop(asked).cancel()
    for asked in [asked for asked in now.reports if asked[0] == case.number]:
        del now.reports[asked]


def _forget_upload(file_id: str) -> None:
    """Take the uploaded bytes out of the server's upload store; the case holds the only copy."""
    context = get_script_run_ctx()
    if file_id and context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)
