"""A page set as a tagged PDF (PDF/UA-1) by WeasyPrint, with Pango under it.

WeasyPrint is an extra (requirements/pdf.in), and loads 44 MB: it is imported where a file is first made. Run as a
script, this says by its exit status whether it is there; it imports nothing else of ours.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

VARIANT = "pdf/ua-1"

PROGRESS = logging.getLogger("weasyprint.progress")
PROGRESS.propagate = False  # it is read here, not in our log
# What browsers know of a style sheet and WeasyPrint does not is no event, nor is each table of a font that is cut.
logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.WARNING)


class PdfUnavailable(Exception):
    """WeasyPrint, or Pango under it, is not installed here."""


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


def set_page(html: str, base_url: str, files: Mapping[str, str], on_page: Callable[[int], None] | None = None) -> Pdf:
    """Set a whole page, whose style sheets and fonts are `files`, by their path in addresses; nothing else is fetched.

    Its title, language, author and headings become the file's. Relative links become links to `base_url`. `on_page`
    is called with each page's number as it is laid out, some more than once: references to pages that come later are
    known only then. A hyphen that never ends a line is an ordinary one: our face has one sign for both, and words are
    to be found as they are typed. Raises `PdfUnavailable`, and `ForeignAddress`.
    """
    weasyprint = library()
    if weasyprint is None:
        raise PdfUnavailable
    with progress(on_page):
        source = weasyprint.HTML(
            string=html.replace("\u2011", "-"), base_url=base_url, url_fetcher=fetcher_of(weasyprint, files)
        )
        try:
            document = source.render()
        except weasyprint.urls.FatalURLFetchingError as error:  # no Exception: it would stop the worker
            raise ForeignAddress(str(error)) from error
        return Pdf(document.write_pdf(pdf_variant=VARIANT), len(document.pages))


def fetcher_of(weasyprint: Any, files: Mapping[str, str]) -> Any:
    """Return a fetcher that reads files by their address; any other address stops the rendering."""

    def fetch(_fetcher: Any, url: str, _headers: Any = None) -> Any:
        path = files[urlsplit(url).path]
        kind, _ = guess_type(path)
        return weasyprint.urls.URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": kind or ""})

    fetcher: Any = type("StaticFetcher", (weasyprint.urls.URLFetcher,), {"fetch": fetch})
    return fetcher(fail_on_errors=True)


@contextmanager
def progress(on_page: Callable[[int], None] | None) -> Iterator[None]:
    """Call `on_page` for each page that WeasyPrint's log names: it has no other way to tell."""
    if on_page is None:
        yield
        return

    def tell(record: logging.LogRecord) -> bool:  # « Step 5 - Creating layout - Page 12 »
        if isinstance(record.args, tuple) and " Page %d" in str(record.msg):
            on_page(int(str(record.args[0])))
        return False

    PROGRESS.addFilter(tell)
    level = PROGRESS.level
    PROGRESS.setLevel(logging.INFO)
    try:
        yield
    finally:
        PROGRESS.setLevel(level)
        PROGRESS.removeFilter(tell)


if __name__ == "__main__":
    # Without the interpreter's end: a thread of Pango that still reads the fonts would run in a library taken away
    # (a crash of a loaded machine: « [pango] fontcon … segfault »).
    os._exit(library() is None)
