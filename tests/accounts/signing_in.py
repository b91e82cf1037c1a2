"""Helpers for the tests of accounts: signing in, codes, delays, links in e-mails."""

import re
from datetime import timedelta

import pyotp
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.login_attempts import FREE_ATTEMPTS, Attempts
from app.accounts.mails import PASSWORD_RESET, account_page
from app.accounts.models import User
from app.db import now
from app.mail.messages import Mail
from app.mail.outbox import Email, before_delivery, read_claimed
from tests.factories import EDITOR, PASSWORD
from tests.visitor import Visitor

ADMIN = "admin@ville-exemple.fr"


def sign_in(visitor: Visitor, email: str = EDITOR, password: str = PASSWORD) -> Visitor:
    return visitor.get("/connexion").fill(email=email, password=password).press("Se connecter")


def is_signed_in(visitor: Visitor) -> bool:
    """Whether the queue opens."""
    return visitor.get("/moderation").path == "/moderation"


def totp_code(user: User, steps: int = 0) -> str:
    """Return the code of the user's authenticator, `steps` time steps of 30 seconds after the last used one."""
    assert user.totp_secret is not None
    assert user.totp_counter is not None
    return pyotp.TOTP(user.totp_secret).generate_otp(user.totp_counter + steps)


def set_up_totp(visitor: Visitor) -> list[str]:
    """Set up an authenticator on the page; return the recovery codes."""
    visitor.get("/mon-compte/second-facteur")
    secret = visitor.page.select(".secret")[0].get_text().replace(" ", "")
    visitor.fill(code=pyotp.TOTP(secret).now()).press("Associer cette application")
    return [code.get_text() for code in visitor.page.select(".codes .secret")]


def extend_delays(session: Session) -> None:
    """Extend running delays to an hour, longer than any test takes."""
    session.rollback()
    for row in session.query(Attempts):
        if row.failures > FREE_ATTEMPTS[row.key.partition(":")[0]]:
            row.free_at = now() + timedelta(hours=1)
    session.commit()


def emailed_link(app: Flask, session: Session, message: Mail, to: str) -> str:
    """Return the path of the link in the last e-mail of a kind to an address; links asked for are made, none leaves."""
    session.rollback()
    for each in session.scalars(select(Email.id).where(Email.message == PASSWORD_RESET)).all():
        claimed = read_claimed(session, each)
        assert claimed is not None
        before_delivery(session, claimed)
    session.commit()
    emails = session.query(Email).filter_by(message=message, recipient=to).order_by(Email.id).all()
    with app.app_context():
        return re.sub(r"^https?://[^/]+", "", account_page(emails[-1].facts["account_link"]))
