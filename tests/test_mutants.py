"""`./dev mutants`: the mutants of a module, and the report of a run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutants_operators import mutants

ROOT = Path(__file__).parents[1]

# A line, and its mutants.
LINES: dict[str, set[str]] = {
    "x = a < b": {"x = a <= b"},
    "x = a >= b": {"x = a > b"},
    "x = a == b != c": {"x = a != b != c", "x = a == b == c"},
    "x = a in b": {"x = a not in b"},
    "x = a is not b": {"x = a is b"},
    "x = not a": {"x = a"},
    "x = a and (b or c)": {
        "x = a or (b or c)",
        "x = (b or c)",
        "x = a",
        "x = a and (b and c)",
        "x = a and (c)",
        "x = a and (b)",
    },
    "x = a + b": {"x = a - b"},
    "x = a | b": {"x = a & b", "x = a", "x = b"},
    "x = 7": {"x = 8", "x = 6"},
    "x = True": {"x = False"},
    "x = y[-1:]": {"x = y[-2:]", "x = y[-0:]"},
    "x = f('a', 'two words')": {"x = f('ax', 'two words')"},
    "x = f('')": set(),
    "x = a == ''": {"x = a != ''", "x = a == 'x'"},
    "x = min(a, b)": {"x = max(a, b)"},
    "x = y.min(a)": set(),
    "x = y.desc()": {"x = y.asc()"},
    "x = f(a, b=c, d=True)": {"x = f(a, d=True)", "x = f(a, b=c, d=False)"},
    "x = f(a, **b)": {"x = f(a)"},
    "x = y.where(a, (b))": {"x = y.where((b))", "x = y.where(a)"},
    "x = y.order_by(a)": {"x = y.order_by()"},
    "x = y.in_((a, b))": {"x = y.not_in((a, b))", "x = y.in_((b,))", "x = y.in_((a,))"},
    "x = (a, b)": set(),
    "x = (a, b, c)": {"x = (b, c)", "x = (a, c)", "x = (a, b)"},
    "x = {a, b}": {"x = {b}", "x = {a}"},
    "x = {a: b, c: d}": {"x = {c: d}", "x = {a: b}", "x = {a: d, c: d}", "x = {a: b, c: b}"},
    "x = {a: 'b', **c}": {"x = {**c}", "x = {a: 'b'}"},
    "x = a if b else c": {"x = a if not (b) else c"},
    "x = [y for y in z if y]": {"x = [y for y in z if not (y)]"},
    "x += y": {"x -= y", "pass"},
    "x.y = z": {"pass"},
    "x.y, x['z'] = z": {"x.y, x['zx'] = z", "pass"},
    "f(x)": {"pass"},
    "raise f": {"pass"},
    "x: 'list[int]' = y": set(),
    "x = 'é' < 2": {"x = 'éx' < 2", "x = 'é' <= 2", "x = 'é' < 3", "x = 'é' < 1"},
}

# Code without effect at run time: docstrings, messages, annotations.
UNSEEN = '''"""A module."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["a", "b", "c"]
logging.info("1", 2)


@dataclass(frozen=True)
class A:
    """A class."""

    a: "Decimal | int" = field(repr=False)

    def __repr__(self) -> str:
        return "A" + self.a


def f(a: Literal["b", "c", "d"]) -> "e | f":
    """Return a text."""
    return f"{a + 1}"
'''

FUNCTION = """
def f(a) -> int | None:
    for b in a:
        if b:
            continue
        return b
    return None
"""


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_these_mutants(line: str) -> None:
    assert {mutant.after for mutant in mutants(line)} == LINES[line]
    assert {mutant.before for mutant in mutants(line)} <= {line}


def test_equivalent_code_has_no_mutant() -> None:
    assert mutants(UNSEEN) == []


def test_statements_of_a_function_have_mutants_where_they_stand() -> None:
    lines = [(mutant.line, mutant.after.strip(), [*mutant.statement]) for mutant in mutants(FUNCTION)]
    assert lines == [(4, "if not (b):", [4]), (5, "break", [5]), (6, "return None", [6])]


def test_a_mutant_is_the_whole_module_with_one_thing_changed() -> None:
    source = "A = {\n    # one\n    'a': 1,\n    'b': 'c',\n}\n"
    assert [(each.before, each.after) for each in mutants(source)][-1] == ("    'b': 'c',", "")
    assert all(each.statement == range(1, 6) and each.names == ("A",) for each in mutants(source))
    assert "A = {\n    # one\n    'a': 2,\n    'b': 'c',\n}\n" in [each.text for each in mutants(source)]


MODULE = """
LIMIT = 2


def is_many(count):
    return count > LIMIT


def smallest(counts):
    if not counts:
        return 0
    return min(counts)


def is_any(count):
    return count > 0 or count < 0
"""

TESTS = """
from app.counting import is_any, is_many, smallest


def test_more_than_two_is_many():
    assert is_many(3) and not is_many(2)


def test_the_smallest_is_found():
    assert smallest([2, 1]) == 1


def test_one_is_any():
    assert is_any(1) and not is_any(0)


def test_that_fails_by_itself():
    assert not is_any(1)
"""

LISTED = """
[[accepted]]
module = "app/counting.py"
before = "return count > 0 or count < 0"
after = "return count > 0"
why = "Nobody counts below nothing."

[[accepted]]
module = "app/counting.py"
before = "return count > LIMIT"
after = "return count >= LIMIT"
why = "Not so."

[[accepted]]
module = "app/counting.py"
before = "return counts"
after = "return"
why = "Long gone."
"""

REPORT = """\
app/counting.py:11 survived 0 of 0 tests
-         return 0
+         return 1
app/counting.py:11 survived 0 of 0 tests
-         return 0
+         return -1
app/counting.py:16 survived 1 of 1 tests
-     return count > 0 or count < 0
+     return count > 0 or count < -1
bench/mutants.toml: a mutant listed for app/counting.py is killed
- return count > LIMIT
+ return count >= LIMIT
bench/mutants.toml: a mutant listed for app/counting.py does not exist any more
- return counts
+ return
not asked, because it fails although nothing is mutated: tests/test_counting.py::test_that_fails_by_itself
app/counting.py: 16 mutants, 12 killed (0 took too long), 1 equivalent or accepted, 3 survived: \
80.0% of those to kill
"""


def test_a_run_reports_killed_surviving_and_accepted_mutants(tmp_path: Path) -> None:
    files = {"app/__init__.py": "", "app/counting.py": MODULE, "tests/test_counting.py": TESTS}
    for name, text in (files | {"bench/mutants.toml": LISTED}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "bench.mutants", "app/counting.py", "--jobs", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # The command and where it runs are written here.
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # the command is ours
    assert run.stdout == REPORT, run.stderr
    assert run.returncode == 1
