"""What is known of a model: its training, its test numbers, how far to trust its maps, and its limits."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components import table
from app.components.words import one, plain
from core.classifier import ModelInfo
from core.studies import STUDIES
from core.studies.facies12 import FACIES12

KINDS = {"drawn": "Drawn phantoms", "photograph": "Photograph phantoms"}
MEASURES = {
    "top1_of_affected": "True {one} ranked first",
    "top3_of_affected": "… among the first three",
    "top5_of_affected": "… among the first five",
    "accuracy_with_unaffected": "Right label, unaffected included",
    "prediction_set_coverage": "Truth is in the prediction set",
    "prediction_set_size": "Labels in the prediction set",
}
GROUPS = {
    "affected": "Affected",
    "unaffected": "Unaffected",
    "unwarped": "Photographs left as they were",
}
MAPS = {
    "hit": "Peak inside",
    "hit_blob": "… of a centred blob",
    "hit_random": "… of a random map",
    "mass": "Heat inside",
    "mass_blob": "… of a centred blob",
    "mass_random": "… of a random map",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a picture and a class of the model's study are called."""

    noun: str
    one: str

    @classmethod
    def of(cls, card: dict[str, Any]) -> "Words":
        """Those of the study that the card names; a face's where it names none that is known."""
        study = STUDIES.get(str(card.get("study")), FACIES12)
        return cls(study.noun, one(study.plural))


def show(model: ModelInfo) -> None:
    """The card of one bundle."""
    card = model.card
    st.subheader(plain(str(card.get("title", model.name))), anchor=False)
    with st.container(horizontal=True, gap="small"):
        st.badge(model.id, color="gray")
        if model.recommended:
            st.badge("recommended", color="green")
        if model.synthetic_only:
            st.badge("no patient in training or test", color="orange")
    if "trained_on" in card:
        st.markdown(f"**Trained on.** {plain(str(card['trained_on']))}")
    _training(card.get("data", {}), str(card.get("framing", "face")))
    metrics, words = card.get("metrics", {}), Words.of(card)
    _measures(metrics, words)
    _outcomes(metrics)
    if any(measured.get("per_class") for measured in metrics.values()):
        with st.expander(f"Each {words.one} by itself", icon=":material/list:"):
            _per_class(metrics, words)
    elif model.evaluated:
        st.caption(
            "What it gets right and wrong on pictures kept apart stands on *Performance* and *Confusion*."
        )
    if card.get("saliency"):
        with st.expander("How far to trust the heatmaps", icon=":material/target:"):
            _saliency(card["saliency"], words)
    _small_print(card)


def _training(data: dict[str, Any], framing: str) -> None:
    left_out = "no face found" if framing == "face" else "could not be read"
    splits = {"train": "Training", "val": "Calibration", "test": "Test"}
    rows = []
    for kind, counts in data.items():
        cells = [
            (f"{counts[split]['pictures']:,}", f"of {counts[split]['subjects']:,} subjects")
            for split in splits
            if split in counts
        ]
        rows.append((_kind(kind), [*cells, (f"{counts.get('refused', 0):,}", left_out)]))
    if rows:
        table.show("Pictures, split by subject", ["", *splits.values(), "Left out"], rows)


def _measures(metrics: dict[str, Any], words: Words) -> None:
    kinds = list(metrics)
    names = [name for kind in kinds for name, value in metrics[kind].items() if "value" in value]
    rows = [
        (
            MEASURES.get(name, name.replace("_", " ")).format(one=words.one),
            [_estimate(metrics[kind].get(name), share=not name.endswith("_size")) for kind in kinds],
        )
        for name in dict.fromkeys(names)
    ]
    if rows:
        caption = "Test: subjects and people never seen in training. Beneath each number its 95% interval."
        table.show(caption, ["", *map(_kind, kinds)], rows)


def _outcomes(metrics: dict[str, Any]) -> None:
    rows, columns = [], []
    for kind, measured in metrics.items():
        for group, shares in measured.get("outcomes", {}).items():
            columns = list(shares)
            rows.append(
                (
                    f"{_kind(kind)}: {GROUPS.get(group, group).lower()}",
                    [_estimate(s) for s in shares.values()],
                )
            )
    if rows:
        table.show("Outcomes on the test pictures", ["", *(name.capitalize() for name in columns)], rows)


def _per_class(metrics: dict[str, Any], words: Words) -> None:
    kinds = [kind for kind in metrics if metrics[kind].get("per_class")]
    names = dict.fromkeys(name for kind in kinds for name in metrics[kind]["per_class"])
    rows = [
        (name, [_estimate(metrics[kind]["per_class"].get(name, {}).get("top1")) for kind in kinds])
        for name in names
    ]
    table.show(f"True {words.one} ranked first", ["", *map(_kind, kinds)], rows)


def _saliency(saliency: dict[str, Any], words: Words) -> None:
    st.caption(
        "Drawn phantoms know where their signs are, so the maps can be measured: how often the map's peak lies in the "
        "region of a sign that the subject has, and how much of the heat lies inside; beside what a blob in the middle "
        f"of the {words.noun} and a random map would get."
    )
    order = sorted(saliency, key=lambda name: (name != "all", name))
    rows = [
        (
            "All together" if name == "all" else name,
            [_estimate(saliency[name].get(measure)) for measure in MAPS],
        )
        for name in order
    ]
    table.show("Maps against the drawn truth", ["", *MAPS.values()], rows)


def _small_print(card: dict[str, Any]) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in card.get("versions", {}).items())
    parts = [
        f"Licence {card['licence']}" if "licence" in card else "",
        f"made with {versions}" if versions else "",
    ]
    if words := " · ".join(part for part in parts if part):
        st.caption(plain(words))
    for remark in filter(None, (*card.get("remarks", ()), card.get("attribution", ""))):
        st.caption(plain(str(remark)))


def _kind(kind: str) -> str:
    return KINDS.get(kind, kind.capitalize())


def _estimate(estimate: dict[str, Any] | None, share: bool = True) -> table.Cell:
    if not estimate:
        return "–", ""
    if estimate.get("value") is None:
        return "–", str(estimate.get("why", ""))
    value, low, high = (estimate[name] for name in ("value", "low", "high"))
    n = f"n = {estimate['n']:,}"
    if share:
        return f"{value:.1%}", f"{low:.0%} to {high:.0%}, {n}"
    return f"{value:.2f}", f"{low:.2f} to {high:.2f}, {n}"
