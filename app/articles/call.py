"""Call: what an article asks of its readers; the partner's names, and the wordings by situation.

Its words are composed of the partner's names (`usual_call.toml`), but for those that the article has of its own: these
alone are written, in its source as the TOML table `[call]`, in the database as JSON. The code says « partner »; who
that is, an article says.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.words import PEOPLE

# Situations, by their stored values (app/testimonials/situation.py), and that of an author who has not chosen yet.
SITUATIONS = ("past", "regular", "planned")
UNSETTLED = "unsettled"

LISTED, TYPED, UNASKED = MODES = "listed", "typed", "unasked"
INDEFINITE, DEFINITE = ("un", "une"), ("le", "la", "l’")


@dataclass(frozen=True, kw_only=True)
class PartnerNames:
    """With whom people worked: chosen in a referential, typed, or not asked.

    `a` and `the` are the articles of both names.
    """

    mode: str
    referential: str = ""  # its slug, where the partner is listed
    a: str  # « un » or « une »
    the: str  # « le », « la » or « l’»
    short: str
    short_plural: str
    long: str
    long_plural: str

    @classmethod
    def completed(cls, table: Mapping[str, str]) -> Self:
        """Return the names of a table, whose short ones may be missing or empty."""
        short = table.get("short") or table["long"]
        short_plural = table.get("short_plural") or usual_plural(short, table["long"], table["long_plural"])
        return cls(**{**table, "short": short, "short_plural": short_plural})

    def table(self) -> dict[str, str]:
        """Return what `completed()` cannot find by itself."""
        table = {name: value for name, value in asdict(self).items() if value}
        for name in ("short_plural", "short"):
            kept = {key: value for key, value in table.items() if key != name}
            if self.completed(kept) == self:
                table = kept
        return table

    @property
    def is_listed(self) -> bool:
        return self.mode == LISTED

    def agreed(self, masculine: str, feminine: str) -> str:
        return feminine if self.a == "une" else masculine

    @property
    def label(self) -> str:
        """The short name where it stands alone, above a value or a field: « Atelier »."""
        return f"{self.short[:1].upper()}{self.short[1:]}"

    @property
    def definite(self) -> str:
        """« le centre », « l’atelier »."""
        return f"{self.the}{'' if self.the.endswith('’') else ' '}{self.short}"

    @property
    def of(self) -> str:
        """« du centre », « de la maison », « de l’atelier »."""
        return f"du {self.short}" if self.the == "le" else f"de {self.definite}"

    @property
    def this_other(self) -> str:
        return f"{self.agreed('cet', 'cette')} autre {self.short}"

    @property
    def another(self) -> str:
        return f"{self.a.capitalize()} autre {self.short}"

    @property
    def one(self) -> str:
        return f"{self.a.capitalize()} {self.short}"

    @property
    def unstated(self) -> str:
        return f"{self.label} non {self.agreed('précisé', 'précisée')}"

    @property
    def concerned(self) -> str:
        return f"{self.label} {self.agreed('concerné', 'concernée')}"

    @property
    def which(self) -> str:
        return f"{self.agreed('quel', 'quelle')} {self.short}"

    @property
    def all_of_them(self) -> str:
        """The choice of no filter: « Tous »."""
        return self.agreed("Tous", "Toutes")


@dataclass(frozen=True, kw_only=True)
class Questions:
    """The wordings of questions 7 to 9; the first words of an account; what the form offers to add to it."""

    account: str
    outcome: str
    obstacles: str
    opening: str
    add_outcome: str
    add_obstacles: str


@dataclass(frozen=True, kw_only=True)
class SituationWords(Questions):
    """The words of one situation: for readers `label`, for authors `choice`, in a composed title `after_place`.

    The headings stand above the same three answers, for readers.
    """

    label: str
    choice: str
    after_place: str
    account_heading: str
    outcome_heading: str
    obstacles_heading: str


Wordings = Mapping[str, Mapping[str | None, str]]
WORDED = ("account", "outcome", "obstacles")


@dataclass(frozen=True, kw_only=True)
class Call:
    """An article's call: its title and invitation on the article; welcome, question and example on the form.

    `names` is None where there is no partner. The wordings by situation are `past`, `regular`, `planned`; `unsettled`
    until the author has chosen one.
    """

    title: str
    invitation: str
    welcome: str
    question: str
    example: str
    names: PartnerNames | None
    unsettled: Questions
    past: SituationWords
    regular: SituationWords
    planned: SituationWords

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return the call of a table without problems: its words, and composed ones in place of those it lacks."""
        names = PartnerNames.completed(table["partner"]) if table.get("partner") else None
        composed = composed_words(names)
        words: dict[str, Any] = overridden({name: composed[name] for name in TEXTS}, table)
        tables: dict[str, Any] = {
            path: kind(**overridden(following(composed[path], table.get(path, {})), table.get(path, {})))
            for path, kind in TABLES.items()
        }
        return cls(names=names, **words, **tables)

    def table(self) -> dict[str, Any]:
        """Return the words that are not the composed ones."""
        words, composed = asdict(self), composed_words(self.names)
        table: dict[str, Any] = differing({name: words[name] for name in TEXTS}, composed)
        if self.names:
            table["partner"] = self.names.table()
        for path in TABLES:
            usual = following(composed[path], differing(words[path], composed[path]))
            own = differing(words[path], usual)
            table |= {path: own} if own else {}
        return table

    @cached_property
    def partner(self) -> PartnerNames | None:
        """The partner that the form asks an author to name, if it does."""
        return self.names if self.names and self.names.mode != UNASKED else None

    @cached_property
    def organisations(self) -> tuple[str, ...]:
        """The names of the partner: the assistant takes them for nobody's."""
        names = self.names
        return (names.short, names.short_plural, names.long, names.long_plural) if names else ()

    def words(self, situation: str) -> SituationWords:
        words: SituationWords = getattr(self, situation)
        return words

    @cached_property
    def situations(self) -> Mapping[str, SituationWords]:
        return {name: self.words(name) for name in SITUATIONS}

    @cached_property
    def wordings(self) -> Wordings:
        """The wordings of each question, by situation; None: until the author has chosen one."""
        return {name: self._by_situation(name) for name in WORDED}

    @cached_property
    def openings(self) -> Mapping[str | None, str]:
        return self._by_situation("opening")

    @cached_property
    def additions(self) -> Wordings:
        return {name: self._by_situation(f"add_{name}") for name in ("outcome", "obstacles")}

    @cached_property
    def headings(self) -> Mapping[str, Mapping[str, str]]:
        """The headings of the answers, for readers, by situation."""
        return {
            name: {key: getattr(words, f"{name}_heading") for key, words in self.situations.items()} for name in WORDED
        }

    def _by_situation(self, name: str) -> Mapping[str | None, str]:
        words: dict[str | None, str] = {None: getattr(self.unsettled, name)}
        return words | {key: getattr(each, name) for key, each in self.situations.items()}


