"""Links sent to editors: invitation, new password, change of address; each works once, for a limited time."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts import mails, team
from app.accounts import mails as account_mails
from app.accounts.account_links import AccountLink, LinkKind
from app.accounts.login_attempts import FREE_ATTEMPTS
from app.accounts.models import Role, User
from app.audit import SYSTEM, AuditEvent, Kind
from app.db import now
from app.mail.outbox import Email
from tests.accounts.signing_in import ADMIN, emailed_link, extend_delays, is_signed_in, sign_in
from tests.acts import signed_in
from tests.concurrency import together
from tests.factories import EDITOR, PASSWORD, an_editor
from tests.mail.test_outbox import deliver
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor

NEW = "quatre chevaux sous la pluie"
GUEST = "invitee@ville-exemple.fr"


@pytest.fixture
def invitation(app: Flask, session: Session) -> str:
    team.invite(session, SYSTEM, email=GUEST, name="Invitée Exemple", role=Role.EDITOR)
    session.commit()
    return emailed_link(app, session, mails.INVITATION, GUEST)


def ask_reset(visitor: Visitor, email: str = EDITOR) -> Visitor:
    return visitor.get("/connexion/mot-de-passe-oublie").fill(email=email).press("Recevoir un lien")


def choose(visitor: Visitor, path: str, password: str = NEW) -> Visitor:
    return visitor.get(path).fill(password=password).press("Enregistrer")


def test_an_invitation_gives_a_password_once(app: Flask, session: Session, visitor: Visitor, invitation: str) -> None:
    assert not is_signed_in(sign_in(visitor, email=GUEST, password="")), "no password opens an account that has none"
    token, email = invitation.rpartition("/")[2], session.scalars(select(Email)).one()
    assert token not in str(vars(email)) + str(vars(session.scalars(select(AccountLink)).one()))
    session.rollback()
    late = Visitor(app).get(invitation)
    visitor.get(invitation)
    assert "Invitée Exemple" in visitor.text
    visitor.fill(password=NEW).press("Enregistrer")
    assert visitor.path == "/connexion"
    assert "enregistré" in visitor.text
    assert late.fill(password="encore une autre phrase").press("Enregistrer").status == 404
    assert is_signed_in(sign_in(visitor, email=GUEST, password=NEW))
    assert Visitor(app).get(invitation).status == 404


@pytest.mark.parametrize(("kind", "hours"), [(LinkKind.INVITATION, 72), (LinkKind.RESET, 1)])
def test_a_link_lasts_its_period(session: Session, visitor: Visitor, editor: User, kind: LinkKind, hours: int) -> None:
    assert account_mails.EMAILS[kind][1] == timedelta(hours=hours)
    link = account_mails.send_link(session, editor, kind, to=EDITOR)
    path = f"/connexion/lien/{tokens.sign_token('account-link', [link.public_id])}"
    session.commit()
    assert timedelta(hours=hours, seconds=-9) < link.expires_at - now() <= timedelta(hours=hours)
    assert visitor.get(path).status == 200
    link.expires_at = now()
    session.commit()
    assert visitor.get(path).status == 404


def test_a_new_link_replaces_the_one_before(app: Flask, session: Session, visitor: Visitor, editor: User) -> None:
    ask_reset(visitor)
    first = emailed_link(app, session, mails.PASSWORD_RESET, EDITOR)
    ask_reset(visitor)
    second = emailed_link(app, session, mails.PASSWORD_RESET, EDITOR)
    assert first != second
    assert visitor.get(first).status == 404
    assert visitor.get(second).status == 200
    editor.disabled_at = now()
    session.commit()
    assert visitor.get(second).status == 404, "nor does that of a closed account open anything"


def test_a_reset_works_once_ends_every_session_and_notifies_the_owner(
    app: Flask, session: Session, editor: User
) -> None:
    sessions = [sign_in(Visitor(app)) for _ in range(2)]
    visitor = ask_reset(Visitor(app))
    path = emailed_link(app, session, mails.PASSWORD_RESET, EDITOR)
    choose(visitor, path)
    assert visitor.path == "/connexion"
    assert not any(is_signed_in(each) for each in sessions)
    assert visitor.get(path).status == 404
    assert sign_in(visitor, password=PASSWORD).status == 422
    assert is_signed_in(sign_in(visitor, password=NEW))
    session.rollback()
    messages = session.scalars(select(Email.message).where(Email.recipient == EDITOR).order_by(Email.id)).all()
    assert messages == [mails.PASSWORD_RESET, mails.PASSWORD_CHANGED]


def test_a_new_password_resets_the_failures(app: Flask, session: Session, editor: User) -> None:
    for _ in range(FREE_ATTEMPTS["account"] + 1):
        sign_in(Visitor(app), password="ce n’est pas celui-là")
    extend_delays(session)
    assert sign_in(Visitor(app)).status == 422
    choose(ask_reset(Visitor(app)), emailed_link(app, session, mails.PASSWORD_RESET, EDITOR))
    assert is_signed_in(sign_in(Visitor(app), password=NEW))


def test_a_new_password_stops_a_change_of_address_under_way(app: Flask, session: Session, editor: User) -> None:
    visitor = sign_in(Visitor(app)).get("/mon-compte/courriel").fill(email="voleur@exemple.fr").press("Écrire")
    choose(ask_reset(Visitor(app)), emailed_link(app, session, mails.PASSWORD_RESET, EDITOR))
    assert visitor.get(emailed_link(app, session, mails.TAKE_ADDRESS, "voleur@exemple.fr")).status == 404


def test_a_reset_keeps_the_second_factor(app: Flask, session: Session, editor: User) -> None:
    editor.totp_secret, editor.totp_counter = "n", 1
    session.commit()
    choose(ask_reset(Visitor(app)), emailed_link(app, session, mails.PASSWORD_RESET, EDITOR))
    assert sign_in(Visitor(app), password=NEW).path == "/connexion/second-facteur"


def test_a_reset_request_gets_the_same_response_for_every_address(app: Flask, session: Session, editor: User) -> None:
    an_editor(session, email="fermee@ville-exemple.fr").disabled_at = now()
    session.commit()
    ask_reset(Visitor(app), "avant@ville-exemple.fr")
    answers = set()
    for email in (EDITOR, "inconnue@ville-exemple.fr", "fermee@ville-exemple.fr"):
        visitor = Visitor(app).get("/connexion/mot-de-passe-oublie").fill(email=email)
        with recorded_statements(app) as run:
            visitor.press("Recevoir un lien")
        answers.add((visitor.status, visitor.text.replace(email, "…"), tuple(run)))
    assert len(answers) == 1, "the same page after the same statements"
    deliver(app)
    session.rollback()
    assert session.scalars(select(Email.recipient)).all() == [EDITOR]


def test_reset_requests_for_one_address_are_limited(app: Flask, session: Session, editor: User) -> None:
    for _ in range(FREE_ATTEMPTS["reset"] + 1):
        ask_reset(Visitor(app))
    extend_delays(session)
    for _ in range(3):
        assert ask_reset(Visitor(app)).status == 200
    session.rollback()
    assert len(session.scalars(select(Email)).all()) == FREE_ATTEMPTS["reset"] + 1


@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("", "Choisissez un mot de passe"),
        ("court", "Encore 7 signes au moins"),
        ("motdepasse2026", "se devine trop facilement"),
        ("invitee exemple", "se devine trop facilement"),
        ("x" * 200_000, "256 suffisent"),
    ],
)
def test_a_weak_password_is_refused_with_advice(
    session: Session, visitor: Visitor, invitation: str, password: str, advice: str
) -> None:
    choose(visitor, invitation, password)
    assert visitor.status == 422
    assert advice in visitor.text
    session.rollback()
    assert session.scalars(select(User.password_hash).where(User.email == GUEST)).one() == ""
    choose(visitor, invitation)
    assert visitor.path == "/connexion", "the link still works"


def test_an_address_changes_once_both_have_confirmed(app: Flask, session: Session, editor: User) -> None:
    visitor = sign_in(Visitor(app)).get("/mon-compte/courriel")
    visitor.fill(email="  Nouvelle@Ville-Exemple.fr ").press("Écrire aux deux adresses")
    assert "nouvelle@ville-exemple.fr" in visitor.text
    old = emailed_link(app, session, mails.LEAVE_ADDRESS, EDITOR)
    new = emailed_link(app, session, mails.TAKE_ADDRESS, "nouvelle@ville-exemple.fr")
    stranger = Visitor(app)
    stranger.get(new).press("Confirmer le changement")
    assert "autre adresse" in stranger.text
    session.rollback()
    assert editor.email == EDITOR
    stranger.get(old).press("Confirmer le changement")
    session.rollback()
    assert editor.email == "nouvelle@ville-exemple.fr"
    assert stranger.get(old).status == stranger.get(new).status == 404
    assert is_signed_in(sign_in(stranger, email="nouvelle@ville-exemple.fr"))


def test_links_of_two_address_changes_do_not_combine(app: Flask, session: Session, editor: User) -> None:
    visitor = sign_in(Visitor(app))
    for email in ("une@ville-exemple.fr", "deux@ville-exemple.fr"):
        visitor.get("/mon-compte/courriel").fill(email=email).press("Écrire")
    assert visitor.get(emailed_link(app, session, mails.TAKE_ADDRESS, "une@ville-exemple.fr")).status == 404
    visitor.get(emailed_link(app, session, mails.LEAVE_ADDRESS, EDITOR)).press("Confirmer le changement")
    session.rollback()
    assert editor.email == EDITOR


@pytest.mark.both_engines
def test_an_address_taken_meanwhile_is_refused(app: Flask, session: Session, editor: User) -> None:
    visitor = sign_in(Visitor(app)).get("/mon-compte/courriel").fill(email="prise@ville-exemple.fr").press("Écrire")
    an_editor(session, email="prise@ville-exemple.fr")
    session.commit()
    visitor.get(emailed_link(app, session, mails.LEAVE_ADDRESS, EDITOR)).press("Confirmer le changement")
    visitor.get(emailed_link(app, session, mails.TAKE_ADDRESS, "prise@ville-exemple.fr")).press(
        "Confirmer le changement"
    )
    assert visitor.status == 404
    session.rollback()
    assert editor.email == EDITOR


@pytest.mark.both_engines
def test_of_two_accounts_that_move_to_one_address_at_once_one_is_refused(
    app: Flask, session: Session, editor: User, admin: User
) -> None:
    new, visitors = "prise@ville-exemple.fr", []
    for each in (EDITOR, ADMIN):
        visitor = sign_in(Visitor(app), email=each).get("/mon-compte/courriel").fill(email=new).press("Écrire")
        visitor.get(emailed_link(app, session, mails.LEAVE_ADDRESS, each)).press("Confirmer le changement")
        visitors.append(visitor.get(emailed_link(app, session, mails.TAKE_ADDRESS, new)))
    together(*(partial(visitor.press, "Confirmer le changement") for visitor in visitors))
    assert sorted(visitor.status for visitor in visitors) == [200, 404]
    session.rollback()
    assert len({EDITOR, ADMIN} & set(session.scalars(select(User.email)))) == 1


def test_an_invalid_new_address_is_refused(session: Session, visitor: Visitor, subtests: pytest.Subtests) -> None:
    an_editor(session, email=ADMIN)
    signed_in(visitor, session)
    too_long = "x" * 300 + "@exemple.fr"
    for email in ("", "sans-arobase", "a@b", "a b@c.fr", "a,b@c.fr", "a@b..fr", "é@b.fr", ADMIN, too_long):
        with subtests.test(email=email):
            visitor.get("/mon-compte/courriel").fill(email=email).press("Écrire")
            assert visitor.status == 422
            session.rollback()
            assert session.scalars(select(AccountLink)).all() == []


def test_an_editor_changes_their_password_and_keeps_this_session_only(
    app: Flask, session: Session, editor: User
) -> None:
    here, there = sign_in(Visitor(app)), sign_in(Visitor(app))
    here.get("/mon-compte/mot-de-passe").fill(current="pas celui-là", password=NEW).press("Enregistrer")
    assert here.status == 422
    here.fill(current=PASSWORD, password="trop court").press("Enregistrer")
    assert here.status == 422
    here.fill(current=PASSWORD, password=NEW).press("Enregistrer")
    assert here.path == "/mon-compte"
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert is_signed_in(sign_in(there, password=NEW))
    session.rollback()
    assert session.scalars(select(Email.message)).all() == [mails.PASSWORD_CHANGED]


def test_account_events_are_audited_without_address_or_password(app: Flask, session: Session, invitation: str) -> None:
    choose(Visitor(app), invitation)
    ask_reset(Visitor(app), GUEST)
    session.rollback()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.kind for event in events] == [Kind.INVITED, Kind.PASSWORD_SET, Kind.RESET_ASKED]
    text = " ".join(str(vars(event)) for event in events)
    assert GUEST not in text
    assert NEW not in text
    assert events[0].sentence({events[0].account_id or 0: "Invitée"}) == (
        "Invitation envoyée à Invitée par la plateforme."
    )
