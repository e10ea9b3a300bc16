"""The tables of a phantom GestaltMatcher Database, with the columns and the quirks of the real ones."""

from pathlib import Path

import numpy as np
import pandas as pd

from core.phantoms.gmdb import FIRST_SUBJECT, Syndrome, rare_folds

#: Of ``image_metadata``, in the order in which they are written.
METADATA_COLUMNS = (
    "image_id", "patient_id", "filename", "test_type", "gene_names", "gene_entrez_ids", "hgvs", "disorder_names",
    "omim_ids", "distinctiveness", "pmid", "doi", "present_features", "absent_features", "image_type", "age_year",
    "age_month", "age_note", "gender", "ethnicity", "ethnicity_note", "ethnicity_category", "ethnicity_sub_category",
    "internal_syndrome_id", "internal_syndrome_name", "private", "consent", "patient_group", "patient_name",
    "person_type", "author", "email", "username", "created_at", "updated_at",
)  # fmt: skip
#: What nobody may read out of the real table: written here so that it can be seen that nobody does.
PRIVATE = {
    "patient_name": "PHANTOM, NOBODY",
    "author": "Nobody",
    "email": "nobody@phantom.invalid",
    "username": "nobody",
}
#: What the columns of several words hold.
_SOURCES = 12
_TRUTH = ("image_id", "path", "what")


def write_tables(
    out: Path, syndromes: tuple[Syndrome, ...], table: pd.DataFrame, version: str, seed: int
) -> None:
    """Write ``gmdb_metadata`` and, beside it, ``truth.csv``: what is wrong with which picture."""
    folder = out / "gmdb_metadata"
    folder.mkdir(parents=True, exist_ok=True)
    train, val, test = (table[table["role"] == role] for role in ("train", "val", "test"))
    twice = pd.concat([train, train[train["defect"] == "row twice"]])
    _write(folder / f"gmdb_train_images_{version}.csv", twice[["image_id", "label"]])
    _write(folder / f"gmdb_val_images_{version}.csv", val[["image_id", "subject", "label"]], excel=True)
    _write(folder / f"gmdb_test_images_{version}.csv", test[["image_id", "label"]])
    gallery = _subjects(pd.concat([train, val]))
    _write(folder / f"gmdb_frequent_gallery_images_{version}.csv", gallery)
    _write(folder / f"gmdb_frequent_test_images_{version}.csv", _subjects(test))
    folds = rare_folds(table, seed)
    for role in ("gallery", "test"):
        rows = folds.loc[folds["role"] == role].drop(columns="role")
        _write(folder / f"gmdb_rare_{role}_images_{version}.csv", rows)
    names = pd.DataFrame([(s.syndrome_id, s.name, s.omim) for s in syndromes])
    names.columns = pd.Index(["syndrome_id", "syndrome_name", "OMIM"])
    _write(folder / f"gmdb_syndromes_{version}.tsv", names)
    _write(folder / f"image_metadata_{version}.tsv", _metadata(table, syndromes, seed))
    _truth(table).to_csv(out / "truth.csv", index=False)


def _write(path: Path, rows: pd.DataFrame, excel: bool = False) -> None:
    """``excel``: with a byte-order mark and the line ends of a table that went through a spreadsheet."""
    rows.to_csv(
        path,
        index=False,
        sep="\t" if path.suffix == ".tsv" else ",",
        encoding="utf-8-sig" if excel else "utf-8",
        lineterminator="\r\n" if excel else "\n",
    )


def _subjects(rows: pd.DataFrame) -> pd.DataFrame:
    """With the subjects, as numbers with a point where one is missing."""
    known = rows["subject"].where(rows["defect"] != "no subject")
    return rows[["image_id", "label"]].assign(subject=known)[["image_id", "subject", "label"]]


def _metadata(table: pd.DataFrame, syndromes: tuple[Syndrome, ...], seed: int) -> pd.DataFrame:
    rng = np.random.default_rng((seed, 4))
    rows = table[table["defect"] != "no subject"]
    by_id = {syndrome.syndrome_id: syndrome for syndrome in syndromes}
    months = np.floor(12 * rows["age_years"])
    young = rows["age_years"] < 3
    no_age, no_sex = rows["defect"] == "no age", rows["defect"] == "no sex"
    name = [by_id[label].name for label in rows["label"]]
    source = 90000000 + rows["subject"] % _SOURCES
    found = {
        "image_id": rows["image_id"],
        "patient_id": rows["subject"],
        "filename": rows["image_id"].astype(str) + "." + rows["ext"],
        "gene_names": np.where(rng.random(len(rows)) < 0.2, "PHANTOMGENE1, PHANTOMGENE2", ""),
        "disorder_names": name,
        "omim_ids": [by_id[label].omim for label in rows["label"]],
        "pmid": source,
        "doi": "10.0000/phantom." + source.astype(str),
        "present_features": rows["terms"],
        "age_year": (months // 12).mask(no_age),
        "age_month": (months % 12).where(young, 0.0).mask(no_age),
        "gender": rows["sex"].str.capitalize().where(rng.random(len(rows)) < 0.05, rows["sex"]).mask(no_sex),
        "ethnicity": "[]",
        "ethnicity_category": rows["ancestry"],
        "internal_syndrome_id": rows["label"],
        "internal_syndrome_name": name,
        "private": "f",
        "consent": "phantom",
        **PRIVATE,
    }
    full = pd.DataFrame(found, index=rows.index).reindex(columns=list(METADATA_COLUMNS))
    return pd.concat([full, _without_picture(full)], ignore_index=True)


def _without_picture(full: pd.DataFrame) -> pd.DataFrame:
    """A subject who stands in the metadata alone: no picture, and in none of the lists."""
    row = full.tail(1).copy()
    row["image_id"] = int(full["image_id"].max()) + 1000
    row["patient_id"] = FIRST_SUBJECT + 90000
    row["filename"] = f"{row['image_id'].iloc[0]}.jpg"
    return row


def _truth(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.loc[table["defect"] != "", ["image_id", "ext", "defect"]].sort_values("image_id")
    rows["path"] = "gmdb_images/" + rows["image_id"].astype(str) + "." + rows["ext"]
    return rows.rename(columns={"defect": "what"})[list(_TRUTH)]
