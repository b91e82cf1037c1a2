"""Who may do what: the one table, which the gate reads and a test walks, every route by every role.

Readers and authors have no account: what they may open is public by name (`access.PUBLIC`), and an author's link is
what lets them act on their text and no other. All the rest is the editors', except what stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts.models import Role


@dataclass(frozen=True)
class Right:
    """What a page asks of whoever opens it: a role, and perhaps a proof of identity not older than ten minutes."""

    role: Role = Role.EDITOR
    fresh: bool = False


EDITORS = Right()

BY_BLUEPRINT: Mapping[str, Right] = {
    "administration": Right(Role.ADMIN),
    "team": Right(Role.ADMIN, fresh=True),
}

BY_ENDPOINT: Mapping[str, Right] = {
    "mine.password": Right(fresh=True),
    "mine.email": Right(fresh=True),
    "mine.second_factor": Right(fresh=True),
    "mine.recovery_codes": Right(fresh=True),
    "mine.passkey": Right(fresh=True),
    "mine.passkey_removal": Right(fresh=True),
}

# Where an editor without a second factor may go, when one is required: to set one up, or out.
SETTING_UP = frozenset({"mine.second_factor", "mine.passkey", "accounts.confirm", "accounts.sign_out"})


def right(endpoint: str) -> Right:
    """Return what an endpoint that is not public asks."""
    return BY_ENDPOINT.get(endpoint) or BY_BLUEPRINT.get(endpoint.partition(".")[0]) or EDITORS
