"""Letters: to authors who agree to be contacted, while they agree; what each says, what is kept, how many there are."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import Actor, AuditEvent, Kind
from app.mail.outbox import Email
from app.moderation.review.letters import LetterRefused, write_letter
from app.testimonials import mails, stale_emails, undo
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import WORDINGS, Purpose
from tests.acts import private_page, stored
from tests.factories import AUTHOR, a_testimonial, an_editor
from tests.mail.test_outbox import composed, deliver, plain
from tests.moderation.desk import take
from tests.services import smtp
from tests.visitor import Visitor

SUBJECT = "Une équipe voisine aimerait vous entendre"
WORDS = "Elle prépare la même rencontre.\n\nAccepteriez-vous d’en parler ?"


def agreeing(session: Session, **facts: object) -> Testimonial:
    """Return a published text whose author agrees to be contacted; committed."""
    testimonial = a_testimonial(session, **{"status": Status.PUBLISHED} | facts)  # type: ignore[arg-type]  # by name
    testimonial.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    session.commit()
    return testimonial


def page_of(testimonial: Testimonial) -> str:
    return f"/moderation/{testimonial.public_id}/ecrire"


def send(editor: Visitor, testimonial: Testimonial, subject: str = SUBJECT, words: str = WORDS) -> Visitor:
    return editor.get(page_of(testimonial)).fill(subject=subject, words=words).press("Envoyer la lettre")


def waiting(session: Session) -> list[Email]:
    return [each for each in stored(session, Email) if each.message is mails.LETTER]


def letters(session: Session) -> list[Remark]:
    return [each for each in stored(session, Remark) if each.kind is RemarkKind.LETTER]


def assert_none_is_written(session: Session) -> None:
    assert letters(session) == []
    assert waiting(session) == []


def test_a_letter_says_which_consent_it_rests_on_and_how_to_withdraw_it(
    app: Flask, editor: Visitor, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    testimonial = agreeing(session)
    agreed = testimonial.consents[-1].at
    assert WORDINGS[Purpose.CONTACT][2] in editor.get(page_of(testimonial)).text.replace(" ,", ",")
    send(editor, testimonial)
    assert editor.path == f"/moderation/{testimonial.public_id}"
    assert SUBJECT in editor.text
    deliver(app)
    (received,) = (each.message for each in mail_server.received if each.message["Subject"] == SUBJECT)
    text = plain(received)
    assert received["To"] == AUTHOR
    assert received["Reply-To"] == app.config["CONTACT"]
    assert WORDS in text.replace("\r\n", "\n")
    assert f"{agreed.year}" in text
    assert "J’accepte que le réseau m’écrive au sujet de cette expérience" in " ".join(text.replace(">", "").split())
    assert "retirer cet accord à tout moment" in text
    assert "/mon-temoignage/" in text


def test_a_letter_is_kept_told_to_its_author_and_in_their_data(app: Flask, editor: Visitor, session: Session) -> None:
    testimonial = agreeing(session)
    send(editor, testimonial)
    (letter,) = letters(session)
    assert (letter.subject, letter.words) == (SUBJECT, WORDS)
    (event,) = (each for each in stored(session, AuditEvent) if each.kind is Kind.WRITTEN_TO)
    assert event.user_id == letter.user_id
    assert "Lettre à l’auteur·e, qui accepte d’être recontacté·e, envoyée par Nadia Exemple." in editor.text
    author = Visitor(app).get(private_page(testimonial))
    assert "L’équipe vous a écrit, puisque vous acceptez d’être recontacté·e." in author.text
    assert "Ce que l’équipe vous a écrit" in author.text
    assert SUBJECT in author.text
    assert "Accepteriez-vous d’en parler ?" in author.text
    assert SUBJECT in author.get(f"{private_page(testimonial)}/mes-donnees").text
    assert "Une lettre de l’équipe" in author.text, "among the e-mails too"


def test_without_the_consent_no_letter_is_written_nor_offered(editor: Visitor, session: Session) -> None:
    never = a_testimonial(session, status=Status.PENDING)
    stranger = a_testimonial(session, status=Status.UNCONFIRMED, email="inconnue@exemple.fr")
    stranger.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.FORM)
    session.commit()
    for testimonial in (never, stranger):
        assert editor.get(page_of(testimonial)).status == 409
        assert "n’accepte pas d’être recontacté·e" in editor.text
        assert page_of(testimonial) not in str(editor.get(f"/moderation/{testimonial.public_id}").page)


@pytest.mark.parametrize("erased", [False, True])
def test_a_consent_gone_while_one_writes_refuses_the_letter_and_gives_the_words_back(
    editor: Visitor, session: Session, erased: bool
) -> None:
    testimonial = agreeing(session)
    editor.get(page_of(testimonial)).fill(subject=SUBJECT, words=WORDS)
    if erased:
        erase_testimonial(testimonial)
    else:
        change_consent(testimonial, Purpose.CONTACT, gives=False)
    session.commit()
    editor.press("Envoyer la lettre")
    assert editor.status == 409
    assert WORDS in editor.page.select("textarea")[0].get_text()
    assert_none_is_written(session)
    assert editor.get(page_of(testimonial)).status == 409


@pytest.mark.parametrize("again", [False, True])
def test_a_letter_that_waits_does_not_leave_once_its_consent_was_withdrawn(
    app: Flask, editor: Visitor, session: Session, mail_server: smtp.Peer, again: bool
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    testimonial = agreeing(session)
    send(editor, testimonial)
    assert len(stale_emails.without_stale(session, waiting(session))) == 1
    (testimonial,) = stored(session, Testimonial)
    change_consent(testimonial, Purpose.CONTACT, gives=False)
    if again:  # another consent: the letter speaks of the one before
        change_consent(testimonial, Purpose.CONTACT, gives=True)
    session.commit()
    assert stale_emails.without_stale(session, waiting(session)) == []
    deliver(app)
    assert SUBJECT not in [each.message["Subject"] for each in mail_server.received]
    assert waiting(session) == []
    assert mails.CONSENT.subject in [each.message["Subject"] for each in mail_server.received]


def test_a_letter_that_its_server_refuses_is_told_on_the_review_page_and_stays_in_the_history(
    editor: Visitor, session: Session
) -> None:
    testimonial = agreeing(session)
    send(editor, testimonial)
    (email,) = waiting(session)
    email.last_refusal, email.due_at = "550 no such user", None
    session.commit()
    assert "Cette adresse ne reçoit pas nos courriels" in editor.get(f"/moderation/{testimonial.public_id}").text
    assert SUBJECT in editor.text
    assert len(letters(session)) == 1


def test_withdrawing_the_text_or_another_consent_does_not_stop_a_letter(editor: Visitor, session: Session) -> None:
    testimonial = agreeing(session, reuse=True)
    send(editor, testimonial)
    (testimonial,) = stored(session, Testimonial)
    change_consent(testimonial, Purpose.REUSE, gives=False)
    testimonial.withdraw()
    session.commit()
    assert len(stale_emails.without_stale(session, waiting(session))) == 1


def test_erasing_a_text_erases_its_letters(editor: Visitor, session: Session) -> None:
    testimonial = agreeing(session)
    send(editor, testimonial)
    (testimonial,) = stored(session, Testimonial)
    erase_testimonial(testimonial)
    session.commit()
    assert_none_is_written(session)


def test_the_same_letter_never_leaves_twice(editor: Visitor, session: Session) -> None:
    testimonial = agreeing(session)
    send(editor, testimonial)
    send(editor, testimonial)
    assert editor.status == 422
    assert "Cette lettre est déjà partie" in editor.text
    assert len(waiting(session)) == 1


def test_an_address_gets_three_letters_in_thirty_days_whatever_the_text(editor: Visitor, session: Session) -> None:
    one, other = (agreeing(session) for _ in range(2))
    for number, testimonial in enumerate((one, other, one)):
        send(editor, testimonial, words=f"Lettre {number}.")
    send(editor, other, words="Une de plus.")
    assert editor.status == 422
    assert "3 lettres sont déjà parties vers cette adresse en 30 jours" in editor.text
    assert "Une de plus." in editor.page.select("textarea")[0].get_text()
    first = letters(session)[0]
    first.at -= timedelta(days=30, seconds=1)
    session.commit()
    send(editor, other, words="Une de plus.")
    assert len(letters(session)) == 4


def test_a_letter_has_an_objet_and_words_within_bounds(editor: Visitor, session: Session) -> None:
    testimonial = agreeing(session)
    for subject, words, sentence in (
        ("", WORDS, "Écrivez l’objet de la lettre."),
        (SUBJECT, "  ", "Écrivez la lettre avant de l’envoyer."),
        ("x" * 121, WORDS, "Objet : 121 signes, 120 suffisent."),
        (SUBJECT, "x" * 3001, "Lettre : 3 001 signes, 3 000 suffisent."),
    ):
        send(editor, testimonial, subject, words)
        assert editor.status == 422
        assert sentence in editor.text, editor.text
    assert waiting(session) == []


def test_a_line_break_in_the_subject_adds_no_header(editor: Visitor, session: Session) -> None:
    testimonial = agreeing(session)
    send(editor, testimonial, subject="Objet\r\nBcc: autre@exemple.fr")
    (email,) = waiting(session)
    message = composed(email)
    assert message["Subject"] == "Objet Bcc: autre@exemple.fr"
    assert message["Bcc"] is None


def test_a_letter_does_not_end_the_time_to_undo_a_decision(session: Session) -> None:
    testimonial, user = agreeing(session, status=Status.PENDING), an_editor(session)
    take(session, testimonial, Action.PUBLISH)
    write_letter(session, user, testimonial, SUBJECT, WORDS)
    session.flush()
    assert undo.is_reversible(testimonial.events)
    testimonial.perform(Action.TAKE_BACK, by=Actor.editor(user.id))
    session.commit()
    assert len(waiting(session)) == 1


def test_the_domain_refuses_a_letter_too(session: Session) -> None:
    with pytest.raises(LetterRefused):
        write_letter(session, an_editor(session), a_testimonial(session), SUBJECT, WORDS)
