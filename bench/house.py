"""The size of the code: lines of its parts, longest modules and functions, import circles."""

import ast
from collections.abc import Iterable
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]

# A total rises by the budget that an issue names, and by nothing else: whoever takes lines away lowers it.
MOST_LINES = {
    "app/**/*.py": 41_305,
    "templates/**/*": 12_121,
    "tests/**/*.py": 63_991,
    "migrations/versions/*.py": 2_817,
}
MOST_IN_MODULE, MOST_IN_FUNCTION = 500, 60
SHOWN = 10  # rows of each list


def main() -> None:
    """Print the figures, each with its bound."""
    print_list("lines", [(pattern, total(pattern), f"{most:,}") for pattern, most in MOST_LINES.items()])
    print_list("lines of a module", longest(module_lines().items(), MOST_IN_MODULE))
    print_list("lines of a function", longest(function_lines().items(), MOST_IN_FUNCTION))
    print_list("import circles", [("", " → ".join(circle), "none") for circle in circles()])


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


def circles() -> list[list[str]]:
    """Return a shortest circle of imports through each module that is on one; each circle once."""
    graph = grimp.build_graph("app", exclude_type_checking_imports=True, cache_dir=None)
    found: dict[frozenset[str], list[str]] = {}
    for module in sorted(graph.modules):
        chains = (
            graph.find_shortest_chain(imported, module) for imported in graph.find_modules_directly_imported_by(module)
        )
        if circle := min(filter(None, chains), key=len, default=None):
            found.setdefault(frozenset(circle), [module, *circle])
    return list(found.values())
