"""The permissions table: every route by every role, and no route without a permission."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts import mails as account_mails
from app.accounts.models import User
from app.accounts.permissions import OF_BLUEPRINTS, PERMISSIONS, PUBLIC, SETUP_ENDPOINTS, AccessLevel
from app.accounts.sessions import EditorSession
from app.db import now
from app.privacy.address.requests import AddressRequest, ask_for_data
from app.testimonials import draft as drafts
from app.testimonials.draft import DRAFT_SAVED
from app.testimonials.lifecycle import Status
from app.tokens import sign_draft_link, sign_token
from tests.accounts.signing_in import ADMIN
from tests.acts import access, private_token, signed_in
from tests.depth import DEPTH
from tests.factories import AUTHOR, a_notice, a_question, a_testimonial, an_alert, an_invitation, the_article
from tests.visitor import Visitor

# Whose a page is, by its address: the first that fits. A closed page stands at the desk's addresses, or here.
FAMILIES = {
    AccessLevel.ADMIN: r"/administration/.*",
    AccessLevel.EDITOR: r"/moderation(/.*)?|/aide|/mon-compte(/.*)?|/connexion/confirmer|/deconnexion",
    AccessLevel.AUTHOR: r".*<token>.*",
    AccessLevel.READER: r".*",
}

# A recent proof of identity is required of admins, and for one's own credentials and sessions; but for the exceptions.
PROVED = r"(?!GET|HEAD)[A-Z]+ /administration/.*|[A-Z]+ /mon-compte/.*"
UNPROVED = r"[A-Z]+ /administration/courriels.*"


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield each route and method, with a path of nothing that exists."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "rien", re.sub(r"<int[^>]*>", "1", rule.rule).replace("<slug>", "crpv"))
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method, path


def family(rule: Rule) -> AccessLevel:
    return next(level for level, addresses in FAMILIES.items() if re.fullmatch(addresses, rule.rule))


def outcome(visitor: Visitor, method: str, path: str) -> str:
    answer = visitor.client.open(path, method=method)
    location = answer.location or ""
    # The gate redirects by 302; the page of the second factor, without a password before it, by 303.
    if answer.status_code == 302 and re.match(r"/connexion(\?|$)", location):
        return "sign in"
    if location.startswith("/connexion/confirmer"):
        return "prove"
    return "forbidden" if answer.status_code == 403 else "let through"


def test_every_route_has_an_access_level(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert PERMISSIONS.keys() <= endpoints
    assert OF_BLUEPRINTS.keys() <= {name.partition(".")[0] for name in endpoints - PERMISSIONS.keys()}
    assert {rule.rule: family(rule) for rule in app.url_map.iter_rules()} == {
        rule.rule: access(rule.endpoint).level for rule in app.url_map.iter_rules()
    }
    assert PERMISSIONS.keys() - PUBLIC >= SETUP_ENDPOINTS


def test_sensitive_pages_ask_for_a_new_proof_of_identity_after_ten_minutes(
    app: Flask, session: Session, admin: User
) -> None:
    visitor = signed_in(Visitor(app), session, email=ADMIN)
    session.scalars(select(EditorSession)).one().proved_at = now() - timedelta(minutes=10, seconds=1)
    session.commit()
    for rule, method, path in routes(app):
        if family(rule) in {AccessLevel.EDITOR, AccessLevel.ADMIN}:
            asked = re.fullmatch(f"(?!{UNPROVED})({PROVED})", f"{method} {rule.rule}")
            assert (outcome(visitor, method, path) == "prove") is bool(asked), f"{method} {rule.rule}"


def test_without_the_required_second_factor_only_setup_confirmation_and_sign_out_are_open(
    app: Flask, session: Session, admin: User
) -> None:
    app.config["REQUIRE_SECOND_FACTOR"] = True
    visitor = signed_in(Visitor(app), session, email=ADMIN)
    opened = {
        rule.rule
        for rule, method, path in routes(app)
        if family(rule) in {AccessLevel.EDITOR, AccessLevel.ADMIN}
        and visitor.client.open(path, method=method).location != "/mon-compte/second-facteur"
    }
    assert opened == {"/mon-compte/second-facteur", "/mon-compte/cles", "/connexion/confirmer", "/deconnexion"}


def links(app: Flask, session: Session) -> dict[str, str]:
    """Return a valid token for each endpoint that takes one."""
    testimonial = a_testimonial(session, status=Status.PENDING)
    draft = drafts.save_draft(
        session, the_article(session), key="k" * 36, email="a@exemple.fr", answers={"title": "Titre"}
    )
    session.flush()
    notice = a_notice(session, a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr"))
    asked_of = a_testimonial(session, status=Status.PUBLISHED, email="c@exemple.fr", questions=True)
    question = a_question(session, asked_of, sent=False)
    invited = session.scalars(select(User)).first()
    assert invited is not None
    reset = account_mails.send_account_link(session, invited)
    ask_for_data(session, AUTHOR)
    asked = session.scalars(select(AddressRequest)).one()
    invited_mark, alert = an_invitation(session), an_alert(session)
    session.commit()
    private = private_token(testimonial)
    ours = {rule.endpoint: private for rule in app.url_map.iter_rules() if "<token>" in rule.rule}
    return ours | {
        **dict.fromkeys(
            ("address.erase", "address.kept", "address.kept_file"), sign_token("address", [asked.public_id])
        ),
        "accounts.link": sign_token("account-link", [reset.public_id]),
        **dict.fromkeys(
            ("invited.refuse_answering", "responses.write"),
            sign_token("answer", [testimonial.public_id, "k" * 36, "0" * 64]),
        ),
        **dict.fromkeys(("invited.refuse", "invited.open_form"), sign_token("invitation", [invited_mark, "0" * 64])),
        "drafts.erase": sign_draft_link(draft.public_id),
        "drafts.saved": DRAFT_SAVED.make(draft.public_id),
        "drafts.resume": sign_draft_link(draft.public_id),
        **dict.fromkeys(("alerts.subscribe", "alerts.leave"), sign_token("alert", [alert.public_id])),
        "colleague_questions.confirm": sign_token("question", [question.public_id]),
        "received_questions.from_letter": sign_token("received-question", [question.public_id]),
        "notices.received": sign_token("notice", [notice.key]),
        "submission.receipt": sign_token("receipt", [testimonial.public_id]),
    }


@pytest.mark.slow("every route of links, and real PDF")
def test_a_link_opens_its_own_target_only(app: Flask, session: Session, editor: User) -> None:
    with app.app_context():
        tokens = links(app, session)
    doors = [(rule, method) for rule, method, _ in routes(app) if access(rule.endpoint).level is AccessLevel.AUTHOR]
    assert {rule.endpoint for rule, _ in doors} <= tokens.keys(), "links() has a token for each"
    own = [(*door, token) for door in doors for token in ("rien", tokens[door[0].endpoint])]
    others = [(*door, token) for door in doors for token in {*tokens.values()} - {tokens[door[0].endpoint]}]
    visitor = Visitor(app)
    for rule, method, token in (*own, *DEPTH.drawn(others)):
        answer = visitor.client.open(rule.rule.replace("<token>", token), method=method)
        leads_on = answer.location == f"/mon-temoignage/{token}"  # to the private page, which the same link opens
        opened = leads_on or answer.status_code in {200, 409, 422}
        assert opened or answer.status_code == 404, f"{method} {rule.rule}: {answer.status}"
        assert opened is (token == tokens[rule.endpoint]), f"{method} {rule.rule}"


def test_an_endpoint_without_a_permission_is_closed_to_all(
    app: Flask, session: Session, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PERMISSIONS, "queue.index")
    stranger, chief = Visitor(app), signed_in(Visitor(app), session, email=ADMIN)
    assert outcome(stranger, "GET", "/moderation") == "sign in"
    assert outcome(chief, "GET", "/moderation") == "forbidden"
