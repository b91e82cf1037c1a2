"""Referentials for admins: lists, entries, what is offered, a file that tells what it would change first."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit import AuditEvent, Kind
from app.catalog.facets import Facet
from app.catalog.rendering import Rendering
from app.cli.database import load_shipped_content
from app.moderation.queue.rows import QueueRow
from app.territories.models import Partner, PartnerAlias, Referential
from app.testimonials.answered import answers_of
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import is_reversible
from tests.acts import committed, private_token, published, readable, stored
from tests.factories import the_article
from tests.testimonials.test_form import ANSWERS
from tests.visitor import Visitor

LISTS = "/administration/listes"
HEADER = "code;nom;territoire;départements;site;source;vérifié le;certitude"

pytestmark = pytest.mark.changes_content


def the_list(session: Session) -> Referential:
    return session.scalars(select(Referential).where(Referential.slug == "crpv")).one()


def entry(session: Session, slug: str) -> Partner:
    session.rollback()
    return session.scalars(select(Partner).where(Partner.slug == slug)).one()


def list_page(session: Session) -> str:
    return f"{LISTS}/{the_list(session).id}"


def kinds(session: Session) -> list[Kind]:
    return [each.kind for each in stored(session, AuditEvent) if each.kind.value.startswith(("partner", "referential"))]


def test_a_list_is_created_and_renamed_and_names_the_articles_that_offer_it(admin: Visitor, session: Session) -> None:
    assert "Centres de ressources politique de la ville" in admin.get(LISTS).text
    assert f"Proposée par « {the_article(session).title} »" in admin.text
    admin.fill(name="Ateliers santé ville").press("Créer cette liste")
    assert "Aucun article ne propose cette liste" in admin.text
    assert "ateliers-sante-ville" in admin.text
    admin.fill(name="Ateliers").press("Renommer")
    assert "Ateliers" in admin.get(LISTS).text
    admin.get(LISTS).fill(name=" ").press("Créer cette liste")
    assert admin.status == 422
    admin.get(LISTS).fill(name="Ateliers santé ville").press("Créer cette liste")
    assert [each.slug for each in stored(session, Referential)] == [
        *("crpv", "ateliers-sante-ville", "ateliers-sante-ville-2")
    ]
    assert kinds(session) == [Kind.REFERENTIAL_ADDED, Kind.REFERENTIAL_RENAMED, Kind.REFERENTIAL_ADDED]


def test_an_entry_is_added_and_offered_by_the_form_at_once(admin: Visitor, session: Session) -> None:
    admin.get(f"{list_page(session)}/ajouter")
    typed = {"name": "Centre d’essai", "territory": "Corse", "departments": "2B, 2A", "website": "essai.example"}
    admin.fill(**typed, checked="2026-11", certainty="à vérifier : le site").press("Ajouter cette entrée")
    assert "à vérifier : le site" in admin.text
    added = entry(session, "centre-d-essai")
    assert sorted(each.code for each in added.departments) == ["2A", "2B"]
    words = Visitor(admin.client.application).get("/articles/crpv/temoigner")
    option = words.page.select('[name=partner] [value="centre-d-essai"]')[0]
    assert option.get_text(strip=True) == "Corse – Centre d’essai"
    assert "à vérifier" not in words.client.get("/articles/crpv/temoigner").get_data(as_text=True)
    assert kinds(session) == [Kind.PARTNER_ADDED]


MISTAKES_IN_AN_ENTRY = [
    ({"name": " "}, "Indiquez le nom"),
    ({"territory": ""}, "Indiquez le territoire"),
    ({"departments": "22, 99"}, "« 99 » n’est le code d’aucun département"),
    ({"checked": "hier"}, "Écrivez un mois passé, comme 2026-11."),
    ({"checked": "2026-13"}, "Écrivez un mois passé, comme 2026-11."),
    ({"checked": "2999-01"}, "Écrivez un mois passé, comme 2026-11."),
    ({"slug": "Ville au carré"}, "Un code est fait de lettres sans accent"),
    ({"slug": "autre"}, "Un code est fait de lettres sans accent"),
    ({"slug": "oriv"}, "Une entrée a déjà ce code."),
    ({"name": "Oriv"}, "Une entrée a déjà ce code."),
]


def test_an_entry_with_a_mistake_is_refused_and_keeps_what_was_typed(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    before = len(stored(session, Partner))
    for changes, advice in MISTAKES_IN_AN_ENTRY:
        with subtests.test(changes=changes):
            fields = {"name": "Centre d’essai", "territory": "Corse", "source": "Un courriel"} | changes
            admin.get(f"{list_page(session)}/ajouter").fill(**fields).press("Ajouter cette entrée")
            assert admin.status == 422
            assert advice in admin.text
            assert admin.page.select("[name=source]")[0]["value"] == "Un courriel"
            assert len(stored(session, Partner)) == before


def test_a_new_name_is_shown_at_once_wherever_it_was_chosen_and_changes_no_digest(
    app: Flask, admin: Visitor, session: Session
) -> None:
    text = readable(session)
    digest, reader = text.shown_digest, Visitor(app)
    assert "RésO Villes" in reader.get(f"/temoignages/{text.public_id}").text
    admin.get(f"{LISTS}/entrees/{entry(session, 'reso-villes').id}").fill(name="Réseau des villes de l’Ouest")
    admin.press("Enregistrer cette entrée")
    assert "Réseau des villes de l’Ouest" in reader.get(f"/temoignages/{text.public_id}").text
    assert "RésO Villes" not in reader.text
    assert "Récit 00" in reader.get("/articles/crpv?mots=ouest").text
    assert "Réseau des villes de l’Ouest" in str(reader.get("/articles/crpv?partner=reso-villes").page)
    answer = reader.client.get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert answer["partner"] == {"value": "reso-villes", "label": "Réseau des villes de l’Ouest"}
    (kept,) = stored(session, Testimonial)
    assert kept.shown_digest == digest == kept.versions[0].compute_digest()
    (event,) = [each for each in stored(session, AuditEvent) if each.kind is Kind.PARTNER_CHANGED]
    assert (event.reason, event.before, event.after) == (
        *("reso-villes", "nom: RésO Villes", "nom: Réseau des villes de l’Ouest"),
    )


def test_an_entry_that_an_admin_changed_is_not_written_over_by_an_upgrade(admin: Visitor, session: Session) -> None:
    changed, other = entry(session, "oriv"), entry(session, "irev")
    admin.get(f"{LISTS}/entrees/{changed.id}").fill(source="Leur assemblée générale").press("Enregistrer cette entrée")
    other = entry(session, "irev")
    shipped, other.source = other.source, "une erreur"
    session.commit()
    load_shipped_content()
    assert entry(session, "oriv").source == "Leur assemblée générale"
    assert entry(session, "irev").source == shipped


def test_an_entry_no_longer_offered_stays_where_it_was_chosen_and_blocks_nothing(
    app: Flask, admin: Visitor, session: Session
) -> None:
    text = readable(session)
    page = f"{LISTS}/entrees/{entry(session, 'reso-villes').id}"
    answers = ANSWERS | {"partner": "reso-villes", "partner_other": "", "email": "autre@ville-exemple.fr"}
    author = Visitor(app).get("/articles/crpv/temoigner").fill(**answers)  # open before the entry goes
    preview = Visitor(app).get("/articles/crpv/temoigner").fill(**answers | {"email": "b@exemple.fr"})
    preview.press("Relire mon texte").fill(publish="no")
    admin.get(page).press("Ne plus la proposer")
    assert "n’est plus proposée" in admin.text
    assert "RésO Villes" in Visitor(app).get(f"/temoignages/{text.public_id}").text
    assert Visitor(app).get("/articles/crpv/temoigner").page.select('[value="reso-villes"]') == []
    author.press("Relire mon texte").fill(publish="no").press("Envoyer")
    preview.press("Envoyer")
    sent = stored(session, Testimonial)[1:]
    assert [each.latest.partner_name for each in sent] == ["RésO Villes"] * 2
    admin.get(page).press("La proposer de nouveau")
    assert Visitor(app).get("/articles/crpv/temoigner").page.select('[value="reso-villes"]') != []
    assert kinds(session) == [Kind.PARTNER_WITHDRAWN, Kind.PARTNER_OFFERED]


def import_page(admin: Visitor, session: Session, *lines: str, header: str = HEADER) -> Visitor:
    admin.get(f"{list_page(session)}/importer").fill(content="\r\n".join((header, *lines)))
    return admin.press("Voir ce qui changerait")


def test_a_file_says_what_it_would_change_and_changes_it_on_a_second_post(admin: Visitor, session: Session) -> None:
    kept = "irev;IREV;Hauts-de-France;02,59,60,62,80;irev.fr;leur site, bilan 2022;2026-11;vérifié"
    changed = "oriv;ORIV Grand Est;Grand Est;08,10,51,52,54,55,57,67,68;oriv.org;leur site;2026-10;vérifié"
    before = len(stored(session, Partner))
    import_page(admin, session, "essai;Centre d’essai;Corse;2A,2B;;;;", kept, changed)
    assert "1 entrée nouvelle, 1 changée, 1 qui reste telle quelle" in admin.text
    assert "Nouvelle : Centre d’essai (essai), Corse" in admin.text
    assert "nom : ORIV devient ORIV Grand Est" in admin.text
    assert (
        "départements : 08, 10, 51, 52, 54, 55, 57, 67, 68, 88 devient 08, 10, 51, 52, 54, 55, 57, 67, 68" in admin.text
    )
    assert "Ne sont pas dans le fichier, et resteraient telles quelles : Labo Cités" in admin.text
    assert len(stored(session, Partner)) == before, "nothing is stored before the second page"
    admin.press("Importer ces changements")
    assert "Centre d’essai" in admin.text
    assert entry(session, "oriv").name == "ORIV Grand Est"
    assert entry(session, "oriv").checked == "2026-10"
    assert len(stored(session, Partner)) == before + 1
    assert entry(session, "labo-cites").is_active
    assert kinds(session) == [Kind.PARTNER_ADDED, Kind.PARTNER_CHANGED, Kind.REFERENTIAL_IMPORTED]
    import_page(admin, session, "essai;Centre d’essai;Corse;2A,2B;;;;", kept, changed)
    assert "Il n’y a rien à importer" in admin.text


def test_an_import_is_checked_again_when_it_is_confirmed(admin: Visitor, session: Session) -> None:
    import_page(admin, session, "essai;Centre d’essai;Corse;2A;;;;")
    session.rollback()
    session.add(Partner(referential_id=the_list(session).id, slug="essai", name="Essai", territory="Corse"))
    session.commit()
    admin.press("Importer ces changements")
    assert admin.status == 409
    assert "La liste ou le fichier ont changé depuis la page d’avant" in admin.text
    assert "nom : Essai devient Centre d’essai" in admin.text
    assert entry(session, "essai").name == "Essai"
    admin.press("Importer ces changements")
    assert entry(session, "essai").name == "Centre d’essai"


def test_names_that_look_like_formulas_come_back_from_the_file_of_a_list_as_they_are(
    admin: Visitor, session: Session
) -> None:
    facts = {"slug": "plus-est", "name": "+Est", "territory": "-Corse", "source": "=1+1"}
    admin.get(f"{list_page(session)}/ajouter").fill(**facts).press("Ajouter cette entrée")
    answer = admin.client.get(f"{list_page(session)}/fichier")
    assert answer.content_type == "text/csv; charset=utf-8"
    content = answer.get_data()
    assert b"plus-est;'+Est;'-Corse;" in content, "a spreadsheet reads no formula"
    send_file(admin, session, content)
    assert "Il n’y a rien à importer" in admin.text
    import_page(admin, session, "essai;@Centre;Corse;2A;;;;")
    admin.press("Importer ces changements")
    assert entry(session, "essai").name == "@Centre"


# Wherever a text's partner is named to readers and machines.
OUTLETS = (
    *("/temoignages/{}", "/articles/crpv?mots=récit", "/articles/crpv?partner=reso-villes"),
    *("/api/v1/testimonials/{}", "/api/v1/articles/crpv/testimonials", "/articles/crpv/flux.atom"),
    *("/api/v1/articles/crpv/testimonials?partner=reso-villes", "/integration/crpv", "/integration/crpv/cadre"),
)
ROW = "essai;Centre d’essai;Corse;2A;;;;"


MISTAKES_IN_A_FILE = [
    (["code;nom;lieu", ROW], "Ligne 1 : la colonne « lieu » n’existe pas."),
    (["code;nom;territoire", ROW], "Ligne 1 : la colonne « départements » manque."),
    ([f"{HEADER};nom", ROW], "Ligne 1 : la colonne « nom » est deux fois."),
    ([HEADER], "Ligne 2 : il n’y a aucune entrée"),
    ([HEADER, ROW, ROW], "Ligne 3, colonne « code » : « essai » est déjà à la ligne 2."),
    ([HEADER, ROW, "ailleurs;Nom;Corse;2A;;;;"], "Ligne 3, colonne « code » : « ailleurs » est déjà le code"),
    ([HEADER, "Éssai;Nom;Corse;2A;;;;"], "Ligne 2, colonne « code » : « Éssai » doit être fait de lettres"),
    ([HEADER, ROW, ";Nom;Corse;2A;;;;"], "Ligne 3, colonne « code » : la case est vide."),
    ([HEADER, "essai;;Corse;2A;;;;"], "Ligne 2, colonne « nom » : la case est vide."),
    ([HEADER, "essai;Nom;Corse;2A,99;;;;"], "Ligne 2, colonne « départements » : « 99 » n’est le code d’aucun"),
    ([HEADER, f"essai;{'n' * 121};Corse;2A;;;;"], "Ligne 2, colonne « nom » : 120 signes suffisent."),
    ([HEADER, "essai;Nom;Corse;2A;;;hier;"], "Ligne 2, colonne « vérifié le » : « hier » n’est pas un mois passé"),
    ([HEADER, f"{ROW};;"], "Ligne 2 : 10 cases pour 8 colonnes."),
    ([HEADER, 'essai;"Nom;Corse;2A;;;;'], "Ligne 2 : un guillemet ouvert n’est pas refermé."),
    ([HEADER, ROW, 'un;"Nom;Corse;;;;;', "deux;Nom;Corse;;;;;"], "Ligne 3 : un guillemet ouvert n’est pas refermé."),
    ([HEADER, 'essai;"Un\nnom";Corse;;;;;', "deux;;Corse;;;;;"], "Ligne 4, colonne « nom » : la case est vide."),
    ([HEADER, 'essai;Nom;"Corse', 'du Sud";2A,99;;;;'], "Ligne 2, colonne « départements » : « 99 »"),
    ([f"{HEADER};", f"{ROW};"], "Ligne 1 : la colonne 9 n’a pas de titre."),
    ([f"{HEADER};note", f"{ROW};oui"], "Ligne 1 : la colonne « note » n’existe pas."),
]


def test_a_file_with_a_mistake_names_its_line_and_column_and_changes_nothing(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    elsewhere = Referential(slug="ailleurs", name="Une autre liste")
    session.add(elsewhere)
    session.flush()
    session.add(Partner(referential_id=elsewhere.id, slug="ailleurs", name="Ailleurs", territory="Corse"))
    session.commit()
    before = [(each.slug, each.name) for each in stored(session, Partner)]
    for lines, sentence in MISTAKES_IN_A_FILE:
        with subtests.test(lines=lines):
            import_page(admin, session, *lines[1:], header=lines[0])
            assert admin.status == 422
            assert sentence in admin.text
            assert admin.page.select("textarea[name=content]")[0].get_text().strip().startswith(lines[0])
            assert [(each.slug, each.name) for each in stored(session, Partner)] == before
            assert kinds(session) == []


def answers_page(session: Session) -> str:
    return f"{list_page(session)}/reponses"


def recognised(admin: Visitor, session: Session, *answers: str, slug: str = "reso-villes") -> str:
    """Have answers stand for an entry, and return the entry's page."""
    partner = entry(session, slug).id
    admin.get(answers_page(session)).fill(answers=list(answers), target=str(partner)).press("Ranger ces réponses")
    session.rollback()
    return f"{LISTS}/entrees/{partner}"


