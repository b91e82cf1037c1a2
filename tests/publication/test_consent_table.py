"""The consent truth table: purpose × way × state × outlet.

A text is read where its state is shown and its author agreed to the purpose of the outlet; by which way the answer
came changes nothing, and no purpose opens the outlet of another. The oracle is `OPENED`, and what each step leaves.

Of what was told by voice, the answer comes as its teller gives it: over HTTP, by the link of a letter or by a code.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import AUTHOR
from app.catalog.filters import Filters
from app.catalog.listing import find_item
from app.catalog.visibility import Outlet, visible
from app.db import now
from app.features.alerts import mails as alert_mails
from app.features.alerts.models import Alert
from app.mail.outbox import Email
from app.moderation.recueils.contents import load_contents
from app.privacy.retention import due_acts
from app.publication.printed import routes as printed
from app.testimonials import mails, stale_emails
from app.testimonials.consent import Channel, ConsentDecision, ConsentMissing
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.consent_changes import call_back, consent_again
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.situation import Became, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import a_site, a_synthesis, amend_text, erase, expire, hide, private_page, withdraw
from tests.depth import DEPTH
from tests.factories import a_testimonial, a_transcript, an_alert, by_editor, the_article
from tests.visitor import Visitor

P = Purpose
BOXES = {P.REUSE: "reuse", P.CONTACT: "contact", P.QUESTIONS: "questions"}


class Way(StrEnum):
    """How an author answered: by a channel of the form's, or as who told a text signs it."""

    FORM = "form"
    PRIVATE_PAGE = "private_page"
    PROOF = "proof"
    LETTER = "letter"
    CODE = "code"

    @property
    def is_told(self) -> bool:
        return self in {Way.LETTER, Way.CODE}


# What an author agreed to → the outlets that have the words, in a state that is shown; and the two that reach the
# author: the form of a colleague's question, and the letter that asks a year later what became of a project.
OPENED: Mapping[tuple[Purpose, ...], set[str]] = {
    (P.PUBLICATION,): {"page", "site"},
    (P.PUBLICATION, P.REUSE): {"page", "site", "open"},
    (P.PUBLICATION, P.CONTACT): {"page", "site", "letter"},
    (P.PUBLICATION, P.QUESTIONS): {"page", "site", "question"},
    (P.PUBLICATION, P.REUSE, P.CONTACT, P.QUESTIONS, P.ATTESTATION): {"page", "site", "open", "letter", "question"},
}

# Who gave no address is not asked to be written to.
BY_CODE: Sequence[tuple[Purpose, ...]] = ((P.PUBLICATION,), (P.PUBLICATION, P.REUSE))

# Without consent to publication nothing is read anywhere, whatever else was agreed to.
NEVER_PUBLISHED: Sequence[tuple[Purpose, ...]] = ((), (P.REUSE,), (P.REUSE, P.CONTACT, P.QUESTIONS, P.ATTESTATION))

ALL, NONE = {"page", "site", "open", "question", "letter"}, set[str]()
SAID = ALL - {"letter"}  # what became of the project is said: nobody asks
WITHOUT_REUSE = SAID - {"open"}  # withdrawing ended it; consenting again is to publication alone

UNREAD = "zinzolinunreadfin"  # a word of an amended version that no editor has read


def editors(*actions: Action) -> Callable[[Session, Testimonial], None]:
    def step(session: Session, text: Testimonial) -> None:
        for action in actions:
            text.perform(action, by=by_editor(session))

    return step


def confirm(_session: Session, text: Testimonial) -> None:
    if text.status is Status.UNCONFIRMED:  # who told a text has shown that it is theirs by answering
        text.confirm()


def send_proof(session: Session, text: Testimonial) -> None:
    text.propose(text.latest.edited(title=f"{text.latest.title}, relu"))
    text.perform(Action.SEND_PROOF, by=by_editor(session))


def sign(_session: Session, text: Testimonial) -> None:
    sign_version(text, text.latest.digest)


def amend(_session: Session, text: Testimonial) -> None:
    amend_text(text, title=UNREAD, account=f"{UNREAD}. " * 12)


