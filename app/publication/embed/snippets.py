"""Snippets to copy into another site, one for each kind of embed, with absolute URLs and no referrer."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from flask import current_app, url_for

from app.catalog.article_text import ArticleText
from app.publication.embed.widget import WidgetRequest
from app.publication.query_string import query_string
from app.sanitize import spaced

# The height of an iframe, in pixels, without the script that adapts it to its page.
WIDGET_HEIGHT, TESTIMONIAL_HEIGHT = 640, 360

# The height of the element, in em: its heading and footer, plus each testimonial; on a phone, more.
BASE, ITEM = 12, 14
PHONE_BASE, PHONE_ITEM = 19, 21


def snippets(article: ArticleText, choice: WidgetRequest) -> Mapping[str, str]:
    base = current_app.config["PUBLIC_URL"]
    url = base + url_for("publication.article", slug=article.slug) + query_string(choice.filters)
    frame_url = base + url_for("embed.frame", slug=article.slug) + choice.query
    json_query = query_string(choice.filters, limite=choice.limit)
    script_tag = f'<script src="{base}{url_for("embed.script")}" async referrerpolicy="no-referrer"></script>'
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in choice.attributes.items())
    return {
        "element": (
            f'{script_tag}\n<en-regard-retours article="{article.slug}"{attributes}>\n'
            f'  <a href="{escape(url)}#retours">Lire les retours d’expérience</a>\n</en-regard-retours>'
        ),
        "css": (
            f"en-regard-retours {{ display: block; min-height: {BASE + ITEM * choice.limit}em; }}\n"
            "@media (max-width: 40rem) {\n"
            f"  en-regard-retours {{ min-height: {PHONE_BASE + PHONE_ITEM * choice.limit}em; }}\n}}"
        ),
        "frame": f"{iframe_code(widget_title(article.title), frame_url, '100%', WIDGET_HEIGHT)}\n{script_tag}",
        "oembed": f"{base}{url_for('embed.oembed')}?format=json&url={quote(url, safe=':/')}",
        "json": base + url_for("api.testimonials", slug=article.slug) + json_query,
        "atom": base + url_for("feed.atom", slug=article.slug) + query_string(choice.filters),
    }


def widget_title(article: str) -> str:
    return spaced(f"Retours d’expérience, en regard de « {article} »")


def iframe_code(title: str, url: str, width: int | str, height: int) -> str:
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" width="{width}" height="{height}"'
        ' loading="lazy" referrerpolicy="no-referrer" frameborder="0"></iframe>'
    )
