"""The consent truth table: purpose × channel × state × outlet.

A text is read where its state is shown and its author agreed to the purpose of the outlet; by which channel the answer
came changes nothing, and no purpose opens the outlet of another. The oracle is `OPENED`, and `SHOWN` of each step.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import CLOCK, Actor
from app.catalog.filters import Filters
from app.catalog.listing import find_item
from app.catalog.visibility import Outlet, visible
from app.db import now
from app.moderation.recueils.contents import load_contents
from app.testimonials.consent import Channel, ConsentDecision, ConsentMissing
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.private_page.consent_changes import call_back
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.wordings import Purpose
from tests.acts import a_site
from tests.factories import a_notice, a_testimonial, a_version, an_editor, the_article

P = Purpose

# What an author agreed to → the outlets that have the words, in a state that is shown.
OPENED: Mapping[tuple[Purpose, ...], set[str]] = {
    (P.PUBLICATION,): {"page", "site"},
    (P.PUBLICATION, P.REUSE): {"page", "site", "open"},
    (P.PUBLICATION, P.CONTACT): {"page", "site"},
    (P.PUBLICATION, P.QUESTIONS): {"page", "site"},
    (P.PUBLICATION, P.REUSE, P.CONTACT, P.QUESTIONS, P.ATTESTATION): {"page", "site", "open"},
}

# Without consent to publication nothing is read anywhere, whatever else was agreed to.
NEVER_PUBLISHED: Sequence[tuple[Purpose, ...]] = ((), (P.REUSE,), (P.REUSE, P.CONTACT, P.QUESTIONS, P.ATTESTATION))

UNREAD = "zinzolinunreadfin"  # a word of an amended version that no editor has read


def by(session: Session) -> Actor:
    return Actor.editor(an_editor(session).id)


def editors(*actions: Action) -> Callable[[Session, Testimonial], None]:
    """Return a step of editors' acts."""

    def step(session: Session, text: Testimonial) -> None:
        for action in actions:
            text.perform(action, by=by(session))

    return step


def confirm(_session: Session, text: Testimonial) -> None:
    text.confirm()


def send_proof(session: Session, text: Testimonial) -> None:
    text.propose(text.latest.edited(title=f"{text.latest.title}, relu"))
    text.perform(Action.SEND_PROOF, by=by(session))


def sign(_session: Session, text: Testimonial) -> None:
    sign_version(text, text.latest.digest)


def amend(session: Session, text: Testimonial) -> None:
    changed = a_version(session, title=UNREAD, account=f"{UNREAD}. " * 12)
    text.amend(changed, {}, seen=changed.compute_digest())


def mask(session: Session, text: Testimonial) -> None:
    _, others = text.approved.account.split(" ", 1)
    text.propose(text.approved.edited(account=f"[passage masqué] {others}"), as_correction=True)
    text.perform(Action.PUBLISH, by=by(session))


def contest(_session: Session, text: Testimonial) -> None:
    contest_decision(text, "Rendez-moi mes mots.")


def hide(session: Session, text: Testimonial) -> None:
    a_notice(session, text)
    text.perform(Action.HIDE, by=by(session))


def end(_session: Session, text: Testimonial) -> None:
    """The period is over, and the scheduled job has not run yet."""
    text.published_until = now() - timedelta(seconds=1)


def expire(_session: Session, text: Testimonial) -> None:
    text.perform(Action.EXPIRE, by=CLOCK)


def withdraw(_session: Session, text: Testimonial) -> None:
    text.withdraw()


def recall(_session: Session, text: Testimonial) -> None:
    call_back(text)


def erase(_session: Session, text: Testimonial) -> None:
    erase_testimonial(text)


# A life through every state: the step, the state it leads to, and whether that state is shown.
LIFE: Sequence[tuple[Callable[[Session, Testimonial], None], str, bool]] = (
    (confirm, "pending", False),
    (editors(Action.REQUEST_CHANGES), "changes_requested", False),
    (editors(Action.CANCEL_REQUEST, Action.KEEP_INTERNAL), "internal", False),
    (editors(Action.REOPEN, Action.DECLINE), "declined", False),
    (editors(Action.REOPEN), "pending", False),
    (send_proof, "proof_sent", False),
    (sign, "published", True),
    (hide, "published, hidden", False),
    (editors(Action.UNHIDE), "published", True),
    (editors(Action.UNPUBLISH), "unpublished", False),
    (editors(Action.REOPEN, Action.PUBLISH), "published", True),
    (withdraw, "withdrawn", False),
    (recall, "published", True),
    (mask, "published, masked", True),
    (contest, "published, contested", True),
    (editors(Action.RESTORE), "published", True),
    (amend, "published, amended", True),
    (end, "published, its period over", False),
    (expire, "unpublished", False),
    (erase, "erased", False),
)


