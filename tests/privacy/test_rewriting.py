"""The file of SQLite written anew: hundreds are erased, and its bytes hold no piece of them."""

import random
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, make_url, select, text, update
from sqlalchemy.orm import Session

from app.db import db, now
from app.db.vacuum import ErasureMark, vacuum_after_erasures
from app.features.questions.models import ColleagueQuestion
from app.mail import outbox
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.privacy.address.requests import AddressRequest
from app.testimonials.draft import Draft
from app.testimonials.lifecycle import Status
from app.testimonials.notices import Notice
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from tests.acts import committed
from tests.factories import a_notice, a_testimonial, an_editor, the_article

# Its own database, whose pages no other test has moved.
pytestmark = [pytest.mark.one_engine, pytest.mark.changes_content]

DRAFTS, TEXTS = 3000, 30


def left(database: str, words: Iterable[str]) -> set[str]:
    """Return the words, each of which begins with « zinzolin », that stand in the file or in its log."""
    path = str(make_url(database).database)
    content = b"".join(Path(path + end).read_bytes() for end in ("", "-wal") if Path(path + end).exists())
    wanted = {each.encode() for each in words}
    starts = (b"zinzolin" + rest[:40] for rest in content.split(b"zinzolin")[1:])
    return {start[:length].decode() for start in starts for length in {*map(len, wanted)} if start[:length] in wanted}


def mark(session: Session) -> int:
    session.rollback()
    number = sum(session.scalars(select(ErasureMark.number)))
    session.rollback()  # an open transaction would keep the log
    return number


def run_clock(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False).output


def many_drafts(session: Session) -> tuple[set[str], set[str]]:
    """Store small drafts, of which two in three are over; return the words of these, and of the others.

    At this size SQLite merges pages as rows go, and leaves pieces of some of them in the file.
    """
    chance, article_id = random.Random(5), the_article(session).id  # noqa: S311  # nothing is secret here
    gone, kept, rows = set[str](), set[str](), []
    for number in range(DRAFTS):
        names = [f"zinzolin{number}{name}fin" for name in ("cle", "adresse", "mots")]
        is_over = chance.random() < 2 / 3
        (gone if is_over else kept).update(names)
        rows.append(
            {
                "public_id": f"{chance.getrandbits(80):020x}",
                "article_id": article_id,
                "key": names[0],
                "email": f"{names[1]}@exemple.fr",
                "answers": {"account": f"{names[2]} {'Ete. ' * chance.randrange(1, 20)}"},
                "kept_at": now(),
                "ends_at": now() + timedelta(days=-1 if is_over else 1),
            }
        )
    session.execute(insert(Draft), rows)
    session.commit()
    return gone, kept


@pytest.mark.slow("thousands of rows and a file written anew")
def test_hundreds_of_erased_rows_leave_no_piece_in_the_file(app: Flask, session: Session, database: str) -> None:
    gone, kept = many_drafts(session)
    for number in range(TEXTS):
        title, account = f"zinzolin{number}titre", f"zinzolin{number}texte. {'Récit. ' * (40 + number)}"
        declined = a_testimonial(
            session, status=Status.DECLINED, email=f"zinzolin{number}auteur@exemple.fr", title=title, account=account
        )
        words = {title, f"zinzolin{number}texte", f"zinzolin{number}auteur"}
        if number % 3:
            declined.waiting_since -= timedelta(days=185)
            gone |= words
        else:
            kept |= words
    session.commit()
    assert left(database, gone | kept) == gone | kept
    said = run_clock(app)
    assert left(database, gone) == set()
    assert "written anew" in said
    assert left(database, kept) == kept
    assert mark(session) == 0
    assert "written anew" not in run_clock(app), "nothing was erased since"


def test_each_erasure_leaves_a_mark(app: Flask, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    a_notice(session, testimonial)
    session.add(ColleagueQuestion(testimonial=testimonial, key="k", name="n", organisation="o", words="w", email="e"))
    outbox.enqueue(session, editor_mails.MENTION, to="a@exemple.fr", who="", review="")
    session.add(Draft(article=the_article(session), key="clé", email="b@exemple.fr"))
    session.commit()
    assert mark(session) == 0
    acts: dict[str, Callable[[], object]] = {
        "a notice's words": lambda: session.execute(update(Notice).values(words="")),
        "a notice": lambda: session.execute(delete(Notice)),
        "an e-mail": lambda: session.execute(delete(Email)),
        "a draft": lambda: session.execute(delete(Draft)),
        "a link that was asked for": lambda: session.execute(text("DELETE FROM link_request")),
        "a request about an address": lambda: session.execute(delete(AddressRequest)),
        "a question of a colleague": lambda: session.execute(delete(ColleagueQuestion)),
    }
    session.add(AddressRequest(email="d@exemple.fr"))
    session.execute(text("INSERT INTO link_request (email, asked_at) VALUES ('c@exemple.fr', '2026-11-28')"))
    session.commit()
    for name, act in acts.items():
        before = mark(session)
        act()
        session.commit()
        assert mark(session) > before, name


def test_readers_go_on_and_the_mark_stays_while_one_keeps_the_log(app: Flask, session: Session, database: str) -> None:
    gone, _ = many_drafts(session)
    with closing(sqlite3.connect(str(make_url(database).database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        (before,) = reader.execute("SELECT count(*) FROM draft").fetchone()
        run_clock(app)
        assert reader.execute("SELECT count(*) FROM draft").fetchone() == (before,), "its snapshot is what it was"
        assert mark(session) > 0
        reader.execute("COMMIT")
    run_clock(app)
    assert mark(session) == 0
    assert left(database, gone) == set()


def test_rows_keep_their_numbers(app: Flask, session: Session) -> None:
    """Search finds a testimonial by its row: a file written anew must not renumber it."""
    for number in range(6):
        a_testimonial(session, status=Status.PUBLISHED, email=f"a{number}@exemple.fr")
    an_editor(session)
    session.execute(delete(Email))
    session.commit()
    before = [session.scalars(select(kind.id).order_by(kind.id)).all() for kind in (Testimonial, Version)]
    session.rollback()
    assert vacuum_after_erasures()
    assert [session.scalars(select(kind.id).order_by(kind.id)).all() for kind in (Testimonial, Version)] == before
    session.rollback()
    assert app.test_cli_runner().invoke(args=["catalog", "check"]).exit_code == 0
    assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
    db.session.rollback()
