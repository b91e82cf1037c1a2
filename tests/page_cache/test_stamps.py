"""A stamp moves in the transaction that changes visible rows, on both engines, and at no other time."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, insert, inspect, select, text
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog import placements
from app.db import Base, db, now
from app.page_cache.middleware import EVERYTHING, PublicationStamp, Stamps
from app.testimonials.lifecycle import Status
from tests.acts import a_site, a_synthesis, committed, first_place
from tests.factories import SENTENCES, a_testimonial, another_article, by_editor, the_article
from tests.page_cache.workers import Worker
from tests.publication.outlets import addresses

pytestmark = pytest.mark.both_engines

# Tables that public pages read and that move no stamp: the visitor's account, the stamps themselves, and the two of
# facets, which are only written together with a rendering.
NOT_SHOWN = {"user_account", "publication_stamp", "facet", "facet_entry"}


def stamps(session: Session) -> dict[int, str]:
    session.rollback()
    return {each.scope: each.stamp for each in session.scalars(select(PublicationStamp))}


def moved(session: Session, before: dict[int, str]) -> set[int]:
    now = stamps(session)
    return {scope for scope in now.keys() | before.keys() if now.get(scope) != before.get(scope)}


STATEMENTS = [
    "UPDATE testimonial SET published_until = published_until WHERE status = 'published'",
    "UPDATE testimonial SET public_id = 'x' WHERE status = 'published'",
    "UPDATE version SET id = id",
    "DELETE FROM version_theme",
    "UPDATE theme SET label = 'x' WHERE position = 0",
    "UPDATE article SET body = 'x' WHERE slug = 'crpv'",
    "UPDATE region SET name = 'x' WHERE code = '53'",
    "UPDATE department SET region_code = '11' WHERE code = '35'",
    "UPDATE partner SET name = 'x' WHERE slug = 'reso-villes'",
    "DELETE FROM partner_department",
    "UPDATE referential SET slug = 'x'",
    "UPDATE placement SET position = 2",
    "INSERT INTO placement SELECT 99, article_id, '', testimonial_id, 1, '', quoted_at, NULL FROM placement",
    "DELETE FROM placement",
]


@pytest.mark.changes_content
def test_a_handwritten_statement_moves_the_stamps(session: Session, subtests: pytest.Subtests) -> None:
    """The triggers do it, so that no code can forget to."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    by = by_editor(session)
    placements.place_testimonial(session, first_place(session), testimonial, by=by)
    session.commit()
    article = testimonial.article_id
    for statement in STATEMENTS:
        with subtests.test(statement=statement):
            before = stamps(session)
            session.execute(text(statement))
            session.rollback()
            assert moved(session, before) == set(), "a rollback moves nothing"
            session.execute(text(statement))
            session.commit()
            assert moved(session, before) == {EVERYTHING, article}


@pytest.mark.parametrize("statement", ["UPDATE site SET active_until = since", "DELETE FROM site"])
def test_a_change_of_a_site_moves_every_stamp(session: Session, statement: str) -> None:
    """What its key opens is cached under the stamps of articles."""
    before = stamps(session)
    a_site(session)
    session.commit()
    assert moved(session, before) == set(before)
    before = stamps(session)
    session.execute(text(statement))
    session.commit()
    assert moved(session, before) == set(before)


@pytest.mark.changes_content
def test_each_article_has_its_own_stamp(session: Session) -> None:
    before = stamps(session)
    other = another_article(session)
    session.commit()
    assert moved(session, before) == {EVERYTHING, other.id}
    before = stamps(session)
    committed(session, status=Status.PUBLISHED)
    assert moved(session, before) == {EVERYTHING, the_article(session).id}
    before = stamps(session)
    session.execute(delete(Article).where(Article.slug == "autre"))
    session.commit()
    assert moved(session, before) == {EVERYTHING, max(before)}


def test_an_unpublished_testimonial_moves_no_stamp(session: Session, subtests: pytest.Subtests) -> None:
    for status in [Status.UNCONFIRMED, Status.PENDING, Status.DECLINED, Status.INTERNAL]:
        with subtests.test(status=status):
            before = stamps(session)
            committed(session, status=status)
            assert moved(session, before) == set()


