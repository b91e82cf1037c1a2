"""Codes of tellers without an address: 16 signs of Crockford's base 32, of which a keyed digest alone is stored.

They are read aloud and typed from paper: no case, and the signs that look alike are one (I and L are 1, O is 0).
"""

import re
import secrets

from sqlalchemy import Select, select

from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.transcripts.models import Transcript
from app.tokens import keyed_digest, secret_keys

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # https://www.crockford.com/base32.html
LENGTH, GROUP = 16, 4  # 80 bits
LOOKALIKES = str.maketrans("ILO", "110")
PURPOSE = "transcript-code"


def draw_code(transcript: Transcript) -> str:
    """Draw the transcript's code, which replaces the one before, and return it, in groups: it is told this once."""
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    transcript.code_digest = keyed_digest(PURPOSE, code).hex()
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def tidy_code(typed: str) -> str:
    """Return a code as it was drawn, without its groups, however it was typed."""
    return re.sub(r"[\W_]", "", typed).upper().translate(LOOKALIKES)


def is_code(tidy: str) -> bool:
    return len(tidy) == LENGTH and set(tidy) <= set(SIGNS)


def by_code(tidy: str) -> Select[Testimonial]:
    """Select the testimonial that a code opens, under any of the site's keys: one statement, whatever the code."""
    digests = [keyed_digest(PURPOSE, tidy, key).hex() for key in secret_keys()]
    opened = select(Testimonial).join(Transcript).where(Transcript.code_digest.in_(digests))
    return opened.where(Testimonial.status != Status.ERASED)
