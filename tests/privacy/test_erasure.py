"""Erasure: none of an author's words remains in the database files of either engine."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from app.articles.passages import passages
from app.audit import Actor
from app.catalog import placements
from app.catalog.placements import Place
from app.moderation.decisions import decide, request_changes
from app.privacy.replay import erased_with_words
from app.territories.models import Partner, PartnerAlias
from app.testimonials import mails
from app.testimonials.decision import DecisionNote, Remark, RemarkKind
from app.testimonials.draft import Draft, save_draft
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import Outcome
from app.testimonials.reasons import Reason
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, private_page
from tests.factories import a_notice, a_testimonial, a_version, an_editor, by_editor, the_article
from tests.services import smtp
from tests.services.postgres import _binaries
from tests.visitor import Visitor

pytestmark = pytest.mark.both_engines

# The columns of a version that the author typed.
TYPED = (
    *("clsm", "title", "account", "outcome", "obstacles", "advice", "years", "other_partners", "link", "partner_other"),
    *("author_name", "author_role"),
)

Files = Callable[[], bytes]


@pytest.fixture
def files(engine: str, database: str) -> Files:
    """The bytes a thief of the database would read: SQLite's three files, or a PostgreSQL dump."""
    if engine == "sqlite":
        path = str(make_url(database).database)
        return lambda: b"".join(
            Path(path + end).read_bytes() for end in ("", "-wal", "-shm") if Path(path + end).exists()
        )
    command = [str(_binaries() / "pg_dump"), "--encoding=UTF8", "--dbname", database.replace("+psycopg", "")]
    return lambda: subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603  # written just above


def word(who: str, name: str) -> str:
    return f"zinzolin{who}{name.replace('_', '')}fin"


def words(who: str, names: Iterable[str]) -> dict[str, Any]:
    """Return a text for each name; the account spans several pages of the database."""
    texts = {name: f"Début, {word(who, name)}, à la fin." for name in names}
    return texts | {"account": f"{'Été. ' * 900}{word(who, 'account')} {'Élan. ' * 900}"}


def found(files: Files, unmistakable: Iterable[str]) -> set[str]:
    content = files()
    return {each for each in unmistakable if each.encode() in content}


def a_long_story(session: Session, who: str) -> tuple[Testimonial, set[str]]:
    other: dict[str, Any] = {"partner": None, "partner_known": PartnerKnown.OTHER}
    email = f"{word(who, 'email')}@exemple.fr"
    testimonial = a_testimonial(session, status=Status.PUBLISHED, email=email, **words(f"{who}a", TYPED), **other)
    amend_text(testimonial, **words(f"{who}b", TYPED), **other)
    reported = {"words": f"Voici, {word(who, 'notice')}.", "email": f"{word(who, 'reader')}@exemple.fr"}
    theirs = {name: f"Ceci, {word(who, name)}." for name in ("passage", "reply", "name")}
    a_notice(session, testimonial, **reported, **theirs).handle(Outcome.DISMISSED, f"Non, {word(who, 'answer')}.")
    testimonial.propose(a_version(session, **words(f"{who}c", TYPED), **other))
    session.flush()
    note = DecisionNote(Reason.OTHER, f"Voici, {word(who, 'message')}.")
    editor = an_editor(session)
    place_and_quote(session, testimonial, f"Début, {word(f'{who}a', 'outcome')}, à la fin.")
    session.flush()
    decide(editor, testimonial, Action.UNPUBLISH, revision=testimonial.revision, note=note)
    for kind in RemarkKind:
        testimonial.remarks.append(Remark(kind=kind, words=f"À part, {word(who, kind.value)}."))
    testimonial.perform(Action.REOPEN, by=Actor.editor(editor.id))
    session.flush()
    asking = DecisionNote(message=f"Dites, {word(who, 'asking')}.", asked={"account": f"Qui, {word(who, 'asked')} ?"})
    request_changes(editor, testimonial, revision=testimonial.revision, note=asking)
    recognise(session, testimonial)
    testimonial.write_to_author(mails.NEW_LINK, heading=f"Un titre, {word(who, 'heading')}")
    session.flush()
    unmistakable = {word(f"{who}{version}", name) for version in "abc" for name in TYPED}
    apart = ("email", "message", "heading", "asking", "asked", "notice", "reader", "answer", *RemarkKind)
    apart += ("passage", "reply", "name")
    return testimonial, unmistakable | {word(who, name) for name in apart}


