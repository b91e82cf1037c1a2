"""An article's call that changes its partner while texts stand in every state: all pages open, and nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.articles.call import LISTED, TYPED, PartnerNames
from app.territories.models import Partner, PartnerAlias, Referential
from app.testimonials.decision import DecisionNote
from app.testimonials.draft import Draft
from app.testimonials.lifecycle import Action, Status
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from tests.accounts.signing_in import ADMIN
from tests.acts import private_page, signed_in, stored
from tests.depth import DEPTH
from tests.factories import ACCOUNT, a_testimonial, by_editor, the_article
from tests.moderation.exports.test_exports import download
from tests.publication.outlets import addresses
from tests.testimonials.test_form import ANSWERS
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content

RESO = "reso-villes"
# What authors may have said of their partner, under one call or another.
SAID: dict[str, dict[str, Any]] = {
    "listed": {},
    "typed": {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": "Un centre voisin"},
    "recognised": {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": "Le réso"},
    "unstated": {"partner_known": PartnerKnown.UNKNOWN, "partner": None},
    "none": {"partner_known": PartnerKnown.NONE, "partner": None},
}


MODES = (TYPED, "none", LISTED)
WITHOUT_PARTNER = {name: value for name, value in ANSWERS.items() if not name.startswith("partner")}
DESK = (
    *("/moderation", "/moderation?partner=reso-villes", "/moderation/chiffres", "/moderation/chiffres?article=crpv"),
    *("/moderation/articles/crpv/en-regard", "/moderation/articles/crpv/recueils/nouveau"),
    *("/administration/articles/crpv", "/administration/listes"),
)


def said_of(version: Version) -> tuple[str | None, PartnerKnown, str]:
    return version.partner.name if version.partner else None, version.partner_known, version.partner_other


def names_in(mode: str, names: PartnerNames | None) -> PartnerNames | None:
    if mode == "none" or names is None:
        return None
    return replace(names, mode=mode, referential="crpv" if mode == LISTED else "")


def switch(session: Session, mode: str, names: PartnerNames | None) -> None:
    """Have the call ask for its partner otherwise, as an admin who saves the source does."""
    session.rollback()
    article = the_article(session)
    article.call = replace(article.call, names=names_in(mode, names))
    session.commit()


@pytest.fixture
def names(session: Session) -> PartnerNames:
    found = the_article(session).call.partner
    assert found is not None
    return found


@pytest.fixture
def texts(session: Session) -> None:
    """There is a text for each way of naming a partner, and one in each status."""
    partner = session.scalars(select(Partner).where(Partner.slug == RESO)).one()
    session.add(PartnerAlias(article_id=the_article(session).id, typed="Le réso", partner_id=partner.id))
    for way, said in SAID.items():
        for status in Status if way == "recognised" else (Status.PENDING, Status.PUBLISHED):
            email = f"{way}.{status.value}@exemple.fr"
            a_testimonial(
                session, status=status, email=email, reuse=True, contact=True, title=f"{way} {status}", **said
            )
        asking = a_testimonial(session, email=f"asking.{way}@exemple.fr", title=f"{way} asking", **said)
        note = DecisionNote(message="Un mot de plus.", asked={"partner": "Lequel, au juste ?"})
        asking.perform(Action.REQUEST_CHANGES, by=by_editor(session), note=note)
    session.commit()


def paths_of(text: Testimonial) -> Iterator[str]:
    if text.email is not None:
        yield from (f"{private_page(text)}{each}" for each in ("", "/piste", "/mes-donnees", "/modifier"))


@pytest.mark.slow("a text in each state under three calls")
@pytest.mark.usefixtures("texts")
def test_every_page_opens_whatever_the_call_asks_today_and_every_proof_verifies(
    app: Flask, session: Session, names: PartnerNames, subtests: pytest.Subtests
) -> None:
    digests = {each.id: each.digest for each in stored(session, Version)}
    reader = app.test_client()
    for mode in MODES:
        switch(session, mode, names)
        texts = stored(session, Testimonial)
        own = [path for text in texts for path in paths_of(text)]
        shown = [each for each in texts if each.status is Status.PUBLISHED]
        assert {each.id: each.compute_digest() for each in stored(session, Version)} == digests
        public = [*addresses(app, *shown), *(f"/articles/crpv?partner={each}" for each in (RESO, "autre", "inconnu"))]
        session.rollback()
        for path in DEPTH.drawn([*own, *public]):
            with subtests.test(mode=mode, path=path):
                assert reader.get(path, follow_redirects=True).status_code in {200, 404, 409, 410}


@pytest.mark.slow("lists, exports and a recueil under three calls")
@pytest.mark.usefixtures("texts")
def test_the_desk_s_lists_figures_and_exports_open_whatever_the_call_asks_today(
    app: Flask, session: Session, names: PartnerNames, subtests: pytest.Subtests
) -> None:
    editor = signed_in(Visitor(app), session, email=ADMIN, role=Role.ADMIN)
    for mode in MODES:
        switch(session, mode, names)
        for path in DESK:
            with subtests.test(mode=mode, path=path):
                assert editor.get(path).status == 200
        for purpose in ("team", "reuse"):
            assert "RésO Villes" in download(editor, "etat=tous&article=crpv", purpose).decode()
        recueil = editor.get("/moderation/articles/crpv/recueils/nouveau").fill(title="Ce que nous avons appris")
        recueil.press("Composer ce recueil")
        document = editor.get(f"{recueil.path}/document").page
        assert "RésO Villes" in document.select("section:has(#index-partenaires)")[0].get_text()
        for text in DEPTH.drawn(stored(session, Testimonial)):
            with subtests.test(mode=mode, text=text.current.title if text.current else ""):
                path = f"/moderation/{text.public_id}"
                session.rollback()
                assert editor.get(path).status == 200


# An answer that each mode takes, and what is then kept of it; without a question, what was said before is.
ANSWERED = {
    LISTED: ({"partner": "oriv"}, ("ORIV", PartnerKnown.LISTED, "")),
    TYPED: ({"partner_other": "Une autre maison"}, (None, PartnerKnown.OTHER, "Une autre maison")),
    "none": ({"title": "Cinq"}, None),
}


def text_of_each_way(session: Session, title: str) -> dict[str, int]:
    """Return a text for each way of naming a partner (one at landing), by that way."""
    ways = DEPTH.drawn([*SAID])
    texts = {way: a_testimonial(session, title=title, email=f"{way}@exemple.fr", **SAID[way]) for way in ways}
    session.commit()
    return {way: each.id for way, each in texts.items()}


def read_again(session: Session, number: int) -> Testimonial:
    session.rollback()
    return session.get_one(Testimonial, number)


def test_an_amendment_keeps_what_its_author_said_of_the_partner(
    app: Flask, session: Session, names: PartnerNames, subtests: pytest.Subtests
) -> None:
    author = Visitor(app)

    def amend(page: str, **changes: str) -> None:
        author.get(f"{page}/modifier").fill(**changes).press("Relire mon texte")
        assert author.status == 200
        author.fill(publish="yes", attest="y").press("Envoyer")

    for mode in MODES:
        switch(session, mode, names)
        for way, number in text_of_each_way(session, f"Pour {mode}").items():
            with subtests.test(mode=mode, way=way):
                text = read_again(session, number)
                page, before = private_page(text), said_of(text.latest)
                session.rollback()
                amend(page, title="Quatre après-midi")
                text = read_again(session, number)
                assert (text.current_number, text.latest.title) == (2, "Quatre après-midi")
                assert said_of(text.latest) == before
                answers, said = ANSWERED[mode]
                session.rollback()
                amend(page, **answers)
                assert said_of(read_again(session, number).latest) == (said or before)


def test_a_misspelling_is_corrected_without_a_word_on_the_partner(
    app: Flask, session: Session, names: PartnerNames, subtests: pytest.Subtests
) -> None:
    editor = signed_in(Visitor(app), session)
    for mode in MODES:
        switch(session, mode, names)
        for way, number in text_of_each_way(session, "Trois aprés-midi").items():
            with subtests.test(mode=mode, way=way):
                text = read_again(session, number)
                before, page = said_of(text.latest), f"/moderation/{text.public_id}/relire"
                session.rollback()
                editor.get(page).fill(title="Trois après-midi", kind="correction").press("Enregistrer")
                text = read_again(session, number)
                assert (text.current_number, said_of(text.latest)) == (2, before)


def test_an_entry_of_the_list_of_before_is_kept_by_an_amendment(app: Flask, session: Session) -> None:
    article = the_article(session)
    names, page = article.call.partner, private_page(a_testimonial(session))
    session.add(Referential(slug="autre-liste", name="Une autre liste"))
    assert names is not None
    article.call = replace(article.call, names=replace(names, referential="autre-liste"))
    session.commit()
    author = Visitor(app).get(f"{page}/modifier").press("Relire mon texte").fill(publish="yes", attest="y")
    author.press("Envoyer")
    (text,) = stored(session, Testimonial)
    assert said_of(text.latest) == ("RésO Villes", PartnerKnown.LISTED, "")


def test_a_request_about_the_partner_stands_beside_the_name_that_is_asked_for(
    app: Flask, session: Session, names: PartnerNames
) -> None:
    text = a_testimonial(session)
    note = DecisionNote(message="Un mot de plus.", asked={"partner": "Lequel, au juste ?"})
    text.perform(Action.REQUEST_CHANGES, by=by_editor(session), note=note)
    page = private_page(text)
    session.commit()
    for mode in (LISTED, TYPED):
        switch(session, mode, names)
        assert "L’équipe demande : Lequel, au juste ?" in Visitor(app).get(f"{page}/modifier").text


TYPED_WORDS = {"partner_other": "Un centre voisin"}
# Calls at the beginning and at the sending of a form, what it had of the partner, and what is kept of that.
BEGUN: list[tuple[str, str, dict[str, str], Any]] = [
    (TYPED, LISTED, TYPED_WORDS, (None, PartnerKnown.OTHER, "Un centre voisin")),
    (LISTED, TYPED, {"partner": "autre", **TYPED_WORDS}, (None, PartnerKnown.OTHER, "Un centre voisin")),
    (LISTED, TYPED, {"partner": RESO}, (None, PartnerKnown.UNKNOWN, "")),
    (LISTED, "none", {"partner": RESO}, (None, PartnerKnown.NONE, "")),
    ("none", TYPED, {}, (None, PartnerKnown.UNKNOWN, "")),
]


@pytest.mark.slow("ten forms from end to end")
def test_a_form_begun_before_the_call_changed_is_sent_and_asks_nothing_more(
    app: Flask, session: Session, names: PartnerNames, subtests: pytest.Subtests
) -> None:
    for (begun, sent, answers, said), is_draft in product(BEGUN, [False, True]):
        with subtests.test(begun=begun, sent=sent, answers=answers, is_draft=is_draft):
            switch(session, begun, names)
            author = Visitor(app).get("/articles/crpv/temoigner").fill(**WITHOUT_PARTNER, **answers)
            if is_draft:
                author.press("Enregistrer et reprendre plus tard")
            switch(session, sent, names)
            if is_draft:
                (draft,) = stored(session, Draft)
                author.get(f"/brouillon/{draft.token}")
            author.press("Relire mon texte")
            assert author.status == 200
            author.fill(publish="no").press("Envoyer")
            *_, text = stored(session, Testimonial)
            assert said_of(text.latest) == said


def test_a_form_begun_without_a_partner_is_asked_for_one_and_keeps_its_words(
    app: Flask, session: Session, names: PartnerNames
) -> None:
    switch(session, "none", names)
    author = Visitor(app).get("/articles/crpv/temoigner").fill(**WITHOUT_PARTNER)
    switch(session, LISTED, names)
    author.press("Relire mon texte")
    assert author.status == 422
    assert "Choisissez le CRPV dans la liste, ou « Je ne sais pas »." in author.text
    assert author.page.select("[name=account]")[0].get_text().strip().startswith(ACCOUNT[:40])
    author.fill(partner="inconnu").press("Relire mon texte").fill(publish="no").press("Envoyer")
    (text,) = stored(session, Testimonial)
    assert text.latest.partner_known is PartnerKnown.UNKNOWN


def test_a_preview_from_before_the_call_changed_is_read_again_before_it_is_sent(
    app: Flask, session: Session, names: PartnerNames
) -> None:
    author = Visitor(app).get("/articles/crpv/temoigner").fill(**WITHOUT_PARTNER, partner=RESO)
    author.press("Relire mon texte").fill(publish="no")
    switch(session, "none", names)
    author.press("Envoyer")
    assert author.status == 422
    assert "Le texte a changé depuis cet aperçu" in author.text
    author.fill(publish="no").press("Envoyer")
    (text,) = stored(session, Testimonial)
    assert text.latest.partner_known is PartnerKnown.NONE
