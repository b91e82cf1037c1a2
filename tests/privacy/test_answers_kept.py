"""What is kept of an answer: told to its author, erased with its address; its proof, on the wording of answers."""

import json
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.catalog.rendering import Rendering
from app.db import now
from app.mail.outbox import Email
from app.privacy.address.erasure import erase_address
from app.privacy.address.kept import kept_about
from app.privacy.data_export import export_data
from app.testimonials import erasure
from app.testimonials.consent import Consent
from app.testimonials.lifecycle import Status
from app.testimonials.responses import mails
from app.testimonials.responses.mails import invite
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from tests.acts import an_answered_text, private_page, published, run_clock
from tests.factories import an_answer, by_editor
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

INVITED = "invitee@exemple.fr"
WORDS = "tenu ces trois après-midi avec une équipe voisine"


def read(visitor: Visitor) -> str:
    return " ".join(visitor.page.get_text(" ").split())


@pytest.mark.slow("a real replay")
def test_erased_answers_that_half_a_backup_brings_back_go_from_beneath(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    """The rendering of what they were about comes back, beneath newer rows; with an answer's own version or without."""
    version: Any = Version.__table__
    page: Any = Rendering.__table__
    restored = {}
    for number, (is_whole, status) in enumerate(product([True, False], [Status.ERASED, Status.PENDING])):
        text = published(session, number)
        answer = an_answer(session, text, email=f"reponse{number}@exemple.fr")
        session.commit()
        rows = [dict(each) for each in session.execute(select(version).filter_by(testimonial_id=answer.id)).mappings()]
        before = dict(session.execute(select(page).filter_by(testimonial_id=text.id)).mappings().one())
        erasure.erase_testimonial(answer)
        session.commit()
        if is_whole:
            session.execute(version.insert(), rows)
        session.execute(page.update().where(page.c.testimonial_id == text.id).values(before))
        session.execute(update(Testimonial).where(Testimonial.id == answer.id).values(_status=status))
        session.commit()
        assert WORDS in Visitor(app).get(f"/temoignages/{text.public_id}").text, "it is back"
        restored[is_whole, status] = text, answer
    app.test_cli_runner().invoke(args=["erasures", "replay"], catch_exceptions=False)
    session.rollback()
    for (is_whole, status), (text, answer) in restored.items():
        with subtests.test(is_whole=is_whole, status=status):
            after = session.execute(select(page).filter_by(testimonial_id=text.id)).mappings().one()
            assert WORDS not in "".join(str(each) for each in after.values())
            assert (answer.status, answer.versions) == (Status.ERASED, [])


@pytest.mark.parametrize("announced", [True, False])
def test_its_author_has_a_copy_that_says_what_it_answers(visitor: Visitor, session: Session, announced: bool) -> None:
    text, answer = an_answered_text(session, announced=announced)
    session.commit()
    until = answer.readable_from
    visitor.get(f"{private_page(answer)}/mes-donnees.json")
    assert visitor.answer is not None
    copy = json.loads(visitor.answer.data)
    assert copy["answers_testimonial"] == text.public_id
    assert copy["shown_from"] == (until.isoformat() if until else None)
    assert copy["hidden_until"] is None
    place = text.latest.department.name
    assert place == "Ille-et-Vilaine"
    assert place not in json.dumps(copy, ensure_ascii=False), "readers know the région alone"
    assert copy["versions"][0]["situation"] is None
    assert copy["consents"][0]["wording_version"] == 101
    assert copy["consents"][0]["parameters"]["about"] == text.public_id
    assert text.latest.title not in json.dumps(copy, ensure_ascii=False), "the words answered are not its author's"
    page = read(visitor.get(f"{private_page(answer)}/mes-donnees"))
    assert f"Référence du témoignage auquel vous répondez {text.public_id}" in page
    assert "Organisation Labo exemple" in page
    assert ("Paraît à partir du" in page) is announced
    assert place not in page
    for wrong in ("Masqué", "Situation", "Nom du CLSM", "Articulations"):
        assert wrong not in page, wrong


def test_who_is_answered_has_no_word_of_the_answer_in_their_copy(session: Session) -> None:
    text = published(session)
    an_answer(session, text)
    copy = json.dumps(export_data(session, text), default=str, ensure_ascii=False)
    assert WORDS not in copy
    assert "Labo exemple" not in copy
    assert "reponse@exemple.fr" not in copy


def test_its_address_leads_to_it_alone_and_erases_it(app: Flask, session: Session) -> None:
    text, answer = an_answered_text(session)
    kept = kept_about(session, "reponse@exemple.fr")
    assert [each["reference"] for each in kept["testimonials"]] == [answer.public_id]
    told = json.dumps(kept, default=str, ensure_ascii=False)
    assert WORDS in told
    assert text.email is not None
    assert text.email not in told
    session.commit()
    output = app.test_cli_runner().invoke(args=["privacy", "find", "reponse@exemple.fr"], catch_exceptions=False).output
    assert answer.public_id in output
    assert text.latest.title not in output
    session.rollback()
    erase_address(session, "reponse@exemple.fr")
    session.commit()
    assert (answer.status, answer.email, answer.versions) == (Status.ERASED, None, [])
    assert text.status is Status.PUBLISHED
    reader = app.test_client().get(f"/temoignages/{text.public_id}", follow_redirects=True)
    assert reader.status_code == 200
    assert WORDS not in reader.get_data(as_text=True)


def test_erasing_who_is_answered_keeps_the_answer_to_its_author(app: Flask, session: Session) -> None:
    text, answer = an_answered_text(session)
    assert text.email is not None
    erase_address(session, text.email)
    session.commit()
    assert (text.status, answer.status) == (Status.ERASED, Status.PUBLISHED)
    assert WORDS in answer.latest.account
    assert app.test_client().get(f"/temoignages/{text.public_id}").status_code in {404, 410}
    verified = app.test_cli_runner().invoke(args=["privacy", "verify"])
    assert verified.exit_code == 0, verified.output


def test_an_invitation_is_found_and_erased_by_its_address_until_it_has_left(app: Flask, session: Session) -> None:
    text = published(session)
    invite(session, text, to=INVITED, by=by_editor(session))
    session.flush()
    kept = kept_about(session, INVITED)
    assert [each["subject"] for each in kept["letters"]] == ["Vous êtes invité·e à répondre à un retour d’expérience"]
    erase_address(session, INVITED)
    session.commit()
    assert session.scalars(select(Email).where(Email.recipient == INVITED)).all() == []
    invite(session, text, to=INVITED, by=by_editor(session))
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    session.rollback()
    assert session.scalars(select(Email).where(Email.message == mails.ANSWER_INVITED)).all() == []
    assert kept_about(session, INVITED)["letters"] == []


def test_erasing_the_testimonial_takes_an_invitation_that_waits(session: Session) -> None:
    text = published(session)
    invite(session, text, to=INVITED, by=by_editor(session))
    session.flush()
    erasure.erase_testimonial(text)
    session.flush()
    assert session.scalars(select(Email).where(Email.recipient == INVITED)).all() == []


def wordings_of(session: Session, answer: Testimonial) -> list[str]:
    return list(session.scalars(select(Consent.wording).where(Consent.testimonial_id == answer.id)))


@pytest.mark.parametrize("erased", [True, False])
def test_its_proof_has_the_wording_of_answers_and_holds(
    app: Flask, visitor: Visitor, session: Session, erased: bool
) -> None:
    text, answer = an_answered_text(session)
    if not erased:
        session.commit()
        page = read(visitor.get(f"{private_page(answer)}/preuve"))
        assert f"qui répond au témoignage de référence {text.public_id}, soit publié sous ce témoignage" in page
        assert "Mots n° 101 de cette demande" in page
    else:
        erasure.erase_testimonial(answer)
        session.commit()
        assert any(text.public_id in wording for wording in wordings_of(session, answer))
    session.rollback()
    verified = app.test_cli_runner().invoke(args=["privacy", "verify"])
    assert verified.exit_code == 0, verified.output


def test_pages_of_rights_tell_of_answers(visitor: Visitor) -> None:
    page = read(visitor.get("/vos-donnees"))
    assert "Si une organisation répond à un témoignage" in page
    assert "Adresse d’une organisation que l’équipe invite à répondre à un témoignage" in page
    assert "7 jours avant tout le monde" in page
    assert "7 jours avant qu’elle paraisse dessous" in read(visitor.get("/charte"))
    assert "L’équipe peut proposer à une organisation de vous répondre." in read(visitor.get("/facile-a-lire/ecrire"))


def test_the_clock_does_not_erase_an_answer_that_stands(app: Flask, session: Session) -> None:
    answer = an_answer(session, published(session))
    answer.waiting_since = now() - timedelta(days=400)
    run_clock(app, session)
    assert answer.status is Status.PUBLISHED
