"""An invited organisation refuses any other invitation, for good: by its link, whatever becomes of the text."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.privacy.address.erasure import erase_address
from app.privacy.address.kept import kept_about
from app.testimonials import erasure
from app.testimonials.refusals import InvitationRefusal
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, readable, signed_in, stored, text_of
from tests.mail.test_outbox import deliver
from tests.moderation.test_answers import invitations, invite, invited_events
from tests.visitor import Visitor, words_of

INVITED = "contact@centre.example"
NOTED = "C’est noté : plus aucune invitation ne partira vers cette adresse."
REFUSED = "Cette organisation a demandé à ne plus être invitée."


@pytest.fixture
def text(session: Session) -> Testimonial:
    return readable(session)


@pytest.fixture
def editor(app: Flask, session: Session) -> Visitor:
    return signed_in(Visitor(app), session)


@pytest.fixture
def link(app: Flask, editor: Visitor, session: Session, text: Testimonial) -> str:
    """Give the link of an invitation to answer the text."""
    invite(editor, text)
    return letter(app, session)[1]


def letter(app: Flask, session: Session) -> tuple[str, str]:
    with app.app_context():
        words = text_of(invitations(session)[-1])
    (path,) = re.findall(r"https?://[^/\s]+(/\S+)", words)
    return words, path


def refuse(visitor: Visitor, link: str) -> Visitor:
    return visitor.get(f"{link}/refuser").press("Ne plus être invité·e")


def test_the_letter_and_its_page_lead_to_the_refusal(
    app: Flask, editor: Visitor, visitor: Visitor, session: Session, text: Testimonial
) -> None:
    invite(editor, text)
    words, link = letter(app, session)
    assert "Pour ne plus être invité·e, suivez le même lien et choisissez « Ne plus être invité·e »." in " ".join(
        words.split()
    )
    assert INVITED not in link
    (section,) = visitor.get(link).page.select("section[aria-labelledby=refuser]")
    assert words_of(section.select("h2")[0]) == "Ne plus être invité·e"
    (way,) = section.select("a")
    assert way["href"] == f"{link}/refuser"
    assert "Rien n’est encore noté." in visitor.get(str(way["href"])).text
    assert stored(session, InvitationRefusal) == [], "reading changes nothing"
    visitor.press("Ne plus être invité·e")
    assert visitor.status == 200
    assert NOTED in visitor.text
    (refusal,) = stored(session, InvitationRefusal)
    assert re.fullmatch("[0-9a-f]{8}:[0-9a-f]{64}", refusal.digest)


@pytest.mark.both_engines
def test_a_second_click_changes_nothing(visitor: Visitor, session: Session, link: str) -> None:
    page = visitor.get(f"{link}/refuser").page
    form = {str(each["name"]): str(each.get("value", "")) for each in page.select("main form input")}
    assert visitor.client.post(f"{link}/refuser", data=form).status_code == 303
    (first,) = [each.at for each in stored(session, InvitationRefusal)]
    session.rollback()
    assert visitor.client.post(f"{link}/refuser", data=form).status_code == 303
    assert [each.at for each in stored(session, InvitationRefusal)] == [first]
    assert NOTED in visitor.get(f"{link}/refuser").text


@pytest.mark.parametrize("end", ["withdrawn", "erased"])
def test_it_works_whatever_became_of_the_text(
    visitor: Visitor, session: Session, text: Testimonial, link: str, end: str
) -> None:
    if end == "erased":
        erasure.erase_testimonial(text)
    else:
        text.withdraw()
    session.commit()
    assert visitor.get(link).status == 409
    assert visitor.page.select("section[aria-labelledby=refuser] a")[0]["href"] == f"{link}/refuser"
    assert NOTED in refuse(visitor, link).text
    assert len(stored(session, InvitationRefusal)) == 1


def test_a_refused_address_is_not_invited_to_answer_any_text(  # noqa: PLR0917  # fixtures, which pytest gives by name
    app: Flask, editor: Visitor, visitor: Visitor, session: Session, text: Testimonial, link: str
) -> None:
    other = readable(session, email="b@exemple.fr")
    deliver(app)
    refuse(visitor, link)
    for each, email in ((text, INVITED), (other, " Contact@Centre.example ")):
        invite(editor, each, email)
        assert editor.status == 422
        (error,) = editor.page.select(".summary__list li")
        assert words_of(error) == REFUSED
    assert invitations(session) == []
    assert len(invited_events(session)) == 1
    invite(editor, other, "autre@centre.example")
    assert [each.recipient for each in invitations(session)] == ["autre@centre.example"]


def test_an_invitation_that_waits_never_leaves_after_the_refusal(
    app: Flask, editor: Visitor, visitor: Visitor, session: Session, text: Testimonial
) -> None:
    other = readable(session, email="b@exemple.fr")
    deliver(app)
    invite(editor, text)
    _, link = letter(app, session)
    invite(editor, other, "autre@centre.example")
    refuse(visitor, link)
    session.rollback()
    kept = kept_about(session, INVITED)
    assert len(kept["refusals"]) == 1
    session.rollback()
    assert deliver(app).count("(answer_invited)") == 1, "the other leaves"
    assert invitations(session) == []


def test_erasing_the_address_does_not_forget_the_refusal(  # noqa: PLR0917  # fixtures, which pytest gives by name
    app: Flask, editor: Visitor, visitor: Visitor, session: Session, text: Testimonial, link: str
) -> None:
    committed(session, email=INVITED)
    refuse(visitor, link)
    found = app.test_cli_runner().invoke(args=["privacy", "find", INVITED])
    assert "refusals 1 of 1:" in found.output
    session.rollback()
    erase_address(session, INVITED)
    session.commit()
    assert len(stored(session, InvitationRefusal)) == 1
    session.rollback()
    assert REFUSED in invite(editor, text).text
