"""What becomes of a placement when an admin changes the passage that it stands beside."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.passages import OPENING
from app.articles.source import serialize_source
from app.audit import SYSTEM
from app.catalog import placements
from app.catalog.placements import Place, Placement
from app.testimonials.testimonial import Testimonial
from tests.acts import published
from tests.administration.articles.desk import CRPV, FIRST, THEMES, in_theme
from tests.factories import by_editor, the_article
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content

WHY, TOGETHER = "passage_pourquoi-s-en-rapprocher", "passage_produire-a-plusieurs"
HEADING = "## Pourquoi s’en rapprocher\u202f?"
WORDS = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."


@pytest.fixture
def placed(session: Session) -> dict[str, Testimonial]:
    """Return a testimonial placed and quoted in each of four places, committed, by place."""
    article, by = the_article(session), by_editor(session)
    assert HEADING in article.body
    texts = {}
    for number, anchor in enumerate((OPENING, WHY, "qualification", TOGETHER)):
        texts[anchor] = published(session, number, themes=[article.themes[1]])
        placements.place_testimonial(session, Place(article, anchor), texts[anchor], by=by)
        session.flush()
        placements.choose_quote(session, Place(article, anchor), texts[anchor], WORDS, by=by)
    session.commit()
    return texts


def places(session: Session) -> dict[int, tuple[str, str]]:
    """Return where each testimonial stands, and what is quoted of it."""
    session.rollback()
    return {each.testimonial_id: (each.passage, each.quote) for each in session.scalars(select(Placement))}


def expected(placed: dict[str, Testimonial], **moved: str | None) -> dict[int, tuple[str, str]]:
    """Return where each is to stand: where it was, but for those that moved, or are gone."""
    now = {anchor: moved.get(anchor, anchor) for anchor in placed}
    return {placed[anchor].id: (place, WORDS) for anchor, place in now.items() if place is not None}


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (lambda body: body.replace(HEADING, "## Pourquoi aller le voir"), {WHY: "passage_pourquoi-aller-le-voir"}),
        (lambda body: body.replace(HEADING, f"## Encore un\n\nUn passage neuf.\n\n{HEADING}"), {}),
        (lambda body: body[: body.index(HEADING)] + body[body.index("## Produire") :], {WHY: None}),
        (lambda body: body.replace(HEADING, f"#{HEADING}"), {}),
    ],
)
def test_placements_follow_a_passage_that_is_reworded_and_go_with_one_that_is_taken_out(
    admin: Visitor,
    session: Session,
    placed: dict[str, Testimonial],
    change: Callable[[str], str],
    moved: dict[str, str | None],
) -> None:
    body = change(the_article(session).body)
    assert body != the_article(session).body
    admin.get(CRPV).fill(body=body).press("Relire")
    shown = str(admin.page.select("main > article")[0])
    assert places(session) == expected(placed), "the preview stores nothing"
    admin.press("Enregistrer")
    assert places(session) == expected(placed, **moved)
    assert str(admin.get("/articles/crpv").page.select("main > article")[0]) == shown
    for anchor in placed.keys() - {OPENING}:
        anchor_now = moved.get(anchor, anchor)
        if anchor_now is not None:
            assert WORDS in admin.page.select(f"#{anchor_now}")[0].get_text()


def test_placements_stay_beside_a_theme_that_is_renamed_retired_and_added_again(
    admin: Visitor, session: Session, placed: dict[str, Testimonial]
) -> None:
    in_theme(admin.get(THEMES), "qualification", "rename", label="Former les équipes", choice="Des formations")
    assert places(session) == expected(placed)
    in_theme(admin.get(THEMES), "qualification", "retire")
    assert places(session) == expected(placed, qualification="passage_former-les-equipes")
    in_theme(admin.get(THEMES), "", "add", label="Former les équipes", choice="Des formations", passage="")
    assert admin.status == 200
    assert places(session) == expected(placed, qualification="former-les-equipes")


def test_a_theme_added_on_a_heading_takes_what_was_placed_there(
    admin: Visitor, session: Session, placed: dict[str, Testimonial]
) -> None:
    in_theme(admin.get(THEMES), "", "add", label="Produire à plusieurs", choice="Des écrits", passage="")
    assert places(session) == expected(placed, **{TOGETHER: "produire-a-plusieurs"})


def test_settings_move_nothing(admin: Visitor, session: Session, placed: dict[str, Testimonial]) -> None:
    admin.get(f"{CRPV}/appel").fill(is_open=[]).press("Enregistrer")
    assert places(session) == expected(placed)


def test_placements_follow_a_source_that_is_loaded(
    session: Session, placed: dict[str, Testimonial], tmp_path: Path
) -> None:
    article = the_article(session)
    path = tmp_path / "crpv.md"
    path.write_text(serialize_source(article).replace(HEADING, "## Pourquoi aller le voir"), encoding="utf-8")
    editing.overwrite_article(the_article(session), path.read_text(encoding="utf-8"), {}, by=SYSTEM)
    session.commit()
    assert places(session) == expected(placed, **{WHY: "passage_pourquoi-aller-le-voir"})
    assert FIRST in article.body


def test_two_passages_may_exchange_their_names(admin: Visitor, session: Session) -> None:
    """Each keeps what was placed beside it, the same text beside both and in the opening included."""
    article, by = the_article(session), by_editor(session)
    start = article.body + "\n\n"
    one, other = ("## Encore\n\nUn premier passage.\n\n", "## Encore\n\nDeux, un autre tout neuf.\n\n")
    session.commit()
    admin.get(CRPV).fill(body=start + one + other).press("Relire").press("Enregistrer")
    session.rollback()
    texts = [published(session), published(session, 1)]
    for anchor, number in ((OPENING, 0), ("passage_encore", 0), ("passage_encore_2", 0), ("passage_encore_2", 1)):
        placements.place_testimonial(session, Place(article, anchor), texts[number], by=by)
        session.flush()
    both, second = (each.id for each in texts)
    session.commit()
    admin.get(CRPV).fill(body=start + other + one).press("Relire").press("Enregistrer")
    assert admin.status == 200
    beside_other = [("passage_encore", both), ("passage_encore", second)]
    assert stands(session) == [("", both), *beside_other, ("passage_encore_2", both)]
    admin.get(CRPV).fill(body=start + one).press("Relire").press("Enregistrer")
    assert admin.status == 200
    assert stands(session) == [("", both), ("passage_encore", both)]


def stands(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    found = sorted((each.passage, each.testimonial_id) for each in session.scalars(select(Placement)))
    session.rollback()
    return found
