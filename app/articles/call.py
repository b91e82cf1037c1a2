"""Call: what an article asks of its readers, in its own words; the partner's names, and the wordings by situation.

The source of an article gives it as the TOML table `[call]`, the database keeps it as JSON: the same names in both. The
code says « partner »; who that is, an article says.
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

# Situations, by their stored values (app/testimonials/situation.py), and that of an author who has not chosen yet.
SITUATIONS = ("past", "regular", "planned")
UNSETTLED = "unsettled"

LISTED, TYPED = MODES = "listed", "typed"
INDEFINITE, DEFINITE = ("un", "une"), ("le", "la", "l’")


@dataclass(frozen=True, kw_only=True)
class PartnerNames:
    """With whom people worked: chosen in a referential, or typed. `a` and `the` are the articles of both names."""

    mode: str
    referential: str = ""  # its slug, where the partner is listed
    a: str  # « un » or « une »
    the: str  # « le », « la » or « l’»
    short: str
    short_plural: str
    long: str
    long_plural: str

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

    `partner` is None where there is none. The wordings by situation are `past`, `regular`, `planned`; `unsettled` until
    the author has chosen one.
    """

    title: str
    invitation: str
    welcome: str
    question: str
    example: str
    partner: PartnerNames | None
    unsettled: Questions
    past: SituationWords
    regular: SituationWords
    planned: SituationWords

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """Return the call of a table that has no problem (`call_problems()`)."""
        partner = table.get("partner")
        return cls(
            **{name: table[name] for name in TEXTS},
            partner=PartnerNames(**partner) if partner else None,
            unsettled=Questions(**table[UNSETTLED]),
            past=SituationWords(**table["past"]),
            regular=SituationWords(**table["regular"]),
            planned=SituationWords(**table["planned"]),
        )

    def table(self) -> dict[str, Any]:
        table = asdict(self)
        return {name: value for name, value in table.items() if value is not None}

    @cached_property
    def organisations(self) -> tuple[str, ...]:
        """The names of the partner: the assistant takes them for nobody's."""
        names = self.partner
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
PARTNER_TEXTS = ("a", "the", "short", "short_plural", "long", "long_plural")
TABLES = {UNSETTLED: Questions, **dict.fromkeys(SITUATIONS, SituationWords)}


def call_problems(table: object) -> Iterator[str]:
    """Yield what keeps a `[call]` from being one, a sentence each."""
    if not isinstance(table, Mapping):
        yield "L’en-tête doit donner l’appel, sous « [call] »."
        return
    yield from missing_texts("call", table, TEXTS)
    for name, kind in TABLES.items():
        part = table.get(name)
        if not isinstance(part, Mapping):
            yield f"L’en-tête doit donner « [call.{name}] »."
        else:
            yield from missing_texts(f"call.{name}", part, tuple(each.name for each in fields(kind)))
    partner = table.get("partner")
    if partner is not None:
        yield from partner_problems(partner)
    known = {*TEXTS, *TABLES, "partner"}
    yield from (f"« call.{name} » n’est pas un nom que l’en-tête connaît." for name in table if name not in known)


def partner_problems(partner: object) -> Iterator[str]:
    if not isinstance(partner, Mapping):
        yield "« [call.partner] » doit être une table, ou manquer s’il n’y a pas de partenaire."
        return
    if partner.get("mode") not in MODES:
        yield f"« call.partner.mode » vaut « {LISTED} » (choisi dans une liste) ou « {TYPED} » (écrit par l’auteur·e)."
    texts = (*PARTNER_TEXTS, "referential") if partner.get("mode") == LISTED else PARTNER_TEXTS
    yield from missing_texts("call.partner", partner, texts, known=("mode", "referential"))
    if partner.get("mode") != LISTED and "referential" in partner:
        yield f"« call.partner.referential » nomme une liste : « call.partner.mode » vaut alors « {LISTED} »."
    if partner.get("a") and partner["a"] not in INDEFINITE:
        yield "« call.partner.a » vaut « un » ou « une »."
    if partner.get("the") and partner["the"] not in DEFINITE:
        yield "« call.partner.the » vaut « le », « la », ou « l’ » avec l’apostrophe courbe (’)."


def missing_texts(
    path: str, table: Mapping[str, Any], names: tuple[str, ...], known: tuple[str, ...] = ()
) -> Iterator[str]:
    for name in names:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"L’en-tête doit donner « {path}.{name} », entre guillemets."
    if path != "call":
        unknown = [name for name in table if name not in {*names, *known}]
        yield from (f"« {path}.{name} » n’est pas un nom que l’en-tête connaît." for name in unknown)


@lru_cache(maxsize=64)
def call_of(text: str) -> Call:
    """Return the call that a row keeps as JSON; the same object for the same text."""
    return Call.of(json.loads(text))


def call_text(call: Call) -> str:
    return json.dumps(call.table(), ensure_ascii=False, separators=(",", ":"))


class CallColumn(TypeDecorator[Call]):
    """A call as JSON in a column of text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Call | None, _dialect: Dialect) -> str | None:
        return None if value is None else call_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Call | None:
        return None if value is None else call_of(value)


@lru_cache(maxsize=1)
def usual_call() -> Call:
    """Return the call that a new article starts from: no partner, wordings that fit any collaboration."""
    return Call.of(tomllib.loads(Path(__file__).with_name("usual_call.toml").read_text(encoding="utf-8")))
