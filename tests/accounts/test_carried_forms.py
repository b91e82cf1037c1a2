"""Carried forms: what an editor typed comes back after signing in or a proof, in every form."""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import pyotp
import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session
from wtforms import PasswordField

from app.accounts.gate import NEVER_CARRIED
from app.accounts.models import Role, User
from app.accounts.permissions import PUBLIC
from app.accounts.sessions import EditorSession
from app.articles.sites import register_site
from app.articles.source import serialize_source
from app.articles.versions import ArticleVersion
from app.audit import Actor, ActorKind, Kind
from app.catalog import placements
from app.catalog.synthesis.models import Synthesis
from app.db import Base
from app.forms import Form
from app.moderation.recueils.models import Recueil
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.decision import Remark
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import NoticeKind
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from app.tokens import sign_token
from app.web.rate_limits import RateCounter
from tests.accounts.signing_in import ADMIN, set_up_totp, totp_code
from tests.acts import access, first_place, signed_in, stored
from tests.administration.articles.desk import expire_proofs
from tests.depth import DEPTH
from tests.factories import PASSWORD, a_notice, a_testimonial, a_transcript, an_editor, the_article
from tests.visitor import Visitor, values_of

WORDS = "Des mots longs à retrouver : « l’atelier », 12 % & <b>plus</b>.\n\nEt un second paragraphe."
LINE = "Une ligne & <i>des</i> signes"
ARTICLES = "/administration/articles"


class Typed(NamedTuple):
    """A form: its page, its button, and what is typed in it."""

    page: str
    button: str
    fields: dict[str, Any]


DECISION = Typed("/moderation/{pending}", "Refuser", {"message": WORDS, "reason": "hors_sujet"})
NOTE = Typed("/moderation/{pending}", "Ajouter la note", {"words": WORDS})

# What is typed by the kind of a field, else a line; and the fields of several lines that are one line all the same.
TYPED = {"textarea": WORDS, "email": "autre@ville-exemple.fr", "date": "2031-06-01", "month": "2031-06", "number": "7"}
LINES = {("articles.begin", "summary"), ("articles.write", "summary"), ("synthesis_desk.change", "words")}

# What the addresses of pages name, but for texts and numbers; and the pages whose forms come of a query.
NAMED: dict[str, list[Any]] = {"slug": ["crpv"], "code": ["refus-promotion"], "old": [1], "new": [2]}
ASKED = ("/moderation/ecarter?texte={pending}", "/moderation/fait?texte={declined}")

# Buttons without words that no page of `places` shows: what they act upon takes an act first.
UNSEEN = {
    *("administration.send_again", "administration.send_all_again", "invitations.erase_one", "question_reports.settle"),
    *("queue.release", "recueils.file", "recueils.make_again", "referentials.detach", "review.mask"),
    *("settings.identity_removal", "settings.passkey_removal", "settings.recovery_codes"),
}


@pytest.fixture
def places(session: Session) -> dict[str, Any]:
    published, pending, declined = (
        a_testimonial(session, status=status, email=f"{status}@exemple.fr")
        for status in (Status.PUBLISHED, Status.PENDING, Status.DECLINED)
    )
    a_notice(session, published)
    reply = a_notice(session, published, kind=NoticeKind.NAMED, reply="Ma réponse.")
    unlisted: dict[str, Any] = {
        "partner_known": PartnerKnown.OTHER,
        "partner": None,
        "partner_other": "Le centre d’ailleurs",
    }
    a_testimonial(session, email="autre@exemple.fr", **unlisted)
    agreeing = a_testimonial(session, status=Status.PUBLISHED, email="agreeing@exemple.fr", situation=Situation.PLANNED)
    agreeing.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.FORM)
    colleague = an_editor(session, email="collegue@ville-exemple.fr")
    by = Actor.editor(colleague.id)
    session.add(
        ArticleVersion(
            article_id=published.article_id,
            number=2,
            source=serialize_source(published.article).replace('title = "', 'title = "Avant : ', 1),
            kind=Kind.ARTICLE_EDITED,
            actor=ActorKind.EDITOR,
            user_id=colleague.id,
        )
    )
    site = register_site(session, "Un site", "site.example", by=by)
    placements.place_testimonial(session, first_place(session), published, by=by)
    session.add(Synthesis(article_id=published.article_id))
    recueil = Recueil(article=the_article(session), author=colleague, title="Un recueil")
    session.add(recueil)
    told, _ = a_transcript(session)
    session.commit()
    return {
        "told": told.public_id,
        "recueil": recueil.id,
        "reply": reply.id,
        "published": published.public_id,
        "agreeing": agreeing.public_id,
        "pending": pending.public_id,
        "declined": declined.public_id,
        "colleague": colleague.id,
        "site": site.id,
    }


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    """A signed-in admin, with two sessions."""
    signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)
    return signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)


