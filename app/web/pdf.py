"""PDF of our pages: by a process of its own, whose 44 MB of WeasyPrint are given back; its response."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app

from app.web.assets import static_files
from app.web.pdf_page import FOREIGN, UNAVAILABLE, ForeignAddress, Pdf, PdfLate, PdfUnavailable, set_page

# `-P`: modules beside the script are not the standard library's.
COMMAND = [sys.executable, "-P", str(Path(__file__).with_name("pdf_page.py"))]

# One file at a time is memory enough. Pango keeps state that threads share: each process has one.
SETTING = threading.Lock()
PATIENCE = 50.0  # seconds, one’s turn included: less than a proxy waits (60)


@cache
def is_available() -> bool:
    """Whether WeasyPrint and Pango are installed here: another process tries, once, for this one's memory."""
    return subprocess.run(COMMAND, stdin=subprocess.DEVNULL, check=False).returncode == 0  # noqa: S603  # nothing in it was typed


def write_pdf(html: str) -> Pdf:
    """Have another process set a whole page, as `set_page()` does. Raises `PdfLate` too."""
    asked = json.dumps({"html": html, **surroundings()}).encode()
    until = time.monotonic() + PATIENCE
    if not SETTING.acquire(timeout=PATIENCE):
        raise PdfLate
    try:
        remaining = until - time.monotonic()
        answer = subprocess.run(COMMAND, input=asked, stdout=subprocess.PIPE, check=False, timeout=remaining)  # noqa: S603  # as above
    except subprocess.TimeoutExpired:
        raise PdfLate from None
    finally:
        SETTING.release()
    if answer.returncode == UNAVAILABLE:
        raise PdfUnavailable
    if answer.returncode == FOREIGN:
        raise ForeignAddress
    answer.check_returncode()
    pages, _, content = answer.stdout.partition(b"\n")
    return Pdf(content, int(pages))


def write_long_pdf(html: str, on_page: Callable[[int], None]) -> Pdf:
    """Set a whole page in this process, which `mail loop` has started for that, and tell how far it has come."""
    return set_page(html, **surroundings(), on_page=on_page)


def surroundings() -> dict[str, Any]:
    files = {address: str(path) for address, path in static_files().items()}
    return {"base_url": f"{current_app.config['PUBLIC_URL']}/", "files": files}


def pdf_response(pdf: Pdf, name: str) -> Response:
    """Return a file to download, under a name of ASCII letters; no proxy or browser keeps it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf.content, mimetype="application/pdf", headers=headers)
