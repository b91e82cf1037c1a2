"""Codes of tellers without an address: 16 signs of Crockford's base 32, of which a keyed digest alone is stored.

They are read aloud and typed from paper: no case, and the signs that look alike are one (I and L are 1, O is 0).
"""

import re
import secrets
from string import digits

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app import erasure_journal
from app.audit import AUTHOR, AuditEvent, Kind
from app.db import now
from app.erasure_journal import LINK
from app.links import PRIVATE_PAGE
from app.testimonials.lifecycle import Action, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.models import Transcript, transcript_of
from app.tokens import keyed_digest, known_digests, named_digest

SIGNS = digits + "ABCDEFGHJKMNPQRSTVWXYZ"  # https://www.crockford.com/base32.html
LENGTH, GROUP = 16, 4  # 80 bits
LOOKALIKES = str.maketrans("ILO", "110")
PURPOSE, DRAWN = "transcript-code", "transcript-draw"


def draw_code(transcript: Transcript, key: str = "") -> str:
    """Draw the transcript's code, which replaces the one before, and return it, in groups: it is told this once.

    `key` was drawn for the page whose button was pressed: pressed again, it draws the same code.
    """
    code = code_of(transcript, key or secrets.token_hex())
    transcript.code_digest = named_digest(PURPOSE, tidy_code(code))
    return code


def code_of(transcript: Transcript, key: str) -> str:
    drawn = int.from_bytes(keyed_digest(DRAWN, f"{transcript.testimonial_id} {key}"), "big")
    code = "".join(SIGNS[drawn >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def drawn_code(transcript: Transcript | None, key: str) -> str | None:
    """Return the code that a key has drawn, while it opens the text; None where another has replaced it."""
    code = code_of(transcript, key) if transcript and key else ""
    is_same = transcript is not None and transcript.code_digest == named_digest(PURPOSE, tidy_code(code))
    return code if is_same else None


def draw_own_code(testimonial: Testimonial, transcript: Transcript, key: str) -> str:
    """Draw a code that its teller alone has seen; it voids the pages that the one before had opened."""
    testimonial.link_generation += 1
    return draw_code(transcript, key)


def tidy_code(typed: str) -> str:
    return re.sub(r"[\W_]", "", typed).upper().translate(LOOKALIKES)


def is_code(tidy: str) -> bool:
    return len(tidy) == LENGTH and set(tidy) <= set(SIGNS)


def by_code(tidy: str) -> Select[Testimonial]:
    """Select the testimonial that a code opens, under any of the site's keys: one statement, for any code."""
    opened = select(Testimonial).join(Transcript, Transcript.testimonial_id == Testimonial.id)
    in_time = or_(Transcript.answered_at.is_not(None), Testimonial.due_at > now())
    return opened.where(Transcript.code_digest.in_(known_digests(PURPOSE, tidy)), in_time)


def open_by_code(session: Session, typed: str) -> Testimonial | None:
    """Return the testimonial of a code, whose digest is stored under the newest key; None for any other code.

    The code of a sheet opens nothing once the text should have been erased.
    """
    tidy = tidy_code(typed)
    testimonial = session.scalar(by_code(tidy).with_for_update())
    if testimonial is not None and (transcript := transcript_of(testimonial)):
        transcript.code_digest = named_digest(PURPOSE, tidy)
    return testimonial


def renew_own_code(session: Session, testimonial: Testimonial, key: str) -> str:
    """Return another lasting code of who told a text and gave no address; raise `TransitionRefused` for others."""
    transcript = transcript_of(testimonial)
    if transcript is None or transcript.answered_at is None or testimonial.email is not None:
        raise TransitionRefused(testimonial.status, Action.RECORD)
    code = draw_own_code(testimonial, transcript, key)
    erasure_journal.append_entry(session, testimonial.public_id, LINK, generation=testimonial.link_generation)
    testimonial.events.append(AuditEvent.of(Kind.CODE_DRAWN, AUTHOR))
    return code


def drawn_before(session: Session, token: str, key: str) -> tuple[Testimonial, str] | None:
    """Return the lasting code that the same page drew, by the link which that code has replaced: a second click."""
    public_id, generation = PRIVATE_PAGE.read(token)
    replaced = Testimonial.public_id == public_id, Testimonial.link_generation == generation + 1
    testimonial = session.scalar(select(Testimonial).where(*replaced))
    code = drawn_code(transcript_of(testimonial), key) if testimonial else None
    return (testimonial, code) if testimonial and code else None
