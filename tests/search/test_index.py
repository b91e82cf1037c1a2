"""The search indexes: accents and case ignored, the same on both engines, deleted with the text."""

import re

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.search import index
from app.search.query import DESK, PUBLIC, SCOPES, Scope, matching_ids
from app.search.words import plain, terms
from app.testimonials import erasure
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_with, committed
from tests.factories import a_testimonial, a_version, by_editor
from tests.page_cache.workers import recorded_statements

pytestmark = pytest.mark.both_engines


def found(session: Session, words: str, scope: Scope = DESK) -> set[int]:
    return set(session.scalars(matching_ids(words, scope)))


def test_plain_folds_accents_case_and_ligatures(subtests: pytest.Subtests) -> None:
    for typed, words in [
        ("L’Œuvre d’Élan", ["l", "oeuvre", "d", "elan"]),
        ("AUJOURD'HUI, ça va", ["aujourd", "hui", "ca", "va"]),
        ("co-construit_à ﬁn ; ΑΘΉΝΑ", ["co", "construit", "a", "fin", "αθηνα"]),
        ('« … » ?!*"()', []),
        ("x" * 50, ["x" * 40, "x" * 10]),
    ]:
        with subtests.test(typed=typed):
            assert plain(typed) == words


PREFIXES = [
    *("coordin", "COORDINATRICE", "gardiens d'immeuble", "gardiens D’IMMEUBLE", "immeuble gardiens"),
    *("ete", "été", "Éte", "coeur", "cœur", "camille exemple", "exemple camille", "ville-exemple", "trois apres-midi"),
]


def test_search_finds_word_prefixes_without_accents(session: Session, subtests: pytest.Subtests) -> None:
    testimonial = a_testimonial(session, outcome="L’été, au CŒUR du quartier.")
    other = a_testimonial(
        session,
        account="Rien de commun. " * 12,
        title="Autre",
        author_name="Nour",
        clsm="Autre",
        advice="",
        author_role="Élue",
        email="b@exemple.fr",
    )
    for words in PREFIXES:
        with subtests.test(words=words):
            assert found(session, words) == {testimonial.id}
            assert other.id in found(session, "commun")


def test_every_word_must_match_a_prefix(session: Session, subtests: pytest.Subtests) -> None:
    a_testimonial(session)
    for words in ["immeuble absent", "ordinatrice", "zinzolin"]:
        with subtests.test(words=words):
            assert found(session, words) == set()


ODD = (
    *('"', "'", "a* b*", "AND", "NEAR(a b)", "words:gardien", "-gardien"),
    *("^", "a' & 'b", ":*", "!", "\\", "%", "();--"),
)


def test_query_syntax_is_searched_as_plain_words(session: Session, subtests: pytest.Subtests) -> None:
    testimonial = a_testimonial(session)
    for words in ODD:
        with subtests.test(words=words):
            assert found(session, words) <= {testimonial.id}
            assert found(session, "gardien " * 2_000) == {testimonial.id}


def test_any_text_is_a_plain_search(session: Session) -> None:
    testimonial = a_testimonial(session)
    every = {testimonial.id}

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60))
    def any_text(words: str) -> None:
        results = found(session, words)
        stored = plain("Trois après-midi")
        assert results <= every
        if not terms(words) or all(any(each.startswith(term) for each in stored) for term in terms(words)):
            assert results == every

    any_text()


def test_readers_search_published_testimonials_with_their_byline(session: Session) -> None:
    by_role = a_testimonial(session, status=Status.PUBLISHED, attribution=Attribution.ROLE)
    waiting = a_testimonial(session, email="b@exemple.fr")
    assert found(session, "gardiens", PUBLIC) == {by_role.id}
    assert found(session, "coordinatrice", PUBLIC) == {by_role.id}
    assert found(session, "camille", PUBLIC) == set()
    assert found(session, "camille") == {by_role.id, waiting.id}


def test_readers_do_not_find_a_version_that_is_not_shown_yet(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, title="D’abord")
    amend_with(testimonial, a_version(session, title="Autrement dit"))
    session.flush()
    assert found(session, "autrement", PUBLIC) == set()
    assert found(session, "abord", PUBLIC) == {testimonial.id}
    assert (found(session, "autrement"), found(session, "abord")) == ({testimonial.id}, set())


def test_withdrawn_and_erased_words_are_not_found(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    assert found(session, "gardiens", PUBLIC) == {testimonial.id}
    testimonial.withdraw()
    session.flush()
    assert (found(session, "gardiens"), found(session, "gardiens", PUBLIC)) == ({testimonial.id}, set())
    erasure.erase_testimonial(testimonial)
    session.flush()
    assert found(session, "gardiens") == set()


def test_catalog_rebuild_fills_the_search_tables(app: Flask, session: Session) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    for scope in (DESK, PUBLIC):
        session.execute(delete(scope.rows))
    session.commit()
    assert index.is_empty(session)
    session.rollback()
    answer = app.test_cli_runner().invoke(args=["catalog", "rebuild"], catch_exceptions=False)
    assert answer.output == "recomputed: 1 testimonials\n"
    assert found(session, "gardiens") == found(session, "gardiens", PUBLIC) == {testimonial.id}
    assert session.scalars(select(Testimonial.revision)).one() == testimonial.revision


WRITES = re.compile(r"(?:INSERT (?:OR REPLACE )?INTO|DELETE FROM) (search_\w+)")


@pytest.mark.one_engine
def test_a_change_rewrites_no_words_but_those_that_differ(app: Flask, session: Session) -> None:
    """SQLite's index pays for each word written or removed; PostgreSQL's vectors are written each time."""
    testimonial = committed(session, reuse=True)

    def written() -> list[str]:
        session.commit()
        return sorted({match[1] for each in statements if (match := WRITES.match(each))})

    with recorded_statements(app) as statements:
        testimonial.perform(Action.PUBLISH, by=by_editor(session))
        assert written() == ["search_open", "search_public"], "the desk searched the same words before"
    assert found(session, "gardiens", PUBLIC) == found(session, "gardiens") == {testimonial.id}
    with recorded_statements(app) as statements:
        testimonial.withdraw()
        assert written() == ["search_open", "search_public"]
    assert (found(session, "gardiens", PUBLIC), found(session, "gardiens")) == (set(), {testimonial.id})
    with recorded_statements(app) as statements:
        erasure.erase_testimonial(testimonial)
        assert written() == ["search_desk"]
    assert found(session, "gardiens") == set()


@pytest.mark.one_engine
def test_a_long_list_of_a_word_is_cut_small_enough_to_remove_a_text_from(session: Session) -> None:
    """FTS5 walks as far as four pages of a list before it has an index of it, for each word that it removes."""
    for scope in SCOPES:
        name = scope.rows.name
        texts = [{"id": number, "words": " aiguebrune"} for number in range(1, 4_000)]
        session.execute(text(f"INSERT INTO {name} (rowid, words) VALUES (:id, :words)"), texts)  # noqa: S608  # our own names
        session.execute(text(f"INSERT INTO {name} ({name}) VALUES ('optimize')"))  # noqa: S608  # as above
        longest = session.scalar(text(f"SELECT max(length(block)) FROM {name}_data"))  # noqa: S608  # as above
        assert longest < 600, name
