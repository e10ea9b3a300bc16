"""Recipes: everything that a trained model follows from, as TOML, checked field by field."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from core.errors import RecipeError, UnknownNameError

FOLDER = Path(__file__).resolve().parents[1] / "recipes"

View = Literal["plain", "flip", "grey", "flip+grey"]
#: Changes to training pictures; see ``core.training.augment``.
Augment = Literal[
    "none",
    "face",
    "face-mild",
    "gestaltmatcher",
    "xray",
    "xray-strong",
    "xray-broad",
    "xray-by-class",
    "slice",
]


Share = Annotated[float, Field(ge=0, le=1)]


def _listed(value: Any) -> Any:
    """One share stands for a list of one."""
    return [value] if isinstance(value, int | float) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrunkRecipe(_Part):
    """Which backbone, from which weights, in which frame.

    ``names``: the first whose weights are at hand is taken, and the card says which. Several ``members`` instead are
    an ensemble. ``views`` are what each picture is seen as at test time. ``input_px``, ``frame`` and
    ``frame_centre_y`` stand in for those of the backbone's own card.
    """

    names: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    views: tuple[View, ...] = Field(default=("plain",), min_length=1)
    weights: Literal["published", "random"] = "published"
    input_px: int | None = Field(default=None, ge=32, le=1024)
    frame: float | None = Field(default=None, gt=0, le=2)
    frame_centre_y: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _one_of(self) -> "TrunkRecipe":
        if bool(self.names) == bool(self.members):
            raise ValueError("either names or members must be given")
        return self


class HeadRecipe(_Part):
    """The kind of head and the options that its ``fit`` or constructor takes."""

    kind: Literal["mlp", "svc", "mlp-svc", "gallery"]
    options: dict[str, Any] = Field(default_factory=dict)


class FitRecipe(_Part):
    """How weights are fitted on Lightning.

    ``train`` "head": the trunk stays as it is and its embeddings are computed once; "all": trunk and head together,
    the trunk's rate being ``trunk_rate`` times ``rate``, its first ``frozen_share`` of parameters never moved and the
    whole of it not before ``frozen_epochs``. ``members`` networks are fitted so, one after the other, and their scores
    averaged (``core.training.networks``). ``rate`` is the peak of one cycle, or where another schedule begins;
    gradients longer than ``clip`` are shortened to it, 0: never.
    ``patience`` ends the fit after so many epochs without a better ``monitor``; 0 never. ``keep`` says which epoch's
    weights stay. ``average_decay`` above 0 keeps a running mean of the weights instead of the weights. ``looks`` names a
    column of the table with what can be seen, separated by ";": where it is there, the trunk learns each as a yes or no,
    beside the label. ``redraw`` is the share of pictures that are shown with another picture's label and looks, where the
    same people's pictures with and without a look tell what it moves (``core.training.moves``), or one share for each of
    ``members``; ``exchange`` is the share of these that get another person's lower face, and ``shape_sd`` how much the
    shapes of faces are made to differ.

    ``loss`` "auto" is the cross-entropy of one label, or the BCE of each where several may be true; see
    ``core.training.losses`` for "focal" (``focal_gamma``, ``focal_alpha``) and "hybrid", whose three weights are those of
    focal, BCE and hinge. "weighted_bce" is "bce" with ``class_weight`` "balanced".

    ``balance`` repeats training rows of rare labels ("over"), leaves out rows of frequent ones ("under"), or does both
    ("target"), until each label has about ``balance_target``; 0 is what ``core.training.balance`` takes by itself.
    Validation and test are never balanced. ``mixup`` is the alpha of its beta distribution; ``mixup_for`` "minority" mixes
    the rows of rare labels only, with any other. ``augment`` "xray-by-class" is "xray-strong" for these rows and "xray"
    for the rest; "xray-broad" is for classes that come from different machines.
    """

    train: Literal["head", "all"] = "all"
    epochs: int = Field(default=16, ge=1, le=1000)
    members: int = Field(default=1, ge=1, le=8)
    batch: int = Field(default=96, ge=2, le=4096)
    optimiser: Literal["adamw", "adam", "sgd"] = "adamw"
    rate: float = Field(default=3e-3, gt=0, le=10)
    trunk_rate: float = Field(default=1.0, ge=0, le=10)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=0.02, ge=0, le=1)
    clip: float = Field(default=0.0, ge=0)
    schedule: Literal["one_cycle", "plateau", "cosine", "constant"] = "one_cycle"
    plateau_patience: int = Field(default=5, ge=0)
    plateau_factor: float = Field(default=0.1, gt=0, lt=1)
    smoothing: float = Field(default=0.05, ge=0, lt=1)
    loss: Literal["auto", "cross_entropy", "bce", "weighted_bce", "focal", "hybrid"] = "auto"
    focal_gamma: float = Field(default=2.0, ge=0, le=10)
    focal_alpha: float = Field(default=0.25, gt=0, lt=1)
    hybrid: tuple[float, float, float] = (1.0, 1.0, 0.5)
    balance: Literal["none", "over", "under", "target"] = "none"
    balance_target: int = Field(default=0, ge=0)
    class_weight: Literal["none", "balanced"] = "none"
    looks: str = ""
    looks_weight: float = Field(default=4.0, ge=0)
    redraw: Annotated[tuple[Share, ...], BeforeValidator(_listed)] = Field(default=(0.0,), min_length=1)
    exchange: float = Field(default=0.0, ge=0, le=1)
    shape_sd: float = Field(default=0.0, ge=0, le=3)
    mixup: float = Field(default=0.0, ge=0, le=1)
    mixup_for: Literal["all", "minority"] = "all"
    augment: Augment = "face"
    average_decay: float = Field(default=0.998, ge=0, lt=1)
    frozen_epochs: int = Field(default=0, ge=0)
    frozen_share: float = Field(default=0.0, ge=0, le=1)
    monitor: Literal["loss", "accuracy", "top_5_by_class", "auroc"] = "loss"
    patience: int = Field(default=0, ge=0)
    keep: Literal["best", "last"] = "last"
    precision: Literal["bf16-mixed", "32-true"] = "bf16-mixed"
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _of_a_piece(self) -> "FitRecipe":
        drawn = any(self.redraw)
        if drawn and (self.train != "all" or not self.looks or not self.augment.startswith("face")):
            raise ValueError(
                'train must be "all", looks a column and augment one of faces where redraw is given'
            )
        if len(self.redraw) not in (1, self.members):
            raise ValueError("redraw must be one share, or one for each of the members")
        if self.members > 1 and self.train != "all":
            raise ValueError('train must be "all" where members are several')
        if min(self.hybrid) < 0 or not 0 < sum(self.hybrid) < float("inf"):
            raise ValueError("hybrid must be three weights of 0 or more, not all 0")
        if self.balance == "target" and self.balance_target == 0:
            raise ValueError('balance_target must be given where balance is "target"')
        if self.balance == "none" and self.balance_target:
            raise ValueError('balance must be "over", "under" or "target" where balance_target is given')
        return self


class CalibrationRecipe(_Part):
    """What is chosen on validation; see ``core.calibration`` and ``core.scope``."""

    coverage: float = Field(default=0.9, gt=0, lt=1)
    in_scope: float = Field(default=0.985, gt=0, lt=1)
    spare: float = Field(default=0.05, ge=0, lt=1)
    scope_rank_maps: int = Field(default=32, ge=1)
    scope_rank_embedding: int = Field(default=128, ge=1)
    scope_pictures: int = Field(default=2500, ge=10)
    known_per_label: int = Field(default=40, ge=1)


class Recipe(_Part):
    """One published system, or one of ours. ``studies`` are those it was written for; none means any."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    source: str = ""
    studies: tuple[str, ...] = ()
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15)
    seed: int = Field(default=0, ge=0)
    trunk: TrunkRecipe
    head: HeadRecipe
    fit: FitRecipe | None = None
    calibration: CalibrationRecipe = CalibrationRecipe()

    @field_validator("shares")
    @classmethod
    def _parts_of_one(cls, shares: tuple[float, float, float]) -> tuple[float, float, float]:
        if not all(0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > 1e-6 or not shares[0]:
            raise ValueError("shares must be three parts of 1: train (more than 0), val and test")
        return shares


def recipe_names() -> tuple[str, ...]:
    """Every recipe that ships, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_recipe(name: str, changes: Sequence[str] = ()) -> Recipe:
    """The recipe of that name, or of that ``.toml`` file, with ``field=value`` changes such as ``fit.epochs=3``.

    *Raises* ``UnknownNameError`` with the known names, and ``RecipeError`` that names the field.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file():
        raise UnknownNameError(f"There is no recipe {name!r}. Known: {', '.join(recipe_names())}.")
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe {path.name} is no TOML: {error}. Mend that line.") from error
    for change in changes:
        _set(fields, change)
    return checked(fields)


def checked(fields: dict[str, Any]) -> Recipe:
    """A recipe of these fields. *Raises* ``RecipeError`` that names each field which is not as it must be."""
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        said = [
            f"{'.'.join(str(part) for part in one['loc']) or 'recipe'}: {one['msg']} (got {one['input']!r:.80})"
            for one in error.errors()
        ]
        raise RecipeError(f"The recipe cannot be used. {'; '.join(said)}.") from error


def _set(fields: dict[str, Any], change: str) -> None:
    """Put ``a.b=value`` in; the value is read as TOML, and as plain text where it is none."""
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"--set must be field=value, such as fit.epochs=3. Got {change!r} instead.")
    try:
        value: Any = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *above, last = key.strip().split(".")
    at = fields
    for part in above:
        at = at.setdefault(part, {})
        if not isinstance(at, dict):
            raise RecipeError(f"The field {key!r} lies below {part!r}, which has no fields of its own.")
    at[last] = value
