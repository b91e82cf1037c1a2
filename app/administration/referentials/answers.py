"""Answers typed for a partner that the list had not: what authors wrote, and making an entry of it, in one act."""

from collections.abc import Sequence

from sqlalchemy import Row, and_, case, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.catalog import sync
from app.catalog.rendering import Editions
from app.french import plain
from app.search import index
from app.territories.models import Partner, PartnerAlias
from app.testimonials.changes import in_batches, locked
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

MOST_LISTED = 200  # answers
# What readers see, and the latest words of the author.
IN_USE = and_(
    Version.testimonial_id == Testimonial.id, Version.number.in_([Testimonial.shown_number, Testimonial.current_number])
)
IS_TYPED = exists().where(IN_USE, Version.partner_other == PartnerAlias.typed)
PUBLISHED_ID = case((Testimonial.status == Status.PUBLISHED, Testimonial.id))


class NotRecognised(Exception):
    """What authors typed stands for this entry no longer: somebody has just detached it."""


def typed_answers(session: Session, articles: Sequence[Article]) -> list[Row[str, int]]:
    """Return what some articles' authors `typed` that stands in no entry yet, and in how many texts; most first."""
    total = func.count(Testimonial.id.distinct()).label("total")
    is_recognised = exists().where(
        PartnerAlias.article_id == Testimonial.article_id, PartnerAlias.typed == Version.partner_other
    )
    counted = (
        select(Version.partner_other.label("typed"), total)
        .join(Testimonial, IN_USE)
        .where(Testimonial.article_id.in_([each.id for each in articles]), Version.partner_other != "", ~is_recognised)
        .group_by(Version.partner_other)
        .order_by(total.desc(), Version.partner_other)
    )
    return sorted(session.execute(counted.limit(MOST_LISTED)), key=lambda each: (-each.total, plain(each.typed)))


def recognised_answers(session: Session, partner: Partner) -> list[Row[str, int, int]]:
    """Return what authors `typed` that stands for an entry, in how many texts, and how many of them are published."""
    total, published = func.count(Testimonial.id.distinct()), func.count(PUBLISHED_ID.distinct())
    counted = (
        select(PartnerAlias.typed, total.label("total"), published.label("published"))
        .outerjoin(Testimonial, and_(Testimonial.article_id == PartnerAlias.article_id, IS_TYPED))
        .where(PartnerAlias.partner_id == partner.id)
        .group_by(PartnerAlias.typed)
    )
    return sorted(session.execute(counted), key=lambda each: plain(each.typed))


def recognise_answers(
    session: Session, partner: Partner, articles: Sequence[Article], typed: Sequence[str], *, by: Actor
) -> None:
    """Have what authors typed stand for an entry: their texts are shown, listed, filtered and counted under it.

    So are those to come with the same words. A digest, and its proof, keep the words that their authors approved.
    """
    session.flush()
    numbers = [each.id for each in articles]
    hold_texts(session, numbers, typed)
    known = select(PartnerAlias).where(PartnerAlias.article_id.in_(numbers), PartnerAlias.typed.in_(typed))
    aliases = {(each.article_id, each.typed): each for each in session.scalars(known)}
    for article_id in numbers:
        for words in typed:
            alias = aliases.get((article_id, words))
            if alias is None:
                session.add(PartnerAlias(article_id=article_id, typed=words, partner_id=partner.id))
            else:
                alias.partner_id = partner.id
    session.flush()
    move_texts(session, numbers, typed, Kind.PARTNER_RECOGNISED, partner.slug, by=by)


def detach_answer(session: Session, partner: Partner, typed: str, *, by: Actor) -> None:
    """Have what authors typed stand for an entry no longer: their texts say those again; raise `NotRecognised`."""
    stands = PartnerAlias.partner_id == partner.id, PartnerAlias.typed == typed
    hold_texts(session, session.scalars(select(PartnerAlias.article_id).where(*stands)).all(), [typed])
    numbers = list(session.scalars(delete(PartnerAlias).where(*stands).returning(PartnerAlias.article_id)))
    if not numbers:
        raise NotRecognised
    session.add(AuditEvent.of(Kind.PARTNER_DETACHED, by, reason=partner.slug))
    move_texts(session, numbers, [typed], Kind.PARTNER_DETACHED, partner.slug, by=by)


def hold_texts(session: Session, article_ids: Sequence[int], typed: Sequence[str]) -> None:
    """Lock the texts with these words, then their articles: one that is being sent is stored first, and is found then.

    On PostgreSQL, the row that the queue has of it refers to its article, and so holds it until then.
    """
    in_use = exists().where(IN_USE, Version.partner_other.in_(typed))
    texts = locked(select(Testimonial.id).where(Testimonial.article_id.in_(article_ids), in_use))
    articles = select(Article.id).where(Article.id.in_(article_ids)).order_by(Article.id)
    for each in (texts, articles.with_for_update()):
        session.execute(each).close()


def move_texts(
    session: Session, article_ids: Sequence[int], typed: Sequence[str], kind: Kind, slug: str, *, by: Actor
) -> None:
    """Write again all that is derived from the partner of the texts with these words, and tell each one's history.

    All are locked, those that nobody has published yet too: an editor who publishes one waits, and reads the new words.
    """
    in_use = exists().where(IN_USE, Version.partner_other.in_(typed))
    for ids in in_batches(session, Testimonial.article_id.in_(article_ids), in_use):
        # The event has the queue's rows and the words of search written again.
        session.add_all(AuditEvent.of(kind, by, testimonial_id=each, reason=slug) for each in ids)
        session.flush()
        editions = Editions(session)
        for testimonial in sync.testimonials(session, ids):
            sync.publish_again(session, testimonial, testimonial.shown, editions)
        session.flush()


def show_new_names(session: Session, partners: Sequence[Partner]) -> None:
    """Show the new names of some entries in every text that chose them, or whose words stand for them.

    The caller commits. What authors approved does not change: a digest has the entry's code (docs/decisions/0005).
    """
    if not partners:
        return
    session.flush()
    ids_of = [each.id for each in partners]
    aliases = select(PartnerAlias.article_id, PartnerAlias.typed).where(PartnerAlias.partner_id.in_(ids_of)).subquery()
    chosen = select(Version.testimonial_id).where(Version.partner_id.in_(ids_of))
    typed = (
        select(Version.testimonial_id)
        .join(Testimonial, Testimonial.id == Version.testimonial_id)
        .join(aliases, and_(aliases.c.article_id == Testimonial.article_id, aliases.c.typed == Version.partner_other))
    )
    for ids in in_batches(session, or_(Testimonial.id.in_(chosen), Testimonial.id.in_(typed))):
        sync.rebuild(session, ids)
        index.rebuild(session, ids)