TEXTS = ("title", "invitation", "welcome", "question", "example")
LONG_NAMES, SHORT_NAMES = ("a", "the", "long", "long_plural"), ("short", "short_plural")
TABLES: Mapping[str, type[Questions]] = {UNSETTLED: Questions, **dict.fromkeys(SITUATIONS, SituationWords)}


def usual_plural(short: str, long: str, long_plural: str) -> str:
    """Return the plural of a short name: of an acronym itself, of the first words of the long name theirs."""
    words = short.split()
    if words == long.split()[: len(words)]:
        return " ".join(long_plural.split()[: len(words)])
    return short if short.isupper() else f"{short.rstrip('sxz')}s"


def call_problems(table: object) -> Iterator[str]:
    """Yield what keeps a `[call]` from being one, a sentence each."""
    if not isinstance(table, Mapping):
        yield "« [call] » doit être une table, ou manquer."
        return
    yield from text_problems("call", table, TEXTS, known=(*TABLES, "partner"))
    for name, kind in TABLES.items():
        part = table.get(name, {})
        if not isinstance(part, Mapping):
            yield f"« [call.{name}] » doit être une table, ou manquer."
        else:
            yield from text_problems(f"call.{name}", part, tuple(each.name for each in fields(kind)))
    partner = table.get("partner")
    if partner is not None:
        yield from partner_problems(partner)


