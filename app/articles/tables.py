"""Tables in an article's Markdown, readable by ear too: a caption, headers of columns and lines, a box that scrolls.

A paragraph « Tableau : … » just before a table is its caption. Where the first cell of all is empty, the first cell of
each line names that line.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

CAPTION = re.compile(r"tableau\s*:", re.IGNORECASE)
PARAGRAPH = ["paragraph_open", "inline", "paragraph_close"]
# Classes of `tables.css`: the policy of pages refuses style attributes.
ALIGNMENTS = {"text-align:right": "end", "text-align:center": "middle"}


def allow_tables(markdown: MarkdownIt) -> None:
    markdown.enable("table")
    markdown.core.ruler.push("tables", box_tables)


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
