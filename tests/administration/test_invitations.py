"""Organisations invited to testify: pasted by an admin, written to once and reminded once, forgotten after a year."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.articles import editing
from app.audit import SYSTEM, AuditEvent, Kind
from app.db import now
from app.erasure_journal import ERASED, Entry, journal_path, read_entries
from app.features.invitations import mails
from app.features.invitations.models import Invitation
from app.mail.outbox import Email
from app.privacy import replay
from app.testimonials.refusals import InvitationRefusal, invited_digest, refuse_invitations
from app.testimonials.testimonial import Testimonial
from tests.acts import run_clock, stored
from tests.factories import a_testimonial, the_article
from tests.mail.test_outbox import composed, deliver, plain
from tests.testimonials.test_form import ANSWERS
from tests.visitor import Visitor, words_of

NEW = "/administration/invitations/nouvelles"
KNOWN = {"known": "y"}
INVITING = {mails.CALL_INVITED, mails.CALL_REMINDER}


def check(admin: Visitor, lines: str) -> Visitor:
    return admin.get(NEW).fill(lines=lines, **KNOWN).press("Vérifier la liste")


def invite(admin: Visitor, lines: str) -> Visitor:
    return check(admin, lines).press("Envoyer")


def letters(session: Session) -> list[Email]:
    return [each for each in stored(session, Email) if each.message in INVITING]


def link(email: Email) -> str:
    (path,) = re.findall(r"https?://[^/\s]+(/\S+)", plain(composed(email)))
    return str(path)


def invited(admin: Visitor, session: Session, lines: str = "a@ville.example ; A") -> str:
    """Invite organisations; return the path of the link of the first."""
    invite(admin, lines)
    path = link(letters(session)[0])
    session.rollback()
    return path


def age(session: Session, **length: int) -> None:
    session.rollback()
    session.execute(update(Invitation).values(invited_at=now() - timedelta(**length)))
    session.commit()


def answer(visitor: Visitor, path: str, publish: str, email: str = "autre@exemple.fr") -> Visitor:
    """Fill in the form of an invitation and send it; the organisation's name and département are left as they are."""
    typed = {name: value for name, value in ANSWERS.items() if name not in {"clsm", "department"}}
    visitor.get(path).fill(**typed | {"email": email}).press("Relire mon texte")
    return visitor.fill(publish=publish, **({"attest": "y"} if publish == "yes" else {})).press("Envoyer")


@pytest.mark.both_engines
def test_pasted_organisations_are_checked_then_written_to_once(admin: Visitor, session: Session) -> None:
    """From a spreadsheet or typed, by the code of a département or by its name; the second paste writes to nobody."""
    lines = (
        "A@Ville.example\tCLSM d’Aville\tIlle-et-Vilaine\n\n b@ville.example ; CLSM de Béville ; 2a\nc@ville.example"
    )
    check(admin, lines)
    assert "3 lettres vont partir" in admin.text
    assert stored(session, Invitation) == [], "checking invites nobody"
    admin.press("Envoyer 3 invitations")
    assert admin.path == "/administration/invitations"
    rows = [(each.email, each.organisation, each.department_code) for each in stored(session, Invitation)]
    assert rows == [
        ("a@ville.example", "CLSM d’Aville", "35"),
        ("b@ville.example", "CLSM de Béville", "2A"),
        ("c@ville.example", "", None),
    ]
    assert [each.recipient for each in letters(session)] == [row[0] for row in rows]
    (event,) = [each for each in stored(session, AuditEvent) if each.kind is Kind.ORGANISATIONS_INVITED]
    assert event.reason == "crpv"
    session.rollback()
    check(admin, lines)
    assert "Aucune lettre ne partirait" in admin.text
    assert "3 adresses sont laissées de côté" in admin.text
    assert not admin.page.find("button", string=re.compile("^Envoyer"))


