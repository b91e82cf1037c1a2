"""Sanitizer: untrusted text becomes safe HTML here; the only importer of bleach, and the only caller of Markup.

Text is stored as its author wrote it (product rule 9), and sanitized when it is rendered.
"""

import html
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Protocol

import bleach
from flask import Flask
from markupsafe import Markup
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.french import unquoted

TABLE_TAGS = frozenset({"div", "table", "caption", "thead", "tbody", "tr", "th", "td"})
TEXT_TAGS = frozenset({"a", "blockquote", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "ul", "br", "code"})
ARTICLE_TAGS = TEXT_TAGS | TABLE_TAGS
# What `articles/tables.py` writes, and no other value; a label is any text.
TABLE_ATTRIBUTES: Mapping[str, Mapping[str, Container[str]]] = {
    "div": {"class": {"table"}, "role": {"region"}, "tabindex": {"0"}},
    "th": {"scope": {"col", "row"}, "class": {"end", "middle"}},
    "td": {"class": {"end", "middle"}},
}
PROSE_TAGS = frozenset({"p", "br"})
MARK_TAGS = frozenset({"a", "mark", "span"})
MARK_ATTRIBUTES = {"mark": ["class", "id", "title"], "a": ["class", "href", "aria-describedby"], "span": ["class"]}
SAFE_LINKS = frozenset({"http", "https", "mailto"})
# A text without these signs has no tag, no entity, and none that HTML forbids: nothing to take away.
HARMLESS = re.compile(r"[^<>&\x00-\x08\x0b-\x1f]*")

# French spacing: spaces that must not break across a line. Only existing spaces are replaced.
# The space comes first: so the engine runs from one to the next.
NOT_BREAKING = re.compile(r" (?:(?=([;!?])|[:»])|(?<=« ))")
HEADING = re.compile(r"(</?h)([1-5])(?=>)")
FIRST_HEADING = re.compile(r"\s*<h(\d)>.*?</h\1>", re.DOTALL)


class MarkKind(Protocol):
    """The reason a passage is marked: its name in ids, a word or two, a sentence; `assistant.HintKind` is one."""

    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def sentence(self) -> str: ...


