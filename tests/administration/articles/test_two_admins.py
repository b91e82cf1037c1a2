"""Two admins save an article at the same moment: the second waits, is told so, and keeps what they typed."""

import pytest
from sqlalchemy.orm import Session

from app.articles import editing, queries
from app.audit import SYSTEM
from tests.administration.articles.desk import CALL, CRPV, THEMES, VISIBILITY
from tests.concurrency import commit_after
from tests.factories import the_article
from tests.visitor import Visitor

pytestmark = [pytest.mark.both_engines, pytest.mark.changes_content]

SOURCE = f"{CRPV}/source/modifier"
MINE = "Mes mots à moi"


def save_meanwhile(session: Session, admin: Visitor, button: str, *, slug: str = "crpv") -> None:
    """Press a button while another admin's change is not committed yet, then commit it."""
    article = session.scalars(queries.by_slug_public_or_not("crpv").with_for_update()).one()
    editing.rename_theme(article, article.themes[0], "Autrement", "Autrement", by=SYSTEM)
    editing.change_address(article, slug, by=SYSTEM)
    session.flush()
    commit_after(session, lambda: admin.press(button))
    assert admin.status == 409
    assert "Cet article a changé entre-temps" in admin.text
    session.expire_all()
    assert article.themes[0].label == "Autrement"


@pytest.mark.parametrize("slug", ["crpv", "autre-adresse"])
@pytest.mark.parametrize("button", ["Relire", "Enregistrer"])
def test_the_text_typed_by_the_second_is_in_its_form(admin: Visitor, session: Session, button: str, slug: str) -> None:
    admin.get(CRPV).fill(title=MINE)
    if button == "Enregistrer":
        admin.press("Relire")
    save_meanwhile(session, admin, button, slug=slug)
    assert admin.page.select("[name=title]")[0]["value"] == MINE
    assert "Autrement" in " ".join(each.get_text() for each in admin.page.select(".change"))


def test_the_source_typed_by_the_second_is_in_its_form(admin: Visitor, session: Session) -> None:
    text = admin.get(SOURCE).page.select("[name=source]")[0].get_text().strip()
    admin.fill(source=text.replace('title = "', f'title = "{MINE}, ', 1)).press("Relire")
    save_meanwhile(session, admin, "Enregistrer")
    assert f'title = "{MINE}, ' in admin.page.select("[name=source]")[0].get_text()


def test_the_days_typed_by_the_second_are_in_their_form(admin: Visitor, session: Session) -> None:
    admin.get(CALL).fill(closes_on="2027-01-31")
    save_meanwhile(session, admin, "Enregistrer")
    assert admin.page.select("[name=closes_on]")[0]["value"] == "2027-01-31"


def test_the_second_puts_nothing_offline(admin: Visitor, session: Session) -> None:
    save_meanwhile(session, admin.get(VISIBILITY), "Mettre hors ligne")
    assert the_article(session).is_public


def test_the_second_goes_back_to_nothing(admin: Visitor, session: Session) -> None:
    article = the_article(session)
    editing.rename_theme(article, article.themes[1], "Entre les deux", "Entre les deux", by=SYSTEM)
    session.commit()
    save_meanwhile(session, admin.get(f"{CRPV}/versions/1"), "Revenir à cette version")


def test_the_passage_typed_by_the_second_is_in_its_form(admin: Visitor, session: Session) -> None:
    admin.get(THEMES).fill(label="Écouter", choice="Écouter ensemble", passage=MINE)
    save_meanwhile(session, admin, "Ajouter cette articulation")
    assert admin.page.select("[name=passage]")[0].get_text().strip() == MINE
    assert [theme.label for theme in the_article(session).themes if theme.label == "Écouter"] == []
