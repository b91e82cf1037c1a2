"""WaitingTexts: what waits for an editor, article by article: how many texts, since when, how many late; statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import french
from app.accounts.models import User
from app.accounts.queries import editors_of, within
from app.articles.models import Article
from app.audit import AuditEvent
from app.catalog.synthesis.models import Synthesis
from app.catalog.synthesis.statements import unread_statements
from app.db import now
from app.feature import all_features
from app.kept import period
from app.testimonials import queries
from app.testimonials.decision import Decision
from app.testimonials.lifecycle import UNDERWAY
from app.testimonials.testimonial import Testimonial
from config import Months

MASCULINE, FEMININE = ("le plus ancien", "tous"), ("la plus ancienne", "toutes")


class Waiting(NamedTuple):
    """A kind of waiting: its noun, singular and plural, the moment it waits from, what waits, what is late.

    `agreed` are « le plus ancien » and « tous », in the gender of the noun. It is news `told_after` that moment.
    """

    one: str
    many: str
    agreed: tuple[str, str]
    moment: ColumnElement[Any] | InstrumentedAttribute[Any]
    waits: ColumnElement[bool]
    is_late: ColumnElement[bool] | None = None
    told_after: timedelta | Months = timedelta()


@dataclass(frozen=True)
class WaitingTexts:
    """What waits on one article: a sentence for each kind, and the latest moment among them.

    `has_statements` says that statements of its synthesis are among it, which are on the desk, but no text.
    """

    article_id: int
    title: str
    sentences: Sequence[str]
    latest: datetime
    has_statements: bool


def kinds_of_waiting(user: User) -> list[Waiting]:
    """Return the kinds, in the order of the e-mail.

    An objection waits for the editors whose act is not the one contested, unless nobody else edits the article.
    """
    review_ends = now() - period("REVIEW_DELAY")
    contested = and_(queries.is_contested(), is_answerable_by(user))
    noticed_at, waiting_since = Testimonial.noticed_at, Testimonial.waiting_since
    return [
        Waiting(
            *("texte à relire", "textes à relire", MASCULINE, waiting_since),
            *(queries.awaits_review(), waiting_since < review_ends),
        ),
        Waiting(
            *("contestation", "contestations", FEMININE, Testimonial.contested_at),
            *(contested, Testimonial.contested_at < now() - period("OBJECTION_DELAY")),
        ),
        Waiting(
            *("texte signalé", "textes signalés", MASCULINE, noticed_at),
            *(noticed_at.is_not(None), Testimonial.notice_due_at < now()),
        ),
        *waiting_for_features(),
        Waiting(
            *("réponse d’auteur·e en retard", "réponses d’auteur·e·s en retard", FEMININE, Testimonial.due_at),
            queries.is_reply_late(),
        ),
        Waiting(
            *("texte sans nouvelles", "textes sans nouvelles", MASCULINE, Testimonial.acted_at),
            Testimonial.status.in_(UNDERWAY) & (Testimonial.acted_at < now() - period("WAITING_TOLD")),
            told_after=period("WAITING_TOLD"),
        ),
    ]


def waiting_for_features() -> list[Waiting]:
    """Return the kinds of waiting that have a page of their own at the desk."""
    return [waiting() for feature in all_features() for waiting in feature.waiting]


def waiting_by_article(session: Session, user: User) -> list[WaitingTexts]:
    """Return what waits for an editor on each of their articles; nothing for one where nothing does."""
    sentences: dict[int, list[str]] = {}
    latest: dict[int, datetime] = {}
    for kind in kinds_of_waiting(user):
        for article_id, sentence, moment in waiting_sentences(session, user, kind):
            sentences.setdefault(article_id, []).append(sentence)
            latest[article_id] = max(moment, latest.get(article_id, moment))
    statements = session.execute(unread_statements().where(*within(user.scope, Synthesis.article_id))).all()
    for article_id, number, moment in statements:
        said = french.count(number, "constat de la synthèse n’a", "constats de la synthèse n’ont")
        sentences.setdefault(article_id, []).append(f"{said} plus de source")
        latest[article_id] = max(moment, latest.get(article_id, moment))
    titles = select(Article.id, Article.title).where(Article.id.in_(sentences)).order_by(Article.id)
    with_statements = {article_id for article_id, _, _ in statements}
    return [
        WaitingTexts(number, title, sentences[number], latest[number], number in with_statements)
        for number, title in session.execute(titles)
    ]


def waiting_sentences(session: Session, user: User, kind: Waiting) -> Iterator[tuple[int, str, datetime]]:
    """Yield for each article a sentence (« 3 textes à relire, … dont 2 en retard ») and the latest moment."""
    late = func.sum(case((kind.is_late, 1), else_=0)) if kind.is_late is not None else func.count() * 0
    aggregates = select(Testimonial.article_id, func.count(), func.min(kind.moment), func.max(kind.moment), late)
    counted = aggregates.where(kind.waits, *within(user.scope, Testimonial.article_id))
    for article_id, number, oldest, latest, overdue in session.execute(counted.group_by(Testimonial.article_id)):
        first, every = kind.agreed
        since = "depuis" if number == 1 else f"{first} depuis"
        sentence = f"{french.count(number, kind.one, kind.many)}, {since} {french.since(oldest)}"
        if overdue:
            who = f"dont {overdue} " if overdue < number else f"{every} " if number > 1 else ""
            sentence += f", {who}en retard"
        yield article_id, sentence, latest + kind.told_after


def is_answerable_by(user: User) -> ColumnElement[bool]:
    """State that another editor decided, or corrected, or that nobody else edits the article."""
    others = editors_of(Testimonial.article_id).where(User.id != user.id)
    last = select(Decision.user_id).where(Decision.testimonial_id == Testimonial.id).order_by(Decision.id.desc())
    corrected = select(AuditEvent.user_id).where(queries.is_contested_edit())
    editor = func.coalesce(corrected.limit(1).scalar_subquery(), last.limit(1).scalar_subquery(), 0)
    return or_(editor != user.id, ~others.exists())


def facts_of(session: Session, user: User, waiting: Sequence[WaitingTexts]) -> dict[str, Any]:
    """Return the facts of a digest, its link and its articles; none where nothing waits.

    A single text is linked directly; several are linked through the queue, and so are questions and statements, which
    have pages of their own.
    """
    if not waiting:
        return {}
    anything = or_(*(kind.waits for kind in kinds_of_waiting(user)))
    told = Testimonial.article_id.in_([each.article_id for each in waiting])
    has_page = or_(false(), *(kind.waits for kind in waiting_for_features()))
    texts = select(Testimonial.public_id, ~has_page).where(told, anything).limit(2)
    match session.execute(texts).all():
        case [(public_id, True | 1)] if not any(each.has_statements for each in waiting):
            link: Mapping[str, Any] = {"review": public_id}
        case _:
            link = {"desk": True}
    articles = [{"id": each.article_id, "title": each.title, "sentences": [*each.sentences]} for each in waiting]
    return {**link, "articles": articles}
