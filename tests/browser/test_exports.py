"""A download, as a browser takes it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.accounts.models import Role
from tests.acts import published
from tests.browser.gallery import sign_in
from tests.factories import an_editor
from tests.moderation.exports.spreadsheets import read_csv, read_xlsx
from tests.services.chromium import complaints

# The browser tests do not depend on the database engine.
pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize("script", [True, False])
def test_an_export_is_downloaded_under_its_name_and_the_page_stays(
    site: str, browser: Browser, session: Session, script: bool
) -> None:
    an_editor(session, role=Role.ADMIN)
    texts = {published(session, number).public_id for number in range(3)}
    session.commit()
    page = browser.new_context(java_script_enabled=script).new_page()
    faults = complaints(page)
    sign_in(page, site)
    page.goto(f"{site}/moderation")
    page.get_by_role("link", name="Chiffres").click()
    page.get_by_role("link", name="Exporter des retours").click()
    page.get_by_label("Pour réutilisation").check()
    found = {}
    for name in ("CSV", "XLSX"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Télécharger en {name}").click()
        assert re.fullmatch(
            rf"retours-reutilisation-\d{{4}}-\d\d-\d\d\.{name.lower()}", waiting.value.suggested_filename
        )
        found[name] = Path(waiting.value.path()).read_bytes()
    assert {row["Référence"] for row in read_csv(found["CSV"])} == texts
    assert {row["Référence"] for row in read_xlsx(found["XLSX"])} == texts
    expect(page.get_by_label("Pour réutilisation")).to_be_checked()
    page.context.close()
    assert faults == []
