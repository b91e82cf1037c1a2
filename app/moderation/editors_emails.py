"""E-mails to editors, as they leave: what was queued is told if it is still true, to those who may still open it.

Rights are taken away on one machine while another delivers: they are asked for between claim and delivery.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts import team
from app.accounts.account_links import AccountLink, invitation_facts
from app.accounts.models import User
from app.mail.messages import Message
from app.mail.outbox import ClaimedEmail, Email
from app.moderation.digest.digests import facts_of, waiting_by_article
from app.moderation.recueils.files import address_of
from app.moderation.recueils.models import FileState, Recueil
from app.testimonials.models import Testimonial

Facts = dict[str, Any]


def as_it_leaves(session: Session, claimed: ClaimedEmail) -> ClaimedEmail | None:
    """Return a claimed e-mail with the facts of now; None where it is untrue by now: it is deleted. The caller commits.

    E-mails to authors, and those about an account that name no article, are returned as they are.
    """
    if claimed.message not in FACTS_NOW:
        return claimed
    user = session.scalar(select(User).where(User.email == claimed.recipient, User.disabled_at.is_(None)))
    facts = FACTS_NOW[claimed.message](session, user, claimed.facts) if user is not None else {}
    if facts:
        return replace(claimed, facts=facts)
    session.execute(delete(Email).where(Email.id == claimed.email_id))
    return None


def of_digest(session: Session, user: User, facts: Facts) -> Facts:
    """Count again what waits, on the articles that the digest was to tell of."""
    told = {each.get("id") for each in facts.get("articles", ())}
    return facts_of(session, user, [each for each in waiting_by_article(session, user) if each.article_id in told])


def of_mention(session: Session, user: User, facts: Facts) -> Facts:
    article_id = session.scalar(select(Testimonial.article_id).where(Testimonial.public_id == facts["review"]))
    return facts if article_id is not None and user.edits(article_id) else {}


def of_admins(_session: Session, user: User, facts: Facts) -> Facts:
    return facts if user.is_admin else {}


def of_invitation(session: Session, user: User, facts: Facts) -> Facts:
    """Name again who invites, and for what; nothing once the link was replaced, used, or has expired."""
    link = session.scalar(select(AccountLink).where(AccountLink.public_id == facts["account_link"]))
    return facts | invitation_facts(session, user) if link is not None and link.is_open else {}


def of_reset(session: Session, user: User, facts: Facts) -> Facts:
    """Send the link that was asked for: its own e-mail takes the place of the request, which has no facts."""
    if not facts:
        team.send_account_link(session, user)
    return facts


def of_ready_recueil(session: Session, user: User, facts: Facts) -> Facts:
    found = recueil_in(session, user, facts, FileState.READY)
    return facts | address_of(found) if found is not None and found.article.is_public else {}


def of_failed_recueil(session: Session, user: User, facts: Facts) -> Facts:
    found = recueil_in(session, user, facts, FileState.FAILED)
    return facts | address_of(found) if found is not None else {}


def recueil_in(session: Session, user: User, facts: Facts, state: FileState) -> Recueil | None:
    """Return the recueil of an e-mail, if its file stands as told and its reader may open it."""
    _, number = facts["recueil"]
    found = session.get(Recueil, number)
    return found if found is not None and found.file_state is state and user.edits(found.article_id) else None


# The facts of an e-mail as things are; none where it is untrue.
FACTS_NOW: Mapping[Message, Callable[[Session, User, Facts], Facts]] = {
    Message.DIGEST: of_digest,
    Message.MENTION: of_mention,
    Message.DECIDED_ALONE: of_admins,
    Message.RECUEIL_READY: of_ready_recueil,
    Message.RECUEIL_FAILED: of_failed_recueil,
    **dict.fromkeys((Message.CLOCK_FAILED, Message.CHECK_FAILED, Message.CHECK_PASSED), of_admins),
    Message.INVITATION: of_invitation,
    Message.PASSWORD_RESET: of_reset,
}
