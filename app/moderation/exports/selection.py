"""The selection of an export in words: the heading of a list, then each filter that narrows it."""

from dataclasses import fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.models import Article, Theme
from app.moderation.queue.filters import LABELS, QueueFilters
from app.moderation.queue.reader import theme_id
from app.search.words import terms
from app.territories.models import Partner, Region
from app.testimonials.situation import Situation

IN_HEADING = {"etat", "mien", "conteste"}


def selection_in_words(session: Session, filters: QueueFilters) -> list[str]:
    """Return the words of a list; its order is no part of it."""
    told = IN_HEADING | {"tri"} | ({"signale"} if filters.list_name == "signale" else set())
    chosen = {each.name: getattr(filters, each.name) for each in fields(filters) if each.name not in told}
    narrowing = (f"{LABELS[name]} : {in_words(session, filters, name)}" for name, value in chosen.items() if value)
    return [filters.heading, *narrowing]


def in_words(session: Session, filters: QueueFilters, name: str) -> str:
    value: str = getattr(filters, name)
    match name:
        case "situation":
            return Situation(value).label
        case "auteur":
            return "les textes venus d’une même adresse"
        case "mots":
            return f"« {value} »" if terms(value) else "aucun qui se cherche"
        case "article":
            named = select(Article.title).where(Article.slug == value)
        case "articulation":
            named = select(Theme.label).where(Theme.id == theme_id(filters, None))
        case "partner":
            named = select(Partner.name).where(Partner.slug == value)
        case "region":
            named = select(Region.name).where(Region.code == value)
        case _:
            return value
    return session.scalar(named) or "inconnu"
