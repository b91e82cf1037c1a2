"""A version: its digest is of what is displayed, and of nothing else."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audit import ActorKind
from app.db import now
from app.french import opening
from app.territories.models import Department, Partner, PartnerAlias
from app.testimonials.approval import Approval
from app.testimonials.attribution import Attribution
from app.testimonials.situation import Became, PartnerKnown, Situation
from app.testimonials.versions import Version
from tests.acts import an_answered_text
from tests.factories import a_testimonial, a_version, the_article

# All that an author may give, each answer unlike the others.
GIVEN: dict[str, Any] = {
    "situation": Situation.PAST,
    "clsm": "CLSM d’Ailleurs",
    "partner": None,
    "partner_known": PartnerKnown.OTHER,
    "partner_other": "Un autre centre",
    "title": "Un titre",
    "account": "Un récit.",
    "outcome": "Des liens.",
    "obstacles": "Le temps.",
    "advice": "Osez.",
    "years": "2024",
    "other_partners": "Le centre social",
    "link": "https://exemple.fr",
    "author_name": "Dominique Exemple",
    "author_role": "Chargée de mission",
    "attribution": Attribution.FULL,
}

DISPLAYED: list[dict[str, Any]] = [
    *({name: GIVEN[name]} for name in ("title", "account", "outcome", "obstacles", "advice", "years")),
    *({name: GIVEN[name]} for name in ("other_partners", "link", "situation", "attribution", "clsm", "author_role")),
    {"became_on": date(2027, 11, 1)},
    {"became_on": date(2027, 11, 1), "sequel": "Trois après-midi ont eu lieu."},
    {"became_on": date(2027, 11, 1), "became": Became.DONE},
    {"partner": None, "partner_known": PartnerKnown.UNKNOWN},
    {"partner": None, "partner_known": PartnerKnown.OTHER, "partner_other": "Un autre centre"},
]

# What the digest of these answers is taken from, by format: approvals refer to digests, so that no format ever changes.
CANONICAL = (
    '{"account":"Un récit.","advice":"Osez.","attribution":"full",'
    '"link":"https://exemple.fr","obstacles":"Le temps.","other_partners":"Le centre social","outcome":"Des liens.",'
    '"partner":"autre","partner_other":"Un autre centre",'
    '"region":"53","signed":["Dominique Exemple","Chargée de mission","CLSM d’Ailleurs"],"situation":"past",'
    '"themes":["qualification"],"title":"Un titre","years":"2024"}'
)
CANONICAL_BEFORE = (
    '{"account":"Un récit.","advice":"Osez.","attribution":"full","crpv":"autre","crpv_other":"Un autre centre",'
    '"link":"https://exemple.fr","obstacles":"Le temps.","outcome":"Des liens.","partners":"Le centre social",'
    '"region":"53","signed":["Dominique Exemple","Chargée de mission","CLSM d’Ailleurs"],"situation":"past",'
    '"themes":["qualification"],"title":"Un titre","years":"2024"}'
)


@pytest.mark.one_engine
def test_the_digest_is_of_what_is_displayed_in_one_canonical_form(session: Session) -> None:
    assert a_version(session, **GIVEN).compute_digest() == hashlib.sha256(CANONICAL.encode()).hexdigest()
    listed = a_version(session, title="Un titre", account="Un récit.", advice="")
    assert listed.displayed() == {
        **dict.fromkeys(("advice", "partner_other", "link", "obstacles", "outcome", "other_partners", "years"), ""),
        "account": "Un récit.",
        "attribution": "role",
        "partner": "reso-villes",
        "region": "53",
        "signed": ["Coordinatrice", "CLSM de Ville-Exemple"],
        "situation": "regular",
        "themes": ["qualification"],
        "title": "Un titre",
    }


@pytest.mark.one_engine
def test_the_digest_of_an_update_has_three_names_more(session: Session) -> None:
    """Without one the digest is that of before: approvals refer to it."""
    update: dict[str, Any] = {"became": Became.OTHERWISE, "became_on": date(2027, 11, 1), "sequel": "À la médiathèque."}
    canonical = CANONICAL.replace(
        '"attribution":"full",', '"attribution":"full","became":"otherwise","became_on":"2027-11",'
    )
    canonical = canonical.replace('"signed"', '"sequel":"À la médiathèque.","signed"')
    version = a_version(session, **GIVEN, **update)
    assert version.compute_digest() == hashlib.sha256(canonical.encode()).hexdigest()
    assert version.edited().compute_digest() == version.compute_digest()
    assert version.update_label == "Réalisé autrement, novembre 2027"


@pytest.mark.one_engine
def test_a_digest_taken_in_the_format_of_before_still_verifies(session: Session) -> None:
    """And an editor's version of the same text keeps the format, so that words set back are words approved."""
    version = a_version(session, **GIVEN)
    version.digest_format = 1
    assert version.compute_digest() == hashlib.sha256(CANONICAL_BEFORE.encode()).hexdigest()
    assert version.edited().compute_digest() == version.compute_digest()
    assert version.edited(title="Autre").edited(title="Un titre").compute_digest() == version.compute_digest()


