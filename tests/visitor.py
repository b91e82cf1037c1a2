"""Visitor: an HTTP client that fills forms, presses buttons, and checks every page it gets."""

import json
import re
from collections.abc import Iterator
from contextvars import Context
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from lxml import html  # type: ignore[import-untyped]  # four calls, whose results are elements
from werkzeug.test import TestResponse

# « de » before a vowel, before « CLSM », and before an h that is not heard in a name that tests give.
UNELIDED = re.compile(r"\bde\s+(?!onze\b|oui\b|un\b)(?:[aeiouàâéèêëîïôûœ]|CLSM\b|H[eé]l)\w*", re.IGNORECASE)

Fields = list[tuple[str, str]]


class FarClient(FlaskClient):
    """A client in its own context: it shares no session and no transaction with the test."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return Context().run(super().open, *args, **options)


class Visitor:
    """Speaks HTTP to the application as a browser without JavaScript would."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.answer: TestResponse | None = None
        self.tree: Any = None  # lxml's page, none after a response that is no page
        self.typed: dict[str, str | list[str]] = {}

    def get(self, path: str) -> Self:
        return self.read(self.client.get(path, follow_redirects=True))

    def post(self, path: str, fields: Fields) -> Self:
        body: dict[str, list[str]] = {}
        for name, value in fields:
            body.setdefault(name, []).append(value)
        answer = self.client.post(path, data=body)
        if answer.status_code in {307, 308}:  # the fields are sent again; the test client would send none
            return self.post(answer.location, fields)
        return self.get(answer.location) if answer.location else self.read(answer)

    def read(self, answer: TestResponse) -> Self:
        self.answer = answer
        assert str(answer.content_type).count("charset=") <= 1
        self.tree = None
        self.typed = {}
        vars(self).pop("page", None)
        # HTML with CORS headers is what the element shows in a page, not a page.
        if answer.mimetype == "text/html" and "Access-Control-Allow-Origin" not in answer.headers:
            self.tree = html.document_fromstring(answer.get_data(as_text=True))
            inspect(self.tree, answer, self.client.application.config["SITE_NAME"])
        return self

    @cached_property
    def page(self) -> BeautifulSoup:
        """Return the page to look into, empty if the last response was none; `tree` is ten times as fast to make."""
        words = "" if self.answer is None or self.tree is None else self.answer.get_data(as_text=True)
        return BeautifulSoup(words, "lxml")

    @property
    def status(self) -> int:
        assert self.answer is not None
        return self.answer.status_code

    @property
    def path(self) -> str:
        assert self.answer is not None
        return str(self.answer.request.path)

    @property
    def text(self) -> str:
        """Return the text of the page's main part, with plain spaces."""
        return " ".join(" ".join(self.tree.xpath("//main")[0].xpath(".//text()")).split())

    @property
    def csrf_token(self) -> str:
        return str(self.tree.xpath("//*[@name='csrf_token']/@value")[0])

    def fill(self, **typed: str | list[str]) -> Self:
        self.typed |= typed
        return self

    def press(self, words: str = "", **attributes: str) -> Self:
        """Press the button that begins with these words and has these attributes, and follow redirections."""
        return self.press_button(self.button(words, **attributes))

    def press_button(self, button: Any) -> Self:
        pressed = [(button.get("name"), button.get("value", ""))] if button.get("name") else []
        return self.send(self.form_around(button), *pressed, path=button.get("formaction"))

    def send(self, form: Any, *pressed: tuple[str, str], path: str | None = None) -> Self:
        """Send a form of the page, as a button of that name and value would, and follow redirections."""
        fields = [*self.fields(form), *pressed]
        path = str(path or form.get("action") or self.path).partition("#")[0]
        if form.get("method", "get").lower() == "post":
            return self.post(path, fields)
        return self.get(f"{path}?{urlencode(fields)}")

    def find(self, words: str = "", **attributes: str) -> Any:
        """Return the button that begins with these words and has these attributes, None where there is none."""
        for button in self.tree.iter("button"):
            is_named = " ".join(button.text_content().split()).startswith(words)
            if is_named and all(button.get(name) == value for name, value in attributes.items()):
                return button
        return None

    def button(self, words: str = "", **attributes: str) -> Any:
        found = self.find(words, **attributes)
        assert found is not None, f"no button says {words!r} {attributes} on {self.path}: {self.text[:400]}"
        return found

    def forms(self, condition: str = "true()") -> list[Any]:
        """Return the forms of the page's main part that fulfil an XPath condition."""
        return list(self.tree.xpath(f"//main//form[{condition}]"))

    def form_of(self, words: str) -> Any:
        return self.form_around(self.button(words))

    def form_around(self, button: Any) -> Any:
        owner = button.get("form")
        forms = self.tree.xpath("//form[@id=$owner]", owner=owner) if owner else [*button.iterancestors("form")]
        assert forms, f"the button {button.text_content()!r} belongs to no form"
        return forms[0]

    def fields(self, form: Any) -> Iterator[tuple[str, str]]:
        """Yield the fields that a form would send: the values filled in, else its own."""
        known = set()
        owned = self.tree.xpath("//*[@form=$name]", name=form.get("id")) if form.get("id") else []
        for field in [*form.iter("input", "textarea", "select"), *owned]:
            name = field.get("name")
            if not name or field.tag == "button" or field.get("type") == "submit":
                continue
            known.add(name)
            if name in self.typed:
                continue
            yield from ((name, value) for value in values_of(field))
        for name, value in self.typed.items():
            assert name in known, f"the form has no field {name!r}, but {sorted(known)}"
            yield from ((name, each) for each in (value if isinstance(value, list) else [value]))


