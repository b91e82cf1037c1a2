"""The shape of `app/`: lines, shares of packages, modules per folder, names defined twice too often, import circles."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES, MOST_IN_MODULE, MOST_MODULES, MOST_SHARE, MOST_HOMES = 17_000, 300, 24, 0.25, 3
COMMON_NAMES = {"blueprint", "init_app", "rebuild"}
SHOWN = 10  # rows of each list


def main() -> None:
    """Print the figures, each with its limit."""
    lines = {path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    total = sum(lines.values())
    packages: Counter[str] = Counter()
    for path, number in lines.items():
        packages[path.parts[1]] += number
    folders = Counter(str(path.parent) for path in lines)
    print_list("lines of app/", [("all", total, f"≤ {MOST_LINES:,}")])
    print_list(
        "share",
        [(name, f"{number / total:.1%}", f"≤ {MOST_SHARE:.0%}") for name, number in packages.most_common(SHOWN)],
    )
    print_list(
        "modules in a folder", [(name, number, f"≤ {MOST_MODULES}") for name, number in folders.most_common(SHOWN)]
    )
    longest = sorted(lines, key=lines.__getitem__, reverse=True)[:SHOWN]
    print_list("lines of a module", [(str(path), lines[path], f"≤ {MOST_IN_MODULE}") for path in longest])
    print_list(
        f"names in more than {MOST_HOMES} modules",
        [(name, ", ".join(homes), "none") for name, homes in repeated_names()],
    )
    print_list("import circles", [("", " → ".join(circle), "none") for circle in circles()])


def modules() -> list[Path]:
    """Return the modules of the product."""
    return sorted((ROOT / "app").rglob("*.py"))


def print_list(title: str, rows: list[tuple[str, object, str]]) -> None:
    """Print a table of names, figures and limits."""
    print(f"\n| {title} | | limit |\n|---|---|---|")
    for name, figure, limit in rows:
        print(f"| {name} | {figure} | {limit} |")


def repeated_names() -> list[tuple[str, list[str]]]:
    """Return the names that too many modules define at top level, with these modules."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for path in modules():
        for name in set(defined_names(ast.parse(path.read_text(encoding="utf-8")))) - COMMON_NAMES:
            homes[name].append(".".join(path.relative_to(ROOT / "app").with_suffix("").parts))
    return sorted((name, where) for name, where in homes.items() if len(where) > MOST_HOMES)


def defined_names(module: ast.Module) -> Iterator[str]:
    """Yield the functions, classes and constants of a module; views of routes are named after their pages."""
    for node in module.body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=decorators):
                if not any(ast.unparse(each).startswith("blueprint.") for each in decorators):
                    yield name
            case (
                ast.ClassDef(name=name)
                | ast.AnnAssign(target=ast.Name(id=name))
                | ast.TypeAlias(name=ast.Name(id=name))
            ):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
            case _:
                pass


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
