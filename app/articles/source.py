"""An article's source, TOML front matter then Markdown: parsed, each problem with its line, and written out.

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

from app.articles.addresses import owner_of
from app.articles.call import Call, call_problems
from app.articles.models import Article, Theme
from app.articles.opening import end_moment, first_moment, period_problem
from app.articles.passages import LEVELS, LONGEST_SLUG, MARKDOWN, PAGE_IDS, headings, one_line, passages
from app.db import now
from app.french import paris_time

FENCE = "+++\n"
FENCE_LINE = re.compile(r"^\+\+\+[ \t]*\n", re.MULTILINE)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

OTHER = "autre"  # the slug of the theme without a passage: « Autre » in the form
ARTICLE_FIELDS = ("slug", "title", "summary")
THEME_FIELDS = ("slug", "label", "choice")
PERIOD_FIELDS = ("opens_on", "closes_on")
DAY_FIELDS = (*PERIOD_FIELDS, "closed_on")
YEARS = range(1990, 2100)

MALFORMED = "L’adresse « {slug} » ne convient pas : des minuscules sans accent, des chiffres, des traits d’union."
WRITTEN_DAY = f"un jour sans guillemets, entre {YEARS.start} et {YEARS.stop - 1} : 2026-11-24."
FUTURE_DAY = "Cette date de publication est à venir : choisissez aujourd’hui, ou un jour passé."
ONE_HEADING = "un passage n’est lié à son articulation que par l’intertitre qui en porte le nom."

# Markdown that an article cannot contain, by token type.
REFUSED_TOKENS = {
    "image": "Une image ne peut pas figurer dans l’article : décrivez-la, ou donnez un lien.",
    "fence": "Un bloc de code (```) ne peut pas figurer dans l’article.",
    "code_block": "Des lignes en retrait font un bloc de code : ôtez les espaces au début des lignes.",
}

TABLE = re.compile(r"\s*\[(?P<array>\[?)\s*(?P<name>[\w.\s-]+?)\s*\]")
SETTING_NAME = re.compile(r"\s*\"?(?P<key>[\w. -]+?)\"?\s*=")
# What tomllib says of its place, in English, at the end of its message.
PLACE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")
NAMED = re.compile(r"« \[?(call[\w.]*)\]? »")


class SourceRefused(ValueError):
    """The source is malformed, or its passages do not match its themes; the arguments are its problems."""

    def __str__(self) -> str:
        return " ".join(map(str, self.args))


class HeaderLines:
    """The line of each name of a front matter, by path: « title », « call.past.label », « themes.2.slug »."""

    def __init__(self, header: str) -> None:
        self.numbers: dict[str, int] = {}
        path, tables, number = "", Counter[str](), 1
        for number, line in enumerate(header.split("\n"), 2):
            if table := TABLE.match(line):
                path = table["name"].replace(" ", "")
                if table["array"]:
                    tables[path] += 1
                    path = f"{path}.{tables[path]}"
                self.numbers.setdefault(path, number)
            elif key := SETTING_NAME.match(line):
                for name in (key["key"], key["key"].split(".")[0]):
                    self.numbers.setdefault(f"{path}.{name}".lstrip("."), number)
        self.end = number + 1  # the line of the second fence

    def of(self, path: str) -> int:
        """Return the line of a name, else that of its table, else the first."""
        while path and path not in self.numbers:
            path = path.rpartition(".")[0]
        return self.numbers.get(path, 1)

    def at(self, path: str, sentence: str) -> str:
        return on_line(self.of(path), sentence)

    def at_named(self, sentence: str) -> str:
        """Say where a name of the call stands that a sentence quotes."""
        named = NAMED.search(sentence)
        return self.at(named[1] if named else "call", sentence)


def on_line(number: int, sentence: str) -> str:
    return f"Ligne {number} : {sentence[:1].lower()}{sentence[1:]}"


def toml_problem(error: tomllib.TOMLDecodeError, lines: HeaderLines) -> str:
    """Return where a header cannot be read; it was parsed with the end of the first fence before it."""
    place = PLACE.search(str(error))
    number, column = (int(place["line"]), place["column"]) if place else (lines.end, "1")
    return on_line(
        number,
        f"L’en-tête ne se lit pas à partir du signe {column} : vérifiez les guillemets, les crochets, les signes « = » "
        "et les noms donnés deux fois.",
    )


def load_missing_article(session: Session, path: Path) -> None:
    """Insert the article of a source file, unless its slug is or was an article's; raise `SourceRefused`."""
    front, body = parse_source(path.read_text(encoding="utf-8"))
    if owner_of(session, front["slug"]) is None:
        session.add(build_article(front, body))


