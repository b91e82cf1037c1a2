"""Product rule 1: visible = published ∧ consent in force ∧ what its author approved is what is displayed."""

import json
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Update, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.catalog.article_text import load_article_text
from app.catalog.filters import CollectionRequest, Filters, UnknownFilter
from app.catalog.listing import find_item, list_items
from app.catalog.visibility import Outlet, visible
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.situation import Situation
from app.testimonials.wordings import Purpose
from tests.acts import amend_with, first_wordings
from tests.factories import a_testimonial, a_version, the_article

pytestmark = pytest.mark.both_engines

# The rule in SQL.
LAWFUL = (
    "testimonial.status = ",
    "AND testimonial.publication_consent",
    "testimonial.hidden_until IS NULL",
    "testimonial.approved_digest = testimonial.shown_digest",
    "testimonial.shown_digest = version.digest",
    "testimonial.published_until > ",
)


def published_by_force(testimonial: Testimonial, **columns: Any) -> Update:
    return update(Testimonial).where(Testimonial.id == testimonial.id).values(_status=Status.PUBLISHED, **columns)


def test_the_database_refuses_an_unlawful_published_row(session: Session, subtests: pytest.Subtests) -> None:
    testimonial = a_testimonial(session, status=Status.PENDING)
    digest = testimonial.latest.digest
    for consent, shown, same in [case for case in product((True, False), repeat=3) if case != (True, True, True)]:
        row = published_by_force(
            testimonial,
            publication_consent=consent,
            shown_number=1 if shown else None,
            shown_digest=digest if shown else None,
            approved_digest=digest if same else "0" * 64,
        )
        with (
            subtests.test(consent=consent, shown=shown, same=same),
            pytest.raises(IntegrityError, match="lawful"),
            session.begin_nested(),
        ):
            session.execute(row)


def test_the_database_refuses_a_shown_digest_of_no_version(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PENDING)
    digests = dict.fromkeys(("shown_digest", "approved_digest"), "0" * 64)
    session.execute(published_by_force(testimonial, publication_consent=True, shown_number=1, **digests))
    with pytest.raises(IntegrityError):
        session.commit()


def test_the_database_refuses_a_shown_version_without_publication(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    with pytest.raises(IntegrityError, match="only_published"):
        session.execute(update(Testimonial).where(Testimonial.id == testimonial.id).values(_status=Status.UNPUBLISHED))


@pytest.mark.parametrize("columns", [(), (Testimonial.id,)], ids=["whole", "of columns"])
def test_the_query_states_the_whole_rule(columns: tuple[Any, ...]) -> None:
    """The CHECK makes most breaches impossible to store: so the SQL is read too."""
    statement = str(visible(*columns))
    for condition in LAWFUL:
        assert condition in statement, condition


# The rule by outlet, a second time: on which consents the words of a published text are given.
GIVEN_BY = {
    Outlet.PAGE: "publication.answer = 'given'",
    Outlet.SITE: (
        "(publication.answer = 'given' AND publication.wording_version >= 2)"
        " OR (reuse.answer = 'given' AND reuse.wording_version >= 2)"
    ),
    Outlet.OPEN: "reuse.answer = 'given' AND reuse.wording_version >= 2",
}

LAST_LINE = (
    "{purpose}.id = (SELECT max(id) FROM consent WHERE testimonial_id = testimonial.id AND purpose = '{purpose}')"
)

PURPOSES = (Purpose.PUBLICATION, Purpose.REUSE)


def consenting(session: Session) -> dict[str, Testimonial]:
    """Return a published text for each consent to reuse, and each wording of either purpose, by its address."""
    texts = {}
    for outdated, reuse in product(([], [PURPOSES[0]], [PURPOSES[1]], PURPOSES), ("refused", "given", "withdrawn")):
        email = f"{reuse}-{'-'.join(outdated) or 'today'}@exemple.fr"
        with first_wordings(*outdated):
            texts[email] = a_testimonial(
                session,
                status=Status.PUBLISHED,
                reuse=reuse != "refused",
                email=email,
                advice=f"Un conseil de {email}.",
            )
            if reuse == "withdrawn":
                change_consent(texts[email], Purpose.REUSE, gives=False)
    session.commit()
    return texts


def test_each_outlet_gives_the_words_of_those_who_agreed_to_its_purpose(
    session: Session, subtests: pytest.Subtests
) -> None:
    """The oracle is SQL on the consent lines; the product reads columns."""
    texts = consenting(session)
    joins = "".join(f" JOIN consent AS {each} ON {LAST_LINE.format(purpose=each)}" for each in PURPOSES)
    for outlet in Outlet:
        with subtests.test(outlet=outlet):
            asked = text(f"SELECT email FROM testimonial{joins} WHERE {GIVEN_BY[outlet]}")  # noqa: S608  # the words stand above
            expected = set(session.scalars(asked))
            assert len(expected) == {Outlet.PAGE: 12, Outlet.SITE: 7, Outlet.OPEN: 2}[outlet]
            assert {each.email for each in session.scalars(visible(outlet=outlet))} == expected
            article = load_article_text(session, "crpv")
            assert article is not None
            listed = list_items(session, article, CollectionRequest(Filters(), None), 20, outlet, whole=True)
            assert (len(listed.items), listed.total) == (12, 12), "nothing is hidden"
            by_id = {each.public_id: email for email, each in texts.items()}
            for item in (*listed.items, *(found[1] for each in by_id if (found := find_item(session, each, outlet)))):
                email = by_id[item.public_id]
                assert (f"Un conseil de {email}." in item.document) is (email in expected)
                assert (email in item.answers) is (email in expected)
                assert bool(item.slug) is (email in expected)
                assert json.loads(item.document)["words_withheld"] is (email not in expected)


def test_no_outlet_shows_what_is_not_published(session: Session) -> None:
    texts = {each: a_testimonial(session, status=each, reuse=True, email=f"{each}@exemple.fr") for each in Status}
    for outlet in Outlet:
        assert list(session.scalars(visible(outlet=outlet))) == [texts[Status.PUBLISHED]], outlet


def test_an_amended_testimonial_still_shows_what_was_published(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    amend_with(testimonial, a_version(session, title="Un titre nouveau"))
    session.flush()
    session.expire_all()
    seen = session.scalars(visible()).one()
    assert seen.shown is not None
    assert seen.shown.title == "Trois après-midi"
    assert seen.latest.title == "Un titre nouveau"


def test_the_collection_is_filtered(session: Session) -> None:
    article = the_article(session)
    planned = a_testimonial(
        session, status=Status.PUBLISHED, situation=Situation.PLANNED, themes=[article.themes[2]], email="a@exemple.fr"
    )
    regular = a_testimonial(session, status=Status.PUBLISHED)

    session.flush()
    article_text = load_article_text(session, "crpv")
    assert article_text is not None

    def found(filters: Filters) -> set[str]:
        return {
            each.public_id
            for each in list_items(session, article_text, CollectionRequest(filters, None), 20, Outlet.OPEN).items
        }

    assert found(Filters()) == {planned.public_id, regular.public_id}
    assert found(Filters(situation=Situation.PLANNED)) == {planned.public_id}
    assert found(Filters(theme=article.themes[0].slug)) == {regular.public_id}
    assert found(Filters(region="53")) == {planned.public_id, regular.public_id}
    assert found(Filters(region="11")) == set()
    assert found(Filters(theme=article.themes[1].slug)) == {
        each.public_id for each in (planned, regular) if article.themes[1] in each.latest.themes
    }
    with pytest.raises(UnknownFilter):
        found(Filters(theme="nothing-of-the-kind"))
