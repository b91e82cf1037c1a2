"""The form of who answers a testimonial: its page, its preview, its sending, and every link that opens no form."""

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.audit import CLOCK
from app.mail.outbox import Email
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Action, Status, TextKind
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from app.tokens import sign_token
from tests.acts import erase, expire, hide, private_token, readable, stored, unpublish, withdraw
from tests.factories import ACCOUNT, a_pending_answer, an_answer
from tests.testimonials.test_sending import all_fields, post_before_commit
from tests.visitor import Visitor, words_of

WORDS = "Le centre de ressources a tenu ces trois après-midi avec une équipe voisine."
ANSWERS: dict[str, Any] = {
    "clsm": "Labo exemple",
    "account": WORDS,
    "author_name": "Dominique Exemple",
    "author_role": "Directrice",
    "email": "reponse@exemple.fr",
    "attribution": "role",
}
YES = {"publish": "yes", "attest": "y", "reuse": "y"}


def invitation(app: Flask, about: Testimonial | str, key: str | None = None) -> str:
    public_id = about if isinstance(about, str) else about.public_id
    with app.app_context():
        return f"/repondre/{sign_token('answer', [public_id, key or str(uuid.uuid4()), '0' * 64])}"


@pytest.fixture
def text(session: Session) -> Testimonial:
    return readable(session)


@pytest.fixture
def link(app: Flask, text: Testimonial) -> str:
    return invitation(app, text)


def preview(visitor: Visitor, link: str, **changes: Any) -> Visitor:
    return visitor.get(link).fill(**(ANSWERS | changes)).press("Relire ma réponse")


def send(visitor: Visitor, link: str, **changes: Any) -> Visitor:
    return preview(visitor, link, **changes).fill(**YES).press("Envoyer")


def answers_stored(session: Session) -> list[Testimonial]:
    return [each for each in stored(session, Testimonial) if each.kind is TextKind.RESPONSE]


def kept_words(visitor: Visitor) -> list[str]:
    return [words_of(each) for each in visitor.page.select("textarea[readonly]")]


def test_the_page_shows_what_is_answered_and_what_becomes_of_an_answer(
    visitor: Visitor, text: Testimonial, link: str
) -> None:
    assert visitor.get(link).status == 200
    assert ACCOUNT in visitor.text
    assert "Coordinatrice, CLSM de Ville-Exemple" in visitor.text
    (way,) = visitor.page.select("#temoignage ~ p a")
    assert way["href"] == f"/temoignages/{text.public_id}-recit-00"
    for promise in ("L’équipe la lit d’abord", "7 jours avant tout le monde", "sous le témoignage, partout", "retirez"):
        assert promise in visitor.text
    names = [str(each["name"]) for each in visitor.page.select("form.steps [name]:not([type=hidden], button)")]
    assert list(dict.fromkeys(names)) == [
        "website",
        *("clsm", "account", "author_name", "author_role", "email"),
        "attribution",
    ]
    assert [each["value"] for each in visitor.page.select("[name=attribution]")] == ["full", "role", "clsm"]
    assert "CLSM" not in words_of(visitor.page.select("#etape-3")[0])


def test_an_answer_is_sent_by_the_same_steps_as_a_testimonial(
    visitor: Visitor, session: Session, text: Testimonial, link: str
) -> None:
    preview(visitor, link)
    (beneath,) = visitor.page.select("[aria-labelledby=sous-le-temoignage]")
    assert [words_of(each) for each in beneath.select("h3, .prose, .byline")] == [
        "Réponse : Labo exemple",
        WORDS,
        "Directrice, Labo exemple",
    ]
    assert f"qui répond au témoignage de référence {text.public_id}, soit publié sous ce témoignage" in visitor.text
    assert "Ille-et-Vilaine" not in visitor.text, "the département is that of what it answers"
    visitor.fill(**YES).press("Envoyer")
    assert visitor.path.startswith("/recu/")
    assert "Votre réponse est arrivée" in visitor.text
    (answer,) = answers_stored(session)
    assert (answer.about_id, answer.article_id, answer.status) == (text.id, text.article_id, Status.UNCONFIRMED)
    assert answer.email == "reponse@exemple.fr"
    version = answer.latest
    assert (version.clsm, version.account, version.attribution) == ("Labo exemple", WORDS, Attribution.ROLE)
    assert (version.department_code, version.situation) == ("35", text.latest.situation)
    assert (version.partner_known, version.partner, version.themes) == (PartnerKnown.NONE, None, [])
    line = next(each for each in answer.consents if each.purpose is Purpose.PUBLICATION)
    assert (line.wording_version, line.parameters["about"]) == (101, text.public_id)
    assert line.digest == version.digest
    assert [each.recipient for each in stored(session, Email)][-1] == "reponse@exemple.fr"


def test_saying_no_to_publication_is_a_normal_path(visitor: Visitor, session: Session, link: str) -> None:
    preview(visitor, link).fill(publish="no").press("Envoyer")
    assert visitor.path.startswith("/recu/")
    assert answers_stored(session)[0].publication_consent is False


