"""Amending a testimonial: a new version, while the published one stays until an editor acts."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Kind
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.testimonials import mails
from app.testimonials.approval import Approval
from app.testimonials.attribution import Attribution
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, committed, first_wordings, list_total, private_page, reload
from tests.factories import AUTHOR, a_testimonial, an_editor, the_article
from tests.visitor import Visitor

AMENDABLE = {
    Status.UNCONFIRMED: Status.UNCONFIRMED,
    Status.PENDING: Status.PENDING,
    Status.CHANGES_REQUESTED: Status.PENDING,
    Status.PROOF_SENT: Status.PENDING,
    Status.PUBLISHED: Status.PUBLISHED,
}


def amend(visitor: Visitor, testimonial: Testimonial, **changes: Any) -> Visitor:
    visitor.get(f"{private_page(testimonial)}/modifier").fill(**changes).press("Relire mon texte")
    return visitor


def test_the_amend_form_holds_the_latest_version(visitor: Visitor, session: Session) -> None:
    everything: dict[str, Any] = {
        name: f"Mot {name}" for name in ("outcome", "obstacles", "other_partners", "years", "partner_other")
    }
    testimonial = committed(
        session,
        partner=None,
        partner_known=PartnerKnown.OTHER,
        link="https://exemple.fr",
        attribution=Attribution.CLSM,
        **everything,
    )
    visitor.get(f"{private_page(testimonial)}/modifier").press("Relire mon texte")
    assert visitor.status == 200
    visitor.fill(attest="y").press("Envoyer")
    assert reload(session, testimonial).latest.number == 2
    assert testimonial.latest.digest == testimonial.versions[0].digest
    for name in ("author_name", "author_role", "clsm", "department_code", "partner_known", *everything):
        assert getattr(testimonial.latest, name) == getattr(testimonial.versions[0], name), name
    assert AUTHOR not in str(visitor.answer and visitor.answer.request.url)


@pytest.mark.parametrize("status", AMENDABLE)
def test_a_new_version_is_approved_by_sending_it(visitor: Visitor, session: Session, status: Status) -> None:
    testimonial = committed(session, status=status)
    amend(visitor, testimonial, title="Autrement dit").fill(attest="y").press("Envoyer")
    assert visitor.path == private_page(testimonial)
    assert reload(session, testimonial).status is AMENDABLE[status]
    assert testimonial.latest.title == "Autrement dit"
    assert testimonial.latest.approval is Approval.SENT
    assert testimonial.latest.approved_digest == testimonial.latest.digest
    assert testimonial.events[-1].kind is Kind.AMEND
    assert testimonial.consents[-1].digest == testimonial.latest.digest
    assert testimonial.versions[0].title == "Trois après-midi", "the first is kept"
    emails = session.scalars(select(Email.message).order_by(Email.id)).all()
    assert emails[-1] is mails.AMENDED


@pytest.mark.parametrize("status", [each for each in Status if each not in {*AMENDABLE, Status.ERASED}])
def test_other_statuses_cannot_be_amended(visitor: Visitor, session: Session, status: Status) -> None:
    testimonial = committed(session, status=status)
    assert visitor.get(f"{private_page(testimonial)}/modifier").status == 409
    assert "Changer votre texte" not in visitor.get(private_page(testimonial)).text


def test_each_step_links_back_to_the_private_page(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    visitor.get(f"{private_page(testimonial)}/modifier")
    assert visitor.page.find("a", href=private_page(testimonial)) is not None
    visitor.fill(title="Autrement dit").press("Relire mon texte")
    assert visitor.page.find("a", href=private_page(testimonial)) is not None


def test_an_invalid_amendment_stores_nothing(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    amend(visitor, testimonial, account="Trop court.")
    assert visitor.status == 422
    assert "Trop court." in str(visitor.page)
    assert reload(session, testimonial).latest.number == 1


def test_the_preview_does_not_offer_to_change_the_address(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    amend(visitor, testimonial)
    assert "Courriel, qui ne se change pas ici" in visitor.text
    assert "Modifier vos coordonnées" not in visitor.text
    visitor.press("Modifier votre nom ou votre fonction")
    assert visitor.page.select("#etape-4 input[name=author_role]")
    assert not visitor.page.select("input[name=email]")


def test_a_consent_of_before_ticks_nothing_of_today_s(visitor: Visitor, session: Session) -> None:
    with first_wordings(Purpose.PUBLICATION, Purpose.REUSE):
        testimonial = a_testimonial(session, reuse=True)
    session.commit()
    amend(visitor, testimonial, title="Autrement dit")
    assert not visitor.page.select(".consent input[checked]")
    visitor.fill(publish="yes", attest="y").press("Envoyer")
    assert (reload(session, testimonial).sites_consent, testimonial.reuse_consent) == (True, False)


def test_amending_a_published_text_gives_today_s_consent_in_so_many_words(visitor: Visitor, session: Session) -> None:
    with first_wordings(Purpose.PUBLICATION):
        testimonial = a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    for act in ("donnez", "maintenez"):
        amend(visitor, testimonial, title=f"Vous le {act}")
        assert (
            f"en envoyant cette version, vous {act} cet accord pour elle, et pour le texte qui paraît" in visitor.text
        )
        assert "Votre réponse vaut aussitôt, aussi pour le texte qui paraît d’ici là" in visitor.text
        assert Purpose.PUBLICATION.wording(the_article(session)) in visitor.text
        visitor.fill(attest="y").press("Envoyer")
        assert reload(session, testimonial).sites_consent


def test_a_preview_opened_before_the_wordings_changed_gives_no_consent_to_those_of_today(
    visitor: Visitor, session: Session
) -> None:
    """Its page said nothing of which wordings it showed."""
    testimonial = committed(session, status=Status.PUBLISHED, reuse=True)
    amend(visitor, testimonial, title="Autrement dit").fill(attest="y")
    visitor.tree.xpath("//*[@name='wordings']")[0].drop_tree()
    visitor.press("Envoyer")
    assert visitor.status == 422
    assert "Les mots de nos demandes d’accord ont changé" in visitor.text
    assert not visitor.page.select(".consent input[checked]")
    assert reload(session, testimonial).latest.number == 1


def test_an_amendment_cannot_withdraw_a_published_text(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    amend(visitor, testimonial, title="Autrement dit")
    assert visitor.status == 200
    assert not visitor.page.select("input[type=radio][name=publish]"), "« non » is not offered where it cannot be taken"
    assert "Aucune n’empêche d’envoyer" not in visitor.text
    assert Purpose.PUBLICATION.wording(the_article(session)) in visitor.text
    (way,) = visitor.page.select("#publish-yes a[href]")
    assert way["href"] == f"{private_page(testimonial)}#vos-accords"
    assert "retirez-le depuis votre page privée" in " ".join(way.get_text().split())
    visitor.fill(publish="no").press("Envoyer")  # a page opened before it was published
    assert visitor.status == 422
    assert "Votre texte paraît déjà" in visitor.text
    assert visitor.page.select("a[href='#publish-yes']")
    assert visitor.page.select("#publish-yes")
    assert reload(session, testimonial).latest.number == 1
    assert testimonial.status is Status.PUBLISHED
    visitor.fill(attest="y").press("Envoyer")
    assert reload(session, testimonial).latest.title == "Autrement dit"
    assert testimonial.consents_to(Purpose.PUBLICATION)


def test_after_a_version_is_set_aside_the_published_one_is_shown(visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    amend_text(testimonial, {Purpose.PUBLICATION: True}, title="Autrement dit")
    session.flush()
    note = DecisionNote(message="Le premier titre nous paraît plus clair.")
    decide(an_editor(session), testimonial, Action.SET_ASIDE, revision=testimonial.revision, note=note)
    session.commit()
    assert (testimonial.shown_number, testimonial.has_new_version, list_total(session)) == (1, False, 0)
    email = session.scalars(select(Email).where(Email.message == mails.SET_ASIDE)).one()
    assert email.facts["words"] == note.message
    assert "Votre texte, tel qu’il est publié" in visitor.get(private_page(testimonial)).text
    assert "Autrement dit" not in visitor.text
    assert "La réponse de l’équipe" in visitor.text
    assert note.message in visitor.text
    visitor.get(f"{private_page(testimonial)}/modifier")
    assert visitor.page.select("[name=title]")[0]["value"] == "Trois après-midi"
    visitor.fill(title="Trois après-midi encore").press("Relire mon texte").fill(attest="y").press("Envoyer")
    assert "Votre nouvelle version, telle qu’elle paraîtrait" in visitor.text
    assert "Trois après-midi encore" in visitor.text
    assert note.message not in visitor.text, "it was about another version"
