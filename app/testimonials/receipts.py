"""The receipt of consents: what an author answers to each purpose, in the very words, and the text it is about."""

from collections.abc import Sequence
from typing import Any

from app.testimonials.consent import Consent, latest_of_each
from app.testimonials.questions import answers
from app.testimonials.versions import Version


def receipt(consents: Sequence[Consent], versions: Sequence[Version]) -> dict[str, Any]:
    """Return what a letter says of the consents as they now stand: the facts `accords` and `text`.

    The text is that of the version whose digest the last line bears, as it was when the line was written: the letter
    holds the words themselves, and goes with them when the testimonial is erased.
    """
    digest = consents[-1].digest
    version = next(version for version in reversed(versions) if version.digest == digest)
    return {
        "accords": [
            {"purpose": line.purpose.label, "answer": line.answer.label, "wording": line.wording}
            for line in latest_of_each(consents)
        ],
        "text": "\n\n".join(f"{heading}\n{words}" for heading, words in answers(version).items()),
    }