def end_sessions(session: Session) -> None:
    session.rollback()
    session.execute(delete(EditorSession))
    session.commit()


def type_in(visitor: Visitor, form: Typed, places: dict[str, Any]) -> Visitor:
    return visitor.get(form.page.format(**places)).fill(**form.fields)


class Carried(NamedTuple):
    """A form behind the gate: where it is sent, a page that shows it, what is typed; nothing, for a box unticked."""

    endpoint: str
    page: str
    fields: dict[str, list[str]]
    sends: set[str]


@pytest.fixture
def forms(app: Flask, admin: Visitor, places: dict[str, Any]) -> list[Carried]:
    """Return a form of each endpoint behind the gate, where most is typed in it, if it sends more than secrets."""
    found: dict[str, Carried] = {}
    for path in dict.fromkeys(pages(app, places)):
        if admin.get(path).status == 200 and admin.tree is not None:
            for endpoint, button in posting_buttons(admin):
                form = admin.form_around(button)
                typed, sent = typed_in(endpoint, admin, form), {*dict(admin.fields(form)), button.get("name")}
                carried = Carried(endpoint, path, typed, {*typed, *sent} - NEVER_CARRIED - {None})
                found[endpoint] = max(found.get(endpoint, carried), carried, key=lambda each: len(each.fields))
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())} - PUBLIC
    assert posts - found.keys() == UNSEEN, "a form that no page shows: a row in `places`, or a line of ASKED or UNSEEN"
    del found["settings.ending"]  # of a session that has ended meanwhile
    return [form for endpoint, form in found.items() if endpoint in posts and form.sends]


def pages(app: Flask, places: dict[str, Any]) -> Iterator[str]:
    """Yield the address of each page behind the gate, of each row that it may name."""
    texts = {each for each in places.values() if isinstance(each, str)}
    known, numbers = NAMED | {"public_id": [*texts]}, {1, 2, *places.values()} - texts
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and rule.endpoint not in PUBLIC and not rule.rule.endswith(".pdf"):
            names = re.findall(r"<(?:[^:>]+:)?(\w+)>", rule.rule)
            blank = re.sub("<[^>]+>", "{}", rule.rule)
            yield from (blank.format(*values) for values in product(*(known.get(name, numbers) for name in names)))
    yield from (each.format(**places) for each in ASKED)


