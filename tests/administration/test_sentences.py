"""Usual sentences: changed by admins, filled for the article, kept as sent in what was sent."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.articles.sentences import (
    LONGEST_SENTENCE,
    SentenceChanged,
    UsualSentence,
    change_sentence,
    fill,
    placeholder_problem,
)
from app.audit import Actor, AuditEvent, Kind
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.lifecycle import Status
from app.testimonials.reasons import Reason
from app.testimonials.testimonial import Testimonial
from app.testimonials.usual_sentences import HIDING, REQUESTS, USUAL_TEXTS
from tests.accounts.signing_in import ADMIN
from tests.acts import committed, private_page, reload, signed_in, stored
from tests.concurrency import together
from tests.factories import a_testimonial, another_article, by_editor, the_article
from tests.testimonials.test_words_of_a_call import TEAM
from tests.visitor import Visitor

SENTENCES = "/administration/phrases"
PROMOTION = f"{SENTENCES}/refus-promotion"
FIRST = "Votre texte présente surtout un produit ou un service ; l’article accueille des expériences."
SECOND = "Votre texte parle d’un produit ; nous cherchons des expériences."


@pytest.fixture
def editor(app: Flask, session: Session) -> Visitor:
    return signed_in(Visitor(app), session)


def by(session: Session) -> Actor:
    return by_editor(session, email=ADMIN)


def decline(editor: Visitor, session: Session, testimonial: Testimonial, reason: str = "promotion") -> str:
    """Refuse a text for a reason, without a message; return what its author reads."""
    editor.get(f"/moderation/{testimonial.public_id}").fill(reason=reason, message="").press("Refuser")
    assert reload(session, testimonial).status is Status.DECLINED
    return testimonial.decisions[-1].message


def test_a_changed_sentence_is_what_refusals_say_from_then_on(
    admin: Visitor, editor: Visitor, session: Session
) -> None:
    before, after = committed(session, email="a@exemple.fr"), committed(session, email="b@exemple.fr")
    assert decline(editor, session, before) == FIRST
    admin.get(PROMOTION)
    assert admin.page.select("textarea[name=words]")[0].get_text().strip() == FIRST
    admin.fill(words=SECOND).press("Enregistrer cette phrase")
    assert admin.path == PROMOTION
    (changed,) = stored(session, UsualSentence)
    assert (changed.code, changed.number, changed.words) == ("refus-promotion", 1, SECOND)
    assert changed.user_id == by(session).user_id
    session.rollback()
    assert decline(editor, session, after) == SECOND
    letters = {
        email.testimonial_id: email.facts["words"]
        for email in session.scalars(select(Email).where(Email.message == mails.DECLINED))
    }
    assert letters == {before.id: FIRST, after.id: SECOND}, "what was sent keeps its words"
    assert FIRST in Visitor(editor.client.application).get(private_page(before)).text
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.SENTENCE_CHANGED))
    assert (event.reason, event.version_number, event.user_id) == ("refus-promotion", 1, changed.user_id)
    session.rollback()
    assert "Phrase habituelle changée par" in admin.get("/administration/journal").text
    assert SECOND in admin.get(SENTENCES).text


def test_the_bar_and_the_list_without_a_script_have_the_changed_sentence(editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    change_sentence(session, "refus-promotion", SECOND, read=0, by=by(session))
    session.commit()
    page = editor.get(f"/moderation/{testimonial.public_id}").page
    (option,) = page.select("option[value=promotion]")
    assert option["data-sentence"] == SECOND
    assert SECOND in editor.text
    editor.fill(reason="promotion", message=SECOND).press("Publier")
    session.rollback()
    assert testimonial.decisions[-1].message == "", "a sentence that came with a reason chosen by mistake"


def test_several_texts_set_aside_at_once_say_it_too(editor: Visitor, session: Session) -> None:
    texts = [a_testimonial(session, email=f"{name}@exemple.fr") for name in "ab"]
    change_sentence(session, "refus-indesirable", "Écrivez-nous si c’est une erreur.", read=0, by=by(session))
    session.commit()
    token = editor.get("/moderation").csrf_token
    read = [("lu", f"{each.public_id}:{each.revision}") for each in texts]
    session.rollback()
    editor.post("/moderation/ecarter", [("csrf_token", token), *read, ("raison", "indesirable")])
    session.rollback()
    messages = [each.decisions[-1].message for each in texts if each.latest_decision]
    assert messages == ["Écrivez-nous si c’est une erreur."] * 2


def test_the_sentence_of_the_code_is_back_where_nothing_is_written(
    admin: Visitor, editor: Visitor, session: Session
) -> None:
    testimonial = committed(session)
    for number, words in enumerate((SECOND, "Une troisième.", "", SECOND, FIRST), start=1):
        admin.get(PROMOTION).fill(words=words).press("Enregistrer cette phrase")
        (changed,) = stored(session, UsualSentence)
        assert (changed.number, changed.words) == (number, words.replace(FIRST, ""))
        session.rollback()
    assert admin.page.select("textarea[name=words]")[0].get_text().strip() == FIRST
    assert decline(editor, session, testimonial) == FIRST


def test_the_same_words_write_nothing(admin: Visitor, session: Session) -> None:
    for words in (FIRST, "", SECOND, SECOND):
        admin.get(PROMOTION).fill(words=words).press("Enregistrer cette phrase")
    assert [(each.number, each.words) for each in stored(session, UsualSentence)] == [(1, SECOND)]
    assert admin.get(f"{SENTENCES}/refus-inconnu").status == 404


@pytest.mark.changes_content
def test_placeholders_are_filled_from_the_article(admin: Visitor, editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    the_article(session).title = "Travailler ensemble"
    session.commit()
    admin.get(PROMOTION).fill(words="« {article} » accueille des expériences.")
    admin.press("Enregistrer cette phrase")
    assert "« Travailler ensemble » accueille des expériences." in admin.text, "shown as it will be read"
    assert decline(editor, session, testimonial) == "« Travailler ensemble » accueille des expériences."
    other = another_article(session)
    assert fill("{article}", other) == other.title


WORDS = "Ni {partenaire}, ni {partenaire en entier}, ni {le partenaire}, ni ces {partenaires}."


@pytest.mark.changes_content
def test_the_partner_is_named_as_the_call_of_each_article_names_it(session: Session) -> None:
    article = the_article(session)
    assert fill(WORDS, article) == (
        "Ni un CRPV, ni un centre de ressources politique de la ville, ni le CRPV, ni ces CRPV."
    )
    article.call = replace(article.call, names=TEAM)
    assert fill(WORDS, article) == (
        "Ni une équipe mobile, ni une équipe mobile de psychiatrie, ni l’équipe mobile, ni ces équipes mobiles."
    )
    article.call = replace(article.call, names=None)
    assert fill(WORDS, article) == (
        "Ni une autre structure, ni une autre structure, ni l’autre structure, ni ces autres structures."
    )
    session.rollback()


@pytest.mark.changes_content
def test_a_text_off_topic_is_told_what_its_own_article_asks(editor: Visitor, session: Session) -> None:
    first, second = committed(session, email="a@exemple.fr"), committed(session, email="b@exemple.fr")
    asks = "Votre texte ne parle pas d’une collaboration, passée ou à venir, entre un CLSM et {} ; c’est la seule "
    asks += "question que pose l’article."
    assert decline(editor, session, first, "hors_sujet") == asks.format("un CRPV")
    article = the_article(session)
    article.call = replace(article.call, names=TEAM)
    session.commit()
    assert decline(editor, session, second, "hors_sujet") == asks.format("une équipe mobile")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("Votre texte dit tout d’un {produit}.", "Après « dit tout d’un », « {produit} » n’est remplacé par rien"),
        ("{Article} accueille des expériences.", "Au début, « {Article} » n’est remplacé par rien"),
        ("Dans {article}, puis dans {article", "Après « {article}, puis dans », « { » n’est remplacé par rien"),
        ("Une accolade }", "Après « Une accolade », « } » n’est remplacé par rien"),
        ("a" * (LONGEST_SENTENCE + 1), "501 signes, 500 suffisent"),
    ],
)
def test_a_sentence_too_long_or_with_an_unknown_placeholder_is_refused_with_its_place(
    admin: Visitor, session: Session, words: str, problem: str
) -> None:
    admin.get(PROMOTION).fill(words=words).press("Enregistrer cette phrase")
    assert admin.status == 422
    assert problem in admin.text
    assert "{article}" in admin.text, "those that exist are named"
    assert admin.page.select("textarea[name=words]")[0].get_text().strip() == words
    assert stored(session, UsualSentence) == []


def test_of_two_admins_the_second_reads_what_the_first_wrote(admin: Visitor, app: Flask, session: Session) -> None:
    other = signed_in(Visitor(app), session, email="autre@ville-exemple.fr", role=Role.ADMIN).get(PROMOTION)
    admin.get(PROMOTION).fill(words=SECOND).press("Enregistrer cette phrase")
    other.fill(words="Des mots à ne pas perdre.").press("Enregistrer cette phrase")
    assert other.status == 422
    assert "Quelqu’un d’autre a changé cette phrase entre-temps" in other.text
    assert SECOND in other.text
    assert other.page.select("textarea[name=words]")[0].get_text().strip() == "Des mots à ne pas perdre."
    assert [each.words for each in stored(session, UsualSentence)] == [SECOND]
    session.rollback()
    other.press("Enregistrer cette phrase")
    assert [each.words for each in stored(session, UsualSentence)] == ["Des mots à ne pas perdre."]


@pytest.mark.both_engines
@pytest.mark.parametrize("before", [0, 1])
def test_of_two_changes_at_once_one_is_stored(admin: Visitor, app: Flask, session: Session, before: int) -> None:
    if before:
        change_sentence(session, "refus-promotion", "Ce qui était écrit.", read=0, by=by(session))
        session.commit()
    other = signed_in(Visitor(app), session, email="autre@ville-exemple.fr", role=Role.ADMIN).get(PROMOTION)
    admin.get(PROMOTION)
    pair = (admin.fill(words=SECOND), other.fill(words="Une autre."))
    together(*(lambda each=each: each.press("Enregistrer cette phrase") for each in pair))
    statuses = sorted(each.status for each in pair)
    assert statuses in ([200, 409], [200, 422])
    assert [each.number for each in stored(session, UsualSentence)] == [before + 1]


@pytest.mark.both_engines
def test_a_change_of_a_sentence_that_was_not_read_is_refused(session: Session) -> None:
    for read in (0, 1):
        with pytest.raises(SentenceChanged):
            change_sentence(session, "refus-promotion", "Une autre.", read=1 - read, by=by(session))
        change_sentence(session, "refus-promotion", SECOND, read=read, by=by(session))
        session.flush()
    assert [(each.number, each.words) for each in session.scalars(select(UsualSentence))] == [(2, SECOND)]


def test_a_request_asks_the_usual_sentence_in_one_press(admin: Visitor, editor: Visitor, session: Session) -> None:
    testimonial = committed(session)
    admin.get(f"{SENTENCES}/demande-account").fill(words="Racontez un jour précis.")
    admin.press("Enregistrer cette phrase")
    assert "Racontez un jour précis." in editor.get(f"/moderation/{testimonial.public_id}/demander").text
    editor.fill(usual=["message", "account"], ask_account="Qui était là ?", ask_title="Plus court ?")
    editor.press("Envoyer la demande")
    assert reload(session, testimonial).status is Status.CHANGES_REQUESTED
    assert testimonial.decisions[-1].message == REQUESTS["message"][1]
    assert testimonial.asked == {"account": "Racontez un jour précis.\nQui était là ?", "title": "Plus court ?"}
    session.rollback()
    admin.get(f"{SENTENCES}/demande-account").fill(words="").press("Enregistrer cette phrase")
    assert admin.status == 200
    session.rollback()
    assert testimonial.asked["account"].startswith("Racontez un jour précis."), "what was sent keeps its words"
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert "Racontez un jour précis." in author.text
    other = committed(session, email="b@exemple.fr")
    editor.get(f"/moderation/{other.public_id}/demander")
    (offered,) = editor.page.select("label[for=usual-account]")
    assert "Pouvez‑vous raconter un moment précis" in offered.get_text(), "that of the code, where nothing is written"


@pytest.mark.parametrize("action", ["Refuser", "Publier"])
def test_a_sentence_changed_while_a_decision_is_taken_is_read_first(
    editor: Visitor, session: Session, action: str
) -> None:
    testimonial, actor = committed(session), by(session)
    editor.get(f"/moderation/{testimonial.public_id}").fill(reason="promotion", message=FIRST)
    change_sentence(session, "refus-promotion", SECOND, read=0, by=actor)
    session.commit()
    editor.press(action)
    assert editor.status == 422
    assert "Une phrase habituelle a changé entre-temps" in editor.text
    assert SECOND in editor.text
    assert editor.page.select("textarea[name=message]")[0].get_text().strip() == FIRST, "what was typed is kept"
    assert reload(session, testimonial).status is Status.PENDING
    editor.fill(reason="promotion", message="").press("Refuser")
    assert reload(session, testimonial).decisions[-1].message == SECOND


def test_a_sentence_changed_while_corrections_are_asked_is_read_first(editor: Visitor, session: Session) -> None:
    testimonial, actor = committed(session), by(session)
    editor.get(f"/moderation/{testimonial.public_id}/demander")
    change_sentence(session, "demande-account", "Racontez un jour précis.", read=0, by=actor)
    session.commit()
    editor.fill(usual=["account"], ask_title="Plus court ?").press("Envoyer la demande")
    assert editor.status == 422
    assert "Une phrase habituelle a changé entre-temps" in editor.text
    assert editor.page.select("[name=ask_title]")[0].get_text().strip() == "Plus court ?"
    editor.press("Envoyer la demande")
    assert reload(session, testimonial).asked == {"title": "Plus court ?", "account": "Racontez un jour précis."}


def test_a_sentence_is_text_wherever_it_is_read(admin: Visitor, editor: Visitor, session: Session) -> None:
    words, testimonial = "<b>Non</b> & <script>alert(1)</script>", committed(session)
    admin.get(PROMOTION).fill(words=words).press("Enregistrer cette phrase")
    assert words in admin.text
    assert words in admin.get(SENTENCES).text
    page = editor.get(f"/moderation/{testimonial.public_id}").page
    assert page.select("option[value=promotion]")[0]["data-sentence"] == words
    assert decline(editor, session, testimonial) == words
    author = Visitor(editor.client.application).get(private_page(testimonial))
    assert words in author.text
    for visitor in (admin, editor, author):
        assert not [
            each for each in visitor.page.select("script, b") if "alert(1)" in str(each) or str(each) == "<b>Non</b>"
        ]


def test_a_request_of_usual_words_alone_is_enough_and_a_refused_one_keeps_them(
    editor: Visitor, session: Session
) -> None:
    testimonial = committed(session)
    editor.get(f"/moderation/{testimonial.public_id}/demander").fill(usual=["message"]).press("Envoyer la demande")
    assert editor.status == 422
    assert "Dites à quelle question revenir" in editor.text
    assert editor.page.select("#usual-message[checked]")
    editor.fill(usual=["outcome"]).press("Envoyer la demande")
    assert reload(session, testimonial).asked == {"outcome": REQUESTS["outcome"][1]}


def test_every_sentence_of_the_code_is_one_that_an_admin_could_write() -> None:
    assert len(USUAL_TEXTS) == len(Reason) + len(HIDING) + len(REQUESTS)
    for text in USUAL_TEXTS.values():
        assert placeholder_problem(text.words) == ""
        assert 0 < len(text.words) <= LONGEST_SENTENCE
