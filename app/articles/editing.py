"""Changing an article: text, themes, settings, a whole source. Each change increments the revision and is audited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from app.articles import addresses, source
from app.articles.call import Call
from app.articles.models import Article, Theme
from app.articles.opening import end_moment, first_moment, period_problem
from app.articles.passages import PAGE_IDS, add_passage, headings, one_line, passages, rename_passage, slug_of
from app.articles.source import ARTICLE_FIELDS, OTHER, PERIOD_FIELDS, THEME_FIELDS, HeaderLines, SourceRefused, on_line
from app.articles.versions import ArticleVersion, keep_version
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.french import count, day

# Testimonials that refer to each theme of an article, by the theme's slug; a theme without any is missing.
Uses = Mapping[str, int]
# The theme that every article has.
OTHER_LABEL, OTHER_CHOICE = "Une autre façon de faire", "Autre"
LABEL_TAKEN = "Une autre articulation porte déjà ce nom."


class AddressTaken(Exception):
    """Another article has this slug, or had it."""


@dataclass(frozen=True, kw_only=True)
class ArticleWords:
    """The texts and the date of an article, without its themes; `body` is Markdown."""

    title: str
    summary: str
    published_on: date
    body: str
    call: Call

    def columns(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def create_article(session: Session, slug: str, text: ArticleWords, *, by: Actor) -> Article:
    """Create an article, offline, with « autre » as its only theme; raise `SourceRefused` or `AddressTaken`."""
    source.refuse_reserved(slug)
    article = Article(slug=slug, is_public=False, **text.columns())
    article.themes.append(Theme(slug=OTHER, label=OTHER_LABEL, choice=OTHER_CHOICE, position=0))
    return insert_article(session, article, by)


def create_from_source(session: Session, text: str, *, by: Actor) -> Article:
    """Create an article, offline, from its source; raise `SourceRefused` or `AddressTaken`."""
    article = source.build_article(*source.parse_source(text))
    article.is_public = False
    return insert_article(session, article, by)


def insert_article(session: Session, article: Article, by: Actor) -> Article:
    """Insert a new article, online or not as it is; raise `AddressTaken`."""
    if addresses.owner_of(session, article.slug) is not None:
        raise AddressTaken
    try:
        with session.begin_nested():
            session.add(article)
    except IntegrityError as error:
        raise AddressTaken from error
    record_article_event(article, Kind.ARTICLE_CREATED, by)
    return article


def rewrite_article(article: Article, text: ArticleWords, *, by: Actor) -> None:
    """Change the texts of an article; raise `SourceRefused` if a theme loses the heading of its passage."""
    if problems := rewriting_problems(article, text.body):
        raise SourceRefused(" ".join(problems))
    changed = {name: value for name, value in text.columns().items() if getattr(article, name) != value}
    for name, value in changed.items():
        setattr(article, name, value)
    if changed:
        record_article_event(article, Kind.ARTICLE_EDITED, by)


def rewrite_call(article: Article, call: Call, *, by: Actor) -> None:
    if call != article.call:
        article.call = call
        record_article_event(article, Kind.ARTICLE_EDITED, by)


def rewriting_problems(article: Article, body: str) -> list[str]:
    """Return why a body cannot replace the present one, a sentence each: each described theme keeps its passage."""
    return source.body_problems(body, [theme.label for theme in article.themes if is_described(theme)])


def overwrite_article(article: Article, text: str, uses: Uses, *, by: Actor) -> bool:
    """Give an article all that a source says, but its address; return whether that changed anything.

    Raises `SourceRefused` if it drops a theme in use.
    """
    before = source.serialize_source(article)
    if text == before:
        return False
    front, body = source.parse_source(text)
    if problems := removal_problems(article, front, text, uses):
        raise SourceRefused(*problems)
    write_texts(article, front, body, uses)
    write_settings(article, front)
    changed = source.serialize_source(article) != before
    if changed:
        record_article_event(article, Kind.ARTICLE_EDITED, by)
    return changed


def restore_version(article: Article, version: ArticleVersion, uses: Uses, *, by: Actor) -> None:
    """Go back to the texts, the call and the themes of a version; its address and its settings are not taken."""
    write_texts(article, *source.parse_source(version.source), uses)
    record_article_event(article, Kind.ARTICLE_RESTORED, by, version_number=version.number)


def rename_theme(article: Article, theme: Theme, label: str, choice: str, *, by: Actor) -> None:
    """Rename a theme and the heading of its passage; raise `SourceRefused`."""
    if problems := renaming_problems(article, theme, label):
        raise SourceRefused(" ".join(problems))
    before = theme.label
    if (label, choice) == (before, theme.choice):
        return
    article.body = rename_passage(article.body, before, label)
    theme.label, theme.choice = label, choice
    article.touch()
    record_article_event(article, Kind.THEME_RENAMED, by, before=before, after=label)


def renaming_problems(article: Article, theme: Theme, label: str) -> list[str]:
    if is_taken(article, label, but=theme):
        return [LABEL_TAKEN]
    body = rename_passage(article.body, theme.label, label)
    return source.body_problems(body, [label] if is_described(theme) else [])


def raise_theme(article: Article, theme: Theme, *, by: Actor) -> None:
    """Swap a theme with the one above; « autre » stays last."""
    ordered = list(article.themes)
    index = ordered.index(theme)
    if index > 0 and theme.slug != OTHER:
        ordered.insert(index - 1, ordered.pop(index))
        order_themes(ordered)
        article.touch()
        record_article_event(article, Kind.THEMES_REORDERED, by)


def add_theme(article: Article, label: str, choice: str, passage: str, *, by: Actor) -> None:
    """Add a theme, with a new passage or one that already has its label as heading; raise `SourceRefused`."""
    body = body_with_passage(article, label, passage)
    if problems := adding_problems(article, label, passage):
        raise SourceRefused(" ".join(problems))
    article.body = body
    theme = Theme(slug=free_slug(article, label), label=label, choice=choice, position=0)
    order_themes([*article.themes, theme])
    article.themes.append(theme)
    article.touch()
    record_article_event(article, Kind.THEME_ADDED, by, after=label)


def adding_problems(article: Article, label: str, passage: str) -> list[str]:
    if is_taken(article, label):
        return [LABEL_TAKEN]
    return source.body_problems(body_with_passage(article, label, passage), [label])


def body_with_passage(article: Article, label: str, passage: str) -> str:
    if not passage.strip() or has_heading(article, label):
        return article.body
    return add_passage(article.body, label, passage, [theme.label for theme in article.themes])


def has_heading(article: Article, label: str) -> bool:
    return any(heading.text == one_line(label) for heading in headings(article.body))


def remove_theme(article: Article, theme: Theme, *, by: Actor) -> None:
    """Remove a theme; its passage stays. `administration.articles.forms.retire_theme` checks that it may go."""
    article.themes.remove(theme)
    article.touch()
    record_article_event(article, Kind.THEME_RETIRED, by, before=theme.label)


def order_themes(themes: Iterable[Theme]) -> None:
    for position, theme in enumerate(sorted(themes, key=lambda each: each.slug == OTHER)):
        theme.position = position


def is_described(theme: Theme) -> bool:
    return theme.slug in {passage.theme for passage in passages(theme.article)}


def is_taken(article: Article, label: str, *, but: Theme | None = None) -> bool:
    return any(theme.label == label for theme in article.themes if theme is not but)


def change_address(article: Article, slug: str, *, by: Actor) -> None:
    """Give an article another slug; the present one leads to it. Raise `SourceRefused` or `AddressTaken`."""
    source.refuse_reserved(slug)
    before = article.slug
    if slug == before:
        return
    owner = addresses.owner_of(session_of(article), slug)
    if owner is not None and owner is not article:
        raise AddressTaken
    try:
        with session_of(article).begin_nested():
            addresses.rename_article(article, slug)
    except IntegrityError as error:
        raise AddressTaken from error
    record_article_event(article, Kind.ARTICLE_MOVED, by, before=before, after=slug)


def put_online(article: Article, *, is_public: bool, by: Actor) -> None:
    """Put an article online, or take it offline with what its readers saw of its testimonials."""
    change_settings(article, is_public=is_public, is_open=article.is_open, by=by, days=opening_days(article))


def opening_days(article: Article) -> tuple[date | None, date | None]:
    return article.opening.opens_on, article.opening.closes_on


def change_settings(
    article: Article,
    *,
    is_public: bool,
    is_open: bool,
    by: Actor,
    days: tuple[date | None, date | None] = (None, None),
) -> None:
    """Change whether an article is online, and whether its call is open: by hand, and the first and last `days`.

    Raises `SourceRefused` if the last day comes before the first.
    """
    if problem := period_problem(*days):
        raise SourceRefused(problem)
    before = settings_text(article)
    set_open(article, is_open=is_open)
    set_public(article, is_public=is_public)
    article.opens_at, article.closes_at = first_moment(days[0]), end_moment(days[1])
    if settings_text(article) != before:
        record_article_event(article, Kind.ARTICLE_SETTLED, by, before=before, after=settings_text(article))


def settings_text(article: Article) -> str:
    opens_on, closes_on = opening_days(article)
    facts = ["en ligne" if article.is_public else "hors ligne", "ouvert" if article.is_open else "clos"]
    facts += [f"à partir du {day(opens_on)}"] if opens_on else []
    facts += [f"jusqu’au {day(closes_on)}"] if closes_on else []
    return ", ".join(facts)


def free_slug(article: Article, label: str) -> str:
    words = slug_of(label) or "articulation"
    taken, slug, number = PAGE_IDS | {theme.slug for theme in article.themes}, words, 1
    while slug in taken:
        number += 1
        slug = f"{words}-{number}"
    return slug


def record_article_event(article: Article, kind: Kind, by: Actor, **facts: str | int) -> None:
    keep_version(session_of(article), article, kind, by)
    session_of(article).add(AuditEvent.of(kind, by, reason=article.slug, **facts))


def session_of(article: Article) -> Session:
    session = object_session(article)
    assert session is not None  # noqa: S101  # it was read from one; narrows the type
    return session


def removal_problems(article: Article, front: Mapping[str, Any], text: str, uses: Uses) -> list[str]:
    """Return why a source cannot replace an article, a sentence each: it must list each theme that is spoken of."""
    listed = {row["slug"] for row in front["themes"]}
    end = HeaderLines(text.partition("\n")[2]).of(f"themes.{len(listed)}")
    missing = [theme for theme in article.themes if theme.slug in uses and theme.slug not in listed]
    return [on_line(end, removal_problem(theme, uses[theme.slug])) for theme in missing]


def removal_problem(theme: Theme, used: int) -> str:
    spoken_of = count(used, "retour en parle", "retours en parlent")
    return (
        f"Ici manque l’articulation « {theme.label} » ({theme.slug}), et {spoken_of} : "
        "gardez-la, avec « passage = false » si l’article ne la décrit plus."
    )


def write_texts(article: Article, front: Mapping[str, Any], body: str, uses: Uses) -> None:
    """Give an article the texts, the call and the themes of a source; a theme spoken of that it lacks stays."""
    for name in (*(each for each in ARTICLE_FIELDS if each != "slug"), "published_on", "call"):
        if getattr(article, name) != front[name]:
            setattr(article, name, front[name])
    if article.body != body:
        article.body = body
    write_themes(article, front["themes"], uses)
    article.touch()


def write_themes(article: Article, rows: list[dict[str, Any]], uses: Uses) -> None:
    """Give an article these themes, in order; those spoken of beyond them stand after, but before « autre »."""
    known = {theme.slug: theme for theme in article.themes}
    listed = {row["slug"] for row in rows}
    staying = {theme.label: theme for theme in article.themes if theme.slug in uses and theme.slug not in listed}
    ordered: list[Theme] = []
    for position, row in enumerate(rows):
        facts = {name: row[name] for name in THEME_FIELDS}
        # Removed, then added again under the same name: those who speak of the new one keep it.
        theme = known.get(row["slug"]) or staying.pop(row["label"], None)
        if theme is None:
            theme = Theme(position=position, **facts)
            article.themes.append(theme)
        theme.label, theme.choice = facts["label"], facts["choice"]
        ordered.append(theme)
    at = len(ordered) - (ordered[-1].slug == OTHER if ordered else 0)
    ordered[at:at] = staying.values()
    for position, theme in enumerate(ordered):
        theme.position = position
    slugs = {theme.slug for theme in ordered}
    article.themes = [theme for theme in article.themes if theme.slug in slugs]


def write_settings(article: Article, front: Mapping[str, Any]) -> None:
    """Give an article the settings of a source: what it leaves out stays, but for the days of the call."""
    set_public(article, is_public=front.get("online", article.is_public))
    set_open(article, is_open=front.get("open", article.is_open))
    if front.get("closed_on", article.opening.closed_on) != article.opening.closed_on:
        article.closed_at = first_moment(front["closed_on"])
    opens_on, closes_on = (front.get(name) for name in PERIOD_FIELDS)
    article.opens_at, article.closes_at = first_moment(opens_on), end_moment(closes_on)


def set_public(article: Article, *, is_public: bool) -> None:
    if is_public != article.is_public:
        article.is_public, article.offline_at = is_public, None if is_public else now()


def set_open(article: Article, *, is_open: bool) -> None:
    if is_open != article.is_open:
        article.is_open, article.closed_at = is_open, None if is_open else now()
