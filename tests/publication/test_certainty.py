"""What admins note of an entry (certainty, source, date) stays with them: no outlet has the words, nor the field."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts.models import Role
from app.accounts.permissions import AccessLevel
from app.mail.compose import compose
from app.mail.outbox import Email
from app.territories.models import Partner, PartnerAlias
from app.testimonials.lifecycle import Status
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from tests.accounts.signing_in import ADMIN
from tests.accounts.test_permissions import links
from tests.acts import a_site, access, published, signed_in, stored
from tests.factories import a_testimonial, the_article
from tests.mail.samples import samples
from tests.moderation.exports.test_exports import download
from tests.publication.outlets import addresses, keyed_addresses
from tests.testimonials.test_form import ANSWERS
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content

NOTED = {"certainty": "à vérifier : zinzolin", "source": "le registre zinzolin", "checked": "1994-03"}
LEAK = re.compile('zinzolin|1994-03|certainty|certitude|checked"|à vérifier : ', re.IGNORECASE)


@pytest.fixture
def texts(session: Session) -> list[Testimonial]:
    """Every entry has its notes; texts name one, chosen, recognised, or only likely by their département."""
    session.execute(update(Partner).values(**NOTED))
    entry = session.scalars(select(Partner).where(Partner.slug == "reso-villes")).one()
    session.add(PartnerAlias(article_id=the_article(session).id, typed="Le réso", partner_id=entry.id))
    session.flush()
    typed: dict[str, Any] = {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": "Le réso"}
    ways: list[dict[str, Any]] = [{}, typed, {"partner_known": PartnerKnown.UNKNOWN, "partner": None}]
    texts = [published(session, number, contact=True, **way) for number, way in enumerate(ways, 1)]
    for status in (Status.CHANGES_REQUESTED, Status.PROOF_SENT, Status.PENDING, Status.DECLINED):
        a_testimonial(session, status=status, email=f"{status.value}@exemple.fr")
    session.commit()
    return texts


def addresses_of(rule: Rule, tokens: dict[str, str], text: Testimonial) -> Iterator[str]:
    given = {"slug": "crpv", "public_id": text.public_id, "prefix": "0", "number": "1", "old": "1", "new": "1"}
    given["year"] = "2025"
    given["token"] = tokens.get(rule.endpoint, "")
    path = re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: given[part[1]], rule.rule)
    yield path
    if rule.endpoint in {"publication.article", "queue.index", "api.testimonials", "feed.atom", "embed.element"}:
        yield from (f"{path}?partner={each}" for each in ("reso-villes", "inconnu"))
        yield from (f"{path}?mots={each}" for each in ("zinzolin", "verifier", "réso"))


@pytest.mark.slow("every page that is not an admin's, by two visitors")
@pytest.mark.slow("every route is asked")
def test_no_page_document_or_answer_but_those_of_the_lists_tells_what_admins_note_of_an_entry(
    app: Flask, session: Session, texts: list[Testimonial], subtests: pytest.Subtests
) -> None:
    with app.app_context():
        tokens = links(app, session)
    key = a_site(session).key
    paths = [*addresses(app, *texts), *keyed_addresses(texts[0], key)]
    editor, reader = signed_in(Visitor(app), session), app.test_client()
    editor.get("/moderation/articles/crpv/recueils/nouveau").fill(title="Ce que nous avons appris")
    editor.press("Composer ce recueil")
    paths += [
        path
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and access(rule.endpoint).level is not AccessLevel.ADMIN
        if rule.endpoint != "guide.page"  # the same for everybody: it says what admins may note
        if "pdf" not in rule.rule  # its bytes are not words
        for path in addresses_of(rule, tokens, texts[0])
    ]
    session.rollback()
    opened = 0
    for client in (reader, editor.client):
        for path in paths:
            answer = client.get(path, follow_redirects=True)
            opened += answer.status_code == 200
            with subtests.test(path=path):
                body = answer.get_data(as_text=True)
                # The words that a reader looked for are said again.
                assert not LEAK.search(body.replace("zinzolin", "") if "zinzolin" in path else body)
    assert opened > 100
    found = reader.get("/api/v1/articles/crpv/testimonials?mots=zinzolin").get_json()
    assert found["testimonials"] == [], "nor is it searched"


def test_no_form_or_preview_tells_it(app: Flask, texts: list[Testimonial]) -> None:
    author = Visitor(app).get("/articles/crpv/temoigner")
    for partner in ("", "labo-cites", "inconnu", "reso-villes"):
        author.fill(**ANSWERS | {"partner": partner, "department": "44"}).press("Relire mon texte")
        assert author.answer is not None
        assert not LEAK.search(author.answer.get_data(as_text=True))
        author.get("/articles/crpv/temoigner")


def test_no_e_mail_tells_it(app: Flask, session: Session, texts: list[Testimonial]) -> None:
    with app.app_context():
        links(app, session)
        written = [
            compose(each.message, each.recipient or "", each.facts, "<1@exemple.fr>") for each in stored(session, Email)
        ]
        written += [message for _, message in samples()]
    assert len(written) > 20
    for message in written:
        texts_of = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
        assert not LEAK.search("\n".join([str(message["Subject"]), *texts_of]))


def test_no_exported_file_tells_it(app: Flask, session: Session, texts: list[Testimonial]) -> None:
    admin = signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)
    for purpose in ("team", "reuse", "contact"):
        for format_ in ("CSV", "XLSX"):
            content = download(admin, "etat=tous", purpose, format_)
            if format_ == "XLSX":
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    content = b"".join(book.read(name) for name in book.namelist())
            assert "RésO Villes" in content.decode() or purpose == "contact"
            assert not LEAK.search(content.decode())
