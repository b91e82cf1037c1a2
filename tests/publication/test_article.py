"""What the public reads: the article, what stands beside it, and a page for each."""

from typing import Any

import pytest
from bs4 import Tag
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.articles.source import Passage, passages
from app.publication.facing import BESIDE_A_PASSAGE, face
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Status
from app.testimonials.models import Testimonial
from app.testimonials.queries import visible
from app.testimonials.versions import Situation
from tests.factories import a_testimonial, the_article
from tests.visitor import Visitor


def published(session: Session, number: int = 0, **changes: Any) -> Testimonial:
    return a_testimonial(session, status=Status.PUBLISHED, email=f"a{number}@exemple.fr", **changes)


def test_the_home_is_the_latest_article(visitor: Visitor) -> None:
    assert visitor.get("/").path == "/articles/crpv"


def test_an_article_without_testimonials_invites(visitor: Visitor) -> None:
    visitor.get("/articles/crpv")
    assert visitor.status == 200
    assert "Témoigner" in visitor.text
    assert "196" in visitor.text


def test_a_testimonial_stands_beside_the_passage_of_its_theme(session: Session) -> None:
    article = the_article(session)
    second = published(session, themes=[article.themes[1]])
    rows = face(passages(article), list(session.scalars(visible())))
    assert {row.passage.theme: row.total for row in rows if row.total} == {article.themes[1].slug: 1}
    assert [row.beside for row in rows if row.beside] == [[second]]


def test_one_that_stands_somewhere_is_not_repeated_while_there_are_others(session: Session) -> None:
    article = the_article(session)
    both = [article.themes[0], article.themes[1]]
    every = [published(session, number, themes=both) for number in range(4)]
    rows = face(passages(article), list(session.scalars(visible())))
    placed = [each.id for row in rows for each in row.beside]
    assert sorted(placed) == sorted(each.id for each in every)
    assert all(len(row.beside) <= BESIDE_A_PASSAGE for row in rows)


def test_the_latest_that_stands_beside_nothing_faces_the_opening_lines(session: Session) -> None:
    article = the_article(session)
    other = next(theme for theme in article.themes if theme.slug == "autre")
    alone = published(session, themes=[other])
    rows = face(passages(article), list(session.scalars(visible())))
    assert [row.beside for row in rows if row.beside] == [[alone]]
    assert rows[0].beside == [alone]
    assert rows[0].total == 0


def test_a_passage_alone_faces_nothing() -> None:
    assert face([Passage(Markup(), None)], []) == [face([Passage(Markup(), None)], [])[0]]
    assert face([Passage(Markup(), None)], [])[0].total == 0


def test_the_page_counts_each_articulation_and_opens_its_testimonials(visitor: Visitor, session: Session) -> None:
    article = the_article(session)
    for number in range(3):
        published(session, number, themes=[article.themes[0]], title=f"Récit {number}")
    published(session, 9, themes=[article.themes[1]], title="Un autre récit")
    session.commit()
    page = visitor.get("/articles/crpv").page
    address = f"/articles/crpv?articulation={article.themes[0].slug}#retours"
    (link, *_) = page.find_all("a", href=address)
    assert "3" in link.get_text()
    visitor.get(address.partition("#")[0])
    shown = visitor.page.find(id="retours")
    assert isinstance(shown, Tag)
    assert "Récit 0" in shown.get_text()
    assert "Un autre récit" not in shown.get_text()


def test_the_collection_is_filtered_from_its_form(visitor: Visitor, session: Session) -> None:
    published(session, 1, title="Le projet", situation=Situation.PLANNED)
    published(session, 2, title="Le passé", situation=Situation.PAST)
    session.commit()
    visitor.get("/articles/crpv").fill(situation="planned").press("Filtrer")
    shown = visitor.page.find(id="retours")
    assert isinstance(shown, Tag)
    assert "Le projet" in shown.get_text()
    assert "Le passé" not in shown.get_text()
    chosen = [each["value"] for each in visitor.page.select("option[selected]")]
    assert "planned" in chosen


@pytest.mark.parametrize(
    "query", ["situation=flying", "region=99", "articulation=rien", "situation=planned&region=53&articulation=autre"]
)
def test_a_filter_that_finds_nothing_invites_and_never_fails(visitor: Visitor, session: Session, query: str) -> None:
    published(session)
    session.commit()
    assert visitor.get(f"/articles/crpv?{query}").status == 200


def test_a_testimonial_has_a_page_at_one_address(visitor: Visitor, session: Session) -> None:
    testimonial = published(session, title="Où l’on s’est parlé, enfin")
    session.commit()
    visitor.get(f"/temoignages/{testimonial.public_id}")
    assert visitor.path == f"/temoignages/{testimonial.public_id}-ou-l-on-s-est-parle-enfin"
    assert visitor.status == 200
    assert "gardiens d’immeuble" in visitor.text
    assert visitor.get(f"/temoignages/{testimonial.public_id}-autre-chose").path.endswith("enfin")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.UNCONFIRMED, 404),
        (Status.PENDING, 404),
        (Status.DECLINED, 404),
        (Status.INTERNAL, 404),
        (Status.UNPUBLISHED, 410),
        (Status.WITHDRAWN, 410),
        (Status.ERASED, 404),
    ],
)
def test_what_is_not_visible_has_no_page(visitor: Visitor, session: Session, status: Status, code: int) -> None:
    testimonial = a_testimonial(session, status=status)
    session.commit()
    assert visitor.get(f"/temoignages/{testimonial.public_id}").status == code
    assert "gardiens" not in visitor.text


@pytest.mark.parametrize("attribution", Attribution)
def test_a_reader_learns_what_the_signature_says_and_no_more(
    visitor: Visitor, session: Session, attribution: Attribution
) -> None:
    testimonial = published(session, attribution=attribution)
    session.commit()
    for path in ("/articles/crpv", f"/temoignages/{testimonial.public_id}"):
        html = str(visitor.get(path).page)
        assert ("Camille Exemple" in html) is (attribution is Attribution.FULL)
        assert ("CLSM de Ville-Exemple" in html) is (attribution is not Attribution.REGION)
        assert ("oordinatrice, CLSM" in html) is (attribution in {Attribution.FULL, Attribution.ROLE})
        assert "Bretagne" in html
        assert "Ille-et-Vilaine" not in html
        assert "@" not in html.replace("contact@en-regard.invalid", "")


def test_everything_displayed_is_in_the_digest(visitor: Visitor, session: Session) -> None:
    """Whatever words of an author the page shows must be among those approved."""
    words: dict[str, Any] = {
        name: f"Mot-{name}"
        for name in (
            "title",
            "outcome",
            "obstacles",
            "advice",
            "years",
            "partners",
            "clsm",
            "author_name",
            "author_role",
        )
    }
    testimonial = published(session, attribution=Attribution.FULL, **words)
    session.commit()
    visitor.get(f"/temoignages/{testimonial.public_id}")
    approved = str(testimonial.latest.displayed()).lower()
    for word in words.values():
        assert word.lower() in visitor.text.lower(), word
        assert word.lower() in approved, word


def test_reading_sets_no_cookie(visitor: Visitor, session: Session) -> None:
    published(session)
    session.commit()
    for path in ("/articles/crpv", "/vos-donnees"):
        visitor.get(path)
        assert visitor.answer is not None
        assert "Set-Cookie" not in visitor.answer.headers
        assert visitor.answer.headers["Cache-Control"] == "no-cache"