def test_a_version_that_is_sent_keeps_its_number_and_its_digest(session: Session) -> None:
    testimonial = a_testimonial(session, **GIVEN)
    testimonial.propose(testimonial.latest.edited(title="Un titre plus court"))
    session.flush()
    session.expire_all()
    assert [version.number for version in testimonial.versions] == [1, 2]
    assert testimonial.current is testimonial.versions[1]
    assert testimonial.versions[0].digest == hashlib.sha256(CANONICAL.encode()).hexdigest()


@pytest.mark.one_engine
def test_a_draft_holds_nothing_that_was_not_given(session: Session) -> None:
    department = session.get_one(Department, "35")
    needed = {name: GIVEN[name] for name in ("situation", "clsm", "account", "author_name", "author_role")}
    needed |= {"asked_by": the_article(session), "partner_known": PartnerKnown.UNKNOWN}
    draft = Version(department=department, attribution=Attribution.CLSM, **needed)
    optional = ("partner_other", "title", "outcome", "obstacles", "advice", "years", "other_partners", "link", "digest")
    assert {name: getattr(draft, name) for name in optional} == dict.fromkeys(optional, "")
    assert (draft.number, draft.themes, draft.made_by) == (0, [], ActorKind.AUTHOR)
    assert now() - timedelta(minutes=1) < draft.made_at <= now()
    later = ("partner", "approval", "approved_at", "approved_digest", "hints")
    assert {name: getattr(draft, name) for name in later} == dict.fromkeys(later)
    assert (draft.is_examined, draft.passages) == (False, [])


@pytest.mark.one_engine
def test_a_draft_has_no_number_digest_approval_or_hints(session: Session) -> None:
    for name in ("number", "digest", "approval", "approved_at", "approved_digest", "hints"):
        with pytest.raises(TypeError, match=f"'{name}'"):
            a_version(session, **{name: None})


@pytest.mark.one_engine
def test_an_edited_version_keeps_every_answer_but_those_that_change(session: Session) -> None:
    themes = the_article(session).themes[1:3]
    sent = a_version(session, department=session.get_one(Department, "59"), themes=themes, **GIVEN)
    for change in ({}, {"title": "Un titre plus court"}):
        edited = sent.edited(**change)
        expected = {**GIVEN, "department": sent.department, "themes": themes, **change}
        assert {name: getattr(edited, name) for name in expected} == expected
        assert edited.made_by is ActorKind.EDITOR
    listed = a_version(session)
    assert listed.edited().partner is listed.partner is not None


def test_an_edited_answer_is_an_answer_and_names_its_signature_as_one(session: Session) -> None:
    text, answer = an_answered_text(session, attribution=Attribution.CLSM)
    edited = [each.latest.edited(attribution=Attribution.ROLE) for each in (text, answer)]
    assert [each.is_response for each in edited] == [False, True]
    assert [each.attribution_label for each in edited] == [Attribution.ROLE.label, "Ma fonction et mon organisation"]


