"""The sanitizer: text reads as typed, and none of its HTML runs."""

import re
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import bleach
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from sqlalchemy.dialects import sqlite

from app.assistant.kinds import HintKind
from app.sanitize import (
    SafeHTML,
    annotated_html,
    annotated_line,
    article_html,
    init_app,
    prose_html,
    quoted_html,
    spaced,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe src="javascript:alert(1)">',
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{display:none}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<p onclick=alert(1)>x",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
)


@pytest.mark.parametrize("text", [*HOSTILE, "a<b et c>d", "R&D", "« 5 < 6 »"])
def test_prose_reads_as_typed_and_holds_paragraphs_only(text: str) -> None:
    page = BeautifulSoup(prose_html(text), "html.parser")
    assert {tag.name for tag in page.find_all(True)} <= {"p", "br"}
    assert all(not tag.attrs for tag in page.find_all(True))
    assert page.get_text().replace("\u00a0", " ") == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], include_characters=" \n<>&\"'")))
def test_any_prose_keeps_its_words(text: str) -> None:
    page = BeautifulSoup(prose_html(text), "html.parser")
    assert {tag.name for tag in page.find_all(True)} <= {"p", "br"}
    assert page.get_text(" ").split() == text.split()


@given(st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\x00\x0b\x0c\r\x1f \n<>&\"'»"))))
def test_any_prose_is_what_bleach_makes_of_its_paragraphs(text: str) -> None:
    """A text without a sign of HTML does not pass through bleach, which would leave it as it is."""
    blocks = [block for block in re.split(r"\n\s*\n", spaced(text).strip()) if block]
    paragraphs = "".join(f"<p>{escape(block)}</p>".replace("\n", "<br>") for block in blocks)
    cleaned = bleach.clean(paragraphs, tags={"p", "br"}, attributes={})
    assert str(prose_html(text)) == cleaned
    assert str(annotated_html(text.strip(), [])) == cleaned


def test_blank_lines_split_paragraphs_and_single_ones_break() -> None:
    assert str(prose_html("un\ndeux\n\n\ntrois")) == "<p>un<br>deux</p><p>trois</p>"
    assert str(prose_html("   \n ")) == ""


def test_an_article_keeps_its_structure_and_loses_other_tags() -> None:
    html = article_html('<h3 id="x">T</h3><p><a href="https://a.fr" onclick="x">l</a><script>x</script></p>')
    assert str(html) == '<h3>T</h3><p><a href="https://a.fr">l</a>&lt;script&gt;x&lt;/script&gt;</p>'
    assert "javascript" not in article_html('<a href="javascript:x">l</a>')


def test_an_article_keeps_each_tag_that_markdown_makes() -> None:
    for tag in ("a", "blockquote", "code", "em", "h2", "h3", "h4", "li", "ol", "p", "strong", "ul"):
        assert str(article_html(f"<{tag}>mot</{tag}>")) == f"<{tag}>mot</{tag}>"
    assert str(article_html("un<br>deux<hr>trois")) == "un<br>deux<hr>trois"
    for tag in ("h1", "h5", "section", "span", "img", "iframe", "mark", "colgroup"):
        assert f"<{tag}" not in article_html(f"<{tag}>mot</{tag}>")


def test_an_article_keeps_tables_in_their_box_and_no_other_attribute() -> None:
    box = '<div aria-label="a" class="table" role="region" tabindex="0">'
    table = '<table><caption>c</caption><thead><tr><th class="end" scope="col">h</th></tr></thead></table>'
    assert str(article_html(f"{box}{table}</div>")) == f"{box}{table}</div>"
    for hostile in (
        '<div class="masthead">',
        '<div role="alert">',
        '<div tabindex="1">',
        '<div style="position:fixed">',
        '<div id="contenu">',
        '<div onfocus="x">',
    ):
        assert str(article_html(f"{hostile}mot</div>")) == "<div>mot</div>"
    cell = '<td class="note" colspan="9" scope="row" style="color:red" aria-label="x">mot</td>'
    assert str(article_html(f"<table><tr>{cell}</tr></table>")) == "<table><tbody><tr><td>mot</td></tr></tbody></table>"


def test_an_article_keeps_links_of_three_protocols_with_their_titles() -> None:
    for address in ("http://a.fr", "https://a.fr", "mailto:a@b.fr", "/charte", "#retours"):
        link = f'<a href="{address}" title="Un titre">mot</a>'
        assert str(article_html(link)) == link
    for address in ("javascript:x", "data:text/html,x", "ftp://a.fr", "vbscript:x"):
        assert str(article_html(f'<a href="{address}">mot</a>')) == "<a>mot</a>"


def test_french_spaces_no_longer_break() -> None:
    assert spaced("« Oui ? » : non ; si !") == "«\u00a0Oui\u202f?\u00a0»\u00a0: non\u202f; si\u202f!"
    assert spaced("10:30, http://x.fr") == "10:30, http://x.fr"


