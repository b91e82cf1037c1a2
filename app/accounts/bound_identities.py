"""Identities: what a provider proves, which waits in the browser's cookie for a button, and the account it opens.

An account is bound at first use by a verified address, then by issuer and subject alone.
"""

import time
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import login_attempts, queries, second_factor
from app.accounts.models import BoundIdentity, User
from app.audit import SYSTEM, Actor, AuditEvent, Kind
from app.db import now
from app.labelled_enum import LabelledEnum

LEEWAY = 60  # seconds, between two clocks
LONGEST_EMAIL = 254  # signs (RFC 5321)
REQUEST_PERIOD = 10 * 60  # seconds for a person to sign in at the provider, then to continue here


class Failure(LabelledEnum):
    """Why an identity is not proved: one sentence, which leads on. Nothing has changed."""

    UNAVAILABLE = (
        "unavailable",
        (
            "Le service qui vérifie votre identité ne répond pas comme il le devrait. Rien n’a changé : réessayez dans "
            "un moment, ou connectez-vous avec votre mot de passe."
        ),
    )
    UNPROVED = (
        "unproved",
        (
            "Cette connexion n’a pas abouti : elle a été interrompue, son délai est passé, ou la réponse reçue n’est "
            "pas celle de votre demande. Rien n’a changé : recommencez, ou connectez-vous avec votre mot de passe."
        ),
    )

    @property
    def code(self) -> int:
        return 503 if self is Failure.UNAVAILABLE else 403


@dataclass(frozen=True)
class ProvedIdentity:
    """Who the provider says somebody is: `issuer` and `subject` alone name them, for ever.

    `email` is empty unless the provider has verified it. `authenticated_at`, in seconds, is when they last proved
    who they are there; 0 where it does not say. `proof` is good once; `hint` names their session for signing out there.
    """

    issuer: str
    subject: str
    email: str
    has_two_factors: bool
    authenticated_at: int
    proof: str
    proved_at: int
    next: str
    hint: str

    @classmethod
    def of(cls, claims: object) -> "ProvedIdentity | None":
        """Return the identity of a cookie's claims; None for any others, or if the proof is too old."""
        match claims:
            case [*_, int(proved_at), str(), str()] if is_recent(proved_at):
                return cls(*claims)  # type: ignore[arg-type]  # we have signed them, and only the whole
            case _:
                return None

    @property
    def claims(self) -> list[Any]:
        return list(astuple(self))


def is_recent(moment: int) -> bool:
    return moment > time.time() - REQUEST_PERIOD


def usual_address(email: str) -> str:
    """Return an address as accounts have it; an empty string for what no account can have.

    Signs of other alphabets that become one of ours in small letters, as the kelvin, make an address of somebody else.
    """
    usual = email.strip().lower()
    is_own = email.isascii() == usual.isascii()
    return usual if is_own and usual.isprintable() and len(usual) <= LONGEST_EMAIL else ""


def past_moment(told: object) -> int:
    """Return a moment that the provider tells, in seconds; 0 for one to come, and for what is none."""
    if not isinstance(told, int | float) or isinstance(told, bool):
        return 0
    return int(told) if 0 < told <= time.time() + LEEWAY else 0


def user_of_identity(session: Session, proved: ProvedIdentity, name: str) -> User | None:
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


def bind_identity(session: Session, user: User, proved: ProvedIdentity, name: str) -> User | None:
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
