"""Changing an article: its text, its themes, what it takes. Each change counts, and is written down."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from app.articles import source
from app.articles.models import Article, Theme
from app.articles.source import OTHER, SourceRefused
from app.audit import Actor, AuditEvent, Kind
from app.french import plain

# What a new article takes besides the articulations it lists.
OTHER_LABEL, OTHER_CHOICE = "Une autre façon de faire", "Autre"

WORD = re.compile("[a-z0-9]+")

LABEL_TAKEN = "Une autre articulation porte déjà ce nom."


class AddressTaken(Exception):
    """Another article has this address."""


@dataclass(frozen=True, kw_only=True)
class ArticleWords:
    """What an article says, less its themes; `body` is Markdown."""

    title: str
    summary: str
    published_on: date
    body: str
    call_title: str
    call: str


def create_article(session: Session, slug: str, text: ArticleWords, *, by: Actor) -> Article:
    """Add an article, which nobody reads yet; its one theme is « autre ». Raises `AddressTaken`."""
    article = Article(slug=slug, is_public=False, **asdict(text))
    article.themes.append(Theme(slug=OTHER, label=OTHER_LABEL, choice=OTHER_CHOICE, position=0))
    return insert_article(session, article, by)


def create_from_source(session: Session, text: str, *, by: Actor) -> Article:
    """Add the article of a source, which nobody reads yet; raise `SourceRefused` or `AddressTaken`."""
    article = source.build_article(*source.parse_source(text))
    article.is_public = False
    return insert_article(session, article, by)


def insert_article(session: Session, article: Article, by: Actor) -> Article:
    """Add an article; raise `AddressTaken` where another has just taken its address."""
    try:
        with session.begin_nested():
            session.add(article)
    except IntegrityError as error:
        raise AddressTaken from error
    record_article_event(article, Kind.ARTICLE_CREATED, by)
    return article


def rewrite_article(article: Article, text: ArticleWords, *, by: Actor) -> None:
    """Say something else; raise `SourceRefused` where a passage loses the heading that ties it to its theme."""
    if wrong := rewriting_problems(article, text.body):
        raise SourceRefused(" ".join(wrong))
    changed = {name: value for name, value in asdict(text).items() if getattr(article, name) != value}
    for name, value in changed.items():
        setattr(article, name, value)
    if changed:
        record_article_event(article, Kind.ARTICLE_EDITED, by)


def rewriting_problems(article: Article, body: str) -> list[str]:
    """Return what another body would do wrong, a sentence each: whatever is described now must still be."""
    return source.body_problems(body, [theme.label for theme in article.themes if is_described(theme)])


def rename_theme(article: Article, theme: Theme, label: str, choice: str, *, by: Actor) -> None:
    """Call a theme otherwise, its heading in the article too; raise `SourceRefused` where it cannot be called so."""
    if wrong := renaming_problems(article, theme, label):
        raise SourceRefused(" ".join(wrong))
    before = theme.label
    article.body = source.rename_passage(article.body, before, label)
    theme.label, theme.choice = label, choice
    article.touch()
    record_article_event(article, Kind.THEME_RENAMED, by, before=before, after=label)


def renaming_problems(article: Article, theme: Theme, label: str) -> list[str]:
    """Return why a theme cannot be called so, a sentence each."""
    if is_taken(article, label, but=theme):
        return [LABEL_TAKEN]
    return source.body_problems(
        source.rename_passage(article.body, theme.label, label), [label] if is_described(theme) else []
    )


def raise_theme(article: Article, theme: Theme, *, by: Actor) -> None:
    """Let a theme change places with the one above it; « autre » stays last."""
    ordered = list(article.themes)
    place = ordered.index(theme)
    if place > 0 and theme.slug != OTHER:
        ordered.insert(place - 1, ordered.pop(place))
        order_themes(ordered)
        article.touch()
        record_article_event(article, Kind.THEMES_REORDERED, by)


def add_theme(article: Article, label: str, choice: str, passage: str, *, by: Actor) -> None:
    """Add a theme, with a passage of its own or the one that bears its name; raise `SourceRefused` without either."""
    body = body_with_passage(article, label, passage)
    if wrong := adding_problems(article, label, passage):
        raise SourceRefused(" ".join(wrong))
    article.body = body
    theme = Theme(slug=free_slug(article, label), label=label, choice=choice, position=0)
    order_themes([*article.themes, theme])
    article.themes.append(theme)
    article.touch()
    record_article_event(article, Kind.THEME_ADDED, by, after=label)


def adding_problems(article: Article, label: str, passage: str) -> list[str]:
    """Return why a theme cannot be added so, a sentence each."""
    return (
        [LABEL_TAKEN]
        if is_taken(article, label)
        else source.body_problems(body_with_passage(article, label, passage), [label])
    )


def body_with_passage(article: Article, label: str, passage: str) -> str:
    """Return the article's body with a passage of this name: the one that is there, or else this one."""
    if not passage.strip() or has_heading(article, label):
        return article.body
    return source.add_passage(article.body, label, passage, [theme.label for theme in article.themes])


def has_heading(article: Article, label: str) -> bool:
    """Say whether a heading of the article says this."""
    return any(each.says == source.one_line(label) for each in source.headings(article.body))


def remove_theme(article: Article, theme: Theme, *, by: Actor) -> None:
    """Drop a theme; its passage stays in the article, tied to nothing. Whether it may go is known above (`answers`)."""
    article.themes.remove(theme)
    article.touch()
    record_article_event(article, Kind.THEME_RETIRED, by, before=theme.label)


def order_themes(themes: Iterable[Theme]) -> None:
    """Number themes in the order they come, « autre » last."""
    for position, theme in enumerate(sorted(themes, key=lambda each: each.slug == OTHER)):
        theme.position = position


def is_described(theme: Theme) -> bool:
    """Say whether a passage of its article describes a theme."""
    return theme.slug in {passage.theme for passage in source.passages(theme.article)}


def is_taken(article: Article, label: str, *, but: Theme | None = None) -> bool:
    """Say whether another theme is called so."""
    return any(theme.label == label for theme in article.themes if theme is not but)


def change_settings(article: Article, *, is_public: bool, is_open: bool, by: Actor) -> None:
    """Let it be read or not, and take new testimonials or not."""
    before = settings_text(article)
    article.is_public, article.is_open = is_public, is_open
    if settings_text(article) != before:
        record_article_event(article, Kind.ARTICLE_SETTLED, by, before=before, after=settings_text(article))


def settings_text(article: Article) -> str:
    """Return an article's settings for the journal."""
    seen = "en ligne" if article.is_public else "hors ligne"
    return f"{seen}, {'ouvert' if article.is_open else 'clos'}"


def free_slug(article: Article, label: str) -> str:
    """Return a name for a theme in addresses, which no other theme of the article has."""
    words = "-".join(WORD.findall(plain(label)))[: source.LONGEST_SLUG - 4].strip("-")
    taken, slug, number = {theme.slug for theme in article.themes}, words or "articulation", 1
    while slug in taken:
        number += 1
        slug = f"{words or 'articulation'}-{number}"
    return slug


def record_article_event(article: Article, kind: Kind, by: Actor, **facts: str) -> None:
    """Write down what was done to an article, which its address names."""
    session = object_session(article)
    assert session is not None  # noqa: S101  # it was read from one; narrows the type
    session.add(AuditEvent.of(kind, by, reason=article.slug, **facts))
