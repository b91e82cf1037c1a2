"""What follows a text in the flush that writes it: statements made once, executed once an act."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.audit import AUTHOR
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from tests.factories import a_testimonial, by_editor


@contextmanager
def following(session: Session) -> Iterator[list[Any]]:
    """Give a list that fills with the statements executed at the end of each flush, once it has written its own."""
    seen: list[Any] = []
    engine = session.get_bind()

    def see(_connection: object, statement: object, *_: object) -> None:
        seen.append(statement)

    def begin(*_: object) -> None:
        event.listen(engine, "before_execute", see)

    def end(*_: object) -> None:
        event.remove(engine, "before_execute", see)

    event.listen(Session, "after_flush", begin, insert=True)  # before the followers, which the class has too
    event.listen(Session, "after_flush_postexec", end)
    yield seen
    event.remove(Session, "after_flush", begin)
    event.remove(Session, "after_flush_postexec", end)


def test_two_texts_are_followed_by_the_very_same_statements(session: Session) -> None:
    """From its sending to its erasing, by way of its publication."""
    with following(session) as first:
        a_testimonial(session, status=Status.ERASED, reuse=True)
    with following(session) as second:
        a_testimonial(session, status=Status.ERASED, reuse=True, email="b@exemple.fr")
    written = {each.table.name for each in first if each.is_insert}
    searches = {"search_desk", "search_public", "search_open"}
    assert written == searches | {"queue_row", "queue_theme", "rendering", "facet", "facet_entry", "consent"}
    made_anew = [str(one) for one, other in zip(first, second, strict=True) if one is not other]
    assert made_anew == []


@pytest.mark.parametrize(
    ("status", "action", "indexed"),
    [(Status.UNCONFIRMED, Action.CONFIRM, set()), (Status.PENDING, Action.PUBLISH, {"search_public", "search_open"})],
)
@pytest.mark.both_engines
def test_an_act_on_a_text_just_read_writes_its_line_and_words_once(
    session: Session, engine: str, status: Status, action: Action, indexed: set[str]
) -> None:
    """The words that an act leaves as they were are not written again, where the words stored can be read."""
    number, by = a_testimonial(session, status=status, reuse=True).id, by_editor(session)
    session.commit()
    session.expunge_all()
    testimonial = session.get_one(Testimonial, number)
    with following(session) as seen:
        testimonial.perform(action, by=AUTHOR if action is Action.CONFIRM else by)
        session.flush()
    written = [each.table.name for each in seen if each.is_insert]
    assert written.count("queue_row") == 1, written
    rewritten = {"search_desk"} if engine == "postgresql" else set()
    assert sorted(each for each in written if each.startswith("search_")) == sorted(indexed | rewritten)
