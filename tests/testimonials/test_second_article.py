"""Minds that change about the second article, which has no list of partners: each sentence is about it alone."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalog.visibility import Outlet, visible
from app.mail.compose import compose
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.lifecycle import Status
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page, signed_in, stored
from tests.factories import a_testimonial, the_second_article
from tests.mail.test_outbox import plain
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content

TITLE = "Avancer avec un atelier santé ville"
TYPED: Mapping[str, Any] = {
    "partner": None,
    "partner_known": PartnerKnown.OTHER,
    "partner_other": "L’atelier de Ville-Exemple",
}
# Of the first article, which these pages never name but in their list of articles.
ANOTHER = ("crpv", "centre de ressources", "centres de ressources")


def heard(app: Flask, public_id: str) -> tuple[int, int, bool]:
    reader = app.test_client()
    answer = reader.get(f"/api/v1/testimonials/{public_id}")
    page = reader.get(f"/temoignages/{public_id}", follow_redirects=True).status_code
    return page, answer.status_code, answer.status_code == 200 and not answer.get_json()["words_withheld"]


def test_withdrawing_calling_back_each_consent_and_erasing_speak_of_this_article(
    app: Flask, session: Session, subtests: pytest.Subtests
) -> None:
    article = the_second_article(session)
    account = f"Avec l’atelier, {'nous avons avancé. ' * 12}"
    text = a_testimonial(session, article=article, status=Status.PUBLISHED, reuse=True, account=account, **TYPED)
    public_id, digest = text.public_id, text.shown_digest
    session.commit()
    author = Visitor(app)

    def after(act: str, **typed: str) -> tuple[int, int, bool]:
        """Do something on the private page, read what it says, and return what readers get."""
        (there,) = stored(session, Testimonial)
        path = private_page(there)
        session.rollback()
        author.get(path).fill(**typed).press(act)
        assert author.status == 200
        for page in (path, f"{path}/piste", f"{path}/mes-donnees"):
            author.get(page)
            said = words_of(author.page.select("main, body.book")[0])
            with subtests.test(act=act, page=page.removeprefix(path)):
                assert not [each for each in ANOTHER if each in said.lower()]
                assert TITLE in said
        return heard(app, public_id)

    assert heard(app, public_id) == (200, 200, True)
    assert after("Retirer cet accord") == (200, 200, False)
    assert after("Donner cet accord") == (200, 200, True)
    assert after("Retirer mon texte") == (410, 410, False)
    assert after("Revenir sur ce retrait") == (200, 200, True)
    assert stored(session, Testimonial)[0].shown_digest == digest
    assert after("Retirer mon texte") == (410, 410, False)
    assert after("Remettre mon texte", attest="y") == (410, 410, False)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{public_id}").press("Publier")
    assert editor.status == 200
    assert heard(app, public_id)[0] == 200
    (there,) = stored(session, Testimonial)
    assert [each.article.title for each in session.scalars(visible(outlet=Outlet.PAGE))] == [TITLE]
    path = private_page(there)
    emails = [
        (each.message, plain(compose(each.message, each.recipient or "", each.facts, "<1@exemple.fr>")))
        for each in session.scalars(select(Email).order_by(Email.id))
    ]
    session.rollback()
    assert {mails.CONSENT, mails.WITHDRAWN, mails.PUBLISHED} <= {message for message, _ in emails}
    for message, words in emails:
        with subtests.test(message=message.name):
            assert TITLE in " ".join(words.split())
            assert not [each for each in ANOTHER if each in words.lower()]
    author.get(f"{path}/effacer")
    assert not [each for each in ANOTHER if each in author.text.lower()]
    author.press("Effacer mon texte et mes coordonnées")
    assert author.status == 200
    assert not [each for each in ANOTHER if each in author.text.lower()]
    (gone,) = stored(session, Testimonial)
    assert (gone.status, gone.versions, gone.email) == (Status.ERASED, [], None)
    assert heard(app, public_id) == (404, 404, False), "nothing says that there was a text"
