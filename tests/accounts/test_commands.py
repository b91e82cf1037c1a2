"""`flask editors`: the first admin, and recovery of access."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import now
from tests.accounts.signing_in import ADMIN, is_signed_in, set_up_totp, sign_in
from tests.acts import stored
from tests.factories import EDITOR, an_editor, another_article
from tests.visitor import Visitor

NEW = "quatre chevaux sous la pluie"


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["editors", *words])
    return result.exit_code, result.output


def test_the_first_admin_needs_no_mail_server(app: Flask, session: Session) -> None:
    code, output = run(app, "invite", "Premiere@Exemple.fr", "Première Exemple", "--admin")
    assert code == 0
    (path,) = re.findall(r"http://localhost(/connexion/lien/\S+)", output)
    visitor = Visitor(app).get(path).fill(password=NEW).press("Enregistrer")
    assert is_signed_in(sign_in(visitor, email="premiere@exemple.fr", password=NEW))
    assert visitor.get("/administration/equipe").status == 200


def test_an_address_is_normalized_as_on_the_pages(app: Flask, session: Session) -> None:
    assert run(app, "invite", "\u200bPremiere@Exemple.fr", "Première  Exemple")[0] == 0
    assert run(app, "list")[1] == "premiere@exemple.fr\tPremière Exemple\teditor, invited\n"
    assert run(app, "disable", "Premiere@Exemple.fr\u200b")[0] == 0


def test_the_commands_restore_access_to_an_admin_without_credentials(app: Flask, session: Session, admin: User) -> None:
    visitor = sign_in(Visitor(app), email=ADMIN)
    set_up_totp(visitor)
    code, output = run(app, "invite", ADMIN)
    assert code == 0
    assert run(app, "reset-second-factor", ADMIN) == (0, f"{ADMIN}: reset_second_factor\n")
    assert not is_signed_in(visitor)
    (path,) = re.findall(r"http://localhost(/connexion/lien/\S+)", output)
    visitor.get(path).fill(password=NEW).press("Enregistrer")
    assert is_signed_in(sign_in(visitor, email=ADMIN, password=NEW))


def test_an_account_is_closed_opened_and_listed(app: Flask, session: Session, editor: User, admin: User) -> None:
    visitor = sign_in(Visitor(app))
    assert run(app, "disable", EDITOR)[0] == 0
    assert not is_signed_in(visitor)
    assert f"{EDITOR}\tNadia Exemple\teditor, disabled" in run(app, "list")[1]
    assert run(app, "disable", "--undo", EDITOR)[0] == 0
    assert is_signed_in(sign_in(visitor))


def test_an_impossible_command_fails_with_a_message(app: Flask, session: Session, admin: User) -> None:
    an_editor(session, email="fermee@exemple.fr").disabled_at = now()
    session.commit()
    for words, reason in (
        (("invite", "nouvelle@exemple.fr"), "needs an address and a name"),
        (("invite", "rien", "Nom"), "needs an address and a name"),
        (("invite", "a,b@exemple.fr", "Nom"), "needs an address and a name"),
        (("invite", "nouvelle@exemple.fr", " "), "needs an address and a name"),
        (("invite", "fermee@exemple.fr"), "is disabled"),
        (("disable", ADMIN), "last active admin"),
        (("disable", "inconnue@exemple.fr"), "no account"),
        (("disable", "--undo", ADMIN), "nothing to do"),
        (("reset-second-factor", ADMIN), "nothing to do"),
    ):
        code, output = run(app, *words)
        assert code != 0, words
        assert reason in output
    session.rollback()
    assert admin.is_active


@pytest.mark.changes_content
def test_an_account_is_given_articles_and_gets_all_back(app: Flask, session: Session) -> None:
    other = another_article(session)
    session.commit()
    assert run(app, "invite", EDITOR, "Nadia Exemple", "--article", "autre")[0] == 0
    assert run(app, "list")[1] == f"{EDITOR}\tNadia Exemple\teditor, articles autre, invited\n"
    (editor,) = stored(session, User)
    assert editor.scope == frozenset({other.id})
    assert run(app, "invite", EDITOR, "--article", "autre", "--article", "crpv")[0] == 0
    assert "articles crpv, autre" in run(app, "list")[1]
    assert run(app, "invite", EDITOR, "--all-articles")[0] == 0
    assert "articles" not in run(app, "list")[1]
    code, output = run(app, "invite", EDITOR, "--article", "rien")
    assert code == 2
    assert "no article rien: there are autre, crpv" in output
    assert run(app, "invite", EDITOR, "--article", "crpv", "--admin")[0] == 2
    assert run(app, "invite", EDITOR, "--admin")[0] == 0
    code, output = run(app, "invite", EDITOR, "--article", "crpv")
    assert code == 1
    assert "is an admin, who edits all articles" in output
