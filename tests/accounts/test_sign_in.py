"""Sign-in and sign-out: one answer for unknown, wrong and disabled; no redirect to another site."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import AuditEvent, Kind
from app.db import now
from config import Config
from tests.accounts.signing_in import sign_in
from tests.factories import EDITOR, PASSWORD
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("editor")


def test_signing_in_rehashes_a_password_with_other_parameters(
    app: Flask, visitor: Visitor, session: Session, editor: User
) -> None:
    app.config["ARGON2"] = Config.ARGON2
    assert not editor.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    session.rollback()
    for entered in range(2):
        sign_in(visitor, password=PASSWORD)
        session.rollback()
        assert editor.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), entered
        visitor.press("Se déconnecter")


def test_capitals_and_spaces_in_the_address_do_not_matter(visitor: Visitor) -> None:
    assert sign_in(visitor, email=f"  {EDITOR.upper()} ").path == "/moderation"


def test_unknown_wrong_and_disabled_get_one_answer(visitor: Visitor, session: Session, editor: User) -> None:
    answers = [sign_in(visitor, email="inconnue@exemple.fr"), sign_in(visitor, password="autre chose")]
    responses = {(visitor.status, visitor.text.replace("inconnue@exemple.fr", EDITOR))}
    session.rollback()
    editor.disabled_at = now()
    session.commit()
    sign_in(visitor)
    responses.add((visitor.status, visitor.text))
    assert len(responses) == 1
    assert visitor.status == 422
    assert "ne vont pas ensemble" in visitor.text
    assert answers


def test_a_disabled_editor_is_signed_out_at_the_next_request(visitor: Visitor, session: Session, editor: User) -> None:
    sign_in(visitor)
    session.rollback()
    editor.disabled_at = now()
    session.commit()
    assert visitor.get("/moderation").path == "/connexion"


def test_sign_in_leads_to_the_requested_page(visitor: Visitor) -> None:
    visitor.get("/moderation?etat=declined")
    assert visitor.path == "/connexion"
    visitor.fill(email=EDITOR, password=PASSWORD).press("Se connecter")
    assert visitor.answer is not None
    assert visitor.answer.request.full_path == "/moderation?etat=declined"


def test_sign_in_never_redirects_to_another_site(app: Flask, subtests: pytest.Subtests) -> None:
    for target in (
        *(
            "https://ailleurs.exemple",
            "//ailleurs.exemple",
            "/\\ailleurs.exemple",
            "/\t/ailleurs.exemple",
            "/\n/ailleurs.exemple",
        ),
        *("/a\r\nb", "javascript:alert(1)", "ailleurs"),
    ):
        with subtests.test(target=target):
            visitor = Visitor(app).get("/connexion")
            token = visitor.csrf_token
            answer = visitor.client.post(
                "/connexion", data={"email": EDITOR, "password": PASSWORD, "next": target, "csrf_token": token}
            )
            assert answer.location == "/moderation"


def test_sign_ins_and_failures_are_audited_without_the_address(visitor: Visitor, session: Session) -> None:
    sign_in(visitor, password="autre chose")
    sign_in(visitor)
    session.rollback()
    kinds = [event.kind for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert kinds == [Kind.SIGN_IN_FAILED, Kind.SIGNED_IN]


def test_a_password_is_compared_as_it_was_typed(visitor: Visitor, session: Session, editor: User) -> None:
    typed = "  Une Phrase, avec ses Majuscules et ses espaces   "
    session.rollback()
    editor.set_password(typed)
    session.commit()
    for other in (typed.strip(), typed.lower(), typed.replace("  ", " "), typed[:40]):
        assert sign_in(visitor, password=other).status == 422
    assert sign_in(visitor, password=typed).path == "/moderation"


def test_password_fields_are_masked_and_support_password_managers(visitor: Visitor) -> None:
    pages = {"/connexion": ["current-password"], "/mon-compte/mot-de-passe": ["current-password", "new-password"]}
    sign_in(visitor)
    for page, helped in pages.items():
        fields = visitor.get(page).page.select("[name=password], [name=current]")
        assert [field["autocomplete"] for field in fields] == helped
        assert {field["type"] for field in fields} == {"password"}
        assert not any(field.get("onpaste") or field.get("maxlength") or field.get("pattern") for field in fields)


def test_every_page_of_the_team_has_a_sign_out_button(visitor: Visitor) -> None:
    sign_in(visitor)
    pages = (
        "/moderation",
        "/moderation/courriels",
        "/mon-compte",
        "/mon-compte/second-facteur",
        "/connexion/confirmer",
    )
    for page in pages:
        assert visitor.get(page).page.select("header form[action='/deconnexion'] button"), page
    for page in ("/articles/crpv", "/vos-donnees", "/administration/journal", "/rien"):
        assert visitor.get(page).page.select("header a[href='/moderation']"), page
