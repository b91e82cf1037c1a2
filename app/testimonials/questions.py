"""Questions: the table of what the form asks, from which every list of questions, fields and columns is taken.

Its words are in content/questions.toml; what a version answers is in answered.py, the fields in question_fields.py.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from app.words import PEOPLE
from config import ROOT

FILE = ROOT / "content" / "questions.toml"


# The parts of the form, in the order of the author's page.
Part = StrEnum("Part", ["SITUATION", "PLACE", "ACCOUNT", "ADDITIONS", "MORE", "AUTHOR", "SIGNATURE", "UPDATE"])
# A line, paragraphs, an address of the web, or an answer chosen in a list.
Kind = StrEnum("Kind", ["LINE", "PROSE", "LINK", "CHOICE"])
# How an answer stands in the digest of what is displayed. An empty answer to a later question leaves no trace there;
# APART: under a key of its own (`Version.displayed()`).
Digest = StrEnum("Digest", ["ALWAYS", "IF_ANSWERED", "APART"])


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The words and bounds of a question in one of the forms; `least` and `most` count signs.

    `required` is the error where the answer is missing; without one the question is optional. `adding` follows
    « Ajouter », above a field that unfolds. `desk` is the question's name for editors, where this form has another.
    """

    label: str
    required: str = ""
    help: str = ""
    least: int = 0
    most: int = 0
    rows: int = 6
    size: str = ""
    autocomplete: str = ""
    adding: str = ""
    desk: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, by the name of its column and field; `columns` are those of a choice that is stored otherwise.

    Its headings: `desk` for editors, `shown` for readers (without one, the call's), `column` in an export, `recueil`.
    `choices` are the values of a choice, with their labels; without them the form has the list from elsewhere.
    `is_examined` by the assistant, `is_shown` in words to readers; `is_placed` by each page, where others of its part
    stand in a row. `usual` is an editor's usual request about it: its name, its words.
    """

    name: str
    part: Part
    kind: Kind
    columns: tuple[str, ...] = ()
    choices: Mapping[str, str]
    digest: Digest
    desk: str = ""
    shown: str = ""
    column: str = ""
    recueil: str = ""
    api: str = ""
    is_examined: bool = False
    is_shown: bool = False
    is_placed: bool = False
    asked: Asking | None = None  # of an author
    told: Asking | None = None  # of the editor who types what was told by voice
    edited: Asking | None = None  # of an editor
    response: Asking | None = None  # of an organisation that answers
    usual: tuple[str, str] | None = None

    @classmethod
    def of(cls, name: str, table: Mapping[str, Any]) -> Self:
        """Return the row of a table; what a form does not say is said by the author's form."""
        row = dict(table)
        asked, usual = row.pop("asked", {}), row.pop("usual", None)
        same = {"label": row.get("desk", ""), "most": row.pop("most", 0)} | asked
        unaided = same | {"help": "", "adding": ""}
        forms: dict[str, Any] = {
            "asked": same if asked else None,
            "told": same | row.pop("told", {}) if asked else None,
            "edited": unaided | {"autocomplete": ""} | row.pop("edited", {}) if asked or "edited" in row else None,
            "response": unaided | row.pop("response") if "response" in row else None,
        }
        return cls(
            name=name,
            part=Part[row.pop("part")],
            kind=Kind[row.pop("kind")],
            columns=tuple(row.pop("columns", [name])),
            choices=row.pop("choices", {}),
            digest=Digest[row.pop("digest", "IF_ANSWERED")],
            usual=(usual["label"], usual["words"]) if usual else None,
            **{form: Asking(**words) for form, words in forms.items() if words} | row,
        )

    def in_words(self, answer: str | None) -> str:
        """Return a stored answer as it is read: a choice by its label."""
        return self.choices.get(answer or "", answer or "")


# By name, in the order in which the desk reads their answers.
QUESTIONS: Mapping[str, Question] = {
    name: Question.of(name, table)
    for name, table in tomllib.loads(FILE.read_text(encoding="utf-8").replace("{people}", PEOPLE)).items()
}


def names(questions: Iterable[Question]) -> tuple[str, ...]:
    return tuple(question.name for question in questions)


EVERY = [*QUESTIONS.values()]
ON_PAGE = sorted(EVERY, key=lambda question: [*Part].index(question.part))
WRITTEN = [question for question in ON_PAGE if question.kind is not Kind.CHOICE]
# Those whose answers are columns of text: written, or chosen in a list of the table.
STORED_AS_TEXT = [question for question in EVERY if question.kind is not Kind.CHOICE or question.choices]

# The columns of a version that an author fills in; the themes are apart.
CONTENT = tuple(column for question in EVERY for column in question.columns if column != "themes")
# What a correction may respell or mask; what it may not touch.
SPELT = names(question for question in WRITTEN if question.kind is not Kind.LINK)
CHOSEN = tuple(column for question in EVERY if question.kind is Kind.CHOICE for column in question.columns)
# What the assistant reads, and too long to type again.
EXAMINED = names(question for question in ON_PAGE if question.is_examined)
PROSE = names(question for question in EVERY if question.kind is Kind.PROSE)
# What readers are shown as the author wrote or chose it, in JSON too.
SHOWN = [question for question in EVERY if question.is_shown]
SEARCHED = names(question for question in SHOWN if question.kind is not Kind.LINK)
IN_EVERY_DIGEST = names(question for question in EVERY if question.digest is Digest.ALWAYS)
IN_DIGEST_IF_ANSWERED = names(question for question in SHOWN if question.digest is Digest.IF_ANSWERED)
# Answers that no page has a place of its own for.
MORE = [question for question in EVERY if question.part is Part.MORE and not question.is_placed]
