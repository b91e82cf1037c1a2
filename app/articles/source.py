"""An article's source, TOML front matter then Markdown: parsed and written out.

Problems are reported in French, to the people who write articles.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from app.articles import queries
from app.articles.addresses import owner_of
from app.articles.call import Call, call_problems
from app.articles.models import Article, Theme
from app.articles.passages import LEVELS, LONGEST_SLUG, MARKDOWN, PAGE_IDS, headings, one_line, passages

FENCE = "+++\n"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

OTHER = "autre"  # the slug of the theme without a passage: « Autre » in the form
ARTICLE_FIELDS = ("slug", "title", "summary")
THEME_FIELDS = ("slug", "label", "choice")

# Markdown that an article cannot contain, by token type.
REFUSED_TOKENS = {
    "image": "Une image ne peut pas figurer dans l’article : décrivez-la, ou donnez un lien.",
    "fence": "Un bloc de code (```) ne peut pas figurer dans l’article.",
    "code_block": "Des lignes en retrait font un bloc de code : ôtez les espaces au début des lignes.",
}


class SourceRefused(ValueError):
    """The source is malformed, or its passages do not match its themes."""


def load_missing_article(session: Session, path: Path) -> None:
    """Insert the article of a source file, unless its slug exists; raise `SourceRefused`."""
    front, body = parse_source(path.read_text(encoding="utf-8"))
    if owner_of(session, front["slug"]) is None:
        session.add(build_article(front, body))


def load_article(session: Session, path: Path) -> Article:
    """Insert or update the article of a source file; raise `SourceRefused`.

    A theme that the source no longer lists stays in the database, after the others: testimonials may refer to it.
    """
    front, body = parse_source(path.read_text(encoding="utf-8"))
    refuse_reserved(front["slug"])
    article = session.scalar(queries.by_slug_public_or_not(front["slug"]))
    if article is None:
        article = build_article(front, body)
        session.add(article)
        return article
    for name in (*ARTICLE_FIELDS, "published_on", "call"):
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
    """Return a new article; raise `SourceRefused` for a reserved slug."""
    refuse_reserved(front["slug"])
    themes = [Theme(position=position, **row) for position, row in enumerate(front["themes"])]
    return Article(
        body=body, themes=themes, **{name: front[name] for name in (*ARTICLE_FIELDS, "published_on", "call")}
    )


def parse_source(text: str) -> tuple[dict[str, Any], str]:
    """Split a source into its front matter and its body; raise `SourceRefused` if either has a problem."""
    text = text.replace("\r\n", "\n")
    if not text.startswith(FENCE) or FENCE not in text[len(FENCE) :]:
        raise SourceRefused("Un article commence par son en-tête, entre deux lignes « +++ ».")
    header, body = text[len(FENCE) :].split(FENCE, 1)
    try:
        front = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise SourceRefused(f"L’en-tête n’est pas du TOML : {error}.") from error
    body = body.strip() + "\n"
    problems = header_problems(front)
    if not problems:
        labels = [theme["label"] for theme in front["themes"] if theme["slug"] != OTHER]
        problems = body_problems(body, labels)
    if problems:
        raise SourceRefused(" ".join(problems))
    front["themes"] = [{name: theme[name] for name in THEME_FIELDS} for theme in front["themes"]]
    front["call"] = Call.of(front["call"])
    return front, body


def header_problems(front: Mapping[str, Any]) -> list[str]:
    """Return the problems of a front matter, a sentence each."""
    missing = [name for name in ARTICLE_FIELDS if not is_text(front.get(name))]
    problems = [f"L’en-tête doit donner « {name} », entre guillemets." for name in missing]
    day = front.get("published_on")
    if not isinstance(day, date) or isinstance(day, datetime):
        problems.append("L’en-tête doit donner « published_on », sans guillemets : 2026-11-24.")
    problems += call_problems(front.get("call"))
    themes = front.get("themes")
    if not isinstance(themes, list) or not all(isinstance(each, dict) for each in themes):
        return [*problems, "L’en-tête doit donner les articulations, chacune sous « [[themes]] »."]
    for number, theme in enumerate(themes, 1):
        missing = [name for name in THEME_FIELDS if not is_text(theme.get(name))]
        problems += [f"L’articulation {number} doit donner « {name} », entre guillemets." for name in missing]
    slugs = [str(each.get("slug")) for each in (front, *themes)]
    problems += [
        f"L’adresse « {slug} » ne convient pas : des minuscules sans accent, des chiffres, des traits d’union."
        for slug in slugs
        if not is_slug(slug)
    ]
    problems += [
        f"La page se sert du nom « {slug} » : donnez un autre « slug » à cette articulation."
        for slug in slugs[1:]
        if slug in PAGE_IDS
    ]
    for name in ("slug", "label"):
        counts = Counter(str(each.get(name)) for each in themes)
        repeated = [value for value, times in counts.items() if times > 1]
        problems += [f"Deux articulations ont le même « {name} » : {value}." for value in repeated]
    return problems


def refuse_reserved(slug: str) -> None:
    """Raise `SourceRefused` for a slug that the platform's own addresses use."""
    if slug in reserved_slugs():
        raise SourceRefused(f"La plateforme se sert de l’adresse « {slug} » : choisissez-en une autre.")