def values_of(field: Any) -> Iterator[str]:
    if field.tag == "textarea":
        yield (field.text or "").removeprefix("\n")
    elif field.tag == "select":
        options = [*field.iter("option")]
        chosen = [option for option in options if option.get("selected") is not None] or options[:1]
        yield from (option.get("value", option.text_content()) for option in chosen)
    elif field.get("type") not in {"radio", "checkbox"} or field.get("checked") is not None:
        yield field.get("value", "on" if field.get("type") == "checkbox" else "")


def inspect(page: html.HtmlElement, answer: TestResponse, site_name: str) -> None:
    assert page.get("lang") == "fr"
    headings = page.xpath("//h1")
    assert len(headings) == 1, f"{len(headings)} h1 on {answer.request.path}"
    title, heading = (" ".join(each.text_content().split()) for each in [page.xpath("//title")[0], *headings])
    if summaries := page.xpath("//*[contains(concat(' ', @class, ' '), ' summary ')]//*[@id='a-reprendre']"):
        assert title.startswith("À reprendre"), f"{title!r} does not start with what to mend"
        # Where a decision is refused, its errors stand beside the decisions.
        if not page.xpath("//*[contains(concat(' ', @class, ' '), ' review ')]"):
            assert summaries[0].xpath("descendant::h1 | following::h1"), "the summary of errors is first on its page"
    assert heading in title, f"{title!r} does not say {heading!r}"
    assert title.endswith(site_name)
    assert not (unelided := UNELIDED.findall(page.text_content())), f"{unelided} on {answer.request.path}"
    labelled = {label.get("for") for label in page.iter("label")}
    for field in page.iter("input", "select", "textarea"):
        if field.get("type") != "hidden" and field.get("id") not in labelled - {None}:
            label = field.get("aria-labelledby") or field.xpath("ancestor::label")
            assert label, f"{html.tostring(field, encoding='unicode')} has no label"
    for script in page.iter("script"):
        if script.get("type") == "application/ld+json":  # data, which a browser never runs
            json.loads(script.text)
        else:
            assert script.get("src"), "an inline script"
    for element in page.iter("*"):
        assert "style" not in element.attrib, f"an inline style on {element.tag}"
        assert not any(name.startswith("on") for name in element.attrib), f"an inline handler on {element.tag}"
    for form in page.iter("form"):
        if "post" in form.get("method", "").lower():
            tokens = form.xpath(".//input[@name='csrf_token']")
            assert len(tokens) == 1, f"{len(tokens)} CSRF tokens in {form.get('action')}"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    private = re.match(
        "/(mon-temoignage|recu|brouillon|connexion/lien|signalement|vos-donnees/mon-adresse|repondre|invitation|question|suivre)/",
        answer.request.path,
    )
    assert answer.headers["Referrer-Policy"] == ("strict-origin" if private else "same-origin")
    assert "Cache-Control" in answer.headers


def words_of(element: Tag) -> str:
    return " ".join(element.get_text().split())
