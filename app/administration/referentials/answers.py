"""Answers typed for a partner that the list had not: what authors wrote, and making an entry of it, in one act."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.catalog import sync
from app.catalog.rendering import Editions
from app.territories.models import Partner, PartnerAlias
from app.testimonials.changes import in_batches
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

MOST_LISTED = 200  # answers
# What readers see, and the latest words of the author.
IN_USE = and_(
    Version.testimonial_id == Testimonial.id, Version.number.in_([Testimonial.shown_number, Testimonial.current_number])
)


@dataclass(frozen=True)
class TypedAnswer:
    """What authors typed, and in how many texts."""

    typed: str
    total: int


def typed_answers(session: Session, articles: Sequence[Article]) -> list[TypedAnswer]:
    """Return the answers of some articles' authors that stand in no entry yet, those of most texts first."""
    total = func.count(Testimonial.id.distinct())
    is_recognised = exists().where(
        PartnerAlias.article_id == Testimonial.article_id, PartnerAlias.typed == Version.partner_other
    )
    counted = (
        select(Version.partner_other, total)
        .join(Testimonial, IN_USE)
        .where(Testimonial.article_id.in_([each.id for each in articles]), Version.partner_other != "", ~is_recognised)
        .group_by(Version.partner_other)
        .order_by(total.desc(), Version.partner_other)
    )
    return [TypedAnswer(*row) for row in session.execute(counted.limit(MOST_LISTED))]


def recognised_answers(session: Session, partner: Partner) -> list[str]:
    selected = select(PartnerAlias.typed).where(PartnerAlias.partner_id == partner.id).distinct()
    return list(session.scalars(selected.order_by(PartnerAlias.typed)))


def recognise_answers(
    session: Session, partner: Partner, articles: Sequence[Article], typed: Sequence[str], *, by: Actor
) -> None:
    """Have what authors typed stand for an entry: their texts are listed, filtered and counted under it.

    So are those to come with the same words. What is displayed, and its digest, stay as their authors approved them.
    """
    session.flush()
    numbers = [each.id for each in articles]
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
    slug = partner.slug
    in_use = exists().where(IN_USE, Version.partner_other.in_(typed))
    for ids in in_batches(session, Testimonial.article_id.in_(numbers), in_use):
        # The event has the queue's rows written again; the facets are those of published texts.
        kind = Kind.PARTNER_RECOGNISED
        session.add_all(AuditEvent.of(kind, by, testimonial_id=each, reason=slug) for each in ids)
        session.flush()
        editions = Editions(session)
        for testimonial in sync.testimonials(session, ids):
            sync.publish_again(session, testimonial, testimonial.shown, editions)
        session.flush()
