"""An article's source (TOML front matter, then Markdown) in and out, and its passages.

What is wrong with a source is said in French: whoever writes articles reads it.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlalchemy.orm import Session

from app import sanitize
from app.articles import queries
from app.articles.models import Article, Theme

FENCE = "+++\n"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 60

# The articulation that no passage describes: what the form calls « Autre ».
OTHER = "autre"

ARTICLE_FIELDS = ("slug", "title", "summary", "call_title", "call")
THEME_FIELDS = ("slug", "label", "choice")

LEVELS = (2, 3, 4)  # of headings: the title is the first

# What Markdown has and an article's page does not, by its token.
REFUSED_TOKENS = {
    "image": "Une image ne peut pas figurer dans l’article : décrivez-la, ou donnez un lien.",
    "fence": "Un bloc de code (```) ne peut pas figurer dans l’article.",
    "code_block": "Des lignes en retrait font un bloc de code : ôtez les espaces au début des lignes.",
}

MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False})


class SourceRefused(ValueError):
    """An article's source cannot be read, or its passages do not match its themes."""


@dataclass(frozen=True)
class Passage:
    """A stretch of the article that something may face: a heading and what follows it.

    `theme` is the slug of the articulation the passage describes, or None.
    """

    html: Markup
    theme: str | None


def load_article(session: Session, path: Path) -> Article:
    """Insert or update the article of a source file; raises as `bring` does."""
    return apply_source(session, path.read_text(encoding="utf-8"))


def load_missing_article(session: Session, path: Path) -> None:
    """Insert the article of a source file, unless there is one at its address; raises as `read` does."""
    front, body = parse_source(path.read_text(encoding="utf-8"))
    if session.scalar(queries.by_slug_public_or_not(front["slug"])) is None:
        session.add(build_article(front, body))


def apply_source(session: Session, text: str) -> Article:
    """Insert or update the article of a source; raise `SourceRefused` if the text is not one.

    A theme that left the source stays in the database, after the others: testimonials may speak of it.
    """
    front, body = parse_source(text)
    article = session.scalar(queries.by_slug_public_or_not(front["slug"]))
    if article is None:
        article = build_article(front, body)
        session.add(article)
        return article
    for name in (*ARTICLE_FIELDS, "published_on"):
        setattr(article, name, front[name])
    article.body = body
    known = {theme.slug: theme for theme in article.themes}
    for position, row in enumerate(front["themes"]):
        theme = known.pop(row["slug"], None)
        if theme is None:
            article.themes.append(Theme(position=position, **row))
        else:
            theme.label, theme.choice, theme.position = row["label"], row["choice"], position
    for position, theme in enumerate(known.values(), len(front["themes"])):
        theme.position = position
    article.touch()
    return article


def build_article(front: Mapping[str, Any], body: str) -> Article:
    """Return a new article of a source that was read."""
    themes = [Theme(position=position, **row) for position, row in enumerate(front["themes"])]
    return Article(body=body, themes=themes, **{name: front[name] for name in (*ARTICLE_FIELDS, "published_on")})


def parse_source(text: str) -> tuple[dict[str, Any], str]:
    """Split a source into its front matter and its body; raise `SourceRefused` where they are not an article's."""
    text = text.replace("\r\n", "\n")
    if not text.startswith(FENCE) or FENCE not in text[len(FENCE) :]:
        raise SourceRefused("Un article commence par son en-tête, entre deux lignes « +++ ».")
    header, body = text[len(FENCE) :].split(FENCE, 1)
    try:
        front = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise SourceRefused(f"L’en-tête n’est pas du TOML : {error}.") from error
    body = body.strip() + "\n"
    wrong = header_problems(front)
    if not wrong:
        labels = [theme["label"] for theme in front["themes"] if theme["slug"] != OTHER]
        wrong = body_problems(body, labels)
    if wrong:
        raise SourceRefused(" ".join(wrong))
    front["themes"] = [{name: theme[name] for name in THEME_FIELDS} for theme in front["themes"]]
    return front, body