def partner_problems(partner: object) -> Iterator[str]:
    if not isinstance(partner, Mapping):
        yield "« [call.partner] » doit être une table, ou manquer s’il n’y a pas de partenaire."
        return
    if partner.get("mode") not in MODES:
        yield (
            f"« call.partner.mode » vaut « {LISTED} » (choisi dans une liste), « {TYPED} » (écrit par l’auteur·e) ou "
            f"« {UNASKED} » (le formulaire ne le demande pas)."
        )
    needed = (*LONG_NAMES, "referential") if partner.get("mode") == LISTED else LONG_NAMES
    for name in needed:
        if not isinstance(partner.get(name), str) or not partner[name].strip():
            yield f"L’en-tête doit donner « call.partner.{name} », entre guillemets."
    yield from text_problems("call.partner", partner, SHORT_NAMES, known=(*LONG_NAMES, "mode", "referential"))
    if partner.get("mode") != LISTED and "referential" in partner:
        yield f"« call.partner.referential » nomme une liste : « call.partner.mode » vaut alors « {LISTED} »."
    if partner.get("a") and partner["a"] not in INDEFINITE:
        yield "« call.partner.a » vaut « un » ou « une »."
    if partner.get("the") and partner["the"] not in DEFINITE:
        yield "« call.partner.the » vaut « le », « la », ou « l’ » avec l’apostrophe courbe (’)."


def text_problems(
    path: str, table: Mapping[str, Any], names: tuple[str, ...], known: tuple[str, ...] = ()
) -> Iterator[str]:
    for name, value in table.items():
        if name in names and not isinstance(value, str):
            yield f"« {path}.{name} » est un texte, entre guillemets."
        elif name not in {*names, *known}:
            yield f"« {path}.{name} » n’est pas un nom que l’en-tête connaît."


def overridden(composed: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    return {name: own[name] if own.get(name, "").strip() else value for name, value in composed.items()}


def differing(words: Mapping[str, str], composed: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in words.items() if value != composed[name]}


def following(composed: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the composed words of a situation: a question of one's own is its heading, and what the form offers."""
    words = dict(composed)
    for name in WORDED:
        if question := own.get(name, "").strip():
            followers = {f"{name}_heading": question, f"add_{name}": f"{question[:1].lower()}{question[1:]}"}
            words |= {key: value for key, value in followers.items() if key in words}
    return words


@lru_cache(maxsize=1)
def usual_words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("usual_call.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def composed_words(names: PartnerNames | None) -> Mapping[str, Any]:
    """Return the words of a call that has none of its own."""
    words = {name: value for name, value in usual_words().items() if name != "with_partner"}
    if names is None:
        return words
    one, in_full = (f"{names.a} {name}" for name in (names.short, names.long))
    named = {"people": PEOPLE, "short": names.short, "one": one, "one_in_full": in_full}
    return words | {name: value.format(**named) for name, value in usual_words()["with_partner"].items()}


@lru_cache(maxsize=64)
def call_of(text: str) -> Call:
    """Return the call that a row keeps as JSON; the same object for the same text."""
    return Call.of(json.loads(text))


class CallColumn(TypeDecorator[Call]):
    """A call as JSON in a column of text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Call | None, _dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value.table(), ensure_ascii=False)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Call | None:
        return None if value is None else call_of(value)


def usual_call() -> Call:
    """Return the call that a new article starts from: no partner, wordings that fit any collaboration."""
    return Call.of({})
