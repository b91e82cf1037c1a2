"""Exports, row by row: those of reuse are `visible()`'s, and all are what the consent lines say, after any acts.

The oracles are SQL on the rows as stored, and say the rules a second time.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import compress
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from app.articles.models import Article, Theme
from app.audit import Actor
from app.catalog.visibility import Outlet, visible
from app.db import UTCDateTime, now
from app.moderation.exports.columns import ExportFormat, ExportPurpose
from app.spelling.words import MASK
from app.testimonials.attribution import Attribution
from app.testimonials.consent import ConsentMissing
from app.testimonials.corrections import Rewriting
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.private_page.consent_changes import call_back, change_consent
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import amend_with, first_wordings, stored
from tests.depth import DEPTH
from tests.factories import ACCOUNT, a_testimonial, a_version, another_article, by_editor
from tests.moderation.exports.spreadsheets import Table, export, read_csv, read_xlsx

SECRET = "Dominique Secret"
PLACE = "Ille-et-Vilaine"  # the département of each, which readers are never told
ACTS = (
    *("give reuse", "withdraw reuse", "give contact", "withdraw contact"),
    *("amend", "mask name", "correct", "contest", "withdraw", "call back", "unpublish", "expire", "erase"),
)
REUSE_HEADINGS = (
    *("Référence", "Page", "Article", "Publié le", "Recueilli"),
    *("Titre", "Signature", "Région", "Situation", "Partenaire"),
    *("Articulations", "Le récit", "Ce que cela a apporté, ou ce qui en est attendu"),
    *("Freins et conditions de réussite", "Un conseil", "Années", "Structures partenaires", "Lien", "Suite"),
)
CONTACT_HEADINGS = ("Prénom et nom", "Fonction", "CLSM", "Courriel")
ACCORDS = {
    "publication": "Publication à côté de l’article",
    "reuse": "Réutilisation ailleurs",
    "contact": "Être recontacté·e",
    "questions": "Questions d’autres CLSM",
}
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


class Walk(NamedTuple):
    """What becomes of a text; that of a `namesake` has the address and the name of the text before it."""

    acts: list[str]
    status: Status = Status.PUBLISHED
    attribution: Attribution = Attribution.FULL
    reuse: bool = True
    old_wording: bool = False
    elsewhere: bool = False  # beside another article
    namesake: bool = False


# Half are published, and most may be reused: what others do not read is seldom wrong.
walks = st.builds(
    Walk,
    st.lists(st.sampled_from(ACTS), max_size=4),
    st.just(Status.PUBLISHED) | st.sampled_from(Status),
    st.sampled_from(Attribution),
    st.sampled_from([True, True, False]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)

# What chance would seldom meet.
SIGNATURES = [Walk([], attribution=each) for each in Attribution]
REFUSALS = [
    Walk([], reuse=False),
    Walk([], old_wording=True),
    Walk(["withdraw reuse"]),
    Walk(["withdraw reuse", "give reuse"], reuse=False),
    Walk(["expire"]),
    *(Walk([], status=status) for status in Status if status is not Status.PUBLISHED),
]
CONTACTS = [
    Walk(["give contact"]),
    Walk(["give contact"], namesake=True),
    Walk(["give contact", "mask name"]),
    Walk(["give contact", "withdraw contact"]),
    Walk(["give contact", "withdraw contact", "give contact"], status=Status.DECLINED),
    Walk(["give contact", "amend"], status=Status.PENDING),
    Walk(["give contact"], status=Status.UNCONFIRMED),
    Walk(["give contact", "erase"]),
]
CHANGES = [
    Walk(["amend"], attribution=Attribution.REGION),
    Walk(["correct"]),
    Walk(["correct", "contest"]),
    Walk(["mask name"], attribution=Attribution.CLSM),
    Walk(["withdraw", "call back"]),
    Walk([], elsewhere=True),
]


@pytest.mark.changes_content
@pytest.mark.slow("random acts, after each of which files are made")
def test_after_any_acts_exports_hold_what_consents_and_signatures_allow(session: Session) -> None:
    by, other = (
        by_editor(session),
        another_article(session, Theme(slug="autre", label="Autrement", choice="Autre", position=0)),
    )
    session.commit()
    number = 0

    @settings(max_examples=DEPTH.rounds(40), deadline=None, suppress_health_check=CHECKS)
    @given(st.lists(walks, min_size=1, max_size=4))
    @example(SIGNATURES)
    @example(REFUSALS)
    @example(CONTACTS)
    @example(CHANGES)
    def check(several: list[Walk]) -> None:
        nonlocal number
        for walk in several:
            number += not walk.namesake
            take(session, walk, number, by, [other] if walk.elsewhere else [])
        session.commit()
        check_exports(session)

    check()


def take(session: Session, walk: Walk, number: int, by: Actor, articles: list[Article]) -> None:
    """Make a text, and have things happen to it; what is not possible does not happen."""
    place = {"article": articles[0]} if articles else {}
    with first_wordings(*([Purpose.REUSE] if walk.old_wording else [])):
        testimonial = a_testimonial(
            session,
            status=walk.status,
            attribution=walk.attribution,
            reuse=walk.reuse,
            email=f"personne{number}@exemple.fr",
            author_name=f"{SECRET} {number}",
            author_role=f"Coordination {number}",
            clsm=f"CLSM de Lieu-{number}",
            title=f"=Récit {number}",
            account=f"{ACCOUNT} Merci à Mme Exemple.",
            **place,
        )
    for act in walk.acts:
        with suppress(TransitionRefused, ConsentMissing, Rewriting), session.begin_nested():
            perform(session, testimonial, act, by)
            session.flush()


def amend(session: Session, testimonial: Testimonial, _by: Actor) -> None:
    signed = {name: getattr(testimonial.latest, name) for name in ("author_name", "author_role", "clsm")}
    signed["author_role"] += " adjointe"  # of an address, the last words of its owner count
    amend_with(
        testimonial, a_version(session, **signed, attribution=Attribution.CLSM, title=f"+ {testimonial.latest.title}")
    )


def mask_name(_session: Session, testimonial: Testimonial, _by: Actor) -> None:
    if testimonial.status is Status.PUBLISHED:
        testimonial.propose(testimonial.latest.edited(author_name="[…]"))


def correct(_session: Session, testimonial: Testimonial, by: Actor) -> None:
    if testimonial.status is Status.PUBLISHED:
        corrected = testimonial.latest.account.replace("Mme Exemple", MASK)
        testimonial.propose(testimonial.latest.edited(account=corrected), as_correction=True)
        testimonial.perform(Action.PUBLISH, by=by)


def expire(_session: Session, testimonial: Testimonial, _by: Actor) -> None:
    if testimonial.status is Status.PUBLISHED:
        testimonial.published_until = now() - timedelta(seconds=1)


Act = Callable[[Session, Testimonial, Actor], object]
PERFORM: Mapping[str, Act] = {
    "amend": amend,
    "mask name": mask_name,
    "correct": correct,
    "contest": lambda _session, testimonial, _by: contest_decision(testimonial, "Ce ne sont pas mes mots."),
    "withdraw": lambda _session, testimonial, _by: testimonial.withdraw(),
    "call back": lambda _session, testimonial, _by: call_back(testimonial),
    "unpublish": lambda _session, testimonial, by: testimonial.perform(Action.UNPUBLISH, by=by),
    "expire": expire,
    "erase": lambda _session, testimonial, _by: erase_testimonial(testimonial),
}


def perform(session: Session, testimonial: Testimonial, act: str, by: Actor, acts: Mapping[str, Act] = PERFORM) -> None:
    verb, _, purpose = act.partition(" ")
    if testimonial.versions and purpose in {"reuse", "contact"}:
        change_consent(testimonial, Purpose(purpose), gives=verb == "give")
    elif testimonial.versions:
        acts[act](session, testimonial, by)


def exported(purpose: ExportPurpose) -> tuple[Table, Table]:
    return read_csv(export(purpose)), read_xlsx(export(purpose, ExportFormat.XLSX))


LAST = "SELECT max(id) FROM consent WHERE testimonial_id = testimonial.id AND purpose = '{}'"
GIVEN = f"EXISTS (SELECT 1 FROM consent WHERE answer = 'given' AND wording_version >= {{}} AND id = ({LAST}))"  # noqa: S608  # as above


def check_exports(session: Session) -> None:
    session.rollback()
    check_reuse(session)
    check_contact(session)
    check_team(session)


def check_reuse(session: Session) -> None:
    by_csv, by_xlsx = exported(ExportPurpose.REUSE)
    lawful = [each.public_id for each in session.scalars(visible(outlet=Outlet.OPEN))]
    session.rollback()
    assert [row["Référence"] for row in by_csv] == [row["Référence"] for row in by_xlsx] == lawful
    asked = text(
        "SELECT testimonial.public_id, version.*, region.name AS region_name, article.title AS article FROM testimonial"  # noqa: S608  # above
        " JOIN version ON version.testimonial_id = testimonial.id AND version.number = testimonial.shown_number"
        " JOIN department ON department.code = version.department_code"
        " JOIN region ON region.code = department.region_code JOIN article ON article.id = testimonial.article_id"
        " WHERE status = 'published' AND testimonial.approved_digest = shown_digest AND shown_digest = version.digest"
        f" AND published_until > :now AND {GIVEN.format(1, 'publication')} AND {GIVEN.format(2, 'reuse')}"
    )
    asked = asked.bindparams(bindparam("now", now(), UTCDateTime()))
    oracle = {each.public_id: each for each in session.execute(asked)}
    assert {*lawful} == oracle.keys()
    for line, cells in zip(by_csv, by_xlsx, strict=True):
        shown = oracle[line["Référence"]]
        assert (*line,) == (*cells,) == REUSE_HEADINGS, "nothing else: no address, no département, no mark of ours"
        assert line["Titre"] == f"'{shown.title}", "it would be a formula"
        assert cells["Titre"] == shown.title
        assert line["Signature"] == cells["Signature"] == signature(shown)
        assert line["Le récit"] == cells["Le récit"] == shown.account
        assert line["Région"] == cells["Région"] == shown.region_name
        assert line["Article"] == cells["Article"] == shown.article
        hidden = {shown.author_name, shown.author_role, shown.clsm} - {*signature(shown).split(", ")}
        hidden = {each for each in hidden if each.lower() not in signature(shown).lower()}
        words = f"{line} {cells}"
        assert not [each for each in (*hidden, "@", PLACE) if each in words]


def signature(shown: Any) -> str:
    """Return how a version is signed, as the form told its author."""
    return str(
        {
            "full": f"{shown.author_name}, {shown.author_role[:1].lower()}{shown.author_role[1:]}, {shown.clsm}",
            "role": f"{shown.author_role}, {shown.clsm}",
            "clsm": shown.clsm,
            "region": "Un CLSM, en région Bretagne",
        }[shown.attribution]
    )


def check_contact(session: Session) -> None:
    by_csv, by_xlsx = exported(ExportPurpose.CONTACT)
    asked = text(
        "SELECT DISTINCT author_name, author_role, clsm, email FROM testimonial"  # noqa: S608  # the words stand above
        " JOIN version ON version.testimonial_id = testimonial.id AND number = (SELECT max(number) FROM version"
        " WHERE testimonial_id = testimonial.id AND made_by = 'author')"
        f" WHERE {GIVEN.format(1, 'contact')} AND email IS NOT NULL AND EXISTS (SELECT 1 FROM audit_event"
        " WHERE testimonial_id = testimonial.id AND kind IN ('confirm', 'consent_again'))"
    )
    expected = sorted(tuple(each) for each in session.execute(asked))
    for table in (by_csv, by_xlsx):
        assert sorted(tuple(row.values()) for row in table) == expected, "each signature once"
        assert all((*row,) == CONTACT_HEADINGS for row in table)


def check_team(session: Session) -> None:
    by_csv, by_xlsx = exported(ExportPurpose.TEAM)
    testimonials = stored(session, Testimonial)
    for each, line, cells in zip(testimonials, by_csv, by_xlsx, strict=True):
        assert line["Référence"] == cells["Référence"] == each.public_id
        assert line["Article"] == cells["Article"] == each.article.title
        assert line["État"] == cells["État"] == each.status.label
        opens = (GIVEN.format(2 if purpose == "reuse" else 1, purpose) for purpose in ACCORDS)
        asked = text(f"SELECT {', '.join(opens)} FROM testimonial WHERE id = {each.id}")  # noqa: S608  # ours
        given = [*compress(ACCORDS.values(), session.execute(asked).one())]
        assert line["Accords"] == cells["Accords"] == (" ; ".join(given) or "aucun")
        if each.status is Status.ERASED:
            kept = {"Référence", "Article", "État", "Reçu le", "Publié le", "Accords"}
            assert not [name for name, value in line.items() if value and name not in kept]
            assert SECRET not in f"{line} {cells}"
        else:
            assert line["Courriel"] == cells["Courriel"] == each.email
            assert cells["Le récit"] == each.latest.account
    session.rollback()
