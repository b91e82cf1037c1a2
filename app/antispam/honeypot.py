"""Whether a person sends a form: a line nobody sees, when the form was shown, and the answer once one has been asked.

Whoever looks like a machine is asked, with everything typed still there, and believed (docs/decisions/0008).
"""

from datetime import timedelta
from typing import Self

from flask import current_app, request
from wtforms import HiddenField, StringField

from app import tokens
from app.antispam.signals import Sign
from app.db import SAFE_METHODS, now
from app.forms import Form


class HoneypotForm(Form):
    """What the form says of its sender beside the answers; tokens hold for the page that bears `key` alone."""

    website = StringField("Laissez cette ligne vide")
    shown = HiddenField()
    sure = HiddenField()

    @classmethod
    def of(cls, key: str) -> Self:
        """Return what goes with a page: the moment it was first shown, which comes back with each step."""
        sender = cls()
        if request.method in SAFE_METHODS:
            sender.shown.data = tokens.sign_token("shown", [key, int(now().timestamp())])
        sender.sure.data = tokens.sign_token("sure", [key])
        return sender

    def signs(self, key: str) -> frozenset[Sign]:
        """Return what looks like a machine's."""
        found = {Sign.TRAPPED} if self.website.data else set()
        match tokens.token_claims("shown", self.shown.data or ""):
            case [str(of), int(moment)] if of == key:
                fastest: timedelta = current_app.config["FASTEST_FORM"]
                if now().timestamp() - moment < fastest.total_seconds():
                    found.add(Sign.HASTY)
            case _:
                found.add(Sign.UNTIMED)
        return frozenset(found)

    def must_be_asked(self, key: str) -> bool:
        """Say whether to ask before anything is stored: there are signs, and nobody has answered yet."""
        return bool(self.signs(key)) and tokens.token_claims("sure", self.sure.data or "") != [key]