class Mark(Protocol):
    """A marked passage of a text: its number among the notes, the index of its first sign and after its last."""

    @property
    def number(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> MarkKind: ...


def article_html(rendered: str) -> Markup:
    text = spaced(rendered)
    return Markup(bleach.clean(text, tags=ARTICLE_TAGS, attributes=is_article_attribute, protocols=SAFE_LINKS))


def is_article_attribute(tag: str, name: str, value: str) -> bool:
    if tag == "a":
        return name in {"href", "title"}
    return (tag, name) == ("div", "aria-label") or value in TABLE_ATTRIBUTES.get(tag, {}).get(name, ())


def within_chapter(html: Markup) -> tuple[Markup, Markup]:
    """Return a passage of an article for a document that has chapters: its heading, a level lower, and its text."""
    lower = HEADING.sub(lambda tag: f"{tag[1]}{int(tag[2]) + 1}", str(html))
    end = FIRST_HEADING.match(lower)
    cut = end.end() if end else 0
    return Markup(lower[:cut]), Markup(lower[cut:])


def prose_html(text: str) -> Markup:
    """Return a plain text as paragraphs: a blank line separates two, a single line end is a `br`."""
    blocks = (block for block in re.split(r"\n\s*\n", text.strip()) if block)
    html = "".join(f"<p>{escaped_text(spaced(block))}</p>" for block in blocks)
    return paragraphs_html(html, text)


def paragraphs_html(html: str, text: str) -> Markup:
    """Sanitize the paragraphs that were made of a text; bleach takes a millisecond for a page of them."""
    return Markup(html if HARMLESS.fullmatch(text) else bleach.clean(html, tags=PROSE_TAGS, attributes={}))


def quoted_html(text: str) -> Markup:
    """Return a plain text as paragraphs in guillemets, of which the first is apart: it hangs outside the text."""
    quoted = str(prose_html(f"«\u202f{unquoted(text)}\u202f»"))
    return Markup(quoted.replace("«\u202f", "<span>«\u202f</span>", 1))


def annotated_html(text: str, marks: Sequence[Mark], *, has_notes: bool = True) -> Markup:
    """Return a plain text as `prose_html` does, with marks, which must be in order and not overlap."""
    text = spaced(text)  # it replaces sign by sign, so that indexes hold
    bounds = ((start, end) for start, end in paragraphs(text) if text[start:end].strip())
    html = "".join(f"<p>{with_marks(text, start, end, marks, has_notes=has_notes)}</p>" for start, end in bounds)
    if not marks:
        return paragraphs_html(html, text)
    return Markup(bleach.clean(html, tags=PROSE_TAGS | MARK_TAGS, attributes=MARK_ATTRIBUTES))


def annotated_line(text: str, marks: Sequence[Mark]) -> Markup:
    line = with_marks(spaced(text), 0, len(text), marks)
    return Markup(bleach.clean(line, tags=MARK_TAGS | {"br"}, attributes=MARK_ATTRIBUTES))


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in re.finditer(r"\n\s*\n", text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def with_marks(text: str, start: int, end: int, marks: Sequence[Mark], *, has_notes: bool = True) -> str:
    """Return a slice of a text as HTML, each passage in a `mark`, with its reason and a link to its note if it has one.

    A passage may run over several slices (paragraphs): the first has its id, the last the link.
    """
    parts = []
    for mark in marks:
        first, last = max(mark.start, start), min(mark.end, end)
        if first >= last:
            continue
        words = escaped_text(text[first:last])
        if not has_notes:
            parts += [escaped_text(text[start:first]), f'<mark class="hint">{words}</mark>']
            start = last
            continue
        why = html.escape(spaced(f"{mark.kind.label} : {mark.kind.sentence}"))
        name = f' id="passage-{mark.number}"' if mark.start == first else ""
        call = (
            f'<a class="hint__call" href="#note-{mark.number}" aria-describedby="pourquoi-{mark.kind.value}">'
            f'<span class="hidden">Note </span>{mark.number}'
            f'<span class="hint__kind">, {html.escape(mark.kind.label)}</span></a>'
        )
        parts += [
            escaped_text(text[start:first]),
            f'<mark class="hint"{name} title="{why}">{words}</mark>',
            call if mark.end == last else "",
        ]
        start = last
    return "".join(parts) + escaped_text(text[start:end])


def escaped_text(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def attributes_html(attributes: Mapping[str, str]) -> Markup:
    """Return the attributes of an element, each after a space; their names are the code's, their values any text."""
    return Markup().join(Markup(' {}="{}"').format(*each) for each in attributes.items())


def trusted_html(html: str) -> Markup:
    return Markup(html)


class SafeHTML(TypeDecorator[Markup]):
    """A column of HTML already made safe: it accepts Markup only."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Markup | None, _dialect: Dialect) -> str | None:
        """Raise `TypeError` for a plain string."""
        if value is not None and not isinstance(value, Markup):
            raise TypeError("a text is not HTML until it has been made safe")
        return value and str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Markup | None:
        return None if value is None else Markup(value)


def spaced(text: str) -> str:
    """Replace the spaces before `;:!?` and inside guillemets by no-break spaces, sign by sign."""
    return NOT_BREAKING.sub(lambda space: "\u202f" if space[1] else "\u00a0", text)


def init_app(app: Flask) -> None:
    filters = {
        "within_chapter": within_chapter,
        "prose": prose_html,
        "quoted": quoted_html,
        "spaced": spaced,
        "annotated": annotated_html,
        "annotated_line": annotated_line,
    }
    app.jinja_env.filters.update(filters)