def test_a_stamp_never_takes_an_old_value(session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    seen = [stamps(session)[EVERYTHING]]
    for _ in range(20):
        session.execute(text("UPDATE testimonial SET published_at = published_at"))
        session.commit()
        seen.append(stamps(session)[EVERYTHING])
    assert len(set(seen)) == len(seen)
    assert testimonial.status is Status.PUBLISHED


def test_many_rows_in_one_transaction_move_the_stamps(session: Session) -> None:
    """On PostgreSQL, a row written over and over in one transaction would slow down with its square."""
    testimonials = [a_testimonial(session, status=Status.PUBLISHED, email=f"e{n}@exemple.fr") for n in range(3)]
    session.commit()
    before = stamps(session)
    for each in testimonials:
        each.withdraw()
        session.flush()
    session.commit()
    assert moved(session, before) == {EVERYTHING, testimonials[0].article_id}


def test_concurrent_changes_neither_deadlock_nor_share_a_stamp(app: Flask, session: Session, engine: str) -> None:
    """A changes one row, B another, then A the row of B: locking a stamp at each row would be a deadlock."""
    one, other = (a_testimonial(session, status=Status.PUBLISHED, email=f"f{n}@exemple.fr").id for n in range(2))
    session.commit()
    before = stamps(session)
    both_began = Barrier(2, timeout=30)

    def change(*which: int) -> str:
        with app.app_context(), Session(db.engine) as own:
            for each in which:
                own.execute(text("UPDATE testimonial SET published_at = published_at WHERE id = :id"), {"id": each})
                # SQLite lets one write at a time: the second begins when the first has ended.
                if engine == "postgresql" and each is which[0]:
                    both_began.wait()
            own.commit()
            return stamps(own)[EVERYTHING]

    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(change, one, other), pool.submit(change, other)]
        seen = {each.result(timeout=60) for each in begun}
    assert before[EVERYTHING] not in seen
    assert moved(session, before) == {EVERYTHING, the_article(session).id}


@pytest.mark.changes_content
def test_each_table_that_public_pages_read_has_a_trigger(app: Flask, session: Session) -> None:
    worker = Worker(app, caches=False)
    testimonial = a_testimonial(session, status=Status.PUBLISHED, reuse=True)
    a_synthesis(session, [(testimonial, SENTENCES[0])])
    session.commit()
    for path in addresses(app, testimonial):
        worker.ask(path)
    worker.close()
    names = "|".join(Base.metadata.tables)
    read = {name for sql in worker.statements for name in re.findall(rf"(?:FROM|JOIN)\s+({names})\b", sql)}
    assert {"article", "testimonial", "version", "theme"} <= read
    catalogue = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_moves_stamps'",
        "postgresql": "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE tgname LIKE '%_moves_stamps'",
    }
    watched = set(session.scalars(text(catalogue[db.engine.dialect.name])))
    assert read - NOT_SHOWN <= watched, "a table that readers see has no trigger"


def test_the_migration_creates_the_stamp_of_everything(session: Session) -> None:
    assert set(stamps(session)) == {EVERYTHING, the_article(session).id}
    assert inspect(db.engine).get_pk_constraint("publication_stamp")["constrained_columns"] == ["scope"]
    with pytest.raises(Exception, match="publication_stamp"):
        session.execute(insert(PublicationStamp).values(scope=EVERYTHING, stamp="x"))
    session.rollback()


def test_a_stamp_that_cannot_be_read_is_none(app: Flask, tmp_path: Path) -> None:
    unreachable = Stamps(create_engine(f"sqlite:///{tmp_path}/nowhere/none.sqlite3"))
    assert unreachable.current(EVERYTHING) is None
    assert unreachable.for_page(EVERYTHING, now()) == (None, None, None)
    with app.app_context():
        assert Stamps(db.engine).current(1_000_000) is None, "no article has that number"
