"""Asking for a private link: the same work whoever asks, answered by the deliverer within a day, then forgotten."""

import uuid
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import erasure_journal
from app.db import now
from app.erasure_journal import Entry
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.draft import save_draft
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Status
from app.testimonials.link_request import LinkRequest, ask_for_link
from app.testimonials.private_page import links
from app.tokens import sign_private_link
from tests import acts
from tests.acts import committed, private_page, stored
from tests.factories import AUTHOR, a_testimonial, the_article
from tests.mail.test_outbox import deliver
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor

NEW_LINK = "/mon-temoignage/nouveau-lien"
UNKNOWN = "inconnue@exemple.fr"


def emails(session: Session, message: Mail) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Email.recipient).where(Email.message == message).order_by(Email.id)))


def a_draft(session: Session, email: str = AUTHOR) -> None:
    save_draft(session, the_article(session), key=str(uuid.uuid4()), email=email, answers={"title": "Trois"})


@pytest.mark.both_engines
def test_asking_runs_the_same_statements_whoever_asks(app: Flask, visitor: Visitor, session: Session) -> None:
    for _ in range(2):
        a_testimonial(session)
    a_draft(session, "brouillon@exemple.fr")
    erased = a_testimonial(session, email="efface@exemple.fr")
    erase_testimonial(erased)
    session.commit()
    run = {}
    visitor.get(NEW_LINK).fill(email="avant@exemple.fr").press("Envoyer un nouveau lien")
    for email in (AUTHOR, UNKNOWN, "brouillon@exemple.fr", "efface@exemple.fr"):
        visitor.get(NEW_LINK).fill(email=email)
        with recorded_statements(app) as run[email]:
            visitor.press("Envoyer un nouveau lien")
        assert visitor.status == 200
    assert run[AUTHOR], "something is stored"
    assert [each for each in run.values() if each != run[AUTHOR]] == []
    assert not any("testimonial" in statement or " draft" in statement for statement in run[AUTHOR])
    assert [request.email for request in stored(session, LinkRequest)][1:] == list(run)


def test_the_deliverer_answers_then_forgets_what_was_asked(app: Flask, visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session)
    a_draft(session)
    session.commit()
    old, said = private_page(testimonial), set()
    for email in (AUTHOR.upper(), UNKNOWN):
        visitor.get(NEW_LINK).fill(email=email).press("Envoyer un nouveau lien")
        said.add(visitor.text.replace(email.lower(), "…"))
    assert len(said) == 1, "the page does not tell"
    assert visitor.get(old).status == 200, "until the new one leaves"
    assert emails(session, mails.NEW_LINK) == []
    assert "(new_link): sent to" in deliver(app)
    assert stored(session, LinkRequest) == []
    assert (emails(session, mails.NEW_LINK), emails(session, mails.DRAFT)) == ([AUTHOR], [AUTHOR, AUTHOR])
    assert visitor.get(old).status == 404
    session.refresh(testimonial)
    assert visitor.get(private_page(testimonial)).status == 200


@pytest.mark.parametrize("act", ["deliver", "clock"])
def test_a_request_older_than_a_day_is_not_answered(app: Flask, session: Session, act: str) -> None:
    testimonial = a_testimonial(session)
    session.add(LinkRequest(email=AUTHOR, asked_at=now() - timedelta(hours=24)))
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"] if act == "deliver" else ["clock"], catch_exceptions=False)
    assert stored(session, LinkRequest) == []
    assert emails(session, mails.NEW_LINK) == []
    assert testimonial.link_generation == 1


def test_a_form_sent_twice_is_answered_once(app: Flask, session: Session) -> None:
    a_testimonial(session)
    for _ in range(2):
        ask_for_link(session, AUTHOR)
    session.commit()
    deliver(app)
    assert emails(session, mails.NEW_LINK) == [AUTHOR]
    assert stored(session, LinkRequest) == []