def recognise(session: Session, testimonial: Testimonial) -> None:
    """Have each name that it gave its partner stand for an entry of the list, as an admin does."""
    partner = session.scalars(select(Partner)).first()
    assert partner is not None
    for version in testimonial.versions:
        facts = {"article_id": testimonial.article_id, "partner_id": partner.id}
        session.add(PartnerAlias(typed=version.partner_other, **facts))


def place_and_quote(session: Session, testimonial: Testimonial, words: str) -> None:
    by, article = by_editor(session), the_article(session)
    places = [Place(article, passage.anchor) for passage in passages(article) if passage.theme]
    place = next(each for each in places if len(placements.locked_placements(session, each)) < placements.MOST_PLACED)
    placements.place_testimonial(session, place, testimonial, by=by)
    session.flush()
    placements.choose_quote(session, place, testimonial, words, by=by)


def test_erasing_leaves_no_word_in_the_database(
    app: Flask, visitor: Visitor, session: Session, files: Files, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    erased, gone = a_long_story(session, "un")
    _, kept = a_long_story(session, "deux")
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    erased.write_to_author(mails.UNPUBLISHED, reason="Autre raison", words=word("un", "unsent"))
    gone.add(word("un", "unsent"))
    session.commit()
    visitor.get(private_page(erased))
    session.rollback()
    # A sent e-mail keeps no words.
    kept.remove(word("deux", "heading"))
    there = (gone | kept) - {word("un", "heading")}
    assert found(files, there) == there, "each word is in the files before"
    visitor.get(f"{private_page(erased)}/effacer")
    session.rollback()
    visitor.press("Effacer mon texte et mes coordonnées")
    assert visitor.status == 200
    assert found(files, gone | kept) == kept
    assert erased.status is Status.ERASED
    assert erased_with_words(session) == [], "replay finds nothing under it"


def test_erasing_a_text_leaves_what_others_typed_too_under_its_entry(session: Session) -> None:
    typed: dict[str, Any] = {"partner": None, "partner_known": PartnerKnown.OTHER, "partner_other": "Le réso"}
    first, second = (a_testimonial(session, email=f"{each}@exemple.fr", **typed) for each in "ab")
    recognise(session, first)
    session.flush()
    for text, left in ((first, ["Le réso"]), (second, [])):
        erase_testimonial(text)
        session.flush()
        assert session.scalars(select(PartnerAlias.typed)).all() == left


def test_erasing_a_draft_leaves_no_word_in_the_database(
    app: Flask, visitor: Visitor, session: Session, files: Files
) -> None:
    def kept(who: str, key: str) -> tuple[Draft, set[str]]:
        email = f"{word(who, 'email')}@exemple.fr"
        draft = save_draft(session, the_article(session), key=key, email=email, answers=words(who, TYPED))
        return draft, {word(who, name) for name in (*TYPED, "email")}

    erased, gone = kept("un", "1")
    over, forgotten = kept("deux", "2")
    _, staying = kept("trois", "3")
    over.ends_at -= app.config["DRAFT_PERIOD"]
    session.commit()
    everything = gone | forgotten | staying
    visitor.get(f"/brouillon/{erased.token}")
    session.rollback()
    assert found(files, everything) == everything
    visitor.press("Effacer ce brouillon")
    assert found(files, everything) == forgotten | staying
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    assert found(files, everything) == staying


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_open_transaction_delays_it_until_the_next_scheduled_job(
    app: Flask, visitor: Visitor, session: Session, files: Files
) -> None:
    testimonial, gone = a_long_story(session, "un")
    session.commit()
    visitor.get(f"{private_page(testimonial)}/effacer")
    assert testimonial.email, "the session's transaction reads, and stays open"
    visitor.press("Effacer mon texte et mes coordonnées")
    assert visitor.status == 200
    assert found(files, gone) == gone
    session.rollback()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False)
    assert found(files, gone) == set()
