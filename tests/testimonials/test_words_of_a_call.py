"""The words that a call lends: every page, e-mail and document says its partner's name in correct French."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.articles.call import LISTED, TYPED, PartnerNames, usual_call
from app.articles.models import Article, Theme
from app.features.alerts import mails as alert_mails
from app.features.questions import mails as question_mails
from app.mail.compose import compose
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation import editor_mails
from app.territories.models import Department, Partner, Referential
from app.testimonials import mails
from app.testimonials.draft import Draft
from app.testimonials.testimonial import Testimonial
from tests.acts import private_page, signed_in, stored
from tests.depth import DEPTH
from tests.factories import AUTHOR, another_article
from tests.mail.samples import SAMPLE_FACTS
from tests.mail.test_outbox import plain
from tests.visitor import Visitor, words_of

pytestmark = pytest.mark.changes_content

ACCOUNT = (
    "Chaque mardi matin, nous tenons ensemble une permanence au centre social. Les gens viennent pour un café, puis "
    "parlent de leurs nuits. Nous les accompagnons plus loin quand ils le veulent."
)
TITLE = "S’entendre : avec qui ?"
SHOWN = "«\u00a0S’entendre\u00a0: avec qui\u202f?\u00a0»"
LISTED_NAMES = {"mode": LISTED, "referential": "voisins"}


@dataclass(frozen=True)
class Case:
    """A partner's names, what pages say with them, and what nothing may say."""

    names: PartnerNames
    said: tuple[str, ...]
    label: str
    unstated: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.names.mode} {self.names.a} {self.names.short}"


HOUSE = PartnerNames(
    **LISTED_NAMES,
    a="une",
    the="la",
    short="maison des adolescents",
    short_plural="maisons des adolescents",
    long="maison des adolescents et de leurs proches",
    long_plural="maisons des adolescents et de leurs proches",
)
TEAM = PartnerNames(
    mode=TYPED,
    a="une",
    the="l’",
    short="équipe mobile",
    short_plural="équipes mobiles",
    long="équipe mobile de psychiatrie",
    long_plural="équipes mobiles de psychiatrie",
)
WORKSHOP = replace(TEAM, **LISTED_NAMES, a="un", short="atelier du soin", short_plural="ateliers du soin")
CONTRACT = replace(TEAM, a="un", the="le", short="contrat de santé", short_plural="contrats de santé")

CASES = (
    Case(
        HOUSE,
        (
            "Quel CLSM, quelle maison des adolescents ?",
            "Maison des adolescents concernée",
            "Classées par territoire.",
            "Si vous avez choisi « Une autre maison des adolescents ».",
            "Nom de cette autre maison des adolescents",
            "Choisissez la maison des adolescents dans la liste, ou « Je ne sais pas ».",
            "Maison du Port couvre l’Ille-et-Vilaine : est\u2011ce elle ?",
            "Modifier le CLSM, la maison des adolescents",
        ),
        "Maison des adolescents",
        "Maison des adolescents non précisée",
        r"\b(?:un|le|du|quel|cet autre|un autre) maison|l’ ?maison|adolescents (?:concerné|précisé)\b|Classés",
    ),
    Case(
        WORKSHOP,
        (
            "Quel CLSM, quel atelier du soin ?",
            "Atelier du soin concerné",
            "Classés par territoire.",
            "Si vous avez choisi « Un autre atelier du soin ».",
            "Nom de cet autre atelier du soin",
            "Choisissez l’atelier du soin dans la liste, ou « Je ne sais pas ».",
            "Maison du Port couvre l’Ille-et-Vilaine : est\u2011ce lui ?",
            "Modifier le CLSM, l’atelier du soin",
        ),
        "Atelier du soin",
        "Atelier du soin non précisé",
        r"\b(?:une|le|la|du|quelle|cette autre|une autre) atelier|[ld]’ atelier|soin concernée|précisée\b|Classées",
    ),
    Case(
        TEAM,
        ("Quel CLSM, quelle équipe mobile ?", "Nom de l’équipe mobile", "Modifier le CLSM, l’équipe mobile"),
        "Équipe mobile",
        "Équipe mobile non précisée",
        r"\b(?:un|le|la|du|de la|quel|un autre) équipe|[ld]’ équipe|précisé\b",
    ),
    Case(
        CONTRACT,
        ("Quel CLSM, quel contrat de santé ?", "Nom du contrat de santé", "Modifier le CLSM, le contrat de santé"),
        "Contrat de santé",
        "Contrat de santé non précisé",
        r"\b(?:une|la|de le|quelle|une autre) contrat|[ld]’ ?contrat|précisée\b",
    ),
)

