"""The reader of a queue: their articles and their filters, and the conditions these put on a queue row."""

from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy import ColumnElement, select

from app.accounts.models import Scope, User
from app.accounts.queries import within
from app.articles.models import Article, Theme
from app.moderation.queue.filters import FILTERS, Filter, QueueFilters
from app.moderation.queue.rows import QueueRow


@dataclass(frozen=True)
class QueueReader:
    """An editor reading the queue, their filters, and the articles they edit."""

    user_id: int
    filters: QueueFilters
    scope: Scope = None

    @classmethod
    def of(cls, user: User, filters: QueueFilters) -> Self:
        return cls(user.id, filters, user.scope)

    @property
    def everywhere(self) -> Self:
        """Return the reader of every list: without « Signalés », which narrows the list that waits."""
        return replace(self, filters=replace(self.filters, signale=""))

    @property
    def without_words(self) -> Self:
        """Return the reader without what they search for, often somebody's name: statements are kept by reader."""
        return replace(self, filters=replace(self.filters, mots=""))


def filter_conditions(filters: QueueFilters, scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions of the reader's articles and filters on a queue row; not those of list and theme."""
    conditions: list[ColumnElement[bool]] = []
    if filters.article:
        chosen = select(Article.id).where(Article.slug == filters.article, *within(scope, Article.id))
        conditions.append(QueueRow.article_id == chosen.scalar_subquery())
    elif not filters.articulation:
        conditions += within(scope, QueueRow.article_id)
    for name, each in FILTERS.items():
        value = getattr(filters, name)
        if value and each.column and name != "article":
            conditions.append(getattr(QueueRow, each.column) == row_value(each, value))
    return conditions


def row_value(chosen: Filter, value: str) -> Any:
    """Return what the column of a filter has for a value of the query string."""
    if chosen.named and chosen.key is not None:
        return select(chosen.key).where(chosen.named[0] == value).scalar_subquery()
    return value == "oui" if chosen.is_yes_or_no else value


def one_by_one(scope: Scope) -> list[Scope]:
    """Return a scope for each article of somebody's: of several at once, no index has the rows in order."""
    return [frozenset({each}) for each in sorted(scope)] if scope else [scope]


def theme_id(filters: QueueFilters, scope: Scope) -> Any:
    """Select the id of the theme in the query string: « article.theme »."""
    article, _, theme = filters.articulation.partition(".")
    chosen = select(Theme.id).join(Article).where(Article.slug == article, Theme.slug == theme)
    return chosen.where(*within(scope, Article.id)).scalar_subquery()