def test_broken_lines_are_named_nothing_is_stored_and_what_was_pasted_is_kept(admin: Visitor, session: Session) -> None:
    lines = (
        "a@ville.example ; CLSM\nCLSM sans adresse\nb@ville.example ; CLSM ; Zélande\na@ville.example\nc@v.fr;a;35;d"
    )
    check(admin, lines)
    assert admin.status == 422
    assert "4 lignes sont à reprendre : personne n’est encore invité." in admin.text
    named = [words_of(each) for each in admin.page.select("form.short li")]
    assert [each[:7] for each in named] == ["Ligne 2", "Ligne 3", "Ligne 4", "Ligne 5"]
    assert "« CLSM sans adresse » : vérifiez ce courriel" in named[0]
    assert "Zélande" in named[1]
    assert "qu’à la ligne 1" in named[2]
    (area,) = admin.page.select("textarea[name=lines]")
    assert area.get_text().strip() == lines
    assert stored(session, Invitation) == []
    assert letters(session) == []


def test_without_the_word_that_the_network_writes_to_them_nobody_is_invited(admin: Visitor, session: Session) -> None:
    token = admin.get(NEW).csrf_token
    fields = [("csrf_token", token), ("article", "crpv"), ("lines", "a@ville.example"), ("step", "send")]
    assert admin.post(NEW, fields).status == 422
    assert "Cochez cette ligne" in admin.text
    assert stored(session, Invitation) == []


def test_who_has_a_text_here_or_refuses_is_not_written_to(admin: Visitor, session: Session) -> None:
    a_testimonial(session, email="auteur@ville.example")
    refuse_invitations(session, invited_digest("refus@ville.example"))
    session.commit()
    check(admin, "auteur@ville.example\nRefus+clsm@ville.example\nneuf@ville.example")
    assert "1 lettre va partir" in admin.text
    assert "1 adresse est laissée de côté" in admin.text
    assert "1 organisation a demandé à ne plus être invitée" in admin.text
    admin.press("Envoyer 1 invitation")
    assert [each.email for each in stored(session, Invitation)] == ["neuf@ville.example"]


def test_the_letter_opens_the_form_with_what_is_known(admin: Visitor, visitor: Visitor, session: Session) -> None:
    path = invited(admin, session, "a@ville.example ; CLSM d’Aville ; 35")
    assert len(letters(session)) == 1
    assert "@" not in path
    visitor.get(path)
    assert visitor.page.select("[name=clsm]")[0]["value"] == "CLSM d’Aville"
    assert visitor.page.select("[name=department] option[selected]")[0]["value"] == "35"
    assert visitor.page.select(f"a[href='{path}/refuser']")
    (invitation,) = stored(session, Invitation)
    assert invitation.answered_at is None, "reading answers nothing"


@pytest.mark.parametrize("publish", ["yes", "no"])
def test_the_list_says_who_answered_and_never_what_about_publication(
    app: Flask, admin: Visitor, visitor: Visitor, session: Session, publish: str
) -> None:
    """Two colleagues answer by one letter: both texts are stored, and the list is the same whatever they consent to."""
    path = invited(admin, session, "a@ville.example ; CLSM d’Aville ; 35\nb@ville.example ; CLSM de Béville ; 35")
    answer(visitor, path, publish)
    answer(Visitor(app), path, "no", email="collegue@exemple.fr")
    assert [each.email for each in stored(session, Testimonial)] == ["autre@exemple.fr", "collegue@exemple.fr"]
    assert [each.answered_at is not None for each in stored(session, Invitation)] == [True, False]
    session.rollback()
    lines = [
        " ".join(words_of(each).split()) for each in admin.get("/administration/invitations").page.select("li.act")
    ]
    answered = [each for each in lines if "A répondu." in each]
    assert len(answered) == 1
    rest = re.sub(r"invitée le .* pour « .* »", "invitée", answered[0])
    assert rest == "CLSM d’Aville, Ille-et-Vilaine a@ville.example, invitée. A répondu. Effacer : CLSM d’Aville"


