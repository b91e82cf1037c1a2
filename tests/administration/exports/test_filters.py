"""Filters of exports: those of the desk's lists, whose selection leads here; what is carried over, and what is kept."""

import json
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.exports.purposes import ExportPurpose
from app.audit import AuditEvent, Kind
from app.moderation import claims
from app.moderation.queue.filters import QueueFilters
from app.moderation.queue.pages import queue_page
from app.moderation.queue.reader import QueueReader
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.wordings import Purpose
from tests.acts import amend_text, published, signed_in, stored
from tests.administration.exports.spreadsheets import export_json, references
from tests.factories import AUTHOR, EDITOR, a_notice, a_testimonial, an_editor, the_article
from tests.visitor import Visitor

EXPORTS = "/administration/exports"


def export_selection(admin: Visitor) -> Visitor:
    """Follow the link of a list of the desk."""
    (link,) = (each for each in admin.page.select("main a") if each.get_text(strip=True) == "Exporter cette sélection")
    return admin.get(str(link["href"]))


def chosen_filters(admin: Visitor) -> list[str]:
    """Return the filters that the page names, in plain spaces."""
    return [" ".join(each.get_text().split()) for each in admin.page.select(".narrowed li")]


def several(session: Session) -> dict[str, Testimonial]:
    """Store texts that the filters tell apart, by name; committed."""
    themes = the_article(session).themes
    texts = {
        "pending": a_testimonial(session),
        "published": published(session, 1, title="Le jardin de Montbrume"),
        "planned": a_testimonial(
            session,
            email="b@exemple.fr",
            situation=Situation.PLANNED,
            partner=None,
            partner_known=PartnerKnown.UNKNOWN,
            themes=[themes[1]],
            publish=False,
        ),
        "declined": a_testimonial(session, status=Status.DECLINED, email="c@exemple.fr"),
        "reported": published(session, 2, reuse=False),
        "amended": published(session, 3),
        "stranger": a_testimonial(session, status=Status.UNCONFIRMED, email="d@exemple.fr"),
        "erased": a_testimonial(session, status=Status.ERASED, email="e@exemple.fr"),
        "marked": a_testimonial(session, email="f@exemple.fr", account=f"Madame Dupont, 06 12 34 56 78. {'x' * 200}"),
        "same": a_testimonial(session, status=Status.INTERNAL, email=AUTHOR),
    }
    for name in ("published", "declined", "stranger"):
        texts[name].answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    a_notice(session, texts["reported"])
    contest_decision(texts["declined"], "Je ne suis pas d’accord.")
    amend_text(texts["amended"], title="Un autre titre", situation=Situation.PLANNED)
    session.commit()
    return texts


@pytest.mark.both_engines
def test_each_filter_selects_what_the_desk_lists(session: Session) -> None:
    """The oracle is the desk's own list: an editor who exports what they see gets what they see."""
    texts = several(session)
    theme = f"crpv.{the_article(session).themes[1].slug}"
    for listed in (
        {},
        *({"etat": status.value} for status in Status),
        *({name: value} for name in ("accord", "reutilisation", "recontact", "reperes") for value in ("oui", "non")),
        *({"signale": value} for value in ("oui", "non")),
        *({"situation": "planned"}, {"region": "53"}, {"region": "11"}, {"partner": "reso-villes"}),
        *({"articulation": theme}, {"article": "crpv"}, {"auteur": texts["same"].public_id}),
        *({"mots": "jardin montbrume"}, {"mots": "autre titre"}, {"etat": "pending", "recontact": "oui"}),
    ):
        filters = QueueFilters.read({"etat": "tous"} | listed)
        ids = queue_page(session, QueueReader(0, filters)).ids
        named = session.scalars(select(Testimonial.public_id).where(Testimonial.id.in_(ids)))
        assert references(ExportPurpose.TEAM, **listed) == {*named}, listed
        session.rollback()
    names = {text.public_id: name for name, text in texts.items()}
    for filters_, expected in (
        ({"recontact": "oui"}, {"published", "declined", "stranger"}),
        ({"reperes": "oui"}, {"marked"}),
        ({"signale": "oui"}, {"reported"}),
        ({"conteste": "oui"}, {"declined"}),
        ({"conteste": "non"}, {*texts} - {"declined"}),
        ({"auteur": texts["same"].public_id}, {"pending", "same"}),
        ({"auteur": texts["erased"].public_id}, set()),
        ({"reutilisation": "oui"}, {"published", "amended"}),
    ):
        assert {names[each] for each in references(ExportPurpose.TEAM, **filters_)} == expected, filters_


