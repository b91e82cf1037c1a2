"""Drafts: saving an unfinished form, resuming it from its link, and its deletion."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import editing
from app.audit import SYSTEM
from app.db import insert_once, now
from app.french import day
from app.mail.outbox import Email
from app.testimonials import erasure, mails
from app.testimonials.consent import Consent
from app.testimonials.draft import BETWEEN_EMAILS, MAX_LINKS_SENT, Draft, save_draft
from app.testimonials.drafts.routes import MAX_SIGNS
from app.testimonials.testimonial import Testimonial
from app.tokens import sign_private_link
from tests.acts import ask_for_link, stored
from tests.factories import ACCOUNT, AUTHOR, a_testimonial, the_article
from tests.mail.test_outbox import deliver, plain
from tests.services import smtp
from tests.testimonials.test_form import ANSWERS, NO, WRITE, YES, preview
from tests.visitor import Visitor

KEEP = "Enregistrer et reprendre plus tard"
KEPT = "/brouillon/garde/"
NEW_LINK = "/mon-temoignage/nouveau-lien"
ELSEWHERE = "autre.personne@exemple.fr"


def send_draft(visitor: Visitor, **changes: Any) -> Visitor:
    typed = {"title": "Trois après-midi", "account": "Trop court <encore>", "email": AUTHOR}
    return visitor.get(WRITE).fill(**(typed | changes)).press(KEEP)


def link(draft: Draft) -> str:
    return f"/brouillon/{draft.token}"


def test_a_draft_is_saved_and_resumed_from_its_email(
    app: Flask, visitor: Visitor, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    send_draft(visitor)
    assert visitor.status == 200
    assert visitor.path.startswith(KEPT)
    (draft,) = stored(session, Draft)
    assert day(draft.ends_at) in visitor.text
    assert draft.ends_at - draft.kept_at == timedelta(days=30)
    assert "c…@ville-exemple.fr" in visitor.text
    assert "Rien n’est envoyé à l’équipe" in visitor.text
    assert stored(session, Testimonial) == []
    deliver(app)
    (received,) = mail_server.received
    assert received.recipients == [AUTHOR]
    text = plain(received.message)
    assert "Trois après-midi" not in text, "an address nobody has confirmed is sent no words of anyone’s"
    (path,) = re.findall(r"http://localhost(/brouillon/\S+)", text)
    visitor.get(path)
    fields = form_fields(visitor)
    assert fields["title"] == ["Trois après-midi"]
    assert fields["account"] == ["Trop court <encore>"]
    assert fields["email"] == [AUTHOR]
    assert day(draft.ends_at) in visitor.text


def test_a_draft_keeps_valid_and_invalid_fields(visitor: Visitor, session: Session) -> None:
    wrong = {"link": "javascript:alert(1)", "years": "a" * 100, "account": ""}
    send_draft(visitor, **(ANSWERS | wrong))
    (draft,) = stored(session, Draft)
    visitor.get(link(draft))
    fields = form_fields(visitor)
    for name, value in (ANSWERS | wrong).items():
        expected = value if isinstance(value, list) else [value]
        assert fields[name] == [each.replace("\r\n", "\n") for each in expected], name
    assert not visitor.page.select(".field--wrong"), "it is shown as it was left, not corrected"


def test_an_empty_form_can_be_saved(visitor: Visitor, session: Session) -> None:
    visitor.get(WRITE).fill(email=AUTHOR).press(KEEP)
    (draft,) = stored(session, Draft)
    assert draft.answers == {}
    assert visitor.get(link(draft)).status == 200


@pytest.mark.parametrize(("email", "status"), [("", 200), ("camille", 422)])
def test_without_a_valid_address_only_the_address_is_asked(
    visitor: Visitor, session: Session, email: str, status: int
) -> None:
    send_draft(visitor, **(ANSWERS | {"email": email}))
    assert visitor.status == status
    assert stored(session, Draft) == []
    assert ("À reprendre" in visitor.text) is bool(email)
    visitor.fill(email="").press("Enregistrer et recevoir")
    assert visitor.status == 422
    assert "Indiquez le courriel" in visitor.text
    visitor.fill(email=f" {AUTHOR.upper()} ").press("Enregistrer et recevoir")
    assert visitor.path.startswith(KEPT)
    (draft,) = stored(session, Draft)
    assert draft.email == AUTHOR
    assert draft.answers["account"] == ANSWERS["account"].replace("\r\n", "\n")
    assert draft.answers["themes"] == ANSWERS["themes"]


def test_the_address_page_leads_back_to_the_text(visitor: Visitor) -> None:
    send_draft(visitor, **(ANSWERS | {"email": ""})).press("Revenir au texte")
    assert visitor.path == WRITE
    assert form_fields(visitor)["title"] == ["Trois après-midi"]
    assert form_fields(visitor)["themes"] == ANSWERS["themes"]


def test_the_answer_does_not_tell_whether_an_address_is_known(visitor: Visitor, session: Session) -> None:
    visitor.get(WRITE)
    preview(visitor).fill(**YES).press("Envoyer")
    known = send_draft(visitor).text
    unknown = send_draft(visitor, email="c@ville-exemple.fr").text
    assert known == unknown


def test_a_draft_holds_no_consent_and_preselects_none(visitor: Visitor, session: Session) -> None:
    preview(visitor).fill(**YES).press("Modifier le texte")
    assert form_fields(visitor)["publish"] == ["yes"], "it travels with the page"
    visitor.press(KEEP)
    (draft,) = stored(session, Draft)
    assert not {"publish", "attest", "reuse", "contact", "seen", "csrf_token"} & draft.answers.keys()
    assert session.scalars(select(Consent)).all() == []
    visitor.get(link(draft)).press("Relire mon texte")
    assert visitor.page.select("[checked]") == []


def test_sending_the_text_deletes_the_draft_and_its_email(visitor: Visitor, session: Session) -> None:
    send_draft(visitor, **ANSWERS)
    (draft,) = stored(session, Draft)
    path = link(draft)
    visitor.get(path).press("Relire mon texte").fill(**NO)
    fields = [*visitor.fields(visitor.form_of("Envoyer")), ("step", "send")]
    first = visitor.post(WRITE, fields).path
    assert first.startswith("/recu/")
    assert stored(session, Draft) == []
    assert [email.message for email in stored(session, Email)] == [mails.RECEIPT]
    assert visitor.get(path).status == 404
    assert "Si vous avez envoyé ce texte depuis" in visitor.text
    assert visitor.page.select("a[href='/mon-temoignage/nouveau-lien']")
    assert visitor.post(WRITE, fields).path == first, "sent twice, it is stored once"
    assert visitor.status == 200
    assert (len(stored(session, Testimonial)), len(stored(session, Email))) == (1, 1)


def test_a_failed_sending_keeps_the_draft(visitor: Visitor, session: Session) -> None:
    send_draft(visitor, **ANSWERS)
    visitor.get(link(stored(session, Draft)[0])).press("Relire mon texte").press("Envoyer")
    assert visitor.status == 422
    assert len(stored(session, Draft)) == 1
    send_draft(visitor, account="Trop court.", email=ELSEWHERE)
    visitor.get(link(stored(session, Draft)[-1])).press("Relire mon texte")
    assert visitor.status == 422
    assert "Effacer ce brouillon" in visitor.text


def test_saving_again_replaces_the_draft(visitor: Visitor, session: Session) -> None:
    send_draft(visitor)
    (draft,) = stored(session, Draft)
    path = link(draft)
    draft.kept_at -= timedelta(days=10)
    draft.ends_at -= timedelta(days=10)
    session.commit()
    visitor.get(path).fill(title="Quatre après-midi").press(KEEP)
    (again,) = stored(session, Draft)
    assert link(again) == path
    assert again.answers["title"] == "Quatre après-midi"
    assert again.ends_at > now() + timedelta(days=29)
    assert day(again.ends_at) in visitor.text


def test_saving_twice_within_an_hour_sends_one_email(visitor: Visitor, session: Session) -> None:
    send_draft(visitor)
    assert "est envoyé à c…@ville-exemple.fr" in visitor.text
    assert "Si rien n’arrive" in visitor.text
    visitor.get(link(stored(session, Draft)[0])).press(KEEP)
    assert "aucun nouveau courriel ne part" in visitor.text
    assert "Si rien n’arrive" not in visitor.text
    assert len(stored(session, Email)) == 1
    stored(session, Email)[0].written_at -= BETWEEN_EMAILS
    session.commit()
    visitor.get(link(stored(session, Draft)[0])).press(KEEP)
    assert len(stored(session, Email)) == 2
    assert "Si rien n’arrive" in visitor.text


def test_a_lost_draft_link_is_sent_again_and_the_page_does_not_tell(visitor: Visitor, session: Session) -> None:
    unknown = ask_for_link(visitor, session).text
    send_draft(visitor)
    (draft,) = stored(session, Draft)
    path = link(draft)
    known = ask_for_link(visitor, session).text
    assert known == unknown
    assert [(email.message, email.draft_id) for email in stored(session, Email)] == [(mails.DRAFT, draft.id)] * 2
    assert [each.facts.keys() for each in stored(session, Email)] == [{"public_id", "article", "due"}] * 2
    assert AUTHOR not in str([each.facts for each in stored(session, Email)])
    assert visitor.get(path).status == 200, "the link is the same"
    draft.ends_at = now()
    session.commit()
    ask_for_link(visitor, session)
    assert len(stored(session, Email)) == 2, "what is over is not sent"


def test_links_sent_again_to_an_address_are_limited(visitor: Visitor, session: Session) -> None:
    for _ in range(MAX_LINKS_SENT + 1):
        a_draft(session, key=str(uuid.uuid4()))
    before = len(stored(session, Email))
    ask_for_link(visitor, session)
    assert len(stored(session, Email)) == before + MAX_LINKS_SENT


def test_a_resumed_draft_tells_that_changes_must_be_saved(visitor: Visitor, session: Session) -> None:
    assert "Rien n’est gardé avant « Envoyer »" in visitor.get(WRITE).text
    send_draft(visitor)
    assert "Rien n’est gardé avant" not in visitor.get(link(stored(session, Draft)[0])).text
    assert "Ce que vous changez ici n’est gardé que si vous l’enregistrez de nouveau" in visitor.text


def take_offline(session: Session, *, is_public: bool = False) -> None:
    session.rollback()
    the_article(session).is_public = is_public
    session.commit()


PAUSED = "Cet article ne prend pas de témoignage pour le moment"


@pytest.mark.changes_content
def test_a_draft_of_an_offline_article_is_read_saved_and_erased_but_not_sent(
    visitor: Visitor, session: Session
) -> None:
    send_draft(visitor, **ANSWERS)
    (draft,) = stored(session, Draft)
    take_offline(session)
    assert visitor.get(link(draft)).status == 200
    assert PAUSED in visitor.text
    (account,) = visitor.page.select("textarea[name=account]")
    assert ACCOUNT in account.get_text(), "the words are still there"
    offered = [" ".join(each.get_text().split()) for each in visitor.page.select("main button[type=submit]")]
    assert offered == ["Effacer ce brouillon", KEEP], "what would lead nowhere is not offered"
    assert not visitor.page.select("main a[href='/articles/crpv']")
    visitor.fill(title="Changé hors ligne").press(KEEP)
    assert visitor.path.startswith(KEPT)
    assert [each.answers["title"] for each in stored(session, Draft)] == ["Changé hors ligne"]
    visitor.get(link(draft)).press("Effacer ce brouillon")
    assert visitor.path == "/brouillon/efface"
    assert stored(session, Draft) == []


@pytest.mark.changes_content
@pytest.mark.parametrize("press", ["Relire mon texte", "Envoyer"])
def test_a_draft_is_refused_by_an_offline_article_and_sent_once_it_is_back(
    visitor: Visitor, session: Session, press: str
) -> None:
    send_draft(visitor, **ANSWERS)
    (draft,) = stored(session, Draft)
    visitor.get(link(draft))
    if press == "Envoyer":
        visitor.press("Relire mon texte").fill(**YES)
    else:
        visitor.fill(title="Changé entre-temps")
    take_offline(session)
    visitor.press(press)
    assert visitor.status == 409
    assert PAUSED in visitor.text
    assert form_fields(visitor, KEEP)["account"] == [ANSWERS["account"].replace("\r\n", "\n")]
    assert form_fields(visitor, KEEP)["title"] == ["Changé entre-temps" if press != "Envoyer" else ANSWERS["title"]]
    assert stored(session, Testimonial) == []
    assert len(stored(session, Draft)) == 1
    take_offline(session, is_public=True)
    visitor.get(link(draft)).press("Relire mon texte").fill(**NO).press("Envoyer")
    assert visitor.path.startswith("/recu/")
    assert len(stored(session, Testimonial)) == 1


@pytest.mark.changes_content
def test_a_draft_is_known_at_the_address_that_its_article_had(visitor: Visitor, session: Session) -> None:
    send_draft(visitor, **ANSWERS)
    (draft,) = stored(session, Draft)
    visitor.get(link(draft)).fill(title="Changé entre-temps")
    session.rollback()
    article = the_article(session)
    editing.change_address(article, "ailleurs", by=SYSTEM)
    editing.put_online(article, is_public=False, by=SYSTEM)
    session.commit()
    visitor.press("Relire mon texte")
    assert visitor.status == 409
    assert PAUSED in visitor.text
    assert form_fields(visitor, KEEP)["title"] == ["Changé entre-temps"]


@pytest.mark.changes_content
@pytest.mark.parametrize("press", ["Relire mon texte", KEEP])
def test_an_offline_article_loses_no_word_of_those_who_have_no_draft(
    visitor: Visitor, session: Session, press: str
) -> None:
    """Nothing is told of the article: the page is the same for an address that never was one."""
    visitor.get(WRITE).fill(**ANSWERS)
    take_offline(session)
    visitor.press(press)
    assert visitor.status == 404
    assert "Votre texte n’est pas parti" in visitor.text
    shown = [area.get_text().strip() for area in visitor.page.select("textarea[readonly]")]
    assert any(ACCOUNT in each for each in shown)
    assert "Trois après-midi" in shown
    assert the_article(session).title not in visitor.text
    assert stored(session, Draft) == []
    assert stored(session, Testimonial) == []
    form = visitor.form_of("Réessayer")
    fields, known = [*visitor.fields(form)], visitor.text
    visitor.post(form.get("action").replace("crpv", "inconnu"), [*fields, ("step", "preview")])
    assert (visitor.status, visitor.text) == (404, known)
    take_offline(session, is_public=True)
    visitor.post(WRITE, [*fields, ("step", "preview")])
    assert visitor.status == 200
    assert visitor.find("Envoyer") is not None


def form_fields(visitor: Visitor, button: str = "Relire mon texte") -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in visitor.fields(visitor.form_of(button)):
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return fields


def test_saving_with_another_address_voids_the_first_link(visitor: Visitor, session: Session) -> None:
    send_draft(visitor)
    old = link(stored(session, Draft)[0])
    visitor.get(old).fill(email=ELSEWHERE).press(KEEP)
    (draft,) = stored(session, Draft)
    assert draft.email == ELSEWHERE
    assert [email.recipient for email in stored(session, Email)] == [ELSEWHERE], "the first gets nothing"
    assert visitor.get(old).status == 404
    assert visitor.get(link(draft)).status == 200


def test_erasing_a_draft_leaves_nothing(app: Flask, visitor: Visitor, session: Session) -> None:
    send_draft(visitor)
    (draft,) = stored(session, Draft)
    path, public_id = link(draft), draft.public_id
    visitor.get(path).press("Effacer ce brouillon")
    assert visitor.path == "/brouillon/efface"
    assert "n’en reste rien" in visitor.text
    assert stored(session, Draft) == []
    assert stored(session, Email) == []
    assert visitor.get(path).status == 404
    assert public_id in (app.config["INSTANCE"] / "erasures.log").read_text(encoding="utf-8")


def test_an_expired_page_asks_again_before_erasing(app: Flask, visitor: Visitor, session: Session) -> None:
    send_draft(visitor)
    path = link(stored(session, Draft)[0])
    stranger = Visitor(app).get(path)
    token = stranger.csrf_token
    visitor.client.delete_cookie("session")
    visitor.post(f"{path}/effacer", [("csrf_token", token)])
    assert visitor.status == 422
    assert len(stored(session, Draft)) == 1
    visitor.press("Effacer ce brouillon")
    assert stored(session, Draft) == []


def a_draft(session: Session, *, key: str = "0b6cbb1e-6d0f-4f8e-8b6a-1f0a5d8f3c11") -> Draft:
    draft = save_draft(session, the_article(session), key=key, email=AUTHOR, answers={"title": "Trois après-midi"})
    session.commit()
    return draft


def test_a_double_click_saves_one_draft(session: Session) -> None:
    first = a_draft(session)
    found = iter([None, first])  # the other click's is stored meanwhile
    again = insert_once(session, lambda: next(found), lambda: Draft(article=first.article, key=first.key, email=AUTHOR))
    assert again == (first, False)
    session.commit()
    assert [draft.email for draft in stored(session, Draft)] == [AUTHOR]


@pytest.mark.parametrize(("days", "kept"), [(29.9, True), (30.1, False)])
def test_a_draft_expires_after_thirty_days(
    app: Flask, visitor: Visitor, session: Session, days: float, kept: bool
) -> None:
    draft = a_draft(session)
    path = link(draft)
    draft.ends_at -= timedelta(days=days)
    session.commit()
    assert visitor.get(path).status == (200 if kept else 404), "the link does not wait for the scheduled job"
    output = app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False).output
    assert ("drafts past their time: 1" in output) is not kept
    assert bool(stored(session, Draft)) is kept
    assert bool(stored(session, Email)) is kept


def test_the_pages_of_a_draft_are_neither_cached_nor_indexed(visitor: Visitor, session: Session) -> None:
    send_draft(visitor)
    (draft,) = stored(session, Draft)
    assert visitor.answer is not None
    assert visitor.answer.headers["Cache-Control"] == "no-store"
    confirmation = visitor.path
    for path, cache in (
        (confirmation, "no-store"),
        (link(draft), "private, no-cache"),
        ("/brouillon/efface", "no-store"),
    ):
        visitor.get(path)
        assert visitor.answer.headers["Cache-Control"] == cache
        assert visitor.answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    token = confirmation.removeprefix(KEPT)
    assert visitor.get(f"/brouillon/{token}").status == 404, "the token of the confirmation page opens nothing"


@pytest.mark.parametrize("signs", [MAX_SIGNS, MAX_SIGNS + 1])
def test_a_draft_is_bounded_and_a_longer_one_is_shown_again(visitor: Visitor, session: Session, signs: int) -> None:
    send_draft(visitor, title="", account="a" * signs)
    if signs <= MAX_SIGNS:
        assert visitor.path.startswith(KEPT)
        return
    assert visitor.status == 422
    assert "retirez 1 signe" in visitor.text
    assert stored(session, Draft) == []
    assert form_fields(visitor)["account"] == ["a" * signs]
    visitor.fill(account="a" * 200).press("Relire mon texte")
    assert visitor.path == WRITE


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "../../etc/passwd"])
def test_a_forged_key_saves_no_draft(visitor: Visitor, session: Session, key: str) -> None:
    visitor.get(WRITE)
    fields = [("csrf_token", visitor.csrf_token), ("email", AUTHOR), ("key", key), ("step", "keep")]
    visitor.post("/articles/crpv/brouillon", fields)
    assert visitor.status == 422
    assert stored(session, Draft) == []


def test_a_field_sent_twice_is_refused(visitor: Visitor, session: Session) -> None:
    visitor.get(WRITE).fill(email=AUTHOR)
    visitor.post("/articles/crpv/brouillon", [*visitor.fields(visitor.form_of(KEEP)), ("email", ELSEWHERE)])
    assert visitor.status == 400
    assert stored(session, Draft) == []


def test_a_sent_testimonial_cannot_be_saved_as_a_draft(visitor: Visitor, session: Session) -> None:
    preview(visitor).fill(**NO).press("Envoyer")
    (testimonial,) = stored(session, Testimonial)
    visitor.get(f"/mon-temoignage/{sign_private_link(testimonial.public_id, 1)}/modifier")
    assert KEEP not in visitor.text
    assert not visitor.page.select("[data-copy]")


def test_saving_an_earlier_page_of_a_sent_testimonial_gets_409(visitor: Visitor, session: Session) -> None:
    preview(visitor)
    sent = visitor.fields(visitor.form_of("Envoyer"))
    gone_back = [(name, value) for name, value in sent if name != "csrf_token"]
    visitor.fill(**NO).press("Envoyer")
    visitor.get(WRITE)
    visitor.post("/articles/crpv/brouillon", [*gone_back, ("csrf_token", visitor.csrf_token), ("step", "keep")])
    assert visitor.status == 409
    assert "Ce texte nous est déjà parvenu" in visitor.text
    assert "ouvrez le lien privé" in visitor.text
    assert stored(session, Draft) == []
    assert len(stored(session, Testimonial)) == 1


def test_erasing_a_testimonial_deletes_the_draft_of_its_key(session: Session) -> None:
    testimonial = a_testimonial(session)
    assert testimonial.submission_key is not None
    a_draft(session, key=testimonial.submission_key)
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert stored(session, Draft) == []
    assert stored(session, Email) == [], "its e-mails go with it"


def test_the_local_copy_is_hidden_without_a_script(visitor: Visitor) -> None:
    (copy,) = visitor.get(WRITE).page.select("[data-copy]")
    assert copy.has_attr("hidden")
    (box,) = copy.select("input")
    assert not box.has_attr("name"), "it is never sent"
    assert not box.has_attr("checked")
