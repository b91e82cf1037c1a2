"""The small forms of admins' pages."""

from app.forms import Form


class ReviveForm(Form):
    """One button beside a letter, or beneath them all: nothing to fill in."""