def build_article(front: Mapping[str, Any], body: str) -> Article:
    """Return a new article; raise `SourceRefused` for a reserved slug."""
    refuse_reserved(front["slug"])
    themes = [
        Theme(position=position, **{name: row[name] for name in THEME_FIELDS})
        for position, row in enumerate(front["themes"])
    ]
    return Article(
        body=body,
        themes=themes,
        is_public=front.get("online", True),
        is_open=front.get("open", True),
        closed_at=first_moment(front.get("closed_on")),
        opens_at=first_moment(front.get("opens_on")),
        closes_at=end_moment(front.get("closes_on")),
        **{name: front[name] for name in (*ARTICLE_FIELDS, "published_on", "call")},
    )


def parse_source(text: str) -> tuple[dict[str, Any], str]:
    """Split a source into its front matter and its body; raise `SourceRefused` if either has a problem."""
    text = f"{normalized(text)}\n"
    if not (opening := FENCE_LINE.match(text)):
        raise SourceRefused(on_line(1, "Un article commence par son en-tête, entre deux lignes « +++ »."))
    if not (closing := FENCE_LINE.search(text, opening.end())):
        raise SourceRefused(on_line(1, "Cet en-tête ne finit pas : une seconde ligne « +++ » le sépare du texte."))
    header, body = text[opening.end() - 1 : closing.start() - 1], text[closing.end() :]
    lines = HeaderLines(header[1:])
    try:
        front = tomllib.loads(f"{header}\n")
    except tomllib.TOMLDecodeError as error:
        raise SourceRefused(toml_problem(error, lines)) from error
    first = lines.end + 1 + body[: len(body) - len(body.lstrip())].count("\n")
    body = body.strip() + "\n"
    problems = header_problems(front, lines)
    if not problems and not body.strip():
        problems = [on_line(first, "L’article n’a pas de texte : écrivez-le sous l’en-tête.")]
    if not problems:
        problems = source_body_problems(front["themes"], body, lines, first)
    if problems:
        raise SourceRefused(*problems)
    front["themes"] = [
        {name: theme[name] for name in THEME_FIELDS} | {"passage": theme.get("passage", True)}
        for theme in front["themes"]
    ]
    front["call"] = Call.of(front.get("call", {}))
    return front, body


