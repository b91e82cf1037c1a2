"""Transfer of a source onto an article that is there: an import, a source edited on the site, an earlier version."""

from collections.abc import Mapping
from typing import Any

from app.articles.models import Article, Theme
from app.articles.opening import end_moment, first_moment
from app.articles.source import ARTICLE_FIELDS, OTHER, PERIOD_FIELDS, THEME_FIELDS, HeaderLines, on_line
from app.db import now
from app.french import count

# Testimonials that refer to each theme of an article, by the theme's slug; a theme without any is missing.
Uses = Mapping[str, int]


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
        # Removed, then added anew under the same name: those who speak of the new one keep it.
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