def header_problems(front: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a front matter, a sentence each."""
    wrong = [
        f"L’en-tête doit donner « {name} », entre guillemets."
        for name in ARTICLE_FIELDS
        if not is_text(front.get(name))
    ]
    day = front.get("published_on")
    if not isinstance(day, date) or isinstance(day, datetime):
        wrong.append("L’en-tête doit donner « published_on », sans guillemets : 2026-11-24.")
    themes = front.get("themes")
    if not isinstance(themes, list) or not all(isinstance(each, dict) for each in themes):
        return [*wrong, "L’en-tête doit donner les articulations, chacune sous « [[themes]] »."]
    for number, theme in enumerate(themes, 1):
        lacking = [name for name in THEME_FIELDS if not is_text(theme.get(name))]
        wrong += [f"L’articulation {number} doit donner « {name} », entre guillemets." for name in lacking]
    slugs = [str(each.get("slug")) for each in (front, *themes)]
    wrong += [
        f"L’adresse « {slug} » ne convient pas : des minuscules sans accent, des chiffres, des traits d’union."
        for slug in slugs
        if not (SLUG.fullmatch(slug) and len(slug) <= LONGEST_SLUG)
    ]
    for name in ("slug", "label"):
        given = Counter(str(each.get(name)) for each in themes)
        wrong += [
            f"Deux articulations ont le même « {name} » : {value}." for value, times in given.items() if times > 1
        ]
    return wrong


def is_text(value: object) -> bool:
    """Say whether something was written."""
    return isinstance(value, str) and bool(value.strip())


def body_problems(body: str, labels: Iterable[str]) -> list[str]:
    """Return what is wrong with a body whose articulations are called so: each heads one passage, and only one."""
    says = headings(body)
    wrong = [
        f"L’intertitre « {each.says} » doit commencer par ##, ### ou ####." for each in says if each.level not in LEVELS
    ]
    given = Counter(each.says for each in says)
    wanted = [one_line(label) for label in labels]
    if lost := [f"« {label} »" for label in wanted if not given[label]]:
        wrong.append(
            f"Aucun intertitre ne dit {' ni '.join(lost)} : un passage n’est lié à son articulation que par "
            "l’intertitre qui en porte le nom."
        )
    wrong += [f"Deux intertitres disent « {label} » : il en faut un seul." for label in wanted if given[label] > 1]
    inlines = [child.type for token in MARKDOWN.parse(body) for child in (token, *(token.children or ()))]
    wrong += [sentence for kind, sentence in REFUSED_TOKENS.items() if kind in inlines]
    return wrong


def serialize_source(article: Article) -> str:
    """Return the source of an article: what `read` reads back. A theme that no passage describes is left out."""
    described = {passage.theme for passage in passages(article)} | {OTHER}
    front = [f"{name} = {toml_string(getattr(article, name))}" for name in ("slug", "title", "summary")]
    front.append(f"published_on = {article.published_on.isoformat()}")
    front += [f"{name} = {toml_string(getattr(article, name))}" for name in ("call_title", "call")]
    for theme in article.themes:
        if theme.slug in described:
            front += ["", "[[themes]]", *(f"{name} = {toml_string(getattr(theme, name))}" for name in THEME_FIELDS)]
    return "".join((FENCE, *(f"{line}\n" for line in front), FENCE, article.body))


def toml_string(text: str) -> str:
    """Return a text as TOML's basic string, which escapes as JSON does and one sign more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def passages(article: Article) -> tuple[Passage, ...]:
    """Return the article's passages in order, their HTML made safe."""
    return cut_passages(article.body, tuple((theme.label, theme.slug) for theme in article.themes))


@lru_cache(maxsize=32)
def cut_passages(body: str, themes: tuple[tuple[str, str], ...]) -> tuple[Passage, ...]:
    """Cut a body at its headings; rendering is pure, so a body is rendered once a process."""
    tokens = MARKDOWN.parse(body)
    by_label = {one_line(label): slug for label, slug in themes}
    says = {each.index: each.says for each in headings(body)}
    found = []
    for start, end in pairwise(sorted({0, *says, len(tokens)})):
        html = sanitize.article_html(MARKDOWN.renderer.render(tokens[start:end], MARKDOWN.options, {}))
        found.append(Passage(html, by_label.get(says.get(start, ""))))
    return tuple(found)


def rename_passage(body: str, label: str, new: str) -> str:
    """Return a body whose headings that said one thing say another."""
    lines = body.split("\n")
    for each in reversed(headings(body)):
        if each.says == one_line(label):
            lines[each.line : each.end] = [f"{'#' * each.level} {new}"]
    return "\n".join(lines)


def add_passage(body: str, label: str, text: str, beside: Iterable[str]) -> str:
    """Return a body with one passage more, after the last of those that `beside` heads, and in their manner."""
    known, lines = set(map(one_line, beside)), body.rstrip("\n").split("\n")
    place, level = len(lines), LEVELS[1]
    says = headings(body)
    for number, each in enumerate(says, 1):
        if each.says in known:  # a passage goes on through the headings beneath its own
            after = (following.line for following in says[number:] if following.level <= each.level)
            place, level = next(after, len(lines)), each.level
    passage = f"{'#' * level} {label}\n\n{text.strip()}"
    parts = ("\n".join(lines[:place]).rstrip("\n"), passage, "\n".join(lines[place:]).strip("\n"))
    return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class Heading:
    """A heading that stands by itself (one within a quotation or a list cuts nothing): which token, and which lines."""

    index: int
    says: str
    level: int
    line: int
    end: int


def headings(body: str) -> list[Heading]:
    """Return a body's headings, in order."""
    found = []
    for index, (opening, inline) in enumerate(pairwise(MARKDOWN.parse(body))):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            found.append(Heading(index, one_line(inline.content), int(opening.tag[1]), *opening.map))
    return found


def one_line(text: str) -> str:
    """Return what a heading or a name says, whichever spaces it is written with."""
    return " ".join(text.split())
