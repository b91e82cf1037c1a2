"""Helpers for admins' pages of articles: paths, form data, acts."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.sessions import EditorSession
from app.articles import queries
from app.audit import AuditEvent, Kind
from app.db import now
from tests.visitor import Visitor

ARTICLES = "/administration/articles"
TEXT = "/moderation/articles/crpv"  # the first tab
CRPV = f"{ARTICLES}/crpv"
THEMES = f"{CRPV}/articulations"
SETTINGS = f"{CRPV}/reglages"
CALL = f"{CRPV}/appel"
VISIBILITY = f"{CRPV}/mise-en-ligne"
NEW = f"{ARTICLES}/nouveau"
FIRST = "Qualifier et échanger"
ARTICLE = {
    "title": "Avec les bailleurs sociaux",
    "slug": "bailleurs",
    "summary": "Ce qu’un CLSM et un bailleur font ensemble.",
    "published_on": "2026-11-25",
    "body": "Un début.\n\n## Veiller ensemble\n\nDu texte, et un [lien](https://exemple.fr).",
    "call_title": "Et vous ?",
    "invitation": "Racontez-nous.",
}


def article_events(session: Session) -> list[tuple[Kind, str | None]]:
    session.rollback()
    lines = session.scalars(
        select(AuditEvent).where(AuditEvent.kind.in_(queries.ARTICLE_KINDS)).order_by(AuditEvent.id)
    )
    return [(each.kind, each.reason) for each in lines]


def expire_proofs(session: Session) -> None:
    """Make every session's proof of identity older than ten minutes."""
    session.rollback()
    for each in session.scalars(select(EditorSession)):
        each.proved_at = now() - timedelta(minutes=11)
    session.commit()


def in_theme(page: Visitor, slug: str, act: str, **typed: str) -> Visitor:
    fields = {"csrf_token": page.csrf_token, "theme": slug, "act": act, "revision": revision_of(page)} | typed
    return page.post(THEMES, list(fields.items()))


def revision_of(page: Visitor) -> str:
    return str(page.page.select("[name=revision]")[0]["value"])
