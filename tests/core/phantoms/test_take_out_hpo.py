"""The table of frequencies: what is taken out of the HPO and what is left."""

import pytest

from core.phantoms.take_out_hpo import BANDS, MIN_PATIENTS, SYNDROMES, Ontology, annotations, syndrome_rows
from core.phantoms.terms import annotations as committed

OBO = """format-version: 1.2

[Term]
id: HP:0000152
name: Abnormality of head or neck

[Term]
id: HP:0000001
name: Small jaw
is_a: HP:0000152 ! Abnormality of head or neck

[Term]
id: HP:0000002
name: Very small jaw
is_a: HP:0000001 ! Small jaw

[Term]
id: HP:0000003
name: Wide mouth
is_a: HP:0000152 ! Abnormality of head or neck

[Term]
id: HP:0000004
name: Short toe

[Typedef]
id: part_of
name: part of
"""

HEADER = "database_id\tqualifier\thpo_id\tfrequency\taspect"


def rows(*lines: str) -> list[tuple[str, float, float, str]]:
    hpoa = "\n".join(["#version: 2000-01-01", HEADER, *(line.replace(" ", "\t") for line in lines)])
    taken = syndrome_rows("Down syndrome", Ontology(OBO), annotations(hpoa))
    return [(row[2], row[4], row[5], row[6]) for row in taken]


def test_orphanets_bands_are_taken_and_what_is_not_on_the_head_is_left() -> None:
    assert rows("ORPHA:870  HP:0000001 HP:0040281 P", "ORPHA:870  HP:0000004 HP:0040281 P") == [
        ("HP:0000001", 0.80, 0.99, "ORPHA:870")
    ]


def test_negated_terms_and_those_without_a_frequency_are_left() -> None:
    lines = (
        "ORPHA:870 NOT HP:0000001 HP:0040281 P",
        "OMIM:190685  HP:0000003  P",
        "OMIM:190685  HP:0000003 0/20 P",
    )
    assert rows(*lines) == []


def test_omims_counts_are_added_up_and_case_reports_left() -> None:
    lines = (
        "OMIM:190685  HP:0000003 4/8 P",
        "OMIM:190685  HP:0000003 2/4 P",
        "OMIM:190685  HP:0000001 1/1 P",
    )
    assert MIN_PATIENTS == 10
    assert rows(*lines) == [("HP:0000003", 0.5, 0.5, "OMIM:190685 6/12")]


@pytest.mark.parametrize(("orphanet", "omim"), [("1", "2"), ("2", "1"), ("1", "1")])
def test_omim_adds_no_form_of_a_term_that_orphanet_has(orphanet: str, omim: str) -> None:
    lines = (f"ORPHA:870  HP:000000{orphanet} HP:0040283 P", f"OMIM:190685  HP:000000{omim} 30/40 P")
    assert [row[0] for row in rows(*lines)] == [f"HP:000000{orphanet}"]


def test_the_committed_table_has_the_twelve_with_bands_or_counts() -> None:
    assert list(committed()) == list(SYNDROMES)
    for terms in committed().values():
        for row in terms:
            if "/" not in row.source:
                assert (row.low, row.high) in BANDS.values()
            else:
                with_it, examined = map(int, row.source.split()[-1].split("/"))
                assert row.low == row.high == pytest.approx(with_it / examined, abs=1e-4)
                assert examined >= MIN_PATIENTS
