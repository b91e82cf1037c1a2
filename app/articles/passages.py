"""The passages of an article: its body cut at the headings, each with an anchor; what becomes of them; its tables.

A passage is renamed or added in the body here; a change of the article may move the anchors. Tables are readable by ear
too: a caption, from a paragraph « Tableau : … » just before; headers of columns, and of lines where the first cell of
all is empty; a box that scrolls.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from app import sanitize
from app.articles.models import Article
from app.french import plain

LEVELS = (2, 3, 4)  # of headings: the title is the first
OPENING = ""  # the anchor of the lines before the first heading; the quote that opens the article is placed there
SAME_PASSAGE = 0.5  # the share of words that stay, from which a passage under another heading is the same
WORD = re.compile("[a-z0-9]+")
LONGEST_SLUG = 60
# Ids of the article's page that no theme's slug may be: the slug is the id of its passage.
PAGE_IDS = frozenset(
    {"articulations", "contenu", "retours", "retours-titre"}
    | {f"filtre-{name}" for name in ("articulation", "situation", "region", "partner", "mots")}
)

CAPTION = re.compile(r"tableau\s*:", re.IGNORECASE)
PARAGRAPH = ["paragraph_open", "inline", "paragraph_close"]
# Classes of `tables.css`: the policy of pages refuses style attributes.
ALIGNMENTS = {"text-align:right": "end", "text-align:center": "middle"}


class Passage(NamedTuple):
    """A heading of the article and the text below it; testimonials may face it.

    `theme` is the slug of the theme that the passage describes, or None. The `anchor` names the passage in addresses
    and in placements: its theme's slug, else its heading's, with a sign that no theme's slug has.
    """

    html: Markup
    theme: str | None
    anchor: str
    heading: str


# What two states of an article have in common where a passage is the same, the surest first.
IDENTITIES: Sequence[Callable[[Passage], Any]] = (
    lambda each: (each.anchor, each.html),
    lambda each: each.html,
    lambda each: each.anchor,
    lambda each: each.heading,
)


def passages(article: Article) -> tuple[Passage, ...]:
    return cut_passages(article.body, tuple((theme.label, theme.slug) for theme in article.themes))


@lru_cache(maxsize=32)
def cut_passages(body: str, themes: tuple[tuple[str, str], ...]) -> tuple[Passage, ...]:
    """Cut a body at its headings; rendering is pure, so that each process renders a body once."""
    tokens = MARKDOWN.parse(body)
    by_label = {one_line(label): slug for label, slug in themes}
    texts = {heading.index: heading.text for heading in headings(body)}
    namesakes: Counter[str] = Counter()
    result: list[Passage] = []
    for start, end in pairwise(sorted({0, *texts, len(tokens)})):
        html = sanitize.article_html(MARKDOWN.renderer.render(tokens[start:end], MARKDOWN.options, {}))
        heading = texts.get(start)
        theme = by_label.pop(heading or "", None)  # the first of this name
        anchor = OPENING if heading is None else theme or free_anchor(heading, namesakes)
        result.append(Passage(html, theme, anchor, heading or ""))
    return tuple(result)


def free_anchor(heading: str, namesakes: Counter[str]) -> str:
    """Return the anchor of a heading without a theme: « passage_produire-a-plusieurs », « …_2 » for its namesake."""
    anchor = f"passage_{slug_of(heading)}"
    namesakes[anchor] += 1
    return anchor if namesakes[anchor] == 1 else f"{anchor}_{namesakes[anchor]}"


def slug_of(text: str) -> str:
    """Return a text as a slug, with room for a number after it."""
    return "-".join(WORD.findall(plain(text)))[: LONGEST_SLUG - 4].strip("-")


def moved_anchors(
    before: Sequence[Passage], after: Sequence[Passage], wanted: Container[str] | None = None
) -> dict[str, str]:
    """Return the anchor that each passage has after a change of the article, by its anchor before; none if it is gone.

    It is the same passage with the same text, whichever its namesakes are called now; else with the same anchor, else
    under the same heading (it gains or loses a theme), else with the most of its words, `SAME_PASSAGE` at least (its
    heading is reworded). Comparing words is slow: only the anchors `wanted` are compared, or all where none are given.
    """
    moved = {OPENING: OPENING}  # a place of its own, before the article's first words
    for name in IDENTITIES:
        taken = set(moved.values())
        found = {name(each): each.anchor for each in reversed(after) if each.anchor not in taken}
        for each in before:
            if each.anchor not in moved and (anchor := found.pop(name(each), None)) is not None:
                moved[each.anchor] = anchor
    taken = set(moved.values())
    old = [each for each in before if each.anchor not in moved and (wanted is None or each.anchor in wanted)]
    new = [each for each in after if each.anchor not in taken]
    pairs = [(likeness(one, other), one.anchor, other.anchor) for one in old for other in new]
    for share, one_anchor, other_anchor in sorted(pairs, reverse=True):
        if share >= SAME_PASSAGE and one_anchor not in moved and other_anchor not in moved.values():
            moved[one_anchor] = other_anchor
    return moved


def likeness(one: Passage, other: Passage) -> float:
    old, new = (str(each.html.striptags()).split() for each in (one, other))
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


def rename_passage(body: str, label: str, new: str) -> str:
    lines = body.split("\n")
    for heading in reversed(headings(body)):
        if heading.text == one_line(label):
            lines[heading.line : heading.end] = [f"{'#' * heading.level} {new}"]
    return "\n".join(lines)


def add_passage(body: str, label: str, text: str, beside: Iterable[str]) -> str:
    """Return a body with one more passage, after the last of those with a heading in `beside`, at its level."""
    known, lines = set(map(one_line, beside)), body.rstrip("\n").split("\n")
    insert_at, level = len(lines), LEVELS[1]
    all_headings = headings(body)
    for number, heading in enumerate(all_headings, 1):
        if heading.text in known:  # a passage includes the headings of lower levels below its own
            ends = (following.line for following in all_headings[number:] if following.level <= heading.level)
            insert_at, level = next(ends, len(lines)), heading.level
    passage = f"{'#' * level} {label}\n\n{text.strip()}"
    parts = ("\n".join(lines[:insert_at]).rstrip("\n"), passage, "\n".join(lines[insert_at:]).strip("\n"))
    return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class Heading:
    """A heading at the top level, not in a quotation or a list: its token's index, text, level and lines."""

    index: int
    text: str
    level: int
    line: int
    end: int


