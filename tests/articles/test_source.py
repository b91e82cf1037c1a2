"""An article's source, and the passages that testimonials face."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles.models import Article, Theme
from app.articles.source import SourceRefused, load, passages, read
from tests.factories import the_article

pytestmark = pytest.mark.changes_content

CONTENT = Path(__file__).parents[2] / "content" / "articles" / "crpv.md"
SEED_FACTS = ("196", "262", "74,8", "2016", "2021")


def test_the_article_carries_the_facts_of_its_seed(session: Session) -> None:
    article = the_article(session)
    text = article.body.replace("\u202f", " ").replace("\u00a0", " ")
    for fact in SEED_FACTS:
        assert fact in text, fact
    for link in ("http://www.reseau-crpv.fr/les-crpv/", "http://www.reseau-crpv.fr"):
        assert link in text


def test_each_articulation_has_its_passage_in_the_order_of_the_text(session: Session) -> None:
    article = the_article(session)
    headed = [passage.theme for passage in passages(article) if passage.theme]
    assert headed == [theme.slug for theme in article.themes if theme.slug != "autre"]
    assert len(headed) == 5


def test_no_passage_is_lost(session: Session) -> None:
    article = the_article(session)
    whole = "".join(passage.html for passage in passages(article))
    assert whole.count("<h2>") + whole.count("<h3>") >= 8
    assert "<p>" in passages(article)[0].html


def test_loading_again_changes_what_changed_and_repeats_nothing(session: Session, tmp_path: Path) -> None:
    changed = tmp_path / "crpv.md"
    changed.write_text(
        CONTENT.read_text(encoding="utf-8").replace('title = "', 'title = "Nouveau : ', 1), encoding="utf-8"
    )
    load(session, changed)
    load(session, changed)
    session.commit()
    assert session.scalars(select(Article)).one().title.startswith("Nouveau")
    assert len(session.scalars(select(Theme)).all()) == 6


@pytest.mark.parametrize(
    "text", ["no front matter", "+++\ntitle = 1\n", "+++\ntitle = [\n+++\nbody"], ids=["none", "open", "broken"]
)
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(SourceRefused):
        read(text)


def test_a_theme_without_its_passage_is_refused(session: Session, tmp_path: Path) -> None:
    broken = tmp_path / "crpv.md"
    broken.write_text(CONTENT.read_text(encoding="utf-8").replace("\n### ", "\n#### x"), encoding="utf-8")
    with pytest.raises(SourceRefused, match="no passage"):
        load(session, broken)
