"""The rules of docs and house, read off the source: who may import whom, and what may stand where."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Lowest first. A module may import its own unit and the units of lower layers; ``picture*`` is one unit.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "places", "devices"),
    ("picture",),
    ("phantoms", "alignment"),
    ("study",),
    ("cohort",),
    ("studies", "splits", "checks", "backbones", "heads"),
    ("calibration", "known", "scope", "locked"),
    ("classifier",),
    ("decision", "explanation", "evaluation"),
    ("report", "audit"),
    ("overlay",),
    ("figures", "training"),
    ("engine", "store", "cases", "runs", "importing"),
    ("commands",),
    ("__main__",),
)
LEVEL = {unit: level for level, units in enumerate(LAYERS) for unit in units}
#: Lines of a page that can be read at a glance.
PAGE_LINES = 140


def sources(*folders: str) -> dict[str, ast.Module]:
    """Every module below these folders, by its path from the root."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert paths
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, wherever it stands; ``from core import report`` is ``core.report``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            if module == "core":
                yield from (f"core.{alias.name}" for alias in node.names)
            else:
                yield module


def attributes(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that is read, such as ``st.cache_data``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def unit(module: str) -> str:
    """``core.alignment.face`` → ``alignment``."""
    name = module.split(".")[1]
    return "picture" if name.startswith("picture") else name


def wrong_way(importer: str, tree: ast.AST) -> list[str]:
    """The modules of core that ``importer``, such as ``core.report``, imports although they are not below it."""
    own = unit(importer)
    targets = {module for module in imports(tree) if module.startswith("core.")}
    return sorted(m for m in targets if unit(m) != own and LEVEL[unit(m)] >= LEVEL[own])


def unpickles(tree: ast.AST) -> list[str]:
    """What could run code that comes with data."""
    found = [
        m for m in imports(tree) if m.split(".")[0] in ("joblib", "cloudpickle", "dill", "shelve", "marshal")
    ]
    found += [name for name in attributes(tree) if name.startswith("pickle.") and not name.endswith("Error")]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pickle":
            found.append("from pickle import")
    for name, call in calls(tree):
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        if name == "torch.load" and given.get("weights_only") != "True":
            found.append("torch.load without weights_only=True")
        if given.get("allow_pickle") == "True" or name.endswith("read_pickle"):
            found.append(name)
    return found


CORE, APP = sources("core"), sources("app")
MODULES = {path: path.removesuffix(".py").replace("/", ".") for path in CORE if path != "core/__init__.py"}


def test_every_module_of_core_has_its_layer() -> None:
    assert {unit(module) for module in MODULES.values()} <= set(LEVEL)


@pytest.mark.parametrize("path", MODULES)
def test_core_imports_one_way(path: str) -> None:
    assert wrong_way(MODULES[path], CORE[path]) == []


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("core.alignment.face", "from core.report import Report"),
        ("core.calibration", "from core import classifier"),
        ("core.phantoms.face", "import core.alignment.warp"),
        ("core.errors", "def f():\n    from core.picture_tiff import is_tiff"),
        ("core.engine", "from core.__main__ import main"),
    ],
)
def test_an_import_the_wrong_way_is_seen(importer: str, line: str) -> None:
    assert len(wrong_way(importer, ast.parse(line))) == 1


@pytest.mark.parametrize("path", CORE)
def test_core_knows_nothing_of_the_app(path: str) -> None:
    roots = {module.split(".")[0] for module in imports(CORE[path])}
    assert not roots & {"app", "streamlit", "tests", "models"}


@pytest.mark.parametrize("path", APP)
def test_the_app_imports_no_model_and_no_test(path: str) -> None:
    assert not {module.split(".")[0] for module in imports(APP[path])} & {"models", "tests"}


def test_models_are_data() -> None:
    assert not list((ROOT / "models").rglob("*.py"))
    kinds = {
        path.suffix for path in (ROOT / "models").rglob("*") if path.is_file() and path.name != ".gitkeep"
    }
    assert kinds <= {".json", ".safetensors", ".parquet", ".md", ".csv", ".log"}


@pytest.mark.parametrize("path", [*CORE, *APP])
def test_nothing_unpickles(path: str) -> None:
    assert unpickles((CORE | APP)[path]) == []


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pickle.loads(data)",
        "from pickle import loads",
        "import joblib",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(path)",
    ],
)
def test_what_unpickles_is_seen(line: str) -> None:
    assert unpickles(ast.parse(line))


@pytest.mark.parametrize("path", CORE)
def test_core_prints_on_the_command_line_only(path: str) -> None:
    if not path.startswith("core/commands/") and path != "core/__main__.py":
        assert "print" not in {name for name, _ in calls(CORE[path])}


@pytest.mark.parametrize("path", [path for path in APP if path.startswith("app/views/")])
def test_pages_are_short_and_hold_no_arrays_and_no_figures(path: str) -> None:
    roots = {module.split(".")[0] for module in imports(APP[path])}
    assert not roots & {"torch", "numpy", "plotly", "PIL", "pandas", "cv2", "matplotlib"}
    assert "core.figures" not in set(imports(APP[path]))
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= PAGE_LINES


@pytest.mark.parametrize("path", APP)
def test_caches_and_session_state_have_one_home_each(path: str) -> None:
    names = set(attributes(APP[path])) | set(imports(APP[path]))
    if not path.startswith("app/resources/"):
        assert not [name for name in names if name.startswith("st.cache")]
    if not path.startswith("app/session/"):
        assert "st.session_state" not in names
    assert not [m for m in names if m.startswith("streamlit.") and ("cach" in m or "session_state" in m)]


def test_every_module_says_what_it_is() -> None:
    missing = [path for path, tree in (CORE | APP).items() if tree.body and not ast.get_docstring(tree)]
    assert missing == []