def test_a_request_that_cannot_be_answered_stops_no_other(app: Flask, session: Session) -> None:
    broken, other = a_testimonial(session), a_testimonial(session, email="b@exemple.fr")
    session.flush()
    for email in (AUTHOR, "b@exemple.fr"):
        ask_for_link(session, email)
    broken.versions.clear()
    session.commit()
    assert "cannot be answered for now: " in deliver(app)
    assert [request.email for request in stored(session, LinkRequest)] == [AUTHOR], "tried again at the next round"
    assert emails(session, mails.NEW_LINK) == ["b@exemple.fr"]
    assert (broken.link_generation, other.link_generation) == (1, 2)


@pytest.mark.parametrize("left", [None, "text", "draft"])
def test_erasing_the_last_text_of_an_address_forgets_what_it_asked(session: Session, left: str | None) -> None:
    testimonial = a_testimonial(session)
    for email in (AUTHOR, UNKNOWN):
        ask_for_link(session, email)
    if left == "text":
        a_testimonial(session)
    elif left == "draft":
        a_draft(session)
    session.commit()
    erase_testimonial(testimonial)
    session.commit()
    waiting = [request.email for request in stored(session, LinkRequest)]
    assert waiting == ([UNKNOWN] if left is None else [AUTHOR, UNKNOWN]), "another's is never lost"


def test_a_replaced_link_is_in_the_journal_by_its_generation(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    for _ in range(2):
        acts.ask_for_link(visitor, session)
    lines = [line.split("\t") for line in erasure_journal.journal_path().read_text(encoding="utf-8").splitlines()]
    assert [(public_id, *act) for public_id, _, *act in lines] == [
        (testimonial.public_id, "link", "2"),
        (testimonial.public_id, "link", "3"),
    ]
    (entry,) = erasure_journal.read_entries(erasure_journal.journal_path())
    assert (entry.what, entry.generation) == ("link", 3)


def test_a_restored_backup_makes_no_replaced_link_valid_again(app: Flask, visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    revision, first = testimonial.revision, private_page(testimonial)
    for _ in range(2):
        acts.ask_for_link(visitor, session)
    session.refresh(testimonial)
    last = private_page(testimonial)
    links.replace_link(session, testimonial, 1)  # the backup was made before
    session.commit()
    assert visitor.get(first).status == 200
    said = app.test_cli_runner().invoke(args=["erasures", "replay"], catch_exceptions=False).output
    assert f"former links voided again: {testimonial.public_id}" in said
    assert "0 erased again, 0 taken back again, 1 links voided again, of 1 told" in said
    assert visitor.get(first).status == 404
    assert visitor.get(last).status == 200, "the one the author has"
    session.refresh(testimonial)
    assert {email.facts["generation"] for email in session.scalars(select(Email))} == {3}, "and what waits to leave"
    assert testimonial.revision == revision
    session.rollback()
    again = app.test_cli_runner().invoke(args=["erasures", "replay"], catch_exceptions=False).output
    assert "0 links voided again, of 1 told" in again


def test_a_link_of_a_generation_after_an_erasure_gets_404(visitor: Visitor, session: Session) -> None:
    """A link sent since a backup, whose text was erased again after it was restored."""
    testimonial = committed(session)
    erase_testimonial(testimonial)
    session.commit()
    assert testimonial.status is Status.ERASED
    for generation, path in product((1, 2, 3), ("", "/modifier", "/mes-donnees", "/mes-donnees.json", "/effacer")):
        link = sign_private_link(testimonial.public_id, generation)
        assert visitor.get(f"/mon-temoignage/{link}{path}").status == 404, (generation, path)
        assert "Ce lien n’ouvre rien" in visitor.text


@pytest.mark.usefixtures("session")
def test_a_damaged_line_of_a_generation_is_no_entry(subtests: pytest.Subtests) -> None:
    for line in [
        "a\t2026-11-24\tlink",
        "a\t2026-11-24\tlink\tdeux",
        "a\t2026-11-24\tlink\t2\t3",
        "a\t2026-11-24\terased\t2",
    ]:
        with subtests.test(line=line):
            assert erasure_journal.parse_entry(line) is None
            entry = erasure_journal.parse_entry("a\t2026-11-24T00:00:00+00:00\tlink\t2")
            assert entry is not None
            assert erasure_journal.parse_entry(entry.line.removesuffix("\n")) == entry
            assert isinstance(entry, Entry)
