"""Usual sentences: what admins made of each, and the placeholders filled for an article."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Text, select
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
    """Somebody changed the sentence between the page that was read and what it sent."""


@dataclass(frozen=True)
class Placeholder:
    """What stands in a sentence for words of the article, and its meaning for who writes."""

    meaning: str
    words: Callable[[Article], str]


def partner_words(written: Callable[[PartnerNames], str], without: str) -> Callable[[Article], str]:
    """Return what writes words of the call's partner, or others where a call has none."""
    return lambda article: written(article.call.names) if article.call.names else without


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
    """A usual sentence as admins have it; where its words are empty, the sentence of the code stands.

    `number` counts its changes: two admins who read the same one do not both write (product rule 8).
    """

    __tablename__ = "usual_sentence"

    code: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(default_factory=now)


def changed_sentences(session: Session) -> dict[str, UsualSentence]:
    """Return the sentences that have other words than those of the code, by code."""
    return {each.code: each for each in session.scalars(select(UsualSentence).where(UsualSentence.words != ""))}


def change_sentence(session: Session, code: str, words: str, *, read: int, by: Actor) -> None:
    """Write a sentence that was read as of change `read`; raises `SentenceChanged` where another one came meanwhile."""
    assert by.user_id is not None, "an admin changes a sentence"  # noqa: S101  # narrows the type
    known = session.get(UsualSentence, code, with_for_update=True, populate_existing=True)
    if (known.number if known else 0) != read:
        raise SentenceChanged
    written = UsualSentence(code=code, number=read + 1, words=words, user_id=by.user_id)
    if known is not None:
        session.merge(written)
    else:
        add_first(session, written)
    session.add(AuditEvent.of(Kind.SENTENCE_CHANGED, by, reason=code, version_number=read + 1))


def add_first(session: Session, written: UsualSentence) -> None:
    try:
        with session.begin_nested():
            session.add(written)
    except IntegrityError as error:  # another admin wrote the first one at the same moment
        raise SentenceChanged from error


def fill(words: str, article: Article) -> str:
    return PLACEHOLDER.sub(
        lambda found: PLACEHOLDERS[found[0]].words(article) if found[0] in PLACEHOLDERS else found[0], words
    )


def placeholder_problem(words: str) -> str:
    """Return which placeholder is unknown, and where, in a sentence; empty where all are known."""
    for found in PLACEHOLDER.finditer(words):
        if found[0] not in PLACEHOLDERS:
            return f"{place_of(words, found.start())}, « {found[0]} » n’est remplacé par rien : {advice(found[0])}"
    return ""


def place_of(words: str, start: int) -> str:
    before = words[:start].split()
    return f"Après « {' '.join(before[-3:])} »" if before else "Au début"


def advice(written: str) -> str:
    known = [*PLACEHOLDERS]
    listed = f"{', '.join(known[:-1])} ou {known[-1]}" if len(known) > 1 else known[0]
    if len(written) == 1:
        return f"une accolade en ouvre ou en ferme une autre, comme {listed}. Retirez-la, ou complétez-la."
    return f"écrivez {listed}."
