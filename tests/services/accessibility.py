"""What axe finds on a page that some people could not use."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCRIPT = Axe().axe_script
# Rules of WCAG 2.2 wait for it to be asked for by more: axe runs them only where they are named.
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def violations(page: Page) -> list[str]:
    """Say what axe finds wrong, one line for each element, as `rule (impact): help — where — HTML`.

    The script goes in once for each page, through the browser's debugging channel: the page keeps its security policy.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    found = page.evaluate("options => axe.run(options).then(({ violations }) => violations)", OPTIONS)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']} — {node['target'][0]} — {node['html']}"
        for rule in found
        for node in rule["nodes"]
    ]