@dataclass(frozen=True)
class Marked:
    """A mark, as the sanitizer needs it."""

    number: int
    start: int
    end: int
    kind: HintKind


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], include_characters=" \n<>&\"'")),
    st.lists(st.integers(0, 60), max_size=8, unique=True).map(sorted),
)
def test_an_annotated_text_keeps_its_words_and_has_unique_ids(text: str, cuts: list[int]) -> None:
    marks = [
        Marked(number, start, end, HintKind.NAME)
        for number, (start, end) in enumerate(pairwise(cuts))
        if end <= len(text)
    ]
    page = BeautifulSoup(annotated_html(text, marks), "html.parser")
    names = [tag["id"] for tag in page.find_all("mark", id=True)]
    assert len(names) == len(set(names))
    for call in page.find_all("a"):
        call.decompose()
    assert {tag.name for tag in page.find_all(True)} <= {"p", "br", "mark"}
    assert "".join(page.get_text("").split()) == "".join(spaced(text).split())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_marked_passage_contains_no_active_html(hostile: str) -> None:
    for html in (
        annotated_html(f"a {hostile} b", [Marked(1, 1, 2 + len(hostile), HintKind.LINK)]),
        annotated_line(f"a {hostile} b", [Marked(1, 3, len(hostile), HintKind.LINK)]),
    ):
        page = BeautifulSoup(html, "html.parser")
        assert {tag.name for tag in page.find_all(True)} <= {"p", "br", "mark", "a", "span"}
        assert {name for tag in page.find_all(True) for name in tag.attrs} <= {
            "class",
            "id",
            "title",
            "href",
            "aria-describedby",
        }
        assert {link["href"] for link in page.find_all("a")} == {"#note-1"}


def test_a_passage_over_two_paragraphs_has_one_name_and_one_note() -> None:
    page = BeautifulSoup(annotated_html("un deux\n\ntrois", [Marked(1, 3, 12, HintKind.SPAM)]), "html.parser")
    assert [mark.get_text() for mark in page.find_all("mark")] == ["deux", "tro"]
    assert [mark.get("id") for mark in page.find_all("mark")] == ["passage-1", None]
    assert len(page.find_all("a")) == 1


@pytest.mark.parametrize(
    ("cuts", "words"),
    [
        ([(0, 2), (9, 14)], ["un", "trois"]),
        ([(3, 9)], ["deux"]),
        ([(7, 14)], ["trois"]),
        ([(7, 9)], []),
    ],
    ids=["one in each paragraph", "up to the second", "from the end of the first", "between the two"],
)
def test_a_passage_is_marked_in_the_paragraphs_it_runs_over_and_in_no_other(
    cuts: list[tuple[int, int]], words: list[str]
) -> None:
    marks = [Marked(number, start, end, HintKind.NAME) for number, (start, end) in enumerate(cuts, 1)]
    page = BeautifulSoup(annotated_html("un deux\n\ntrois", marks), "html.parser")
    assert [mark.get_text() for mark in page.find_all("mark")] == words


NOTED_LINK = (
    '<mark class="hint" id="passage-7" title="Lien\u00a0: Ouvrez-le avant de publier. Laissez-le s’il mène où le texte '
    'le dit\u202f; masquez-le sinon.">a.fr</mark><a class="hint__call" href="#note-7" '
    'aria-describedby="pourquoi-link"><span class="hidden">Note </span>7<span class="hint__kind">, Lien</span></a>'
)


def test_a_marked_passage_says_why_and_leads_to_its_note() -> None:
    marks = [Marked(7, 5, 9, HintKind.LINK)]
    assert str(annotated_line("Voir a.fr & <b> !", marks)) == f"Voir {NOTED_LINK} &amp; &lt;b&gt;\u202f!"
    assert str(annotated_html("Voir a.fr & <b> !", marks)) == f"<p>Voir {NOTED_LINK} &amp; &lt;b&gt;\u202f!</p>"


def test_an_annotated_text_has_the_paragraphs_and_breaks_of_prose() -> None:
    assert str(annotated_html("un\ndeux\n\n\ntrois\n \n", [])) == "<p>un<br>deux</p><p>trois</p>"
    assert str(annotated_line("un\ndeux", [])) == "un<br>deux"


def test_templates_have_the_filters_that_make_text_safe() -> None:
    app = Flask("templates")
    init_app(app)
    template = app.jinja_env.from_string(
        "{{ text|prose }} {{ text|spaced }} {{ text|annotated([]) }} {{ text|annotated_line([]) }} {{ text|quoted }}"
    )
    quoted = "<p><span>«\u202f</span>a\u202f!\u202f»</p>"
    assert template.render(text="a !") == f"<p>a\u202f!</p> a\u202f! <p>a\u202f!</p> a\u202f! {quoted}"
    chapter = app.jinja_env.from_string("{% set head, text = html|within_chapter %}{{ head }} | {{ text }}")
    assert chapter.render(html=Markup("<h2>Un</h2><h3>Deux</h3>")) == "<h3>Un</h3> | <h4>Deux</h4>"
    assert chapter.render(html=Markup("<p>Un</p><h2>Deux</h2>")) == " | <p>Un</p><h3>Deux</h3>"


def test_of_quoted_words_the_first_guillemet_alone_hangs() -> None:
    html = "<p><span>«\u202f</span>Un «\u202fmot\u202f».\u202f»</p>"
    assert str(quoted_html("Un «\u202fmot\u202f».")) == html


def test_a_safe_html_column_takes_markup_only() -> None:
    column, dialect = SafeHTML(), sqlite.dialect()
    bound = column.process_bind_param(Markup("<p>mot</p>"), dialect)
    assert (type(bound), bound) == (str, "<p>mot</p>")
    with pytest.raises(TypeError, match="a text is not HTML until it has been made safe"):
        column.process_bind_param("<p>mot</p>", dialect)  # type: ignore[arg-type]  # a plain string, refused
    read = column.process_result_value("<p>mot</p>", dialect)
    assert (type(read), read) == (Markup, "<p>mot</p>")
    assert column.process_bind_param(None, dialect) is column.process_result_value(None, dialect) is None