def totals(session: Session) -> dict[str, int]:
    """Return the number of published texts under each partner, where nothing else is chosen."""
    session.rollback()
    alone = Facet.theme == "", Facet.situation == "", Facet.region == "", Facet.partner != "", Facet.total > 0
    return dict(session.execute(select(Facet.partner, Facet.total).where(*alone)).all())


def typed(name: str) -> dict[str, Any]:
    return {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": name}


def test_what_authors_typed_becomes_an_entry_in_one_act_which_takes_their_texts(
    app: Flask, admin: Visitor, session: Session
) -> None:
    first, second = (published(session, number, **typed("Centre d’Ailleurs")) for number in (1, 2))
    variant = published(session, 3, **typed("centre d'ailleurs"))
    other = published(session, 4, **typed("Une mission locale"))
    waiting = committed(session, email="w@exemple.fr", **typed("Centre d’Ailleurs"))
    digests = {each.id: each.shown_digest for each in (first, second, variant, other)}
    assert totals(session) == {"autre": 4}
    assert "Centre d’Ailleurs (3 textes)" in admin.get(answers_page(session)).text
    assert admin.page.select('[id*=" "]') == [], "an id has no space, whatever was typed"
    admin.fill(answers=["Centre d’Ailleurs", "centre d'ailleurs"], name="Centre d’Ailleurs", territory="Bretagne")
    admin.fill(departments="22, 29").press("Ranger ces réponses")
    assert "Centre d’Ailleurs (3 textes)" not in admin.text
    assert "Une mission locale (1 texte)" in admin.text
    partner = entry(session, "centre-d-ailleurs")
    assert {each.code for each in partner.departments} == {"22", "29"}
    assert totals(session) == {"autre": 1, "centre-d-ailleurs": 3}
    rows = {each.testimonial_id: each.partner_id for each in stored(session, QueueRow)}
    assert rows == {**dict.fromkeys((first.id, second.id, variant.id, waiting.id), partner.id), other.id: None}
    reader = Visitor(app).get("/articles/crpv?partner=centre-d-ailleurs")
    assert [title.get_text() for title in reader.page.select(".card__title")] == ["Récit 03", "Récit 02", "Récit 01"]
    # The pages name the entry; the proof keeps what their authors approved.
    page = Visitor(app).get(f"/temoignages/{variant.public_id}")
    assert "centre d’ailleurs" not in page.text
    assert "Centre d’Ailleurs" in page.text
    for text in stored(session, Testimonial):
        if text.shown_digest:
            assert text.shown_digest == digests[text.id] == text.versions[0].compute_digest()
            assert text.versions[0].partner_known is PartnerKnown.OTHER
    told = [each for each in stored(session, AuditEvent) if each.kind is Kind.PARTNER_RECOGNISED]
    assert {each.testimonial_id for each in told} == {first.id, second.id, variant.id, waiting.id}
    assert "« centre d'ailleurs »" in admin.get(f"{LISTS}/entrees/{partner.id}").text.replace("’", "'")


MISTAKES_IN_AN_ANSWER: list[tuple[dict[str, Any], str]] = [
    ({"answers": []}, "Cochez au moins une réponse."),
    ({"name": ""}, "Donnez le nom de l’entrée nouvelle"),
    ({"name": "Oriv"}, "Une entrée a déjà ce nom"),
    ({"territory": ""}, "Indiquez le territoire"),
    ({"departments": "99"}, "« 99 » n’est le code d’aucun département"),
]


def test_an_answer_wrongly_made_an_entry_changes_nothing(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    readable(session, 1, **typed("Centre d’Ailleurs"))
    fields: dict[str, Any] = {"answers": ["Centre d’Ailleurs"], "name": "Centre d’Ailleurs", "territory": "Bretagne"}
    for changes, advice in MISTAKES_IN_AN_ANSWER:
        with subtests.test(changes=changes):
            admin.get(answers_page(session)).fill(**fields | changes).press("Ranger ces réponses")
            assert admin.status == 422
            assert advice in admin.text
            assert stored(session, PartnerAlias) == []
            assert totals(session) == {"autre": 1}


def test_every_outlet_names_the_entry_that_an_answer_was_recognised_as_and_the_proof_keeps_the_words(
    app: Flask, admin: Visitor, session: Session
) -> None:
    text = readable(session, 1, reuse=True, **typed("Le réso"))
    digest, reader = text.shown_digest, Visitor(app)
    assert "Le réso" in reader.get(f"/temoignages/{text.public_id}").text
    recognised(admin, session, "Le réso")
    assert "Rien à ranger" in admin.text
    for path in OUTLETS:
        answer = reader.client.get(path.format(text.public_id), follow_redirects=True)
        said = answer.get_data(as_text=True).replace("\\u00e9", "é").replace("\u202f", " ")
        assert "RésO Villes" in said or path.endswith(".atom"), path
        assert "Le réso" not in said, path
    answer = reader.client.get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert answer["partner"] == {"value": "reso-villes", "label": "RésO Villes"}
    for query, total in (("mots=villes", 1), ("partner=reso-villes", 1), ("mots=villes&partner=autre", 0)):
        answer = reader.client.get(f"/api/v1/articles/crpv/testimonials?{query}").get_json()
        assert len(answer["testimonials"]) == total, query
    (kept,) = stored(session, Testimonial)
    assert kept.shown_digest == digest == kept.versions[0].compute_digest()
    assert "Le réso" in answers_of(kept.versions[0]).values()
    private = f"/mon-temoignage/{private_token(kept)}"
    assert "Reconnu dans la liste de l’équipe, et nommé ainsi sur les pages RésO Villes" in " ".join(
        reader.get(f"{private}/mes-donnees").text.split()
    )
    assert "L’équipe a reconnu dans sa liste le partenaire que vous avez écrit" in reader.get(private).text
    assert "Le réso" in admin.get(f"/moderation/{text.public_id}").text


def test_an_answer_is_detached_in_one_act_which_says_what_follows_and_gives_the_words_back(
    app: Flask, admin: Visitor, session: Session
) -> None:
    text, other = published(session, 1, **typed("Le réso")), published(session, 2, **typed("Villes de l’Ouest"))
    waiting = committed(session, email="w@exemple.fr", **typed("Le réso"))
    digest, reader = text.shown_digest, Visitor(app)
    page = recognised(admin, session, "Le réso", "Villes de l’Ouest")
    assert totals(session) == {"reso-villes": 2}
    assert reader.get("/articles/crpv?partner=reso-villes").page.select(".card") != []
    assert "« Le réso », 2 textes, dont 1 publié" in admin.get(page).text
    assert "Détachés, ils paraissent de nouveau comme écrits" in admin.text
    admin.press("Détacher")
    assert "Le réso" not in admin.text
    assert "Villes de l’Ouest" in admin.text
    assert totals(session) == {"autre": 1, "reso-villes": 1}
    said = reader.client.get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert said["partner"] == {"value": "autre", "label": "Le réso"}
    assert "Le réso" in reader.get(f"/temoignages/{text.public_id}").text
    cards = reader.get("/articles/crpv?partner=reso-villes").page.select(".card__title")
    assert [card.get_text() for card in cards] == ["Récit 02"]
    rows = {each.testimonial_id: each.partner_id for each in stored(session, QueueRow)}
    assert rows == {text.id: None, waiting.id: None, other.id: entry(session, "reso-villes").id}
    events = [each for each in stored(session, AuditEvent) if each.kind is Kind.PARTNER_DETACHED]
    assert [(each.testimonial_id, each.reason) for each in events] == [
        *((None, "reso-villes"), (text.id, "reso-villes"), (waiting.id, "reso-villes"))
    ]
    kept = stored(session, Testimonial)[0]
    assert kept.shown_digest == digest == kept.versions[0].compute_digest()
    private = reader.get(f"/mon-temoignage/{private_token(kept)}")
    assert "les pages disent de nouveau vos mots" in private.text
    assert "Le réso (2 textes)" in admin.get(answers_page(session)).text, "it may be recognised again"
    assert is_reversible(kept.events)


def test_an_answer_detached_by_two_admins_at_once_is_detached_once(admin: Visitor, session: Session) -> None:
    readable(session, 1, **typed("Le réso"))
    page = recognised(admin, session, "Le réso")
    admin.get(page)
    session.execute(delete(PartnerAlias))
    session.commit()
    admin.press("Détacher")
    assert admin.status == 409
    assert "Cette réponse est déjà détachée" in admin.text
    assert [each for each in stored(session, AuditEvent) if each.kind is Kind.PARTNER_DETACHED] == []


def test_an_answer_that_a_colleague_has_just_recognised_is_said_to_be_so(admin: Visitor, session: Session) -> None:
    readable(session, 1, **typed("Le réso"))
    target = str(entry(session, "reso-villes").id)
    admin.get(answers_page(session)).fill(answers=["Le réso"], target=target)
    partner = entry(session, "oriv")
    session.add(PartnerAlias(article_id=the_article(session).id, typed="Le réso", partner_id=partner.id))
    session.commit()
    admin.press("Ranger ces réponses")
    assert admin.status == 422
    assert "« Le réso » n’est plus à ranger" in admin.text
    assert [each.partner_id for each in stored(session, PartnerAlias)] == [partner.id]


def test_a_correction_published_at_once_names_the_entry_too(session: Session) -> None:
    partner = entry(session, "reso-villes")
    session.add(PartnerAlias(article_id=the_article(session).id, typed="Le réso", partner_id=partner.id))
    session.flush()
    text = published(session, 1, **typed("Le réso"))
    assert json.loads(session.get_one(Rendering, text.id).document)["partner"]["value"] == "reso-villes"


COMMAS = '"essai","Centre d’essai","Corse","2A,2B",,,,'


def send_file(admin: Visitor, session: Session, content: bytes, **fields: str) -> Visitor:
    """Choose a file, as a browser without JavaScript sends it."""
    page = f"{list_page(session)}/importer"
    token = admin.get(page).csrf_token
    data = {"csrf_token": token, "seen": "", "content": "", **fields, "file": (BytesIO(content), "liste.csv")}
    return admin.read(admin.client.post(page, data=data, content_type="multipart/form-data"))


WAYS_OF_SPREADSHEETS = [
    f"{HEADER}\r\n{ROW}".encode(),
    f"{HEADER}\r\n{ROW}".encode("utf-8-sig"),
    f"{HEADER}\r\n{ROW}".encode("cp1252"),
    f"{HEADER}\r\n{ROW}".replace(";", "\t").encode("utf-16"),
    f"{HEADER.replace(';', ',')}\n{COMMAS}".encode(),
    f"{HEADER}\r{ROW}".encode(),
    f"{HEADER}\r\n\r{ROW}\n".encode(),
    b"\xfe\xff" + f"{HEADER}\r\n{ROW}".encode("utf-16-be"),
    "certitude;territoire;nom;code;vérifié le;source;site;départements\n;Corse;Centre d’essai;essai;;;;2A".encode(),
]


def test_a_file_is_read_whatever_a_spreadsheet_made_of_it_and_survives_to_its_confirmation(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for content in WAYS_OF_SPREADSHEETS:
        with subtests.test(content=content):
            before = kinds(session)
            send_file(admin, session, content)
            assert admin.status == 200
            assert "Nouvelle : Centre d’essai (essai), Corse" in admin.text
            assert kinds(session) == before, "nothing is stored before the second page"
            admin.press("Importer ces changements")
            assert entry(session, "essai").name == "Centre d’essai"
            assert kinds(session) == [*before, Kind.PARTNER_ADDED, Kind.REFERENTIAL_IMPORTED]
            session.delete(entry(session, "essai"))
            session.commit()


UNREADABLE_FILES = [
    (b"PK\x03\x04\x14\x00", "Ce fichier est un classeur : dans votre tableur, enregistrez‑le au format"),
    (HEADER.encode() + b"\n\x81\x8d", "n’est pas un texte que l’on sait lire"),
    (HEADER.encode("cp1252") + b"\nessai;\xd0\xce\xfe;Corse;2A;;;;", "n’est pas un texte que l’on sait lire"),
    (HEADER.encode() + b"\n\x00", "n’est pas un texte que l’on sait lire"),
    (b"", "Choisissez un fichier, ou collez ici son contenu"),
    (f"{HEADER}\n{ROW}\n{ROW}".encode(), "Ligne 3, colonne « code » : « essai » est déjà à la ligne 2."),
    (f"{HEADER}\n{ROW}".encode("utf-16-le"), "n’est pas un texte que l’on sait lire"),
    (f"\ufeff{HEADER}\r\n".encode(), "Ligne 2 : il n’y a aucune entrée sous les titres des colonnes."),
    (b"\xef\xbb\xbf\r\n", "Choisissez un fichier, ou collez ici son contenu"),
    ((f"{HEADER}\n" + f"{ROW}\n" * 6000).encode(), "Ce fichier est trop long pour être lu d’un coup"),
]


def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    admin: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    for content, sentence in UNREADABLE_FILES:
        with subtests.test(sentence=sentence):
            send_file(admin, session, content)
            assert admin.status == 422
            assert sentence in admin.text
            assert len(admin.page.select(".field__error")) == 1
            assert kinds(session) == []


def test_a_file_of_ten_thousand_lines_is_refused_with_how_to_import_it(admin: Visitor, session: Session) -> None:
    send_file(admin, session, (f"{HEADER}\n" + f"{ROW}\n" * 10_000).encode())
    assert admin.status == 413
    assert "Un fichier s’importe en plusieurs fois, titres compris." in admin.text
    assert kinds(session) == []


def test_no_other_form_takes_a_file(admin: Visitor, session: Session) -> None:
    token = admin.get(LISTS).csrf_token
    form: dict[str, Any] = {"content_type": "multipart/form-data"}
    sent = {"csrf_token": token, "name": (BytesIO(b"Liste"), "liste.csv")}
    assert admin.client.post(LISTS, data=sent, **form).status_code == 415
    malformed = {"csrf_token": token, "content": "x\0"}
    assert admin.client.post(f"{list_page(session)}/importer", data=malformed, **form).status_code == 400


def test_a_file_with_a_name_that_another_entry_has_says_so_first(admin: Visitor, session: Session) -> None:
    import_page(admin, session, "essai;RÉSO villes;Bretagne;22;;;;", "autre-essai;Centre d’essai;Corse;2A;;;;")
    assert "Même nom : essai, reso-villes s’appelleraient" in admin.text
    admin.press("Importer ces changements")
    assert entry(session, "essai").name == "RÉSO villes", "it is said, not forbidden"


def test_an_answer_stands_for_an_entry_that_is_no_longer_offered_and_follows_its_name(
    app: Flask, admin: Visitor, session: Session
) -> None:
    text = readable(session, 1, reuse=True, **typed("Le réso"))
    digest, page = text.shown_digest, recognised(admin, session, "Le réso")
    admin.get(page).press("Ne plus la proposer")
    # A file renames it, and another entry takes the very words that were typed.
    import_page(admin, session, "reso-villes;Villes de l’Ouest;Ouest;35,44;;;;", "le-reso;Le réso;Corse;2A;;;;")
    admin.press("Importer ces changements")
    author = Visitor(app).get("/articles/crpv/temoigner")
    assert author.page.select('[value="reso-villes"]') == []
    author.fill(**ANSWERS | {"partner": "autre", "partner_other": "Le réso"}).press("Relire mon texte")
    assert "Villes de l’Ouest" in author.page.select(".sheet .facts")[0].get_text()
    author.fill(publish="no").press("Envoyer")
    author.get("/articles/crpv/temoigner").fill(**ANSWERS | {"partner": "le-reso", "email": "c@exemple.fr"})
    author.press("Relire mon texte").fill(publish="no").press("Envoyer")
    rows = {each.testimonial_id: each.partner_id for each in stored(session, QueueRow)}
    former, homonym = entry(session, "reso-villes").id, entry(session, "le-reso").id
    assert list(rows.values()) == [former, former, homonym]
    answer = author.client.get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert answer["partner"] == {"value": "reso-villes", "label": "Villes de l’Ouest"}
    # Detached from the one, it is recognised as the other.
    admin.get(page).press("Détacher")
    assert "Le réso (2 textes)" in admin.get(answers_page(session)).text
    assert author.client.get(f"/api/v1/testimonials/{text.public_id}").get_json()["partner"]["label"] == "Le réso"
    recognised(admin, session, "Le réso", slug="le-reso")
    answer = author.client.get(f"/api/v1/testimonials/{text.public_id}").get_json()
    assert answer["partner"] == {"value": "le-reso", "label": "Le réso"}
    assert {each.partner_id for each in stored(session, QueueRow)} == {homonym}
    assert totals(session) == {"le-reso": 1}
    kept = stored(session, Testimonial)[0]
    assert kept.shown_digest == digest == kept.versions[0].compute_digest()