def test_the_listed_partner_is_the_one_chosen_or_the_one_recognised(session: Session) -> None:
    typed: dict[str, Any] = {"partner_known": PartnerKnown.OTHER, "partner": None, "partner_other": "Le réso"}
    chosen, unknown, known = a_version(session), a_version(session, **typed), a_version(session, **typed)
    assert chosen.listed_partner is chosen.partner is not None
    assert unknown.listed_partner is None
    article_id, entry = the_article(session).id, session.scalars(select(Partner)).all()[1]
    session.add(PartnerAlias(article_id=article_id, typed="Le réso", partner_id=entry.id))
    session.flush()
    assert known.listed_partner is entry
    stored = a_testimonial(session, **typed).latest
    assert stored.listed_partner is entry
    with_many = joinedload(Version.recognised)
    again = session.scalars(
        select(Version).where(Version.id == stored.id).options(with_many), execution_options={"populate_existing": True}
    ).one()
    assert (again.__dict__["recognised"], again.listed_partner) == (entry, entry)


def test_an_approval_says_how_when_and_of_which_digest(session: Session) -> None:
    version = a_version(session)
    version.approve(Approval.SIGNED, "d" * 64)
    assert (version.approval, version.approved_digest) == (Approval.SIGNED, "d" * 64)
    assert version.approved_at is not None
    assert now() - timedelta(minutes=1) < version.approved_at <= now()


@pytest.mark.one_engine
def test_the_assistant_reads_seven_answers_in_the_order_of_the_desk(session: Session) -> None:
    read = ("account", "outcome", "obstacles", "advice", "title", "other_partners", "sequel")
    others = ("clsm", "partner_other", "years", "link", "author_name", "author_role")
    written: dict[str, Any] = dict.fromkeys((*read, *others), "Écrivez à camille@exemple.fr")
    version = a_testimonial(session, became_on=date(2027, 11, 1), **written).latest
    assert [each.answer for each in version.passages] == list(read)
    assert {each.words for each in version.passages} == {"camille@exemple.fr"}


def test_themes_come_in_the_order_of_the_article(session: Session) -> None:
    first, second, third = the_article(session).themes[:3]
    version = a_testimonial(session, themes=[first, second, third]).latest
    first.position = 99
    session.flush()
    session.expire(version)
    assert version.themes == [second, third, first]


@pytest.mark.one_engine
def test_a_slug_is_the_heading_in_60_characters_at_most(session: Session) -> None:
    for title, slug in (
        ("« Xavier, l’été : relax »", "xavier-l-ete-relax"),
        ("a" * 59 + "bc", "a" * 59 + "b"),
        ("a" * 59 + " bc", "a" * 59),
        ("?!", "temoignage"),
    ):
        assert a_version(session, title=title).slug == slug


@pytest.mark.one_engine
def test_each_displayed_field_is_in_the_digest(session: Session, subtests: pytest.Subtests) -> None:
    for change in DISPLAYED:
        with subtests.test(change=change):
            assert a_version(session, **change).compute_digest() != a_version(session).compute_digest()


def test_the_themes_and_the_region_are_in_the_digest(session: Session) -> None:
    usual = a_version(session).compute_digest()
    assert a_version(session, themes=the_article(session).themes[1:3]).compute_digest() != usual
    elsewhere = session.scalars(select(Department).where(Department.region_code == "11")).first()
    assert a_version(session, department=elsewhere).compute_digest() != usual


def test_what_the_signature_hides_is_not_in_the_digest(session: Session) -> None:
    hidden = a_version(session, attribution=Attribution.REGION)
    assert (
        a_version(
            session,
            attribution=Attribution.REGION,
            author_name="Quelqu’un d’autre",
            author_role="Chargé de mission",
            clsm="CLSM d’Ailleurs",
        ).compute_digest()
        == hidden.compute_digest()
    )
    assert "Camille" not in str(hidden.displayed())
    assert "Ville-Exemple" not in str(hidden.displayed())


