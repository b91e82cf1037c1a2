"""An article as it would be read, before it is saved; and what sets it apart from the one that is there."""

from typing import Any

from app.administration.articles.forms import ArticleForm
from app.articles.models import Article
from app.catalog.article_text import load_article_text
from app.catalog.collection import collection_page
from app.catalog.facet_counts import count_facets
from app.catalog.facing import OF_ANY_THEME, face
from app.catalog.filters import Filters
from app.db import db
from app.testimonials.diff import Change, compare_words

COMPARED = ("title", "summary", "body", "call_title", "call")


def preview_context(article: Article) -> dict[str, Any]:
    """Return what the article's page would be made of, read as readers' pages read it.

    It is written to the database to that end, within a transaction that nobody commits.
    """
    session = db.session()
    article.is_public = True
    session.flush()
    reading = load_article_text(session, article.slug)
    assert reading is not None  # noqa: S101  # it has just been written; narrows the type
    counted = count_facets(session, reading.id, Filters())
    page = collection_page(session, reading.id, counted, [OF_ANY_THEME, *reading.faced], None)
    return {
        "article": reading,
        "rows": face(reading.passages, page.chosen, page.latest, counted.choices("theme", reading.labels, Filters())),
        "total": counted.everything,
        "regions": len(counted.choices("region", counted.names["region"], Filters())),
    }


def differences(article: Article, form: ArticleForm) -> list[Change]:
    """Return what differs between an article as it is now and as somebody else has written it meanwhile."""
    found = []
    for name in COMPARED:
        now, typed = getattr(article, name).strip(), (form[name].data or "").strip()
        if now != typed:
            found.append(Change(form[name].label.text, compare_words(now, typed)))
    return found
