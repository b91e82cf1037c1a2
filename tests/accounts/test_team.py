"""Managing the team: by admins only, and one active admin remains."""

from functools import partial
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import mails, queries, team
from app.accounts.models import BoundIdentity, Role, User
from app.accounts.team import TeamAct, possible_acts
from app.audit import Actor, AuditEvent, Kind
from app.db import now
from app.mail.outbox import Email
from tests.accounts.signing_in import ADMIN, emailed_link, is_signed_in, set_up_totp, sign_in
from tests.acts import signed_in, stored
from tests.concurrency import commit_after, together
from tests.factories import EDITOR, an_editor, another_article, the_article
from tests.mail.test_outbox import composed, plain
from tests.visitor import Visitor


@pytest.fixture
def chief(app: Flask, session: Session, admin: User) -> Visitor:
    return signed_in(Visitor(app), session, email=ADMIN)


def invite(chief: Visitor, **changes: Any) -> Visitor:
    fields: dict[str, Any] = {
        "name": "Invitée Exemple",
        "email": "invitee@ville-exemple.fr",
        "role": "editor",
    } | changes
    return chief.get("/administration/equipe/inviter").fill(**fields).press("Envoyer l’invitation")


def assert_refused(chief: Visitor, session: Session, changes: dict[str, Any], advice: str) -> None:
    invite(chief, **changes)
    assert chief.status == 422
    assert advice in chief.text
    session.rollback()
    assert len(session.scalars(select(User)).all()) == 1


def test_an_admin_invites_and_sees_who_has_answered(app: Flask, session: Session, chief: Visitor) -> None:
    invite(chief)
    assert chief.path == "/administration/equipe"
    assert "n’a pas encore répondu" in chief.text
    path = emailed_link(app, session, mails.INVITATION, "invitee@ville-exemple.fr")
    Visitor(app).get(path).fill(password="quatre chevaux sous la pluie").press("Enregistrer")
    assert "n’a pas encore répondu" not in chief.get("/administration/equipe").text


def test_an_invalid_invitation_is_refused(session: Session, chief: Visitor, subtests: pytest.Subtests) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": " "}, "prénom et le nom"),
        ({"name": "x" * 121}, "trop long"),
        ({"email": "sans-arobase"}, "Vérifiez ce courriel"),
        ({"email": "a,b@exemple.fr"}, "Vérifiez ce courriel"),
        ({"email": "a@b..fr"}, "Vérifiez ce courriel"),
        ({"email": "josé@exemple.fr"}, "ni accent ni signe rare"),
        ({"email": ADMIN.upper()}, "déjà un compte"),
        ({"email": ""}, "l’adresse où envoyer"),
        ({"role": "owner"}, "pas un choix valide"),
        ({"role": ""}, "Choisissez ce que fera cette personne"),
        ({"extent": "some"}, "Cochez au moins un article"),
        ({"extent": "all", "articles": ["1"]}, "Des articles sont cochés"),
        ({"extent": "some", "articles": ["1"], "role": "admin"}, "L’administration relit tous les articles"),
    ]
    for changes, advice in cases:
        with subtests.test(changes=changes, advice=advice):
            assert_refused(chief, session, changes, advice)


@pytest.mark.both_engines
def test_of_two_simultaneous_invitations_to_one_address_one_is_refused(
    app: Flask, session: Session, admin: User
) -> None:
    fields = {"name": "Invitée Exemple", "email": "invitee@ville-exemple.fr", "role": "editor"}
    chiefs = [signed_in(Visitor(app), session, email=ADMIN) for _ in range(3)]
    for chief in chiefs:
        chief.get("/administration/equipe/inviter").fill(**fields)
    together(*(partial(chief.press, "Envoyer l’invitation") for chief in chiefs))
    refused = [chief for chief in chiefs if chief.status in {409, 422}]
    assert len(refused) == len(chiefs) - 1, [chief.status for chief in chiefs]
    assert all("Cette adresse a déjà un compte" in chief.text for chief in refused)
    session.rollback()
    assert len(session.scalars(select(User)).all()) == 2


