"""Situation of a collaboration, and what its partner is called; the words are those of the article's call."""

from app.articles.call import Call
from app.labels import LabelledEnum


class Situation(LabelledEnum):
    """A collaboration that is past, regular or planned; `label` is for the desk, where articles stand together."""

    PAST = "past", "A déjà collaboré"
    REGULAR = "regular", "Collaboration régulière"
    PLANNED = "planned", "En projet"


class PartnerKnown(LabelledEnum):
    """Whether the author named a partner, and how; `label` is for the desk."""

    LISTED = "listed", "un partenaire de la liste"
    OTHER = "autre", "un autre partenaire"
    UNKNOWN = "inconnu", "partenaire non précisé"
    NONE = "aucun", "sans partenaire"


def composed_title(place: str, call: Call, situation: Situation) -> str:
    """Return the title of a text without one: its place, then « en projet »."""
    return f"{place}, {call.words(situation).after_place}"


def partner_called(call: Call, listed: str | None, typed: str, known: PartnerKnown) -> str:
    """Return the partner's name: of the list, as typed, or else what the call says of an author who gave none."""
    return listed or typed or partner_label(call, known)


def partner_label(call: Call, known: PartnerKnown) -> str:
    """Return what stands for a partner whose name is not given; nothing where the call has no partner."""
    names = call.partner
    if names is None or known is PartnerKnown.NONE:
        return ""
    if known is PartnerKnown.UNKNOWN:
        return names.unstated
    return names.another if names.is_listed else names.one


def unlisted_partners(call: Call) -> dict[str, str]:
    """Return the answers that name no partner of the call's list, with their labels: they can be filtered by."""
    if call.partner is None or not call.partner.is_listed:
        return {}
    return {known.value: partner_label(call, known) for known in (PartnerKnown.OTHER, PartnerKnown.UNKNOWN)}