def tell_sequel(_session: Session, text: Testimonial) -> None:
    amend_text(text, became=Became.DONE, became_on=date(2026, 11, 1), sequel="La permanence a ouvert.")


def mask(session: Session, text: Testimonial) -> None:
    _, others = text.approved.account.split(" ", 1)
    text.propose(text.approved.edited(account=f"[passage masqué] {others}"), as_correction=True)
    text.perform(Action.PUBLISH, by=by_editor(session))


def contest(_session: Session, text: Testimonial) -> None:
    contest_decision(text, "Rendez-moi mes mots.")


def end(_session: Session, text: Testimonial) -> None:
    """The period is over, and the scheduled job has not run yet."""
    text.published_until = now() - timedelta(seconds=1)


def recall(_session: Session, text: Testimonial) -> None:
    call_back(text)


def renew(_session: Session, text: Testimonial) -> None:
    text.perform(Action.RENEW, by=AUTHOR)


def put_back(_session: Session, text: Testimonial) -> None:
    consent_again(text)


# A life through every state: the step, the state it leads to, and the outlets that this state leaves open.
LIFE: Sequence[tuple[Callable[[Session, Testimonial], None], str, set[str]]] = (
    (confirm, "pending", NONE),
    (editors(Action.REQUEST_CHANGES), "changes_requested", NONE),
    (editors(Action.CANCEL_REQUEST, Action.KEEP_INTERNAL), "internal", NONE),
    (editors(Action.REOPEN, Action.DECLINE), "declined", NONE),
    (editors(Action.REOPEN), "pending", NONE),
    (send_proof, "proof_sent", NONE),
    (sign, "published", ALL),
    (hide, "published, hidden", NONE),
    (editors(Action.UNHIDE), "published", ALL),
    (editors(Action.UNPUBLISH), "unpublished", NONE),
    (editors(Action.REOPEN, Action.PUBLISH), "published", ALL),
    (withdraw, "withdrawn", NONE),
    (recall, "published", ALL),
    (mask, "published, masked", ALL),
    (contest, "published, contested", ALL),
    (editors(Action.RESTORE), "published", ALL),
    (tell_sequel, "published, what became of it waits", SAID),
    (editors(Action.PUBLISH), "published, with what became of it", SAID),
    (renew, "published, renewed", SAID),
    (withdraw, "withdrawn", NONE),
    (put_back, "pending", NONE),
    (editors(Action.PUBLISH), "published, without reuse", WITHOUT_REUSE),
    (amend, "published, amended", WITHOUT_REUSE),
    (end, "published, its period over", NONE),
    (expire, "unpublished", NONE),
    (erase, "erased", NONE),
)


def agreed(app: Flask, session: Session, name: str, purposes: Sequence[Purpose], way: Way) -> Testimonial:
    """Return a text that waits for editors or for a confirmation, with a word of its own everywhere; committed.

    What was said in the form is no, where another channel says yes later.
    """
    if way.is_told:
        text, code = a_told_text(session, name, way)
        answer_as_teller(app, text, code, purposes, title=f"{word_of(name)} dit par qui le raconte")
        session.rollback()
        return text
    in_form = purposes if way is Way.FORM else ()
    asked = {"publish": P.PUBLICATION, "reuse": P.REUSE, "contact": P.CONTACT, "questions": P.QUESTIONS}
    answers = {each: purpose in in_form for each, purpose in asked.items()}
    email = f"{name}@exemple.fr"
    text = a_testimonial(session, status=Status.UNCONFIRMED, email=email, **words_of(name), **answers)
    for purpose in purposes if way is not Way.FORM else ():
        text.answer(purpose, ConsentDecision.GIVEN, Channel(way.value))
    session.commit()
    return text


def a_told_text(session: Session, name: str, way: Way) -> tuple[Testimonial, str | None]:
    told = a_transcript(session, email=f"{name}@exemple.fr" if way is Way.LETTER else None, **words_of(name))
    session.commit()
    return told


