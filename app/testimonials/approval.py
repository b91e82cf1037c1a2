"""Approval of a version by its author, the digest of what they approved, what is refused without (product rule 3)."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from typing import Any

from app.labelled_enum import LabelledEnum
from config import ROOT

# What a digest calls the partner, the partner's name as typed, and other partners, by the digest's format.
DIGESTS = tomllib.loads((ROOT / "content" / "digests.toml").read_text(encoding="utf-8"))
PARTNER_KEYS = {int(number): tuple(keys) for number, keys in DIGESTS["partner_keys"].items()}
DIGEST_FORMAT = max(PARTNER_KEYS)


class Approval(LabelledEnum):
    """How the author approved a version (product rule 3)."""

    SENT = "sent", "en l’envoyant"
    SIGNED = "signed", "en signant le bon à tirer"
    UNDER_CONSENT = "under_consent", "par l’accord donné, pour l’orthographe ou le masquage"


OWN = frozenset({Approval.SENT, Approval.SIGNED})  # approvals of the very words the author had before them


def digest_of(displayed: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what readers would be shown, in hexadecimal: of its JSON, names in order, no spaces."""
    canonical = json.dumps(displayed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class ApprovalMissing(Exception):
    """The version cannot be shown: its author has not approved it (product rule 3)."""


class NothingToSign(Exception):
    """There is no proof to send: the latest version is its author's own, or already approved."""
