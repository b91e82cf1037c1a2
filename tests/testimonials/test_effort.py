"""ALTCHA, where the setting has it: who has not computed is asked, as anyone who looks like a machine, and believed."""

import base64
import hashlib
import json
import threading
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials import effort
from app.testimonials.models import Testimonial
from app.testimonials.suspicions import Sign, signs_of
from config import Development
from tests.acts import stored
from tests.testimonials.test_form import NO, preview
from tests.visitor import Visitor

PAGE = str(uuid.uuid4())


@pytest.fixture(autouse=True)
def asking(app: Flask) -> None:
    """The platform asks."""
    app.config["ALTCHA"] = True


def solved(asked: str, **changes: object) -> str:
    """Do what a browser does: look for the number; return the answer as the protocol has it."""
    told = json.loads(asked)
    for number in range(told["maxnumber"] + 1):
        if hashlib.sha256(f"{told['salt']}{number}".encode()).hexdigest() == told["challenge"]:
            return base64.b64encode(json.dumps(told | {"number": number} | changes).encode()).decode()
    raise AssertionError("no such number")


def computed(visitor: Visitor) -> str:
    return solved(str(visitor.page.select("[data-altcha]")[0]["data-altcha"]))


def send(visitor: Visitor, answer: str) -> Visitor:
    """Send the preview with an answer, which a script would have put into the form."""
    form = visitor.page.select_one("form#envoi")
    assert form is not None
    fields = [*visitor.fields(form), *NO.items(), ("step", "send"), ("altcha", answer)]
    return visitor.post("/articles/crpv/temoigner", fields)


def test_nobody_is_asked_anything_by_default(app: Flask, visitor: Visitor, session: Session) -> None:
    app.config["ALTCHA"] = Development({"DEMO": "0", "SECRET_KEY": "x", "INSTANCE": "/nowhere"}).ALTCHA
    assert not preview(visitor).page.select("[data-altcha], script[src*=altcha]")
    visitor.fill(**NO).press("Envoyer")
    assert signs_of(session, stored(session, Testimonial)[0].id) == []


def test_whoever_has_computed_is_asked_nothing(visitor: Visitor, session: Session) -> None:
    send(preview(visitor), computed(visitor))
    assert visitor.path.startswith("/recu/")
    assert signs_of(session, stored(session, Testimonial)[0].id) == []


def test_without_a_script_one_is_asked_believed_and_loses_nothing(visitor: Visitor, session: Session) -> None:
    preview(visitor).fill(publish="yes", attest="y").press("Envoyer")
    assert visitor.status == 422
    assert "Est-ce bien vous ?" in visitor.text
    assert not visitor.page.select("[data-altcha]"), "who is asked has nothing more to compute"
    assert stored(session, Testimonial) == []
    visitor.press("Oui, c’est moi")
    assert visitor.path.startswith("/recu/")
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.publication_consent
    assert signs_of(session, testimonial.id) == [Sign.EFFORTLESS]


def test_who_is_asked_for_another_reason_keeps_what_was_computed(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    app.config["FASTEST_FORM"] = timedelta(hours=1)
    send(preview(visitor), computed(visitor))
    assert "Est-ce bien vous ?" in visitor.text
    visitor.press("Oui, c’est moi")
    assert signs_of(session, stored(session, Testimonial)[0].id) == [Sign.HASTY]


def test_the_answer_of_one_page_serves_no_other(app: Flask, visitor: Visitor, session: Session) -> None:
    first, second = preview(visitor), preview(Visitor(app))
    answer = computed(first)
    send(first, answer)
    send(second, answer)
    assert "Est-ce bien vous ?" in second.text
    assert len(stored(session, Testimonial)) == 1


def test_an_answer_used_twice_at_once_stores_one_text(app: Flask, visitor: Visitor, session: Session) -> None:
    answer = computed(preview(visitor))
    other = Visitor(app)
    other.client, other.page = visitor.client, visitor.page
    barrier = threading.Barrier(2)

    def use(sending: Visitor) -> None:
        barrier.wait()
        send(sending, answer)

    threads = [threading.Thread(target=use, args=(each,)) for each in (visitor, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert visitor.path.startswith("/recu/"), "the other half of a double click gets the same receipt"
    assert other.path == visitor.path
    assert len(stored(session, Testimonial)) == 1


def test_only_the_right_number_in_time_for_its_page_will_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        asked = effort.asked(PAGE)
        told = json.loads(asked)
        good = solved(asked)
        assert told["algorithm"] == "SHA-256"
        assert effort.is_done(good, PAGE)
        assert not effort.is_done(good, str(uuid.uuid4()))
        number = json.loads(base64.b64decode(good))["number"]
        longer = told["salt"].replace("expires=", "expires=9")
        other = effort.digest(told["salt"], number + 1)
        for changes in (
            {"number": number + 1},
            {"number": f"0{number}"},
            {"salt": longer},
            {"salt": f"{told['salt']}page={PAGE}&"},
            {"signature": other},
            {"signature": hashlib.sha256(told["challenge"].encode()).hexdigest()},
        ):
            assert not effort.is_done(solved(asked, **changes), PAGE), changes
        app.config["SECRET_KEY"] = "another key altogether"
        assert not effort.is_done(good, PAGE)
        monkeypatch.setattr(effort, "GOOD_FOR", timedelta(seconds=-1))
        assert not effort.is_done(solved(effort.asked(PAGE)), PAGE)


NOT_BASE64 = ["", "é", "a", "A" * 200_000]
NOT_JSON = ["null", "5", "[]", "{}", "[" * 20_000, '{"salt": null}', '{"salt": [], "number": 1, "signature": []}']
SALTS = ["?expires=x&page=y", "?expires=1&expires=2&page=y", "?expires=" + "9" * 5000 + "&page=y", "?page=y"]


@pytest.mark.parametrize(
    "told", [*NOT_JSON, *(json.dumps({"salt": salt, "number": 1, "signature": "é"}) for salt in SALTS)]
)
def test_what_answers_something_else_is_no_answer(app: Flask, told: str) -> None:
    with app.app_context():
        assert not effort.is_done(base64.b64encode(told.encode()).decode(), PAGE)


@pytest.mark.parametrize("answer", NOT_BASE64)
def test_what_is_no_answer_is_none(app: Flask, answer: str) -> None:
    with app.app_context():
        assert not effort.is_done(answer, PAGE)
