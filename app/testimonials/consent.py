"""Consent, append-only: its lines, and which consents are in force.

Each purpose is asked for on its own (GDPR, articles 6.1.a and 7). A line keeps the wording as it was read, what it
names (article and call), the digest of the text, the moment and the channel: proof without the text. Withdrawing a text
is `Testimonial.withdraw()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.articles.models import Article
from app.db import Base, Numbered, enum_by_value, now
from app.labelled_enum import LabelledEnum
from app.testimonials.answered import answers_of
from app.testimonials.approval import digest_of
from app.testimonials.versions import Version
from app.testimonials.wordings import NAMES_OPEN_OUTLETS, NAMES_SITES, Purpose, wording_parameters


class ConsentMissing(Exception):
    """The act needs a consent of the author that is not in force."""


class ConsentDecision(LabelledEnum):
    """What was decided."""

    GIVEN = "given", "oui"
    REFUSED = "refused", "non"
    WITHDRAWN = "withdrawn", "accord retiré"


class Channel(LabelledEnum):
    """Where it was decided."""

    FORM = "form", "dans le formulaire"
    PRIVATE_PAGE = "private_page", "depuis la page privée"
    PROOF = "proof", "en signant le bon à tirer"
    ASSISTED = "assisted", "en signant un texte recueilli"


# What the digest of a line is of: all but its words, which are those of its wording.
FACTS = ("testimonial_id", "purpose", "answer", "wording_version", "digest", "channel", "recorded_by_id", "at")


def digest_of_line(facts: Mapping[str, Any]) -> str:
    return digest_of({name: str(facts.get(name)) for name in FACTS})


class Consent(Numbered, Base, kw_only=True):
    """An answer to one purpose: on which wording, for which text (`digest`), when and through which channel."""

    __tablename__ = "consent"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    purpose: Mapped[Purpose] = mapped_column(enum_by_value(Purpose))
    answer: Mapped[ConsentDecision] = mapped_column(enum_by_value(ConsentDecision))
    wording_version: Mapped[int]
    wording: Mapped[str] = mapped_column(Text)
    # What the wording names; empty in lines older than migration 0020.
    parameters: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict, server_default="{}")
    digest: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_by_value(Channel))
    # The editor who typed what was told, in a line of the channel `assisted`: the answer is its author's.
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), default=None)
    at: Mapped[datetime] = mapped_column(default_factory=now)
    line_digest: Mapped[str] = mapped_column(
        init=False, insert_default=lambda context: digest_of_line(context.get_current_parameters()), server_default=""
    )


def consent_line(
    purpose: Purpose,
    answer: ConsentDecision,
    *,
    article: Article,
    digest: str,
    channel: Channel,
    lines: Sequence[Consent] = (),
    about: str | None = None,
) -> Consent:
    """Return a line on today's wording; a withdrawal, on that of the last of the `lines`, which it takes back.

    `about` is the reference of the testimonial that its author answers.
    """
    line = Consent(
        purpose=purpose,
        answer=answer,
        wording_version=purpose.version_for(about),
        wording=purpose.wording(article, about),
        parameters=wording_parameters(article, about),
        digest=digest,
        channel=channel,
    )
    last = next((each for each in reversed(lines) if each.purpose is purpose), None)
    if answer is ConsentDecision.WITHDRAWN and last is not None:
        line.wording_version, line.wording, line.parameters = last.wording_version, last.wording, last.parameters
    return line


def consents_in_force(lines: Iterable[Consent], purpose: Purpose, *, since_wording: int = 1) -> bool:
    """Say whether the last answer to a purpose gives it, on a wording or a later one; silence gives nothing."""
    line = given_line(lines, purpose)
    return line is not None and line.wording_version >= since_wording


def is_given_today(lines: Iterable[Consent], purpose: Purpose) -> bool:
    return consents_in_force(lines, purpose, since_wording=purpose.asked_since)


def opened_outlets(lines: Sequence[Consent]) -> tuple[bool, bool, bool]:
    """Say whether the consents in force open the article's page here, the sites of the network, the open outlets."""
    return (
        consents_in_force(lines, Purpose.PUBLICATION),
        consents_in_force(lines, Purpose.PUBLICATION, since_wording=NAMES_SITES),
        consents_in_force(lines, Purpose.REUSE, since_wording=NAMES_OPEN_OUTLETS),
    )


def reuse_changed_at(lines: Iterable[Consent]) -> datetime | None:
    """Return when open outlets last got the words, or lost them; None where they never had them."""
    opened, changed_at = False, None
    for line in lines:
        if line.purpose is Purpose.REUSE:
            opens = line.answer is ConsentDecision.GIVEN and line.wording_version >= NAMES_OPEN_OUTLETS
            opened, changed_at = opens, line.at if opens is not opened else changed_at
    return changed_at


def was_recorded(lines: Iterable[Consent]) -> bool:
    """Say whether an editor typed what the author told, who answered by signing it."""
    return any(line.channel is Channel.ASSISTED for line in lines)


def given_line(lines: Iterable[Consent], purpose: Purpose) -> Consent | None:
    answers = [line for line in lines if line.purpose is purpose]
    return answers[-1] if answers and answers[-1].answer is ConsentDecision.GIVEN else None


def given_again(lines: Sequence[Consent], purpose: Purpose) -> Consent:
    """Return a line that gives a consent as it was last given: on the same wording, for the same text."""
    line = next(each for each in reversed(lines) if each.purpose is purpose and each.answer is ConsentDecision.GIVEN)
    return Consent(
        purpose=purpose,
        answer=line.answer,
        wording_version=line.wording_version,
        wording=line.wording,
        parameters=line.parameters,
        digest=line.digest,
        channel=Channel.PRIVATE_PAGE,
    )


def latest_of_each(lines: Iterable[Consent]) -> list[Consent]:
    return list({line.purpose: line for line in lines}.values())


def consent_receipt(consents: Sequence[Consent], versions: Sequence[Version]) -> dict[str, Any]:
    """Return the facts `consents` and `text` of an e-mail that acknowledges the consents; erased with the text."""
    digest = consents[-1].digest
    version = next(version for version in reversed(versions) if version.digest == digest)
    return {
        "consents": [
            {"purpose": line.purpose.label, "answer": line.answer.label, "wording": line.wording}
            for line in latest_of_each(consents)
        ],
        "text": "\n\n".join(f"{heading}\n{words}" for heading, words in answers_of(version).items()),
    }
