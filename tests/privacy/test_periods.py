"""The table of periods: all that is kept ends; the page, the clock and docs/privacy.md read the same lines."""

from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts import mails as account_mails
from app.accounts.models import Role
from app.audit import CLOCK, ActorKind, AuditEvent, Kind
from app.cli.maintenance import JOURNAL, VACUUM, acts_on_all
from app.db import Base, now
from app.kept import Act, kept_rows
from app.mail import outbox
from app.mail.outbox import Email
from app.moderation import holds
from app.moderation.holds import Hold
from app.privacy import mails as privacy_mails
from app.privacy import retention
from app.testimonials.draft import Draft
from app.testimonials.lifecycle import Status
from app.testimonials.link_request import LinkRequest
from config import Config
from tests.acts import at_its_end, refuse_changes, run_clock, signed_in
from tests.factories import ACCOUNT, a_testimonial, an_editor, the_article
from tests.test_config import PRODUCTION
from tests.visitor import Visitor


@pytest.mark.both_engines
def test_an_email_that_left_or_was_given_up_is_deleted_after_six_months(app: Flask, session: Session) -> None:
    """An account's, which no text takes away; one that waits stays, however old."""
    addresses = ("sent@exemple.fr", "recent@exemple.fr", "refused@exemple.fr", "waits@exemple.fr")
    emails = [outbox.enqueue(session, account_mails.PASSWORD_CHANGED, to=to, account_link=None) for to in addresses]
    sent, recent, refused, waits = emails
    for each, days in ((sent, 182), (recent, 178), (refused, 182), (waits, 182)):
        each.written_at = now() - timedelta(days=days)
    for each in (sent, recent):
        each.sent_at, each.due_at = each.written_at, None
    refused.due_at, refused.last_refusal = None, "SMTPRecipientsRefused"
    assert "old e-mails: 2" in run_clock(app, session)
    assert session.scalars(select(Email.recipient).order_by(Email.id)).all() == [
        "recent@exemple.fr",
        "waits@exemple.fr",
    ]


@pytest.mark.both_engines
def test_an_event_about_no_text_is_deleted_after_a_year(app: Flask, session: Session) -> None:
    """The database itself keeps the others: events about texts, and those of the year."""
    testimonial = a_testimonial(session)
    old = {name: AuditEvent.of(Kind.SIGNED_IN, CLOCK) for name in ("gone", "kept")}
    old["gone"].at, old["kept"].at = now() - timedelta(days=368), now() - timedelta(days=364.5)
    of_text = AuditEvent.of(Kind.NOTED, CLOCK)
    of_text.at = now() - timedelta(days=3_000)
    testimonial.events.append(of_text)
    session.add_all(old.values())
    session.commit()
    gone, kept, about = (each.id for each in (old["gone"], old["kept"], of_text))
    assert "old events of the audit log: 1" in run_clock(app, session)
    assert {gone, kept, about} & set(session.scalars(select(AuditEvent.id))) == {kept, about}
    for number in (kept, about):
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(delete(AuditEvent).where(AuditEvent.id == number))
        session.rollback()


@pytest.mark.both_engines
def test_who_takes_care_of_a_text_is_forgotten_once_the_hold_has_lapsed(app: Flask, session: Session) -> None:
    erased, pending = a_testimonial(session, status=Status.ERASED), a_testimonial(session, email="b@exemple.fr")
    editor = an_editor(session)
    for each in (erased, pending):
        holds.take_hold(session, each, editor.id)
    session.flush()
    session.execute(update(Hold).where(Hold.testimonial_id == erased.id).values(at=now() - timedelta(minutes=31)))
    session.commit()
    assert "lapsed holds: 1" in run_clock(app, session)
    assert session.scalars(select(Hold.testimonial_id)).all() == [pending.id]


def test_no_period_can_be_set() -> None:
    periods = ("PUBLICATION_PERIOD", "TEXTS_PERIOD", "DRAFT_PERIOD", "SPAM_MEMORY")
    settings = Config(PRODUCTION | dict.fromkeys([*periods, *(f"{name}_DAYS" for name in periods)], "10"))
    assert (settings.PUBLICATION_PERIOD.number, settings.TEXTS_PERIOD.number) == (3 * 12, 6)
    assert (timedelta(days=30), timedelta(days=30)) == (settings.DRAFT_PERIOD, settings.SPAM_MEMORY)


