"""Pages: how each form of the product is found, filled and sent. The one file that knows the pages."""

from typing import Any

from tests.simulation.world import Browser

WRITE = "/articles/{}/temoigner"


def write(browser: Browser, article: str, fields: dict[str, Any], answers: dict[str, Any]) -> None:
    """Fill the form, read it again, and send it."""
    browser.get(WRITE.format(article)).fill(**fields).press("Relire mon texte")
    browser.fill(**answers).press("Envoyer")


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
