"""Prepared queries: constants as literals, a connection per thread, and the writes of an open transaction."""

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

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize("constant", ["l’été", "d'avance", "100 %", "%s", ":nom", "$1", "?", "\\", ""])
def test_constants_are_inlined_as_literals(session: Session, constant: str) -> None:
    query = PreparedQuery(select(literal(constant), bindparam("given", type_=String()), literal(3)))
    for given in ("une fois", "l'autre"):
        assert [tuple(row) for row in query.rows(session, given=given)] == [(constant, given, 3)]
    compiled = query.compiled[session.get_bind().dialect.name]
    assert compiled.bind({"given": "x"}) == ["x"], "constants are no parameters"


def test_a_thread_that_ends_closes_its_connection(app: Flask, session: Session) -> None:
    def read() -> None:
        with app.app_context():
            assert len(PreparedQuery(select(Article.title)).rows(db.session)) == 1

    for _ in range(5):
        thread = Thread(target=read)
        thread.start()
        thread.join()
    gc.collect()
    assert len(read_connections(session.get_bind().engine).readers) <= 1


def test_a_query_in_a_transaction_sees_its_writes(session: Session) -> None:
    query = PreparedQuery(select(Article.title))
    (before,) = query.rows(session)
    session.execute(update(Article).values(title="Un titre d’essai"))
    assert [tuple(row) for row in query.rows(session)] == [("Un titre d’essai",)]
    session.rollback()
    assert tuple(before) == tuple(query.rows(session)[0]) != ("Un titre d’essai",)
