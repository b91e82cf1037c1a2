"""`python -m tests.screenshots`: the pictures of the editors' guide, of the demo on a fixed day, into `static/aide`."""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from pathlib import Path

from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page

from app import cli, demo
from app import db as database
from config import ROOT, Demo
from tests.browser.conftest import served
from tests.services import chromium

FOLDER = ROOT / "static" / "aide"
STARTED = datetime.now(UTC)
SHOWN_DAY = datetime(2026, 12, 1, 9, tzinfo=UTC)  # when the pictures say that it is
WIDE, NARROW = (1366, 700), (360, 700)


class DemoClock:
    """The hour of the pictures: `app.db.now` reads it, and it goes on from there, so that events keep their order."""

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        return (SHOWN_DAY + (datetime.now(UTC) - STARTED)).astimezone(zone)


def opened(path: str, start: str = "body") -> Callable[[Page, str], None]:
    def bring(page: Page, site: str) -> None:
        page.goto(site + path)
        begin_at(page, start)

    return bring


def begin_at(page: Page, start: str) -> None:
    page.locator(start).first.evaluate("element => element.scrollIntoView({ block: 'start' })")


def first_marked(page: Page, site: str) -> None:
    page.goto(f"{site}/moderation?etat=pending")
    row = page.locator(".row", has_text=re.compile("passages? à regarder")).first
    row.get_by_role("link").first.click()
    page.locator(".review h1").wait_for()


def other_decisions(page: Page, site: str) -> None:
    first_marked(page, site)
    page.locator("summary", has_text="Autre décision").click()


def edited(page: Page, site: str) -> None:
    first_marked(page, site)
    page.get_by_role("link", name="Relire et corriger").first.click()
    page.locator("textarea").first.wait_for()
    begin_at(page, "h1")


def printed_sheet(page: Page, site: str) -> None:
    """Open the sheet of who gave no address; its code is an example, the same each time."""
    page.goto(f"{site}/moderation?etat=proof_sent")
    page.locator(".row", has_text="Recueilli").first.get_by_role("link").first.click()
    page.get_by_role("button", name="Imprimer une autre feuille").click()
    page.locator(".told__code").evaluate("element => { element.textContent = '7H2K-9QDM-4TXA-E0RW' }")


def checked_invitations(page: Page, site: str) -> None:
    page.goto(f"{site}/administration/invitations/nouvelles")
    article = page.get_by_label("Article", exact=True)
    article.select_option(index=article.locator("option").count() - 1)
    page.get_by_label("Organisations", exact=True).fill(
        "clsm@montfrais.example ; CLSM de Montfrais ; 35\nsante@port-verne.example ; CLSM de Port-Verne ; 44"
    )
    page.locator("input[name=known]").check()
    page.get_by_role("button", name="Vérifier la liste").click()
    page.locator("#a-ecrire").wait_for()
    begin_at(page, "h1")


@dataclass(frozen=True)
class Picture:
    """How a page is brought to what the guide shows, and the size of the window."""

    bring: Callable[[Page, str], None]
    size: tuple[int, int] = WIDE


PICTURES: Mapping[str, Picture] = {
    "liste": Picture(opened("/moderation")),
    "liste-telephone": Picture(opened("/moderation", "h1"), NARROW),
    "lire": Picture(first_marked),
    "corriger": Picture(edited),
    "decider": Picture(other_decisions),
    "recueillir": Picture(opened("/moderation/articles/crpv/recueillir", "h1")),
    "feuille": Picture(printed_sheet),
    "synthese": Picture(opened("/moderation/articles/crpv/synthese", "h1")),
    "invitations": Picture(checked_invitations),
    "en-regard": Picture(opened("/moderation/articles/crpv/en-regard", "h1")),
    "chiffres": Picture(opened("/moderation/chiffres", ".figures__part")),
}


def demo_app(folder: Path) -> Flask:
    """Return the application of the demo, all of whose days are those of the pictures."""
    vars(database)["datetime"] = DemoClock
    app = cli.create_app(Demo({"INSTANCE": str(folder), "SECRET_KEY": "k" * 32}))
    result = app.test_cli_runner().invoke(args=["prepare"])
    if result.exit_code:
        raise RuntimeError(result.output)
    app.config["DEMO"] = False  # the line of the demonstration, at the head of pages
    return app


def take(browser: Browser, site: str, picture: Picture) -> Image.Image:
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height}, locale="fr-FR", color_scheme="light")
    page.goto(f"{site}/connexion")
    page.get_by_label("Courriel").fill(demo.EDITOR_EMAIL)
    page.get_by_label("Mot de passe").fill(demo.EDITOR_PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.locator(".doors").wait_for()
    picture.bring(page, site)
    page.evaluate("() => { document.activeElement.blur(); return document.fonts.ready.then(() => true) }")
    shot = page.screenshot(animations="disabled", caret="hide")
    page.close()
    return Image.open(BytesIO(shot)).convert("RGB")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium.browser() as browser:
        app = demo_app(Path(folder))
        with served(app) as site:
            for name, picture in PICTURES.items():
                take(browser, site, picture).save(FOLDER / f"{name}.webp", lossless=True, method=6)


if __name__ == "__main__":
    main()