def agreed(session: Session, name: str, purposes: Sequence[Purpose], channel: Channel) -> Testimonial:
    """Return a text just sent, with a word of its own everywhere; what its author agreed to came by a channel.

    What was said in the form is no, where another channel says yes later.
    """
    word = word_of(name)
    words = dict.fromkeys(("title", "outcome", "obstacles", "advice", "clsm", "author_role"), word)
    in_form = purposes if channel is Channel.FORM else ()
    asked = {"publish": P.PUBLICATION, "reuse": P.REUSE, "contact": P.CONTACT, "questions": P.QUESTIONS}
    text = a_testimonial(
        session,
        status=Status.UNCONFIRMED,
        email=f"{name}@exemple.fr",
        account=f"Avant {word}. " * 12,
        **words,
        **{each: purpose in in_form for each, purpose in asked.items()},
    )
    for purpose in purposes if channel is not Channel.FORM else ():
        text.answer(purpose, ConsentDecision.GIVEN, channel)
    session.flush()
    return text


def word_of(name: str) -> str:
    """Return a word that no outlet escapes, and of which no other is a part."""
    return f"zinzolin{name.replace('_', '').lower()}fin"


def lists(key: str) -> Mapping[str, Sequence[str]]:
    """Return by outlet the addresses that have the whole collection: as many texts as a page holds."""
    return {
        "page": ["/articles/crpv", "/articles/crpv?mots=zinzolin", "/sitemap.xml"],
        "site": [f"/integration/crpv?nombre=20&cle={key}", f"/integration/crpv/cadre?nombre=20&cle={key}"],
        "open": [
            "/integration/crpv?nombre=20",
            "/integration/crpv/cadre?nombre=20",
            "/api/v1/articles/crpv/testimonials?limite=50",
            "/api/v1/articles/crpv/testimonials?limite=50&mots=zinzolin",
            "/articles/crpv/flux.atom",
            "/articles/crpv/flux.atom?mots=zinzolin",
        ],
    }


def of_one(text: Testimonial, key: str) -> Mapping[str, str]:
    """Return by outlet the address of one text."""
    return {
        "page": f"/temoignages/{text.public_id}",
        "site": f"/integration/temoignages/{text.public_id}/cadre?cle={key}",
        "open": f"/api/v1/testimonials/{text.public_id}",
    }


def test_each_outlet_has_what_its_purpose_opens_in_each_state_whatever_the_channel(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    """Twenty texts, of each set of purposes by each channel, live through every state in step."""
    chosen = {f"{number}{channel}": (each, channel) for (number, each), channel in product(enumerate(OPENED), Channel)}
    texts = {name: agreed(session, name, *each) for name, each in chosen.items()}
    key = a_site(session).key
    session.commit()
    reader, article = app.test_client(), the_article(session)

    def named(path: str) -> set[str]:
        """Return the names of the texts whose words an address has; those of the search come back beside them."""
        body = reader.get(path, follow_redirects=True).get_data(as_text=True).lower()
        assert UNREAD not in body, path
        return {name for name in texts if word_of(name) in body}

    for number, (step, state, is_shown) in enumerate(LIFE, 1):
        with subtests.test(f"{number}. {step.__name__}, {state}"):
            for text in texts.values():
                step(session, text)
                session.flush()
            session.commit()
            assert {text.status.value for text in texts.values()} == {state.split(",")[0]}
            for outlet in Outlet:
                expected = {name for name, (each, _) in chosen.items() if is_shown and outlet.value in OPENED[each]}
                assert bool(expected) is is_shown
                found = session.scalars(visible(outlet=outlet)).all()
                assert {each.public_id for each in found} == {texts[name].public_id for name in expected}
                for path in lists(key)[outlet.value]:
                    assert named(path) == expected, path
                for name, text in texts.items():
                    item = find_item(session, text.public_id, outlet)
                    assert bool(item and word_of(name) in item[1].document) is (name in expected), name
                for name in ("0assisted", "1assisted"):
                    path = of_one(texts[name], key)[outlet.value]
                    there = named(path)
                    assert there <= expected, path  # a page has the titles of its neighbours
                    assert (name in there) is (name in expected), path
            contents = load_contents(session, article, Filters())
            assert contents is not None
            assert {sheet.testimonial.public_id for sheet in contents.sheets} == {
                texts[name].public_id for name, (each, _) in chosen.items() if is_shown and "open" in OPENED[each]
            }
            session.rollback()


@pytest.mark.parametrize("channel", Channel)
def test_what_is_withdrawn_opens_nothing_whatever_channel_gave_it(session: Session, channel: Channel) -> None:
    texts = {}
    for purpose in (P.REUSE, P.CONTACT, P.QUESTIONS):
        text = texts[purpose] = agreed(session, purpose.value, (P.PUBLICATION, purpose), channel)
        text.confirm()
        text.perform(Action.PUBLISH, by=by(session))
        session.flush()
        assert text.consents_to(purpose)
        text.answer(purpose, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
        assert not text.consents_to(purpose)
    session.flush()
    assert len(session.scalars(visible(outlet=Outlet.PAGE)).all()) == len(texts)
    assert session.scalars(visible(outlet=Outlet.OPEN)).all() == []


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("purposes", NEVER_PUBLISHED)
def test_no_other_purpose_publishes(session: Session, channel: Channel, purposes: Sequence[Purpose]) -> None:
    text = agreed(session, "rien", purposes, channel)
    text.confirm()
    with pytest.raises(ConsentMissing):
        text.perform(Action.PUBLISH, by=by(session))
