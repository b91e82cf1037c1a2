"""Consents changed from the private page, purpose by purpose, with their lines and e-mails."""

from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Kind
from app.catalog.visibility import visible
from app.french import day
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.testimonials import mails
from app.testimonials.consent import Channel, ConsentDecision, consent_receipt
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.consent_changes import consent_again
from app.testimonials.wordings import OPTIONAL, WORDINGS, Purpose
from tests.acts import a_site, committed, first_wordings, private_page, reload, send_act, text_of
from tests.factories import ACCOUNT, a_testimonial, a_version, an_editor, the_article
from tests.visitor import Visitor


def emails(session: Session) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.message == mails.CONSENT).order_by(Email.id)))


def test_consent_to_reuse_is_given_and_withdrawn_by_itself(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(private_page(testimonial)).press("Donner cet accord")
    assert reload(session, testimonial).consents_to(Purpose.REUSE)
    assert not testimonial.consents_to(Purpose.CONTACT)
    last = testimonial.consents[-1]
    assert (last.purpose, last.answer, last.channel) == (Purpose.REUSE, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    assert last.wording == Purpose.REUSE.wording(the_article(session))
    assert last.digest == testimonial.latest.digest
    session.rollback()
    visitor.press("Retirer cet accord")
    assert not reload(session, testimonial).consents_to(Purpose.REUSE)
    assert testimonial.status is Status.PUBLISHED, "the publication is another matter"
    assert [email.facts["answer"] for email in emails(session)] == ["oui", "accord retiré"]
    text = text_of(emails(session)[0])
    assert "Réutilisation ailleurs : oui." in text
    for purpose in (Purpose.PUBLICATION, Purpose.REUSE, Purpose.CONTACT, Purpose.ATTESTATION):
        assert f"> {purpose.wording(the_article(session))}" in text
    assert "Être recontacté·e : non." in text
    for shown in ("Coordinatrice, CLSM de Ville-Exemple", "Trois après-midi", "Ce qui se fait ensemble", ACCOUNT):
        assert f"> {shown}" in text
    assert text.index("/mon-temoignage/") < text.index("Le texte concerné"), "the one thing to do comes first"
    assert "Camille" not in text, "the text as it is displayed, under the signature chosen"


def test_a_changed_consent_is_acknowledged_and_listed(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    assert "C’est noté" not in visitor.get(private_page(testimonial)).text
    visitor.press("Donner cet accord")
    assert visitor.page.select(".consent [role=status]")[0].get_text(" ", strip=True).replace("\u00a0", " ") == (
        "C’est noté : « Réutilisation ailleurs », oui."
    )
    visitor.press("Retirer cet accord")
    assert "C’est noté : « Réutilisation ailleurs », accord retiré." in visitor.text
    told = visitor.page.select("section[aria-labelledby=ce-qui-s-est-passe]")[0].get_text().replace("\u00a0", " ")
    given = told.index("Vous avez répondu, pour « Réutilisation ailleurs » : oui.")
    assert given < told.index("Vous avez répondu, pour « Réutilisation ailleurs » : accord retiré.")
    for unchanged in ("contact", "inconnu"):
        assert "C’est noté" not in visitor.get(f"{private_page(testimonial)}?note={unchanged}").text


def test_a_consent_receipt_quotes_the_text_of_its_digest(session: Session) -> None:
    testimonial = a_testimonial(session)
    testimonial.propose(a_version(session, account="D’autres mots que ceux de l’auteure. " * 10))
    assert ACCOUNT in consent_receipt(testimonial.consents, testimonial.versions)["text"]


def test_the_consents_of_the_form_are_sent_once_the_address_is_confirmed(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.UNCONFIRMED)
    visitor.get(private_page(testimonial)).press("Confirmer")
    session.rollback()
    received, confirmed = session.scalars(select(Email).order_by(Email.id)).all()
    for email in (received, confirmed):
        assert "ni ensuite sans votre accord" in text_of(email), "authors who refused publication read it too"
    assert ACCOUNT not in text_of(received), "an address nobody has confirmed may be a stranger’s"
    assert f"> {ACCOUNT}" in text_of(confirmed)
    assert f"> {Purpose.PUBLICATION.wording(the_article(session))}" in text_of(confirmed)
    assert "Réutilisation ailleurs : non." in text_of(confirmed)


def test_withdrawing_ends_reuse_too_and_the_page_warns_of_it(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    visitor.get(private_page(testimonial))
    assert "votre accord pour « Réutilisation ailleurs » est retiré aussi" not in visitor.text, "there is none to lose"
    visitor.press("Donner cet accord")
    assert "votre accord pour « Réutilisation ailleurs » est retiré aussi" in visitor.text
    visitor.press("Retirer mon texte")
    assert not reload(session, testimonial).consents_to(Purpose.REUSE)
    ended = [line for line in testimonial.consents if line.answer is ConsentDecision.WITHDRAWN]
    assert [line.purpose for line in ended] == [Purpose.PUBLICATION, Purpose.REUSE]
    assert {line.channel for line in ended} == {Channel.PRIVATE_PAGE}
    email = session.scalars(select(Email).where(Email.message == mails.WITHDRAWN)).one()
    assert "Publication à côté de l’article : accord retiré." in text_of(email)
    assert f"> {ACCOUNT}" in text_of(email)
    assert "cet accord est retiré aussi" in text_of(email)
    assert "« Réutilisation ailleurs » ne revient pas avec" in visitor.text
    visitor.fill(attest="y").press("Remettre mon texte")
    assert not reload(session, testimonial).consents_to(Purpose.REUSE), "it is asked for on its own"


def test_the_author_s_words_are_quoted_in_emails(session: Session) -> None:
    testimonial = a_testimonial(
        session, status=Status.UNCONFIRMED, account="Un.\n\n> Deux.\n\nTrois." + " Et puis." * 20
    )
    testimonial.confirm()
    session.flush()
    email = session.scalars(select(Email).where(Email.message == mails.CONFIRMED)).one()
    text = text_of(email)
    assert "> Un.\n> \n> > Deux.\n> \n> Trois." in text


@pytest.mark.parametrize("purpose", ["publication", "attestation", "x", "reuse"])
def test_only_what_is_optional_is_changed_by_itself(visitor: Visitor, session: Session, purpose: str) -> None:
    testimonial = committed(session)
    answer = "yes" if purpose != "reuse" else "perhaps"
    assert send_act(visitor, testimonial, "accord", purpose=purpose, answer=answer).status == 422
    assert len(reload(session, testimonial).consents) == 5
    assert set(OPTIONAL) == {Purpose.REUSE, Purpose.CONTACT, Purpose.QUESTIONS}


def test_a_withdrawn_text_gets_no_consent_to_reuse(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.WITHDRAWN)
    visitor.get(private_page(testimonial))
    assert [each["value"] for each in visitor.page.select("input[name=purpose]")] == ["contact", "questions"]
    assert send_act(visitor, testimonial, "accord", purpose="reuse", answer="yes").status == 422
    assert "Ce n’était plus possible" in visitor.text
    assert not reload(session, testimonial).consents_to(Purpose.REUSE)


@pytest.mark.parametrize(("status", "publish"), [(Status.WITHDRAWN, True), (Status.INTERNAL, False)])
def test_consenting_again_makes_the_testimonial_pending(
    app: Flask, visitor: Visitor, session: Session, status: Status, publish: bool
) -> None:
    testimonial = committed(session, status=status, publish=publish)
    visitor.get(private_page(testimonial)).press("Remettre mon texte")
    assert visitor.status == 422
    assert "Cochez cette attestation" in visitor.text
    visitor.fill(attest="y").press("Remettre mon texte")
    assert visitor.status == 200
    assert reload(session, testimonial).status is Status.PENDING
    assert testimonial.publication_consent is True
    assert testimonial.events[-1].kind is Kind.CONSENT_AGAIN
    (email,) = emails(session)
    assert {each["wording"] for each in email.facts["consents"]} >= {
        Purpose.PUBLICATION.wording(the_article(session)),
        Purpose.ATTESTATION.wording(the_article(session)),
    }
    due = day(testimonial.waiting_since + app.config["REVIEW_DELAY"])
    assert f"vous aurez une réponse par courriel avant le {due}" in text_of(email).replace("\n", " ")
    assert f"Vous aurez une réponse par courriel avant le {due}" in visitor.text, "as the page does"
    assert session.scalars(visible()).all() == []
    assert "Remettre" not in visitor.text


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.PENDING, Status.CHANGES_REQUESTED])
def test_a_refused_publication_can_be_accepted_before_the_decision(
    visitor: Visitor, session: Session, status: Status
) -> None:
    testimonial = a_testimonial(session, status=status, publish=False)
    revision = testimonial.revision
    session.commit()
    assert "Publication à côté de l’article : non." in visitor.get(private_page(testimonial)).text
    visitor.press("Accepter la publication")
    assert visitor.status == 422, "it is attested that nobody can be recognised"
    assert "Cochez cette attestation" in visitor.text
    assert "reprenne" not in visitor.text, "the team has it already"
    visitor.fill(attest="y").press("Accepter la publication")
    assert "Publication à côté de l’article : oui." in visitor.text
    assert reload(session, testimonial).status is status, "nothing else moves"
    assert testimonial.publication_consent
    assert testimonial.revision > revision, "an editor who has read the refusal gets 409"
    assert [(line.purpose, line.answer) for line in testimonial.consents[-2:]] == [
        (Purpose.ATTESTATION, ConsentDecision.GIVEN),
        (Purpose.PUBLICATION, ConsentDecision.GIVEN),
    ]
    (email,) = emails(session)
    assert f"> {Purpose.PUBLICATION.wording(the_article(session))}" in text_of(email)
    assert "vous aurez une réponse" not in text_of(email), "the status has not changed"


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.PENDING])
def test_the_consent_to_publication_comes_first_with_its_withdrawal(
    visitor: Visitor, session: Session, status: Status
) -> None:
    testimonial = committed(session, status=status)
    first = visitor.get(private_page(testimonial)).page.select("ul.accords > li")[0]
    words = " ".join(first.get_text(" ").split())
    assert words.startswith("Publication à côté de l’article : oui.")
    folded = first.select("details")[0].get_text(" ").replace("\u202f", " ").replace("\u00a0", " ")
    assert Purpose.PUBLICATION.wording(the_article(session)) in folded
    assert "Retirer mon texte" in words