def reserved_slugs() -> frozenset[str]:
    """Return the first segment of every address, and the segments that stand where others have a slug."""
    paths = [rule.rule.split("/")[1:] for rule in current_app.url_map.iter_rules()]
    before_slugs = {tuple(path[: path.index("<slug>")]) for path in paths if "<slug>" in path}
    segments = {path[0] for path in paths}
    segments |= {
        path[len(start)]
        for start in before_slugs
        for path in paths
        if tuple(path[: len(start)]) == start and len(path) > len(start)
    }
    return frozenset(filter(is_slug, segments))


def is_slug(text: str) -> bool:
    return bool(SLUG.fullmatch(text)) and len(text) <= LONGEST_SLUG


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def body_problems(body: str, labels: Iterable[str]) -> list[str]:
    """Return the problems of a body, a sentence each: every label is the heading of exactly one passage."""
    all_headings = headings(body)
    wrong = [heading.text for heading in all_headings if heading.level not in LEVELS]
    problems = [f"L’intertitre « {text} » doit commencer par ##, ### ou ####." for text in wrong]
    counts = Counter(heading.text for heading in all_headings)
    labels = [one_line(label) for label in labels]
    if missing := [f"« {label} »" for label in labels if not counts[label]]:
        problems.append(
            f"Aucun intertitre ne dit {' ni '.join(missing)} : un passage n’est lié à son articulation que par "
            "l’intertitre qui en porte le nom."
        )
    problems += [f"Deux intertitres disent « {label} » : il en faut un seul." for label in labels if counts[label] > 1]
    token_types = [child.type for token in MARKDOWN.parse(body) for child in (token, *(token.children or ()))]
    problems += [sentence for kind, sentence in REFUSED_TOKENS.items() if kind in token_types]
    return problems


def serialize_source(article: Article) -> str:
    """Return the source of an article, for `parse_source`; a theme without a passage is left out."""
    described = {passage.theme for passage in passages(article)} | {OTHER}
    front = [f"{name} = {toml_string(getattr(article, name))}" for name in ("slug", "title", "summary")]
    front.append(f"published_on = {article.published_on.isoformat()}")
    front += call_lines("call", article.call.table())
    for theme in article.themes:
        if theme.slug in described:
            front += ["", "[[themes]]", *(f"{name} = {toml_string(getattr(theme, name))}" for name in THEME_FIELDS)]
    return "".join((FENCE, *(f"{line}\n" for line in front), FENCE, article.body))


def call_lines(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of a call, then the tables within it."""
    yield from ("", f"[{path}]")
    yield from (f"{name} = {toml_string(value)}" for name, value in table.items() if isinstance(value, str) and value)
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from call_lines(f"{path}.{name}", value)


def toml_string(text: str) -> str:
    """Return a TOML basic string: JSON's escapes, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