def test_one_reminder_leaves_and_none_to_who_has_answered(
    app: Flask, admin: Visitor, visitor: Visitor, session: Session
) -> None:
    answer(visitor, invited(admin, session, "a@ville.example ; A ; 35\nb@ville.example ; B"), "no")
    deliver(app)
    assert letters(session) == [], "the outbox forgets them once they have left"
    age(session, days=20)
    run_clock(app, session)
    assert letters(session) == []
    age(session, days=22)
    assert "organisations reminded: 1" in run_clock(app, session)
    assert [(each.recipient, each.message) for each in letters(session)] == [("b@ville.example", mails.CALL_REMINDER)]
    assert "reminded" not in run_clock(app, session)
    assert len(letters(session)) == 1


@pytest.mark.changes_content
def test_no_reminder_leaves_for_an_article_that_takes_no_text(app: Flask, admin: Visitor, session: Session) -> None:
    invite(admin, "a@ville.example")
    deliver(app)
    session.rollback()
    editing.change_settings(the_article(session), is_public=True, is_open=False, by=SYSTEM)
    session.commit()
    age(session, days=22)
    run_clock(app, session)
    assert letters(session) == []
    assert [each.reminded_at for each in stored(session, Invitation)] == [None]


def refused_by_page(visitor: Visitor, path: str) -> None:
    visitor.get(path).press("Ne plus être invité·e")
    assert "plus aucune invitation ne partira" in visitor.text


def refused_by_mail_program(visitor: Visitor, path: str) -> None:
    """The one-click form of RFC 8058, which has no token of ours."""
    sent = visitor.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert sent.status_code == 200


@pytest.mark.parametrize("refused", [refused_by_page, refused_by_mail_program])
def test_a_refusal_is_for_good_and_takes_the_address_away(
    app: Flask, admin: Visitor, visitor: Visitor, session: Session, refused: object
) -> None:
    """At once: a letter that waits does not leave, and a restored backup does not bring the address back."""
    invite(admin, "a@ville.example ; A")
    (letter,), (invitation,) = letters(session), stored(session, Invitation)
    mark, path = invitation.mark, link(letter)
    headers = composed(letter)
    assert str(headers["List-Unsubscribe"]).endswith(f"{path}/refuser>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    session.rollback()
    assert callable(refused)
    refused(visitor, f"{path}/refuser")
    assert stored(session, Invitation) == []
    assert len(stored(session, InvitationRefusal)) == 1
    session.rollback()
    assert "sent" not in deliver(app)
    assert letters(session) == []
    assert visitor.get(path).status == 404
    assert "Cette invitation est terminée" in visitor.text
    assert "1 organisation a demandé" in check(admin, "a@ville.example").text
    assert [each.public_id for each in read_entries(journal_path()) if each.what == ERASED] == [mark]
    session.rollback()
    session.execute(delete(InvitationRefusal))  # as a backup of before has it
    assert sum([replay.replay_entry(session, each) for each in read_entries(journal_path())]) == 1
    assert len(stored(session, InvitationRefusal)) == 1, "for good"


def test_an_admin_erases_an_invitation_and_its_letter_does_not_leave(
    app: Flask, admin: Visitor, session: Session
) -> None:
    invite(admin, "a@ville.example ; A")
    admin.get("/administration/invitations").press("Effacer")
    assert "Aucune invitation depuis un an." in admin.text
    assert stored(session, Invitation) == []
    session.rollback()
    assert "sent" not in deliver(app)


def test_an_address_is_forgotten_after_a_year_and_its_link_still_refuses(
    app: Flask, admin: Visitor, visitor: Visitor, session: Session
) -> None:
    path = invited(admin, session)
    age(session, days=364)
    run_clock(app, session)
    assert len(stored(session, Invitation)) == 1
    age(session, days=367)
    assert "old invitations: 1" in run_clock(app, session)
    assert stored(session, Invitation) == []
    refused_by_page(visitor, f"{path}/refuser")


def test_a_restored_backup_brings_no_erased_invitation_back(admin: Visitor, session: Session) -> None:
    invite(admin, "a@ville.example ; CLSM d’Aville ; 35")
    (invitation,) = stored(session, Invitation)
    assert replay.replay_entry(session, Entry(invitation.mark, now(), ERASED))
    assert not replay.replay_entry(session, Entry(invitation.mark, now(), ERASED))
