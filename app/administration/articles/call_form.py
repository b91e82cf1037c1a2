"""The form of a call: its partner, its words, when it takes testimonials. Composed words come filled in."""

import json
from dataclasses import asdict, fields
from typing import Any, Self

from flask import request
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField
from wtforms.validators import Optional, ValidationError

from app.administration.articles.forms import RevisionForm, refuse_if_any, within_years
from app.administration.articles.version_diff import CALL_HEADINGS, NAMES
from app.articles import editing
from app.articles.call import LISTED, TABLES, TEXTS, TYPED, UNASKED, Call, call_problems
from app.articles.models import Article
from app.articles.opening import period_problem
from app.db import db
from app.forms import Day, Length, Line, Prose, choice, tidy_line
from app.french import count
from app.territories.queries import referentials_with_totals

NEW = "+"  # no slug of a list
GENDERS = {"un le": "un, le", "une la": "une, la", "un l’": "un, l’", "une l’": "une, l’"}
MODE_LABELS = {LISTED: "Dans une liste", TYPED: "En l’écrivant", UNASKED: "On ne le demande pas"}
LONG_TEXTS = {"invitation", "welcome", "example"}


class CallForm(RevisionForm):
    """The call of an article. `shown` is the call that the page showed: words left as they were stay composed."""

    shown = HiddenField()
    long = Line("En toutes lettres", [Length(most=120)])
    long_plural = Line("Au pluriel", [Length(most=120)])
    short = Line("En court, où la place manque", [Length(most=60)])
    gender = RadioField("On dit", choices=[choice(*each) for each in GENDERS.items()], validate_choice=False)
    mode = RadioField(
        "Comment l’auteur·e dit lequel", choices=[choice(*each) for each in MODE_LABELS.items()], default=UNASKED
    )
    referential = SelectField("La liste")
    is_open = BooleanField("L’appel est ouvert")
    opens_on = Day("À partir du", [Optional(), within_years])
    closes_on = Day("Jusqu’au", [Optional(), within_years])

    def __init__(self, shown: Call, **options: Any) -> None:
        super().__init__(**options)
        self.before = shown
        self.referential.choices = [*listed_choices(), choice(NEW, "Une liste nouvelle, que je donne ensuite")]

    @classmethod
    def of(cls, article: Article) -> Self:
        """Return the form, filled from the request or else from the article."""
        if request.method == "POST":
            return cls(call_in(request.form.get("shown", "")) or article.call)
        opens_on, closes_on = editing.opening_days(article)
        days = {"is_open": article.is_open, "opens_on": opens_on, "closes_on": closes_on}
        return cls(article.call, data=facts_of(article.call) | days)

    def show(self, call: Call) -> None:
        """Fill the words in as they are composed now."""
        self.before = call
        for name, words in words_of(call).items():
            self[name].data = words

    @property
    def shown_table(self) -> str:
        return json.dumps(self.before.table(), ensure_ascii=False)

    def validate_long(self, field: Field) -> None:
        if not field.data and (self.mode.data != UNASKED or self.long_plural.data or self.short.data):
            raise ValidationError("Nommez avec qui les équipes ont travaillé, comme « centre social ».")

    def validate_long_plural(self, field: Field) -> None:
        if self.long.data and not field.data:
            raise ValidationError("Écrivez ce nom au pluriel, comme « centres sociaux ».")

    def validate_gender(self, field: Field) -> None:
        if self.long.data and field.data not in GENDERS:
            raise ValidationError("Choisissez ce que l’on dit devant ce nom : les questions en sont faites.")

    def validate_closes_on(self, field: Field) -> None:
        refuse_if_any([each for each in (period_problem(self.opens_on.data, field.data),) if each])

    @property
    def is_of_new_list(self) -> bool:
        return bool(self.mode.data == LISTED and self.referential.data == NEW)

    def call(self, new_list: str = NEW) -> Call:
        """Return the call as typed, `new_list` the slug of the one to be given. The form must be valid."""
        words, own = words_of(self.before), own_words(self.before)
        for name, before in words.items():
            if tidy_line(self[name].data) != tidy_line(before):
                own[name] = self[name].data
        table: dict[str, Any] = {name: own[name] for name in TEXTS if own.get(name)}
        for path in TABLES:
            table[path] = {name: own[f"{path}_{name}"] for name in names_in(path) if own.get(f"{path}_{name}")}
        if self.long.data:
            table["partner"] = self.partner(new_list)
        return Call.of(table)

    def partner(self, new_list: str) -> dict[str, str]:
        a, the = self.gender.data.split()
        names = {name: self[name].data or "" for name in ("long", "long_plural", "short")}
        before = self.before.names
        if before and all(getattr(before, name) == value for name, value in names.items()):
            names["short_plural"] = before.short_plural
        if self.mode.data == LISTED:
            names["referential"] = new_list if self.is_of_new_list else self.referential.data
        return names | {"mode": self.mode.data, "a": a, "the": the}


def names_in(path: str) -> list[str]:
    return [each.name for each in fields(TABLES[path])]


for _name in TEXTS:
    _kind, _most = (Prose, 1500) if _name in LONG_TEXTS else (Line, 160)
    setattr(CallForm, _name, _kind(CALL_HEADINGS[_name], [Length(most=_most)]))
for _path in TABLES:
    for _name in names_in(_path):
        setattr(CallForm, f"{_path}_{_name}", Prose(NAMES[_name].capitalize(), [Length(most=200)]))


def words_of(call: Call) -> dict[str, str]:
    """Return the words of a call, by the names of their fields."""
    table = asdict(call)
    words = {name: table[name] for name in TEXTS}
    return words | {f"{path}_{name}": table[path][name] for path in TABLES for name in table[path]}


def own_words(call: Call) -> dict[str, str]:
    table = call.table()
    own = {name: table[name] for name in TEXTS if name in table}
    return own | {f"{path}_{name}": words for path in TABLES for name, words in table.get(path, {}).items()}


def facts_of(call: Call) -> dict[str, Any]:
    facts: dict[str, Any] = words_of(call)
    if call.names is None:
        return facts
    names = call.names
    return facts | asdict(names) | {"gender": f"{names.a} {names.the}"}


def call_in(text: str) -> Call | None:
    """Return the call that a page said it showed; none where that is not one."""
    try:
        table = json.loads(text)
    except ValueError:
        return None
    return None if any(call_problems(table)) else Call.of(table)


def listed_choices() -> list[Any]:
    return [
        choice(each.slug, f"{each.name}, {count(offered, 'nom', 'noms')}")
        for each, _, offered in referentials_with_totals(db.session())
    ]
