"""Letters of alerts: one a week at most, where something new is published; written from what readers have as it leaves.

A letter is an open outlet: it quotes those who agreed to reuse, and counts the others (product rule 4).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from app import french, tokens
from app.articles.models import Article
from app.audit import AuditEvent
from app.catalog.article_text import load_article_text
from app.catalog.facet_counts import chosen_labels, count_article_facets
from app.catalog.facets import KEY, Facet, facet_entry
from app.catalog.filters import FACETS, Filters, UnknownFilter
from app.catalog.rendering import HAS_JSON, Rendering
from app.catalog.visibility import Outlet, visible
from app.db import new_public_id, now, snapshot, upsert
from app.features.alerts.models import KEPT, Alert
from app.kept import period
from app.mail import outbox
from app.mail.compose import ALERT_LINK
from app.mail.messages import ClaimedEmail, Facts, Mail, link_to, page_url, signed_page
from app.mail.outbox import Email
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial

A_WEEK = timedelta(days=7)
MOST_QUOTED = 5
LETTERS_AT_ONCE = 10  # in a transaction: on SQLite nobody else writes meanwhile
# The subject, where who asks receives the letter already.
ASKED_AGAIN = "Vous suivez déjà ces retours"
# What a letter has of a testimonial's document, each on one line.
QUOTED = ("title", "quote", "signature")


@dataclass(frozen=True)
class Followed:
    """What an alert follows: its filters in words, and the facet that has its testimonials."""

    choices: list[str]
    facet_id: int


def followed_by(session: Session, alert: Alert) -> Followed | None:
    """Return what an alert follows; None where its article is not online, or has no such filter any more."""
    article = load_article_text(session, alert.article.slug)
    if article is None:
        return None
    try:
        counts = count_article_facets(session, article, alert.filters)
    except UnknownFilter:
        return None
    return Followed(chosen_labels(article, counts), counts.facet_id(alert.filters))


def ask_alert(session: Session, article_id: int, filters: Filters, email: str) -> None:
    """Store an alert, once, and write to its address to confirm it. The caller commits.

    The same is done for each address, known or not: the page and its time tell nothing.
    """
    session.execute(delete(Alert).where(Alert.email == email, ~KEPT.is_within()))
    row: dict[str, Any] = {"article_id": article_id, **filters.parameters, "email": email}
    insert = upsert(Alert, session.get_bind().dialect.name).values(public_id=new_public_id(), asked_at=now(), **row)
    again = insert.on_conflict_do_update(index_elements=["article_id", *FACETS, "email"], set_={"asked_at": now()})
    public_id = session.scalars(again.returning(Alert.public_id)).one()
    if not outbox.is_waiting(session, ALERT_CONFIRM, email, alert=public_id):
        outbox.enqueue(session, ALERT_CONFIRM, to=email, alert=public_id)


def alerts_with_news(session: Session) -> list[int]:
    """Return the ids of the alerts that are due and have something new, in one statement.

    A publication is told once it can no longer be undone, as it is to its author.
    """
    due = Alert.confirmed_at.is_not(None), Alert.notified_at <= now() - A_WEEK, KEPT.is_within()
    facet_id = select(Facet.id).where(*(getattr(Facet, name) == getattr(Alert, name) for name in KEY))
    followed = facet_id.correlate(Alert).scalar_subquery()
    news = first_shown(visible(Testimonial.id), followed, Alert.notified_at, end_of_news()).order_by(None)
    has_news = Alert.article.has(Article.is_public), news.correlate(Alert).exists()
    return list(session.scalars(select(Alert.id).where(*due, *has_news).order_by(Alert.id)))


def tell_readers(session: Session) -> Iterator[int]:
    """Enqueue the weekly letters; yield the number of each batch: on SQLite authors write in between."""
    with snapshot() as reading:
        ids = alerts_with_news(reading)
    for first in range(0, len(ids), LETTERS_AT_ONCE):
        yield enqueue_letters(session, ids[first : first + LETTERS_AT_ONCE])


def enqueue_letters(session: Session, ids: Sequence[int]) -> int:
    """Enqueue the letters of alerts that are due still and have none waiting; return how many. The caller commits."""
    due = select(Alert).where(Alert.id.in_(ids), Alert.notified_at <= now() - A_WEEK).order_by(Alert.id)
    locked = due.with_for_update(of=Alert, skip_locked=True).execution_options(populate_existing=True)
    alerts = session.scalars(locked).all()
    # Read once the alerts are locked: another machine's clock has committed its letters by then.
    letters = Email.message == ALERT, Email.recipient.in_([each.email for each in alerts])
    waiting = {facts.get("alert") for facts in session.scalars(select(Email.facts).where(*letters))}
    written = [each for each in alerts if each.public_id not in waiting]
    for alert in written:
        since = (alert.notified_at or now()).isoformat()
        outbox.enqueue(session, ALERT, to=alert.email, alert=alert.public_id, since=since)
    return len(written)


def end_of_news() -> datetime:
    """Return the moment up to which no publication can be undone any more."""
    return now() - period("UNDO_PERIOD")


def quoted(session: Session, followed: Followed, since: datetime, until: datetime) -> list[dict[str, str]]:
    """Return the title, the quote and the signature of the latest of those who agreed to reuse."""
    agreed = visible(Rendering.document, outlet=Outlet.OPEN)
    with_words = agreed.join(Rendering, Rendering.testimonial_id == Testimonial.id).where(HAS_JSON)
    rows = session.scalars(first_shown(with_words, followed.facet_id, since, until).limit(MOST_QUOTED))
    documents = [json.loads(document) for document in rows]
    return [{name: " ".join(document[name].split()) for name in QUOTED} for document in documents]


def count_new(session: Session, followed: Followed, since: datetime, until: datetime) -> int:
    new = first_shown(visible(Testimonial.id), followed.facet_id, since, until).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(new)) or 0


def first_shown(selected: Select[Any], facet_id: Any, since: Any, until: datetime) -> Select[Any]:
    """Narrow what readers have to what a facet has of it since a moment, and was never shown before."""
    earlier, revoking = aliased(AuditEvent), aliased(AuditEvent)
    published = earlier.after == Status.PUBLISHED.value, earlier.before.is_distinct_from(Status.PUBLISHED.value)
    stands = ~exists().where(revoking.revokes_id == earlier.id)  # else no letter told it
    of_it = earlier.testimonial_id == Testimonial.id, earlier.at <= since, *published, stands
    shown_before = exists().where(*of_it).correlate_except(earlier)
    entries = selected.join(facet_entry, facet_entry.c.testimonial_id == Testimonial.id)
    within = facet_entry.c.published_at > since, facet_entry.c.published_at <= until
    return entries.where(facet_entry.c.facet_id == facet_id, *within, ~shown_before)


def facts_now(_session: Session, claimed: ClaimedEmail) -> Facts | None:
    """Return the facts of a letter as things are; none where it has nothing to tell.

    The words are read beside the session, whose transaction would hold SQLite's write lock meanwhile.
    """
    with snapshot() as reading:
        alert = reading.scalar(select(Alert).where(Alert.public_id == claimed.facts["alert"], KEPT.is_within()))
        followed = followed_by(reading, alert) if alert is not None else None
        if alert is None or followed is None:
            return None
        facts = {
            "alert": alert.public_id,
            "article": alert.article.title,
            "choices": followed.choices,
            "ends_on": french.paris_time(alert.ends_at).isoformat(),
        }
        if claimed.message is ALERT:
            return news_facts(reading, alert, followed, claimed.facts, facts)
        return facts | ({"is_confirmed": True, "subject": ASKED_AGAIN} if alert.confirmed_at else {})


def news_facts(
    session: Session, alert: Alert, followed: Followed, told: Facts, facts: dict[str, Any]
) -> dict[str, Any] | None:
    """Add what is new since the moment from which a letter tells; none where nothing of it is read any more."""
    within = datetime.fromisoformat(told["since"]), end_of_news()
    number = count_new(session, followed, *within)
    if not number or alert.confirmed_at is None:
        return None
    return facts | {
        "number": number,
        "until": within[1].isoformat(),
        "quoted": quoted(session, followed, *within),
        "collection": [alert.article.slug, alert.filters.query],
    }


def begin_week(session: Session, sent: ClaimedEmail) -> None:
    """Begin the week of an alert whose letter the server has accepted; one that does not leave has told nothing."""
    if alert := session.scalar(KEPT.named(sent.facts["alert"])):
        alert.notified_at = datetime.fromisoformat(sent.facts["until"])


def news_links(facts: Facts) -> dict[str, str]:
    """Return the links to the collection that a letter tells of, and to receive it no more."""
    slug, query = facts["collection"]
    leaving = page_url("alerts.leave", token=tokens.sign_token(ALERT_LINK, [facts["alert"]]))
    return link_to("publication.article", slug=slug, _anchor="retours", **query) | {"leaving_link": leaving}


# Who follows testimonials is nobody else's to know.
FOLLOWER = "une personne qui suit des retours"
ALERT_CONFIRM = Mail(
    *("alert_confirm", "Confirmez votre adresse pour suivre ces retours", "Voir cette lettre"),
    signed_page("alerts.subscribe", ALERT_LINK, "alert"),
    facts_now,
    forgets=True,
    unnamed=FOLLOWER,
)
ALERT = Mail(
    *("alert", "De nouveaux retours à lire", "Lire ces retours", news_links, facts_now, begin_week),
    forgets=True,
    is_refusable=True,
    unnamed=FOLLOWER,
)
