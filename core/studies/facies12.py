"""Twelve genetic syndromes by the face: the classes of Porras et al. and of the eLife faces (Ferry et al. 2014)."""

from core.study import Condition, Study

FACIES12 = Study(
    name="facies12",
    title="Twelve syndromes by the face",
    question="Which of twelve genetic syndromes does this face resemble, if any?",
    classes=(
        Condition("22q11.2 deletion syndrome", "567", "188400"),
        Condition("Angelman syndrome", "72", "105830"),
        Condition("Apert syndrome", "87", "101200"),
        Condition("Cornelia de Lange syndrome", "199", "122470"),
        Condition("Down syndrome", "870", "190685"),
        Condition("Hutchinson-Gilford progeria syndrome", "740", "176670"),
        Condition("Marfan syndrome", "558", "154700"),
        Condition("Fragile X syndrome", "908", "300624"),
        Condition("Sotos syndrome", "821", "117550"),
        Condition("Treacher Collins syndrome", "861", "154500"),
        Condition("Turner syndrome", "881", ""),
        Condition("Williams syndrome", "904", "194050"),
    ),
    background="unaffected",
    framing="face",
    multi_label=False,
    intended_use="For research, not for clinical diagnosis.",
    source="Classes: the eLife faces (Ferry et al., eLife 2014, doi:10.7554/eLife.02020). Codes: Orphanet, OMIM.",
    licence="Orphanet nomenclature CC BY 4.0; OMIM numbers are identifiers only.",
)