def test_a_long_account_is_quoted_by_its_first_sentences(session: Session) -> None:
    version = a_version(session, advice="", account="Une phrase assez longue pour compter seule dans la marge. " * 9)
    assert version.pull_quote.endswith("la marge.")
    assert len(version.pull_quote) <= 180


@pytest.mark.parametrize(
    ("signs", "quoted"), [(180, "mot " * 44 + "mots"), (181, "mot " * 43 + "mot …")], ids=["whole", "cut"]
)
def test_a_quote_has_180_characters_at_most(session: Session, signs: int, quoted: str) -> None:
    advice = "mot " * 44 + "mots."[: signs - 176]
    assert len(advice) == signs
    assert a_version(session, advice=advice).pull_quote == quoted


QUOTED = [
    ("« Invitez les gardiens ! »", "Invitez les gardiens !"),
    ("« Invitez les gardiens ! ».", "Invitez les gardiens !"),
    ("«\u00a0Invitez les gardiens\u00a0».", "Invitez les gardiens."),
    ("“Invitez les gardiens.”", "Invitez les gardiens."),
    ('"Invitez les gardiens"', "Invitez les gardiens"),
    ("« Invitez » les « gardiens »", "« Invitez » les « gardiens »"),
    ("Dites « bonjour ».", "Dites « bonjour »."),
    ("«", "«"),
    ("Invitez les gardiens…", "Invitez les gardiens…"),
]


@pytest.mark.one_engine
def test_a_pull_quote_loses_its_own_guillemets(session: Session, subtests: pytest.Subtests) -> None:
    for advice, quoted in QUOTED:
        with subtests.test(advice=advice):
            assert a_version(session, advice=advice).pull_quote == quoted


def test_a_quote_without_a_sentence_ends_on_a_word(session: Session) -> None:
    version = a_version(session, advice="", account="Les bailleurs, la mairie, " * 9)
    assert version.pull_quote.endswith("bailleurs, la …")


@given(st.text(), st.integers(min_value=20, max_value=200))
def test_an_opening_fits_and_invents_nothing(text: str, length: int) -> None:
    quote = opening(text, length)
    assert len(quote) <= length + 2
    assert " ".join(text.split()).startswith(quote.removesuffix(" …"))


# A plan whose author said in November 2027 what became of it.
BECAME: dict[str, Any] = {"situation": Situation.PLANNED, "became_on": date(2027, 11, 1)}


def test_a_composed_title_tells_the_place_that_is_signed_and_the_situation(
    session: Session, subtests: pytest.Subtests
) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"situation": Situation.PLANNED}, "CLSM de Ville-Exemple, en projet"),
        ({"situation": Situation.REGULAR}, "CLSM de Ville-Exemple, collaboration régulière"),
        ({"situation": Situation.PAST}, "CLSM de Ville-Exemple, collaboration passée"),
        ({"attribution": Attribution.CLSM}, "CLSM de Ville-Exemple, collaboration régulière"),
        ({"attribution": Attribution.REGION, "situation": Situation.PLANNED}, "Bretagne, en projet"),
        (BECAME | {"became": Became.DONE}, "CLSM de Ville-Exemple, projet réalisé"),
        (BECAME | {"became": Became.OTHERWISE}, "CLSM de Ville-Exemple, projet réalisé autrement"),
        (BECAME | {"became": Became.NOT_DONE}, "CLSM de Ville-Exemple, projet non réalisé"),
        (BECAME | {"became": Became.NOT_YET}, "CLSM de Ville-Exemple, en projet"),
    ]
    for facts, heading in cases:
        with subtests.test(facts=facts, heading=heading):
            version = a_version(session, title="", **facts)
            assert version.heading == heading
            assert version.title == "", "nothing is added to the author's words"


def test_a_title_that_was_written_is_kept(session: Session) -> None:
    assert a_version(session, title="En projet").heading == "En projet"
