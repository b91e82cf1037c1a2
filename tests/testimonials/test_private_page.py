"""The private page: its status sentence, withdrawal, erasure, and new links."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import AUTHOR as AUTHOR_ACTS
from app.audit import SYSTEM, Actor, AuditEvent, Kind
from app.mail.outbox import Email
from app.moderation.decisions import decide
from app.moderation.review.editing import EditKind, save_edit
from app.testimonials import mails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.history import SENTENCES_TO_AUTHOR, sentence_to_author
from app.testimonials.reasons import Reason
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, committed, private_page
from tests.factories import ACCOUNT, a_testimonial, an_editor, by_editor, the_article
from tests.visitor import Visitor

FIRST_LINES = {
    Status.UNCONFIRMED: "Il sera lu dès que vous aurez confirmé votre adresse",
    Status.PENDING: "entre les mains de l’équipe depuis",
    Status.CHANGES_REQUESTED: "quelques corrections",
    Status.PROOF_SENT: "une version relue",
    Status.PUBLISHED: "est publié à côté de l’article jusqu’au",
    Status.INTERNAL: "Il n’est pas publié",
    Status.DECLINED: "a choisi de ne pas publier",
    Status.UNPUBLISHED: "n’est plus publié",
    Status.WITHDRAWN: "Vous avez retiré votre texte",
}


def test_the_private_page_tells_each_status_in_plain_words(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for status, first_line in FIRST_LINES.items():
        with subtests.test(status=status):
            testimonial = committed(session, status=status, email=f"{status}@exemple.fr")
            assert visitor.get(private_page(testimonial)).status == 200
            assert first_line in visitor.text
            assert "gardiens d’immeuble" in visitor.text, "the text as it is or would be shown"
            assert "Vous avez envoyé votre texte." in visitor.text
            assert "l’auteur·e" not in visitor.text, "it speaks to its author, not of them"
            assert Purpose.PUBLICATION.wording(the_article(session)) in visitor.text
            for word in ("utilisateur", "soumission", "statut", "workflow", "modér"):
                assert word not in visitor.text.lower(), word
            offered = {each.get_text(strip=True) for each in visitor.page.find_all(["button", "a"])}
            assert any("Confirmer" in each for each in offered) is (status is Status.UNCONFIRMED)
            assert any("Retirer" in each for each in offered) is (status is not Status.WITHDRAWN)
            assert any("ffacer" in each for each in offered)


def test_words_sent_too_late_are_shown_to_be_copied(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    visitor.get(f"{private_page(testimonial)}/modifier").fill(title="Un titre neuf", account="Des mots neufs. " * 12)
    testimonial.perform(Action.DECLINE, by=by_editor(session), note=DecisionNote(Reason.OFF_TOPIC, "Merci."))
    session.commit()
    visitor.press("Relire mon texte")
    assert visitor.status == 409
    assert "a choisi de ne pas publier" in visitor.text
    given_back = visitor.page.select("textarea#vos-mots")[0].get_text()
    assert given_back.startswith("Un titre neuf\n\nDes mots neufs.")


def test_every_act_has_a_sentence_to_the_author() -> None:
    happening = {Kind(action.value) for action in Action if action is not Action.ERASE}
    assert set(SENTENCES_TO_AUTHOR) > happening, "once erased, there is no page left to tell it"
    assert sentence_to_author(AuditEvent.of(Kind.WITHDRAW, AUTHOR_ACTS)) == "Vous avez retiré votre texte."
    assert sentence_to_author(AuditEvent.of(Kind.WITHDRAW, SYSTEM)) == "Texte retiré par la plateforme."


@pytest.mark.parametrize("email", ["", "camille", "a" * 300 + "@exemple.fr"])
def test_an_invalid_address_gets_422(visitor: Visitor, email: str) -> None:
    assert visitor.get("/mon-temoignage/nouveau-lien").fill(email=email).press("Envoyer un nouveau lien").status == 422


def test_the_message_sent_with_the_publication_stays_on_the_private_page(visitor: Visitor, session: Session) -> None:
    """A mask set since says nothing to the author: the message stays; a new version of theirs ends it."""
    editor, words = an_editor(session), "Votre troisième paragraphe a fait rire l’équipe."
    testimonial = a_testimonial(session, account=f"{ACCOUNT} Rappelez Jeanne Exemple.")
    decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote(message=words))
    session.commit()
    (answer,) = visitor.get(private_page(testimonial)).page.select("section.said")
    assert "La réponse de l’équipe" in answer.get_text()
    assert words in answer.get_text()
    (email,) = session.scalars(select(Email).where(Email.message == mails.PUBLISHED))
    assert email.facts["words"] == words
    masked = testimonial.latest.edited(account=f"{ACCOUNT} Rappelez [passage masqué].")
    save_edit(
        editor, testimonial, masked, EditKind.CORRECTION, revision=testimonial.revision, note=DecisionNote(message="")
    )
    session.commit()
    assert words in visitor.get(private_page(testimonial)).text
    amend_text(testimonial, title="Un autre titre")
    session.commit()
    assert words not in visitor.get(private_page(testimonial)).text
    decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())
    session.commit()
    assert "La réponse de l’équipe" not in visitor.get(private_page(testimonial)).text, "nothing was said of this one"


def test_a_publication_that_was_undone_says_nothing(visitor: Visitor, session: Session) -> None:
    testimonial, editor = a_testimonial(session), an_editor(session)
    decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote(message="Merci."))
    testimonial.perform(Action.TAKE_BACK, by=Actor.editor(editor.id))
    session.commit()
    assert "La réponse de l’équipe" not in visitor.get(private_page(testimonial)).text


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.PENDING, Status.INTERNAL])
def test_an_author_who_refused_publication_reads_fitting_words(
    visitor: Visitor, session: Session, status: Status
) -> None:
    testimonial = committed(session, status=status, publish=False)
    first = visitor.get(private_page(testimonial)).page.select("ul.accords > li")[0]
    words = " ".join(first.get_text(" ").split())
    assert words.startswith("Publication à côté de l’article : non.")
    folded = [" ".join(each.get_text(" ").split()) for each in first.select("details")]
    assert any(Purpose.PUBLICATION.wording(the_article(session)) in each for each in folded), (
        "in full, where one opens it"
    )
    assert Purpose.PUBLICATION.wording(the_article(session)) not in words.replace(" ".join(folded), "")
    assert "ne peut plus le publier" not in words
    assert "l’équipe ne s’en sert plus" in words
    assert "de nouveau" not in words
    visitor.press("Retirer mon texte")
    assert "Vous avez retiré votre texte. L’équipe ne s’en sert plus." in visitor.text
    assert "à côté de l’article. " not in visitor.page.select(".standing__sentence")[0].get_text()
