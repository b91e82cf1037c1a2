"""PDF of our pages: whether one can be made here, its making, its response."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, current_app

from app.web.assets import static_files
from app.web.pdf_page import Pdf, set_page

# `-P`: modules beside the script are not the standard library's.
COMMAND = [sys.executable, "-P", str(Path(__file__).with_name("pdf_page.py"))]


@cache
def is_available() -> bool:
    """Whether WeasyPrint and Pango are installed here: another process tries, once, for this one's memory."""
    return subprocess.run(COMMAND, stdin=subprocess.DEVNULL, check=False).returncode == 0  # noqa: S603  # nothing in it was typed


def write_pdf(html: str, on_page: Callable[[int], None] | None = None) -> Pdf:
    """Set a whole page in this process, which `mail loop` has started for that, and tell how far it has come."""
    return set_page(html, **surroundings(), on_page=on_page)


def surroundings() -> dict[str, Any]:
    files = {address: str(path) for address, path in static_files().items()}
    return {"base_url": f"{current_app.config['PUBLIC_URL']}/", "files": files}


def pdf_response(pdf: Pdf, name: str) -> Response:
    """Return a file to download, under a name of ASCII letters; no proxy or browser keeps it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf.content, mimetype="application/pdf", headers=headers)
