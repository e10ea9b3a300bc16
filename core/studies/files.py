"""A dataset's files: which are pictures, which can be read at all, and which are to be left out on request."""

import heapq
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.errors import DataError, NotAPictureError
from core.picture_formats import is_picture_name, recognise
from core.places import DATA_VARIABLE
from core.studies.tables import read_table

#: Files of the system, which nobody put there.
SYSTEM = {"thumbs.db", "desktop.ini"}
#: The columns of a list of what is to be left out, and what else they may be called.
EXCLUDED_BY = {
    "subject_id": ("subject_id", "subject", "patient_id", "patient", "person"),
    "image_id": ("image_id", "image", "path", "file", "filename"),
    "source": ("source", "sources", "pmid", "doi", "collection"),
}
_HEAD_BYTES = 4096


def is_picture(path: Path) -> bool:
    """Whether the name ends as a picture's, in whatever case."""
    return is_picture_name(path.name)


def is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in SYSTEM


@dataclass(frozen=True)
class Walk:
    """What lies below a folder, each sorted; what is hidden is passed over.

    ``skipped``: ``path, why`` of folders that are not read. ``outside``: the files that lie elsewhere, behind a link.
    """

    files: list[Path]
    folders: list[Path]
    skipped: list[tuple[str, str]]
    outside: frozenset[Path]

    def notes(self, paths: Iterable[Path]) -> list[str]:
        """What there is to say of pictures that were found."""
        count = sum(path in self.outside for path in paths)
        if not count:
            return []
        return [
            f"{count:,} pictures lie outside of the data's folder, behind links. They are read; as stored cases they are "
            f"shown only where the pictures themselves lie below ${DATA_VARIABLE}."
        ]


def walk(root: Path) -> Walk:
    """Everything below ``root``, links to folders followed. Each folder is read once: by its own path where it has one.

    Folders behind links come after the others, so that what a link repeats is the link's to be left out.
    """
    own = root.resolve()
    found, outside, seen = Walk([], [], [], frozenset()), set[Path](), dict[Path, Path]()
    todo, links = [root], list[Path]()
    while todo or links:
        folder = todo.pop() if todo else heapq.heappop(links)
        name = folder.relative_to(root).as_posix()
        try:
            real = folder.resolve()
            if real in seen:
                first = seen[real].relative_to(root).as_posix()
                at = "the data's folder itself" if first == "." else f"the folder {first}"
                found.skipped.append((name, f"leads to {at}, which is read already"))
                continue
            if real != own and own.is_relative_to(real):
                found.skipped.append((name, "leads to a folder that holds the data's folder"))
                continue
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except (OSError, RuntimeError) as error:
            found.skipped.append((name, f"a folder that cannot be read: {getattr(error, 'strerror', error)}"))
            continue
        seen[real] = folder
        elsewhere = not real.is_relative_to(own)
        if folder != root:
            found.folders.append(folder)
        for entry in entries:
            path = folder / entry.name
            if is_hidden(path):
                continue
            linked = entry.is_symlink()
            if os.path.isdir(path) if linked else entry.is_dir():
                heapq.heappush(links, path) if linked else todo.append(path)
                continue
            found.files.append(path)
            if elsewhere or (linked and not Path(os.path.realpath(path)).is_relative_to(own)):
                outside.add(path)
    found.files.sort()
    found.folders.sort()
    return Walk(found.files, found.folders, sorted(found.skipped), frozenset(outside))


def unreadable(path: Path) -> str:
    """Why a file cannot be a picture, by its first bytes; empty where it may be one."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if not head:
            return "unreadable: the file is empty"
        recognise(head)
    except NotAPictureError as error:
        return f"unreadable: {str(error).partition(' Got ')[2].partition(' instead')[0]}"
    except OSError as error:
        return f"unreadable: {error.strerror}"
    return ""


@dataclass(frozen=True)
class Excluded:
    """What is to be left out: values by what they tell (subject, picture, source), in small letters."""

    name: str
    values: dict[str, frozenset[str]]

    def why(self, subject_id: str, images: Iterable[str], sources: Iterable[str] = ()) -> str:
        """Why that picture is left out, or nothing. ``images``: its id, name and path; ``sources``: where it is from."""
        tests = {"subject_id": (subject_id,), "image_id": tuple(images), "source": tuple(sources)}
        for kind, found in tests.items():
            if any(_plain(value) in self.values.get(kind, ()) for value in found if value):
                return f"left out by {self.name}: {kind.removesuffix('_id')}"
        return ""

    def unmatched(self, table: pd.DataFrame) -> int:
        """How many subjects of the list are none of ``table``'s: a list for other data would leave nobody out."""
        return len(self.values.get("subject_id", frozenset()) - {_plain(str(s)) for s in table["subject_id"]})


def read_excluded(path: Path | None) -> Excluded:
    """Read a list of what is to be left out; nothing where there is none.

    With a first line of column names (subject, image_id, source), values are of that kind. Without one, a line is a
    subject, a picture or a source: everything that it names is left out. *Raises* ``DataError``.
    """
    if path is None:
        return Excluded("", {})
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except FileNotFoundError as error:
        raise DataError(
            f"The list of what to leave out must be a file. There is no {path.name}: check its path."
        ) from error
    except OSError as error:
        raise DataError(
            f"The list of what to leave out, {path.name}, must be a file that can be read: {error.strerror}."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"The list of what to leave out, {path.name}, must be a text in UTF-8.") from error
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return Excluded(path.name, {})
    first = {
        name.strip().strip('"').casefold()
        for name in lines[0].replace(";", ",").replace("\t", ",").split(",")
    }
    kinds = {kind: first & set(names) for kind, names in EXCLUDED_BY.items()}
    if not any(kinds.values()):
        every = frozenset(_plain(line) for line in lines)
        return Excluded(path.name, dict.fromkeys(EXCLUDED_BY, every))
    rows = read_table(path, ()).rows
    return Excluded(
        path.name,
        {
            kind: frozenset(
                _plain(str(value)) for name in names for value in rows[name] if str(value).strip()
            )
            for kind, names in kinds.items()
        },
    )


def _plain(value: str) -> str:
    """``30.0`` and ``30`` are the same, as are ``A\\b.JPG`` and ``a/b.jpg``."""
    text = value.strip().strip('"').replace("\\", "/").casefold()
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
