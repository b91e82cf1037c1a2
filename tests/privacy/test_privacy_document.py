"""docs/privacy.md: every column with personal data is named there, and its periods are those that are applied."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.db import Base
from app.privacy.periods import table_of_periods

DOCUMENT = (Path(__file__).parents[2] / "docs/privacy.md").read_text(encoding="utf-8")

# A column that is neither here nor in the document fails the test: name it there, or here beneath its reason.
NUMBERS = "a number of ours, personal only with the row that it leads to, and no longer than it"
STATES = "how a row stands, which says nothing of a person"
CONTENT = "written by the team or the State, about nobody"
MACHINES = "when our own programs ran, and where"

# Names that mean the same in every table.
EVERYWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("id", "testimonial_id", "article_id", "theme_id", "version_id", "recueil_id", "draft_id"), NUMBERS
    ),
    **dict.fromkeys(("event_id", "partner_id", "referential_id", "facet_id", "department_code", "number"), NUMBERS),
    **dict.fromkeys(("revision", "position", "version_number", "attempts", "due_at", "digest_format"), STATES),
}

TABLES: Mapping[str, str] = {
    **dict.fromkeys(("article", "former_slug", "theme", "site"), CONTENT),
    **dict.fromkeys(("region", "department", "partner", "partner_department", "referential"), CONTENT),
    **dict.fromkeys(("facet", "facet_entry", "publication_stamp", "erasure_mark", "queue_theme"), NUMBERS),
    "heartbeat": MACHINES,
}

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "testimonial": dict.fromkeys(
        (
            *("link_generation", "current_number", "settled_number", "shown_number", "contested_number"),
            *("masks_number", "hint_count"),
        ),
        STATES,
    ),
    "article_version": {"source": CONTENT, "kind": STATES, "actor": STATES},
    "attempts": dict.fromkeys(("failures", "last_at", "free_at"), STATES),
    "audit_event": {"before": STATES, "after": STATES},
    "notice": {"digest": STATES},
    "queue_row": dict.fromkeys(
        ("listed_status", "flagged", "noticed", "waiting_since", "active_at", "notice_due_at"), STATES
    ),
    "pdf_file": dict.fromkeys(("digest", "asked_at", "due_at", "attempts", "pages"), STATES),
    "rate_counter": {"count": STATES, "expires_at": STATES},
    "recueil": dict.fromkeys(("composed_at", "chosen", "pages_set", "pages_expected", "failed_at", "lost_at"), STATES),
    "recueil_file": {"made_at": STATES, "pages": STATES},
    "rendering": dict.fromkeys(("edition", "shown_until", "themes", "composed"), STATES),
    "account_link": {"user_id": NUMBERS},
    "editor_session": {"user_id": NUMBERS},
    "bound_identity": {"user_id": NUMBERS},
    "passkey": {"user_id": NUMBERS},
    "recovery_code": {"user_id": NUMBERS},
    "placement": {"passage": CONTENT},
    "synthesis": dict.fromkeys(("edition", "changed_at", "published_at", "ended_at"), STATES),
    "synthesis_claim": {"synthesis_id": NUMBERS, "passage": CONTENT},
    "synthesis_source": {"claim_id": NUMBERS},
    "usual_sentence": {"code": STATES, "words": CONTENT},
    "waiting_entry": {"waits_since": STATES},
}

# The tables of words, which no model has.
SEARCHED = ("search_desk", "search_open", "search_public")

# Copies that an undo needs, of columns named in the document.
BEFORE = re.compile(r"\w+_before")


def named_columns() -> set[tuple[str, str]]:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", DOCUMENT, re.MULTILINE)
    return {(table, column) for table, columns in rows for column in re.findall(r"`(\w+)`", columns)}


def stored_columns() -> set[tuple[str, str]]:
    return {(table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns}


def is_excepted(table: str, column: str) -> bool:
    return bool(table in TABLES or column in EVERYWHERE or column in COLUMNS.get(table, {}) or BEFORE.fullmatch(column))


def test_every_column_with_personal_data_is_named_in_privacy_md() -> None:
    missing = {each for each in stored_columns() - named_columns() if not is_excepted(*each)}
    assert sorted(f"{table}.{column}" for table, column in missing) == [], "name them in docs/privacy.md, or above"


def test_privacy_md_and_its_exceptions_name_what_exists() -> None:
    assert named_columns() - stored_columns() == {(name, "words") for name in SEARCHED}
    excepted = {(table, column) for table, columns in COLUMNS.items() for column in columns}
    assert excepted - stored_columns() == set()
    assert excepted & named_columns() == set()
    tables, columns = {table for table, _ in stored_columns()}, {column for _, column in stored_columns()}
    assert set(TABLES) <= tables
    assert set(EVERYWHERE) <= columns
    assert len(named_columns()) > 150


@pytest.mark.both_engines
def test_no_table_of_the_database_is_unknown_to_the_models(session: Session) -> None:
    tables = set(inspect(session.get_bind()).get_table_names()) - {"alembic_version"}
    unknown = tables - set(Base.metadata.tables)
    # SQLite stores the words of a search in tables of its own.
    assert {name for name in unknown if not name.startswith(SEARCHED)} == set()
    assert set(SEARCHED) <= unknown


def test_the_periods_of_privacy_md_are_those_applied(app: Flask) -> None:
    block = DOCUMENT.partition("<!-- durées -->")[2].partition("<!-- fin des durées -->")[0]
    written = re.findall(r"^\| (?!ce que|\*\*)(.+) \| (.+) \|$", block, re.MULTILINE)
    with app.app_context():
        applied = [line for _, lines in table_of_periods() for line in lines]
    assert written == [tuple(re.sub("[\u00a0\u202f]", " ", each) for each in line) for line in applied]
    assert len(written) > 15


def test_privacy_md_has_what_a_registre_and_an_impact_assessment_ask() -> None:
    for words in (
        *("finalité", "base (art. 6)", "personnes", "données", "qui les voit", "durées", "hors de l’Union", "mesures"),
        *("### Contexte", "### Nécessité et proportion", "### Risques", "### Mesures", "### Plan d’action"),
        *("art. 28", "art. 30", "art. 35", "L.1111-8", "conseil juridique", "Gravité et vraisemblance"),
    ):
        assert words in DOCUMENT, words
