"""Pages: how each form of the product is found, filled and sent. The one file that knows the pages."""

import re
from typing import Any

from tests.simulation.world import Browser

WRITE = "/articles/{}/temoigner"


def write(browser: Browser, article: str, fields: dict[str, Any], answers: dict[str, Any]) -> None:
    """Fill the form, read it again, and send it."""
    browser.get(WRITE.format(article)).fill(**asked(browser, fields)).press("Relire mon texte")
    browser.fill(**answers).press("Envoyer")


def asked(browser: Browser, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a form asks for: a call without a partner, or with other themes, asks for less."""
    if browser.tree.xpath("//*[@name='partner']"):
        return fields
    return {name: value for name, value in fields.items() if name != "partner"} | {"themes": ["autre"]}


def record(browser: Browser, fields: dict[str, Any]) -> str:
    """Type what was told, on the page for it, and return the identifier of the text."""
    browser.fill(**asked(browser, fields)).press("Enregistrer et faire signer")
    assert browser.answer is not None
    found = re.search(r"/moderation/([0-9a-f]{20})", browser.path + browser.answer.get_data(as_text=True))
    return found[1] if found else ""


def private_links(browser: Browser) -> list[str]:
    """Return the addresses of the private page that a page leads to, or that it is."""
    addresses = [browser.path, *(each.get("href") for each in browser.tree.xpath("//a[@href]"))]
    found = [re.match(r"/mon-temoignage/[\w.-]{60,}", each) for each in addresses]
    return [each.group() for each in found if each][-1:]


def open_text(browser: Browser, public_id: str) -> Browser:
    browser.get(f"/moderation/{public_id}")
    return browser


def decide(browser: Browser, action: str, *, reason: str = "", message: str = "") -> str:
    """Press the button of a decision on the page of a text; answer the question about marks; return the refusal."""
    if browser.find(name="action", value=action) is None:
        return f"no button {action}"
    for _ in range(2):
        given = {"reason": reason, "message": message, "to_readers": "Merci : voici notre décision."}
        fields = {name: value for name, value in given.items() if value and browser.tree.xpath(f"//*[@name='{name}']")}
        browser.fill(**fields).press(name="action", value=action)
        if "data-marks" not in browser.text and not browser.refusal:
            return ""
        if browser.find(name="action", value=action) is None:
            break
    return browser.refusal


def edit(browser: Browser, public_id: str, changed: dict[str, str], *, kind: str) -> str:
    """Save an edited version, as a correction or as a rewriting; return the refusal."""
    browser.get(f"/moderation/{public_id}/relire").fill(**changed).press("Voir ce qui change")
    fields = {"kind": kind}
    browser.fill(**fields).press("Enregistrer")
    return browser.refusal