TO_OTHERS = {
    mails.NOTICE_RECEIVED,
    mails.NOTICE_ANSWERED,
    mails.NOTICE_ENDED,
    alert_mails.ALERT_CONFIRM,
    alert_mails.ALERT,
    editor_mails.DECIDED_ALONE,
    question_mails.QUESTION,  # it names the text
}

ANSWERS: dict[str, Any] = {
    "situation": "regular",
    "clsm": "CLSM de Ville-Exemple",
    "department": "35",
    "themes": ["cour"],
    "account": ACCOUNT,
    "author_name": "Camille Exemple",
    "author_role": "Coordinatrice",
    "email": AUTHOR,
    "attribution": "role",
}


def an_article(session: Session, names: PartnerNames) -> Article:
    referential = Referential(slug="voisins", name="Voisins")
    session.add(referential)
    session.flush()
    department = session.get_one(Department, "35")
    port = Partner(referential_id=referential.id, slug="port", name="Maison du Port", territory="Bretagne")
    port.departments = [department]
    session.add(port)
    theme = Theme(slug="cour", label="Dans la cour", choice="Dans la cour", position=0)
    call = replace(usual_call(), names=names)
    article = another_article(session, theme, slug="sentendre", title=TITLE, summary="Ici.", body="Ici.\n", call=call)
    session.commit()
    return article


def emails(session: Session) -> Iterator[tuple[Mail, str]]:
    session.rollback()
    for email in session.scalars(select(Email)).all():
        yield email.message, plain(compose(email.message, email.recipient, email.facts, email.message_id))


@pytest.mark.slow("a text from its form to its feed")
@pytest.mark.parametrize("case", DEPTH.drawn(CASES), ids=str)
def test_a_text_without_its_partner_s_name_is_told_in_correct_french_from_the_form_to_the_feed(
    app: Flask, session: Session, visitor: Visitor, case: Case
) -> None:
    an_article(session, case.names)
    read = [visitor.get("/articles/sentendre/temoigner").text]
    read.append(visitor.press("Relire mon texte").text)
    unknown = {"partner": "inconnu"} if case.names.is_listed else {}
    read.append(visitor.fill(**ANSWERS, **unknown).press("Relire mon texte").text)
    for words in case.said:
        assert words in " ".join(read), words
    visitor.fill(publish="yes", attest="y", reuse="y").press("Envoyer")
    read.append(visitor.text)
    (testimonial,) = stored(session, Testimonial)
    own_page, public_id = private_page(testimonial), testimonial.public_id
    session.rollback()
    read.append(visitor.get(own_page).press("Confirmer").text)
    own = visitor.get(f"{own_page}/mes-donnees")
    assert case.label in [words_of(each) for each in own.page.select("dt")]
    read.append(own.text)
    editor = signed_in(Visitor(app), session, role=Role.ADMIN).get(f"/moderation/{public_id}")
    assert case.label in [words_of(each) for each in editor.page.select("dt")]
    read.append(editor.text)
    editor.press("Publier")
    for path in (
        *(f"/temoignages/{public_id}", "/articles/sentendre", "/articles/sentendre?region=53"),
        *("/articles/sentendre/flux.atom", "/integration/sentendre", "/articles/sentendre/integrer", own_page),
    ):
        answer = app.test_client().get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        read.append(" ".join(html.unescape(re.sub("<[^>]*>", " ", answer.text)).split()))
    (listed,) = app.test_client().get("/api/v1/articles/sentendre/testimonials").get_json()["testimonials"]
    assert listed["partner"] == {"value": "inconnu", "label": case.unstated}
    assert case.unstated in words_of(visitor.get(f"/temoignages/{public_id}").page.select(".sheet .facts")[0])
    if case.names.is_listed:
        filters = visitor.get("/articles/sentendre?region=53").page
        assert words_of(filters.select("label[for=filtre-partner]")[0]) == case.label
        assert [words_of(each) for each in filters.select("[name=partner] option")] == [
            case.names.all_of_them,
            f"{case.unstated} (1)",
        ]
    written = dict(emails(session))
    assert f"\n> {case.label}\n> {case.unstated}\n" in written[mails.CONFIRMED]
    for words in (*read, *written.values()):
        assert not re.search(case.wrong, words), (re.search(case.wrong, words), words)
        assert not re.search("CRPV|[Cc]entres? de ressources", words), words


