"""House rules of typography: what the interface says, in its templates and in the strings of the code."""

import ast
import re
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.french import unbroken
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from config import ROOT
from tests.acts import readable
from tests.visitor import Visitor

REGION = "Provence-Alpes-Côte d’Azur"
WHOLE = "Provence\u2011Alpes\u2011Côte d’Azur"

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


# What is written after « de » in a template, and what may be: a number, and what begins by a consonant of ours.
AFTER_DE = re.compile(r"\b[Dd]e\s+(?:<[^>]*>\s*|\{%[^%]*%\}\s*)*(\{\{.*?\}\})")
AS_IT_IS = re.compile(r"\{\{ ?(?:count\(|reported\(|[\w.]+\|length|the_article)")
# Of the code, likewise.
IN_CODE = {"MOST_SHEETS", "kind", "names.this_other", "self.definite", "taken[slug].name", "who", "whom"}


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


def test_names_stand_after_de_by_the_filter_that_elides() -> None:
    for path in (each for each in ROOT.glob("templates/**/*.*")):
        for name in AFTER_DE.findall(path.read_text(encoding="utf-8")):
            assert AS_IT_IS.match(name), f"{path.name}: « de {name} » wants « |of »"
    for path in ROOT.glob("app/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for before, name in pairwise(node.values) if isinstance(node, ast.JoinedStr) else ():
                is_after_de = isinstance(before, ast.Constant) and re.search(r"\b[Dd]e $", str(before.value))
                if is_after_de and isinstance(name, ast.FormattedValue):
                    assert ast.unparse(name.value) in IN_CODE, f"{path.name}: {ast.unparse(node)} wants french.of()"


def is_label(words: str) -> bool:
    return " " in words.strip() and ". " not in words and not words.rstrip().endswith(".")


@pytest.mark.parametrize(
    "seen", ["<h1>Qui êtes-vous ?</h1>", '<label for="x">Par lui-même</label>', '{{ step(1, "Qui est-ce ?") }}']
)
def test_the_rule_sees_a_breaking_hyphen(seen: str) -> None:
    assert [match for match in NAMING.finditer(seen) if PLAIN.search(match[0])]
    assert not PLAIN.search(seen.replace("-", "\u2011"))


def test_a_name_of_ours_never_breaks_at_its_hyphens() -> None:
    assert unbroken(REGION) == WHOLE


def test_pages_break_no_region_and_machines_get_its_name(app: Flask, visitor: Visitor, session: Session) -> None:
    marseille = session.get_one(Department, "13")
    account = f"Nous avons écrit à {REGION}, et tout a commencé là. " * 5
    kept: dict[str, Any] = {"department": marseille, "account": account, "clsm": "CLSM de Ville-Exemple"}
    unnamed = readable(session, 1, attribution=Attribution.REGION, **kept)
    named = readable(session, 2, attribution=Attribution.CLSM, **kept)
    article = visitor.get("/articles/crpv").page
    lines = [each.get_text() for each in article.select(".byline, .facts")]
    assert any(f"Un CLSM, en région {WHOLE}" in line for line in lines)
    assert any(line.startswith(f"{WHOLE} · ") for line in lines), "a caption"
    assert not [line for line in lines if REGION in line]
    found = visitor.get("/articles/crpv?mots=provence").page.select(".card .byline, .card .facts")
    assert {WHOLE in each.get_text() for each in found if "Provence" in each.get_text()} == {True}
    for one, line in ((unnamed, f"Un CLSM, en région {WHOLE}"), (named, "CLSM de Ville-Exemple")):
        page = visitor.get(f"/temoignages/{one.public_id}").page
        assert page.select("h1 + .byline")[0].get_text() == line
        assert WHOLE in page.select(".sheet .facts")[0].get_text()
        assert REGION in page.select(".prose")[0].get_text(), "an author's words are as written"
    for outlet in ("/api/v1/articles/crpv/testimonials", "/articles/crpv/flux.atom"):
        text = app.test_client().get(outlet).text
        assert "Provence-Alpes-C" in text
        assert "Provence\u2011" not in text
        assert "Provence\\u2011" not in text, "JSON may escape it"
