"""``phenolens demo``: its recipe, where it writes, and the numbers it prints. The training itself is tested with it."""

from pathlib import Path
from typing import Any

import pytest

from core.commands.demo import share
from core.training import demo as training
from tests.core.bundles import tiny_classifier
from tests.core.commands.conftest import Phenolens

ESTIMATE = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 4, "n_subjects": 2, "why": ""}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Calls of ``build``, which trains nothing."""
    calls: list[tuple[Any, ...]] = []

    def build(*arguments: Any) -> Any:
        calls.append(arguments)
        arguments[4]("fitting", 1, 1, "loss 0.1")
        print("a library's chatter")
        names = ("top1_of_affected", "top5_of_affected", "accuracy_with_unaffected")
        measured = dict.fromkeys(names, ESTIMATE) | {"outcomes": {"affected": {"candidates": ESTIMATE}}}
        maps = {f"{kind}{rival}": ESTIMATE for kind in ("hit", "mass") for rival in ("", "_blob", "_random")}
        return tiny_classifier(card={"metrics": {"drawn": measured}, "saliency": {"all": maps}})

    monkeypatch.setattr(training, "build", build)
    return calls


def test_the_whole_recipe_goes_to_the_shipped_model(
    phenolens: Phenolens, built: list[tuple[Any, ...]], models: Path
) -> None:
    done = phenolens("demo")
    ((recipe, photographs, out, cache, _, attribution),) = built
    assert attribution == ""
    assert recipe == training.DemoRecipe()
    assert (photographs, out, cache) == ([], models / "facies12" / "facies", Path("cache"))
    assert done.status == 0
    assert "drawn phantoms only" in done.err
    assert "fitting: 1 of 1, loss 0.1" in done.err
    assert "chatter" not in done.out
    assert (
        "top-1 of the affected                 50.0% (25.0% to 75.0%), 4 pictures of 2 subjects" in done.out
    )
    assert "affected: candidates" in done.out
    assert "peak in the region of a term, blob    50.0%" in done.out


def test_a_quick_one_needs_its_own_place(
    phenolens: Phenolens, built: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    assert phenolens("demo", "--quick").status == 2
    assert built == []
    done = phenolens(
        "demo", "--quick", "--out", tmp_path / "m", "--from-photos", tmp_path, "--cache", tmp_path
    )
    ((recipe, photographs, out, _, _, _),) = built
    assert (recipe.subjects, recipe.fit.epochs) == (130, 1)
    assert (photographs, out) == ([tmp_path], tmp_path / "m")
    assert "drawn phantoms only" not in done.err


def test_photographs_that_are_not_there(phenolens: Phenolens, built: list[tuple[Any, ...]]) -> None:
    done = phenolens("demo", "--from-photos", "no-such-folder")
    assert done.status == 2
    assert "--from-photos must be folders" in done.err
    assert built == []


def test_ctrl_c_while_lightning_trains(phenolens: Phenolens, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any) -> Any:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise SystemExit(1)  # noqa: B904 - as Lightning does

    monkeypatch.setattr(training, "build", build)
    done = phenolens("demo")
    assert done.status == 130
    assert done.err.endswith("phenolens: stopped.\n")


def test_what_is_not_defined_says_why() -> None:
    undefined = {"value": None, "low": None, "high": None, "n": 0, "n_subjects": 0, "why": "there are none"}
    assert share(undefined) == "not defined (there are none)"
