"""Approval of a version by its author, and what is refused for want of it (product rule 3)."""

from app.labels import LabelledEnum


class Approval(LabelledEnum):
    """How the author approved a version (product rule 3)."""

    SENT = "sent", "en l’envoyant"
    SIGNED = "signed", "en signant le bon à tirer"
    UNDER_CONSENT = "under_consent", "par l’accord donné, pour l’orthographe ou le masquage"


OWN = frozenset({Approval.SENT, Approval.SIGNED})  # approvals of the very words the author had before them


class ApprovalMissing(Exception):
    """The version cannot be shown: its author has not approved it (product rule 3)."""


class NothingToSign(Exception):
    """There is no proof to send: the latest version is its author's own, or already approved."""