def posting_buttons(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    """Yield each button of a page that sends a form by POST, with the endpoint to which it does."""
    routes = visitor.client.application.url_map.bind("localhost")
    for button in visitor.tree.xpath("//button[not(@type='button')][@form or ancestor::form]"):
        form = visitor.form_around(button)
        if form.get("method", "").lower() == "post":
            path = urlsplit(urljoin(visitor.path, button.get("formaction") or form.get("action") or "")).path
            yield routes.match(path, method="POST")[0], button


def typed_in(endpoint: str, visitor: Visitor, form: Any) -> dict[str, list[str]]:
    """Return what to type in each field that keeps it: other words, the last choice, the other state of a box."""
    typed: dict[str, list[str]] = {}
    for field in visitor.tree.xpath("//*[@name][@form=$owner]", owner=form.get("id")) + form.xpath(".//*[@name]"):
        name, kind = field.get("name"), field.get("type", "text") if field.tag == "input" else field.tag
        if kind in {"hidden", "file", "button", "submit"} or name in NEVER_CARRIED:
            continue
        words = typed.setdefault(name, [])
        if kind == "select":
            words.append([option.get("value", option.text_content()) for option in field.iter("option")][-1])
        elif kind == "radio":
            words[:] = [field.get("value")]
        elif kind == "checkbox":
            words += [] if field.get("checked") is not None else [field.get("value", "on")]
        else:
            words.append(LINE if (endpoint, name) in LINES else TYPED.get(kind, LINE))
    return typed


def button_to(visitor: Visitor, form: Carried) -> Any:
    """Return the button of a form, None where the page has lost it."""
    buttons = [button for endpoint, button in posting_buttons(visitor) if endpoint == form.endpoint]
    typed = {each: typed_in(form.endpoint, visitor, visitor.form_around(each)) for each in buttons}
    return max(buttons, key=lambda each: len(typed[each]), default=None)


def press_late(visitor: Visitor, session: Session, form: Carried, meanwhile: Callable[[Session], None]) -> None:
    """Fill a form, and press its button once something has happened that refuses it."""
    button = button_to(visitor.get(form.page).fill(**form.fields), form)
    meanwhile(session)
    visitor.press_button(button)
    assert visitor.status == 403
    assert "Ce que vous avez écrit est gardé" in visitor.text


def enter(visitor: Visitor, email: str = ADMIN) -> Visitor:
    return visitor.fill(email=email, password=PASSWORD).press("Se connecter")


def shown(visitor: Visitor, name: str) -> list[str]:
    """Return the values that the page's fields of a name would send."""
    return [value for each in visitor.tree.xpath("//main//*[@name=$name]", name=name) for value in values_of(each)]


def contents(session: Session) -> dict[str, list[str]]:
    """Return the rows of all tables, but those that signing in writes."""
    session.rollback()
    written = {"editor_session", "audit_event", "rate_counter", "attempts"}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in written]
    return {table.name: sorted(str(tuple(row)) for row in session.execute(table.select())) for table in tables}


def check_return(visitor: Visitor, session: Session, form: Carried, before: dict[str, list[str]]) -> None:
    for name, typed in form.fields.items():
        assert set(typed) <= set(shown(visitor, name)) if typed else shown(visitor, name) == [], name
    assert visitor.status < 500
    assert visitor.status != 400
    assert button_to(visitor, form) is not None, "the form's own button"
    assert contents(session) == before, "nothing is done before the button is pressed"


def test_what_was_typed_comes_back_after_signing_in(
    admin: Visitor, session: Session, forms: list[Carried], subtests: pytest.Subtests
) -> None:
    before = contents(session)
    for form in DEPTH.drawn(forms):
        with subtests.test(endpoint=form.endpoint):
            session.execute(delete(RateCounter))  # nobody signs in so often
            session.commit()
            press_late(admin, session, form, end_sessions)
            check_return(enter(admin), session, form, before)


def test_what_was_typed_comes_back_after_a_proof_of_identity(
    admin: Visitor, session: Session, forms: list[Carried], subtests: pytest.Subtests
) -> None:
    before = contents(session)
    for form in DEPTH.drawn([each for each in forms if access(each.endpoint).fresh]):
        with subtests.test(endpoint=form.endpoint):
            press_late(admin, session, form, expire_proofs)
            admin.fill(password="ce n’est pas celui-là").press("Continuer")
            assert "Ce que vous avez écrit est gardé" in admin.text, "a wrong password loses nothing either"
            check_return(admin.fill(password=PASSWORD).press("Continuer"), session, form, before)


