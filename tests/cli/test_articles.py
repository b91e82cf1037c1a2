"""`flask articles`: files and back without loss; an import with a problem names file and line, and changes nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Article, Theme
from app.articles.versions import ArticleVersion, versions_of
from app.audit import SYSTEM, Actor, ActorKind, AuditEvent, Kind
from app.db import now
from app.french import paris_time
from app.testimonials.lifecycle import Status
from tests.concurrency import commit_after
from tests.factories import a_testimonial, an_editor, another_article, by_editor, the_article

pytestmark = pytest.mark.changes_content

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, session: Session) -> Run:
    """Run a command; what the test has read is read anew afterwards."""

    def run(*arguments: object) -> Result:
        result = app.test_cli_runner().invoke(args=["articles", *map(str, arguments)])
        session.rollback()
        return result

    return run


def exported(run: Run, slug: str = "crpv") -> str:
    result = run("export", slug)
    assert result.exit_code == 0, result.output
    return result.output


def everything(session: Session) -> list[tuple[object, ...]]:
    """Return all that the articles are, column by column."""
    session.rollback()
    columns = [
        column
        for column in Article.__table__.columns
        if column.name not in {"id", "revision", "closed_at", "offline_at"}
    ]
    articles = [tuple(row) for row in session.execute(select(*columns).order_by(Article.slug))]
    themes = select(Article.slug, Theme.slug, Theme.label, Theme.choice, Theme.position)
    return articles + [
        tuple(row) for row in session.execute(themes.join(Article).order_by(Article.slug, Theme.position))
    ]


def a_whole_article(session: Session) -> None:
    """Give the article dates, a closed call, and a theme that no passage describes any more."""
    article = the_article(session)
    days = date(2027, 1, 4), date(2027, 3, 28)
    editing.change_settings(article, is_public=False, is_open=False, days=days, by=SYSTEM)
    article.body = article.body.replace("### Bâtir une culture commune", "### Autrement dit")
    session.commit()


def test_an_export_imported_elsewhere_is_the_same_article(run: Run, session: Session, tmp_path: Path) -> None:
    a_whole_article(session)
    before, path = everything(session), tmp_path / "crpv.md"
    text = exported(run)
    assert "passage = false" in text
    path.write_text(text, encoding="utf-8")
    session.execute(delete(ArticleVersion))
    session.delete(the_article(session))
    session.commit()
    assert run("import", path).output == "crpv: created, offline\n"
    assert everything(session) == before
    assert exported(run) == text


def test_an_export_imported_over_what_changed_meanwhile_gives_back_all_it_said(
    run: Run, session: Session, tmp_path: Path
) -> None:
    a_whole_article(session)
    before, text = everything(session), exported(run)
    (tmp_path / "crpv.md").write_text(text, encoding="utf-8")
    article = the_article(session)
    editing.change_settings(article, is_public=True, is_open=True, by=SYSTEM)
    article.title, article.body = "Autre chose", "Plus rien.\n"
    del article.themes[0]
    session.commit()
    imported = run("import", tmp_path / "crpv.md").output
    assert imported.startswith("crpv: overwritten, offline\n")
    assert "saved on the site" not in imported, "the platform's own change"
    assert everything(session) == before
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.kind, event.actor, event.reason) == (Kind.ARTICLE_EDITED, ActorKind.SYSTEM, "crpv")
    revision = the_article(session).revision
    assert run("import", tmp_path / "crpv.md").output == "crpv: unchanged, offline\n"
    assert len(session.scalars(select(AuditEvent)).all()) == event.id, "the same file again is no change"
    assert the_article(session).revision >= revision


def test_an_import_over_what_an_admin_saved_keeps_it_and_says_who_and_when(
    run: Run, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "crpv.md"
    path.write_text(exported(run), encoding="utf-8")
    admin, article = an_editor(session), the_article(session)
    editing.rename_theme(article, article.themes[0], "Se qualifier", "Se qualifier", by=Actor.editor(admin.id))
    session.commit()
    saved = session.scalars(versions_of(the_article(session))).first()
    assert saved is not None
    expected = (
        "crpv: overwritten, online\n"
        f"  replaces what Nadia Exemple saved on the site at {saved.at:%Y-%m-%d %H:%M} UTC; to go back: "
        f"http://localhost/administration/articles/crpv/versions/{saved.number}\n"
    )
    assert run("import", path).output == expected
    assert exported(run) == path.read_text(encoding="utf-8")
    editing.restore_version(the_article(session), saved, {}, by=SYSTEM)
    session.commit()
    assert the_article(session).themes[0].label == "Se qualifier"
    assert exported(run) == saved.source
    assert run("import", path).output == "crpv: overwritten, online\n", "the last change was the platform's"


@pytest.mark.both_engines
def test_an_import_waits_for_the_admin_who_is_saving(app: Flask, run: Run, session: Session, tmp_path: Path) -> None:
    path, outputs = tmp_path / "crpv.md", list[str]()
    path.write_text(exported(run), encoding="utf-8")
    article, by = the_article(session), by_editor(session)
    session.commit()
    editing.rename_theme(article, article.themes[0], "Se qualifier", "Se qualifier", by=by)
    session.flush()
    runner = app.test_cli_runner()
    commit_after(session, lambda: outputs.append(runner.invoke(args=["articles", "import", str(path)]).output))
    assert "replaces what Nadia Exemple saved on the site" in "".join(outputs)
    assert "Se qualifier" not in exported(run)


def test_an_import_keeps_what_an_admin_saved_before_articles_had_versions(
    run: Run, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "crpv.md"
    path.write_text(exported(run), encoding="utf-8")
    the_article(session).title = "Écrit sur le site"
    session.execute(delete(ArticleVersion))
    session.add(AuditEvent.of(Kind.ARTICLE_EDITED, by_editor(session), reason="crpv"))
    session.commit()
    assert "/administration/articles/crpv/versions/1\n" in run("import", path).output
    first = session.scalars(select(ArticleVersion).where(ArticleVersion.number == 1)).one()
    assert 'title = "Écrit sur le site"' in first.source


def test_an_article_is_imported_on_the_day_of_its_publication(run: Run, session: Session, tmp_path: Path) -> None:
    path, today = tmp_path / "crpv.md", paris_time(now())
    path.write_text(exported(run).replace("published_on = 2026-11-24", f"published_on = {today}"), encoding="utf-8")
    assert run("import", path).exit_code == 0
    assert the_article(session).published_on == today
    path.write_text(path.read_text(encoding="utf-8").replace(str(today), str(today + timedelta(2))), encoding="utf-8")
    assert "crpv.md, ligne 5 : cette date de publication est à venir" in run("import", path).output
    assert the_article(session).published_on == today


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if words in line)


BROKEN = [
    ('title = "', "title = ", "l’en-tête ne se lit pas", "title = "),
    ('summary = "', 'sommaire = "', "« sommaire » n’est pas un nom", "sommaire"),
    ("published_on = 2026", 'published_on = "2026"\n#', "« published_on », un jour sans guillemets", "published_on"),
    ("published_on = 2026", "published_on = 2098", "cette date de publication est à venir", "published_on"),
    (
        'label = "Avec les conseils citoyens"',
        'label = "Avec d’autres"',
        "aucun intertitre ne dit « Avec d’autres »",
        "Avec d’autres",
    ),
    ("open = true", "closes_on = 2026-01-01\nopens_on = 2026-01-02\nopen = true", "l’appel finirait", "closes_on"),
    ("open = true", 'open = "oui"', "« open » vaut true ou false", "open ="),
    ("[call.partner]", "[call.partner]\nfonction = 1", "« call.partner.fonction » n’est pas un nom", "fonction"),
    ("## Produire à plusieurs", "# Produire à plusieurs", "doit commencer par ##", "# Produire"),
    ("## Produire à plusieurs", "![une carte](carte.png)", "une image ne peut pas", "![une carte]"),
    ('slug = "crpv"', 'slug = "api"', "la plateforme se sert de l’adresse « api »", 'slug = "api"'),
    (
        'referential = "crpv"',
        'referential = "rien"',
        "aucune liste de partenaires n’est « rien » : celles d’ici",
        "rien",
    ),
    ('slug = "crpv"', 'slug = "ancien"', "« ancien » a été celle de", 'slug = "ancien"'),
]


def test_a_problem_in_one_file_changes_nothing_of_any_and_says_where(
    run: Run, session: Session, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    other = another_article(session)
    other.slug = "ancien"
    session.flush()
    editing.change_address(other, "nouvel-autre", by=SYSTEM)
    session.commit()
    good, bad = tmp_path / "bon.md", tmp_path / "mauvais.md"
    text = exported(run)
    good.write_text(text.replace('title = "', 'title = "Revu : ', 1), encoding="utf-8")
    before = everything(session)
    for was, becomes, sentence, at in BROKEN:
        assert was in text
        broken = text.replace(was, becomes, 1)
        bad.write_text(broken, encoding="utf-8")
        for files in ((good, bad), (bad, good)):
            with subtests.test(msg=sentence):
                result = run("import", *files)
                assert result.exit_code == 1
                assert f"mauvais.md, ligne {line_of(broken, at)} : " in result.output
                assert sentence in result.output
                assert everything(session) == before


def test_a_theme_that_is_spoken_of_must_be_listed(run: Run, session: Session, tmp_path: Path) -> None:
    theme = a_testimonial(session, status=Status.PUBLISHED).latest.themes[0]
    session.commit()
    text, path = exported(run), tmp_path / "crpv.md"
    start = text.index("[[themes]]")
    without = text[:start] + text[text.index("[[themes]]", start + 1) :]
    assert f'slug = "{theme.slug}"' not in without
    path.write_text(without.replace(f"### {theme.label}", "### Autre titre"), encoding="utf-8")
    before = everything(session)
    result = run("import", path)
    assert result.exit_code == 1
    last = [number for number, line in enumerate(without.splitlines(), 1) if line == "[[themes]]"][-1]
    assert f"crpv.md, ligne {last} : ici manque" in result.output
    assert f"« {theme.label} » ({theme.slug}), et 1\u00a0retour en parle" in result.output
    assert everything(session) == before
    kept = without.replace(
        "[[themes]]", text[start : text.index("[[themes]]", start + 1)].rstrip() + "\npassage = false\n\n[[themes]]", 1
    )
    path.write_text(kept.replace(f"### {theme.label}", "### Autre titre"), encoding="utf-8")
    assert run("import", path).exit_code == 0
    session.rollback()
    assert theme.slug in {each.slug for each in the_article(session).themes}


def test_two_files_of_one_address_and_a_file_that_is_no_text_are_refused(
    run: Run, session: Session, tmp_path: Path
) -> None:
    text = exported(run)
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run("import", tmp_path / "a.md", tmp_path / "b.md")
    assert "b.md, ligne 2 : l’adresse « crpv » est déjà celle de a.md." in result.output
    (tmp_path / "c.md").write_bytes(text.encode("latin-1", "replace"))
    result = run("import", tmp_path / "c.md")
    assert result.exit_code == 1
    assert "c.md, ligne 4 : ce signe n’est pas de l’UTF-8" in result.output
    assert session.scalars(select(AuditEvent)).all() == []


def test_all_are_exported_into_a_folder_and_listed(run: Run, session: Session, tmp_path: Path) -> None:
    another_article(session)
    session.commit()
    assert run("export", "crpv", "autre").exit_code == 2
    assert run("export", "rien").exit_code == 1
    folder = tmp_path / "a" / "b"
    assert run("export", "--folder", folder).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["autre.md", "crpv.md"]
    assert (folder / "crpv.md").read_text(encoding="utf-8") == exported(run)
    listed = run("export").output
    assert "crpv\tTravailler avec un centre de ressources politique de la ville\tonline, open\n" in listed
