"""Kept forms: what an editor typed comes back after signing in or a proof, in every form, and waits for its button."""

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pyotp
import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session
from wtforms import PasswordField

from app.accounts.gate import NEVER_CARRIED
from app.accounts.models import Role, User
from app.accounts.sessions import EditorSession
from app.articles.sites import register_site
from app.articles.source import serialize_source
from app.articles.versions import ArticleVersion
from app.audit import Actor, ActorKind, Kind
from app.catalog import placements
from app.catalog.synthesis.models import Synthesis
from app.db import Base, now
from app.forms import Form
from app.moderation.recueils.models import Recueil
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.decision import Remark
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notices import NoticeKind
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.wordings import Purpose
from app.tokens import sign_token
from app.web.rate_limits import RateCounter
from tests.accounts.signing_in import ADMIN, set_up_totp, totp_code
from tests.acts import access, first_place, signed_in, stored
from tests.administration.articles.desk import ARTICLE, expire_proofs
from tests.depth import DEPTH
from tests.factories import PASSWORD, SENTENCES, a_notice, a_testimonial, a_transcript, an_editor, the_article
from tests.visitor import Visitor, values_of

WORDS = "Des mots longs à retrouver : « l’atelier », 12 % & <b>plus</b>.\n\nEt un second paragraphe."
LINE = "Une ligne & <i>des</i> signes"
ARTICLES = "/administration/articles"


class Typed(NamedTuple):
    """A form: its page, its button, and what is typed in it; nothing, for a box that is unticked."""

    page: str
    button: str
    fields: dict[str, Any]


