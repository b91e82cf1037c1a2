"""The system's own Chromium, driven by Playwright and shut off from everything but loopback."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Frame, Page, sync_playwright

# The shell has no window: a page costs half of what it costs the whole browser.
EXECUTABLES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

FLAGS = [
    # The shell would round the widths of letters to whole pixels, which moves where lines end.
    "--font-render-hinting=none",
    "--disable-gpu",
    # Debian asks for the graphics processor, which software then plays.
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-software-rasterizer",
    "--disable-extensions",
    "--disable-quic",
    "--no-first-run",
    # Its own errands: updates, account, suggestions.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that asks anything of a third party gets nothing, and the test sees it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


LEFT = "net::ERR_ABORTED"


@contextmanager
def browser() -> Iterator[Browser]:
    """Give a browser for as long as the block lasts; each test takes a `new_context()` or a `new_page()`."""
    # Chromium's sandbox refuses to work for root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=_executable(), args=flags)
        try:
            yield launched
        finally:
            launched.close()


def complaints(page: Page) -> list[str]:
    """Return a list that fills, from now on, with what goes wrong on the page: it should stay empty.

    Errors and warnings of the console (a breach of the content security policy is one), exceptions in
    scripts, requests that fail or are answered 400 or more.
    """
    found: list[str] = []
    page.on("console", lambda line: found.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "requestfailed",
        # One left the page before it was answered: no fault of the page.
        lambda request: found.append(f"{request.url} {request.failure}") if request.failure != LEFT else None,
    )
    page.on("response", lambda answer: found.append(f"{answer.url} {answer.status}") if answer.status >= 400 else None)
    return found


def wait_until(page: Page | Frame, expression: str, argument: object = None, *, seconds: float = 30) -> None:
    """Wait until an expression is true in a page, or in one of its frames.

    Playwright's `wait_for_function` evaluates text within the page, which our content security policy refuses.
    """
    last = time.monotonic() + seconds
    while not page.evaluate(expression, argument):
        if time.monotonic() > last:
            raise TimeoutError(expression)
        page.wait_for_timeout(20)


def _executable() -> str:
    for name in EXECUTABLES:
        if found := shutil.which(name):
            return found
    raise RuntimeError("No Chromium: install Debian's package chromium.")
