"""The queue, the review page and decisions over HTTP, as an editor uses them."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.db import now
from app.mail.outbox import Email
from app.moderation.queue import pages
from app.testimonials import mails
from app.testimonials.lifecycle import Status
from app.testimonials.reasons import Reason
from app.testimonials.situation import Situation
from tests.acts import committed, reload, signed_in
from tests.crowd import multiply
from tests.factories import AUTHOR, NAMES, a_testimonial
from tests.visitor import Visitor, words_of

MASTHEAD = ".doors__nav > a, .doors__wide a"


def test_the_queue_lists_oldest_first_with_row_details(editor: Visitor, session: Session) -> None:
    young = a_testimonial(session, title="Le plus jeune", email="a@exemple.fr")
    old = a_testimonial(session, title="Le plus vieux", situation=Situation.PLANNED, publish=False)
    old.waiting_since = now() - timedelta(days=9)
    young.waiting_since = now() - timedelta(days=2)
    asked = a_testimonial(session, status=Status.CHANGES_REQUESTED, email="b@exemple.fr")
    asked.due_at = now() - timedelta(days=1)
    session.commit()
    words = editor.get("/moderation").text
    assert words.index("Le plus vieux") < words.index("Le plus jeune")
    for expected in ("9 jours", "2 jours", "Camille Exemple", "Bretagne", "RésO Villes", "En projet", "En retard"):
        assert expected in words, expected
    assert "Collaboration régulière" in words
    assert "Échéance passée" in editor.get("/moderation?etat=changes_requested").text


def test_each_link_of_the_masthead_is_current_on_its_own_page(visitor: Visitor, session: Session) -> None:
    admin = signed_in(visitor, session, role=Role.ADMIN)
    links = {words_of(each): str(each["href"]) for each in admin.get("/moderation").page.select(MASTHEAD)}
    own = ["Mon compte", "Courriels qui m’écrivent", "Aide"]
    assert [*links] == ["Relire", "Articles", "Chiffres", "Réglages", *own]
    for words, path in links.items():
        current = {words_of(each) for each in admin.get(path).page.select(".doors__nav [aria-current]")}
        assert current == {words}
    for path, words in (("/administration/listes", "Articles"), ("/administration/equipe", "Réglages")):
        assert {words_of(each) for each in admin.get(path).page.select(".doors__nav [aria-current]")} == {words}


@pytest.mark.parametrize("path", ["/moderation/en-regard", "/moderation/syntheses", "/moderation/recueils"])
def test_an_address_of_the_former_masthead_leads_to_the_articles(editor: Visitor, path: str) -> None:
    assert editor.get(path).path == "/moderation/articles"


def test_the_first_door_says_how_much_there_is_to_do(editor: Visitor, session: Session) -> None:
    """A text that waits, contested and reported is one thing; a published one that nobody complains of is none."""
    one, other = a_testimonial(session), a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr")
    session.commit()
    assert words_of(editor.get("/aide").page.select(MASTHEAD)[0]) == "Relire 1 à faire"
    for text in (one, other):
        text.noticed_at = text.contested_at = now()
    session.commit()
    assert words_of(editor.get("/aide").page.select(MASTHEAD)[0]) == "Relire 2 à faire"


def test_the_rail_counts_each_status(editor: Visitor, session: Session) -> None:
    for status in Status:
        a_testimonial(session, status=status, email=f"{status}@exemple.fr")
    committed(session, email="b@exemple.fr")
    page = editor.get("/moderation").page
    for status in Status:
        link = page.find("a", href=f"/moderation?etat={status}")
        assert link is not None, status
        assert link.get_text(" ", strip=True).endswith("2" if status is Status.PENDING else "1"), status
        assert editor.get(f"/moderation?etat={status}").status == 200


def test_a_long_queue_is_paginated_without_loss(editor: Visitor, session: Session) -> None:
    one = a_testimonial(session)
    public_ids = [one.public_id, *multiply(session, one, pages.PAGE_SIZE + 2)]
    hrefs = [[str(each["href"]) for each in editor.get("/moderation").page.select(".row__link")]]
    (link,) = [each["href"] for each in editor.page.find_all("a") if "apres=" in str(each.get("href", ""))]
    hrefs.append([str(each["href"]) for each in editor.get(str(link)).page.select(".row__link")])
    assert [len(page) for page in hrefs] == [pages.PAGE_SIZE, 3]
    assert [href for page in hrefs for href in page] == [f"/moderation/{public_id}" for public_id in public_ids]


def test_the_review_page_shows_text_rendering_consents_and_history(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    words = editor.get(f"/moderation/{testimonial.public_id}").text
    for expected in (
        *("Camille Exemple", AUTHOR, "Coordinatrice, CLSM de Ville-Exemple", "gardiens d’immeuble"),
        *("Publication à côté de l’article", "oui, dans le formulaire", "J’accepte que ce texte, qui répond à"),
        *("Texte envoyé par l’auteur·e.", "Adresse confirmée par l’auteur·e."),
    ):
        assert expected in words, expected


def test_a_failed_email_is_shown_on_the_review_page(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    assert "ne reçoit pas" not in editor.get(f"/moderation/{testimonial.public_id}").text
    email = session.scalars(select(Email).where(Email.message == mails.CONFIRMED)).one()
    email.due_at, email.last_refusal = None, "SMTPRecipientsRefused 550"
    session.commit()
    words = editor.get(f"/moderation/{testimonial.public_id}").text
    assert "ne reçoit pas nos courriels" in words
    assert "Votre texte est entre nos mains" in words
    assert "550" in words


def test_declining_requires_a_reason_and_keeps_a_message_of_2000_signs(editor: Visitor, session: Session) -> None:
    testimonial, message = committed(session), "Une phrase à ne pas perdre.".ljust(2000, ".")
    editor.get(f"/moderation/{testimonial.public_id}").fill(message=message).press("Refuser")
    assert editor.status == 422
    assert "Choisissez une raison" in editor.text
    assert message in editor.text
    assert reload(session, testimonial).status is Status.PENDING
    editor.fill(reason="promotion").press("Refuser")
    assert reload(session, testimonial).status is Status.DECLINED
    assert testimonial.decisions[-1].message == message


@pytest.mark.parametrize("sentence", ["", Reason.PROMOTION.sentence])
def test_publishing_drops_a_reason_chosen_by_mistake(editor: Visitor, session: Session, sentence: str) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}").fill(reason="promotion", message=sentence).press("Publier")
    assert reload(session, testimonial).status is Status.PUBLISHED
    assert (testimonial.decisions[-1].reason, testimonial.decisions[-1].message) == (None, "")
    email = session.scalars(select(Email).where(Email.message == mails.PUBLISHED)).one()
    assert (email.facts["reason"], email.facts["words"]) == ("", "")


def test_the_review_page_shows_each_status(editor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    headings = {Status.PROOF_SENT: "Trois après-midi avec les gardiens", Status.ERASED: "Texte effacé"}
    texts = {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in Status}
    session.commit()
    for status, text in texts.items():
        with subtests.test(status.value):
            assert editor.get(f"/moderation/{text.public_id}").status == 200
            assert words_of(editor.page.select("h1")[0]) == headings.get(status, "Trois après-midi")
            assert f"{NAMES[status]} depuis" in editor.text


NOW = "now"  # the revision that the page was read at
UNREADABLE = "Cette demande est illisible"
MOVED = "Ce texte a changé entre-temps"
NO_CHOICE = "N'est pas un choix valide."


INVALID_DECISIONS = [
    ({"action": "publish"}, 409, MOVED),
    ({"action": "publish", "revision": "1"}, 409, MOVED),
    ({"revision": NOW}, 422, "Choisissez une décision."),
    ({"action": "fly", "revision": NOW}, 422, NO_CHOICE),
    ({"action": "confirm", "revision": NOW}, 422, NO_CHOICE),
    ({"action": "erase", "revision": NOW}, 422, NO_CHOICE),
    ({"action": "publish", "revision": "x"}, 400, UNREADABLE),
    ({"action": "publish", "revision": "-1"}, 400, UNREADABLE),
    ({"action": "publish", "revision": "9" * 400}, 400, UNREADABLE),
    ({"action": "decline", "revision": NOW, "reason": "nulle"}, 422, NO_CHOICE),
    ({"action": "decline", "revision": NOW, "reason": "autre", "message": "a" * 2001}, 422, "Retirez-en 1."),
    ({"action": "unpublish", "revision": NOW, "reason": "autre"}, 403, "cette décision n’est plus possible"),
]


def test_an_invalid_decision_is_refused_with_its_error(
    editor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    testimonial = committed(session)
    for fields, status, error in INVALID_DECISIONS:
        with subtests.test(fields=fields):
            editor.get(f"/moderation/{testimonial.public_id}")
            revision = {"revision": str(testimonial.revision)} if fields.get("revision") == NOW else {}
            session.rollback()
            sent = fields | revision | {"csrf_token": editor.csrf_token}
            editor.post(f"/moderation/{testimonial.public_id}", [*sent.items()])
            assert editor.status == status
            assert error in editor.text
            assert reload(session, testimonial).status is Status.PENDING


def test_an_unknown_text_is_not_found(editor: Visitor) -> None:
    assert editor.get("/moderation/rien").status == 404
    assert "n’existe pas" in editor.text
