"""Keeping a text unfinished: what is kept, for whom, how one comes back to it, and how it is forgotten."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.french import day
from app.mail.messages import Message
from app.mail.outbox import Email
from app.testimonials import erasure
from app.testimonials.consent import Consent
from app.testimonials.draft import BETWEEN_EMAILS, MAX_LINKS_SENT, Draft, keep_draft, store_draft
from app.testimonials.drafts.forms import MAX_SIGNS
from app.testimonials.models import Testimonial
from app.tokens import sign_draft_link, sign_private_link, sign_token
from tests.acts import stored
from tests.factories import ACCOUNT, AUTHOR, a_testimonial, the_article
from tests.mail.test_outbox import deliver, plain
from tests.services import smtp
from tests.testimonials.test_form import ANSWERS, NO, WRITE, YES, preview
from tests.visitor import Visitor

KEEP = "Enregistrer et reprendre plus tard"
KEPT = "/brouillon/garde/"
NEW_LINK = "/mon-temoignage/nouveau-lien"
ELSEWHERE = "autre.personne@exemple.fr"


def leave(visitor: Visitor, **changes: Any) -> Visitor:
    """Fill in the form in part, and keep it."""
    typed = {"title": "Trois après-midi", "account": "Trop court <encore>", "email": AUTHOR}
    return visitor.get(WRITE).fill(**(typed | changes)).press(KEEP)


def emails(session: Session) -> list[Email]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Email).order_by(Email.id)))


def link(draft: Draft) -> str:
    return f"/brouillon/{draft.token}"


def held(visitor: Visitor) -> dict[str, list[str]]:
    """Return what the form of the page holds."""
    form = visitor.button("Relire mon texte").find_parent("form")
    assert isinstance(form, Tag)
    fields: dict[str, list[str]] = {}
    for name, value in visitor.fields(form):
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return fields


def test_an_unfinished_text_is_kept_and_taken_up_again_from_an_email(
    app: Flask, visitor: Visitor, session: Session, mail_server: smtp.Peer
) -> None:
    app.config["SMTP_URL"] = mail_server.url
    leave(visitor)
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
    fields = held(visitor)
    assert fields["title"] == ["Trois après-midi"]
    assert fields["account"] == ["Trop court <encore>"]
    assert fields["email"] == [AUTHOR]
    assert day(draft.ends_at) in visitor.text


def test_everything_typed_comes_back_right_or_wrong(visitor: Visitor, session: Session) -> None:
    wrong = {"link": "javascript:alert(1)", "years": "a" * 100, "account": ""}
    leave(visitor, **(ANSWERS | wrong))
    (draft,) = stored(session, Draft)
    visitor.get(link(draft))
    fields = held(visitor)
    for name, value in (ANSWERS | wrong).items():
        expected = value if isinstance(value, list) else [value]
        assert fields[name] == [each.replace("\r\n", "\n") for each in expected], name
    assert not visitor.page.select(".field--wrong"), "it is shown as it was left, not corrected"


def test_an_empty_form_is_kept_too(visitor: Visitor, session: Session) -> None:
    visitor.get(WRITE).fill(email=AUTHOR).press(KEEP)
    (draft,) = stored(session, Draft)
    assert draft.answers == {}
    assert visitor.get(link(draft)).status == 200


@pytest.mark.parametrize(("email", "status"), [("", 200), ("camille", 422)])
def test_without_a_usable_address_that_alone_is_asked(
    visitor: Visitor, session: Session, email: str, status: int
) -> None:
    leave(visitor, **(ANSWERS | {"email": email}))
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


def test_one_may_go_back_to_the_text_instead(visitor: Visitor) -> None:
    leave(visitor, **(ANSWERS | {"email": ""})).press("Revenir au texte")
    assert visitor.path == WRITE
    assert held(visitor)["title"] == ["Trois après-midi"]
    assert held(visitor)["themes"] == ANSWERS["themes"]


def test_the_answer_is_the_same_whatever_the_address(visitor: Visitor, session: Session) -> None:
    visitor.get(WRITE)
    preview(visitor).fill(**YES).press("Envoyer")
    known = leave(visitor).text
    unknown = leave(visitor, email="c@ville-exemple.fr").text
    assert known == unknown


def test_no_consent_is_kept_and_none_is_preselected(visitor: Visitor, session: Session) -> None:
    preview(visitor).fill(**YES).press("Modifier le texte")
    assert held(visitor)["publish"] == ["yes"], "it travels with the page"
    visitor.press(KEEP)
    (draft,) = stored(session, Draft)
    assert not {"publish", "attest", "reuse", "contact", "seen", "csrf_token"} & draft.answers.keys()
    assert session.scalars(select(Consent)).all() == []
    visitor.get(link(draft)).press("Relire mon texte")
    assert visitor.page.select("[checked]") == []


def test_sending_it_forgets_the_draft_and_its_email(visitor: Visitor, session: Session) -> None:
    leave(visitor, **ANSWERS)
    (draft,) = stored(session, Draft)
    path = link(draft)
    visitor.get(path).press("Relire mon texte").fill(**NO)
    form = visitor.button("Envoyer").find_parent("form")
    assert isinstance(form, Tag)
    fields = [*visitor.fields(form), ("step", "send")]
    first = visitor.post(WRITE, fields).path
    assert first.startswith("/recu/")
    assert stored(session, Draft) == []
    assert [email.message for email in emails(session)] == [Message.RECEIPT]
    assert visitor.get(path).status == 404
    assert visitor.post(WRITE, fields).path == first, "sent twice, it is stored once"
    assert len(stored(session, Testimonial)) == 1


def test_a_draft_that_could_not_be_sent_is_still_there(visitor: Visitor, session: Session) -> None:
    leave(visitor, **ANSWERS)
    visitor.get(link(stored(session, Draft)[0])).press("Relire mon texte").press("Envoyer")
    assert visitor.status == 422
    assert len(stored(session, Draft)) == 1


def test_what_is_to_mend_is_said_with_the_draft_in_sight(visitor: Visitor, session: Session) -> None:
    leave(visitor)
    visitor.get(link(stored(session, Draft)[0])).press("Relire mon texte")
    assert visitor.status == 422
    assert "Effacer ce brouillon" in visitor.text


def test_keeping_it_again_replaces_it(visitor: Visitor, session: Session) -> None:
    leave(visitor)
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


def test_within_the_hour_one_email_is_enough(visitor: Visitor, session: Session) -> None:
    leave(visitor)
    assert "est envoyé à c…@ville-exemple.fr" in visitor.text
    assert "Si rien n’arrive" in visitor.text
    visitor.get(link(stored(session, Draft)[0])).press(KEEP)
    assert "aucun nouveau courriel ne part" in visitor.text
    assert "Si rien n’arrive" not in visitor.text
    assert len(emails(session)) == 1
    emails(session)[0].written_at -= BETWEEN_EMAILS
    session.commit()
    visitor.get(link(stored(session, Draft)[0])).press(KEEP)
    assert len(emails(session)) == 2
    assert "Si rien n’arrive" in visitor.text


def test_a_lost_link_is_sent_again_to_its_address_and_the_page_says_the_same(
    visitor: Visitor, session: Session
) -> None:
    unknown = visitor.get(NEW_LINK).fill(email=AUTHOR).press("Envoyer un nouveau lien").text
    leave(visitor)
    (draft,) = stored(session, Draft)
    path = link(draft)
    known = visitor.get(NEW_LINK).fill(email=AUTHOR).press("Envoyer un nouveau lien").text
    assert known == unknown
    assert [(email.message, email.draft_id) for email in emails(session)] == [(Message.DRAFT, draft.id)] * 2
    assert emails(session)[1].facts.keys() == {"public_id", "due"}
    assert visitor.get(path).status == 200, "the link is the same"
    draft.ends_at = now()
    session.commit()
    visitor.get(NEW_LINK).fill(email=AUTHOR).press("Envoyer un nouveau lien")
    assert len(emails(session)) == 2, "what is over is not sent"


def test_however_many_drafts_were_kept_for_an_address_few_emails_go_there(visitor: Visitor, session: Session) -> None:
    for _ in range(MAX_LINKS_SENT + 1):
        a_draft(session, key=str(uuid.uuid4()))
    before = len(emails(session))
    visitor.get(NEW_LINK).fill(email=AUTHOR).press("Envoyer un nouveau lien")
    assert len(emails(session)) == before + MAX_LINKS_SENT


def test_the_link_of_a_draft_that_was_sent_says_so(visitor: Visitor, session: Session) -> None:
    leave(visitor, **ANSWERS)
    path = link(stored(session, Draft)[0])
    visitor.get(path).press("Relire mon texte").fill(**NO).press("Envoyer")
    visitor.get(path)
    assert visitor.status == 404
    assert "Si vous avez envoyé ce texte depuis" in visitor.text
    assert visitor.page.select("a[href='/mon-temoignage/nouveau-lien']")


def test_a_reopened_draft_does_not_say_that_nothing_is_kept(visitor: Visitor, session: Session) -> None:
    assert "Rien n’est gardé avant « Envoyer »" in visitor.get(WRITE).text
    leave(visitor)
    visitor.get(link(stored(session, Draft)[0]))
    assert "Rien n’est gardé avant" not in visitor.text
    assert "Ce que vous changez ici n’est gardé que si vous l’enregistrez de nouveau" in visitor.text


@pytest.mark.changes_content
def test_where_the_article_is_no_longer_online_the_draft_says_that_it_cannot_be_sent(
    visitor: Visitor, session: Session
) -> None:
    leave(visitor, **ANSWERS)
    (draft,) = stored(session, Draft)
    draft.article.is_public = False
    session.commit()
    visitor.get(link(draft))
    assert visitor.status == 200
    assert "n’est plus en ligne" in visitor.text
    (account,) = visitor.page.select("textarea[name=account]")
    assert ACCOUNT in account.get_text(), "the words are still there"
    offered = [" ".join(each.get_text().split()) for each in visitor.page.select("main button[type=submit]")]
    assert offered == ["Effacer ce brouillon"], "what would lead nowhere is not offered"
    assert not visitor.page.select("main a[href='/articles/crpv']")


def test_another_address_gets_a_link_of_its_own_and_the_first_one_dies(visitor: Visitor, session: Session) -> None:
    leave(visitor)
    old = link(stored(session, Draft)[0])
    visitor.get(old).fill(email=ELSEWHERE).press(KEEP)
    (draft,) = stored(session, Draft)
    assert draft.email == ELSEWHERE
    assert [email.recipient for email in emails(session)] == [ELSEWHERE], "what had not left for the first is gone"
    assert visitor.get(old).status == 404
    assert visitor.get(link(draft)).status == 200


def test_its_author_erases_it_and_nothing_is_left(app: Flask, visitor: Visitor, session: Session) -> None:
    leave(visitor)
    (draft,) = stored(session, Draft)
    path, public_id = link(draft), draft.public_id
    visitor.get(path).press("Effacer ce brouillon")
    assert visitor.path == "/brouillon/efface"
    assert "n’en reste rien" in visitor.text
    assert stored(session, Draft) == []
    assert emails(session) == []
    assert visitor.get(path).status == 404
    assert public_id in (app.config["INSTANCE"] / "erasures.log").read_text(encoding="utf-8")


def test_a_restored_backup_forgets_it_again(app: Flask, session: Session) -> None:
    draft = a_draft(session)
    journal = app.config["INSTANCE"] / "erasures.log"
    journal.write_text(f"{draft.public_id}\t2026-11-25\n", encoding="utf-8")
    said = app.test_cli_runner().invoke(args=["erasures", "replay"], catch_exceptions=False).output
    assert "1 erased again" in said
    assert stored(session, Draft) == []


def test_a_page_too_old_to_erase_offers_it_again(app: Flask, visitor: Visitor, session: Session) -> None:
    leave(visitor)
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
    draft = keep_draft(session, the_article(session), key=key, email=AUTHOR, answers={"title": "Trois après-midi"})
    session.commit()
    return draft


def test_a_double_click_keeps_one(session: Session) -> None:
    first = a_draft(session)
    assert store_draft(session, Draft(article=first.article, key=first.key, email=ELSEWHERE)) is first
    session.commit()
    assert [draft.email for draft in stored(session, Draft)] == [AUTHOR]


@pytest.mark.parametrize(("days", "kept"), [(29.9, True), (30.1, False)])
def test_after_thirty_days_it_is_forgotten(
    app: Flask, visitor: Visitor, session: Session, days: float, kept: bool
) -> None:
    draft = a_draft(session)
    path = link(draft)
    draft.ends_at -= timedelta(days=days)
    session.commit()
    assert visitor.get(path).status == (200 if kept else 404), "the link does not wait for the clock"
    said = app.test_cli_runner().invoke(args=["clock"], catch_exceptions=False).output
    assert ("drafts past their time: 1" in said) is not kept
    assert bool(stored(session, Draft)) is kept
    assert bool(emails(session)) is kept


def test_its_page_and_its_link_are_kept_out_of_caches_and_engines(visitor: Visitor, session: Session) -> None:
    leave(visitor)
    (draft,) = stored(session, Draft)
    assert visitor.answer is not None
    assert visitor.answer.headers["Cache-Control"] == "no-store"
    told = visitor.path
    for path, cache in ((told, "no-store"), (link(draft), "private, no-cache"), ("/brouillon/efface", "no-store")):
        visitor.get(path)
        assert visitor.answer.headers["Cache-Control"] == cache
        assert visitor.answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    telling = told.removeprefix(KEPT)
    assert visitor.get(f"/brouillon/{telling}").status == 404, "the page that says « kept » opens nothing"


def test_a_link_that_opens_no_draft_is_the_one_page_for_all(visitor: Visitor, session: Session) -> None:
    draft = a_draft(session)
    good = draft.token
    pages = set()
    dead = (
        "x",
        good.upper(),
        good[:-3],
        sign_draft_link("0" * 20),
        sign_private_link(draft.public_id, 1),
        sign_token("draft", []),
    )
    for token in dead:
        assert visitor.get(f"/brouillon/{token}").status == 404, token
        pages.add(visitor.text)
        assert visitor.get(f"{KEPT}{token}").status == 404
        pages.add(visitor.text)
    assert len(pages) == 1


@pytest.mark.parametrize("signs", [MAX_SIGNS, MAX_SIGNS + 1])
def test_a_draft_is_bounded_and_what_is_too_long_is_not_lost(visitor: Visitor, session: Session, signs: int) -> None:
    leave(visitor, title="", account="a" * signs)
    if signs <= MAX_SIGNS:
        assert visitor.path.startswith(KEPT)
        return
    assert visitor.status == 422
    assert "retirez 1 signe" in visitor.text
    assert stored(session, Draft) == []
    assert held(visitor)["account"] == ["a" * signs]
    visitor.fill(account="a" * 200).press("Relire mon texte")
    assert visitor.path == WRITE


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "../../etc/passwd"])
def test_a_forged_key_keeps_nothing(visitor: Visitor, session: Session, key: str) -> None:
    visitor.get(WRITE)
    fields = [("csrf_token", visitor.csrf_token), ("email", AUTHOR), ("key", key), ("step", "keep")]
    visitor.post("/articles/crpv/brouillon", fields)
    assert visitor.status == 422
    assert stored(session, Draft) == []


def test_a_field_sent_twice_is_refused(visitor: Visitor, session: Session) -> None:
    visitor.get(WRITE).fill(email=AUTHOR)
    form = visitor.button(KEEP).find_parent("form")
    assert isinstance(form, Tag)
    visitor.post("/articles/crpv/brouillon", [*visitor.fields(form), ("email", ELSEWHERE)])
    assert visitor.status == 400
    assert stored(session, Draft) == []


def test_a_text_already_sent_is_not_a_draft(visitor: Visitor, session: Session) -> None:
    preview(visitor).fill(**NO).press("Envoyer")
    (testimonial,) = stored(session, Testimonial)
    visitor.get(f"/mon-temoignage/{sign_private_link(testimonial.public_id, 1)}/modifier")
    assert KEEP not in visitor.text
    assert not visitor.page.select("[data-copy]")


def test_a_text_that_is_sent_is_not_kept_as_a_draft_on_going_back(visitor: Visitor, session: Session) -> None:
    preview(visitor)
    form = visitor.button("Envoyer").find_parent("form")
    assert isinstance(form, Tag)
    gone_back = [(name, value) for name, value in visitor.fields(form) if name != "csrf_token"]
    visitor.fill(**NO).press("Envoyer")
    visitor.get(WRITE)
    visitor.post("/articles/crpv/brouillon", [*gone_back, ("csrf_token", visitor.csrf_token), ("step", "keep")])
    assert visitor.status == 409
    assert "Ce texte nous est déjà parvenu" in visitor.text
    assert "ouvrez le lien privé" in visitor.text
    assert stored(session, Draft) == []
    assert len(stored(session, Testimonial)) == 1


def test_erasing_a_text_forgets_the_draft_that_crossed_it(session: Session) -> None:
    testimonial = a_testimonial(session)
    assert testimonial.submission_key is not None
    a_draft(session, key=testimonial.submission_key)
    erasure.erase_testimonial(testimonial)
    session.commit()
    assert stored(session, Draft) == []
    assert emails(session) == [], "its e-mails go with it"


def test_the_email_holds_no_word_and_no_link(session: Session) -> None:
    a_draft(session)
    (email,) = emails(session)
    facts = json.dumps(email.facts)
    assert email.facts.keys() == {"public_id", "due"}
    assert "brouillon" not in facts
    assert AUTHOR not in facts


def test_the_copy_in_the_browser_is_not_shown_without_a_script(visitor: Visitor) -> None:
    (copy,) = visitor.get(WRITE).page.select("[data-copy]")
    assert copy.has_attr("hidden")
    (box,) = copy.select("input")
    assert not box.has_attr("name"), "it is never sent"
    assert not box.has_attr("checked")
