"""E-mails to the team: about an account, with the links that they carry; and what any e-mail to an editor asks."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tokens
from app.accounts.account_links import AccountLink, LinkKind, invitation_facts, void_links
from app.accounts.models import User
from app.db import now
from app.mail import outbox
from app.mail.messages import Check, ClaimedEmail, Facts, Links, Mail, page_url

EditorFacts = Callable[[Session, User, Facts], Facts | None]
CHOOSE_ANOTHER = "Choisir un autre mot de passe"


def send_link(session: Session, user: User, purpose: LinkKind, *, to: str, email: str | None = None) -> AccountLink:
    """Send a link by e-mail; it replaces the earlier ones for the same purpose."""
    void_links(session, user, purpose)
    message, period = EMAILS[purpose]
    link = AccountLink(user_id=user.id, purpose=purpose, email=email, expires_at=now() + period)
    session.add(link)
    session.flush()
    facts = invitation_facts(session, user) if purpose is LinkKind.INVITATION else {}
    outbox.enqueue(session, message, to=to, account_link=link.public_id, words=email or "", **facts)
    return link


def send_account_link(session: Session, user: User) -> AccountLink:
    purpose = LinkKind.INVITATION if user.is_invited else LinkKind.RESET
    return send_link(session, user, purpose, to=user.email)


def if_editor(facts_now: EditorFacts) -> Check:
    """Return what asks for the facts of now while the recipient has an open account.

    Rights are taken away on one machine while another delivers: they are asked for between claim and delivery.
    """

    def as_it_leaves(session: Session, claimed: ClaimedEmail) -> Facts | None:
        user = session.scalar(select(User).where(User.email == claimed.recipient, User.disabled_at.is_(None)))
        return facts_now(session, user, claimed.facts) if user is not None else None

    return as_it_leaves


def to_editor(name: str, subject: str, links: Links, facts_now: EditorFacts, **differing: Any) -> Mail:
    return Mail(name, subject, links=links, facts_now=if_editor(facts_now), is_to_editors=True, **differing)


def for_admins(_session: Session, user: User, facts: Facts) -> Facts | None:
    return facts if user.is_admin else None


def of_invitation(session: Session, user: User, facts: Facts) -> Facts | None:
    """Name again who invites, and for what; nothing once the link was replaced, used, or has expired."""
    link = session.scalar(select(AccountLink).where(AccountLink.public_id == facts["account_link"]))
    return {**facts, **invitation_facts(session, user)} if link is not None and link.is_open else None


def of_reset(session: Session, user: User, facts: Facts) -> Facts | None:
    """Send the link that was asked for: its own e-mail takes the place of the request, which has no facts."""
    if not facts:
        send_account_link(session, user)
    return facts or None


def account_page(public_id: str | None) -> str:
    """Return the address of an account link; None: of the page that sends one."""
    if public_id is None:
        return page_url("accounts.forgotten")
    return page_url("accounts.link", token=tokens.sign_token("account-link", [public_id]))


def account_link(facts: Facts) -> dict[str, str]:
    return {"private_link": account_page(facts["account_link"])}


def of_account(name: str, subject: str, opens: str, **differing: Any) -> Mail:
    return Mail(name, subject, opens, account_link, is_to_editors=True, **differing)


INVITED, RESET = "Vous êtes invité·e à relire les retours d’expérience", "Choisir un nouveau mot de passe"
INVITATION = of_account("invitation", INVITED, "Choisir votre mot de passe", facts_now=if_editor(of_invitation))
PASSWORD_RESET = of_account("password_reset", RESET, RESET, facts_now=if_editor(of_reset))
PASSWORD_CHANGED = of_account("password_changed", "Votre mot de passe a changé", CHOOSE_ANOTHER)
LEAVE_ADDRESS = of_account("leave_address", "Votre compte va changer d’adresse", "Voir le changement")
TAKE_ADDRESS = of_account("take_address", "Confirmez la nouvelle adresse de votre compte", "Voir le changement")
SIGN_IN_CHANGED = of_account("sign_in_changed", "Votre façon de vous connecter a changé", CHOOSE_ANOTHER)

# The e-mail that carries a link, and how long the link opens.
EMAILS: Mapping[LinkKind, tuple[Mail, timedelta]] = {
    LinkKind.INVITATION: (INVITATION, timedelta(hours=72)),
    LinkKind.RESET: (PASSWORD_RESET, timedelta(hours=1)),
    LinkKind.LEAVE_ADDRESS: (LEAVE_ADDRESS, timedelta(hours=24)),
    LinkKind.TAKE_ADDRESS: (TAKE_ADDRESS, timedelta(hours=24)),
}
