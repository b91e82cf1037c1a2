"""Spam checks of a form: a hidden field, the time since the form was shown, and a question after a first signal.

A suspected bot is asked to confirm, with everything typed still there, and is believed (docs/decisions/0008).
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
    """The hidden fields that go with a form; their tokens are valid for the page that carries `key` alone."""

    website = StringField("Laissez cette ligne vide")
    shown = HiddenField()
    sure = HiddenField()

    @classmethod
    def of(cls, key: str) -> Self:
        """Return the fields of a page, with the time it was first shown, which comes back at each step."""
        sender = cls()
        if request.method in SAFE_METHODS:
            sender.shown.data = tokens.sign_token("shown", [key, int(now().timestamp())])
        sender.sure.data = tokens.sign_token("sure", [key])
        return sender

    def signs(self, key: str) -> frozenset[Sign]:
        """Return the spam signals of the submitted fields."""
        signs = {Sign.TRAPPED} if self.website.data else set()
        match tokens.token_claims("shown", self.shown.data or ""):
            case [str(page_key), int(shown_at)] if page_key == key:
                fastest: timedelta = current_app.config["FASTEST_FORM"]
                if now().timestamp() - shown_at < fastest.total_seconds():
                    signs.add(Sign.HASTY)
            case _:
                signs.add(Sign.UNTIMED)
        return frozenset(signs)

    def must_be_asked(self, key: str) -> bool:
        return bool(self.signs(key)) and tokens.token_claims("sure", self.sure.data or "") != [key]
