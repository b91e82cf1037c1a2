"""The second article from end to end, by author, editor, reader and machines: no word of the first one's partner."""

import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.articles.versions import ArticleVersion
from app.audit import Actor
from app.db import now
from app.mail.outbox import Email
from app.page_cache.middleware import whole_body
from app.territories.models import Partner
from app.territories.referentials import Entry, add_entry, create_referential
from app.testimonials.testimonial import Testimonial
from tests.acts import stored
from tests.browser.conftest import served
from tests.browser.test_whole_path import a_page, deliver, unfold
from tests.factories import AUTHOR, EDITOR, PASSWORD, an_editor, the_article, the_second_article
from tests.mail.test_outbox import plain
from tests.services import smtp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

pytestmark = pytest.mark.changes_content

SLUG = "ateliers-sante-ville"
ARTICLE, API = f"/articles/{SLUG}", f"/api/v1/articles/{SLUG}"
LISTS = "/administration/listes"
OF_THE_FIRST = ("crpv", "centre de ressources", "centres de ressources")
ACCOUNT = (
    "Tout est parti d’un plan du quartier, punaisé dans un hall. Chacun y plantait une épingle et disait pourquoi. "
    "Nous regardons ce plan deux fois par an, avec quelques personnes du quartier, et les épingles bougent."
)
ADVICE = "Posez une seule question, et laissez le plan au mur."
# For an admin: every address that takes the article's slug, the text's identifier, or nothing.
GIVEN = {"slug", "public_id", "role"}


class Sent:
    """What the application sends, each body by its address, whoever asks."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self.inner, self.bodies = inner, dict[str, str]()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as the application does, never compressed."""
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        body = whole_body(self.inner(environ, start_response))
        query = environ.get("QUERY_STRING", "")
        self.bodies[f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{query}"] = body.decode(errors="ignore")
        return [body]

    def naming_the_first(self) -> list[str]:
        return [where for where, body in self.bodies.items() if any(word in body.lower() for word in OF_THE_FIRST)]


@pytest.fixture
def sent(app: Flask, session: Session) -> Sent:
    first = the_article(session)
    session.execute(delete(ArticleVersion).where(ArticleVersion.article_id == first.id))
    session.delete(first)
    the_second_article(session)
    an_editor(session, role=Role.ADMIN)
    session.commit()
    app.wsgi_app = recorder = Sent(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way to wrap it
    return recorder


def fill_in(page: Page) -> None:
    page.get_by_label("Nous avançons ensemble tout au long de l’année").check()
    page.get_by_label("Nom de votre CLSM").fill("CLSM de Ville-Exemple")
    page.get_by_label("Département").select_option("35")
    page.get_by_label("Nom de l’atelier santé ville").fill("L’atelier de Ville-Exemple")
    page.get_by_role("group", name="Sur quoi porte").get_by_role("checkbox").first.check()
    page.get_by_label("Ce que vous menez ensemble").fill(ACCOUNT)
    unfold(page, "un conseil à un autre CLSM")
    page.get_by_label("Un conseil à un autre CLSM").fill(ADVICE)
    page.get_by_label("Prénom et nom").fill("Camille Exemple")
    page.get_by_label("Fonction", exact=True).fill("Coordinatrice")
    page.get_by_label("Courriel professionnel").fill(AUTHOR)
    page.get_by_label("Ma fonction et mon CLSM", exact=True).check()


def write_to(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Avancer avec un atelier santé ville")
    page.get_by_role("link", name="Être la première voix").click()
    expect(page.get_by_text("Où en êtes‑vous avec un atelier santé ville ?").first).to_be_visible()
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="À reprendre")).to_be_visible()
    fill_in(page)
    page.get_by_role("button", name="Relire mon texte").click()
    expect(page.get_by_role("heading", name="Relisez votre texte")).to_be_visible()
    expect(page.get_by_text("Ce qui se mène ensemble").first).to_be_visible()
    page.get_by_role("radio", name=re.compile("^Oui")).check()
    page.get_by_label(re.compile("J’atteste")).check()
    for each in page.get_by_role("checkbox").all():
        each.check()
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    expect(page.get_by_role("heading", name="Votre texte est arrivé")).to_be_visible()


def confirm(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name=re.compile("Confirmer")).click()
    expect(page.get_by_text("entre les mains de l’équipe").first).to_be_visible()
    for path in ("modifier", "mes-donnees"):
        page.goto(f"{link}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(link)


def publish(page: Page, site: str) -> None:
    page.goto(f"{site}/moderation")
    page.get_by_label("Courriel").fill(EDITOR)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("link", name=re.compile("CLSM de Ville-Exemple")).first.click()
    expect(page.get_by_text("L’atelier de Ville-Exemple").first).to_be_visible()
    page.get_by_role("button", name="Publier", exact=True).click()
    expect(page.get_by_text("Texte publié par Nadia Exemple.")).to_be_visible()


def read(page: Page, site: str) -> None:
    page.goto(f"{site}{ARTICLE}")
    expect(page.get_by_text("Posez une seule question").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^Lire")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CLSM de Ville-Exemple, un travail au long cours")
    expect(page.get_by_text("L’atelier de Ville-Exemple").first).to_be_visible()
    for query in ("situation=regular", "region=53", "articulation=diagnostic", "mots=épingle", "mots=travail+cours"):
        page.goto(f"{site}{ARTICLE}?{query}")
        expect(page.locator(".card")).to_have_count(1)
    page.goto(f"{site}/articles")
    expect(page.get_by_text("1 retour d’expérience")).to_be_visible()


def written(message: EmailMessage) -> str:
    texts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(message["Subject"]), *texts])


