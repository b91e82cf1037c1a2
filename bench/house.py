"""The size of the code, and what a change costs: lines, reach of features, files of recipes, lists beside a table."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]

# A total rises by the budget that an issue names, and by nothing else: whoever takes lines away lowers it.
MOST_LINES = {
    "app/**/*.py": 41_752,
    "templates/**/*": 12_288,
    "tests/**/*.py": 64_052,
    "migrations/versions/*.py": 2_978,
}
MOST_IN_MODULE, MOST_IN_FUNCTION = 500, 60
DOMAIN, MOST_DEEP = "app.testimonials", 8
SHOWN = 10  # rows of each list

# The packages and modules of each feature that several kinds of people meet.
FEATURES = {
    "alerts": ["features.alerts"],
    "questions": ["features.questions"],
    "invitations": ["features.invitations"],
    "updates": ["testimonials.updates", "testimonials.update_request"],
    "responses": ["testimonials.responses"],
    "notices": ["features.notices", "testimonials.notices"],
    "voice": ["features.voice", "testimonials.transcript"],
    "synthesis": ["features.synthesis", "catalog.synthesis"],
}
# How many modules elsewhere import them. The goal is 5; for the last four, whose rows stand in the domain, 10.
REACH = {
    "alerts": 1,
    "questions": 2,
    "invitations": 2,
    "updates": 5,
    "responses": 8,
    "notices": 8,
    "voice": 5,
    "synthesis": 11,
}

# The files that each recipe of CONTRIBUTING.md names, and the goal.
RECIPES = {
    "A question of the form": (10, 12),
    "A status": (12, 12),
    "An e-mail": (3, 3),
    "A filter of the collection": (8, 8),
    "A filter of the queue": (6, 8),
    "A page": (4, 4),
    "A link of the masthead": (1, 1),
    "A folder of pages": (2, 2),
    "A table with an address": (4, 4),
    "A feature": (5, 5),
}
# A file in a recipe: its whole path, then in one parenthesis the names that stand in it.
FILE = re.compile(r"`([\w./<>-]+/[\w.<>-]+\.\w+|README\.md|CHANGELOG\.md|config\.py)`(?: \(([^)]*)\))?")

LEAST = 3  # names in a literal that make it a list

# What has a table: the names in its rows, and how many literals elsewhere hold three of them. The goal is none.
TABLES = {
    "questions": ("app/testimonials/questions.py", 10),
    "statuses": ("app/testimonials/lifecycle.py", 0),
    "e-mails": ("mails.py", 0),
}


QUESTIONS = {
    *("situation", "clsm", "department", "partner", "partner_other", "partner_known", "themes", "title", "account"),
    *("outcome", "obstacles", "advice", "years", "other_partners", "link", "author_name", "author_role"),
    *("attribution", "became", "became_on", "sequel"),
}


def main() -> None:
    """Print the figures, each with its bound."""
    print_list("lines", [(pattern, total(pattern), f"{most:,}") for pattern, most in MOST_LINES.items()])
    print_list("lines of a module", longest(module_lines().items(), MOST_IN_MODULE))
    print_list("lines of a function", longest(function_lines().items(), MOST_IN_FUNCTION))
    print_list("import circles", [("", " → ".join(circle), "none") for circle in circles()])
    chain = longest_chain(DOMAIN)
    print_list("longest chain of imports in the domain", [(" → ".join(chain), len(chain), str(MOST_DEEP))])
    reach = {name: len(importers(name)) for name in FEATURES}
    print_list("modules that import a feature", [(name, reach[name], str(most)) for name, most in REACH.items()])
    costs = {name: len(files) for name, files in recipes().items()}
    print_list(
        "files of a recipe",
        [(name, cost, f"{RECIPES[name][0]}, goal {RECIPES[name][1]}") for name, cost in costs.items()],
    )
    lists = {kind: list(literals(kind)) for kind in TABLES}
    print_list("lists beside a table", [(kind, len(lists[kind]), str(most)) for kind, (_, most) in TABLES.items()])


def print_list(title: str, rows: list[tuple[str, object, str]]) -> None:
    """Print a table of names, figures and bounds."""
    print(f"\n| {title} | | at most |\n|---|---|---|")
    for name, figure, bound in rows:
        print(f"| {name} | {figure} | {bound} |")


def total(pattern: str) -> int:
    """Return the lines of the files that a pattern names."""
    return sum(path.read_text(encoding="utf-8").count("\n") for path in ROOT.glob(pattern) if path.is_file())


def module_lines() -> dict[str, int]:
    """Return the lines of each module of the product."""
    return {name: text.count("\n") for name, text in modules().items()}


def function_lines() -> dict[str, int]:
    """Return the lines of each function of the product."""
    return {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, text in modules().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.end_lineno
    }


def modules() -> dict[str, str]:
    """Return the source of each module of the product."""
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(ROOT.glob("app/**/*.py"))}


def longest(sizes: Iterable[tuple[str, int]], most: int) -> list[tuple[str, object, str]]:
    """Return the rows of the longest."""
    return [(name, size, str(most)) for name, size in sorted(sizes, key=lambda each: -each[1])[:SHOWN]]


@lru_cache(maxsize=1)
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("app", exclude_type_checking_imports=True, cache_dir=None)


def circles() -> list[list[str]]:
    """Return a shortest circle of imports through each module that is on one; each circle once."""
    graph = import_graph()
    found: dict[frozenset[str], list[str]] = {}
    for module in sorted(graph.modules):
        chains = (
            graph.find_shortest_chain(imported, module) for imported in graph.find_modules_directly_imported_by(module)
        )
        if circle := min(filter(None, chains), key=len, default=None):
            found.setdefault(frozenset(circle), [module, *circle])
    return list(found.values())


def longest_chain(package: str) -> list[str]:
    """Return a longest chain of imports within a package, where each folder is as one module."""
    graph = grimp.build_graph("app", exclude_type_checking_imports=True, cache_dir=None)
    rooms = graph.find_children(package)
    for room in rooms:
        graph.squash_module(room)

    @lru_cache
    def chain_from(room: str) -> list[str]:
        imported = graph.find_modules_directly_imported_by(room) & rooms
        return [room, *max(map(chain_from, sorted(imported)), key=len, default=[])]

    return max(map(chain_from, sorted(rooms)), key=len)


def importers(feature: str) -> list[str]:
    """Return the modules outside a feature that import one of its own."""
    graph = import_graph()
    packages = tuple(f"app.{name}" for name in FEATURES[feature])
    own = {
        each for each in graph.modules if each in packages or each.startswith(tuple(f"{name}." for name in packages))
    }
    return sorted({other for each in own for other in graph.find_modules_that_directly_import(each)} - own)


def recipes() -> dict[str, dict[str, set[str]]]:
    """Return the files of each recipe of CONTRIBUTING.md, with the names that it says stand in each."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    chapter = text[text.index("## Recipes") : text.index("## Writing")]
    found: dict[str, dict[str, set[str]]] = {}
    for title, recipe in re.findall(r"^\*\*(.+?)\*\*(.+?)(?=^\*\*|\Z)", chapter, re.MULTILINE | re.DOTALL):
        files = found.setdefault(title, {})
        for path, names in FILE.findall(recipe):
            files.setdefault(path, set()).update(re.findall(r"`(\w+)(?:\(\))?`", names))
    return found


def literals(kind: str) -> Iterator[tuple[str, int]]:
    """Yield the file and line of each literal that holds three names of a table outside it."""
    table, _ = TABLES[kind]
    for name, text in modules().items():
        if name.endswith(table):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Dict):
                keys = [key for key in node.keys if key is not None]
            elif isinstance(node, ast.List | ast.Set | ast.Tuple):
                keys = node.elts
            else:
                continue
            if len({name_in(kind, key) for key in keys} - {None}) >= LEAST:
                yield name, node.lineno


def name_in(kind: str, node: ast.expr) -> str | None:
    """Return the name of a kind that an element of a literal is: a question's column, `Status.X` or `mails.X`."""
    if kind == "questions":
        is_question = isinstance(node, ast.Constant) and node.value in QUESTIONS
        return ast.unparse(node) if is_question else None
    owner = {"statuses": "Status", "e-mails": "mails"}[kind]
    return node.attr if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith(owner) else None