def test_words_are_looked_for_in_what_the_export_holds(session: Session) -> None:
    """For reuse, neither a name that a signature hides, nor words that wait for an editor."""
    several(session)
    hidden = published(
        session, 4, author_name="Zélie Cachée", attribution=Attribution.REGION, title="Une fête de quartier"
    )
    session.commit()
    assert references(mots="zelie cachee") == {hidden.public_id}
    assert references(ExportPurpose.REUSE, mots="zelie cachee") == set()
    assert references(ExportPurpose.REUSE, mots="fête quart") == {hidden.public_id}
    assert references(ExportPurpose.REUSE, mots="autre titre") == set(), "it waits for an editor"


def test_the_desk_leads_an_admin_to_the_export_of_its_list(admin: Visitor, app: Flask, session: Session) -> None:
    several(session)
    admin.get("/moderation?recontact=oui&mots=exemple")
    export_selection(admin)
    assert "Depuis votre liste" in admin.text
    chosen = chosen_filters(admin)
    assert chosen == ["État : à relire", "Accord pour être recontacté·e : Oui", "Mots : « exemple »"]
    assert "Son ordre n’est pas repris" in admin.text
    assert "Choisissez un usage :" not in admin.text, "nothing is refused yet"
    admin.fill(usage="team").press("Voir ce qui viendrait")
    assert "1 ligne" in admin.text, "the declined text, whose objection waits"
    assert chosen_filters(admin) == chosen
    editor = signed_in(Visitor(app), session, email="editrice@exemple.fr")
    assert "Exporter cette sélection" not in editor.get("/moderation").text


CARRIED_OVER = [
    ("", ["État : à relire"]),
    ("etat=tous", []),
    ("etat=declined&situation=past", ["État : refusé", "Situation : A déjà collaboré"]),
    ("signale=oui", ["État : à relire", "Signalement ouvert : Avec"]),
    ("conteste=1", ["Contestation ouverte : Avec"]),
    ("mien=1", []),
    ("tri=activite", ["État : à relire"]),
]


def test_each_list_says_what_is_carried_over(admin: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    texts = several(session)
    claims.take_claim(session, texts["pending"], an_editor(session, email=EDITOR).id)
    session.commit()
    for listed, expected in CARRIED_OVER:
        with subtests.test(listed=listed):
            export_selection(admin.get(f"/moderation?{listed}"))
            assert chosen_filters(admin) == expected
            assert ("Tous les retours sont repris." in admin.text) is not bool(expected)
            for _ in range(2):  # it is said again beside the number of rows
                assert ("N’est pas repris : « Je m’en occupe »" in admin.text) is (listed == "mien=1")
                admin.fill(usage="team").press("Voir ce qui viendrait")


def test_texts_of_one_address_are_carried_over_without_the_address(admin: Visitor, session: Session) -> None:
    several(session)
    admin.get("/moderation").fill(mots=AUTHOR).press("Chercher")
    export_selection(admin)
    assert "Du même courriel : les textes venus d’une même adresse" in admin.text
    admin.fill(usage="team").press("Voir ce qui viendrait")
    assert "2 lignes" in admin.text
    assert "@" not in admin.path


def test_words_are_in_neither_the_audit_log_nor_the_file_nor_an_address_in_the_query(
    admin: Visitor, session: Session
) -> None:
    several(session)
    admin.get(f"{EXPORTS}?usage=team&mots=jardin").press("Télécharger en JSON")
    assert admin.answer is not None
    assert json.loads(admin.answer.get_data())["export"]["filters"] == {"mots": "oui"}
    admin.answer.close()
    (event,) = (each for each in stored(session, AuditEvent) if each.kind is Kind.TESTIMONIALS_EXPORTED)
    assert str(event.reason).endswith("1\u00a0ligne, mots : oui")
    assert AUTHOR not in admin.get(f"{EXPORTS}?usage=team&mots={AUTHOR}").text
    assert "Mots :" not in admin.text


def test_what_narrows_a_file_for_others_is_not_told_in_it(session: Session) -> None:
    several(session)
    for purpose in (ExportPurpose.REUSE, ExportPurpose.CONTACT):
        document = export_json(purpose, recontact="oui", reperes="non", since=datetime(2020, 1, 1, tzinfo=UTC).date())
        assert document["export"].keys() == {"exported_at", "purpose"}
        assert len(document["rows"]) > 0


def test_a_filter_that_is_unknown_is_refused_on_the_way_from_the_desk_too(admin: Visitor, session: Session) -> None:
    several(session)
    assert admin.get(f"{EXPORTS}?liste=1&article=ailleurs").status == 422
    assert [each.get_text() for each in admin.page.select(".field__error")] != []
    assert admin.page.select("#a-reprendre")


def test_a_purpose_is_asked_for_once_the_form_is_sent(admin: Visitor, session: Session) -> None:
    several(session)
    admin.get(EXPORTS).press("Voir ce qui viendrait")
    assert admin.status == 422
    assert "Choisissez un usage : il dit de qui et de quoi le fichier est fait." in admin.text
