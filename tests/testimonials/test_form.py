"""The form, its preview and its receipt, with every invalid field."""

from typing import Any

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Kind
from app.mail.outbox import Email
from app.testimonials.attribution import Attribution
from app.testimonials.consent import ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import a_site, committed, private_page, stored
from tests.factories import ACCOUNT, AUTHOR, the_article
from tests.visitor import Visitor, words_of

WRITE = "/articles/crpv/temoigner"

ANSWERS: dict[str, Any] = {
    "situation": "past",
    "clsm": "CLSM de Ville-Exemple",
    "department": "35",
    "partner": "autre",
    "partner_other": "Centre d’Ailleurs",
    "themes": ["qualification", "reseaux"],
    "title": "Trois après-midi",
    "account": ACCOUNT + "\r\n\r\nUn second paragraphe, avec a<b et c>d & des « guillemets ».",
    "outcome": "Des gens se parlent.",
    "obstacles": "Le temps.",
    "advice": "Commencez petit.",
    "years": "2023–2025",
    "other_partners": "Le centre social",
    "link": "https://exemple.fr/bilan?a=1&b=2",
    "author_name": "Camille Exemple",
    "author_role": "Coordinatrice",
    "email": AUTHOR,
    "attribution": "full",
}
YES = {"publish": "yes", "attest": "y", "reuse": "y"}
NO = {"publish": "no"}


def preview(visitor: Visitor, **changes: Any) -> Visitor:
    return visitor.get(WRITE).fill(**(ANSWERS | changes)).press("Relire mon texte")


def test_the_name_of_another_partner_is_optional_and_labelled_so(visitor: Visitor) -> None:
    label = visitor.get(WRITE).page.select("label[for=partner_other]")[0].get_text(" ", strip=True)
    assert label == "Nom de cet autre CRPV (facultatif)"
    preview(visitor, partner_other="")
    assert visitor.status == 200
    (facts,) = visitor.page.select(".sheet .facts")
    assert "Un autre CRPV" in facts.get_text()


