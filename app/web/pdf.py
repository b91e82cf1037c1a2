"""PDF: a page as a tagged file (PDF/UA-1), set by WeasyPrint where it is installed, with Pango beneath it.

WeasyPrint is an extra (requirements/pdf.in), and loads 44 MB: it is imported where a file is first asked for.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from mimetypes import guess_type
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, current_app

from app.web.assets import static_files

VARIANT = "pdf/ua-1"

# Pango and fontconfig keep state that threads share; and one file at a time is memory enough.
SETTING = threading.Lock()

PROGRESS = logging.getLogger("weasyprint.progress")
PROGRESS.propagate = False  # it is read here, not in our log
# What browsers know of a style sheet and WeasyPrint does not is no event, nor is each table of a font that is cut.
logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.WARNING)


class PdfUnavailable(Exception):
    """WeasyPrint, or Pango beneath it, is not installed here."""


class ForeignAddress(Exception):
    """The page names a style sheet, a font or a picture that is not one of our static files."""


class Pdf(NamedTuple):
    """A file, and the number of its pages."""

    content: bytes
    pages: int


@cache
def library() -> Any:
    """Return WeasyPrint, or None where it or one of its system libraries is missing."""
    try:
        return import_module("weasyprint")
    except (ImportError, OSError):  # the latter for Pango, by the loader of shared libraries
        return None


def is_available() -> bool:
    return library() is not None


def write_pdf(html: str, on_page: Callable[[int], None] | None = None) -> Pdf:
    """Set a whole page, whose style sheets and fonts are our static files; nothing else is ever fetched.

    Its title, language, author and headings become the file's. Relative links become links to `PUBLIC_URL`. `on_page`
    is called with each page's number as it is laid out, some more than once: references to pages that come later are
    known only then. A hyphen that never ends a line is an ordinary one: our face has one sign for both, and words are
    to be found as they are typed. Raises `PdfUnavailable`, and `ForeignAddress`.
    """
    weasyprint = library()
    if weasyprint is None:
        raise PdfUnavailable
    with SETTING, progress(on_page):
        source = weasyprint.HTML(
            string=html.replace("\u2011", "-"),
            base_url=f"{current_app.config['PUBLIC_URL']}/",
            url_fetcher=static_fetcher(weasyprint),
        )
        try:
            document = source.render()
        except weasyprint.urls.FatalURLFetchingError as error:  # no Exception: it would stop the worker
            raise ForeignAddress(str(error)) from error
        return Pdf(document.write_pdf(pdf_variant=VARIANT), len(document.pages))


def static_fetcher(weasyprint: Any) -> Any:
    """Return a fetcher that reads our static files by their address; any other address stops the rendering."""

    def fetch(_fetcher: Any, url: str, _headers: Any = None) -> Any:
        path = static_files()[urlsplit(url).path]
        kind, _ = guess_type(path)
        return weasyprint.urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind or ""})

    fetcher: Any = type("StaticFetcher", (weasyprint.urls.URLFetcher,), {"fetch": fetch})
    return fetcher(fail_on_errors=True)


@contextmanager
def progress(on_page: Callable[[int], None] | None) -> Iterator[None]:
    """Call `on_page` for each page that WeasyPrint's log names: it has no other way to tell."""
    if on_page is None:
        yield
        return
    handler = PageHandler(on_page)
    PROGRESS.addHandler(handler)
    level = PROGRESS.level
    PROGRESS.setLevel(logging.INFO)
    try:
        yield
    finally:
        PROGRESS.setLevel(level)
        PROGRESS.removeHandler(handler)


class PageHandler(logging.Handler):
    """A handler of « Step 5 - Creating layout - Page 12 »."""

    def __init__(self, on_page: Callable[[int], None]) -> None:
        super().__init__()
        self.on_page = on_page

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and " Page %d" in str(record.msg):
            self.on_page(int(str(record.args[0])))


def pdf_response(pdf: Pdf, name: str) -> Response:
    """Return a file to download, under a name of ASCII letters; no proxy or browser keeps it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf.content, mimetype="application/pdf", headers=headers)