FORMS = {
    "review.decision": Typed("/moderation/{pending}", "Refuser", {"message": WORDS, "reason": "hors_sujet"}),
    "review.note": Typed("/moderation/{pending}", "Ajouter la note", {"words": WORDS}),
    "review.edit_text": Typed("/moderation/{pending}/relire", "Enregistrer", {"advice": WORDS, "message": WORDS}),
    "review.ask_author": Typed(
        "/moderation/{pending}/demander", "Envoyer la demande", {"message": WORDS, "ask_title": WORDS}
    ),
    "review.write_letter": Typed(
        "/moderation/{agreeing}/ecrire", "Envoyer la lettre", {"subject": LINE, "words": WORDS}
    ),
    "updates.choose_day": Typed("/moderation/{agreeing}/suite", "Changer la date", {"month": f"{now().year + 1}-06"}),
    "response_invitation.compose": Typed(
        "/moderation/{agreeing}/inviter", "Envoyer l’invitation", {"email": "contact@centre.example"}
    ),
    "notices_desk.dismiss": Typed("/moderation/{published}", "Classer sans suite", {"answer": WORDS}),
    "notices_desk.answer_reply": Typed(
        "/moderation/{published}/signalements/{reply}/reponse", "Envoyer la réponse", {"answer": WORDS}
    ),
    "placements.place": Typed("/moderation/articles/crpv/en-regard", "Citer ces phrases", {"sentence": [SENTENCES[1]]}),
    "synthesis_desk.change": Typed("/moderation/articles/crpv/synthese", "Ajouter ce constat", {"words": LINE}),
    "recueils.compose": Typed(
        "/moderation/articles/crpv/recueils/nouveau", "Composer", {"title": LINE, "introduction": WORDS}
    ),
    "recueils.recueil": Typed(
        "/moderation/articles/crpv/recueils/{recueil}", "Enregistrer", {"title": LINE, "introduction": WORDS}
    ),
    "voice_desk.write_transcript": Typed(
        "/moderation/articles/crpv/recueillir", "Enregistrer et faire signer", {"account": WORDS, "author_name": LINE}
    ),
    "voice_desk.correct": Typed("/moderation/{told}/recueilli", "Enregistrer la correction", {"account": WORDS}),
    "queue.search": Typed("/moderation", "Chercher", {"mots": LINE}),
    "queue.set_aside": Typed("/moderation/ecarter?texte={pending}", "Écarter", {"raison": "indesirable"}),
    "queue.take_back": Typed("/moderation/fait?texte={declined}", "Annuler", {}),
    "digest.choose": Typed("/moderation/courriels", "Garder", {"frequency": "weekly"}),
    "articles.write": Typed(f"{ARTICLES}/crpv", "Relire", {"title": LINE, "body": f"{WORDS}\n\n## Encore"}),
    "articles.begin": Typed(f"{ARTICLES}/nouveau", "Relire", ARTICLE | {"invitation": WORDS}),
    "articles.begin_from_source": Typed(f"{ARTICLES}/nouveau/source", "Relire", {"source": f"+++\n+++\n\n{WORDS}"}),
    "articles.themes": Typed(
        f"{ARTICLES}/crpv/articulations", "Ajouter", {"label": LINE, "choice": LINE, "passage": WORDS}
    ),
    "articles.settings": Typed(f"{ARTICLES}/crpv/reglages", "Enregistrer", {"is_open": []}),
    "articles.rewrite_source": Typed(f"{ARTICLES}/crpv/source/modifier", "Relire", {"source": f"+++\n+++\n\n{WORDS}"}),
    "articles.version": Typed(f"{ARTICLES}/crpv/versions/2", "Revenir à cette version", {}),
    "articles.visibility": Typed(f"{ARTICLES}/crpv/mise-en-ligne", "Mettre hors ligne", {}),
    "administration.audit_log_file": Typed(
        "/administration/journal?kind=submitted", "Télécharger", {"kind": "submitted"}
    ),
    "exports.download": Typed(
        "/administration/exports?etat=declined", "Télécharger en CSV", {"usage": "team", "etat": "declined"}
    ),
    "team.invitation": Typed(
        "/administration/equipe/inviter",
        "Envoyer l’invitation",
        {"name": "Zoé Exemple", "email": "zoe@ville-exemple.fr", "role": "admin"},
    ),
    "team.editor": Typed("/administration/equipe/{colleague}", "Fermer ce compte", {"act": "disable"}),
    "team.articles": Typed(
        "/administration/equipe/{colleague}", "Enregistrer ses articles", {"extent": "some", "articles": ["1"]}
    ),
    "sentences.sentence": Typed("/administration/phrases/refus-promotion", "Enregistrer", {"words": WORDS}),
    "referentials.lists": Typed("/administration/listes", "Créer cette liste", {"name": LINE}),
    "referentials.entries": Typed("/administration/listes/1", "Renommer", {"name": LINE}),
    "referentials.add": Typed("/administration/listes/1/ajouter", "Ajouter", {"name": LINE, "territory": "Corse"}),
    "referentials.entry": Typed("/administration/listes/entrees/1", "Enregistrer", {"source": LINE}),
    "referentials.import_file": Typed(
        "/administration/listes/1/importer", "Voir ce qui changerait", {"content": f"code;nom\n{LINE}"}
    ),
    "referentials.typed": Typed(
        "/administration/listes/1/reponses", "Ranger", {"answers": ["Le centre d’ailleurs"], "name": LINE}
    ),
    "invitations.prepare": Typed(
        "/administration/invitations/nouvelles", "Vérifier la liste", {"lines": f"a@exemple.fr ; {LINE}", "known": "y"}
    ),
    "sites.registered": Typed(
        "/administration/sites", "Inscrire ce site", {"name": "Un réseau", "host": "reseau.example"}
    ),
    "sites.site": Typed("/administration/sites/{site}", "Renommer", {"name": "Un autre nom"}),
    "settings.email": Typed("/mon-compte/courriel", "Écrire", {"email": "autre@ville-exemple.fr"}),
    "settings.passkey": Typed("/mon-compte/second-facteur", "Ajouter une clé", {"name": LINE}),
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


def press_late(visitor: Visitor, form: Typed, places: dict[str, Any], meanwhile: Callable[[], None]) -> None:
    """Fill a form, and press its button once something has happened that refuses it."""
    type_in(visitor, form, places)
    meanwhile()
    visitor.press(form.button)
    assert visitor.status == 403


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


def check_return(visitor: Visitor, session: Session, form: Typed, before: dict[str, list[str]]) -> None:
    for name, typed in form.fields.items():
        values = typed if isinstance(typed, list) else [typed] if typed else []
        assert set(values) <= set(shown(visitor, name)) if values else shown(visitor, name) == [], name
    assert visitor.status < 500
    assert visitor.status != 400
    assert visitor.find(form.button) is not None, "the form's own button"
    assert contents(session) == before, "nothing is done before the button is pressed"


def test_what_was_typed_comes_back_after_signing_in(
    admin: Visitor, session: Session, places: dict[str, Any], subtests: pytest.Subtests
) -> None:
    before = contents(session)
    for endpoint in DEPTH.drawn([*FORMS]):
        with subtests.test(endpoint=endpoint):
            session.execute(delete(RateCounter))  # nobody signs in so often
            session.commit()
            press_late(admin, FORMS[endpoint], places, lambda: end_sessions(session))
            assert "Ce que vous avez écrit est gardé" in admin.text
            check_return(enter(admin), session, FORMS[endpoint], before)


PROVED = {endpoint: form for endpoint, form in FORMS.items() if access(endpoint).fresh}


def test_what_was_typed_comes_back_after_a_proof_of_identity(
    admin: Visitor, session: Session, places: dict[str, Any], subtests: pytest.Subtests
) -> None:
    before = contents(session)
    for endpoint in DEPTH.drawn([*PROVED]):
        with subtests.test(endpoint=endpoint):
            press_late(admin, PROVED[endpoint], places, lambda: expire_proofs(session))
            admin.fill(password="ce n’est pas celui-là").press("Continuer")
            assert "Ce que vous avez écrit est gardé" in admin.text, "a wrong password loses nothing either"
            check_return(admin.fill(password=PASSWORD).press("Continuer"), session, PROVED[endpoint], before)


# Nothing is typed in them but secrets. `test_permissions` checks that each form behind the gate is here or in FORMS.
BUTTONS = {
    *("accounts.confirm", "accounts.sign_out", "administration.send_again", "administration.send_all_again"),
    *("queue.hold", "queue.release", "review.mask", "sites.withdraw"),
    "invitations.erase_one",
    *("referentials.detach", "referentials.switch"),
    "question_reports.settle",
    *("recueils.file", "recueils.make_again", "recueils.remove"),
    *("settings.identity_removal", "settings.passkey_removal", "settings.password", "settings.recovery_codes"),
    *("settings.set_up_second_factor", "settings.ending", "voice_desk.sheet"),
}


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
    form = FORMS["review.note"]
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
    assert admin.path == ARTICLES
    assert LINE in admin.text


def test_a_text_that_changed_meanwhile_still_refuses_and_gives_the_words_back(
    admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    form = FORMS["review.decision"]
    type_in(admin, form, places)
    end_sessions(session)
    (testimonial,) = (each for each in stored(session, Testimonial) if each.public_id == places["pending"])
    testimonial.perform(Action.KEEP_INTERNAL, by=Actor.editor(places["colleague"]))
    session.commit()
    enter(admin.press(form.button))
    assert admin.status == 409
    assert "Ce texte a changé entre-temps" in admin.text
    assert WORDS in admin.page.select("textarea")[0].get_text()


def kept_note(visitor: Visitor, session: Session, places: dict[str, Any]) -> Visitor:
    """Type a note, and get the sign-in page that keeps it."""
    type_in(visitor, FORMS["review.note"], places)
    end_sessions(session)
    return visitor.press("Ajouter la note")


def test_another_account_is_shown_nothing(admin: Visitor, session: Session, places: dict[str, Any]) -> None:
    kept_note(admin, session, places)
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
    type_in(visitor, FORMS["review.note"], places)
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
    kept_note(admin, session, places)
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
    enter(kept_note(admin, session, places))
    with admin.client.session_transaction() as cookie:
        cookie["pending"][1] -= 601
        cookie.modified = True
    admin.fill(code="000000").press("Continuer")
    assert admin.find("Se connecter") is not None
    assert len(shown(admin, "kept")) >= 1


def test_setting_up_the_required_second_factor_passes_the_form_on(
    app: Flask, admin: Visitor, session: Session, places: dict[str, Any]
) -> None:
    kept_note(admin, session, places)
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
    type_in(admin, FORMS["review.note"], places)
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
