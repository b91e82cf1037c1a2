"""The front page: the article that `FRONT_ARTICLE` names, else the only public one, else none: the list of articles."""

from flask import current_app
from sqlalchemy.orm import Session

from app.articles import queries
from app.articles.addresses import current_slug


def front_article(session: Session) -> str | None:
    """Return the slug of the article that the home page is; None where it is the list."""
    slugs, chosen = session.scalars(queries.public_slugs()).all(), current_app.config["FRONT_ARTICLE"]
    if chosen in slugs:
        return str(chosen)
    if chosen and (slug := current_slug(session, chosen)):
        return slug
    if chosen:
        current_app.logger.warning(unknown_choice(chosen))
    return slugs[0] if len(slugs) == 1 else None


def front_problem(session: Session) -> str | None:
    """Return why the article chosen cannot be the front page, a sentence; None where it can, or none is chosen."""
    chosen = current_app.config["FRONT_ARTICLE"]
    if not chosen or session.scalar(queries.by_slug(chosen)) is not None or current_slug(session, chosen):
        return None
    return unknown_choice(chosen)


def unknown_choice(chosen: str) -> str:
    return f"FRONT_ARTICLE is {chosen!r}: no article online has this address, so it is not the front page."