def test_two_partners_of_a_departement_are_asked_about_together(visitor: Visitor, session: Session) -> None:
    """« l’une d’elles » where two entries of the list serve the département."""
    article = an_article(session, HOUSE)
    first = session.scalars(select(Partner).where(Partner.slug == "port")).one()
    other = Partner(referential_id=first.referential_id, slug="quai", name="Maison du Quai", territory="Bretagne")
    other.departments = [*first.departments]
    session.add(other)
    session.commit()
    visitor.get(f"/articles/{article.slug}/temoigner").fill(**ANSWERS, partner="inconnu").press("Relire mon texte")
    asked = "Maison du Port et Maison du Quai couvrent l’Ille-et-Vilaine : est\u2011ce l’une d’elles ?"
    assert [words_of(each) for each in visitor.page.select("#partenaire-du-departement")] == [asked]


def test_an_author_of_two_articles_knows_which_one_each_page_and_email_is_about(
    app: Flask, session: Session, visitor: Visitor
) -> None:
    an_article(session, HOUSE)
    beside = f"À côté de l’article {SHOWN.replace(chr(0xA0), ' ').replace(chr(0x202F), ' ')}"
    form = visitor.get("/articles/sentendre/temoigner").fill(**ANSWERS, partner="inconnu")
    form.press("Enregistrer et reprendre plus tard")
    assert visitor.text.startswith(beside)
    (draft,) = stored(session, Draft)
    visitor.get(f"/brouillon/{draft.token}").press("Relire mon texte")
    visitor.fill(publish="yes", attest="y").press("Envoyer")
    assert visitor.text.startswith(beside)
    (testimonial,) = stored(session, Testimonial)
    assert visitor.get(private_page(testimonial)).text.startswith(beside)
    article, own_page = testimonial.article, private_page(testimonial)
    article.is_public = False
    session.commit()
    assert visitor.get(own_page).text.startswith(beside)
    assert not visitor.page.select("main a[href^='/articles/']"), "a link would lead to no page"


@pytest.mark.one_engine
def test_each_email_to_an_author_names_the_article(app: Flask, subtests: pytest.Subtests) -> None:
    with app.app_context():
        to_authors = [
            (message, facts)
            for message, facts in SAMPLE_FACTS.items()
            if "article" in facts and message not in TO_OTHERS
        ]
        assert len(to_authors) == 38
        for message, facts in to_authors:
            with subtests.test(message=message.name):
                assert SHOWN in plain(compose(message, AUTHOR, {**facts, "article": TITLE}, "<1@en-regard.invalid>"))
            with subtests.test(message=message.name, claim="an e-mail that an earlier release wrote still leaves"):
                before = {name: fact for name, fact in facts.items() if name != "article"}
                assert "l’article" in plain(compose(message, AUTHOR, before, "<1@en-regard.invalid>"))
