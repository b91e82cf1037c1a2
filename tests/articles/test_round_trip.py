"""An article's source: any article comes back from it without loss, and what is no source is refused with its line."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.articles.call import Call
from app.articles.models import Article
from app.articles.passages import headings
from app.articles.source import SourceRefused, body_problems, build_article, parse_source, serialize_source
from app.cli.articles import read_source
from app.forms import tidy_line, tidy_prose
from config import ROOT
from tests.depth import DEPTH

pytestmark = pytest.mark.one_engine

SHIPPED = (ROOT / "content" / "articles" / "crpv.md").read_text(encoding="utf-8")
PROPERTY = settings(
    max_examples=DEPTH.rounds(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Front = Mapping[str, Any]

# What TOML, Markdown or French typography could trip over.
HARD = st.sampled_from(
    [
        *('"', "'", '"""', "'''", "\\", "\\n", "\\u00e9", "+++", "[call]", "[[themes]]", "slug = 1", "# x", "=", "|"),
        *(
            "« Où ? »",
            "l’œuvre",
            "10\u202f%",
            "n°\u00a03",
            "A\u2011B",
            "\u2028",
            "\x7f",
            "\ufeff",
            "🙂",
            "{{ x }}",
            "<b>",
        ),
    ]
)
LINES = st.lists(HARD | st.text(max_size=20), min_size=1, max_size=5).map(" ".join).map(tidy_line).filter(bool)
LABELS = LINES.filter(lambda line: [each.text for each in headings(f"### {line}")] == [line])
BLOCKS = st.sampled_from(
    [
        "+++",
        '+++\nslug = "ailleurs"\n+++',
        "Tableau : des chiffres\n\n|  | 2025 |\n|---|---:|\n| Une ligne | 3 |",
        "- un\n- deux",
        "> « Cité », dit-elle.  \n> Et retour.",
        "## Un intertitre",
        "Deux\\\nlignes, *et* [un lien](https://exemple.fr).",
    ]
)
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
# Names of a partner: none, typed, or chosen in a list.
MODES = st.sampled_from(["none", "typed", "listed"])


@st.composite
def articles(draw: st.DrawFn) -> Front:
    """Draw what an article says, as an admin may have written it; its themes have a passage, or not."""
    labels = draw(st.lists(LABELS, min_size=1, max_size=4, unique_by=lambda each: " ".join(each.split())))
    described = [draw(st.booleans()) for _ in labels]
    themes: list[dict[str, Any]] = [
        {"slug": f"theme-{number}", "label": label, "choice": draw(LINES), "passage": passage}
        for number, (label, passage) in enumerate(zip(labels, described, strict=True))
    ]
    other = draw(LINES)
    assume(other not in labels)
    themes.append({"slug": "autre", "label": other, "choice": draw(LINES), "passage": True})
    blocks = draw(st.lists(BLOCKS | LINES, min_size=1, max_size=6))
    blocks += [f"### {each['label']}\n\nDu texte." for each in themes[:-1] if each["passage"]]
    body = tidy_prose("\n\n".join(draw(st.permutations(blocks)))) + "\n"
    assume(not body_problems(body, [each["label"] for each in themes[:-1] if each["passage"]]))  # what the form refuses
    opens, closes = draw(st.none() | DAYS), draw(st.none() | DAYS)
    if opens and closes and closes < opens:
        opens, closes = closes, opens
    is_open = draw(st.booleans())
    front: dict[str, Any] = {
        "slug": draw(st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True)),
        "body": body,
    }
    front |= {"title": draw(LINES), "summary": draw(LINES), "published_on": draw(DAYS), "themes": themes}
    front |= {"opens_on": opens, "closes_on": closes, "online": draw(st.booleans()), "open": is_open}
    front["closed_on"] = None if is_open else draw(st.none() | DAYS)
    return front | {"call": Call.of(draw(calls()))}


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    mode = draw(MODES)
    table: dict[str, Any] = parse_source(SHIPPED)[0]["call"].table()
    table |= {name: draw(LINES) for name in ("title", "invitation", "welcome", "question", "example")}
    table["past"] = {name: draw(LINES) for name in ("account", "label", "opening")}
    if mode == "none":
        return {name: value for name, value in table.items() if name != "partner"}
    table["partner"] |= {"mode": mode, "short": draw(LINES), "the": draw(st.sampled_from(["le", "la", "l’"]))}
    if mode == "typed":
        del table["partner"]["referential"]
    return table


