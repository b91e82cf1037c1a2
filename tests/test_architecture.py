"""docs/architecture.md and the shape of app/: layers, sizes, names."""

import ast
import re
import tomllib
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from flask import Flask

from app.catalog import sync
from app.moderation.queue import rows
from app.moderation.recueils import files
from app.search import index
from app.testimonials.changes import HANDLERS

ROOT = Path(__file__).parents[1]
MODULES = sorted(ROOT.glob("app/**/*.py"))
PICTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

# Names that a framework, or a protocol of ours, wants in every module that takes part.
SHARED_NAMES = {"blueprint", "init_app", "rebuild"}

# Nouns that end in -ing.
NOUNS = {"editing", "facing", "listing", "matching", "opening", "rendering", "templating"}


def test_the_picture_shows_the_layers_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawn = re.findall(r'(L\d+)\["([^"]+)"\]', PICTURE)
    assert [names for _, names in drawn] == layers
    chains = [re.sub(r'\["[^"]+"\]', "", line).split("-->") for line in PICTURE.splitlines() if "-->" in line]
    arrows = [(one.strip(), other.strip()) for chain in chains for one, other in pairwise(chain)]
    nodes = [node for node, _ in drawn]
    assert arrows == list(pairwise(nodes))


def test_every_path_that_architecture_md_names_exists() -> None:
    rows_of_tables = re.findall(r"^\| (`[^|]+) \|", PICTURE, re.MULTILINE)
    named = [name for row in rows_of_tables for name in re.findall(r"`([^`]+)`", row)]
    paths: list[str] = []
    for name in named:
        if braces := re.fullmatch(r"(.*)\{(.*)\}(.*)", name):
            paths += [f"{braces[1]}{each}{braces[3]}" for each in braces[2].split(",")]
        else:
            paths.append(name)
    folders = ("", "moderation/")
    assert [path for path in paths if not any((ROOT / "app" / folder / path).exists() for folder in folders)] == []
    assert len(paths) > 30


def test_no_package_holds_a_quarter_and_no_folder_more_than_24_modules() -> None:
    lines: Counter[str] = Counter()
    folders: Counter[Path] = Counter()
    for path in MODULES:
        parts = path.relative_to(ROOT / "app").parts
        lines[parts[0]] += len(path.read_text(encoding="utf-8").splitlines())
        folders[path.parent] += path.name != "__init__.py"
    assert {name: count for name, count in lines.items() if count > 0.25 * lines.total()} == {}
    assert {str(folder): count for folder, count in folders.items() if count > 24} == {}


def test_no_name_is_defined_at_the_top_of_more_than_three_modules() -> None:
    """A function that is imported bare says its object; views are named after their endpoint."""
    modules = defaultdict(set)
    for path in MODULES:
        if path.name == "routes.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                modules[node.name].add(path)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        modules[target.id].add(path)
    assert {name for name, paths in modules.items() if len(paths) > 3} - SHARED_NAMES == set()


def test_no_module_is_named_by_a_gerund_and_each_names_its_thing_first() -> None:
    stems = {path.stem for path in MODULES if re.fullmatch(r"[a-z]+ing", path.stem)}
    assert stems - NOUNS == set()
    docstrings = {path: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in MODULES}
    questions = r"(What|Where|Who|Whose|Whom|Whoever|Whether|How|When|Why)\b"
    assert [str(path) for path, docstring in docstrings.items() if re.match(questions, docstring)] == []


def test_create_app_lists_the_handlers_of_the_change_hook(app: Flask) -> None:
    assert app.name == "app"
    listed = [sync.on_change, index.on_change, rows.on_change, files.delete_outdated_files]
    assert listed == HANDLERS
