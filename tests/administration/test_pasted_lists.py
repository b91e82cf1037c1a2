"""Lists of organisations as they are pasted, and to whom a letter is no longer true as it leaves."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.articles import editing
from app.audit import SYSTEM
from app.features.invitations.models import Invitation
from tests.acts import committed, run_clock, signed_in, stored
from tests.administration.test_invitations import age, check, invite, letters
from tests.concurrency import together
from tests.factories import the_article
from tests.mail.test_outbox import deliver
from tests.visitor import Visitor, words_of


def test_every_broken_line_is_named(admin: Visitor, session: Session) -> None:
    check(admin, "\n".join(f"sans adresse {number}" for number in range(1, 41)))
    assert admin.status == 422
    assert "40 lignes sont à reprendre" in admin.text
    named = [words_of(each).partition(",")[0] for each in admin.page.select("form.short li")]
    assert named == [f"Ligne {number}" for number in range(1, 41)]


def test_two_thousand_lines_are_refused_with_what_was_pasted(admin: Visitor, session: Session) -> None:
    lines = "\n".join(
        f"organisation{number}@ville-exemple.example ; CLSM d’Évry {number} ; 91" for number in range(2000)
    )
    check(admin, lines)
    assert admin.status == 422
    assert "2000 lignes : invitez 500 organisations au plus à la fois." in admin.text
    assert admin.page.select("textarea[name=lines]")[0].get_text().strip() == lines
    assert stored(session, Invitation) == []


def test_a_line_without_end_is_named(admin: Visitor) -> None:
    check(admin, f'a@ville.example ; "{"a" * 140_000}')
    assert admin.status == 422
    assert "Ligne 1, « a@ville.example" in admin.text


def test_a_spreadsheet_s_quotes_and_lost_zeros_are_read(admin: Visitor, session: Session) -> None:
    """Files of separated values put in quotes what has a semicolon, and double the quotes within; « 01 » becomes 1."""
    invite(
        admin,
        '\ufeff"a@ville.example";"CLSM ""du Lac"" ; Annecy";"74"\n'
        "\u00a0b@ville.example\t CLSM\u00a0de Bourg \t1\t\t\n"
        'C@Ville.example ; "CLSM C" ; Rhône\n'
        "d@ville.example;CLSM de l'Ain;ain;;",
    )
    assert [(each.email, each.organisation, each.department_code) for each in stored(session, Invitation)] == [
        ("a@ville.example", 'CLSM "du Lac" ; Annecy', "74"),
        ("b@ville.example", "CLSM de Bourg", "01"),
        ("c@ville.example", "CLSM C", "69"),
        ("d@ville.example", "CLSM de l'Ain", "01"),
    ]


@pytest.mark.parametrize("changed", ["a@ville.example\nb@ville.example", "b@ville.example"])
def test_a_list_that_changed_since_its_check_is_checked_again(admin: Visitor, session: Session, changed: str) -> None:
    """The page can be edited between its two buttons: a letter that has left is not caught up with."""
    check(admin, "a@ville.example").fill(lines=changed).press("Envoyer 1 invitation")
    assert stored(session, Invitation) == []
    assert letters(session) == []
    session.rollback()
    assert "La liste a changé depuis cette vérification : rien n’est parti." in admin.text
    admin.press("Envoyer")
    assert [each.email for each in stored(session, Invitation)] == changed.split("\n")


def test_no_reminder_to_who_has_sent_a_text_by_another_way(app: Flask, admin: Visitor, session: Session) -> None:
    """The article has its own form; who has a text here already is not invited either."""
    invite(admin, "a@ville.example ; A\nb@ville.example ; B")
    deliver(app)
    session.rollback()
    committed(session, email="a@ville.example")
    age(session, days=22)
    assert "organisations reminded: 1" in run_clock(app, session)
    assert [each.recipient for each in letters(session)] == ["b@ville.example"]
    session.rollback()
    committed(session, email="b@ville.example")
    assert "call_reminder" not in deliver(app), "as it leaves, too"
    assert letters(session) == []


@pytest.mark.changes_content
@pytest.mark.parametrize("is_public", [True, False])
def test_no_letter_leaves_for_a_call_that_has_closed_meanwhile(
    app: Flask, admin: Visitor, session: Session, is_public: bool
) -> None:
    invite(admin, "a@ville.example ; A")
    editing.change_settings(the_article(session), is_public=is_public, is_open=False, by=SYSTEM)
    session.commit()
    assert "call_invited" not in deliver(app)
    assert letters(session) == []


@pytest.mark.changes_content
def test_an_article_that_closes_before_the_letters_leave_is_named(admin: Visitor, session: Session) -> None:
    check(admin, "a@ville.example")
    editing.change_settings(the_article(session), is_public=True, is_open=False, by=SYSTEM)
    session.commit()
    admin.press("Envoyer 1 invitation")
    assert admin.status == 422
    assert "Cet article ne prend plus de textes : choisissez-en un autre." in admin.text
    assert admin.page.select("textarea[name=lines]")[0].get_text().strip() == "a@ville.example"
    assert stored(session, Invitation) == []


@pytest.mark.both_engines
def test_two_admins_invite_the_same_organisations_in_another_order(app: Flask, session: Session) -> None:
    lines = [f"organisation{number}@ville.example" for number in range(200)]
    pressed = [
        check(signed_in(Visitor(app), session, email=f"admin{number}@ville.example", role=Role.ADMIN), "\n".join(each))
        for number, each in enumerate((lines, lines[::-1]))
    ]
    together(*(lambda admin=each: admin.press("Envoyer 200 invitations") for each in pressed))
    assert [each.status for each in pressed] == [200, 200]
    assert len(stored(session, Invitation)) == len(letters(session)) == 200