def test_an_admin_changes_rights_both_ways(session: Session, chief: Visitor, editor: User) -> None:
    page = f"/administration/equipe/{editor.id}"
    roles = []
    for verb in ("Confier l’administration", "Retirer l’administration"):
        chief.get(page).press(verb)
        session.rollback()
        roles.append(editor.role)
    assert roles == [Role.ADMIN, Role.EDITOR]
    changed = select(AuditEvent).where(AuditEvent.kind == Kind.ROLE_CHANGED).order_by(AuditEvent.id)
    changes = session.scalars(changed).all()
    assert [(each.before, each.after, each.account_id) for each in changes] == [
        ("editor", "admin", editor.id),
        ("admin", "editor", editor.id),
    ]
    assert changes[0].sentence({editor.id: "Nadia", changes[0].user_id or 0: "Chef"}) == (
        "Rôle de Nadia changé par Chef."
    )


def test_an_account_is_closed_and_opened_again(app: Flask, session: Session, chief: Visitor, editor: User) -> None:
    page = f"/administration/equipe/{editor.id}"
    chief.get(page).press("Fermer ce compte")
    assert sign_in(Visitor(app)).status == 422
    chief.get(page).press("Rouvrir ce compte")
    assert is_signed_in(sign_in(Visitor(app)))
    session.rollback()
    kinds = session.scalars(select(AuditEvent.kind)).all()
    assert {Kind.ACCOUNT_DISABLED, Kind.ACCOUNT_ENABLED} <= set(kinds)


def test_an_admin_resets_a_lost_second_factor(app: Flask, session: Session, chief: Visitor, editor: User) -> None:
    lost = signed_in(Visitor(app), session)
    set_up_totp(lost)
    chief.get(f"/administration/equipe/{editor.id}").press("Retirer son second facteur")
    assert not is_signed_in(lost)
    assert is_signed_in(sign_in(Visitor(app)))
    session.rollback()
    assert not editor.has_second_factor
    assert editor.recovery_codes == []
    last = session.scalars(select(Email).where(Email.recipient == EDITOR).order_by(Email.id.desc())).first()
    assert last is not None
    assert "retiré" in last.facts["words"]


def test_the_last_active_admin_is_not_offered_what_would_be_refused(
    session: Session, chief: Visitor, admin: User
) -> None:
    an_editor(session, email="fermee@ville-exemple.fr", role=Role.ADMIN).disabled_at = now()
    an_editor(session, email="invitee@ville-exemple.fr", role=Role.ADMIN).password_hash = ""
    session.commit()
    page = f"/administration/equipe/{admin.id}"
    chief.get(page)
    assert "C’est le seul compte qui gère l’équipe" in chief.text
    offered = [button.get_text(strip=True) for button in chief.page.select(".record button")]
    assert offered == ["Terminer ses connexions"]
    for act in ("make_editor", "disable"):  # from a page that was open before the other admin left
        chief.get(page)
        chief.post(page, [("act", act), ("csrf_token", chief.csrf_token)])
        assert chief.status == 409
        assert "dernier compte" in chief.text
    session.rollback()
    assert admin.is_admin
    assert admin.is_active
    an_editor(session, email="chef@ville-exemple.fr", role=Role.ADMIN)
    session.commit()
    chief.get(page)
    assert "C’est le seul compte" not in chief.text
    assert chief.find("Retirer l’administration") is not None
    assert chief.find("Fermer ce compte") is not None