def facts(article: Article) -> dict[str, Any]:
    columns = [each.name for each in Article.__table__.columns if each.name not in {"id", "revision", "offline_at"}]
    themes = [(each.slug, each.label, each.choice, each.position) for each in article.themes]
    return {name: getattr(article, name) for name in columns} | {"themes": themes}


def as_written_elsewhere(text: str, ends: str) -> bytes:
    """Return a source as other systems' editors save it: a mark of order, ends of lines, a fence with spaces."""
    first, second, rest = text.split("+++\n", 2)
    return f"\ufeff{first}+++  \n{second}+++\t\n{rest}".replace("\n", ends).encode()


@pytest.mark.slow("articles drawn by the ten")
@PROPERTY
@given(front=articles(), ends=st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_article_comes_back_from_its_source(app: Flask, tmp_path: Path, front: Front, ends: str) -> None:
    with app.test_request_context(method="POST"):
        article = build_article(front, front["body"])
        text = serialize_source(article)
        path = tmp_path / "article.md"
        for raw in (text.encode(), as_written_elsewhere(text, ends)):
            path.write_bytes(raw)
            again = build_article(*parse_source(read_source(path)))
            assert facts(again) == facts(article)
            assert serialize_source(again) == text
    for name in ("title", "summary", "published_on", "body", "call"):
        assert facts(article)[name] == front[name]
    for name in ("opens_on", "closes_on", "closed_on"):
        assert getattr(article.opening, name) == front[name]


HEADER_LINES = SHIPPED.split("+++\n")[1].splitlines()
NAMED = [number for number, line in enumerate(HEADER_LINES) if "=" in line]
TOML_VALUES = (
    """3|true|["a"]|[]|[[1]]|{ a = 1 }|07:32:00|1979-05-27T07:32:00Z|nan|""|" "|-1.5|0001-01-01|9999-12-31|1989-12-31"""
    """|2100-01-01|2026-02-30|un mot|"sans fin||'''a|\\"""
)


@PROPERTY
@given(number=st.sampled_from(NAMED), value=st.sampled_from(TOML_VALUES.split("|")))
def test_a_value_of_another_kind_is_refused_at_its_line_or_is_one_of_its_kind(number: int, value: str) -> None:
    lines = list(HEADER_LINES)
    name = lines[number].split("=")[0].strip()
    lines[number] = f"{name} = {value}"
    text = "\n".join(["+++", *lines, "+++", SHIPPED.split("+++\n", 2)[2]])
    is_composed = name in {"invitation", "example", "short"} and value in {'""', '" "'}
    if is_composed or (name, value) in {("online", "true"), ("open", "true")}:
        parse_source(text)
        return
    with pytest.raises(SourceRefused) as refused:
        parse_source(text)
    problems = [str(each) for each in refused.value.args]
    assert all(problem.startswith("Ligne ") for problem in problems)
    if "'''" not in value:  # its end is looked for until the next one
        assert any(problem.startswith(f"Ligne {number + 2} ") for problem in problems), problems


def test_a_broken_header_is_one_sentence(subtests: pytest.Subtests) -> None:
    for was, becomes, sentence in [
        ("+++\n", "", "Ligne 1 : un article commence par son en-tête"),
        ("\n+++\n", "\n", "Ligne 1 : cet en-tête ne finit pas : une seconde ligne « +++ »"),
        ('slug = "autre"', 'slug = "reste"', "ici manque l’articulation « autre », que tout article garde"),
        ("+++\n", '+++\n"titre long" = 1\n', "Ligne 2 : « titre long » n’est pas un nom que l’en-tête connaît."),
        ("+++\n", "+++\nclosed_on = 2026-11-02\n", "Ligne 2 : « closed_on » dit depuis quand l’appel est clos"),
        ("+++\n", "+++\nopen = true\nclosed_on = 2026-11-02\n", "Ligne 3 : « closed_on »"),
        ('mode = "listed"', 'mode = "typed"', "« call.partner.referential » nomme une liste"),
    ]:
        with subtests.test(was=was, becomes=becomes, sentence=sentence):
            assert was in SHIPPED
            with pytest.raises(SourceRefused) as refused:
                parse_source(SHIPPED.replace(was, becomes, 1))
            assert sentence in str(refused.value)


def test_an_article_without_a_text_is_refused() -> None:
    header = SHIPPED.split("+++\n")[1]
    with pytest.raises(SourceRefused, match="l’article n’a pas de texte"):
        parse_source(f"+++\n{header}+++")
