"""Form, the typed base over Flask-WTF, the fields and validators that forms share, and the tidying of typed text."""

import re
import unicodedata
from contextlib import suppress
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, Field, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of 3.2
from wtforms.validators import DataRequired, Email, Optional, ValidationError

from app import french

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class Form(FlaskForm):
    """A form in French, with a CSRF token. Fields sent twice are refused before it (app/web/request_checks.py)."""

    class Meta(FlaskForm.Meta):
        """Settings WTForms reads."""

        locales = ("fr",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]  # Flask-WTF ships no types

    def is_sent(self) -> bool:
        return request.method == "POST" and bool(self.validate())

    @property
    def fields_in_error(self) -> list[Field]:
        return [field for field in self if field.errors and field.name != "csrf_token"]

    @property
    def page_expired(self) -> bool:
        """Whether the form was refused for its CSRF token: its page belongs to another session."""
        return bool("csrf_token" in self and self["csrf_token"].errors)


class ButtonForm(Form):
    """A button without fields: only the CSRF token is checked."""


class TidyField(StringField):
    """A text that is tidied; what comes back as the page had it stays as it is stored, tidy or not."""

    def process(self, *arguments: Any, **options: Any) -> None:
        super().process(*arguments, **options)
        if self.raw_data and self.object_data and self.filters[0](self.object_data) == self.data:
            self.data = self.object_data


class Line(TidyField):
    """One line of text, its white space collapsed and stripped."""

    def __init__(self, label: str = "", validators: list[Any] | None = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[tidy_line], **options)


class Prose(TidyField, TextAreaField):
    """Paragraphs of text, as typed, without invisible characters."""

    def __init__(self, label: str = "", validators: list[Any] | None = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[tidy_prose], **options)


class Day(DateField):
    """A date, chosen in the browser's picker or typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Écrivez un jour qui existe, comme 2026-11-24.") from error


class Address(EmailField):
    """An e-mail address, normalized; `sentence` is the error if it is missing, and without one it is optional."""

    def __init__(self, label: str, sentence: str = "", **options: Any) -> None:
        wrong = Email(message="Vérifiez ce courriel : il s’écrit comme prenom.nom@exemple.fr.")
        validators = [required(sentence) if sentence else Optional(), Length(most=254), plain_before_at, wrong]
        super().__init__(label, validators, filters=[tidy_email], **options)


def plain_before_at(_form: object, field: Field) -> None:
    """Refuse accents before the @: hardly any address has one, and hardly any server accepts it (RFC 6531)."""
    if not field.data.rpartition("@")[0].isascii():
        raise ValidationError("Vérifiez ce courriel : avant le @, il ne peut y avoir ni accent ni signe rare.")


class Length:
    """Bounds the length of a text, in signs (characters, spaces included).

    The bounds are in the field's flags too, for the counter beside it.
    """

    def __init__(self, *, most: int, least: int = 0) -> None:
        self.most = most
        self.least = least
        self.field_flags = {"most": most, "least": least}

    def __call__(self, _form: object, field: Field) -> None:
        length = len(field.data or "")
        if length > self.most:
            count, most, excess = map(french.number, (length, self.most, length - self.most))
            raise ValidationError(f"{field.label.text} : {count} signes, {most} suffisent. Retirez-en {excess}.")
        if length < self.least:
            missing = french.count(self.least - length, "signe", "signes")
            raise ValidationError(f"Encore {missing} au moins : racontez un peu plus.")


def required(sentence: str) -> DataRequired:
    """Return the validator of a required field; white space alone is empty, and the sentence is the error."""
    return DataRequired(message=sentence)


def choice(value: str, label: str, attributes: str = "") -> SelectChoice:
    return SelectChoice(value, label, {"attributes": attributes} if attributes else {})


def tidy(text: str | None) -> str:
    """Normalize a text (Unicode NFC, LF line ends) and remove control and format characters.

    Format characters (category Cf) reorder a text, hide in it, or make an empty one look filled in: editors must read
    exactly the text that readers will see.
    """
    text = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in CONTROLS.sub("", text) if unicodedata.category(sign) != "Cf")


def tidy_line(text: str | None) -> str:
    return " ".join(tidy(text).split())


def tidy_email(text: str | None) -> str:
    return tidy_line(text).lower()


def masked_email(address: str | None) -> str:
    """Return enough of an address for its owner to notice a typo: « c…@ville.fr »; nothing of none."""
    if not address:
        return ""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def mailbox(address: str) -> str:
    """Return an address without its tag (« nom+x@… », RFC 5233), its domain as the name servers spell it (RFC 3490)."""
    local, _, domain = address.lower().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local.partition('+')[0] or local}@{domain}"


def tidy_prose(text: str | None) -> str:
    return "\n".join(line.rstrip() for line in tidy(text).split("\n")).strip()
