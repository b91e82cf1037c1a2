"""Contact: an author's address is a link to write to where their text is in hand, or where they agreed to it."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, signed_in
from tests.factories import AUTHOR, a_notice, a_testimonial
from tests.visitor import Visitor

IN_HAND = "pour ce texte seulement"
AGREED = "accepte que le réseau lui écrive"
AT_REST = "rien n’attend sur ce texte"
UNCONFIRMED = "personne ne l’a confirmée"

# Status, and the words beside the address: without the consent to be contacted, and with it.
BY_STATUS = [
    (Status.UNCONFIRMED, UNCONFIRMED, UNCONFIRMED),
    (Status.PENDING, IN_HAND, AGREED),
    (Status.CHANGES_REQUESTED, IN_HAND, AGREED),
    (Status.PROOF_SENT, IN_HAND, AGREED),
    (Status.PUBLISHED, AT_REST, AGREED),
    (Status.INTERNAL, AT_REST, AGREED),
    (Status.DECLINED, AT_REST, AGREED),
    (Status.UNPUBLISHED, AT_REST, AGREED),
    (Status.WITHDRAWN, AT_REST, AGREED),
]


def desk_page(app: Flask, session: Session, testimonial: Testimonial) -> Visitor:
    session.commit()
    return signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")


def check_address(page: Visitor, words: str) -> None:
    """Check that an address is a link to write to: ourselves, for the text; in a letter, under their consent."""
    links = [str(each["href"]) for each in page.page.select("main a.address")]
    is_link = words in {IN_HAND, AGREED}
    assert links == ([f"mailto:{AUTHOR}" if words == IN_HAND else f"{page.path}/ecrire"] if is_link else [])
    assert (AUTHOR in page.page.get_text()) is is_link
    assert words in page.text
    assert "c…@ville-exemple.fr" in page.text or is_link


def answer_contact(testimonial: Testimonial, answer: ConsentDecision) -> None:
    testimonial.answer(Purpose.CONTACT, answer, Channel.PRIVATE_PAGE)


def test_every_status_is_in_the_table() -> None:
    assert {status for status, _, _ in BY_STATUS} == {*Status} - {Status.ERASED}


def test_an_author_can_be_written_to_by_status_and_consent(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    for status, without, with_consent in BY_STATUS:
        with subtests.test(status=status):
            testimonial = a_testimonial(session, status=status)
            check_address(desk_page(app, session, testimonial), without)
            answer_contact(testimonial, ConsentDecision.GIVEN)
            check_address(desk_page(app, session, testimonial), with_consent)
            answer_contact(testimonial, ConsentDecision.WITHDRAWN)
            check_address(desk_page(app, session, testimonial), without)


def test_an_erased_text_has_no_address(app: Flask, session: Session) -> None:
    page = desk_page(app, session, a_testimonial(session, status=Status.ERASED))
    assert page.page.select("[href^='mailto:'], main .address") == []


@pytest.mark.parametrize("status", [Status.DECLINED, Status.UNPUBLISHED, Status.PUBLISHED])
def test_a_contested_text_is_in_hand(app: Flask, session: Session, status: Status) -> None:
    testimonial = a_testimonial(session, status=status)
    testimonial.contested_at = datetime.now(UTC)
    check_address(desk_page(app, session, testimonial), IN_HAND)


def test_a_published_text_that_was_reported_or_amended_is_in_hand(app: Flask, session: Session) -> None:
    reported = a_testimonial(session, status=Status.PUBLISHED)
    a_notice(session, reported)
    check_address(desk_page(app, session, reported), IN_HAND)
    amended = a_testimonial(session, status=Status.PUBLISHED)
    amend_text(amended, title="Un autre titre")
    check_address(desk_page(app, session, amended), IN_HAND)


def test_the_other_pages_of_the_desk_have_no_address_to_write_to(app: Flask, session: Session) -> None:
    """The queue, editing, requests, and the texts from the same address."""
    testimonial, other = (a_testimonial(session, status=Status.PENDING) for _ in range(2))
    session.commit()
    editor = signed_in(Visitor(app), session)
    path = f"/moderation/{testimonial.public_id}"
    for page in ("/moderation", f"{path}/relire", f"{path}/demander", f"/moderation/ecarter?texte={other.public_id}"):
        assert AUTHOR not in str(editor.get(page).page), page
    assert "Du même courriel" in editor.get(path).text
    assert str(editor.page).count(AUTHOR) == 2, "the link, beside the author's name"