@pytest.mark.both_engines
@pytest.mark.parametrize("admins", [2, 3])
@pytest.mark.parametrize("verbs", [*product(("Retirer l’administration", "Fermer ce compte"), repeat=2)])
def test_of_two_admins_who_remove_each_other_at_once_the_second_is_refused(
    app: Flask, session: Session, admin: User, admins: int, verbs: tuple[str, str]
) -> None:
    """The second presses a button before the first's act is committed; a third may be there to manage the team."""
    other, *_ = (an_editor(session, email=f"chef{n}@ville-exemple.fr", role=Role.ADMIN) for n in range(1, admins))
    visitor = signed_in(Visitor(app), session, email=other.email).get(f"/administration/equipe/{admin.id}")
    act = next(each for each in TeamAct if each.label == verbs[0])
    team.perform_team_act(session, Actor.editor(admin.id), other, act)
    session.flush()
    commit_after(session, lambda: visitor.press(verbs[1]))
    assert not is_signed_in(visitor)
    session.rollback()
    remaining = session.scalars(queries.active_admins()).all()
    assert [each.id for each in remaining] == [each.id for each in stored(session, User) if each is not other]
    assert admin in remaining


def test_an_act_that_no_longer_fits_is_refused(session: Session, chief: Visitor, editor: User) -> None:
    chief.get(f"/administration/equipe/{editor.id}")
    session.rollback()
    editor.disabled_at = now()
    session.commit()
    chief.press("Fermer ce compte")
    assert chief.status == 409
    chief.get(f"/administration/equipe/{editor.id}")
    chief.post(f"/administration/equipe/{editor.id}", [("act", "promote"), ("csrf_token", chief.csrf_token)])
    assert chief.status == 422


def test_every_team_act_applies_to_some_account() -> None:
    fresh = User(email="a@exemple.fr", name="A")
    known = User(email="b@exemple.fr", name="B", role=Role.ADMIN, password_hash="x", totp_secret="n")
    known.identities.append(BoundIdentity(issuer="https://identite.exemple", subject="42"))
    closed = User(email="c@exemple.fr", name="C", disabled_at=now())
    assert {act for user in (fresh, known, closed) for act in possible_acts(user)} == set(TeamAct)


@pytest.mark.changes_content
def test_an_invitation_names_who_invites_and_for_what(
    app: Flask, session: Session, chief: Visitor, admin: User
) -> None:
    article, other = the_article(session), another_article(session)
    session.commit()
    given = [str(other.id), str(article.id)]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"extent": "all"}, "pour relire les retours d’expérience de tous les articles."),
        ({"extent": "some", "articles": given[:1]}, "d’un article : « Un autre article »."),
        ({"extent": "some", "articles": given}, f"de 2 articles : « {article.title} », « Un autre article »."),
        ({"extent": "all", "role": "admin"}, "de tous les articles, gérer l’équipe et les réglages."),
    ]
    for number, (fields, expected) in enumerate(cases):
        address = f"invitee{number}@ville-exemple.fr"
        invite(chief, email=address, **fields)
        sentence = f"{admin.name} vous invite dans l’équipe du site En regard, pour"
        session.rollback()
        email = session.scalars(select(Email).where(Email.recipient == address)).one()
        told = " ".join(plain(composed(email)).split())
        assert sentence in told
        assert expected in told
        page = Visitor(app).get(emailed_link(app, session, mails.INVITATION, address))
        assert sentence in page.text
        assert expected in page.text
    user = session.scalars(select(User).where(User.email == "invitee1@ville-exemple.fr")).one()
    assert user.scope == frozenset({other.id})


@pytest.mark.changes_content
def test_an_invitation_says_what_is_given_when_it_is_read(
    app: Flask, session: Session, chief: Visitor, admin: User
) -> None:
    """Articles given, renamed or taken offline since stand on its page; of none, it does not say « tous »."""
    other, address = another_article(session), "invitee@ville-exemple.fr"
    session.commit()
    invite(chief, email=address, extent="some", articles=[str(other.id)])
    path = emailed_link(app, session, mails.INVITATION, address)
    user = session.scalars(select(User).where(User.email == address)).one()
    other.title, other.is_public = "Un article renommé", False
    session.commit()
    assert "d’un article : « Un article renommé »." in Visitor(app).get(path).text
    session.rollback()
    user.articles = []
    session.commit()
    chief.get(f"/administration/equipe/{user.id}").press("Renvoyer l’invitation")
    assert Visitor(app).get(path).status == 404, "the one before opens nothing any more"
    path = emailed_link(app, session, mails.INVITATION, address)
    page = Visitor(app).get(path)
    assert "vous seront confiés ensuite" in page.text
    assert "tous les articles" not in page.text
    page.fill(password="quatre chevaux sous la pluie").press("Enregistrer")
    assert Visitor(app).get(path).status == 404, "it serves once"
    editor = sign_in(Visitor(app), address, "quatre chevaux sous la pluie")
    for page_of_none in ("", "/chiffres", "/recueils", "/en-regard"):
        assert "Demandez-en un à une personne de l’administration" in editor.get(f"/moderation{page_of_none}").text


