"""Where untrusted text becomes HTML: the only importer of bleach, the only maker of Markup.

Text is stored as its author wrote it (product rule 9) and made safe here, each time for the place it is shown in.
"""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import bleach
from flask import Flask
from markupsafe import Markup
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

ARTICLE_TAGS = frozenset(
    {"a", "blockquote", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "ul", "br", "code"}
)
PROSE_TAGS = frozenset({"p", "br"})
MARK_TAGS = frozenset({"a", "mark", "span"})
MARK_ATTRIBUTES = {"mark": ["class", "id", "title"], "a": ["class", "href", "aria-describedby"], "span": ["class"]}
SAFE_LINKS = frozenset({"http", "https", "mailto"})

# French spacing: what an ordinary space would let break across a line. Only spaces that are there are hardened.
BEFORE_HIGH_MARKS = re.compile(r" (?=[;!?])")
BEFORE_COLON_OR_CLOSE = re.compile(r" (?=[:»])")
AFTER_OPEN = re.compile(r"(?<=«) ")


class Kind(Protocol):
    """Why a passage is marked."""

    @property
    def value(self) -> str:
        """Return its name in addresses within the page."""

    @property
    def label(self) -> str:
        """Return it in a word or two."""

    @property
    def sentence(self) -> str:
        """Return it in full."""


class Mark(Protocol):
    """A passage of a text."""

    @property
    def number(self) -> int:
        """Return its number among the notes."""

    @property
    def start(self) -> int:
        """Return where it starts, in signs."""

    @property
    def end(self) -> int:
        """Return where it has ended."""

    @property
    def kind(self) -> Kind:
        """Return why it is marked."""


def article_html(rendered: str) -> Markup:
    """Return an article's rendered Markdown, reduced to the tags a text needs, its French spaces hardened."""
    return Markup(
        bleach.clean(spaced(rendered), tags=ARTICLE_TAGS, attributes={"a": ["href", "title"]}, protocols=SAFE_LINKS)
    )


def prose_html(text: str) -> Markup:
    """Return a plain text as paragraphs: an empty line parts two, a single one breaks; all else reads as typed."""
    blocks = (block for block in re.split(r"\n\s*\n", text.strip()) if block)
    html = "".join(f"<p>{escaped_text(spaced(block))}</p>" for block in blocks)
    return Markup(bleach.clean(html, tags=PROSE_TAGS, attributes={}))


def annotated_html(text: str, marks: Sequence[Mark]) -> Markup:
    """Return a plain text as `prose` does, with its passages marked; marks come in order and do not overlap."""
    text = spaced(text)  # a sign for a sign: passages stay where they are
    html = "".join(
        f"<p>{with_marks(text, start, end, marks)}</p>" for start, end in paragraphs(text) if text[start:end].strip()
    )
    return Markup(bleach.clean(html, tags=PROSE_TAGS | MARK_TAGS, attributes=MARK_ATTRIBUTES))


def annotated_line(text: str, marks: Sequence[Mark]) -> Markup:
    """Return a plain text of one line with its passages marked."""
    line = with_marks(spaced(text), 0, len(text), marks)
    return Markup(bleach.clean(line, tags=MARK_TAGS | {"br"}, attributes=MARK_ATTRIBUTES))


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each paragraph starts and ends."""
    start = 0
    for gap in re.finditer(r"\n\s*\n", text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def with_marks(text: str, start: int, end: int, marks: Sequence[Mark]) -> str:
    """Return a stretch of text as HTML: each passage in a `mark` that says why on hover and leads to its note.

    A passage may run over several stretches: the first bears its name, the last the way to its note.
    """
    parts = []
    for mark in marks:
        first, last = max(mark.start, start), min(mark.end, end)
        if first >= last:
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
            f'<mark class="hint"{name} title="{why}">{escaped_text(text[first:last])}</mark>',
            call if mark.end == last else "",
        ]
        start = last
    return "".join(parts) + escaped_text(text[start:end])


def escaped_text(text: str) -> str:
    """Return plain text as HTML, its line breaks kept."""
    return html.escape(text).replace("\n", "<br>")


def trusted_html(html: str) -> Markup:
    """Give back as HTML what was read, as the driver gives it, from a column of `SafeHTML`."""
    return Markup(html)


class SafeHTML(TypeDecorator[Markup]):
    """A column of HTML that templates of ours made safe before it was stored: nothing else can be written to it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Markup | None, _dialect: Dialect) -> str | None:
        """Refuse a text that nobody made safe."""
        if value is not None and not isinstance(value, Markup):
            raise TypeError("a text is not HTML until it has been made safe")
        return value and str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Markup | None:
        """Give back what was stored, as HTML."""
        return None if value is None else Markup(value)


def spaced(text: str) -> str:
    """Return a French text whose spaces before high marks and inside guillemets no longer break."""
    text = BEFORE_HIGH_MARKS.sub("\u202f", text)
    text = BEFORE_COLON_OR_CLOSE.sub("\u00a0", text)
    return AFTER_OPEN.sub("\u00a0", text)


def init_app(app: Flask) -> None:
    """Give templates the filters that make text safe."""
    app.jinja_env.filters.update(
        prose=prose_html, spaced=spaced, annotated=annotated_html, annotated_line=annotated_line
    )
