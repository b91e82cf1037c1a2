"""The code that another site copies, for each way; it names this platform in full, and says nothing of that site."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from flask import current_app, url_for

from app.catalog.article_text import ArticleText
from app.publication.embed.widget import WidgetRequest
from app.publication.query_string import query_string
from app.sanitize import spaced

# The height of a frame, in pixels, where nothing tells it that of its page.
OF_A_PIECE, OF_ONE = 640, 360

# What the element needs, in em: its beginning and its end, and each testimonial; on a phone, more.
ENDS, EACH = 12, 14
NARROW_ENDS, NARROW_EACH = 19, 21


def snippets(article: ArticleText, choice: WidgetRequest) -> Mapping[str, str]:
    """Return each code by the name of its way."""
    base = current_app.config["PUBLIC_URL"]
    url = base + url_for("publication.article", slug=article.slug) + query_string(choice.filters)
    script = base + url_for("embed.script")
    frame_url = base + url_for("embed.frame", slug=article.slug) + choice.query
    loaded = f'<script src="{script}" async referrerpolicy="no-referrer"></script>'
    given = "".join(f' {name}="{escape(value)}"' for name, value in choice.attributes.items())
    return {
        "element": (
            f'{loaded}\n<en-regard-retours article="{article.slug}"{given}>\n'
            f'  <a href="{escape(url)}#retours">Lire les retours d’expérience</a>\n</en-regard-retours>'
        ),
        "room": (
            f"en-regard-retours {{ display: block; min-height: {ENDS + EACH * choice.number}em; }}\n"
            "@media (max-width: 40rem) {\n"
            f"  en-regard-retours {{ min-height: {NARROW_ENDS + NARROW_EACH * choice.number}em; }}\n}}"
        ),
        "frame": f"{iframe_code(widget_title(article.title), frame_url, '100%', OF_A_PIECE)}\n{loaded}",
        "fragment": base + url_for("embed.fragment", slug=article.slug) + choice.query,
        "oembed": f"{base}{url_for('embed.oembed')}?format=json&url={quote(url, safe=':/')}",
        "json": base
        + url_for("api.testimonials", slug=article.slug)
        + query_string(choice.filters, limite=choice.number),
        "atom": base + url_for("feed.atom", slug=article.slug) + query_string(choice.filters),
    }


def widget_title(article: str) -> str:
    """Return what the frame of a piece is called, read aloud."""
    return spaced(f"Retours d’expérience, en regard de « {article} »")


def iframe_code(title: str, url: str, width: int | str, height: int) -> str:
    """Return the HTML of a frame; it says nothing of the page it stands in, and has no border."""
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" width="{width}" height="{height}"'
        ' loading="lazy" referrerpolicy="no-referrer" frameborder="0"></iframe>'
    )
