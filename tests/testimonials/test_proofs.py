"""Proofs: their changes, their signature by the author alone, and requested changes."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials import mails
from app.testimonials.approval import Approval, NothingToSign
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.corrections import Rewriting
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.proofs import proposed_changes, sign_version
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, committed, private_page, reload, text_of
from tests.factories import ACCOUNT, EDITED_TITLE, a_testimonial, an_editor, by_editor, the_article
from tests.visitor import Visitor


@pytest.fixture
def proof(session: Session) -> Testimonial:
    return committed(session, status=Status.PROOF_SENT)


def test_a_proof_needs_an_edited_version(session: Session) -> None:
    testimonial = a_testimonial(session)
    with pytest.raises(NothingToSign):
        testimonial.perform(Action.SEND_PROOF, by=by_editor(session))


def test_words_the_author_approved_before_need_no_proof(session: Session) -> None:
    testimonial = a_testimonial(session)
    original = testimonial.latest
    testimonial.propose(original.edited(title="Autre titre"))
    assert [version.approval for version in testimonial.versions] == [Approval.SENT, None]
    testimonial.propose(testimonial.latest.edited(title=original.title))
    assert testimonial.latest.approval is Approval.SENT
    with pytest.raises(NothingToSign):
        testimonial.perform(Action.SEND_PROOF, by=by_editor(session))


def test_words_the_author_signed_need_no_second_signature(session: Session, proof: Testimonial) -> None:
    signed = proof.latest
    sign_version(proof, signed.digest)
    proof.propose(signed.edited(title="Autre titre"))
    proof.propose(proof.latest.edited(title=signed.title))
    expected = [Approval.SENT, Approval.SIGNED, None, Approval.SIGNED]
    assert [version.approval for version in proof.versions] == expected


@pytest.mark.parametrize("status", [Status.PENDING, Status.PUBLISHED])
def test_words_the_author_replaced_do_not_come_back_as_a_correction(session: Session, status: Status) -> None:
    testimonial, editor = a_testimonial(session, status=status, title="Chez Mme Zinzolin"), an_editor(session)
    replaced, changed = testimonial.latest, amend_text(testimonial, title="Chez une collègue")
    session.flush()
    if status is Status.PUBLISHED:
        decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())
        session.flush()
    back, note = testimonial.latest.edited(title=replaced.title), DecisionNote(message="Le titre.")
    with pytest.raises(Rewriting) as refused:
        save_edit(editor, testimonial, back, EditKind.CORRECTION, revision=testimonial.revision, note=note)
    assert refused.value.measure.new == 2
    assert testimonial.latest is changed


def test_a_proof_is_compared_with_the_version_approved_last(session: Session, proof: Testimonial) -> None:
    assert proof.approved is proof.versions[0]
    assert [change.heading for change in proposed_changes(proof)] == ["Titre"]
    assert proposed_changes(a_testimonial(session)) == []


def test_the_private_page_shows_the_proof_s_changes_and_due_date(
    visitor: Visitor, session: Session, proof: Testimonial
) -> None:
    assert "L’équipe vous propose une version relue" in visitor.get(private_page(proof)).text
    assert "Répondez si possible avant le" in visitor.text
    assert "[ajouté : avec les gardiens ]" in visitor.text.replace("  ", " ")
    assert (
        f"En signant, vous dites de cette version : « {Purpose.PUBLICATION.wording(the_article(session))} »"
        in visitor.text
    )
    assert [each.get_text(strip=True) for each in visitor.page.select(".answers .button")] == ["Je signe", "Je modifie"]
    apart = visitor.page.select("section[aria-labelledby=ne-rien-publier]")[0].get_text(" ", strip=True)
    assert "Rien ne paraît, sans raison à donner." in apart
    assert apart.endswith("Je retire")


def test_each_change_mark_has_a_word_for_screen_readers(session: Session, visitor: Visitor) -> None:
    testimonial = a_testimonial(session)
    testimonial.propose(testimonial.latest.edited(title="Deux après-midi"))
    testimonial.perform(Action.SEND_PROOF, by=by_editor(session))
    session.commit()
    before, after = visitor.get(private_page(testimonial)).page.select(".change__words")
    for side in (before, after):
        assert [each.get_text().replace("\u00a0", " ") for each in side.select("del")] == ["[retiré : Trois]"]
        assert [each.get_text().replace("\u00a0", " ") for each in side.select("ins")] == ["[ajouté : Deux]"]


def test_signing_publishes_at_once(session: Session, visitor: Visitor, proof: Testimonial) -> None:
    visitor.get(private_page(proof)).press("Je signe")
    assert "Votre texte est publié à côté de l’article" in visitor.text
    assert reload(session, proof).status is Status.PUBLISHED
    assert (proof.latest.approval, proof.shown_number) == (Approval.SIGNED, 2)
    line = proof.consents[-1]
    assert (line.purpose, line.answer, line.channel) == (Purpose.PUBLICATION, ConsentDecision.GIVEN, Channel.PROOF)
    assert line.digest == proof.latest.digest
    email = session.scalars(select(Email).where(Email.testimonial_id == proof.id).order_by(Email.id)).all()[-1]
    assert email.message is mails.PUBLISHED
    assert f"> {Purpose.PUBLICATION.wording(the_article(session))}" in text_of(email)
    assert f"> {EDITED_TITLE}" in text_of(email)
    assert EDITED_TITLE in visitor.get("/articles/crpv").text


def test_a_proof_that_changed_since_cannot_be_signed(session: Session, visitor: Visitor, proof: Testimonial) -> None:
    visitor.get(private_page(proof))
    by = by_editor(session)
    proof.perform(Action.RECALL_PROOF, by=by)
    proof.propose(proof.latest.edited(title="Un tout autre titre"))
    proof.perform(Action.SEND_PROOF, by=by)
    session.commit()
    visitor.press("Je signe")
    assert visitor.status == 409
    assert "Ce n’était plus possible" in visitor.text
    assert "Un tout autre titre" in visitor.text
    assert reload(session, proof).status is Status.PROOF_SENT
    assert proof.latest.approval is None
    assert proof.consents[-1].channel is Channel.FORM


def test_a_recalled_proof_cannot_be_signed(session: Session, visitor: Visitor, proof: Testimonial) -> None:
    visitor.get(private_page(proof))
    proof.perform(Action.RECALL_PROOF, by=by_editor(session))
    session.commit()
    visitor.press("Je signe")
    assert visitor.status == 409
    assert "Votre texte est entre les mains de l’équipe" in visitor.text


@pytest.mark.parametrize("action", [Action.RECALL_PROOF, Action.TAKE_BACK])
def test_after_a_recalled_proof_the_author_s_version_is_shown(
    session: Session, visitor: Visitor, proof: Testimonial, action: Action
) -> None:
    proof.perform(action, by=by_editor(session))
    session.commit()
    assert "Votre texte, tel qu’il paraîtrait" in visitor.get(private_page(proof)).text
    assert proof.versions[0].title in visitor.text
    assert EDITED_TITLE not in visitor.text
    visitor.get(f"{private_page(proof)}/modifier")
    assert visitor.page.select("[name=title]")[0]["value"] == proof.versions[0].title


def test_a_consent_bears_the_digest_of_an_approved_version(session: Session, proof: Testimonial) -> None:
    proof.withdraw()
    assert proof.consents[-1].digest == proof.versions[0].digest
    session.rollback()


def test_amending_a_proof_starts_from_the_proposed_version(
    session: Session, visitor: Visitor, proof: Testimonial
) -> None:
    visitor.get(private_page(proof))
    link = next(each for each in visitor.page.select("a.button") if each.get_text(strip=True) == "Je modifie")
    visitor.get(str(link["href"]))
    assert visitor.page.select("[name=title]")[0]["value"] == EDITED_TITLE
    visitor.fill(title="Trois après-midi, au bâtiment C").press("Relire mon texte")
    visitor.fill(publish="yes", attest="y").press("Envoyer")
    assert reload(session, proof).status is Status.PENDING
    assert proof.latest.approval is Approval.SENT
    assert proof.due_at is None


def test_a_proof_can_be_signed_after_its_due_date(session: Session, visitor: Visitor, proof: Testimonial) -> None:
    proof.due_at = now() - timedelta(days=3)
    session.commit()
    assert "vous pouvez encore la donner" in visitor.get(private_page(proof)).text
    visitor.press("Je signe")
    assert reload(session, proof).status is Status.PUBLISHED


def test_requested_changes_are_shown_question_by_question(session: Session, visitor: Visitor) -> None:
    testimonial = committed(session, status=Status.CHANGES_REQUESTED)
    assert "Deux précisions, et ce sera prêt." in visitor.get(private_page(testimonial)).text
    assert "Dites combien de personnes sont venues." in visitor.text
    assert "Répondez si possible avant le" in visitor.text
    ways = [str(each["href"]).partition("#") for each in visitor.page.select(".asked a")]
    assert [anchor for _, _, anchor in ways] == ["account", "link"]
    visitor.get(ways[0][0])
    field = visitor.page.select("#account")[0]
    assert "account-asked" in str(field["aria-describedby"])
    assert "Dites combien" in visitor.page.select("#account-asked")[0].get_text()
    assert visitor.page.select("details.adding[open] #link-asked"), "what is asked must not be folded away"
    visitor.fill(account=f"{ACCOUNT} Douze personnes sont venues.").press("Relire mon texte")
    visitor.fill(publish="yes", attest="y").press("Envoyer")
    assert reload(session, testimonial).status is Status.PENDING
    assert "Dites combien" not in visitor.get(private_page(testimonial)).text


def test_an_editor_may_choose_the_due_date(session: Session) -> None:
    testimonial = a_testimonial(session)
    due = now() + timedelta(days=3)
    testimonial.perform(Action.REQUEST_CHANGES, by=by_editor(session), note=DecisionNote(due_at=due))
    assert testimonial.due_at == due
