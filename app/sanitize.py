"""Where untrusted text becomes HTML: the only importer of bleach, the only maker of Markup.

Text is stored as its author wrote it (product rule 9) and made safe here, each time for the place it is shown in.
"""

import html
import re

import bleach
from flask import Flask
from markupsafe import Markup

ARTICLE_TAGS = frozenset(
    {"a", "blockquote", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "ul", "br", "code"}
)
PROSE_TAGS = frozenset({"p", "br"})
SAFE_LINKS = frozenset({"http", "https", "mailto"})

# French spacing: what an ordinary space would let break across a line. Only spaces that are there are hardened.
BEFORE_HIGH_MARKS = re.compile(r" (?=[;!?])")
BEFORE_COLON_OR_CLOSE = re.compile(r" (?=[:»])")
AFTER_OPEN = re.compile(r"(?<=«) ")


def article(rendered: str) -> Markup:
    """Return an article's rendered Markdown, reduced to the tags a text needs."""
    return Markup(bleach.clean(rendered, tags=ARTICLE_TAGS, attributes={"a": ["href", "title"]}, protocols=SAFE_LINKS))


def prose(text: str) -> Markup:
    """Return a plain text as paragraphs: an empty line parts two, a single one breaks; all else reads as typed."""
    blocks = (block for block in re.split(r"\n\s*\n", text.strip()) if block)
    paragraphs = "".join(f"<p>{html.escape(spaced(block)).replace(chr(10), '<br>')}</p>" for block in blocks)
    return Markup(bleach.clean(paragraphs, tags=PROSE_TAGS, attributes={}))


def spaced(text: str) -> str:
    """Return a French text whose spaces before high marks and inside guillemets no longer break."""
    text = BEFORE_HIGH_MARKS.sub("\u202f", text)
    text = BEFORE_COLON_OR_CLOSE.sub("\u00a0", text)
    return AFTER_OPEN.sub("\u00a0", text)


def init_app(app: Flask) -> None:
    """Give templates the filters that make text safe."""
    app.jinja_env.filters.update(prose=prose, spaced=spaced)
