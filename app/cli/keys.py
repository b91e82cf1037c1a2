"""Findings of `flask doctor` about the site's keys: what ends when an older one is taken out, and what needs it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import tokens
from app.accounts.models import User
from app.monitoring.premises import Finding, Grade
from app.testimonials.invitations.models import InvitationRefusal
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.models import Transcript

# Columns of digests that name their key, and cannot be made anew: nobody keeps what they are of.
DIGESTS: Mapping[str, InstrumentedAttribute[str] | InstrumentedAttribute[str | None]] = {
    "refusals of invitations": InvitationRefusal.digest,
    "codes of texts told by voice": Transcript.code_digest,
    "former addresses of the team": User.former_addresses,
}


def key_findings(session: Session) -> Iterator[Finding]:
    """Yield what rests on the older keys, if there are any, and on keys that are not set."""
    names = [tokens.key_id(key) for key in tokens.secret_keys()]
    older, lost = Counter[str](), Counter[str]()
    for what, column in DIGESTS.items():
        for stored in session.scalars(select(column).where(column.is_not(None))):
            of_keys = [digest.partition(":")[0] for digest in (stored or "").split()]
            older[what] += sum(name in names[1:] for name in of_keys)
            lost[what] += sum(name not in names for name in of_keys)
    if names[1:]:
        links = session.scalar(select(func.count()).where(Testimonial.email.is_not(None)))
        ends = f"texts whose author has an address, to which private links went: {links}; those of the older keys end"
        yield Finding(Grade.GOOD, f"the site has {len(names)} keys; {ends} when these are taken out")
    if told := listed(older):
        yield Finding(Grade.GOOD, f"the older keys must stay: {told} rest on them, and would count no more")
    if told := listed(lost):
        yield Finding(Grade.WARNING, f"{told} rest on a key that is not set: add it to SECRET_KEY_FALLBACKS")


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.items() if number)
