"""House rules of typography: what the interface says, in its templates and in the strings of the code."""

import ast
import re

import pytest

from app.french import unbroken
from config import ROOT

# Between a verb, or a pronoun, and the pronoun that follows.
PLAIN = re.compile(
    r"\w+(?:-t)?-(?:vous|nous|ils?|elles?|on|je|tu|moi|toi|ce|les?|la|lui|leur|y|en|mêmes?)\b|Outre-mer", re.IGNORECASE
)
# What names something: where a line breaks after « êtes- », it is seen.
NAMING = re.compile(
    r"<(h[1-6]|label|legend|button|summary|th|dt|title)\b[^>]*>(?P<element>.*?)</\1>"
    r"|\{% block heading %\}(?P<block>.*?)\{% endblock"
    # A question that a component is given.
    r'|"(?P<argument>[^"<>]* \?)"',
    re.DOTALL,
)


def words_of(html: str) -> str:
    return re.sub(r"<[^>]*>", " ", html)


def test_a_heading_a_label_or_a_button_breaks_no_line_before_a_pronoun() -> None:
    for path in ROOT.glob("templates/**/*.html"):
        for match in NAMING.finditer(path.read_text(encoding="utf-8")):
            naming = words_of(next(filter(None, match.groupdict().values()), ""))
            assert not PLAIN.search(naming), f"{path.name}: « {naming.strip()} » wants U+2011"


def test_a_label_of_the_code_breaks_no_line_before_a_pronoun() -> None:
    """Of the code's strings, those that are no sentence are labels, questions and titles."""
    for path in ROOT.glob("app/**/*.py"):
        # The instruments that read authors' words hold such words as they are typed.
        if path.is_relative_to(ROOT / "app" / "assistant"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_label(node.value):
                assert not PLAIN.search(node.value), f"{path.name}: « {node.value.strip()} » wants U+2011"


def is_label(words: str) -> bool:
    return " " in words.strip() and ". " not in words and not words.rstrip().endswith(".")


@pytest.mark.parametrize(
    "seen", ["<h1>Qui êtes-vous ?</h1>", '<label for="x">Par lui-même</label>', '{{ step(1, "Qui est-ce ?") }}']
)
def test_the_rule_sees_a_breaking_hyphen(seen: str) -> None:
    assert [match for match in NAMING.finditer(seen) if PLAIN.search(match[0])]
    assert not PLAIN.search(seen.replace("-", "\u2011"))


def test_a_name_of_ours_never_breaks_at_its_hyphens() -> None:
    assert unbroken("Provence-Alpes-Côte d’Azur") == "Provence\u2011Alpes\u2011Côte d’Azur"