def answer_as_teller(
    app: Flask, text: Testimonial, code: str | None, purposes: Sequence[Purpose], **changed: str
) -> Visitor:
    """Sign what was told over HTTP, by a code or else by the link of the letter; other words go to the editors."""
    teller = Visitor(app)
    if code is None:
        teller.get(private_page(text))
    else:
        teller.get("/mon-temoignage").fill(code=code).press("Ouvrir ma page")
    if changed:
        teller.press("Changer le texte").fill(**changed).press("Relire mon texte")
    ticked = {box: "y" for purpose, box in BOXES.items() if purpose in purposes}
    publishes = P.PUBLICATION in purposes
    answers = {"publish": "yes", "attest": "y"} if publishes else {"publish": "no"}
    return teller.fill(attribution="role", **answers, **ticked).press("Je signe")


def words_of(name: str) -> Mapping[str, Any]:
    """Return the facts of a project whose every answer, and whose signature, have the word of a name."""
    named = ("title", "outcome", "obstacles", "advice", "clsm", "author_role")
    words = dict.fromkeys(named, word_of(name))
    return {**words, "account": " ".join([f"Avant {word_of(name)}."] * 12), "situation": Situation.PLANNED}


def word_of(name: str) -> str:
    """Return a word that no outlet escapes, and of which no other is a part."""
    return f"zinzolin{name.replace('_', '').lower()}fin"


def lists(key: str) -> Mapping[str, Sequence[str]]:
    return {
        "page": ["/articles/crpv", "/articles/crpv?mots=zinzolin", "/articles/crpv/synthese", "/sitemap.xml"],
        "site": [f"/integration/crpv?nombre=20&cle={key}", f"/integration/crpv/cadre?nombre=20&cle={key}"],
        "open": [
            "/integration/crpv?nombre=20",
            "/integration/crpv/cadre?nombre=20",
            "/api/v1/articles/crpv/testimonials?limite=50",
            "/api/v1/articles/crpv/testimonials?limite=50&mots=zinzolin",
            "/articles/crpv/flux.atom",
            "/articles/crpv/flux.atom?mots=zinzolin",
            "/api/v1/articles/crpv/synthesis",
        ],
    }


def of_one(text: Testimonial, key: str) -> Mapping[str, str]:
    return {
        "page": f"/temoignages/{text.public_id}",
        "site": f"/integration/temoignages/{text.public_id}/cadre?cle={key}",
        "open": f"/api/v1/testimonials/{text.public_id}",
    }


def asked_a_year_later(session: Session, texts: Mapping[str, Testimonial]) -> set[str]:
    """Return the names of the texts whose authors the clock would ask, had a year passed; the caller rolls back."""
    for text in texts.values():
        if text.published_at is not None:
            text.published_at -= timedelta(days=366)
    session.flush()
    for act in due_acts(session):
        act.run(session)
        session.flush()
    written = session.scalars(select(Email).where(Email.message == mails.UPDATE_ASKED))
    asked = {email.testimonial_id for email in stale_emails.without_stale(session, written)}
    return {name for name, text in texts.items() if text.id in asked}


def told_to_a_follower(session: Session, alert: Alert, texts: Mapping[str, Testimonial]) -> tuple[set[str], int]:
    """Return the names of the texts that a weekly letter about everything would quote, and how many it would count."""
    followed, within = alert_mails.followed_by(session, alert), (now() - timedelta(days=366), now())
    assert followed is not None
    quoted = str(alert_mails.quoted(session, followed, *within)).lower()
    return {name for name in texts if word_of(name) in quoted}, alert_mails.count_new(session, followed, *within)


TYPING = [way for way in Way if not way.is_told]
# At landing, each set of purposes comes by one way, in turn.
TYPED = [
    (each, way)
    for (number, each), (turn, way) in product(enumerate(OPENED), enumerate(TYPING))
    if DEPTH.full or (number + turn + DEPTH.seed) % len(TYPING) == 0
]
TOLD = [*((each, Way.LETTER) for each in OPENED), *((each, Way.CODE) for each in BY_CODE)]


