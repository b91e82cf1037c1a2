"""The account that an identity opens: bound at first use by a verified address, then by issuer and subject alone."""

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import login_attempts, queries, second_factor
from app.accounts.models import BoundIdentity, User
from app.audit import SYSTEM, Actor, AuditEvent, Kind
from app.db import now

if TYPE_CHECKING:
    from app.accounts.identities.proofs import ProvedIdentity


def user_of_identity(session: Session, proved: "ProvedIdentity", name: str) -> User | None:
    """Return the open account of an identity, bound now if need be; `name` is the provider's.

    None, with an audit event, for an identity that opens none: unknown, disabled, invited, bound to another, proved
    by an address that the provider has not verified, or used before: all look the same.
    """
    same = BoundIdentity.issuer == proved.issuer, BoundIdentity.subject == proved.subject
    bound = session.scalar(select(BoundIdentity).where(*same))
    user = bound.user if bound else session.scalar(queries.with_email(proved.email)) if proved.email else None
    is_first_use = login_attempts.is_first_attempt(session, "identity", proved.proof)
    if user is None or not is_first_use or not user.is_active or user.is_invited:
        audit_refusal(session, user)
        return None
    if bound is None:
        return bind_identity(session, user, proved, name)
    bound.used_at = now()
    return user


def bind_identity(session: Session, user: User, proved: "ProvedIdentity", name: str) -> User | None:
    """Bind an identity to an account that has none of its issuer; None if it has, or if another takes it meanwhile."""
    identity = BoundIdentity(issuer=proved.issuer, subject=proved.subject)
    try:
        with session.begin_nested():
            user.identities.append(identity)
    except IntegrityError:
        session.refresh(user, ["identities"])
        audit_refusal(session, user)
        return None
    session.add(AuditEvent.of(Kind.IDENTITY_BOUND, Actor.editor(user.id), account_id=user.id))
    second_factor.notify_owner(session, user, f"Une identité ({name}) vient d’y être liée : elle ouvre votre compte.")
    return user


def audit_refusal(session: Session, user: User | None) -> None:
    session.add(AuditEvent.of(Kind.SIGN_IN_FAILED, SYSTEM, account_id=user.id if user else None))


def unbind_identities(session: Session, user: User, by: Actor) -> None:
    user.identities = []
    session.add(AuditEvent.of(Kind.IDENTITY_UNBOUND, by, account_id=user.id))
    second_factor.notify_owner(session, user, "L’identité qui y était liée vient d’en être déliée.")
