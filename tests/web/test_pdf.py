"""PDF: what is fetched for it, what it does where its libraries are missing, and how far it has come."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.web import pdf
from app.web.pdf import is_available, write_pdf
from app.web.pdf_page import ForeignAddress, PdfUnavailable
from config import ROOT
from tests.pdf import TaggedPdf

# No database is asked anything.
pytestmark = pytest.mark.one_engine

PAGE = '<html lang="fr"><title>Essai</title>{}<h1>Essai</h1>{}</html>'


def test_nothing_is_fetched_but_our_static_files(app: Flask, tmp_path: Path) -> None:
    """Neither another site, which would learn of it, nor a file of this machine."""
    (tmp_path / "secret.css").write_text("h1 { color: red }")
    for address in (
        "http://192.0.2.1/x.css",
        f"file://{tmp_path}/secret.css",
        "/static/../config.py",
        "/articles/crpv",
    ):
        with app.app_context(), pytest.raises(ForeignAddress):
            write_pdf(PAGE.format(f'<link rel="stylesheet" href="{address}">', ""))


def test_relative_links_lead_to_the_site(app: Flask) -> None:
    with app.app_context():
        file = TaggedPdf(write_pdf(PAGE.format("", '<p><a href="/articles/crpv">L’article</a></p>')).content)
    assert file.links == ["http://localhost/articles/crpv"]


def test_each_page_is_told_as_it_is_laid_out(app: Flask) -> None:
    told: list[int] = []
    with app.app_context():
        made = write_pdf(PAGE.format("", "<p>Un paragraphe.</p>" * 200), told.append)
    assert made.pages > 2
    assert sorted(set(told)) == list(range(1, made.pages + 1))


def test_a_missing_package_is_said_not_raised_at_start(app: Flask, no_weasyprint: None) -> None:
    assert not is_available()
    with app.app_context(), pytest.raises(PdfUnavailable):
        write_pdf(PAGE.format("", ""))


def test_a_missing_pango_is_as_a_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package finds its libraries at import, and raises what the loader does."""
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pdf.is_available.cache_clear()
    assert not is_available()
    monkeypatch.undo()
    pdf.is_available.cache_clear()
    assert is_available()


@pytest.mark.slow("a process that loads the product")
def test_a_server_keeps_no_memory_of_what_makes_a_file(app: Flask) -> None:
    """WeasyPrint is loaded by another process, which is asked too whether it is there."""
    loaded = "import sys; from app.web import pdf; pdf.is_available(); sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=False).returncode == 0  # noqa: S603  # ours
