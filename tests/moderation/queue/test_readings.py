"""What an editor has read is told apart, until somebody else touches it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import AUTHOR, CLOCK, READER, AuditEvent, Kind
from app.db import now
from app.moderation.readings import Reading
from app.testimonials.models import Testimonial
from tests.acts import committed, signed_in, stored
from tests.factories import an_editor, by_editor
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.both_engines

COLLEAGUE = "omar@ville-exemple.fr"


@pytest.fixture
def testimonial(session: Session) -> Testimonial:
    """A text that waits, confirmed an hour ago."""
    return committed(session)


def is_read(editor: Visitor) -> bool:
    """Whether the only row of the list is shown as read, in looks and in a word."""
    (row,) = editor.get("/moderation").page.select(".row")
    is_quiet = "row--read" in str(row["class"])
    assert is_quiet is ("Lu" in [words_of(each) for each in row.select(".row__facts li")])
    return is_quiet


def test_opening_a_text_changes_nothing_and_its_button_marks_it_read(
    editor: Visitor, session: Session, testimonial: Testimonial
) -> None:
    address = f"/moderation/{testimonial.public_id}?tri=activite"
    editor.get(address)
    assert not is_read(editor)
    editor.get(address).press("Marquer comme lu")
    assert editor.path == f"/moderation/{testimonial.public_id}"
    assert "Déjà lu, rien de neuf depuis" in editor.text
    assert "Marquer comme lu" not in editor.text
    assert is_read(editor)
    (reading,) = stored(session, Reading)
    assert (reading.user_id, reading.testimonial_id) == (an_editor(session).id, testimonial.id)
    session.rollback()
    editor.client.post(f"/moderation/{testimonial.public_id}/lu", data={"csrf_token": editor.csrf_token})
    assert len(stored(session, Reading)) == 1


def test_what_one_editor_read_is_new_to_another(
    app: Flask, editor: Visitor, session: Session, testimonial: Testimonial
) -> None:
    editor.get(f"/moderation/{testimonial.public_id}").press("Marquer comme lu")
    session.rollback()
    assert not is_read(signed_in(Visitor(app), session, email=COLLEAGUE))


@pytest.mark.parametrize(("button", "typed"), [("Je m’en occupe", {}), ("Ajouter la note", {"words": "À deux."})])
def test_acting_on_a_text_is_reading_it(
    editor: Visitor, testimonial: Testimonial, button: str, typed: dict[str, str]
) -> None:
    """Without JavaScript too: the acts that exist say that one has read."""
    editor.get(f"/moderation/{testimonial.public_id}").fill(**typed).press(button)
    assert is_read(editor)


NEWS = {
    "author": (AUTHOR, Kind.AMEND, False),
    "reader": (READER, Kind.NOTICED, False),
    "colleague": (None, Kind.NOTED, False),
    "clock": (CLOCK, Kind.REMIND, True),
}


@pytest.mark.parametrize("who", NEWS)
def test_a_text_touched_by_somebody_else_is_new_again(
    editor: Visitor, session: Session, testimonial: Testimonial, who: str
) -> None:
    editor.get(f"/moderation/{testimonial.public_id}").press("Marquer comme lu")
    session.rollback()
    actor, kind, stays_read = NEWS[who]
    by = actor or by_editor(session, email=COLLEAGUE)
    event = AuditEvent.of(kind, by, version_number=1)
    event.at = now() + timedelta(seconds=1)
    testimonial.events.append(event)
    session.commit()
    assert is_read(editor) is stays_read


def test_what_changed_while_one_was_reading_is_not_marked(
    editor: Visitor, session: Session, testimonial: Testimonial
) -> None:
    editor.get(f"/moderation/{testimonial.public_id}")
    session.rollback()
    testimonial.withdraw()
    session.commit()
    editor.press("Marquer comme lu")
    assert editor.status == 200
    assert stored(session, Reading) == []


def test_a_mark_without_a_token_is_refused(editor: Visitor, session: Session, testimonial: Testimonial) -> None:
    assert editor.client.post(f"/moderation/{testimonial.public_id}/lu").status_code == 400
    assert stored(session, Reading) == []


def test_one_s_own_decision_leaves_the_text_read(editor: Visitor, session: Session, testimonial: Testimonial) -> None:
    editor.get(f"/moderation/{testimonial.public_id}").press("Garder")
    (row,) = editor.get("/moderation?etat=internal").page.select(".row")
    assert "row--read" in str(row["class"])
