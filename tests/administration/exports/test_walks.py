"""Exports, row by row: those of reuse are `visible()`'s, and all are what the consent lines say, after any acts.

The oracles are SQL on the rows as stored, and say the rules a second time.
"""

import json
from contextlib import suppress
from typing import Any, NamedTuple

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.administration.exports.files import ExportFile
from app.administration.exports.filters import ExportFilters
from app.administration.exports.purposes import ExportFormat, ExportPurpose
from app.audit import Actor
from app.catalog.visibility import Outlet, visible
from app.testimonials.attribution import Attribution
from app.testimonials.consent import ConsentMissing, Purpose
from app.testimonials.erasure import erase_testimonial
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.models import Testimonial
from app.testimonials.private_page.consent_changes import call_back, change_consent
from tests.acts import first_wordings, stored
from tests.administration.exports.spreadsheets import Table, read_csv, read_xlsx
from tests.factories import a_testimonial, a_version, an_editor

SECRET = "Dominique Secret"
ACTS = (
    *("give reuse", "withdraw reuse", "give contact", "withdraw contact"),
    *("amend", "mask", "withdraw", "call back", "unpublish", "erase"),
)


class Walk(NamedTuple):
    """What becomes of a text."""

    status: Status
    attribution: Attribution
    reuse: bool
    old_wording: bool
    acts: list[str]


walks = st.builds(
    Walk,
    st.sampled_from(Status),
    st.sampled_from(Attribution),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(ACTS), max_size=4),
)


def test_after_any_acts_exports_hold_what_consents_and_signatures_allow(app: Flask, session: Session) -> None:
    by = Actor.editor(an_editor(session).id)
    session.commit()
    number = 0

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(walks, min_size=1, max_size=4))
    def check(several: list[Walk]) -> None:
        nonlocal number
        for walk in several:
            number += 1
            take(session, walk, number, by)
        session.commit()
        check_exports(session)

    check()


def take(session: Session, walk: Walk, number: int, by: Actor) -> None:
    """Make a text, and have things happen to it; what is not possible does not happen."""
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
        )
    for act in walk.acts:
        with suppress(TransitionRefused, ConsentMissing), session.begin_nested():
            perform(session, testimonial, act, by)
            session.flush()


def perform(session: Session, testimonial: Testimonial, act: str, by: Actor) -> None:
    match act.split():
        case ["give" | "withdraw" as verb, "reuse" | "contact" as purpose] if testimonial.versions:
            change_consent(testimonial, Purpose(purpose), gives=verb == "give")
        case ["amend"] if testimonial.versions:
            signed = {name: getattr(testimonial.latest, name) for name in ("author_name", "author_role", "clsm")}
            version = a_version(session, **signed, attribution=Attribution.CLSM, title="+ Revu")
            testimonial.amend(version, {}, seen=version.compute_digest())
        case ["mask"] if testimonial.status is Status.PUBLISHED:
            testimonial.propose(testimonial.latest.edited(author_name="[…]"))
        case ["withdraw"] if testimonial.versions:
            testimonial.withdraw()
        case ["call", "back"]:
            call_back(testimonial)
        case ["unpublish"]:
            testimonial.perform(Action.UNPUBLISH, by=by)
        case ["erase"] if testimonial.versions:
            erase_testimonial(testimonial)


def exported(purpose: ExportPurpose) -> tuple[Table, Table, list[dict[str, Any]]]:
    """Return an export's rows from CSV, from XLSX and from JSON."""
    contents = {}
    for format_ in ExportFormat:
        with ExportFile.make(purpose, format_, ExportFilters()).content as file:
            contents[format_] = file.read()
    document = json.loads(contents[ExportFormat.JSON])
    assert document["total"] == len(document["rows"])
    return read_csv(contents[ExportFormat.CSV]), read_xlsx(contents[ExportFormat.XLSX])["Retours"], document["rows"]


LAST = "SELECT max(id) FROM consent WHERE testimonial_id = testimonial.id AND purpose = '{}'"
GIVEN = f"EXISTS (SELECT 1 FROM consent WHERE answer = 'given' AND wording_version >= {{}} AND id = ({LAST}))"  # noqa: S608  # as above


def check_exports(session: Session) -> None:
    session.rollback()
    check_reuse(session)
    check_contact(session)
    check_team(session)