def test_each_wrong_answer_gets_one_sentence_and_keeps_the_rest(
    visitor: Visitor, session: Session, link: str, subtests: pytest.Subtests
) -> None:
    for changes, sentence in [
        ({"clsm": " "}, "Indiquez le nom de votre organisation."),
        ({"account": ""}, "Écrivez votre réponse : quelques lignes suffisent."),
        ({"account": "x" * 49}, "Encore 1 signe au moins"),
        ({"account": "x" * 2501}, "Votre réponse : 2 501 signes, 2 500 suffisent. Retirez-en 1."),
        ({"author_name": ""}, "Indiquez votre prénom et votre nom."),
        ({"author_role": ""}, "Indiquez votre fonction."),
        ({"email": "rien"}, "Vérifiez ce courriel"),
        ({"attribution": "region"}, "choi"),
    ]:
        with subtests.test(changes=changes, sentence=sentence):
            assert preview(visitor, link, **changes).status == 422
            (error,) = visitor.page.select(".summary__list li")
            assert sentence in words_of(error)
            for name in ("clsm", "author_name", "author_role", "email"):
                assert visitor.page.select(f"[name={name}]")[0]["value"] == (ANSWERS | changes)[name].strip(), name
            assert answers_stored(session) == []


def test_words_of_49_signs_are_too_few_and_50_enough(visitor: Visitor, link: str) -> None:
    assert preview(visitor, link, account="é" * 50).status == 200
    assert preview(visitor, link, account="é" * 2500).status == 200


def test_the_answer_comes_back_from_its_preview(visitor: Visitor, link: str) -> None:
    preview(visitor, link).press("Modifier la réponse")
    assert visitor.status == 200
    assert words_of(visitor.page.select("#account")[0]) == WORDS
    assert visitor.page.select("[name=attribution][checked]")[0]["value"] == "role"


def test_a_second_click_leads_to_the_same_receipt(visitor: Visitor, session: Session, link: str) -> None:
    fields = all_fields(preview(visitor, link))
    first = visitor.post(link, fields).path
    assert visitor.post(link, fields).path == first
    answers_stored(session)[0].confirm()
    session.commit()
    assert visitor.post(link, fields).path == first
    assert "déjà confirmé" in visitor.text
    assert len(answers_stored(session)) == 1


def test_other_words_replace_an_unconfirmed_answer(visitor: Visitor, session: Session, link: str) -> None:
    send(visitor, link)
    assert "Celle que vous enverriez ici la remplacerait" in visitor.get(link).text
    assert WORDS not in visitor.text, "who has the link did not write it, maybe"
    send(visitor, link, account=f"{WORDS} Et encore.", email="autre@exemple.fr")
    (answer,) = answers_stored(session)
    assert answer.latest.account == f"{WORDS} Et encore."
    assert answer.email == "autre@exemple.fr"


def test_the_key_is_the_link_s_whatever_the_page_sends(
    app: Flask, visitor: Visitor, session: Session, text: Testimonial
) -> None:
    mine, other = str(uuid.uuid4()), str(uuid.uuid4())
    link = invitation(app, text, mine)
    fields = all_fields(preview(visitor, link))
    visitor.post(link, [(name, other if name == "key" else value) for name, value in fields])
    assert [each.submission_key for each in answers_stored(session)] == [mine]


def test_a_link_that_served_says_so_and_keeps_other_words(visitor: Visitor, session: Session, link: str) -> None:
    send(visitor, link)
    answers_stored(session)[0].confirm()
    session.commit()
    assert visitor.get(link).status == 409
    assert "Votre réponse nous est parvenue" in visitor.text
    assert visitor.page.select("a[href='/mon-temoignage/nouveau-lien']")
    assert WORDS not in visitor.text


def test_other_words_after_confirming_are_not_lost(app: Flask, visitor: Visitor, session: Session, link: str) -> None:
    changed = f"{WORDS} Et encore."
    late = Visitor(app)
    fields = all_fields(preview(late, link, account=changed))
    send(visitor, link)
    answers_stored(session)[0].confirm()
    session.commit()
    for sent in (fields, [(name, value) for name, value in fields if name != "step"]):
        assert late.post(link, sent).status == 409
        assert "Votre réponse nous est parvenue" in late.text
        assert changed in kept_words(late)
    (answer,) = answers_stored(session)
    assert answer.latest.account == WORDS


def answer_by_another(session: Session, text: Testimonial) -> None:
    an_answer(session, text, announced=True)


GONE = "Ce témoignage n’est plus publié"
CLOSINGS = {
    hide: "Ce témoignage ne se lit pas pour le moment",
    withdraw: GONE,
    unpublish: GONE,
    expire: GONE,
    erase: GONE,
    answer_by_another: "Ce témoignage a déjà sa réponse",
}


