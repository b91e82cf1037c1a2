"""French typography: dates, delays, numbers, plurals, sentences, and the openings of texts."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from app.db import now

MINUTE = timedelta(minutes=1)
# The article that organisations' first words take, where they are not plain names: « du CLSM », « de l’Association ».
OF_COMMON = {
    **dict.fromkeys(("ccas", "centre", "clsm", "collectif", "comite", "conseil", "gem", "reseau", "service"), "du "),
    **dict.fromkeys(("communaute", "mairie", "maison", "metropole", "mission", "ville"), "de la "),
    **dict.fromkeys(("agence", "ars", "association", "atelier", "epsm", "equipe", "espace", "hopital"), "de l’"),
}
# A vowel, an h that is not heard (« Hélène », not « Hassan » nor « Hollande »), a y before a consonant (« Yves »).
ELIDED = re.compile(r"[aeiou]|y[^aeiou]|h(?:ab|ali|arm|e(?!m\b|ros\b|rs)|i[lprs]|o(?!ch|ll|ng|rs|u)|ub|ug|um|y)")
# « 9 jours » rather than « 1 semaine »: a unit is used from two on.
LEAST_UNITS = 2
PARIS = ZoneInfo("Europe/Paris")

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
PAIRS = (("«", "»"), ("“", "”"), ('"', '"'))
# A sentence ends after these marks and what closes with them, or at the end of a paragraph that has none.
ENDS = re.compile(r"[.!?…]+(?:\s*[»”)\]]|\")*(?=\s)|(?<=[^\s:;,])(?=[^\S\n]*\n\s*\n)")
STARTS = re.compile(r"(?P<gap>\s+)(?P<bullet>[-–—•*·]\s*)?[«“\"(\[\s]*(?P<first>\w?)(?P<number>\d?[.)]\s)?")
# Nothing ends within what is quoted or between brackets, nor within a list and what announces it.
PAIRED = re.compile(r"«(?:[^«»]|«[^«»]*»)*»|“[^“”]*”|\"[^\"]*\"|\([^()]*\)|\[[^\[\]]*\]")
ITEM = r"\n\s*(?:[-–—•*·]|\d+[.)])\s.*"
LISTED = re.compile(rf":[^\S\n]*{ITEM}(?:{ITEM})*|:[^\S\n]*\n\s*(?:[^.!?…\n]+\n(?=[^\n]))*[^.!?…\n]*[.!?…]?")
# What stands before a point that ends nothing: an initial, the number of an item, or an abbreviation.
SHORT = re.compile(
    r"(?:\w\.)*(?:[A-ZÀ-Þ]|[b-df-xz]|\d{1,2})|(?i:al|approx|art|av|bd|cf|chap|coord|dép|dr|env|éd|ex|fig|max|mgr|min|ml{2}es?"
    r"|mmes?|mm|no|pp|pr|réf|resp|ste?|tél|vol|janv|févr|avr|juil|sept|oct|nov|déc)"
)
UNITS = (
    (timedelta(days=365), "an", "ans"),
    (timedelta(days=30), "mois", "mois"),
    (timedelta(weeks=1), "semaine", "semaines"),
    (timedelta(days=1), "jour", "jours"),
    (timedelta(hours=1), "heure", "heures"),
    (MINUTE, "minute", "minutes"),
    (timedelta(seconds=1), "seconde", "secondes"),
)


def day(moment: datetime | date) -> str:
    """Return a date in full: « mardi 24 novembre 2026 »."""
    return f"{DAYS[paris_time(moment).weekday()]} {date_in_words(moment)}"


def date_in_words(moment: datetime | date) -> str:
    """Return a date without its weekday: « 24 novembre 2026 »."""
    there = paris_time(moment)
    return f"{numbered(there)} {MONTHS[there.month - 1]} {there.year}"


def numbered(there: date) -> str:
    return "1er" if there.day == 1 else str(there.day)


def month(there: date) -> str:
    """Return a month with its year: « novembre 2027 »."""
    return f"{MONTHS[there.month - 1]} {there.year}"


def short_day(moment: datetime | date) -> str:
    """Return a date for a margin: « 24 nov. 2026 »."""
    there = paris_time(moment)
    return f"{numbered(there)} {SHORT_MONTHS[there.month - 1]} {there.year}"


def instant(moment: datetime) -> str:
    """Return a moment in full, in Paris: « mardi 24 novembre 2026 à 14 h 05 »."""
    return f"{day(moment)} à {clock(moment)}"


def clock(moment: datetime) -> str:
    """Return the time of day in words, in Paris: « 4 h 05 »; on the hour, « 4 h »."""
    there = moment.astimezone(PARIS)
    return f"{there.hour}\u00a0h" + (f"\u00a0{there.minute:02}" if there.minute else "")


def ago(moment: datetime) -> str:
    return f"il y a {since(moment)}"


def since(moment: datetime) -> str:
    """Return the duration since a moment: « 3 jours »; under two minutes, « quelques instants »."""
    elapsed = now() - moment
    return lasting(elapsed) if elapsed >= LEAST_UNITS * MINUTE else "quelques instants"


def lasting(period: timedelta) -> str:
    """Return a period in the largest unit that it holds twice, rounded; one second at least."""
    period = max(period, timedelta(seconds=1))
    unit, one, many = next((each for each in UNITS if period >= LEAST_UNITS * each[0]), UNITS[-1])
    return count(round(period / unit), one, many)


@lru_cache(maxsize=2048)
def number(value: int) -> str:
    """Return a number with its narrow spaces: « 2 500 »."""
    return f"{value:,}".replace(",", "\u202f")


def count(value: int, one: str, many: str) -> str:
    """Return a counted noun: « 1 retour », « 4 retours »; zero is singular."""
    return f"{number(value)}\u00a0{many if value > 1 else one}"


def unbroken(name: str) -> str:
    """Return a name of ours (a région) with hyphens that never end a line; an author's words keep their own."""
    return name.replace("-", "\u2011")