def every_address(app: Flask, public_id: str, entry: Partner) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        of_list = rule.rule.startswith("/administration/listes")
        if "GET" in (rule.methods or set()) and rule.arguments <= (GIVEN | {"number"} if of_list else GIVEN):
            number = entry.id if "/entrees/" in rule.rule else entry.referential_id
            path = re.sub(r"<(?:[^:>]+:)?slug>", SLUG, rule.rule)
            path = re.sub(r"<[^>]*\bnumber>", str(number), path)
            yield re.sub(r"<(?:[^:>]+:)?public_id>", public_id, path)


def an_entry_of_its_own(session: Session) -> Partner:
    """Return an entry of a list that an admin keeps for the second article; committed."""
    by = Actor.editor(session.scalars(select(User.id)).first() or 0)
    referential = create_referential(session, "ateliers", "Ateliers santé ville", by=by)
    partner = add_entry(session, referential, Entry(slug="essai", name="Atelier d’essai", territory="Bretagne"), by=by)
    session.commit()
    return partner


def without_the_first_list(page: str) -> str:
    """Return the page of all lists without the line of the first article's: it alone may name its partner."""
    parsed = BeautifulSoup(page, "html.parser")
    lines = [line for line in parsed.select(".record__line") if "Centres de ressources" in line.get_text()]
    assert len(lines) == 1, "one list is the first article's"
    lines[0].decompose()
    return str(parsed).lower()


@pytest.mark.slow("a whole path of three browsers, with SMTP; every address")
def test_the_second_article_from_end_to_end(  # one path is one test
    app: Flask, session: Session, sent: Sent, browser: Browser, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    author, editor, reader = (a_page(browser, javascript=True) for _ in range(3))
    with served(app) as site:
        write_to(author, site)
        deliver(app)
        (link,) = re.findall(r"http://\S+/mon-temoignage/\S+", plain(mail_server.received[0].message))
        confirm(author, link)
        publish(editor, site)
        read(reader, site)
        author.goto(link)
        expect(author.get_by_text("Votre texte est publié à côté de l’article").first).to_be_visible()
        (testimonial,) = stored(session, Testimonial)
        asked = 0
        for path in every_address(app, testimonial.public_id, an_entry_of_its_own(session)):
            for page in (reader, editor):
                asked += page.request.get(f"{site}{path}").status == 200
        assert asked > 66
        own = [where for where in sent.bodies if re.match(r"GET /administration/listes/", where)]
        assert len(own) == 6, "the list of its own, and an entry: added, changed, imported, recognised, in a file"
        for path in (f"/oembed?url={site}{ARTICLE}", f"{API}/testimonials?situation=regular", f"{ARTICLE}/flux.atom"):
            assert reader.request.get(f"{site}{path}").status == 200
        for email in stored(session, Email):  # none waits until its decision can no longer be undone
            email.due_at = email.due_at and now()
        session.commit()
        deliver(app)
    for page in (author, editor, reader):
        page.context.close()
    assert len(mail_server.received) == 3, "the receipt, the confirmation, the publication"
    letters = [written(each.message) for each in mail_server.received]
    # The lists of all articles stand on one page of admins, and are offered to a call: the first one's is named there.
    assert sent.naming_the_first() == ["GET /administration/articles/ateliers-sante-ville/appel?", f"GET {LISTS}?"]
    of_lists = without_the_first_list(sent.bodies[f"GET {LISTS}?"])
    assert [word for word in OF_THE_FIRST if word in of_lists] == []
    assert "ateliers santé ville" in of_lists
    assert [letter for letter in letters if any(word in letter.lower() for word in OF_THE_FIRST)] == []
    assert "L\\u2019atelier de Ville-Exemple" in sent.bodies[f"GET {API}/testimonials?situation=regular"]