@pytest.mark.parametrize("close", CLOSINGS, ids=lambda each: each.__name__)
def test_a_text_that_left_meanwhile_takes_no_answer_and_loses_no_word(
    visitor: Visitor, session: Session, text: Testimonial, link: str, close: Any
) -> None:
    fields = all_fields(preview(visitor, link))
    text = stored(session, Testimonial)[0]
    close(session, text)
    session.commit()
    before = len(answers_stored(session))
    session.rollback()
    for sent in (fields, fields[:-1]):
        assert visitor.post(link, sent).status == 409
        assert visitor.page.select("h1")[0].get_text(strip=True) == CLOSINGS[close]
        assert kept_words(visitor) == ["Labo exemple", WORDS, "Dominique Exemple", "Directrice"]
    assert visitor.get(link).status == 409
    assert ACCOUNT not in visitor.text
    assert kept_words(visitor) == []
    assert len(answers_stored(session)) == before


def test_a_hidden_text_that_comes_back_takes_the_words_again(visitor: Visitor, session: Session, link: str) -> None:
    fields = all_fields(preview(visitor, link))
    (text,) = stored(session, Testimonial)
    hide(session, text)
    session.commit()
    visitor.post(link, fields)
    text.perform(Action.UNHIDE, by=CLOCK)
    session.commit()
    visitor.press("Réessayer")
    assert visitor.path.startswith("/recu/")
    assert answers_stored(session)[0].latest.account == WORDS


@pytest.mark.both_engines
def test_a_withdrawal_at_the_same_moment_is_waited_for(visitor: Visitor, session: Session, link: str) -> None:
    fields = all_fields(preview(visitor, link))
    (text,) = stored(session, Testimonial)
    text.withdraw()
    session.flush()
    post_before_commit(visitor, session, link, fields)
    assert visitor.status == 409
    assert WORDS in kept_words(visitor)
    assert answers_stored(session) == []


@pytest.mark.changes_content
def test_an_article_offline_takes_no_answer(visitor: Visitor, session: Session, link: str) -> None:
    fields = all_fields(preview(visitor, link))
    stored(session, Testimonial)[0].article.is_public = False
    session.commit()
    assert visitor.post(link, fields).status == 409
    assert "pour le moment" in visitor.text
    assert WORDS in kept_words(visitor)
    assert answers_stored(session) == []


def test_an_answer_takes_no_answer(app: Flask, visitor: Visitor, session: Session, text: Testimonial) -> None:
    answer = an_answer(session, text)
    session.commit()
    assert visitor.get(invitation(app, answer)).status == 409


def test_an_answer_is_amended_by_its_own_form(visitor: Visitor, session: Session, text: Testimonial) -> None:
    answer = a_pending_answer(session, text)
    session.commit()
    page = f"/mon-temoignage/{private_token(answer)}"
    assert "Changer votre réponse" in visitor.get(f"{page}/modifier").text
    assert ACCOUNT in visitor.text
    assert not visitor.page.select("[name=situation], [name=department], [name=themes], [name=email], [name=website]")
    visitor.fill(account=f"{WORDS} Et encore.").press("Relire ma réponse")
    assert f"référence {text.public_id}" in visitor.text
    visitor.fill(**YES).press("Envoyer")
    assert visitor.path == page
    (amended,) = answers_stored(session)
    assert amended.latest.account == f"{WORDS} Et encore."
    assert amended.status is Status.PENDING
    assert [each.wording_version for each in amended.consents if each.purpose is Purpose.PUBLICATION] == [101, 101]
    assert (amended.latest.department_code, amended.latest.clsm) == ("35", "Labo exemple")


def test_an_answer_is_amended_after_what_it_is_about_left_without_its_words(
    visitor: Visitor, session: Session, text: Testimonial
) -> None:
    answer = a_pending_answer(session, text)
    text.withdraw()
    session.commit()
    visitor.get(f"/mon-temoignage/{private_token(answer)}/modifier")
    assert ACCOUNT not in visitor.text
    visitor.fill(account=f"{WORDS} Et encore.").press("Relire ma réponse").fill(**YES).press("Envoyer")
    assert answers_stored(session)[0].latest.account == f"{WORDS} Et encore."


def test_a_preview_with_the_wording_of_testimonials_is_read_again(
    visitor: Visitor, session: Session, link: str
) -> None:
    preview(visitor, link).fill(**YES)
    wordings = "publication-3 reuse-2 contact-1 attestation-2 0000000000000000"
    visitor.tree.xpath("//*[@name='wordings']")[0].set("value", wordings)
    visitor.press("Envoyer")
    assert visitor.status == 422
    assert "Les mots de nos demandes d’accord ont changé" in visitor.text
    assert answers_stored(session) == []


def test_a_program_is_asked_whether_it_is_a_person(visitor: Visitor, session: Session, link: str) -> None:
    preview(visitor, link, website="https://exemple.fr").fill(publish="no").press("Envoyer")
    assert "Est‑ce bien vous" in visitor.text
    visitor.press("Oui, c’est moi")
    assert visitor.path.startswith("/recu/")
    assert len(answers_stored(session)) == 1
