"""The lists of the form, kept in memory: a change of any of them is offered by the next page."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.visitor import Visitor

FORM = "/articles/crpv/temoigner"

CHANGES = {
    "a département": ("UPDATE department SET name = 'Autre lieu' WHERE code = '44'", "44 – Autre lieu"),
    "a région": ("UPDATE region SET name = 'Autre région' WHERE code = '52'", 'data-region="Autre région"'),
    "a partner": ("UPDATE partner SET name = 'Autre nom' WHERE slug = 'labo-cites'", "– Autre nom</option>"),
    "what a partner covers": (
        "DELETE FROM partner_department WHERE partner_id = (SELECT id FROM partner WHERE slug = 'labo-cites')",
        'data-covers="" value="labo-cites"',
    ),
    "a theme": ("UPDATE theme SET choice = 'Autre thème' WHERE slug = 'autre'", ">Autre thème</label>"),
}


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_a_change_is_offered_at_once(session: Session, visitor: Visitor, subtests: pytest.Subtests) -> None:
    for changed, (statement, offered) in CHANGES.items():
        with subtests.test(changed=changed):
            assert offered not in str(visitor.get(FORM).page)
            session.execute(text(statement))
            session.commit()
            assert offered in str(visitor.get(FORM).page)


@pytest.mark.changes_content
def test_a_partner_is_offered_while_it_is_active(session: Session, visitor: Visitor) -> None:
    def offered() -> bool:
        return bool(visitor.get(FORM).page.select("option[value=labo-cites]"))

    assert offered()
    session.execute(text("UPDATE partner SET is_active = false WHERE slug = 'labo-cites'"))
    session.commit()
    assert not offered()


@pytest.mark.changes_content
@pytest.mark.one_engine
def test_names_with_signs_of_html_stay_names(session: Session, visitor: Visitor) -> None:
    name = """"><b>L'« eau »</b> & l’air &amp; <i"""
    session.execute(text("UPDATE region SET name = :name WHERE code = '52'"), {"name": name})
    session.execute(text("UPDATE partner SET name = :name WHERE slug = 'labo-cites'"), {"name": name})
    session.commit()
    page = visitor.get(FORM).page
    (department,), (partner,) = page.select("option[value='44']"), page.select("option[value=labo-cites]")
    assert department["data-region"] == name
    assert set(department.attrs) == {"value", "data-region", "data-named"}
    assert partner.text.endswith(f"– {name}")
    assert not page.select("select b, select i")


@pytest.mark.changes_content
@pytest.mark.one_engine
def test_lists_of_a_moment_without_stamp_are_not_kept(
    session: Session, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp was not read, the lists were: the database had gone away for a moment."""
    monkeypatch.setattr("app.testimonials.submission.lists.current_stamp", lambda: None)
    statement, offered = CHANGES["a département"]
    assert offered not in str(visitor.get(FORM).page)
    session.execute(text(statement))
    session.commit()
    assert offered in str(visitor.get(FORM).page)