def check_reuse(session: Session) -> None:
    by_csv, by_xlsx, rows = exported(ExportPurpose.REUSE)
    lawful = [each.public_id for each in session.scalars(visible(outlet=Outlet.OPEN))]
    session.rollback()
    assert [row["public_id"] for row in rows] == lawful
    assert [row["Référence"] for row in by_csv] == [row["Référence"] for row in by_xlsx] == lawful
    asked = text(
        "SELECT testimonial.public_id, version.*, region.name AS region_name FROM testimonial"  # noqa: S608  # above
        " JOIN version ON version.testimonial_id = testimonial.id AND version.number = testimonial.shown_number"
        " JOIN department ON department.code = version.department_code"
        " JOIN region ON region.code = department.region_code"
        f" WHERE status = 'published' AND {GIVEN.format(1, 'publication')} AND {GIVEN.format(2, 'reuse')}"
    )
    oracle = {each.public_id: each for each in session.execute(asked)}
    assert {row["public_id"] for row in rows} == oracle.keys()
    for row, line, cells in zip(rows, by_csv, by_xlsx, strict=True):
        shown = oracle[row["public_id"]]
        assert row["title"] == cells["Titre"] == line["Titre"].removeprefix("'") == shown.title
        assert line["Titre"].startswith("'"), "it would be a formula"
        hidden = {
            "full": (),
            "role": (shown.author_name,),
            "clsm": (shown.author_name, shown.author_role),
            "region": (shown.author_name, shown.author_role, shown.clsm),
        }[shown.attribution]
        words = f"{row} {line} {cells}"
        named = {shown.author_name, shown.author_role, shown.clsm} - {*hidden}
        assert all(name.lower() in words.lower() for name in named)
        assert not [each for each in (*hidden, "@", "Ille-et-Vilaine") if each in words]
        assert row["region"] == cells["Région"] == shown.region_name


def check_contact(session: Session) -> None:
    by_csv, by_xlsx, rows = exported(ExportPurpose.CONTACT)
    asked = text(
        "SELECT author_name, author_role, clsm, email FROM testimonial"  # noqa: S608  # the words stand above
        " JOIN version ON version.testimonial_id = testimonial.id AND number = (SELECT max(number) FROM version"
        " WHERE testimonial_id = testimonial.id AND made_by = 'author')"
        f" WHERE {GIVEN.format(1, 'contact')} AND email IS NOT NULL AND EXISTS (SELECT 1 FROM audit_event"
        " WHERE testimonial_id = testimonial.id AND kind IN ('confirm', 'consent_again'))"
    )
    expected = sorted(tuple(each) for each in session.execute(asked))
    assert sorted(tuple(row.values()) for row in rows) == expected
    for table in (by_csv, by_xlsx):
        assert sorted(tuple(row.values()) for row in table) == expected
        assert all([*row] == ["Prénom et nom", "Fonction", "Organisation", "Courriel"] for row in table)


def check_team(session: Session) -> None:
    by_csv, by_xlsx, rows = exported(ExportPurpose.TEAM)
    testimonials = stored(session, Testimonial)
    for each, row, line, cells in zip(testimonials, rows, by_csv, by_xlsx, strict=True):
        assert row["public_id"] == line["Référence"] == cells["Référence"] == each.public_id
        assert row["status"] == each.status
        assert line["Statut"] == cells["Statut"] == each.status.label
        for purpose in Purpose:
            asked = text(
                "SELECT answer, wording_version FROM consent WHERE id ="  # noqa: S608  # the words stand above
                f" (SELECT max(id) FROM consent WHERE testimonial_id = {each.id} AND purpose = '{purpose}')"
            )
            last = session.execute(asked).one_or_none()
            assert (row[purpose], row[f"{purpose}_wording"]) == (tuple(last) if last else (None, None))
            answers = {"given": "oui", "refused": "non", "withdrawn": "accord retiré", None: ""}
            assert line[purpose.label] == cells[purpose.label] == answers[last.answer if last else None]
        assert len(row["consents"]) == len(each.consents), "each of their lines"
        assert [version["title"] or "" for version in row["versions"]] == [version.title for version in each.versions]
        if each.status is Status.ERASED:
            kept = {"public_id", "article", "status", "submitted_at", "waiting_since", "published_at"}
            kept |= {"published_until", "current_number", *(name for name in row if name.startswith((*Purpose,)))}
            assert not [name for name, value in row.items() if value and name not in kept | {"consents"}]
            assert SECRET not in f"{row} {line} {cells}"
        else:
            assert row["email"] == line["Courriel"] == cells["Courriel"] == each.email
            assert row["account"] == cells["Le récit"] == each.latest.account
    session.rollback()
