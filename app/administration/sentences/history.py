"""The versions of a usual sentence, latest first, each with what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.articles.sentences import versions_of
from app.testimonials.diff import Run, compare_words
from app.testimonials.reasons import UsualText


@dataclass(frozen=True)
class SentenceVersion:
    """A version of a sentence: who wrote it, when, and its words beside those before; nobody wrote version 0."""

    number: int
    words: str
    user_id: int | None
    at: datetime | None
    changes: Sequence[Run]


def history_of(session: Session, text: UsualText) -> list[SentenceVersion]:
    """Return the versions of a sentence, latest first, down to the sentence of the code."""
    history = [SentenceVersion(0, text.words, None, None, [])]
    for each in session.scalars(versions_of(text.code)):
        changes = compare_words(history[-1].words, each.words)
        history.append(SentenceVersion(each.number, each.words, each.user_id, each.at, changes))
    return history[::-1]