# What admins may not read, nor find in their mailbox.
PERSONAL = ("a1@exemple.fr", ACCOUNT[:40], "Camille", "quoted by the database")


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_a_failure_of_the_clock_is_told_to_admins_once_a_day(app: Flask, session: Session, visitor: Visitor) -> None:
    failing = a_testimonial(session, status=Status.DECLINED, email="a1@exemple.fr")
    failing.waiting_since -= timedelta(days=185)
    an_editor(session, email="editrice@ville-exemple.fr")
    admin = an_editor(session, email="admin@ville-exemple.fr", role=Role.ADMIN)
    session.commit()
    refuse_changes(session, failing)
    for _ in range(3):
        run_failing_clock(app, session)
    told = session.scalars(select(Email).where(Email.message == privacy_mails.CLOCK_FAILED)).all()
    assert [(each.recipient, each.facts["acts"]) for each in told] == [(admin.email, ["effacement d’un texte"])]
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.CLOCK_FAILED)).all()
    assert [(each.actor, each.testimonial_id) for each in events] == [(ActorKind.CLOCK, None)]
    signed_in(visitor, session, email=admin.email, role=Role.ADMIN).get("/administration/journal")
    assert "Ce qui a échoué depuis hier : effacement d’un texte." in visitor.text
    app.test_cli_runner().invoke(args=["mail", "deliver"], catch_exceptions=False)
    session.rollback()
    (letter,) = (
        path.read_bytes()
        for path in (app.config["INSTANCE"] / "mail").glob("*.eml")
        if admin.email.encode() in path.read_bytes()
    )
    body = message_from_bytes(letter, policy=policy.default).get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert "- effacement d’un texte" in words
    for personal in (*PERSONAL, failing.public_id):
        assert personal not in words + visitor.text


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_the_next_day_s_failure_is_told_again(app: Flask, session: Session) -> None:
    failing = a_testimonial(session, status=Status.DECLINED)
    failing.waiting_since -= timedelta(days=185)
    an_editor(session, email="admin@ville-exemple.fr", role=Role.ADMIN)
    yesterday = AuditEvent.of(Kind.CLOCK_FAILED, CLOCK, reason="effacement d’un texte")
    yesterday.at = now() - timedelta(days=1)
    session.add(yesterday)
    session.commit()
    refuse_changes(session, failing)
    run_failing_clock(app, session)
    assert len(session.scalars(select(Email).where(Email.message == privacy_mails.CLOCK_FAILED)).all()) == 1


def run_failing_clock(app: Flask, session: Session) -> None:
    assert app.test_cli_runner().invoke(args=["clock"]).exit_code == 1
    session.rollback()


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    rows = {
        name: sorted(map(tuple, session.execute(select(table))), key=repr)
        for name, table in Base.metadata.tables.items()
    }
    session.rollback()
    return rows


@pytest.mark.both_engines
def test_a_dry_run_lists_what_is_due_and_changes_nothing(app: Flask, session: Session) -> None:
    declined = [a_testimonial(session, status=Status.DECLINED, email=f"a{number}@exemple.fr") for number in range(2)]
    for each in declined:
        each.waiting_since -= timedelta(days=185)
    ended = a_testimonial(session, status=Status.PUBLISHED, email="p@exemple.fr")
    at_its_end(ended)
    unconfirmed = a_testimonial(session, status=Status.UNCONFIRMED, email="u@exemple.fr")
    unconfirmed.submitted_at -= timedelta(days=8)
    for number in range(3):
        draft = Draft(article=the_article(session), key=f"clé {number}", email="b@exemple.fr")
        draft.ends_at = now() - timedelta(days=number)
        session.add(draft)
    session.add(LinkRequest(email="c@exemple.fr", asked_at=now() - timedelta(days=2)))
    session.commit()
    journal = app.config["INSTANCE"] / "erasures.log"
    before, written = everything(session), journal.read_bytes() if journal.exists() else b""
    expected = [f"erase: {each.public_id}" for each in declined]
    expected += [f"expire: {ended.public_id}", f"remind: {unconfirmed.public_id}"]
    expected += ["drafts past their time: 3", "old requests for a link: 1"]
    for _ in range(2):
        assert run_clock(app, session, "--dry-run").splitlines() == expected
    assert everything(session) == before
    assert (journal.read_bytes() if journal.exists() else b"") == written
    assert run_clock(app, session).splitlines()[: len(expected)] == expected, "and then it is done"
    assert run_clock(app, session, "--dry-run") == ""


def test_each_act_of_the_clock_has_a_name_and_a_label_of_its_own(app: Flask) -> None:
    on_texts = [act for act in vars(retention).values() if isinstance(act, Act) and act.run is None]
    with app.app_context():
        acts = [*acts_on_all(), *on_texts, JOURNAL, VACUUM]
    assert len({act.name for act in acts}) == len({act.label for act in acts}) == len(acts) > 25


# Addresses that go by a rule of their own: with their text, with a notice, with an account, once an e-mail has left.
OTHERS = {"testimonial.email", "notice.email", "user_account.email", "account_link.email", "email.recipient"}


def test_each_address_that_is_stored_has_an_owner_and_an_end(app: Flask) -> None:
    columns = [each for table in Base.metadata.sorted_tables for each in table.columns]
    addresses = {f"{each.table}.{each.name}" for each in columns if each.name in {"email", "recipient"}}
    with app.app_context():
        owned = {each.model.__tablename__ for each in kept_rows() if each.owner is not None}
    assert addresses - OTHERS == {f"{table}.email" for table in owned}


def test_the_page_shows_each_period_in_force(app: Flask, visitor: Visitor) -> None:
    visitor.get("/vos-donnees")
    rows = [[cell.text.strip() for cell in row.select("th, td")] for row in visitor.page.select("tr:has(td)")]
    shown = dict(rows)
    assert len(shown) == len(rows) > 25
    for what, start in {
        "Texte publié": "3\u00a0ans après",
        "Texte refusé, retiré, dépublié, ou gardé pour l’usage interne": "6\u00a0mois après",
        "Texte dont l’adresse n’a jamais été confirmée": "30\u00a0jours après",
        "Ce qui permet de revenir sur un retrait": "10\u00a0minutes après",
        "Courriel indiqué pour retrouver un lien privé": "1\u00a0jour au plus",
        "Connexion ouverte\u00a0: navigateur et heures": "7\u00a0jours au plus",
        "Preuve de vos accords": "5\u00a0ans après",
    }.items():
        assert shown[what].startswith(start), what
    app.config["DRAFT_PERIOD"] = timedelta(days=45)
    assert "45 jours après son enregistrement" in visitor.get("/vos-donnees").text
