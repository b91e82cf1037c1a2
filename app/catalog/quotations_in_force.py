"""Quotations that readers see: their author reads them, is told of them in the next letter, and may object."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, object_session

from app import french
from app.articles.passages import passages
from app.articles.sites import Site
from app.audit import AUTHOR, AuditEvent, Kind
from app.catalog.placements import CLEAR_QUOTES, Placement
from app.catalog.synthesis.models import SHOWN, Statement, Synthesis, SynthesisSource
from app.catalog.synthesis.statements import cited_words, end_sources
from app.db import is_over, now
from app.mail.messages import ClaimedEmail, Facts
from app.mail.outbox import Email
from app.testimonials.consent import given_line
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose

testimonial_table: Any = Testimonial.__table__
TELLS = "Voici ce que l’équipe cite de votre texte, et où. Vous pouvez vous y opposer depuis votre page privée."
SHOWS = "Votre texte se lit aussi sur un site du réseau inscrit depuis votre accord : {}."


class InForce(NamedTuple):
    """Words of a text, where readers see them, since when; and whether editors chose them, or it is its own quote."""

    words: str
    where: str
    since: datetime
    is_chosen: bool


def quotations_in_force(testimonial: Testimonial) -> list[InForce]:
    """Return what editors quote of a text, the oldest first; nothing where readers do not see it."""
    session, shown = object_session(testimonial), testimonial.shown
    if session is None or shown is None or not is_read(testimonial):
        return []
    headings = {each.anchor: f"à côté de « {each.heading} »" for each in passages(testimonial.article)}
    headings[""] = "en ouverture de l’article"
    placed = session.scalars(select(Placement).where(Placement.testimonial_id == testimonial.id))
    quotations = [
        InForce(each.quote or shown.pull_quote, headings[each.passage], each.quoted_at, bool(each.quote))
        for each in placed
    ]
    quotations += [
        InForce(words, "dans la synthèse de l’article", each.quoted_at, is_chosen=True)
        for each in session.scalars(sources_of(testimonial).join(Statement).join(Synthesis).where(*SHOWN))
        if each.quoted_at is not None and (words := cited_words([shown], each))
    ]
    return sorted(quotations, key=lambda each: each.since)


def is_read(testimonial: Testimonial) -> bool:
    is_up = testimonial.hidden_until is None and testimonial.article.is_public
    return testimonial.status is Status.PUBLISHED and is_up and not is_over(testimonial.published_until)


def sources_of(testimonial: Testimonial) -> Select[SynthesisSource]:
    return select(SynthesisSource).where(SynthesisSource.testimonial_id == testimonial.id)


def object_to_quotation(session: Session, testimonial: Testimonial, words: str) -> None:
    """Have words give way wherever they are quoted, and no other chosen until an editor answers."""
    if not any(each.is_chosen and each.words == words for each in quotations_in_force(testimonial)):
        return
    sources = session.scalars(sources_of(testimonial))
    cited = [each.id for each in sources if cited_words(testimonial.versions, each) == words]
    session.execute(CLEAR_QUOTES, {"number": testimonial.id, "lost": [words], "at": now()})
    end_sources(session, testimonial, cited)
    objection = f"Je ne souhaite pas être cité·e ainsi : « {words} »"
    testimonial.remarks.append(Remark(kind=RemarkKind.OBJECTION, words=objection))
    testimonial.events.append(AuditEvent.of(Kind.CONTESTED, AUTHOR, version_number=testimonial.shown_number))
    testimonial.contested_at = testimonial.contested_at or now()


def facts_now(session: Session, claimed: ClaimedEmail) -> Facts:
    """Return the facts of an e-mail to an author, with the quotations that no letter has told."""
    testimonial = session.get(Testimonial, claimed.about or 0) if "generation" in claimed.facts else None
    if testimonial is None:
        return claimed.facts
    notified_at = testimonial.notified_until or datetime.min.replace(tzinfo=UTC)
    untold = [each for each in quotations_in_force(testimonial) if each.since > notified_at]
    lines = [f"> « {each.words} »\n> {each.where}, depuis le {french.day(each.since)}" for each in untold]
    parts = [*((TELLS, *lines) if untold else ()), *new_sites(session, testimonial, notified_at)]
    told = {"cited": "\n\n".join(parts), "told_until": now().isoformat()}
    return {**claimed.facts, **told} if parts else claimed.facts


def new_sites(session: Session, testimonial: Testimonial, notified_at: datetime) -> list[str]:
    """Return the sentence that names the sites of the network that show a text, registered since its author agreed."""
    consent = given_line(testimonial.consents, Purpose.PUBLICATION)
    if consent is None or not is_read(testimonial) or not (testimonial.sites_consent or testimonial.reuse_consent):
        return []
    since = Site.active_until.is_(None), Site.since > max(consent.at, notified_at)
    names = [f"{site.name} ({site.readable_host})" for site in session.scalars(select(Site).where(*since))]
    return [SHOWS.format(", ".join(sorted(names, key=french.plain)))] if names else []


def record_told(session: Session, left: ClaimedEmail) -> None:
    """Note what a letter has told once it has left; `revision` stays, so that no decision is stale for it."""
    if notified_at := left.facts.get("told_until"):
        about = select(Email.testimonial_id).where(Email.id == left.email_id).scalar_subquery()
        updating = testimonial_table.update().where(testimonial_table.c.id == about)
        session.execute(updating.values(told_until=datetime.fromisoformat(notified_at)))
