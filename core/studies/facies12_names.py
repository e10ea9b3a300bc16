"""What people call the twelve, and their own folders: matched loosely, but never guessed."""

import difflib
import re

#: Label → what else its folder may be called, in small letters without blanks and marks.
ALIASES: dict[str, tuple[str, ...]] = {
    "22q11.2 deletion syndrome": (
        "22q", "22q11", "22q112", "22q11ds", "22q112ds", "22q11del", "del22q11", "del22q112", "digeorge",
        "velocardiofacial", "vcfs", "dgs", "shprintzen", "catch22",
    ),
    "Angelman syndrome": ("angelman",),
    "Apert syndrome": ("apert", "acrocephalosyndactyly"),
    "Cornelia de Lange syndrome": (
        "corneliadelange", "delange", "brachmanndelange", "cdls", "cdl", "bdls", "corneliade", "cornelia",
    ),
    "Down syndrome": ("down", "trisomy21", "t21", "dwn"),
    "Hutchinson-Gilford progeria syndrome": (
        "progeria", "hgps", "hutchinsongilford", "hutchinsongilfordprogeria", "hutchinson",
    ),
    "Marfan syndrome": ("marfan", "mfs"),
    "Fragile X syndrome": ("fragilex", "fragx", "fxs", "frax", "fraxa", "martinbell"),
    "Sotos syndrome": ("sotos", "cerebralgigantism"),
    "Treacher Collins syndrome": (
        "treachercollins", "treachercollinsfranceschetti", "treacher", "tcs", "mandibulofacialdysostosis",
    ),
    "Turner syndrome": ("turner", "ullrichturner", "monosomyx", "45x"),
    "Williams syndrome": ("williams", "william", "williamsbeuren", "beuren", "wbs", "wms"),
    "unaffected": ("unaffected", "control", "normal", "healthy", "nonsyndromic", "unaffectedcontrol"),
}  # fmt: skip
_BY_ALIAS = {alias: label for label, aliases in ALIASES.items() for alias in aliases}
#: Words that tell nothing of which it is.
_FILLERS = {
    "syndrome", "syndromes", "syndr", "syn", "synd", "disease", "deletion", "patients", "patient", "people", "children",
    "subjects", "faces", "face", "photos", "photo", "images", "image", "pictures", "group", "class", "the", "s",
}  # fmt: skip


def match_folder(name: str) -> tuple[str, str]:
    """(label, ""), or ("", why) with the closest name for a folder that is none of them or could be several."""
    words = re.findall(r"[^\W_]+", re.sub(r"(\w)['’´`]s\b", r"\1", name.casefold()))
    telling = [word for word in words if word not in _FILLERS]
    for tried in (telling, telling[1:] if telling and telling[0].isdigit() else []):
        for key in _keys("".join(tried)):
            if key in _BY_ALIAS:
                return _BY_ALIAS[key], ""
    inside = {_BY_ALIAS[key] for word in telling for key in _keys(word) if key in _BY_ALIAS}
    if len(inside) > 1:
        return "", f"the folder {name!r} could be {' or '.join(sorted(inside))}: rename it"
    near = difflib.get_close_matches("".join(telling), _BY_ALIAS, 1, 0.6)
    closest = next(iter(inside), _BY_ALIAS[near[0]] if near else "")
    return "", f"the folder {name!r} is none of the classes" + (
        f"; if it is {closest}, rename it so" if closest else ""
    )


def _keys(text: str) -> tuple[str, ...]:
    """The text, without what is often stuck to the name's end."""
    bare = text.removesuffix("syndrome").removesuffix("deletion")
    return text, bare, bare.removesuffix("s"), f"{bare}s"
