"""Letters to invited organisations: one, and one reminder; none where it is no longer true as it leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app import french, tokens
from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.db import db, now, upsert
from app.features.invitations.models import KEPT, Invitation, by_mark, new_mark
from app.kept import period
from app.links import one_button
from app.mail import outbox
from app.mail.messages import ClaimedEmail, Facts, Mail, page_url
from app.testimonials.refusals import InvitationRefusal, invited_digest, known_digests, refuse_invitations
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult


@dataclass(frozen=True)
class Organisation:
    """An organisation as it was pasted: its address, its name (empty, if none), the code of its département."""

    email: str
    name: str
    department: str | None


@dataclass(frozen=True)
class Plan:
    """What inviting some organisations would do: who is written to, and how many are not, by the reason."""

    invited: Sequence[Organisation]
    known: int
    refusing: int


def plan_invitations(session: Session, organisations: Sequence[Organisation]) -> Plan:
    """Return who may be written to: nobody who refuses, was invited within a year, or has a text here already."""
    emails = [each.email for each in organisations]
    invited = select(Invitation.email).where(Invitation.email.in_(emails))
    wrote = select(Testimonial.email).where(Testimonial.email.in_(emails))
    known = {*session.scalars(invited), *session.scalars(wrote)}
    refusing = refused_among(session, [email for email in emails if email not in known])
    written = [each for each in organisations if each.email not in known | refusing]
    return Plan(written, known=len(known), refusing=len(refusing))


def refused_among(session: Session, emails: Iterable[str]) -> set[str]:
    by_digest = {digest: email for email in emails for digest in known_digests(email)}
    selected = select(InvitationRefusal.digest).where(InvitationRefusal.digest.in_(by_digest))
    return {by_digest[digest] for digest in session.scalars(selected)}


def invite_organisations(session: Session, article: Article, organisations: Sequence[Organisation], by: Actor) -> int:
    """Invite those who may be, once; return how many. Two admins at once send one letter. The caller commits."""
    number = 0
    # In the order of addresses: two admins cannot wait for each other.
    for each in sorted(plan_invitations(session, organisations).invited, key=attrgetter("email")):
        row = {"article_id": article.id, "email": each.email, "organisation": each.name}
        invitation = store_invitation(session, row | {"department_code": each.department})
        if invitation is not None:
            write_to(session, invitation, CALL_INVITED)
            number += 1
    if number:
        session.add(AuditEvent.of(Kind.ORGANISATIONS_INVITED, by, reason=article.slug))
    return number


def store_invitation(session: Session, row: dict[str, object]) -> Invitation | None:
    """Store an invitation; None where its address has one, stored a moment ago."""
    insert = upsert(Invitation, session.get_bind().dialect.name).values(mark=new_mark(), invited_at=now(), **row)
    stored = insert.on_conflict_do_nothing(index_elements=["email"]).returning(Invitation)
    return session.scalars(stored).one_or_none()


def write_to(session: Session, invitation: Invitation, message: Mail) -> None:
    outbox.enqueue(
        session,
        message,
        to=invitation.email,
        article=invitation.article.title,
        organisation=invitation.organisation,
        asked_on=french.paris_time(invitation.invited_at).isoformat(),
        invited=[invitation.mark, invited_digest(invitation.email)],
    )


def is_to_be_reminded() -> ColumnElement[bool]:
    due = Invitation.invited_at <= now() - period("INVITATION_REMINDER")
    wrote = exists().where(Testimonial.email == Invitation.email)
    return due & Invitation.reminded_at.is_(None) & Invitation.answered_at.is_(None) & ~wrote


def remind_organisations(session: Session) -> int:
    """Remind once who has not answered, while the article takes texts; return how many. The caller commits."""
    waiting = session.scalars(select(Invitation).where(is_to_be_reminded()).with_for_update(of=Invitation)).all()
    reminded = [each for each in waiting if takes_texts(each.article)]
    for invitation in reminded:
        invitation.reminded_at = now()
        write_to(session, invitation, CALL_REMINDER)
    return len(reminded)


def takes_texts(article: Article) -> bool:
    return article.is_public and article.takes_testimonials


def refuse_by_link(session: Session, digest: str) -> None:
    """Store the refusal of who received a link, and erase their invitation with its address. The caller commits.

    The link may be that of an invitation to answer, which knows of no other.
    """
    refuse_invitations(session, digest)
    for invitation in session.scalars(select(Invitation)).all():
        if digest in known_digests(invitation.email):
            KEPT.erase(session, invitation)


def refusal_page(digest: str, **facts: Any) -> ViewResult:
    """Ask whether the address of a digest is never to be invited again; store it, once."""
    to_refuse = digest if db.session.get(InvitationRefusal, digest) is None else None
    return one_button("responses/refuse.html", to_refuse, partial(refuse_by_link, db.session()), **facts)


def form_and_refusal(facts: Facts) -> dict[str, str]:
    token = tokens.sign_token(tokens.INVITATION_LINK, facts["invited"])
    opens, leaves = page_url("invited.open_form", token=token), page_url("invited.refuse", token=token)
    return {"private_link": opens, "leaving_link": leaves}


def facts_now(session: Session, claimed: ClaimedEmail) -> Facts | None:
    """Return the facts of a letter; none where it invites nobody any more: erased, answered, refused or closed."""
    mark, _ = claimed.facts["invited"]
    invitation = by_mark(session, mark)
    if invitation is None or invitation.answered_at is not None or not takes_texts(invitation.article):
        return None
    wrote = select(Testimonial.id).where(Testimonial.email == claimed.recipient).limit(1)
    is_vain = session.scalar(wrote) is not None or bool(refused_among(session, [claimed.recipient]))
    return None if is_vain else claimed.facts


def inviting(name: str, subject: str) -> Mail:
    return Mail(name, subject, "Ouvrir le formulaire", form_and_refusal, facts_now, forgets=True, is_refusable=True)


CALL_INVITED = inviting("call_invited", "Votre expérience a sa place à côté d’un article")
CALL_REMINDER = inviting("call_reminder", "Votre expérience est toujours attendue")
