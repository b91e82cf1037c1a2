"""Usual sentences: what admins made of each, version by version, and the placeholders filled for an article."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ForeignKey, Select, Text, UniqueConstraint, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app.articles.call import PartnerNames
from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.db import Base, now

LONGEST_SENTENCE = 500  # signs

# A word between braces, or a brace that nothing closes or opens.
PLACEHOLDER = re.compile(r"\{[^{}\n]*\}|[{}]")


class SentenceChanged(Exception):
    """Another version of the sentence came between the page that was read and what it sent."""


@dataclass(frozen=True)
class Placeholder:
    """What stands in a sentence for words of the article, and its meaning for who writes."""

    meaning: str
    words: Callable[[Article], str]


def partner_words(written: Callable[[PartnerNames], str], without: str) -> Callable[[Article], str]:
    """Return what writes words of the call's partner, or others where a call has none."""
    return lambda article: written(article.call.partner) if article.call.partner else without


PLACEHOLDERS: Mapping[str, Placeholder] = {
    "{article}": Placeholder("le titre de l’article", lambda article: article.title),
    "{partenaire}": Placeholder(
        "le partenaire de l’appel, par son nom court, après « un » ou « une »",
        partner_words(lambda partner: f"{partner.a} {partner.short}", "une autre structure"),
    ),
    "{partenaire en entier}": Placeholder(
        "le même, par son nom long",
        partner_words(lambda partner: f"{partner.a} {partner.long}", "une autre structure"),
    ),
    "{le partenaire}": Placeholder(
        "le même, par son nom court, après « le », « la » ou « l’ »",
        partner_words(lambda partner: partner.definite, "l’autre structure"),
    ),
    "{partenaires}": Placeholder(
        "les partenaires de l’appel, par leur nom court",
        partner_words(lambda partner: partner.short_plural, "autres structures"),
    ),
}


class UsualSentence(MappedAsDataclass, Base, kw_only=True):
    """A version of a usual sentence, from 1 on: the sentence of the code counts as version 0. Never changed."""

    __tablename__ = "usual_sentence"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    code: Mapped[str]
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(default_factory=now)


def latest_sentences(session: Session) -> dict[str, UsualSentence]:
    """Return the version in force of each sentence that admins have changed, by code."""
    return {each.code: each for each in session.scalars(latest_query())}


# Made once: it costs more to make than to answer.
@cache
def latest_query() -> Select[UsualSentence]:
    latest = select(UsualSentence.code, func.max(UsualSentence.number).label("number")).group_by(UsualSentence.code)
    newest = latest.subquery()
    is_newest = (UsualSentence.code == newest.c.code) & (UsualSentence.number == newest.c.number)
    return select(UsualSentence).join(newest, is_newest)


def versions_of(code: str) -> Select[UsualSentence]:
    return select(UsualSentence).where(UsualSentence.code == code).order_by(UsualSentence.number)


def change_sentence(session: Session, code: str, words: str, *, read: int, by: Actor) -> None:
    """Add a version to a sentence that was read at version `read`; the same words again change nothing.

    Raises `SentenceChanged` where another version came meanwhile (product rule 8).
    """
    assert by.user_id is not None, "an admin changes a sentence"  # noqa: S101  # narrows the type
    versions = session.scalars(versions_of(code)).all()
    if (versions[-1].number if versions else 0) != read:
        raise SentenceChanged
    if versions and versions[-1].words == words:
        return
    try:
        with session.begin_nested():
            session.add(UsualSentence(code=code, number=read + 1, words=words, user_id=by.user_id))
    except IntegrityError as error:
        raise SentenceChanged from error
    session.add(AuditEvent.of(Kind.SENTENCE_CHANGED, by, reason=code, version_number=read + 1))


def fill(words: str, article: Article) -> str:
    """Return a sentence with its placeholders filled for an article."""
    return PLACEHOLDER.sub(lambda found: known_words(found[0], article), words)


def known_words(written: str, article: Article) -> str:
    placeholder = PLACEHOLDERS.get(written)
    return placeholder.words(article) if placeholder else written


def placeholder_problem(words: str) -> str:
    """Return which placeholder is unknown, and where, in a sentence; empty where all are known."""
    for found in PLACEHOLDER.finditer(words):
        if found[0] not in PLACEHOLDERS:
            return f"{place_of(words, found.start())}, « {found[0]} » n’est remplacé par rien : {advice(found[0])}"
    return ""


def place_of(words: str, start: int) -> str:
    """Return where a sign stands, in words: after which others, or at the beginning."""
    before = words[:start].split()
    return f"Après « {' '.join(before[-3:])} »" if before else "Au début"


def advice(written: str) -> str:
    known = [*PLACEHOLDERS]
    listed = f"{', '.join(known[:-1])} ou {known[-1]}" if len(known) > 1 else known[0]
    if len(written) == 1:
        return f"une accolade en ouvre ou en ferme une autre, comme {listed}. Retirez-la, ou complétez-la."
    return f"écrivez {listed}."