def test_an_admin_gives_themselves_no_articles(session: Session, chief: Visitor, admin: User) -> None:
    """Their own account is the one that the session has read, with its articles: locking it is no error."""
    own = f"/administration/equipe/{admin.id}"
    session.commit()
    chief.get(own).post(f"{own}/articles", [("csrf_token", chief.csrf_token), ("extent", "all")])
    assert chief.status == 409
    session.rollback()
    assert session.get_one(User, admin.id).edits_all


@pytest.mark.changes_content
def test_an_admin_gives_articles_and_takes_them_back(session: Session, chief: Visitor, editor: User) -> None:
    article, other = the_article(session), another_article(session)
    session.commit()
    page, scopes = f"/administration/equipe/{editor.id}", []
    for extent, articles in (
        ("some", [article.id, other.id]),
        ("some", [other.id]),
        ("all", []),
        ("all", []),
        ("some", [article.id]),
    ):
        fields: dict[str, Any] = {"extent": extent, "articles": [str(each) for each in articles]}
        chief.get(page).fill(**fields).press("Enregistrer ses articles")
        assert chief.status == 200
        session.rollback()
        scopes.append(editor.scope)
    assert scopes == [frozenset({article.id, other.id}), frozenset({other.id}), None, None, frozenset({article.id})]
    given = select(AuditEvent).where(AuditEvent.kind == Kind.ARTICLES_GIVEN).order_by(AuditEvent.id)
    assert [(each.before, each.after) for each in session.scalars(given)] == [
        ("tous", "crpv, autre"),
        ("crpv, autre", "autre"),
        ("autre", "tous"),
        ("tous", "crpv"),
    ]
    assert article.title in chief.get("/administration/equipe").text
    chief.get(page).press("Confier l’administration")
    assert stored(session, User)[-1].scope is None, "an admin edits all articles"
    chief.get(page).press("Retirer l’administration")
    assert stored(session, User)[-1].scope == frozenset({article.id}), "and comes back to those given before"
    chief.get(page).press("Confier l’administration")
    chief.post(f"{page}/articles", [("extent", "all"), ("csrf_token", chief.csrf_token)])
    assert chief.status == 409


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_of_two_admins_who_give_articles_at_once_one_choice_holds(
    app: Flask, session: Session, admin: User, editor: User
) -> None:
    article, other = the_article(session), another_article(session)
    session.commit()
    page = f"/administration/equipe/{editor.id}"
    chiefs = [signed_in(Visitor(app), session, email=ADMIN).get(page) for _ in range(3)]
    for number, chief in enumerate(chiefs):
        chief.fill(extent="some", articles=[str(article.id), str(other.id)][number % 2 :])
    together(*(partial(chief.press, "Enregistrer ses articles") for chief in chiefs))
    assert {chief.status for chief in chiefs} == {200}
    assert stored(session, User)[-1].scope in (frozenset({article.id, other.id}), frozenset({other.id}))


@pytest.mark.both_engines
def test_an_unknown_account_is_not_found(chief: Visitor) -> None:
    assert chief.get("/administration/equipe/99999").status == 404
    assert chief.get("/administration/equipe/rien").status == 404
    assert chief.get(f"/administration/equipe/{2**31}").status == 404
    assert chief.get(f"/administration/equipe/{'9' * 400}").status == 404
