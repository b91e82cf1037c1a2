"""Guide of editors: `docs/guide-editeur.md`, as a page with its pictures and a table of contents."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from flask import Blueprint, current_app, render_template
from markdown_it.token import Token

import config
from app.articles.passages import MARKDOWN, plain_text
from app.french import plain
from app.sanitize import spaced, trusted_html
from app.web.assets import static_files

GUIDE = config.ROOT / "docs" / "guide-editeur.md"
# The guide names its pictures from where it stands, so that a forge shows them too.
PICTURES = "../static/"
TITLE = 3  # tokens of the first heading

blueprint = Blueprint("guide", __name__)


@blueprint.get("/aide")
def page() -> str:
    return render_template("guide/page.html", guide=load_guide())


@lru_cache(maxsize=1)
def load_guide() -> dict[str, Any]:
    """Read the guide, a file of ours: its title, its chapters (id, heading), its HTML. Each process renders it once."""
    tokens = MARKDOWN.parse(GUIDE.read_text(encoding="utf-8"))
    chapters = list(name_chapters(tokens))
    for token in tokens:
        if token.children:
            token.children = [shown for child in token.children for shown in with_picture(child)]
    # HTML has no use for the slash of XML that CommonMark writes; a text has none before « > », which is escaped.
    html = MARKDOWN.renderer.render(tokens[TITLE:], MARKDOWN.options, {}).replace(" />", ">")
    return {"title": plain_text(tokens[1]), "chapters": chapters, "html": trusted_html(spaced(html))}


def name_chapters(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Give each chapter's heading its id; yield both."""
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            heading = plain_text(content)
            anchor = "-".join(re.findall("[a-z0-9]+", plain(heading)))
            opening.attrs = {"id": anchor}
            yield anchor, heading


def with_picture(token: Token) -> Sequence[Token]:
    """Return a token; a picture with its size, at its static address, in a link that shows it whole."""
    if token.type != "image":
        return [token]
    static_url: Any = current_app.jinja_env.globals["static_url"]
    address = static_url(str(token.attrs["src"]).removeprefix(PICTURES))
    width, height = webp_size(static_files()[address].read_bytes())
    token.attrs |= {"src": address, "loading": "lazy", "width": width, "height": height}
    return [Token("link_open", "a", 1, attrs={"href": address}), token, Token("link_close", "a", -1)]


def webp_size(content: bytes) -> tuple[int, int]:
    """Return the width and height of a lossless WebP: 14 bits each, less one, after its signature."""
    bits = int.from_bytes(content[21:25], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
