"""Common steps of tests: publish, read stored rows, open a private page, sign an editor in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts import sessions
from app.accounts.gate import SESSION_KEY
from app.accounts.models import ArticleEditor, Role, Scope, User
from app.accounts.permissions import OF_BLUEPRINTS, PERMISSIONS, Permission
from app.articles.models import Article
from app.articles.sites import Site, register_site
from app.audit import CLOCK, ActorKind
from app.catalog.placements import Place
from app.catalog.quotations import find_quotation
from app.catalog.synthesis.models import Statement, Synthesis, SynthesisSource, synthesis_versions
from app.db import Base, now
from app.mail.compose import compose
from app.mail.outbox import Email
from app.moderation.queue.filters import QueueFilters
from app.moderation.queue.reader import QueueReader
from app.moderation.queue.totals import list_totals
from app.testimonials import erasure
from app.testimonials.lifecycle import Action, Status
from app.testimonials.link_request import waiting_requests
from app.testimonials.private_page import links
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import WORDINGS, Purpose, current_wordings
from app.tokens import sign_private_link
from tests.factories import (
    AUTHOR,
    EDITOR,
    SENTENCES,
    a_notice,
    a_pending_answer,
    a_testimonial,
    an_answer,
    an_editor,
    by_editor,
    the_article,
)
from tests.pdf import NEEDS_PANGO, TaggedPdf
from tests.visitor import Visitor

Row = TypeVar("Row", bound=Base)


def published(session: Session, number: int = 0, **changes: Any) -> Testimonial:
    """Return a published testimonial, whose title and address have a number; nothing is committed.

    Its author agreed to reuse: open outlets have its words.
    """
    facts = {"title": f"Récit {number:02}", "email": f"a{number}@exemple.fr", "reuse": True} | changes
    return a_testimonial(session, status=Status.PUBLISHED, **facts)


def one_of_each_kind(session: Session) -> None:
    """Store a testimonial with an answer and words in a synthesis, one hidden, one amended; nothing is committed."""
    text = published(session, 1)
    an_answer(session, text)
    a_synthesis(session, [(text, SENTENCES[0])])
    hide(session, published(session, 2))
    amend_text(published(session, 3), account="Nous avons repris ce texte. " * 9)


def an_answered_text(session: Session, *, announced: bool = False, **changes: Any) -> tuple[Testimonial, Testimonial]:
    text = published(session, **changes)
    return text, an_answer(session, text, announced=announced)


def a_text_to_answer(session: Session, **changes: Any) -> tuple[Testimonial, Testimonial]:
    text = published(session, **changes)
    return text, a_pending_answer(session, text)


def a_site(session: Session, host: str = "site.exemple") -> Site:
    site = register_site(session, f"Le site de {host}", host, by=by_editor(session))
    session.flush()
    return site


def a_synthesis(session: Session, *statements: Sequence[tuple[Testimonial, str]]) -> Synthesis:
    """Return the synthesis that readers see, instead of the one before; each statement cites sentences."""
    article = the_article(session)
    before = session.scalars(synthesis_versions(article.id)).all()
    for each in before:
        if not each.is_draft:
            each.ended_at = each.ended_at or now()
    made = Synthesis(article_id=article.id, number=max([0, *(each.number for each in before)]) + 1)
    made.published_at = now()
    for position, cited in enumerate(statements, 1):
        statement = Statement(position=position, words=f"Constat {position}")
        for testimonial, words in cited:
            version = testimonial.latest
            quotation = find_quotation(version, words)
            assert quotation is not None, words
            source = SynthesisSource(testimonial_id=testimonial.id, digest=version.digest, **quotation._asdict())
            statement.sources.append(source)
        made.statements.append(statement)
    session.add(made)
    session.flush()
    return made


def publish_amended(session: Session, testimonial: Testimonial, version: Version) -> None:
    """Have the author send other words, and an editor publish them; nothing is committed."""
    amend_with(testimonial, version)
    session.flush()
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()


def only_text(session: Session) -> Testimonial:
    (testimonial,) = stored(session, Testimonial)
    return testimonial


def withdraw(_: Session, text: Testimonial) -> None:
    text.withdraw()


def unpublish(session: Session, text: Testimonial) -> None:
    text.perform(Action.UNPUBLISH, by=by_editor(session))


def expire(_: Session, text: Testimonial) -> None:
    text.perform(Action.EXPIRE, by=CLOCK)


def erase(_: Session, text: Testimonial) -> None:
    erasure.erase_testimonial(text)


def hide(session: Session, testimonial: Testimonial) -> None:
    a_notice(session, testimonial)
    testimonial.perform(Action.HIDE, by=by_editor(session))


def give(user: User, *articles: Article) -> None:
    user.edits_all = False
    user.articles = [ArticleEditor(article_id=each.id) for each in articles]


def first_place(session: Session) -> Place:
    article = the_article(session)
    return Place(article, article.themes[0].slug)


def amend_with(text: Testimonial, version: Version, answers: Mapping[Purpose, bool] | None = None) -> None:
    """Send another version of a text, as its author does, with the same consents or others; nothing is flushed."""
    text.amend(version, answers or {}, seen=version.compute_digest())


def amend_text(text: Testimonial, answers: Mapping[Purpose, bool] | None = None, **changes: Any) -> Version:
    """Send a text with some changes, as its author does; nothing is flushed."""
    version = text.latest.edited(**changes)
    version.made_by = ActorKind.AUTHOR
    amend_with(text, version, answers)
    return version


@contextmanager
def first_wordings(*purposes: Purpose) -> Iterator[None]:
    """Have authors read the first wordings of some purposes, as before the others were written."""
    with pytest.MonkeyPatch.context() as patch:
        for purpose in purposes:
            patch.setitem(WORDINGS, purpose, {1: WORDINGS[purpose][1]})
        yield


def committed(session: Session, **facts: Any) -> Testimonial:
    testimonial = a_testimonial(session, **facts)
    session.commit()
    return testimonial


def readable(session: Session, number: int = 0, **changes: Any) -> Testimonial:
    testimonial = published(session, number, **changes)
    session.commit()
    return testimonial


def stored(session: Session, kind: type[Row]) -> list[Row]:
    """Return the rows of a class by age, with the commits of others."""
    session.rollback()
    return list(session.scalars(select(kind).order_by(*kind.__table__.primary_key)))


def reload(session: Session, testimonial: Testimonial) -> Testimonial:
    """Return a testimonial to be read anew, with the commits of others."""
    session.rollback()
    return testimonial


def private_token(testimonial: Testimonial) -> str:
    return sign_private_link(testimonial.public_id, testimonial.link_generation)


def private_page(testimonial: Testimonial) -> str:
    return f"/mon-temoignage/{private_token(testimonial)}"


def send_act(visitor: Visitor, testimonial: Testimonial, act: str, **fields: str) -> Visitor:
    """Send the fields of an act to a private page, whether or not the page offers it, on the wordings of today."""
    page, wordings = private_page(testimonial), current_wordings(testimonial.article)
    given = {"csrf_token": visitor.get(page).csrf_token, "wordings": wordings} | fields
    return visitor.post(f"{page}/{act}", [*given.items()])


def text_of(email: Email) -> str:
    body = compose(email.message, email.recipient, email.facts, email.message_id).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\u00a0", " ").replace("\u202f", " ")


def ask_for_link(visitor: Visitor, session: Session, email: str = AUTHOR) -> Visitor:
    visitor.get("/mon-temoignage/nouveau-lien").fill(email=email).press("Envoyer un nouveau lien")
    session.rollback()
    for request_id in waiting_requests(session):
        links.answer_request(session, request_id)
    session.commit()
    return visitor


def run_clock(app: Flask, session: Session, *options: str) -> str:
    """Commit, run the scheduled job, and return what it says; what the test has read is read anew afterwards."""
    session.commit()
    output = app.test_cli_runner().invoke(args=["clock", *options], catch_exceptions=False).output
    session.rollback()
    return output


def deliver(app: Flask, session: Session) -> None:
    """Commit, and have every e-mail that is due leave, into the folder of a server without SMTP."""
    session.commit()
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    session.rollback()


def pass_time(session: Session, testimonial: Testimonial, days: float) -> None:
    """Have a text, and the e-mails about it, be so many days older; those that wait still do."""
    past = timedelta(days=days)
    emails = session.scalars(select(Email).where(Email.testimonial_id == testimonial.id)).all()
    moments = [
        *(
            (testimonial, name)
            for name in ("submitted_at", "waiting_since", "confirmed_at", "acted_at", "published_at")
        ),
        *((testimonial, name) for name in ("published_until", "due_at", "reminded_at", "contested_at")),
        *((email, name) for email in emails for name in ("written_at", "sent_at", "due_at")),
    ]
    for row, name in moments:
        if (moment := getattr(row, name, None)) is not None:
            setattr(row, name, moment - past)
    session.flush()


def at_its_end(testimonial: Testimonial) -> None:
    testimonial.published_until = now() - timedelta(seconds=1)
    testimonial.reminded_at = testimonial.published_until - timedelta(days=30)


def list_total(session: Session, name: str = "pending", scope: Scope = None, **query: str) -> int:
    return list_totals(session, QueueReader(0, QueueFilters.read(query), scope))[name].number


def signed_in(visitor: Visitor, session: Session, *, email: str = EDITOR, role: Role = Role.EDITOR) -> Visitor:
    """Give a visitor the session of an editor, by its row and its cookie; the editor is created if there is none.

    The page does the same in twenty times as long: it is for the tests whose subject it is.
    """
    editor = an_editor(session, email=email, role=role)
    identifier = sessions.open_session(session, editor, "")
    session.commit()
    with visitor.client.session_transaction() as cookie:
        cookie["_user_id"], cookie[SESSION_KEY] = str(editor.id), identifier
    session.rollback()
    return visitor


def refuse_changes(session: Session, testimonial: Testimonial) -> None:
    """Have the database refuse every change of one testimonial, with a message that quotes it."""
    trigger = "CREATE TRIGGER broken BEFORE UPDATE ON testimonial "
    if session.get_bind().dialect.name == "sqlite":
        trigger += "WHEN OLD.id = {id} BEGIN SELECT RAISE(ABORT, 'quoted by the database'); END"
    else:
        refusal = "$$ BEGIN RAISE EXCEPTION 'quoted by the database'; END $$"
        session.execute(text(f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS {refusal}"))
        trigger += "FOR EACH ROW WHEN (OLD.id = {id}) EXECUTE FUNCTION broken()"
    session.execute(text(trigger.format(id=testimonial.id)))
    session.commit()


def access(endpoint: str) -> Permission:
    return PERMISSIONS.get(endpoint) or OF_BLUEPRINTS[endpoint.partition(".")[0]]


def file_of(visitor: Visitor, page: str) -> TaggedPdf:
    """Have the PDF of a page made, as its reader and the loop do, and read it."""
    visitor.get(page).press("Préparer le PDF")
    assert "Le PDF se prépare…" in visitor.page.select(".toolbar")[0].get_text()
    visitor.client.application.test_cli_runner().invoke(args=["mail", "deliver", "--pdf"])
    answer = visitor.get(page).client.post(f"{page}.pdf", data={"csrf_token": visitor.csrf_token})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), NEEDS_PANGO
    assert answer.headers["Cache-Control"] == "no-store"
    return TaggedPdf(answer.data)
