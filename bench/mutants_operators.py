"""The mutants of a module: its text with one small thing wrong, where a test could notice."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Each operator: as it is written, and what it is swapped for. The first are swapped for what says the contrary.
OPPOSITES: dict[type, tuple[str, str]] = {ast.Eq: ("==", "!="), ast.NotEq: ("!=", "==")}
OPPOSITES |= {ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is")}
OPPOSITES |= {ast.In: ("in", "not in"), ast.NotIn: ("not in", "in")}
SIGNS = OPPOSITES | {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")}
SIGNS |= {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.Pow: ("**", "*")}
SIGNS |= {ast.And: ("and", "or"), ast.Or: ("or", "and"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&")}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "and_": "or_", "or_": "and_"}
METHODS = {"desc": "asc", "asc": "desc", "in_": "not_in", "not_in": "in_", "is_": "is_not", "is_not": "is_"}
# Calls where each argument is one more condition, or one more term of an order.
GATHERING = frozenset({"where", "filter", "having", "order_by", "and_", "or_", "options"})
# What is said to programmers and type checkers alone: no test could notice.
UNSEEN_FIELDS = frozenset({"annotation", "returns", "type_params"})
UNSEEN_NAMES = frozenset({"__all__", "__repr__", "TYPE_CHECKING", "logger", "logging", "log", "warnings"})
UNSEEN_KEYWORDS = frozenset({"repr", "frozen", "slots", "kw_only"})
PROSE = re.compile(r"\w,? \w")

Node = ast.expr | ast.stmt | ast.keyword
Edits = list[tuple[int, int, str]]


@dataclass(frozen=True)
class Mutant:
    """One mutant: what it changes, and where."""

    line: int
    before: str
    after: str
    statement: range
    """The lines of the statement that is changed; those of its head, if it has a body."""
    names: tuple[str, ...]
    """The names by which other code speaks of it, from the innermost outwards."""
    text: str
    """The whole module, mutated."""


def mutants(source: str) -> list[Mutant]:
    """Return the mutants of a module that Python can compile, each once, in the order of its lines."""
    text = Text(source)
    every = (text.mutant(node, edits) for node in text.seen(text.tree) for edits in changes(node, text))
    each_once = {mutant.text: mutant for mutant in every if is_python(mutant.text) and mutant.text != source}
    return sorted(each_once.values(), key=lambda mutant: mutant.line)


def is_python(text: str) -> bool:
    """Say whether a text compiles."""
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def changes(node: ast.AST, text: "Text") -> Iterator[Edits]:  # noqa: C901, PLR0912  # a table, one line an operator
    """Yield what can be changed at a node."""
    match node:
        case ast.Compare():
            for operator, sides in zip(node.ops, pairwise([node.left, *node.comparators]), strict=True):
                yield text.swapped(operator, *sides)
        case ast.BoolOp():
            yield [edit for sides in pairwise(node.values) for edit in text.swapped(node.op, *sides)]
            yield from text.dropped(node.values)
        case ast.BinOp(op=operator, left=left, right=right):
            yield text.swapped(operator, left, right)
            yield from text.dropped([left, right]) if isinstance(operator, ast.BitAnd | ast.BitOr) else ()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield [(text.start(node), text.start(operand), "")]
        case ast.If(test=condition) | ast.While(test=condition) | ast.IfExp(test=condition):
            yield text.negated(condition)
        case ast.comprehension(ifs=conditions):
            yield from map(text.negated, conditions)
        case ast.Constant(value=bool(value)):
            yield text.replaced(node, str(not value))
        case ast.Constant(value=int(value)):
            yield from (text.replaced(node, str(value + step)) for step in (1, -1))
        case ast.Constant(value=str(words)) if not PROSE.search(words) and is_telling(words, text.parents[node]):
            quote = text.end(node) - (3 if text.source[: text.end(node)].endswith(('"""', "'''")) else 1)
            yield [(quote, quote, "x")]
        case ast.Call():
            yield from called(node, text)
        case ast.Set(elts=items) | ast.List(elts=items) if len(items) > 1:
            yield from text.dropped(items)
        case ast.Tuple(elts=items, ctx=ast.Load()) if is_choice(node, text.parents[node]):
            comma: Edits = [] if items[2:] else [(text.end(node) - 1, text.end(node) - 1, ",")]
            yield from (edits + comma for edits in text.dropped(items))
        case ast.Dict(keys=keys, values=values) if len(values) > 1:
            # What `**` unpacks has no key, and starts two signs before its value.
            starts = [
                text.span(key)[0] if key else text.start(value) - 2 for key, value in zip(keys, values, strict=True)
            ]
            yield from text.cut([(start, text.span(value)[1]) for start, value in zip(starts, values, strict=True)])
            named = {value: ast.unparse(value) for value in values if isinstance(value, ast.Name | ast.Attribute)}
            others = list(dict.fromkeys(named.values()))
            yield from (
                text.replaced(value, others[(others.index(word) + 1) % len(others)]) for value, word in named.items()
            )
        case ast.Return(value=ast.expr() as returned) if text.may_be_none(node):
            yield text.replaced(returned, "None")
        case ast.Assign(targets=targets) if not any(isinstance(each, ast.Name) for each in unpacked(targets)):
            yield text.replaced(node, "pass")
        case ast.AugAssign():
            yield text.swapped(node.op, node.target, node.value)
            yield text.replaced(node, "pass")
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Delete():
            yield text.replaced(node, "pass")
        case ast.Break() | ast.Continue():
            yield text.replaced(node, "continue" if isinstance(node, ast.Break) else "break")
        case _:
            pass


