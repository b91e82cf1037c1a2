"""Every message as a mail reader shows it: valid, usable by all, never wider than its window."""

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.depth import DEPTH
from tests.mail.samples import samples
from tests.services import htmlchecker
from tests.services.accessibility import violations

# One engine is enough for what a message looks like.
pytestmark = pytest.mark.one_engine

# What is asked of a page, with its parts and its heading; a message has none, its subject stands above it.
OF_A_PAGE = ("landmark-one-main", "page-has-heading-one", "region")


@pytest.mark.slow("chromium, axe and the HTML checker read every message")
def test_every_message_reads_well_in_a_mail_reader(app: Flask, page: Page) -> None:
    """Holds each message against axe, the Nu checker and a narrow window; SHOTS=folder keeps pictures to look at."""
    faults: list[str] = []
    html: dict[str, str] = {}
    with app.app_context():
        for message, email in samples():
            body = email.get_body(("html",))
            assert body is not None
            html[message.name] = body.get_content()
    page.set_viewport_size({"width": 320, "height": 800})
    # All are made alike, and so usable alike.
    drawn = DEPTH.drawn([*html])
    for name, written in html.items():
        page.set_content(written)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            faults.append(f"{name}: {overflow} px too wide")
        found = violations(page) if name in drawn else []
        faults += [f"{name}: {each}" for each in found if not each.startswith(OF_A_PAGE)]
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder, f"e-mail-{name}.png"), full_page=True)
    faults += [str(message) for message in htmlchecker.check(html)]
    assert not faults, "\n" + "\n".join(faults)