def test_every_consent_line_is_shown_and_replaced_ones_are_folded(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    assert "Vos réponses d’avant" not in visitor.get(private_page(testimonial)).text
    visitor.press("Donner cet accord")
    (section,) = visitor.page.select("section[aria-labelledby=tous-les-accords]")
    assert len(section.select("li")) == 6
    folded = [line.get_text(" ", strip=True) for line in section.select("details li")]
    assert len(folded) == 1
    assert folded[0].startswith("Réutilisation ailleurs")
    assert "non, dans le formulaire" in " ".join(folded[0].split())


def test_consenting_again_confirms_the_address(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.UNCONFIRMED)
    testimonial.withdraw()
    assert not testimonial.confirmed_at
    consent_again(testimonial)
    session.flush()
    assert testimonial.status is Status.PENDING
    decide(an_editor(session), testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())
    assert testimonial.shown_number == 1


@pytest.mark.parametrize("status", [Status.INTERNAL, Status.PUBLISHED, Status.DECLINED])
def test_other_statuses_do_not_allow_consenting_again(visitor: Visitor, session: Session, status: Status) -> None:
    testimonial = committed(session, status=status)
    assert "Remettre" not in visitor.get(private_page(testimonial)).text
    assert send_act(visitor, testimonial, "remettre", attest="y").status == 409
    assert "Ce n’était plus possible" in visitor.text
    assert "vos-mots" not in str(visitor.page), "nothing had been typed"


OUTDATED = "Les mots de nos demandes d’accord ont changé depuis cette page"


def test_no_consent_is_given_on_a_wording_that_was_not_shown(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for read, (act, status) in product(
        [{}, {"wordings": ""}, {"wordings": "publication-2 reuse-2 contact-1 attestation-1"}],
        [
            ({"path": "accord", "purpose": "reuse", "answer": "yes"}, Status.PUBLISHED),
            ({"path": "remettre", "attest": "y"}, Status.WITHDRAWN),
            ({"path": "signer", "seen": "…"}, Status.PROOF_SENT),
        ],
    ):
        with subtests.test(read=read, act=act, status=status):
            testimonial = committed(session, status=status)
            visitor.get(private_page(testimonial))
            fields = {"csrf_token": visitor.csrf_token} | act | read | {"seen": testimonial.latest.digest}
            count = len(testimonial.consents)
            session.rollback()
            visitor.post(f"{private_page(testimonial)}/{fields.pop('path')}", list(fields.items()))
            assert visitor.status == 422
            assert OUTDATED in visitor.text
            assert (len(reload(session, testimonial).consents), testimonial.status) == (count, status)


def test_withdrawing_asks_for_no_wording(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED, reuse=True)
    visitor.get(private_page(testimonial))
    no = [("csrf_token", visitor.csrf_token), ("purpose", "reuse"), ("answer", "no")]
    visitor.post(f"{private_page(testimonial)}/accord", no)
    assert visitor.status == 200
    assert not reload(session, testimonial).consents_to(Purpose.REUSE)


def test_a_consent_of_before_is_shown_as_it_was_given_and_may_be_given_again(
    visitor: Visitor, session: Session
) -> None:
    with first_wordings(Purpose.PUBLICATION, Purpose.REUSE):
        testimonial = a_testimonial(session, status=Status.PUBLISHED, reuse=True)
    a_site(session, "reseau.example")
    session.commit()
    in_force = (testimonial.publication_consent, testimonial.sites_consent, testimonial.reuse_consent)
    assert in_force == (True, False, False)
    visitor.get(private_page(testimonial))
    rows = [" ".join(row.get_text(" ").split()) for row in visitor.page.select("ul.accords > li")]
    for row, purpose in zip(rows, (Purpose.PUBLICATION, Purpose.REUSE), strict=False):
        assert row.startswith(f"{purpose.label} : oui.")
        assert WORDINGS[purpose][1] in row
    assert "reseau.example" in visitor.text
    visitor.press("Donner aussi cet accord")
    session.rollback()
    assert (testimonial.sites_consent, testimonial.reuse_consent) == (True, False), "each purpose on its own"
    assert [line.wording_version for line in testimonial.consents if line.purpose is Purpose.PUBLICATION] == [1, 3]
    visitor.press("Donner aussi cet accord")
    assert (reload(session, testimonial).sites_consent, testimonial.reuse_consent) == (True, True)
    assert "Donner aussi cet accord" not in visitor.text
    assert testimonial.status is Status.PUBLISHED


def test_an_attestation_of_before_stays_on_its_own_words(visitor: Visitor, session: Session) -> None:
    with first_wordings(Purpose.ATTESTATION):
        testimonial = a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    visitor.get(private_page(testimonial))
    assert WORDINGS[Purpose.ATTESTATION][2] not in visitor.text, "nothing is asked again"
    visitor.press("Donner cet accord")
    session.rollback()
    assert [line.wording_version for line in testimonial.consents if line.purpose is Purpose.ATTESTATION] == [1]
    assert (testimonial.status, testimonial.sites_consent, testimonial.reuse_consent) == (Status.PUBLISHED, True, True)


def test_consenting_again_attests_on_the_words_of_today(visitor: Visitor, session: Session) -> None:
    with first_wordings(Purpose.ATTESTATION):
        testimonial = a_testimonial(session, status=Status.WITHDRAWN)
    session.commit()
    visitor.get(private_page(testimonial))
    assert visitor.page.select("label[for=attest]")[0].get_text(strip=True).replace("\u00a0", " ") == (
        "J’atteste, pour ce texte, que toute personne reconnaissable en est informée "
        "et qu’aucune patiente, aucun patient n’y est reconnaissable."
    )
    visitor.fill(attest="y").press("Remettre mon texte")
    session.rollback()
    assert [line.wording_version for line in testimonial.consents if line.purpose is Purpose.ATTESTATION] == [1, 2]
