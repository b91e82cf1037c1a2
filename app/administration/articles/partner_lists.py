"""The list of partners that the source of an article names: it must be there, or the form would offer nobody."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.source import HeaderLines
from app.territories.models import Referential


def list_problems(session: Session, front: Mapping[str, Any], text: str) -> list[str]:
    """Return why the list of a parsed source cannot be offered, a sentence with its line; nothing where it can."""
    partner = front["call"].partner
    known = session.scalars(select(Referential.slug).order_by(Referential.slug)).all()
    if partner is None or not partner.is_listed or partner.referential in known:
        return []
    there = f"celles d’ici sont {', '.join(known)}" if known else "il n’y en a pas encore"
    sentence = f"Aucune liste de partenaires n’est « {partner.referential} » : {there}."
    return [HeaderLines(text.partition("\n")[2]).at("call.partner.referential", sentence)]
