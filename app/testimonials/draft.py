"""Draft: an unfinished form, saved for its author alone; save_draft(), by_draft_link(), and its deletion.

A draft holds the form as it was left, valid or not, and no consent. It is bound to the form's `key`: saving the same
page again replaces it, and sending that page deletes it.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import JSON, ForeignKey, Select, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.articles.addresses import owner_of
from app.articles.models import Article
from app.db import Base, Numbered, insert_once, new_public_id, now
from app.french import paris_time
from app.kept import Kept, Term, period
from app.links import Link
from app.mail import outbox
from app.mail.outbox import Email
from app.testimonials import mails
from app.tokens import LinkRefused

DRAFT = Link("draft", "drafts.resume")
# The confirmation page, which does not open the draft.
DRAFT_SAVED = Link("draft-kept", "drafts.saved")

BETWEEN_EMAILS = timedelta(hours=1)

MAX_LINKS_SENT = 3  # links per request, to an address that anyone can type


class DraftRefused(LinkRefused):
    """The link opens no draft: it is wrong, or expired, or the draft was erased, or sent as a testimonial."""


class Draft(Numbered, Base, kw_only=True):
    """An unfinished form. Its address was typed, and nobody has confirmed it."""

    __tablename__ = "draft"

    public_id: Mapped[str] = mapped_column(unique=True, default_factory=new_public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    article: Mapped[Article] = relationship(repr=False)
    key: Mapped[str] = mapped_column(unique=True, repr=False)
    email: Mapped[str] = mapped_column(repr=False)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict, repr=False)
    kept_at: Mapped[datetime] = mapped_column(default_factory=now)
    ends_at: Mapped[datetime] = mapped_column(index=True, default_factory=lambda: now() + period("DRAFT_PERIOD"))

    @property
    def token(self) -> str:
        return DRAFT.make(self.public_id)


KEPT = Kept(
    model=Draft,
    name=Draft.public_id,
    owner=Draft.email,
    act=("drafts past their time", "suppression d’anciens brouillons"),
    terms=[
        Term(
            "Brouillon que vous enregistrez, avec votre courriel",
            "après son enregistrement, ou jusqu’à ce que vous l’envoyiez ou l’effaciez\u202f; l’équipe ne le lit pas",
            "DRAFT_PERIOD",
            Draft.ends_at,
            is_end=True,
        )
    ],
)


def by_key(key: str) -> Select[Draft]:
    return select(Draft).where(Draft.key == key)


def find_draft(session: Session, key: str) -> Draft | None:
    return session.scalar(by_key(key).where(KEPT.is_within()))


def article_of_draft(session: Session, key: str, slug: str) -> Article | None:
    """Return the article of a saved draft, online or not, if it has this slug, or had it."""
    draft = find_draft(session, key)
    return draft.article if draft is not None and owner_of(session, slug) is draft.article else None


def by_draft_link(session: Session, token: str, link: Link = DRAFT) -> Draft:
    """Return the draft of a link, locked in a POST; raise `DraftRefused` for any other token, after the same work."""
    [public_id] = link.read(token)
    draft: Draft | None = session.scalar(KEPT.named(public_id))
    if draft is None:
        raise DraftRefused
    return draft


def save_draft(session: Session, article: Article, *, key: str, email: str, answers: dict[str, Any]) -> Draft:
    """Save a form as it is, in place of its earlier draft, and send the link.

    With another address it is another draft: the link sent to the first address opens nothing any more.
    Saved again within the hour it sends nothing: the author already has the link.
    """
    find: partial[Draft | None] = partial(session.scalar, by_key(key).with_for_update())
    former = find()
    if former is not None and former.email != email:
        session.delete(former)
        session.flush()
    draft, _ = insert_once(session, find, lambda: Draft(article=article, key=key, email=email))
    draft.article, draft.answers = article, answers
    draft.kept_at = now()
    draft.ends_at = draft.kept_at + period("DRAFT_PERIOD")
    if not was_emailed(session, draft, since=draft.kept_at - BETWEEN_EMAILS):
        send_draft_link(session, draft)
    return draft


def was_emailed(session: Session, draft: Draft, *, since: datetime) -> bool:
    recent = select(Email.id).where(Email.draft_id == draft.id, Email.written_at >= since)
    return session.scalar(recent.limit(1)) is not None


def send_draft_link(session: Session, draft: Draft) -> None:
    email = outbox.enqueue(
        session,
        mails.DRAFT,
        to=draft.email,
        public_id=draft.public_id,
        article=draft.article.title,
        due=paris_time(draft.ends_at).isoformat(),
    )
    email.draft_id = draft.id


def resend_draft_links(session: Session, email: str) -> None:
    selected = select(Draft).where(Draft.email == email, KEPT.is_within()).order_by(Draft.kept_at.desc())
    for draft in session.scalars(selected.limit(MAX_LINKS_SENT)):
        send_draft_link(session, draft)


def has_draft(session: Session, email: str) -> bool:
    return session.scalar(select(Draft.id).where(Draft.email == email, KEPT.is_within()).limit(1)) is not None


def delete_draft(session: Session, key: str) -> None:
    """Delete the draft of a form that is sent; its e-mails go with it (ON DELETE CASCADE)."""
    session.execute(delete(Draft).where(Draft.key == key))
