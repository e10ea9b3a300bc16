"""Reading the eLife faces, or any folder of the twelve, whatever its folders are called."""

from pathlib import Path

from core.cohort import Cohort
from core.errors import DataError
from core.studies.facies12_names import match_folder
from core.studies.files import read_excluded
from core.studies.folder_reading import MANIFESTS, as_cohort
from core.studies.folders import SPLIT_NAMES, Found, check_files, from_folders, from_manifest, with_subjects
from core.studies.tables import known, read_table
from core.study import Study


def read(
    study: Study, root: Path, pattern: str | None, subjects_csv: Path | None, exclude: Path | None
) -> Cohort:
    """What ``core.studies.facies12.read_facies12`` says."""
    if root.is_file():
        root, manifest = root.parent, root
    else:
        manifest = next((root / name for name in MANIFESTS if (root / name).is_file()), root)
    found = from_folders(root) if manifest == root else from_manifest(manifest, root)
    names = {str(name): match_folder(str(name)) for name in found.rows["label"].unique()}
    found.drop([names[str(name)][1] for name in found.rows["label"]])
    found.rows["label"] = [names[str(name)][0] for name in found.rows["label"]]
    if subjects_csv is not None:
        _told_by(subjects_csv, found)
    with_subjects(found, pattern, default=True)
    check_files(found, root, read_excluded(exclude))
    return as_cohort(study, root, found)


def _told_by(path: Path, found: Found) -> None:
    """Subjects, and splits where it has them, of a table; by the whole path, or the name where that is enough."""
    table = read_table(path, ("path", "subject_id"))
    rows = table.rows.assign(path=table.rows["path"].str.replace("\\", "/"))
    whole = dict(zip(rows["path"], rows.to_dict("records"), strict=True))
    short = rows["path"].str.rpartition("/")[2]
    by_name = {name: whole[full] for name, full in zip(short, rows["path"], strict=True)}
    if len(by_name) < len(whole):  # names that are not unique tell nothing
        by_name = {}
    told = [whole.get(one) or by_name.get(one.rpartition("/")[2]) or {} for one in found.rows["path"]]
    found.rows["subject_id"] = [known(str(row.get("subject_id", ""))) or "" for row in told]
    if "split" in rows:
        splits = [(known(str(row.get("split", ""))) or "").casefold() for row in told]
        if wrong := {split for split in splits if split not in SPLIT_NAMES and split}:
            raise DataError(
                f"{path.name}, column split: must be train, val or test. Got {min(wrong)!r} instead."
            )
        found.rows["split"] = [SPLIT_NAMES.get(split, "") for split in splits]
    found.drop(["" if one else f"{path.name} does not tell whose it is" for one in found.rows["subject_id"]])