def plain(text: str) -> str:
    """Return a text in ASCII lower case, for slugs and for alphabetical order; search has its own `words.plain()`."""
    split = text.replace("’", "-").replace("œ", "oe").replace("Œ", "oe")
    return unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().lower()


def by_name(row: Any) -> str:
    """Sort rows by their names: neither capitals nor accents count, nor the engine's own order."""
    return plain(row.name)


def of(name: str) -> str:
    """Return a name after « de »: « d’Angers », « du CLSM d’Ornemare », « de Yann »."""
    folded = plain(name)
    common = OF_COMMON.get(folded.partition(" ")[0])
    return f"{common or ('d’' if ELIDED.match(folded) else 'de ')}{name}"


def of_place(name: str) -> str:
    """Return a place or an organisation after « de »; its own article joins it, a person's does not: « du Havre »."""
    return re.sub("^de le(s?) ", lambda match: "des " if match[1] else "du ", of(name), flags=re.IGNORECASE)


def paris_time(moment: datetime | date) -> date:
    return moment.astimezone(PARIS).date() if isinstance(moment, datetime) else moment


def init_app(app: Flask) -> None:
    filters = (day, date_in_words, short_day, month, instant, ago, since, number, of, of_place, unbroken)
    app.jinja_env.filters.update({each.__name__: each for each in filters})
    app.jinja_env.globals.update(count=count)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of a text begins, and where the space after it does.

    In doubt two sentences are one: what is cut too early can say the contrary of what its author wrote.
    """
    whole = [match.span() for pattern in (PAIRED, LISTED) for match in pattern.finditer(text)]
    ends = [match.end() for match in ENDS.finditer(text) if is_end(text, match)]
    spans, start = [], 0
    for end in (*ends, len(text)):
        if any(first < end < last for first, last in whole):
            continue
        if sentence := text[start:end].strip():
            start += text[start:end].index(sentence)
            spans.append((start, start + len(sentence)))
        start = end
    return spans


def is_end(text: str, match: re.Match[str]) -> bool:
    """Whether a sentence ends at a mark: what follows begins one, and the mark is not that of an abbreviation."""
    following = STARTS.match(text, match.end())
    if following is None:
        return False
    is_new_line = "\n" in following["gap"]
    begins = following["first"].isupper() or following["first"].isdigit() or "[" in following[0]  # what is masked
    if not match[0]:
        return begins and not following["bullet"]
    word = re.split(r"[\s«“(\"’'-]", text[max(match.start() - 40, 0) : match.start()])[-1]
    is_item = following["first"].isdigit() and following["number"] and not is_new_line
    if is_item or (match[0] == "." and SHORT.fullmatch(word)):
        return False
    return begins or bool(is_new_line and following["bullet"])


def single_spaced(text: str) -> str:
    return " ".join(text.split())


def opening(text: str, length: int) -> str:
    """Return the first sentences of a text, whole, that fit in `length` signs; else its first words and an ellipsis."""
    openings = (single_spaced(text[:stop]) for _, stop in sentence_spans(text))
    if fitting := list(takewhile(lambda each: len(each) <= length, openings)):
        return fitting[-1]
    text = single_spaced(text)
    return text[:length].rsplit(" ", 1)[0].rstrip(" ,;:") + " …" if text else ""


def unquoted(text: str) -> str:
    """Remove the quotation marks around a whole text, which is to be put between guillemets."""
    text = text.strip()
    bare = text.rstrip(".!?…").rstrip()
    for opens, closes in PAIRS:
        within = bare[1:-1]
        if len(bare) > 1 and bare[0] == opens and bare[-1] == closes and not {opens, closes} & set(within):
            words, end = within.strip(), text[len(bare) :].strip()
            return words if words.endswith((".", "!", "?", "…")) else words + end
    return text