def called(node: ast.Call, text: "Text") -> Iterator[Edits]:
    """Yield what can be changed in a call: what is called, and with what."""
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if other := (FUNCTIONS if isinstance(node.func, ast.Name) else METHODS).get(name):
        yield [(text.end(node.func) - len(name), text.end(node.func), other)]
    # Where a keyword says yes or no, saying the other is enough.
    wanted: list[Node] = [
        each
        for each in node.keywords
        if not is_unseen(each) and not (isinstance(each.value, ast.Constant) and isinstance(each.value.value, bool))
    ]
    wanted += node.args if name in GATHERING else []
    row: list[Node] = sorted([*node.args, *node.keywords], key=text.start)
    yield from (edits for item, edits in zip(row, text.dropped(row), strict=True) if item in wanted)


def is_telling(words: str, parent: ast.AST) -> bool:
    """Say whether something depends on a text; an empty argument most often stands for none."""
    is_argument = isinstance(parent, ast.Call | ast.keyword) and words != ""
    return is_argument or isinstance(parent, ast.Compare | ast.Subscript | ast.Attribute | ast.Return)


def is_choice(node: ast.Tuple, parent: ast.AST) -> bool:
    """Say whether a tuple can do without one: two are a pair, unless they are a choice or unpacked."""
    among = isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") in {"in_", "not_in"}
    is_pair = len(node.elts) < 3 and not isinstance(parent, ast.Compare | ast.excepthandler | ast.Starred)  # noqa: PLR2004  # two
    return not isinstance(parent, ast.Subscript) and (among or not is_pair)


