"""An article's source (TOML front matter, then Markdown) in and out, and its passages."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import sanitize
from app.articles.models import Article, Theme

FENCE = "+++\n"


class SourceRefused(ValueError):
    """An article's source cannot be read, or its passages do not match its themes."""


@dataclass(frozen=True)
class Passage:
    """A stretch of the article that something may face: a heading and what follows it.

    `theme` is the slug of the articulation the passage describes, or None.
    """

    html: Markup
    theme: str | None


def load(session: Session, path: Path) -> Article:
    """Insert or update the article of a source file; raise `SourceRefused` if the file is not one.

    A theme that left the source stays in the database: testimonials may speak of it.
    """
    front, body = read(path.read_text(encoding="utf-8"))
    article = session.scalar(select(Article).where(Article.slug == front["slug"]))
    if article is None:
        article = Article(
            slug=front["slug"],
            title="",
            summary="",
            published_on=front["published_on"],
            body="",
            call_title="",
            call="",
        )
        session.add(article)
    for name in ("title", "summary", "published_on", "call_title", "call"):
        setattr(article, name, front[name])
    article.body = body
    known = {theme.slug: theme for theme in article.themes}
    for position, row in enumerate(front["themes"]):
        theme = known.get(row["slug"])
        if theme is None:
            theme = Theme(slug=row["slug"], label="", choice="", position=position)
            article.themes.append(theme)
        theme.label, theme.choice, theme.position = row["label"], row["choice"], position
    headed = {passage.theme for passage in passages(article)}
    if missing := [row["slug"] for row in front["themes"] if row["slug"] != "autre" and row["slug"] not in headed]:
        raise SourceRefused(f"{path.name}: no passage is headed by the label of {', '.join(missing)}")
    return article


def read(text: str) -> tuple[dict[str, Any], str]:
    """Split a source into its front matter and its body; raise `SourceRefused` when it has none."""
    if not text.startswith(FENCE) or FENCE not in text[len(FENCE) :]:
        raise SourceRefused("an article starts with its front matter between two lines of +++")
    front, body = text[len(FENCE) :].split(FENCE, 1)
    try:
        return tomllib.loads(front), body.strip() + "\n"
    except tomllib.TOMLDecodeError as error:
        raise SourceRefused(f"the front matter is not TOML: {error}") from error


def passages(article: Article) -> tuple[Passage, ...]:
    """Return the article's passages in order, their HTML made safe."""
    return cut(article.body, tuple((theme.label, theme.slug) for theme in article.themes))


@lru_cache(maxsize=32)
def cut(body: str, themes: tuple[tuple[str, str], ...]) -> tuple[Passage, ...]:
    """Cut a body at its headings; rendering is pure, so a body is rendered once a process."""
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False})
    tokens = markdown.parse(body)
    by_label = dict(themes)
    starts = [index for index, token in enumerate(tokens) if token.type == "heading_open"]
    bounds = sorted({0, *starts, len(tokens)})
    found = []
    for start, end in pairwise(bounds):
        part = tokens[start:end]
        heading = part[1].content if part[0].type == "heading_open" else ""
        html = sanitize.article(markdown.renderer.render(part, markdown.options, {}))
        found.append(Passage(html, by_label.get(heading)))
    return tuple(found)