def test_the_form_the_data_page_and_the_private_page_name_the_operator(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    app.config["DATA_CONTROLLER"] = "Le Réseau des CLSM"
    assert "Le Réseau des CLSM est « le réseau »." in preview(visitor).text
    network = "Le Réseau des CLSM publie les articles et anime cette plateforme : c’est « le réseau »"
    for path in ("/vos-donnees", private_page(committed(session))):
        assert network in visitor.get(path).text


def test_the_preview_names_its_parts_each_with_its_modify_buttons(visitor: Visitor) -> None:
    preview(visitor)
    headings = [words_of(each) for each in visitor.page.select("main :is(h1, h2, summary), #ensuite, .card__title")]
    assert headings == [
        "Relisez votre texte",
        "Face au passage",
        "Dans la liste",
        "Trois après-midi",
        "Sur sa page",
        "Le lire en entier",
        "Vos accords",
        "Ce qui ne paraît pas",
        "Ensuite",
    ]
    targets = [(words_of(each), str(each["formaction"])) for each in visitor.page.select("button[value=edit]")]
    assert targets == [
        ("Modifier le texte", f"{WRITE}#etape-3"),
        ("Modifier la signature", f"{WRITE}#etape-5"),
        ("Modifier la situation", f"{WRITE}#etape-1"),
        ("Modifier le CLSM, le CRPV", f"{WRITE}#etape-2"),
        ("Modifier ce texte", f"{WRITE}#etape-3"),
        ("Modifier les articulations", f"{WRITE}#etape-2"),
        ("Modifier vos coordonnées", f"{WRITE}#etape-4"),
    ]


def test_what_comes_next_is_said_before_the_button_that_sends(visitor: Visitor) -> None:
    following = preview(visitor).text.partition("Ensuite")[2]
    assert following.startswith(f" Un courriel part vers {AUTHOR} : confirmez-y votre adresse.")
    assert following.endswith("Rien n’est public d’ici là, ni après un non. Envoyer")
    assert len(visitor.page.select("section.next li")) == 2, "a promise is not a step"


def test_the_attestation_comes_with_the_yes_to_publication(visitor: Visitor) -> None:
    preview(visitor)
    fields = visitor.page.select("fieldset.field--publish input")
    assert [(each["name"], each["value"]) for each in fields] == [
        ("publish", "yes"),
        ("attest", "y"),
        ("publish", "no"),
    ]


QUESTIONS = [
    ("44", "reso-villes", ""),
    ("44", "labo-cites", "RésO Villes couvre la Loire-Atlantique ; vous avez choisi « Labo Cités ». C’est bien lui ?"),
    ("44", "inconnu", "RésO Villes couvre la Loire-Atlantique : est\u2011ce lui ?"),
    ("01", "autre", "Labo Cités couvre l’Ain ; vous avez choisi « Centre d’Ailleurs ». C’est bien lui ?"),
    ("62", "oriv", "IREV couvre le Pas-de-Calais ; vous avez choisi « ORIV ». C’est bien lui ?"),
    ("976", "inconnu", "CRPV-CS Maoré Ouvoimoja couvre Mayotte : est\u2011ce lui ?"),
    ("75", "labo-cites", ""),
    ("2A", "inconnu", ""),
]


def test_the_preview_asks_whether_a_partner_of_elsewhere_is_meant_and_never_blocks(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for department, partner, question in QUESTIONS:
        with subtests.test(department=department, partner=partner):
            preview(visitor, department=department, partner=partner)
            asked = [words_of(each) for each in visitor.page.select("#partenaire-du-departement")]
            assert asked == ([question] if question else [])
            visitor.fill(**NO).press("Envoyer")
            assert visitor.path.startswith("/recu/")
            assert stored(session, Testimonial)[-1].latest.department_code == department
    assert len(stored(session, Testimonial)) == len(QUESTIONS)


def test_a_complete_testimonial_is_previewed_then_stored(visitor: Visitor, session: Session) -> None:
    preview(visitor)
    assert visitor.status == 200
    for words in (
        "Camille Exemple, coordinatrice, CLSM de Ville-Exemple",
        "Bretagne",
        "Centre d’Ailleurs",
        "Trois après-midi",
        "a<b et c>d & des « guillemets »",
        "Un second paragraphe",
        "Commencez petit.",
        "2023–2025",
        "Le centre social",
        Purpose.PUBLICATION.wording(the_article(session)),
        Purpose.REUSE.wording(the_article(session)),
        Purpose.CONTACT.wording(the_article(session)),
        Purpose.ATTESTATION.wording(the_article(session)),
    ):
        assert words in visitor.text, words
    assert stored(session, Testimonial) == [], "nothing is stored before it is sent"
    visitor.fill(**YES).press("Envoyer")
    assert visitor.status == 200
    assert visitor.path.startswith("/recu/")
    assert AUTHOR not in str(visitor.answer and visitor.answer.request.url)
    (testimonial,) = stored(session, Testimonial)
    version = testimonial.latest
    assert testimonial.status is Status.UNCONFIRMED
    assert testimonial.email == AUTHOR
    assert (version.situation, version.attribution) == (Situation.PAST, Attribution.FULL)
    assert (version.partner_known, version.partner_other) == (PartnerKnown.OTHER, "Centre d’Ailleurs")
    assert version.department_code == "35"
    assert [theme.slug for theme in version.themes] == ["qualification", "reseaux"]
    assert version.account == ANSWERS["account"].replace("\r\n", "\n")
    for name in (
        *("title", "outcome", "obstacles", "advice", "years", "other_partners", "link"),
        *("author_name", "author_role"),
    ):
        assert getattr(version, name) == ANSWERS[name], name
    assert version.approved_digest == version.digest == version.compute_digest()
    assert {line.purpose: line.answer for line in testimonial.consents} == {
        Purpose.PUBLICATION: ConsentDecision.GIVEN,
        Purpose.REUSE: ConsentDecision.GIVEN,
        Purpose.CONTACT: ConsentDecision.REFUSED,
        Purpose.QUESTIONS: ConsentDecision.REFUSED,
        Purpose.ATTESTATION: ConsentDecision.GIVEN,
    }
    assert [event.kind for event in testimonial.events] == [Kind.SUBMITTED]
    assert session.scalar(select(func.count()).select_from(Email)) == 1


@pytest.mark.parametrize(
    "wordings", ["", "publication-1 reuse-1 contact-1 attestation-1", "publication-2 reuse-2 contact-1 attestation-1"]
)
def test_answers_to_other_wordings_than_today_s_are_asked_again(
    visitor: Visitor, session: Session, wordings: str
) -> None:
    preview(visitor).fill(**YES, wordings=wordings).press("Envoyer")
    assert visitor.status == 422
    assert "Les mots de nos demandes d’accord ont changé depuis cette page" in visitor.text
    assert stored(session, Testimonial) == []
    assert not visitor.page.select(".consent input[checked]"), "no answer stands for a wording that was not read"
    assert ANSWERS["title"] in visitor.text, "the words are kept"
    visitor.fill(**YES).press("Envoyer")
    (testimonial,) = stored(session, Testimonial)
    assert (testimonial.publication_consent, testimonial.sites_consent, testimonial.reuse_consent) == (True, True, True)


def test_answers_carried_from_another_wording_are_not_ticked(visitor: Visitor) -> None:
    preview(visitor).fill(**YES, wordings="publication-1 reuse-1").press("Modifier")
    visitor.press("Relire mon texte")
    assert visitor.status == 200
    assert not visitor.page.select(".consent input[checked]")


def test_the_sites_of_the_network_are_named_beside_the_consent_to_publication(
    visitor: Visitor, session: Session
) -> None:
    assert "Aucun autre site du réseau à ce jour" in preview(visitor).text
    a_site(session, "reseau.example")
    session.commit()
    assert "Le site de reseau.example (reseau.example)" in preview(visitor).text
    assert visitor.page.select(".consent a[href='/vos-donnees#sites']")


def test_optional_fields_may_be_empty(visitor: Visitor, session: Session) -> None:
    empty = dict.fromkeys(
        ("title", "outcome", "obstacles", "advice", "years", "other_partners", "link", "partner_other"), ""
    )
    preview(visitor, partner="inconnu", **empty).fill(**NO).press("Envoyer")
    assert visitor.path.startswith("/recu/")
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.latest.partner_known is PartnerKnown.UNKNOWN
    assert testimonial.latest.title == ""
    assert testimonial.publication_consent is False, "which prevents nothing"


def test_going_back_from_the_preview_keeps_every_field_and_consent(visitor: Visitor) -> None:
    preview(visitor).fill(publish="no", contact="y").press("Modifier")
    assert visitor.status == 200
    fields: dict[str, list[str]] = {}
    for candidate in visitor.forms("@method='post'"):
        for name, value in visitor.fields(candidate):
            fields.setdefault(name, []).append(value)
    for name, value in ANSWERS.items():
        expected = value if isinstance(value, list) else [value]
        assert [each.replace("\r\n", "\n") for each in fields[name]] == [
            each.replace("\r\n", "\n") for each in expected
        ], name
    assert fields["publish"] == ["no"]
    assert fields["contact"]
    visitor.press("Relire mon texte")
    checked = [each["value"] for each in visitor.page.select("input[name=publish][checked]")]
    assert checked == ["no"]


# The longest text of each field.
LONGEST: dict[str, Any] = {
    "clsm": "a" * 120,
    "partner_other": "a" * 120,
    "title": "a" * 120,
    "account": "a" * 2500,
    "outcome": "a" * 1500,
    "obstacles": "a" * 1500,
    "advice": "a" * 500,
    "years": "a" * 60,
    "other_partners": "a" * 300,
    "link": "https://exemple.fr/" + "a" * 281,
    "author_name": "a" * 120,
    "author_role": "a" * 120,
    "email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 58}.fr",
}

INVALID: list[tuple[str, str | list[str], str]] = [
    *((name, f"{longest}a", "Retirez-en 1.") for name, longest in LONGEST.items() if name != "email"),
    ("situation", "", "choisissez une des trois réponses"),
    ("situation", "flying", "valide"),
    ("clsm", "", "Indiquez le nom de votre CLSM"),
    ("clsm", " \t ", "Indiquez le nom de votre CLSM"),
    ("clsm", "\u200b\u2060\u00ad", "Indiquez le nom de votre CLSM"),
    ("author_name", "\u202e", "prénom et votre nom"),
    ("account", "\u200b" * 200, "c’est le cœur de votre texte"),
    ("department", "", "Choisissez votre département"),
    ("department", "99", "valide"),
    ("partner", "", "Je ne sais pas"),
    ("partner", "nowhere", "valide"),
    ("themes", [], "Cochez au moins une réponse"),
    ("themes", ["nothing"], "valide"),
    ("account", "", "c’est le cœur de votre texte"),
    ("account", "a" * 149, "Encore 1 signe au moins"),
    ("link", "javascript:alert(1)", "https://"),
    ("link", "exemple.fr", "https://"),
    ("link", "ftp://exemple.fr/x", "https://"),
    ("author_name", "", "prénom et votre nom"),
    ("author_role", "", "votre fonction"),
    ("email", "", "Indiquez votre courriel"),
    ("email", "camille", "prenom.nom@exemple.fr"),
    ("email", "a@b@c.fr", "prenom.nom@exemple.fr"),
    ("email", "élodie@exemple.fr", "ni accent"),
    ("email", f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 59}.fr", "Retirez-en 1."),
    ("attribution", "", "comment le texte sera signé"),
    ("attribution", "king", "valide"),
]


@pytest.mark.slow("forty forms sent and read")
def test_an_invalid_field_is_reported_in_the_summary_and_no_answer_is_lost(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    visitor.get(WRITE)
    for field, value, sentence in INVALID:
        with subtests.test(field=field, value=value):
            visitor.fill(**(ANSWERS | {field: value})).press("Relire mon texte")
            check_report(visitor, field, sentence)
            assert stored(session, Testimonial) == []


def check_report(visitor: Visitor, field: str, sentence: str) -> None:
    """Check what a page says of its only invalid field, and that it keeps what was typed in the others."""
    assert visitor.status == 422
    assert sentence in visitor.text
    summary = visitor.page.find("section", class_="summary")
    assert isinstance(summary, Tag)
    targets = [str(link["href"]).removeprefix("#") for link in summary.find_all("a")]
    assert len(targets) == 1
    assert words_of(summary.find_all("a")[0]) == words_of(visitor.page.select(".field__error")[0]), "the same sentence"
    main = visitor.page.find("main")
    assert isinstance(main, Tag)
    assert main.find(["section", "h1"]) is summary, "the summary is the first thing on the page"
    target = visitor.page.find(id=targets[0])
    assert isinstance(target, Tag), f"the summary links to #{targets[0]}, which is nowhere"
    assert field in str(target.get("name", "")) or target.select(f"[name={field}]")
    for kept in ("Trois après-midi", "Coordinatrice", "Le centre social"):
        if ANSWERS.get(field) != kept:
            assert kept in str(visitor.page), kept


def test_each_field_takes_its_longest_text(visitor: Visitor, session: Session) -> None:
    assert len(LONGEST["link"]) == 300
    assert len(LONGEST["email"]) == 254
    assert preview(visitor, account="a" * 150).status == 200, "the shortest"
    assert preview(visitor, **LONGEST).status == 200
    visitor.fill(**NO).press("Envoyer")
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.email == LONGEST["email"]
    assert {name: getattr(testimonial.latest, name) for name in LONGEST if name != "email"} == {
        name: value for name, value in LONGEST.items() if name != "email"
    }


def test_invisible_signs_and_line_breaks_are_removed(visitor: Visitor, session: Session) -> None:
    preview(visitor, account="é" * 150 + "\u202egnp.exe", clsm="  CLSM \u200f de  Ville \n Exemple ")
    visitor.fill(**NO).press("Envoyer")
    (testimonial,) = stored(session, Testimonial)
    assert testimonial.latest.clsm == "CLSM de Ville Exemple"
    assert "\u202e" not in testimonial.latest.account


def test_consent_to_publication_needs_the_attestation(visitor: Visitor, session: Session) -> None:
    preview(visitor).press("Envoyer")
    assert visitor.status == 422
    first = visitor.text.removeprefix("Relire ")  # the hidden button of the Enter key
    assert first.startswith("À reprendre : 1 réponse Répondez oui ou non")
    (title,) = visitor.page.select("title")
    assert words_of(title).startswith("À reprendre : 1 réponse")
    visitor.fill(publish="yes").press("Envoyer")
    assert visitor.status == 422
    assert "cochez cette attestation" in visitor.text
    assert stored(session, Testimonial) == []
    visitor.fill(attest="y").press("Envoyer")
    assert visitor.path.startswith("/recu/")


def test_nothing_is_preselected(visitor: Visitor) -> None:
    assert visitor.get(WRITE).page.select("[checked]") == []
    assert preview(visitor).page.select("[checked]") == []


def test_a_field_sent_twice_is_refused(visitor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    visitor.get(WRITE).fill(**ANSWERS)
    fields = [*visitor.fields(visitor.form_of("Relire mon texte")), ("step", "preview")]
    for field in ANSWERS.keys() - {"themes"}:
        with subtests.test(field=field):
            visitor.post(WRITE, [*fields, (field, ANSWERS[field])])
            assert visitor.status == 400
            assert "deux réponses" in visitor.text
    assert stored(session, Testimonial) == []


def test_an_empty_post_shows_the_form_with_its_errors_unless_it_asks_to_edit(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    title = "À reprendre : 11 réponses – Votre retour d’expérience – En regard"
    for step in ("send", "preview", "fly", "", "edit"):
        with subtests.test(step=step):
            errors = 0 if step == "edit" else 11
            visitor.post(WRITE, [("step", step)])
            assert visitor.status == (422 if errors else 200)
            assert words_of(visitor.page.select("h1")[0]) == "Votre retour d’expérience"
            assert visitor.find("Relire mon texte") is not None
            assert len(visitor.page.select(".summary a")) == errors
            assert visitor.page.title is not None
            assert (words_of(visitor.page.title) == title) is bool(errors)
    assert stored(session, Testimonial) == []


def test_a_head_request_for_the_form_succeeds(app: Flask) -> None:
    assert app.test_client().head(WRITE).status_code == 200


def test_the_receipt_tells_the_next_step_and_masks_the_address(visitor: Visitor) -> None:
    preview(visitor).fill(**YES).press("Envoyer")
    assert "c…@ville-exemple.fr" in visitor.text
    assert AUTHOR not in str(visitor.page)
    named = "À côté de l’article « Travailler avec un centre de ressources politique de la ville »"
    assert visitor.text.startswith(f"{named} Votre texte est arrivé Reste à confirmer votre adresse")
    said = [words_of(each) for each in visitor.page.select(".gestures li")]
    assert ["lien privé" in each for each in said] == [True, False, False]
    assert "L’équipe lit alors votre texte et vous répond sous 7 jours." in said[2]
    assert [words_of(each) for each in visitor.page.select("summary")] == ["Si rien n’arrive"]
    assert not visitor.page.select(".masthead__call"), "a text has just been sent"
    assert visitor.answer is not None
    assert visitor.answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in visitor.answer.headers["X-Robots-Tag"]


def test_without_a_script_the_label_has_the_wording_of_every_situation(visitor: Visitor) -> None:
    page = visitor.get(WRITE).page
    label = page.find("label", attrs={"for": "account"})
    assert isinstance(label, Tag)
    for wording in ("Ce que vous avez fait ensemble", "Ce que vous faites ensemble", "Ce que vous prévoyez de faire"):
        assert wording in label.get_text()


def test_the_form_promises_what_the_law_asks_before_anything_is_typed(app: Flask, visitor: Visitor) -> None:
    """GDPR, article 13: who answers for the data, what for, until when, the rights, and how to take it back."""
    app.config["DATA_CONTROLLER"] = "Le Réseau des CLSM"
    words = visitor.get(WRITE).text
    for promise in (
        "Le Réseau des CLSM répond de vos données, pour lire, répondre, et publier si vous l’acceptez",
        "non est une réponse comme une autre",
        "Vous choisissez la signature : nom, fonction, région.",
        "Publié, votre texte paraît 3 ans, ou jusqu’à ce que vous le retiriez, par votre lien privé.",
        "Rien n’est gardé avant « Envoyer » ou « Enregistrer ».",
        "Gardé 30 jours, pour vous seul·e",
        "Jamais publié ; votre région, oui.",
        "Jamais publié. Nous y envoyons votre lien privé, pour suivre, retirer ou effacer le texte.",
        "Ne nommez ni patient·e ni tierce personne.",
        "Elle s’efface à l’envoi.",
        "ce qu’elles deviennent, vos droits",
    ):
        assert promise in words, promise
    assert visitor.page.select("main a[href='/vos-donnees']")
    visitor.get("/vos-donnees")
    for right in ("rectification, effacement, limitation, opposition", "saisir la Cnil"):
        assert right in visitor.text, right


def test_a_kept_answer_is_unfolded_and_an_empty_one_folded(visitor: Visitor) -> None:
    visitor.get(WRITE)
    assert visitor.page.select("details.adding[open]") == []
    visitor.fill(**(ANSWERS | {"outcome": "", "obstacles": "a" * 1501})).press("Relire mon texte")
    opened = {str(field["name"]) for field in visitor.page.select("details.adding[open] [name]")}
    assert opened == {"obstacles", "advice", "title", "years", "other_partners", "link"}