def unpacked(targets: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """Yield what is assigned to."""
    for target in targets:
        yield from unpacked(target.elts) if isinstance(target, ast.Tuple | ast.List) else [target]


def is_unseen(node: ast.AST) -> bool:
    """Say whether a node is nothing that a test could notice."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.keyword(arg=name):
            return name in UNSEEN_KEYWORDS
        case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]) | ast.If(test=ast.Name(id=name)):
            return name in UNSEEN_NAMES
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in UNSEEN_NAMES
        case _:
            return False


class Text:
    """A module's text and its tree: where each node stands, and what it is part of."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = ast.parse(source)
        self.lines = source.splitlines(keepends=True)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def seen(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes that a test could notice."""
        if not is_unseen(node):
            yield node
            for field, value in ast.iter_fields(node):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST) and field not in UNSEEN_FIELDS:
                        yield from self.seen(child)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield a node and what it is part of, outwards."""
        yield node
        if node in self.parents:
            yield from self.above(self.parents[node])

    def mutant(self, node: ast.AST, edits: Edits) -> Mutant:
        """Return the mutant that edits at a node make."""
        mutated = self.source
        for start, end, put in sorted(edits, reverse=True):
            mutated = mutated[:start] + put + mutated[end:]
        old, new = self.source.splitlines(), mutated.splitlines()
        same, tail, shorter = 0, 0, min(len(old), len(new))
        while same < shorter and old[same] == new[same]:
            same += 1
        while tail < shorter - same and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        before, after = ("\n".join(lines[same : len(lines) - tail]) for lines in (old, new))
        statements = [each for each in self.above(node) if isinstance(each, ast.stmt | ast.excepthandler)]
        names = tuple(name for each in statements for name in self.names(each))
        return Mutant(same + 1, before, after, head(statements[0]), names, mutated)

    def names(self, statement: ast.AST) -> list[str]:
        """Return the names that a statement binds, but for the variables of a function."""
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                return [name]
            case ast.Assign() | ast.AnnAssign() if not any(
                isinstance(x, ast.FunctionDef) for x in self.above(statement)
            ):
                bound = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
                return [each.id for each in bound if isinstance(each.ctx, ast.Store)]
            case _:
                return []

    def may_be_none(self, node: ast.AST) -> bool:
        """Say whether the function promises None among what it returns, where a node returns."""
        function = next(each for each in self.above(node) if isinstance(each, ast.FunctionDef))
        return function.returns is not None and "None" in ast.unparse(function.returns)

    def start(self, node: Node) -> int:
        """Return where a node starts."""
        return self._at(node.lineno, node.col_offset)

    def end(self, node: Node) -> int:
        """Return where a node has ended."""
        return self._at(node.end_lineno or 0, node.end_col_offset or 0)

    def _at(self, line: int, column: int) -> int:
        # The parser counts columns in bytes.
        return sum(map(len, self.lines[: line - 1])) + len(self.lines[line - 1].encode()[:column].decode())

    def replaced(self, node: Node, put: str) -> Edits:
        """Return the edit that puts something in a node's place."""
        return [(self.start(node), self.end(node), put)]

    def negated(self, node: ast.expr) -> Edits:
        """Return the edits that negate a condition, unless a change within it says the same."""
        match node:
            case ast.UnaryOp(op=ast.Not()):
                return []
            case ast.Compare(ops=[operator]) if type(operator) in OPPOSITES:
                return []
            case _:
                return [(self.start(node), self.start(node), "not ("), (self.end(node), self.end(node), ")")]

    def swapped(self, operator: ast.AST, left: Node, right: Node) -> Edits:
        """Return the edit that swaps the operator between two nodes for another."""
        old, new = SIGNS.get(type(operator), ("", ""))
        place = self.source.index(old, self.end(left))
        return [(place, place + len(old), new)] if old and place < self.start(right) else []

    def dropped(self, items: Sequence[Node]) -> Iterator[Edits]:
        """Yield the edits that each drop one of some items in a row."""
        if len(items) == 1:
            yield self.replaced(items[0], "")
        else:
            yield from self.cut([self.span(item) for item in items])

    def cut(self, spans: Sequence[tuple[int, int]]) -> Iterator[Edits]:
        """Yield the edits that each cut one of several stretches, and what parts it from its neighbour."""
        for i, (start, end) in enumerate(spans):
            yield [(start, spans[i + 1][0], "") if i + 1 < len(spans) else (spans[i - 1][1], end, "")]

    def span(self, node: Node) -> tuple[int, int]:
        """Return where one node of several in a row starts and has ended, with its own brackets."""
        start, end = self.start(node), self.end(node)
        while (before := self.source[:start].rstrip()).endswith("(") and self.source[end:].lstrip().startswith(")"):
            start, end = len(before) - 1, self.source.index(")", end) + 1
        return start, end


def head(statement: ast.stmt | ast.excepthandler) -> range:
    """Return the lines of a statement, without those of its body."""
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", []))])
    body = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt | ast.excepthandler)]
    last = body[0].lineno - 1 if body else statement.end_lineno or first
    return range(first, max(first, last) + 1)
