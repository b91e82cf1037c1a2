"""security.txt: the contact, and a date of expiry in the future."""

from datetime import datetime, timedelta

from flask import Flask

from app.db import now

ADDRESS = "/.well-known/security.txt"


def test_security_txt_has_its_contact_and_expiry(app: Flask) -> None:
    answer = app.test_client().get(ADDRESS)
    assert answer.mimetype == "text/plain"
    fields = dict(line.split(": ", 1) for line in answer.get_data(as_text=True).splitlines())
    assert fields["Contact"] == "mailto:contact@en-regard.invalid"
    assert fields["Canonical"] == f"http://localhost{ADDRESS}"
    assert fields["Preferred-Languages"] == "fr, en"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - now() < timedelta(days=365), "RFC 9116, 2.5.5"
