"""`flask catalog check` sees every derived row that is wrong, missing or left behind; `rebuild` recomputes it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.articles.editing import raise_theme
from app.db import now
from app.testimonials.lifecycle import Status
from tests.acts import an_answered_text, committed
from tests.factories import a_testimonial, by_editor, the_article

pytestmark = pytest.mark.both_engines

# What each statement damages, and what the check calls it.
DAMAGES = [
    ("UPDATE facet SET total = total + 1 WHERE region = '' AND partner = ''", "facets of crpv"),
    ("UPDATE facet SET total = 3 WHERE id = (SELECT max(id) FROM facet)", "facets of crpv"),
    ("DELETE FROM facet_entry WHERE facet_id = (SELECT min(id) FROM facet)", "facets of crpv"),
    ("UPDATE facet_entry SET published_at = '2020-01-01'", "facets of crpv"),
    ("UPDATE rendering SET card = 'other'", "rendering of "),
    ("DELETE FROM rendering", "rendering of "),
    ("UPDATE queue_row SET flagged = NOT flagged", "queue_row of "),
    ("DELETE FROM queue_theme", "queue_theme of "),
    ("UPDATE testimonial SET sites_consent = NOT sites_consent", "testimonial of "),
    ("UPDATE testimonial SET reuse_consent = NOT reuse_consent", "testimonial of "),
    ("UPDATE rendering SET composed = 'other'", "rendering of "),
    ("DELETE FROM search_public", "search_public of "),
    ("DELETE FROM search_open", "search_open of "),
    ("DELETE FROM search_desk", "search_desk of "),
    ("UPDATE testimonial SET hint_count = hint_count + 1 - 2 * (hint_count % 2)", "queue_row of "),
]


def run(app: Flask, command: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["catalog", command])
    return done.exit_code, done.output


@pytest.mark.slow("all is compared and rebuilt for each damage")
def test_a_wrong_row_is_reported_and_rebuilt(app: Flask, session: Session, subtests: pytest.Subtests) -> None:
    a_testimonial(session, status=Status.PUBLISHED, reuse=True, themes=the_article(session).themes[:2])
    a_testimonial(session, status=Status.PENDING, email="b@exemple.fr")
    session.commit()
    assert run(app, "check") == (0, "every derived row is as it should be\n")
    for damage, named in DAMAGES:
        with subtests.test(msg=damage):
            session.execute(text(damage))
            session.commit()
            code, said = run(app, "check")
            assert (code, named in said) == (1, True), said
            assert run(app, "check") == (code, said), "looking changes nothing"
        assert run(app, "rebuild") == (0, "recomputed: 2 testimonials\n")
        assert run(app, "check")[0] == 0


def test_rows_left_behind_are_reported_and_removed(app: Flask, session: Session, engine: str) -> None:
    testimonial = committed(session, status=Status.PUBLISHED)
    rows = {
        table: session.execute(text(f"SELECT * FROM {table}")).mappings().all()  # noqa: S608  # the names stand here
        for table in ("rendering", "facet_entry", "facet")
    }
    testimonial.withdraw()
    session.execute(text("DELETE FROM facet"))
    session.flush()
    for table in ("facet", "facet_entry", "rendering"):
        for row in map(dict, rows[table]):
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608  # as above
    if engine == "sqlite":  # PostgreSQL's foreign key allows none
        session.execute(text("INSERT INTO search_desk (rowid, words) VALUES (987654, ' reste')"))
    session.commit()
    code, said = run(app, "check")
    assert code == 1
    assert "facets of crpv" in said
    assert f"rendering of {testimonial.public_id} differs" in said
    assert ("search: 1 rows" in said) is (engine == "sqlite")
    run(app, "rebuild")
    assert run(app, "check")[0] == 0


@pytest.mark.changes_content
def test_a_theme_moved_up_leaves_nothing_to_rebuild(app: Flask, session: Session) -> None:
    article = the_article(session)
    a_testimonial(session, status=Status.PUBLISHED, themes=article.themes[:2])
    session.commit()
    raise_theme(article, article.themes[1], by=by_editor(session))
    session.commit()
    assert run(app, "check") == (0, "every derived row is as it should be\n")


def test_a_period_that_has_ended_leaves_nothing_to_rebuild_before_the_clock(app: Flask, session: Session) -> None:
    for number, ended in enumerate(((0,), (1,), (0, 1))):
        texts = an_answered_text(session, number=number)
        for each in ended:
            texts[each].published_until = now() - timedelta(seconds=1)
    session.commit()
    assert run(app, "check") == (0, "every derived row is as it should be\n")
