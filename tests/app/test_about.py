"""The about page, from a card."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.components import model_card, product
from tests.app.fakes import FakeEngine, card

Start = Callable[[], AppTest]


def about() -> None:
    from app.views import about

    about.show()


def shown(page: AppTest) -> str:
    parts = [e.value for kind in ("title", "subheader", "markdown", "caption") for e in page.get(kind)]
    return "\n".join([*parts, *(e.proto.body for e in page.get("html"))])


def test_the_card_is_shown_with_intervals_and_n(engine: FakeEngine) -> None:
    page = AppTest.from_function(about).run()
    assert not page.exception
    said = shown(page)
    assert "<b>87.0%</b><small>84% to 90%, n = 600</small>" in said
    assert "no patient was in it" in said
    assert "Right label" not in said, "what the card does not hold is not shown"
    assert "no such pictures" in said
    assert "For research, not for clinical diagnosis" in said
    assert "Peak inside" in said


def test_a_bare_card_is_no_error(engine: FakeEngine) -> None:
    engine.card.clear()
    engine.card.update(name="bare")
    page = AppTest.from_function(about).run()
    assert not page.exception
    assert "fake" in shown(page)


def test_foreign_text_is_escaped(engine: FakeEngine) -> None:
    engine.card.update(
        card() | {"metrics": {"<script>": {"<i>x</i>": {"value": 1.0, "low": 1.0, "high": 1.0, "n": 3}}}}
    )
    page = AppTest.from_function(about).run()
    assert not page.exception
    assert "<script>" not in shown(page)
    assert "<i>" not in shown(page)


def test_every_part_of_the_product_text_is_there() -> None:
    assert list(product.PARTS) == ["Intended use", "How an answer comes about", "Limits", "Privacy"]
    assert set(model_card.MEASURES) >= {"top1_of_affected", "prediction_set_coverage"}
