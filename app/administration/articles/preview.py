"""Preview of an article before it is saved, and its differences from a change made meanwhile."""

from app.administration.articles.forms import ArticleForm
from app.articles.models import Article
from app.catalog import article_page
from app.catalog.article_page import ArticlePage
from app.catalog.filters import WHOLE_COLLECTION
from app.db import db
from app.testimonials.diff import Change, compare_words

COMPARED_FIELDS = ("title", "summary", "body", "call_title", "invitation")


def load_preview(article: Article) -> ArticlePage:
    """Load the article's page as readers would see it once these changes are saved.

    The article is written to the database within a transaction that nobody commits.
    """
    article.is_public = True
    db.session.flush()
    page = article_page.load(db.session(), article.slug, WHOLE_COLLECTION)
    assert page is not None  # noqa: S101  # it has just been written; narrows the type
    return page


def differences(article: Article, form: ArticleForm) -> list[Change]:
    result = []
    call = {"call_title": article.call.title, "invitation": article.call.invitation}
    for name in COMPARED_FIELDS:
        saved, typed = (call.get(name) or getattr(article, name)).strip(), (form[name].data or "").strip()
        if saved != typed:
            result.append(Change(form[name].label.text, compare_words(saved, typed)))
    return result
