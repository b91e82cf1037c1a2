"""Spam checks of a form: a hidden field, the time since the form was shown, and a question after a first signal.

A suspected bot is asked to confirm, with everything typed still there, and is believed (docs/decisions/0008).
"""

from datetime import timedelta
from typing import Self

from flask import current_app, request
from wtforms import HiddenField, StringField

from app.antispam.signals import Sign
from app.db import SAFE_METHODS, now
from app.forms import Form
from app.tokens import Token

# The key of a page, and when it was shown, in seconds; the key of a page whose sender was asked.
SHOWN, SURE = Token("shown", claims=(str, int)), Token("sure")


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
            sender.shown.data = SHOWN.make(key, int(now().timestamp()))
        sender.sure.data = SURE.make(key)
        return sender

    def signs(self, key: str) -> frozenset[Sign]:
        """Return the spam signals of the submitted fields."""
        signs = {Sign.TRAPPED} if self.website.data else set()
        page_key, shown_at = SHOWN.read(self.shown.data or "")
        fastest: timedelta = current_app.config["FASTEST_FORM"]
        if page_key != key or not shown_at:
            signs.add(Sign.UNTIMED)
        elif now().timestamp() - shown_at < fastest.total_seconds():
            signs.add(Sign.HASTY)
        return frozenset(signs)

    def must_be_asked(self, key: str) -> bool:
        return bool(self.signs(key)) and (not key or SURE.read(self.sure.data or "") != (key,))