# As many texts as a page holds.
@pytest.mark.parametrize("answers", [TYPED, TOLD] if DEPTH.full else [TYPED + TOLD])
@pytest.mark.slow("every outlet in each of 26 states")
def test_each_outlet_has_what_its_purpose_opens_in_each_state_whatever_the_way(
    app: Flask,
    session: Session,
    subtests: pytest.Subtests,
    monkeypatch: pytest.MonkeyPatch,
    answers: Sequence[tuple[tuple[Purpose, ...], Way]],
) -> None:
    """Texts, of each set of purposes by each way, live through every state in step.

    A weekly letter that would quote them all is the open outlet of who follows; it counts what the page has.
    """
    monkeypatch.setattr(alert_mails, "MOST_QUOTED", 100)
    monkeypatch.setattr(printed, "QUOTES", 100)
    chosen = {f"{number}{way}": OPENED[each] for number, (each, way) in enumerate(answers)}
    given = dict(zip(chosen, answers, strict=True))
    texts = {name: agreed(app, session, name, *each) for name, each in given.items()}
    key, alert = a_site(session).key, an_alert(session)
    session.commit()
    reader, article = app.test_client(), the_article(session)

    def named(path: str) -> set[str]:
        """Return the names of the texts whose words an address has; those of the search come back beside them."""
        body = reader.get(path, follow_redirects=True).get_data(as_text=True).lower()
        assert UNREAD not in body, path
        return {name for name in texts if word_of(name) in body}

    for number, (step, state, left_open) in enumerate(LIFE, 1):
        with subtests.test(f"{number}. {step.__name__}, {state}"):
            for text in texts.values():
                step(session, text)
                session.flush()
            if step is sign:
                a_synthesis(session, *([(text, f"Avant {word_of(name)}.")] for name, text in texts.items()))
            session.commit()
            assert {text.status.value for text in texts.values()} == {state.split(",")[0]}

            def opened(outlet: str, left: set[str] = left_open) -> set[str]:
                return {name for name, each in chosen.items() if outlet in each & left}

            for outlet in Outlet:
                expected = opened(outlet.value)
                assert bool(expected) is (outlet.value in left_open)
                found = session.scalars(visible(outlet=outlet)).all()
                assert {each.public_id for each in found} == {texts[name].public_id for name in expected}
                for path in lists(key)[outlet.value]:
                    assert named(path) == expected, path
                for name, text in texts.items():
                    item = find_item(session, text.public_id, outlet)
                    assert bool(item and word_of(name) in item[1].document) is (name in expected), name
                for name in [*texts][:2]:
                    path = of_one(texts[name], key)[outlet.value]
                    there = named(path)
                    assert there <= expected, path  # a page has the titles of its neighbours
                    assert (name in there) is (name in expected), path
            is_quoted = step not in {mask, contest}  # paper has no words that hide some, nor some objected to
            assert named("/articles/crpv/une-page") == (opened("open") if is_quoted else set())
            form_of = {name: f"/temoignages/{text.public_id}/question" for name, text in texts.items()}
            answered = {name: reader.get(path).status_code for name, path in form_of.items()}
            assert set(answered.values()) <= {200, 410}
            assert {name for name, code in answered.items() if code == 200} == opened("question")
            contents = load_contents(session, article, Filters())
            assert contents is not None
            recueil = {sheet.testimonial.public_id for sheet in contents.sheets}
            assert recueil == {texts[name].public_id for name in opened("open")}
            quoted, number_told = told_to_a_follower(session, alert, texts)
            assert (quoted, number_told) == (opened("open"), len(opened("page")))
            assert asked_a_year_later(session, texts) == opened("letter")
            session.rollback()


def open_outlets(app: Flask, session: Session, name: str, text: Testimonial, key: str) -> set[str]:
    client = app.test_client()
    paths = {**of_one(text, key), "question": f"/temoignages/{text.public_id}/question"}
    bodies = {outlet: client.get(path, follow_redirects=True) for outlet, path in paths.items()}
    has_words = {each for each, body in bodies.items() if word_of(name) in body.get_data(as_text=True).lower()}
    is_form = {"question"} if bodies["question"].status_code == 200 else set()
    session.rollback()
    letter = {"letter"} if asked_a_year_later(session, {name: text}) else set()
    session.rollback()
    return has_words - {"question"} | is_form | letter