def test_a_button_without_fields_leads_back_to_its_page(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    path = f"/moderation/{places['pending']}"
    token = admin.get(path).csrf_token
    end_sessions(session)
    answer = admin.client.post(
        f"{path}/prendre", data={"csrf_token": token}, headers={"Referer": f"http://localhost{path}"}
    )
    assert (answer.status_code, answer.location) == (302, f"/connexion?next={path}")


def test_a_form_that_came_back_is_sent_by_its_own_button(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    form = NOTE
    type_in(admin, form, places)
    end_sessions(session)
    enter(admin.press(form.button))
    assert stored(session, Remark) == []
    admin.press(form.button)
    assert [each.words for each in stored(session, Remark)] == [WORDS]
    assert admin.path == f"/moderation/{places['pending']}"


@pytest.mark.changes_content
def test_an_article_that_came_back_is_previewed_and_saved(admin: Visitor, session: Session) -> None:
    admin.get(f"{ARTICLES}/crpv").fill(title=LINE).press("Relire")
    expire_proofs(session)
    admin.press("Enregistrer").fill(password=PASSWORD).press("Continuer")
    assert shown(admin, "title") == [LINE]
    assert admin.path == f"{ARTICLES}/crpv"
    admin.press("Relire").press("Enregistrer")
    assert admin.path == "/moderation/articles/crpv"
    assert LINE in admin.text


def test_a_text_that_changed_meanwhile_still_refuses_and_gives_the_words_back(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    form = DECISION
    type_in(admin, form, places)
    end_sessions(session)
    (testimonial,) = (each for each in stored(session, Testimonial) if each.public_id == places["pending"])
    testimonial.perform(Action.KEEP_INTERNAL, by=Actor.editor(places["colleague"]))
    session.commit()
    enter(admin.press(form.button))
    assert admin.status == 409
    assert "Ce texte a changé entre-temps" in admin.text
    assert WORDS in admin.page.select("textarea")[0].get_text()


def carried_note(visitor: Visitor, session: Session, places: dict[str, Any]) -> Visitor:
    """Type a note, and get the sign-in page that keeps it."""
    type_in(visitor, NOTE, places)
    end_sessions(session)
    return visitor.press("Ajouter la note")


def test_another_account_is_shown_nothing(admin: Visitor, session: Session, places: dict[str, Any]) -> None:
    carried_note(admin, session, places)
    enter(admin, email="collegue@ville-exemple.fr")
    assert admin.status == 403
    assert "Un autre compte l’a écrit" in admin.text
    assert "l’atelier" not in admin.page.get_text()
    assert shown(admin, "kept") == []
    assert admin.get("/moderation").path == "/moderation", "they are signed in all the same"
    assert stored(session, Remark) == []


def test_a_forged_old_or_moved_form_is_refused(
    admin: Visitor, session: Session, places: dict[str, Any], subtests: pytest.Subtests
) -> None:
    (owner,) = (each.id for each in stored(session, User) if each.email == ADMIN)
    path, fields, present = f"/moderation/{places['pending']}/note", [["words", WORDS]], int(time.time())
    genuine, old, moved, of_another = (
        sign_token("kept-form", claims)
        for claims in (
            [owner, present, path, fields],
            [owner, present - 12 * 3600 - 1, path, fields],
            [owner, present, f"/moderation/{places['published']}/note", fields],
            [owner + 1, present, path, fields],
        )
    )
    tampered = genuine[:20] + ("A" if genuine[20] != "A" else "B") + genuine[21:]
    for name, token in {
        "tampered": tampered,
        "old": old,
        "moved": moved,
        "of another": of_another,
        "of a link": genuine[::-1],
    }.items():
        with subtests.test(name):
            admin.post(path, [("next", path), ("kept", token)])
            assert admin.status == 403
            assert "l’atelier" not in admin.page.get_text()
    admin.post(path, [("next", path), ("kept", genuine)])
    assert shown(admin, "words") == [WORDS]
    assert stored(session, Remark) == []


def test_a_page_that_acts_takes_no_kept_form_of_another_address(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    """What is carried on is a kept form of this very page, or nothing: its other fields press no button."""
    path = f"/moderation/{places['pending']}/note"
    token = admin.get(f"/moderation/{places['pending']}").csrf_token
    for way in ("//[", "/moderation/../deconnexion", "", "/autre"):
        admin.post(path, [("csrf_token", token), ("words", WORDS), ("next", way), ("kept", "x")])
        assert admin.status == 403, way
        assert stored(session, Remark) == [], way


def test_nothing_is_kept_for_a_stranger(app: Flask, session: Session, places: dict[str, Any]) -> None:
    """Another site's form sends no cookie of ours: it must not fill one of our own for the next editor."""
    answer = Visitor(app).client.post(f"/moderation/{places['pending']}/note", data={"words": WORDS})
    assert (answer.status_code, answer.location) == (302, "/connexion")


def test_a_browser_whose_session_expired_is_known_by_its_device(
    app: Flask, session: Session, places: dict[str, Any]
) -> None:
    visitor = enter(Visitor(app).get("/connexion"), email="collegue@ville-exemple.fr")
    type_in(visitor, NOTE, places)
    visitor.client.delete_cookie("session")
    visitor.press("Ajouter la note")
    enter(visitor, email="collegue@ville-exemple.fr")
    assert shown(visitor, "words") == [WORDS]


def test_no_secret_is_kept(admin: Visitor, session: Session) -> None:
    def fields(kind: type[Form]) -> Iterator[tuple[str, str]]:
        yield from (
            (name, each.field_class.__name__) for name, each in vars(kind).items() if hasattr(each, "field_class")
        )
        for child in kind.__subclasses__():
            yield from fields(child)

    passwords = {name for name, kind in fields(Form) if kind == PasswordField.__name__}
    assert passwords == {"password", "current"}
    assert passwords | {"csrf_token", "code", "credential"} <= NEVER_CARRIED
    admin.get("/mon-compte/mot-de-passe").fill(current=PASSWORD, password="une autre phrase de passe")
    end_sessions(session)
    admin.press("Enregistrer")
    assert (admin.path, admin.status) == ("/connexion", 200)
    assert "Ce que vous avez écrit est gardé" not in admin.text


def test_a_text_too_long_to_travel_is_refused_with_a_sentence(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    admin.get(f"/moderation/{places['pending']}")
    end_sessions(session)
    admin.post(f"/moderation/{places['pending']}/note", [("words", secrets.token_urlsafe(180_000))])
    assert admin.status == 413
    assert "ce que vous avez écrit y est encore" in admin.text


def test_the_longest_article_travels(admin: Visitor, session: Session) -> None:
    body = " ".join(f"{number} échangées, précarité été" for number in range(2000))[:60_000]
    admin.get(f"{ARTICLES}/crpv").fill(body=body)
    end_sessions(session)
    enter(admin.press("Relire"))
    assert shown(admin, "body") == [body]


def test_a_second_factor_passes_the_form_on(
    app: Flask, admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    set_up_totp(admin)
    carried_note(admin, session, places)
    enter(admin)
    assert "La première étape est faite" in admin.text
    assert "Ce que vous avez écrit est gardé" in admin.text
    (owner,) = (each for each in stored(session, User) if each.email == ADMIN)
    admin.fill(code="000000").press("Continuer")
    assert admin.status == 422
    admin.fill(code=totp_code(owner, 1)).press("Continuer")
    assert shown(admin, "words") == [WORDS]


def test_a_second_factor_that_comes_too_late_asks_for_the_password_and_keeps_the_form(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    set_up_totp(admin)
    enter(carried_note(admin, session, places))
    with admin.client.session_transaction() as cookie:
        cookie["pending"][1] -= 601
        cookie.modified = True
    admin.fill(code="000000").press("Continuer")
    assert admin.find("Se connecter") is not None
    assert len(shown(admin, "kept")) >= 1


def test_setting_up_the_required_second_factor_passes_the_form_on(
    app: Flask, admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    carried_note(admin, session, places)
    app.config["REQUIRE_SECOND_FACTOR"] = True
    enter(admin)
    assert (admin.path, admin.status) == ("/mon-compte/second-facteur", 200)
    assert "avant de relire" in admin.text
    secret = admin.page.select(".secret")[0].get_text().replace(" ", "")
    admin.fill(code=pyotp.TOTP(secret).now()).press("Associer cette application")
    assert len(admin.page.select(".codes .secret")) == 10
    admin.press("Je les ai notés")
    assert shown(admin, "words") == [WORDS]
    assert stored(session, Remark) == []


def test_a_form_sent_before_the_required_second_factor_is_set_up_comes_back(
    app: Flask, admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    type_in(admin, NOTE, places)
    app.config["REQUIRE_SECOND_FACTOR"] = True
    admin.press("Ajouter la note").fill(password=PASSWORD).press("Continuer")
    assert admin.path == "/mon-compte/second-facteur"
    secret = admin.page.select(".secret")[0].get_text().replace(" ", "")
    admin.fill(code=pyotp.TOTP(secret).now()).press("Associer cette application").press("Je les ai notés")
    assert shown(admin, "words") == [WORDS]


def test_a_session_that_ends_at_the_proof_still_keeps_the_form(admin: Visitor, session: Session) -> None:
    admin.get(f"{ARTICLES}/crpv").fill(title=LINE)
    expire_proofs(session)
    admin.press("Relire")
    end_sessions(session)
    admin.fill(password=PASSWORD).press("Continuer")
    assert admin.find("Se connecter") is not None
    enter(admin)
    assert shown(admin, "title") == [LINE]
