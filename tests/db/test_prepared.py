"""What is asked on lines of their own: the words of each statement, and what stands in them once and for all."""

import gc
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import String, bindparam, literal, select, update
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.db import db
from app.db.prepared import PreparedQuery
from app.db.read_connections import read_connections


@pytest.mark.parametrize("constant", ["l’été", "d'avance", "100 %", "%s", ":nom", "$1", "?", "\\", ""])
def test_what_never_changes_is_written_out_to_the_email(session: Session, constant: str) -> None:
    asking = PreparedQuery(select(literal(constant), bindparam("given", type_=String()), literal(3)))
    for given in ("une fois", "l'autre"):
        assert [tuple(row) for row in asking.rows(session, given=given)] == [(constant, given, 3)]
    written = asking.written[session.get_bind().dialect.name]
    assert written.bound({"given": "x"}) == ["x"], "nothing else goes with it"


def test_a_thread_that_ends_keeps_no_connection(app: Flask, session: Session) -> None:
    def look() -> None:
        with app.app_context():
            assert len(PreparedQuery(select(Article.title)).rows(db.session)) == 1

    for _ in range(5):
        thread = Thread(target=look)
        thread.start()
        thread.join()
    gc.collect()
    assert len(read_connections(session.get_bind().engine).opened) <= 1


def test_within_a_transaction_what_it_has_written_is_seen_and_by_nobody_else(session: Session) -> None:
    asking = PreparedQuery(select(Article.title))
    (before,) = asking.rows(session)
    session.execute(update(Article).values(title="Un titre d’essai"))
    assert [tuple(row) for row in asking.rows(session)] == [("Un titre d’essai",)]
    session.rollback()
    assert tuple(before) == tuple(asking.rows(session)[0]) != ("Un titre d’essai",)