@pytest.mark.slow("fifteen sets of consents, each asked of every outlet")
def test_nothing_that_was_told_is_open_before_its_teller_opens_it(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    """Silence opens nothing; the words as they were typed are open once signed and read, and no further."""
    key = a_site(session).key
    cases = [*TOLD, *((each, Way.CODE) for each in OPENED), *product(NEVER_PUBLISHED, (Way.LETTER,))]
    for number, (purposes, way) in enumerate(cases):
        with subtests.test(purposes=purposes, way=way):
            name = f"told{number}"
            text, code = a_told_text(session, name, way)

            assert open_outlets(app, session, name, text, key) == NONE
            asked = {purpose for purpose in purposes if way is Way.LETTER or purpose not in {P.CONTACT, P.QUESTIONS}}
            answer_as_teller(app, text, code, [*asked])
            assert open_outlets(app, session, name, text, key) <= {"letter", "question"}, "unread"
            if P.PUBLICATION in asked:
                text.perform(Action.PUBLISH, by=by_editor(session))
                session.commit()
            expected = OPENED.get(purposes, NONE) - (NONE if way is Way.LETTER else {"letter", "question"})
            assert open_outlets(app, session, name, text, key) == expected
            attested = {P.ATTESTATION} if P.PUBLICATION in asked else set()
            given = {line.purpose for line in text.consents if line.answer is ConsentDecision.GIVEN}
            assert given == asked - {P.ATTESTATION} | attested
            assert {line.channel for line in text.consents} == {Channel.ASSISTED}


@pytest.mark.parametrize("box", ["contact", "questions"])
def test_who_gave_no_address_cannot_consent_to_be_written_to(app: Flask, session: Session, box: str) -> None:
    """The page has no such box: one that is sent all the same writes nothing."""
    text, code = a_told_text(session, "told", Way.CODE)
    teller = Visitor(app).get("/mon-temoignage").fill(code=code or "").press("Ouvrir ma page")
    form = teller.form_of("Je signe")
    teller.fill(attribution="role", publish="yes", attest="y")
    sent = [*teller.fields(form), ("step", "send"), (box, "y")]
    teller.post(form.get("action"), sent)
    session.rollback()
    assert text.status is Status.PENDING
    assert {line.purpose for line in text.consents} == {P.PUBLICATION, P.REUSE, P.ATTESTATION}


@pytest.mark.parametrize("way", Way)
def test_what_is_withdrawn_opens_nothing_whatever_way_gave_it(app: Flask, session: Session, way: Way) -> None:
    texts = {}
    for purpose in (P.REUSE,) if way is Way.CODE else (P.REUSE, P.CONTACT, P.QUESTIONS):
        text = texts[purpose] = agreed(app, session, purpose.value, (P.PUBLICATION, purpose), way)
        confirm(session, text)
        text.perform(Action.PUBLISH, by=by_editor(session))
        session.flush()
        assert text.consents_to(purpose)
        text.answer(purpose, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
        assert not text.consents_to(purpose)
    session.commit()
    assert len(session.scalars(visible(outlet=Outlet.PAGE)).all()) == len(texts)
    assert session.scalars(visible(outlet=Outlet.OPEN)).all() == []
    reader = app.test_client()
    asked = {reader.get(f"/temoignages/{text.public_id}/question").status_code for text in texts.values()}
    assert asked == {410}
    assert asked_a_year_later(session, {each.value: text for each, text in texts.items()}) == set()


def test_no_other_purpose_publishes(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    for purposes, way in product(NEVER_PUBLISHED, Way):
        with subtests.test(purposes=purposes, way=way):
            asked = [each for each in purposes if way is not Way.CODE or each not in {P.CONTACT, P.QUESTIONS}]
            text = agreed(app, session, "rien", asked, way)
            confirm(session, text)
            with pytest.raises(ConsentMissing):
                text.perform(Action.PUBLISH, by=by_editor(session))
            session.rollback()