def headings(body: str) -> list[Heading]:
    result = []
    for index, (opening, inline) in enumerate(pairwise(MARKDOWN.parse(body))):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            result.append(Heading(index, one_line(inline.content), int(opening.tag[1]), *opening.map))
    return result


def one_line(text: str) -> str:
    return " ".join(text.split())


def box_tables(state: StateCore) -> None:
    result: list[Token] = []
    heading, unnamed, start = "", Counter[str](), 0
    for token, following in pairwise([*state.tokens, Token("end", "", 0)]):
        if token.type == "heading_open":
            heading = plain_text(following)
        elif token.type == "table_open":
            start = len(result)
        result.append(token)
        if token.type == "table_close":
            table = result[start:]
            caption = [token for token in caption_before(result[:start]) if token.type == "inline"]
            unnamed[heading] += not caption
            del result[start - len(PARAGRAPH) * len(caption) :]
            result += boxed(table, caption, plain_text(caption[0]) if caption else label(heading, unnamed[heading]))
    state.tokens = result


def caption_before(tokens: Sequence[Token]) -> Sequence[Token]:
    paragraph = tokens[-len(PARAGRAPH) :]
    is_paragraph = [token.type for token in paragraph] == PARAGRAPH
    return paragraph if is_paragraph and CAPTION.match(plain_text(paragraph[1])) else []


def label(heading: str, number: int) -> str:
    name = "Tableau" if number == 1 else f"Tableau {number}"
    return f"{name} : {heading}" if heading else name


def boxed(table: Sequence[Token], caption: Sequence[Token], name: str) -> list[Token]:
    """Return a table in a box that a keyboard can scroll, with its caption and the scopes of its headers."""
    set_headers(table)
    box = Token("box_open", "div", 1, block=True)
    box.attrs = {"class": "table", "role": "region", "tabindex": "0", "aria-label": name}
    opened, *others = table
    if caption:
        caption = [Token("caption_open", "caption", 1), *caption, Token("caption_close", "caption", -1)]
    return [box, opened, *caption, *others, Token("box_close", "div", -1, block=True)]


def set_headers(table: Sequence[Token]) -> None:
    """Give the headers of a table their scope; an empty cell is no header."""
    line, column, names_lines = 0, 0, False
    for opening, content, closing in zip(table, table[1:], table[2:], strict=False):
        if opening.type == "tr_open":
            line, column = line + 1, 0
        if opening.type not in {"th_open", "td_open"}:
            continue
        column, is_empty = column + 1, not plain_text(content)
        if line == column == 1:
            names_lines = is_empty
        scope = "col" if line == 1 else "row" if names_lines and column == 1 else ""
        opening.tag = closing.tag = "th" if scope and not is_empty else "td"
        alignment = ALIGNMENTS.get(str(opening.attrs.pop("style", "")), "")
        opening.attrs |= {"scope": scope} if opening.tag == "th" else {}
        opening.attrs |= {"class": alignment} if alignment else {}


def plain_text(inline: Token) -> str:
    return " ".join("".join(child.content for child in inline.children or ()).split())


MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
MARKDOWN.core.ruler.push("tables", box_tables)