def normalized(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def source_body_problems(themes: Any, body: str, lines: HeaderLines, first: int) -> list[str]:
    """Return the problems of the body of a source, whose first line is the nth of all."""
    described = {
        number: one_line(theme["label"])
        for number, theme in enumerate(themes, 1)
        if theme["slug"] != OTHER and theme.get("passage", True)
    }
    problems = []
    for line, label, sentence in located_problems(body, described.values()):
        number = next((number for number, each in described.items() if each == label), 0)
        problems.append(lines.at(f"themes.{number}.label", sentence) if number else on_line(first + line, sentence))
    return problems


def header_problems(front: Mapping[str, Any], lines: HeaderLines) -> list[str]:
    """Return the problems of a front matter, a sentence each."""
    at = lines.at
    missing = [name for name in ARTICLE_FIELDS if not is_text(front.get(name))]
    problems = [at(name, f"L’en-tête doit donner « {name} », entre guillemets.") for name in missing]
    if not is_day(front.get("published_on")):
        problems.append(at("published_on", f"L’en-tête doit donner « published_on », {WRITTEN_DAY}"))
    problems += setting_problems(front, lines)
    problems += [lines.at_named(sentence) for sentence in call_problems(front.get("call", {}))]
    themes = front.get("themes")
    if not isinstance(themes, list) or not all(isinstance(each, dict) for each in themes):
        return [*problems, at("themes", "L’en-tête doit donner les articulations, chacune sous « [[themes]] ».")]
    slug = front.get("slug")
    if is_text(slug) and not is_slug(str(slug)):
        problems.append(at("slug", MALFORMED.format(slug=slug)))
    for number, theme in enumerate(themes, 1):
        problems += [at(f"themes.{number}.{name}", sentence) for name, sentence in theme_problems(number, theme)]
    if not any(theme.get("slug") == OTHER for theme in themes):
        problems.append(
            at("themes", f"Ici manque l’articulation « {OTHER} », que tout article garde : elle accueille le reste.")
        )
    for name in ("slug", "label"):
        values = [one_line(str(each.get(name))) for each in themes]
        problems += [
            at(f"themes.{number}.{name}", f"Deux articulations ont le même « {name} » : {value}.")
            for number, value in enumerate(values, 1)
            if value in values[: number - 1]
        ]
    return problems


def theme_problems(number: int, theme: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the problems of a theme, each with the name at which it stands."""
    for name in THEME_FIELDS:
        if not is_text(theme.get(name)):
            yield name, f"L’articulation {number} doit donner « {name} », entre guillemets."
    slug = theme.get("slug")
    if is_text(slug) and not is_slug(str(slug)):
        yield "slug", MALFORMED.format(slug=slug)
    if is_text(slug) and slug in PAGE_IDS:
        yield "slug", f"La page se sert du nom « {slug} » : donnez un autre « slug » à cette articulation."
    if not isinstance(theme.get("passage", True), bool):
        yield "passage", "« passage » vaut false pour une articulation sans passage dans l’article, ou manque."
    for name in theme.keys() - {*THEME_FIELDS, "passage"}:
        yield name, f"« {name} » n’est pas un nom qu’une articulation connaît."


def setting_problems(front: Mapping[str, Any], lines: HeaderLines) -> Iterator[str]:
    """Yield the problems of what a front matter may leave out, and of names that it does not know."""
    for name in ("online", "open"):
        if not isinstance(front.get(name, True), bool):
            yield lines.at(name, f"« {name} » vaut true ou false, sans guillemets.")
    wrong = [name for name in DAY_FIELDS if name in front and not is_day(front[name])]
    yield from (lines.at(name, f"« {name} » est {WRITTEN_DAY}") for name in wrong)
    if not wrong and (problem := period_problem(*(front.get(name) for name in PERIOD_FIELDS))):
        yield lines.at("closes_on", problem)
    if "closed_on" in front and front.get("open") is not False:
        yield lines.at("closed_on", "« closed_on » dit depuis quand l’appel est clos : il demande « open = false ».")
    known = {*ARTICLE_FIELDS, *DAY_FIELDS, "published_on", "online", "open", "call", "themes"}
    for name in front.keys() - known:
        yield lines.at(name, f"« {name} » n’est pas un nom que l’en-tête connaît.")


def is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime) and value.year in YEARS


def day_problems(front: Mapping[str, Any], text: str) -> list[str]:
    """Return a sentence with its line if a parsed source is to be published later: pages say « publié le » at once."""
    if front["published_on"] <= paris_time(now()):
        return []
    return [HeaderLines(text.partition("\n")[2]).at("published_on", FUTURE_DAY)]


def refuse_reserved(slug: str) -> None:
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
    return list(dict.fromkeys(sentence for _, _, sentence in located_problems(body, map(one_line, labels))))


def located_problems(body: str, labels: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the problems of a body, each with its line, from 0 on, and the label whose heading is missing."""
    all_headings = headings(body)
    for heading in all_headings:
        if heading.level not in LEVELS:
            yield heading.line, "", f"L’intertitre « {heading.text} » doit commencer par ##, ### ou ####."
    for label in labels:
        named = [heading for heading in all_headings if heading.text == label]
        if not named:
            yield 0, label, f"Aucun intertitre ne dit « {label} » : {ONE_HEADING}"
        if len(named) > 1:
            yield named[1].line, "", f"Deux intertitres disent « {label} » : il en faut un seul."
    for token in MARKDOWN.parse(body):
        for child in (token, *(token.children or ())):
            if child.type in REFUSED_TOKENS:
                yield (token.map or [0])[0], "", REFUSED_TOKENS[child.type]


def serialize_source(article: Article) -> str:
    """Return the source of an article, all that it is, for `parse_source`."""
    described = {passage.theme for passage in passages(article)} | {OTHER}
    opening = article.opening
    front = [f"{name} = {toml_string(getattr(article, name))}" for name in ("slug", "title", "summary")]
    days = {"published_on": article.published_on, "opens_on": opening.opens_on, "closes_on": opening.closes_on}
    front += [f"{name} = {day.isoformat()}" for name, day in days.items() if day]
    front += [f"online = {json.dumps(article.is_public)}", f"open = {json.dumps(article.is_open)}"]
    if opening.closed_on:
        front.append(f"closed_on = {opening.closed_on.isoformat()}")
    front += call_lines("call", article.call.table())
    for theme in sorted(article.themes, key=lambda each: each.position):
        front += ["", "[[themes]]", *(f"{name} = {toml_string(getattr(theme, name))}" for name in THEME_FIELDS)]
        front += [] if theme.slug in described else ["passage = false"]
    return "".join((FENCE, *(f"{line}\n" for line in front), FENCE, article.body))


def call_lines(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"[{path}]")
    yield from (f"{name} = {toml_string(value)}" for name, value in table.items() if isinstance(value, str) and value)
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from call_lines(f"{path}.{name}", value)


def toml_string(text: str) -> str:
    """Return a TOML basic string: JSON's escapes, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
