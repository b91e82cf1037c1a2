"""Admins write articles, name their themes and set what they take; readers have it on the next request."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role
from app.accounts.rights import RIGHTS, Who
from app.accounts.sessions import EditorSession
from app.articles import queries, source
from app.articles.models import Article
from app.audit import AuditEvent, Kind
from app.db import now
from app.testimonials.drafts.models import keep
from app.testimonials.lifecycle import Status
from app.testimonials.placements import Placement
from tests.accounts.entering import ADMIN, enter
from tests.factories import AUTHOR, a_testimonial, an_editor, the_article
from tests.publication.workers import Worker
from tests.visitor import Visitor

pytestmark = pytest.mark.changes_content

ARTICLES = "/administration/articles"
CRPV = f"{ARTICLES}/crpv"
THEMES = f"{CRPV}/articulations"
SETTINGS = f"{CRPV}/reglages"
NEW = f"{ARTICLES}/nouveau"
FIRST = "Qualifier et échanger"

ARTICLE = {
    "title": "Avec les bailleurs sociaux",
    "slug": "bailleurs",
    "summary": "Ce qu’un CLSM et un bailleur font ensemble.",
    "published_on": "2026-11-25",
    "body": "Un début.\n\n## Veiller ensemble\n\nDu texte, et un [lien](https://exemple.fr).",
    "call_title": "Et vous ?",
    "call": "Racontez-nous.",
}


@pytest.fixture
def admin(app: Flask, session: Session) -> Visitor:
    """Give an admin who has signed in."""
    return entered(app, session, ADMIN)


@pytest.fixture
def colleague(app: Flask, session: Session) -> Visitor:
    """Give another."""
    return entered(app, session, "collegue@ville-exemple.fr")


@pytest.fixture
def workers(database: str, tmp_path: Path) -> Iterator[tuple[Worker, Worker]]:
    """Give two workers that keep pages."""
    two = (Worker(database, tmp_path), Worker(database, tmp_path))
    yield two
    for worker in two:
        worker.close()


def entered(app: Flask, session: Session, email: str) -> Visitor:
    an_editor(session, email=email, role=Role.ADMIN)
    session.commit()
    return enter(Visitor(app), email=email)


def changed(session: Session) -> list[tuple[Kind, str | None]]:
    """Return what the journal says of articles."""
    session.rollback()
    lines = session.scalars(
        select(AuditEvent).where(AuditEvent.kind.in_(queries.OF_AN_ARTICLE)).order_by(AuditEvent.id)
    )
    return [(each.kind, each.reason) for each in lines]


def forget_proof(session: Session) -> None:
    """Let every session's proof of identity be older than ten minutes."""
    session.rollback()
    for each in session.scalars(select(EditorSession)):
        each.proved_at = now() - timedelta(minutes=11)
    session.commit()


def in_theme(page: Visitor, slug: str, act: str, **typed: str) -> Visitor:
    """Press a button of one theme."""
    fields = {"csrf_token": page.csrf_token, "theme": slug, "act": act, "revision": revision_of(page)} | typed
    return page.post(THEMES, list(fields.items()))


def revision_of(page: Visitor) -> str:
    return str(page.page.select("[name=revision]")[0]["value"])


def test_the_list_says_what_answers_each_article(admin: Visitor, session: Session) -> None:
    a_testimonial(session, status=Status.PUBLISHED, email="a@exemple.fr")
    for number in range(2):
        a_testimonial(session, status=Status.PENDING, email=f"b{number}@exemple.fr")
    session.commit()
    said = admin.get(ARTICLES).text
    assert "publié le mardi 24 novembre 2026" in said
    assert "1 retour publié, 2 à relire" in said
    assert "/articles/crpv" in said
    links = {str(each["href"]) for each in admin.page.select("main a")}
    assert links >= {CRPV, THEMES, SETTINGS, f"{CRPV}/source", "/articles/crpv", "/moderation/articles/crpv/en-regard"}


def test_an_article_is_read_over_then_saved_and_readers_have_it(
    admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    for worker in workers:
        assert b"Un titre neuf" not in worker.ask("/articles/crpv")[2]
    admin.get(CRPV).fill(title="Un titre neuf").press("Relire")
    assert admin.status == 200
    assert "Rien n’est encore enregistré" in admin.text
    session.rollback()
    assert the_article(session).title != "Un titre neuf", "reading over saves nothing"
    for worker in workers:
        assert b"Un titre neuf" not in worker.ask("/articles/crpv")[2]
    admin.press("Enregistrer")
    assert admin.path == ARTICLES
    for worker in workers:
        assert b"Un titre neuf" in worker.ask("/articles/crpv")[2]
    assert changed(session) == [(Kind.ARTICLE_EDITED, "crpv")]


def test_what_is_read_over_is_what_readers_read(admin: Visitor, session: Session) -> None:
    """The opening, each passage with what faces it, and the call: tag for tag."""
    a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    body = the_article(session).body + "\n## Encore\n\nDu *neuf*, et <script>alert(1)</script> [rien](javascript:x).\n"
    admin.get(CRPV).fill(body=body, call="Un appel.\n\nEn deux temps.").press("Relire")
    shown = [str(part) for part in admin.page.select("main > article, .facing--call")]
    assert len(shown) == 2
    admin.press("Enregistrer")
    assert [str(part) for part in admin.get("/articles/crpv").page.select("main > article, .facing--call")][
        : len(shown)
    ] == shown
    assert "<em>neuf</em>" in shown[0]
    assert "<script>" not in shown[0]
    assert 'href="javascript' not in shown[0]


def test_one_goes_back_to_writing_with_all_that_was_written(admin: Visitor, session: Session) -> None:
    admin.get(CRPV).fill(title="Un titre neuf", call="Un appel neuf.").press("Relire").press("Continuer à écrire")
    assert admin.path == CRPV
    assert admin.page.select("[name=title]")[0]["value"] == "Un titre neuf"
    assert "Un appel neuf." in admin.page.select("[name=call]")[0].get_text()
    assert changed(session) == []


def test_saving_what_has_not_changed_changes_nothing(admin: Visitor, session: Session) -> None:
    before = the_article(session).revision
    admin.get(CRPV).press("Relire").press("Enregistrer")
    assert admin.path == ARTICLES
    assert changed(session) == []
    assert the_article(session).revision == before


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", " ", "Donnez un titre"),
        ("title", "x" * 161, "Retirez-en 1"),
        ("summary", "", "de quoi parle l’article"),
        ("published_on", "hier", "date"),
        ("published_on", "0001-01-01", "Choisissez un jour"),
        ("body", "", "Écrivez l’article"),
        ("body", "Plus rien.", f"Aucun intertitre ne dit « {FIRST} »"),
        ("body", "# Trop grand", "« Trop grand » doit commencer par ##"),
        ("call_title", "", "titre à l’appel"),
        ("call", "", "ce qu’il demande"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_lost(
    admin: Visitor, session: Session, field: str, typed: str, said: str
) -> None:
    admin.get(CRPV).fill(**{field: typed}).press("Relire")
    assert admin.status == 422
    assert said in admin.text
    fields = admin.page.select(f"[name={field}]")
    assert typed.strip() in (str(fields[0].get("value", "")) or fields[0].get_text())
    assert changed(session) == []


def test_the_second_of_two_admins_overwrites_nothing_and_loses_nothing(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(CRPV)
    admin.get(CRPV).fill(title="Le premier titre").press("Relire").press("Enregistrer")
    colleague.fill(title="Le second titre", call="Mes mots à moi.").press("Relire")
    assert colleague.status == 409
    assert "Article modifié par Nadia Exemple" in colleague.text
    assert colleague.page.select("[name=title]")[0]["value"] == "Le second titre"
    assert "Mes mots à moi." in colleague.page.select("[name=call]")[0].get_text()
    assert "premier" in " ".join(each.get_text() for each in colleague.page.select(".change del"))
    session.rollback()
    assert the_article(session).title == "Le premier titre"
    colleague.press("Relire").press("Enregistrer")
    session.rollback()
    assert the_article(session).title == "Le second titre", "once it has been seen, it can be replaced"


def test_nor_does_one_who_had_read_over_before_the_other_saved(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(CRPV).fill(title="Le second titre").press("Relire")
    in_theme(admin.get(THEMES), "qualification", "rename", label="Former", choice="Des formations")
    colleague.press("Enregistrer")
    assert colleague.status == 409
    session.rollback()
    assert the_article(session).title != "Le second titre"


def test_a_page_that_does_not_say_what_it_has_read_is_stale(admin: Visitor, session: Session) -> None:
    fields = {name: typed for name, typed in ARTICLE.items() if name != "slug"} | {"step": "save"}
    fields |= {"body": the_article(session).body, "csrf_token": admin.get(CRPV).csrf_token}
    admin.post(CRPV, list(fields.items()))
    assert admin.status == 409


def test_a_new_article_is_nobody_s_to_read_until_it_is_put_online(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    admin.get(NEW).fill(**ARTICLE).press("Relire")
    assert "Veiller ensemble" in admin.text
    admin.press("Enregistrer")
    assert "pas encore en ligne" in admin.text
    reader = Visitor(app)
    for path in ("/articles/bailleurs", "/articles/bailleurs/temoigner"):
        assert reader.get(path).status == 404
    assert "bailleurs" not in reader.client.get("/sitemap.xml").get_data(as_text=True)
    assert reader.get("/").path == "/articles/crpv"
    assert [worker.ask("/sitemap.xml")[2].count(b"bailleurs") for worker in workers] == [0, 0]
    admin.get(f"{ARTICLES}/bailleurs/reglages").fill(is_public="y").press("Enregistrer")
    assert reader.get("/articles/bailleurs").status == 200
    assert reader.get("/").path == "/articles/bailleurs"
    assert [worker.ask("/sitemap.xml")[2].count(b"bailleurs") for worker in workers] == [1, 1]
    assert changed(session) == [(Kind.ARTICLE_CREATED, "bailleurs"), (Kind.ARTICLE_SETTLED, "bailleurs")]


@pytest.mark.parametrize("slug", ["", "crpv", "nouveau", "Bailleurs", "les bailleurs", "a/b", "x" * 61])
def test_an_address_that_cannot_be_one_is_refused(admin: Visitor, session: Session, slug: str) -> None:
    admin.get(NEW).fill(**ARTICLE | {"slug": slug}).press("Relire")
    assert admin.status == 422
    assert len(session.scalars(select(Article)).all()) == 1


def test_an_article_is_made_of_the_source_of_another(admin: Visitor, session: Session) -> None:
    admin.get(f"{CRPV}/source")
    assert admin.answer is not None
    assert admin.answer.headers["Content-Disposition"] == "attachment; filename=crpv.md"
    text = admin.answer.get_data(as_text=True)
    admin.get(f"{NEW}/source").fill(source=text.replace('slug = "crpv"', 'slug = "copie"')).press("Relire")
    assert FIRST in admin.text
    admin.press("Enregistrer")
    session.rollback()
    copy = session.scalars(queries.unfinished_or_not("copie")).one()
    assert not copy.is_public
    assert source.write(copy).replace('slug = "copie"', 'slug = "crpv"') == text
    assert changed(session) == [(Kind.ARTICLE_CREATED, "copie")]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("+++\nslug", "slug", "commence par son en-tête"),
        ('slug = "crpv"', 'slug = "crpv"', "déjà cette adresse"),
        ('slug = "crpv"', 'slug = "nouveau"', "Écrivez l’adresse"),
        (f"### {FIRST}", "### Autrement", f"Aucun intertitre ne dit « {FIRST} »"),
    ],
)
def test_a_source_that_will_not_do_is_kept_on_the_page(
    admin: Visitor, session: Session, was: str, becomes: str, said: str
) -> None:
    text = source.write(the_article(session)).replace(was, becomes, 1)
    admin.get(f"{NEW}/source").fill(source=text).press("Relire")
    assert admin.status == 422
    assert said in admin.text
    assert admin.page.select("[name=source]")[0].get_text().strip() == text.strip()
    assert len(session.scalars(select(Article)).all()) == 1


def test_a_theme_renamed_is_renamed_everywhere_at_once(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    """The heading, the list, the filter, the page of a text that speaks of it, the form: on either worker."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    assert testimonial.shown is not None
    digest, theme = testimonial.shown.digest, the_article(session).themes[0]
    pages = ["/articles/crpv", f"/temoignages/{testimonial.public_id}-{testimonial.shown.slug}"]
    for worker in workers:
        for path in pages:
            assert FIRST in worker.ask(path)[2].decode()
    in_theme(admin.get(THEMES), theme.slug, "rename", label="Former les équipes", choice="Des formations")
    assert admin.status == 200
    for worker in workers:
        for path in pages:
            said = worker.ask(path)[2].decode()
            assert FIRST not in said
            assert "Former les équipes" in said
    assert "Des formations" in Visitor(app).get("/articles/crpv/temoigner").text
    session.rollback()
    assert testimonial.shown.compute_digest() == digest
    assert theme.slug == "qualification"
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == Kind.THEME_RENAMED)).one()
    assert (event.before, event.after, event.reason) == (FIRST, "Former les équipes", "crpv")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"label": ""}, "Donnez un nom"),
        ({"label": "x" * 81}, "Retirez-en 1"),
        ({"choice": ""}, "case du formulaire"),
        ({"label": "Avec les conseils citoyens"}, "porte déjà ce nom"),
        ({"label": "Produire\u00a0à plusieurs"}, "Deux intertitres disent « Produire à plusieurs »"),
        ({"theme": "rien"}, "n’existe plus"),
        ({"act": "fly"}, "choix"),
    ],
)
def test_a_name_that_will_not_do_is_refused(admin: Visitor, session: Session, typed: dict[str, str], said: str) -> None:
    usual = {"act": "rename", "label": "Former", "choice": "Des formations"} | typed
    slug, act = usual.pop("theme", "qualification"), usual.pop("act")
    in_theme(admin.get(THEMES), slug, act, **usual)
    assert admin.status == 422
    assert said.lower() in re.sub(r"\s+", " ", admin.text).lower()
    assert changed(session) == []


def test_a_theme_is_added_with_its_passage_and_offered_to_authors(app: Flask, admin: Visitor, session: Session) -> None:
    admin.get(THEMES)
    typed = {"label": "Veiller l’été", "choice": "Une veille pendant l’été", "passage": "En été, tout change."}
    in_theme(admin, "", "add", **typed)
    assert admin.status == 200
    session.rollback()
    article = the_article(session)
    added = article.themes[-2]
    assert (added.slug, added.label) == ("veiller-l-ete", "Veiller l’été")
    assert article.themes[-1].slug == "autre"
    described = [passage.theme for passage in source.passages(article) if passage.theme]
    assert described[-1] == "veiller-l-ete"
    reader = Visitor(app).get("/articles/crpv")
    assert "En été, tout change." in reader.page.select("#veiller-l-ete")[0].get_text()
    assert "Une veille pendant l’été" in reader.get("/articles/crpv/temoigner").text
    in_theme(admin.get(THEMES), "", "add", label="Veiller l'été", choice="Une autre veille", passage="Autrement.")
    session.rollback()
    assert article.themes[-2].slug == "veiller-l-ete-2"


def test_a_theme_takes_the_passage_that_bears_its_name(admin: Visitor, session: Session) -> None:
    body = the_article(session).body
    in_theme(admin.get(THEMES), "", "add", label="Produire à plusieurs", choice="Produire ensemble", passage="")
    session.rollback()
    article = the_article(session)
    assert article.body == body
    assert "produire-a-plusieurs" in {passage.theme for passage in source.passages(article)}


@pytest.mark.parametrize("label", ["", "Sans passage nulle part"])
def test_a_theme_that_nothing_describes_is_not_added(admin: Visitor, session: Session, label: str) -> None:
    in_theme(admin.get(THEMES), "", "add", label=label, choice="Une case gardée", passage="")
    assert admin.status == 422
    assert admin.page.select("#choice")[0]["value"] == "Une case gardée"
    assert changed(session) == []


def test_a_theme_goes_up_and_the_other_one_stays_last(app: Flask, admin: Visitor, session: Session) -> None:
    in_theme(admin.get(THEMES), "conseils-citoyens", "raise")
    session.rollback()
    slugs = [each.slug for each in the_article(session).themes]
    assert slugs[:2] == ["conseils-citoyens", "qualification"]
    in_theme(admin, "autre", "raise")
    in_theme(admin.get(THEMES), "conseils-citoyens", "raise")
    session.rollback()
    assert [each.slug for each in the_article(session).themes] == slugs
    boxes = Visitor(app).get("/articles/crpv/temoigner").page.select("[name=themes]")
    assert [each["value"] for each in boxes] == slugs


def test_a_theme_nobody_speaks_of_is_retired_with_what_was_placed_there(admin: Visitor, session: Session) -> None:
    article = the_article(session)
    testimonial = a_testimonial(session, status=Status.PUBLISHED, themes=[article.themes[1]])
    session.add(Placement(article_id=article.id, theme="qualification", testimonial_id=testimonial.id, position=1))
    session.commit()
    in_theme(admin.get(THEMES), "qualification", "retire")
    assert admin.status == 200
    session.rollback()
    assert "qualification" not in {each.slug for each in article.themes}
    assert FIRST in article.body, "its passage stays, tied to nothing"
    assert session.scalars(select(Placement)).all() == []
    assert changed(session) == [(Kind.THEME_RETIRED, "crpv")]


def test_a_theme_somebody_speaks_of_stays_and_it_is_said_how_many_do(admin: Visitor, session: Session) -> None:
    for number, status in enumerate((Status.UNCONFIRMED, Status.DECLINED, Status.PUBLISHED)):
        a_testimonial(session, status=status, email=f"a{number}@exemple.fr")
    session.commit()
    theme = admin.get(THEMES).page.select("#qualification")[0].get_text()
    assert "3 retours en parlent" in theme.replace("\u00a0", " ")
    assert "elle peut être renommée" in admin.text
    assert not admin.page.select("#qualification [value=retire]")
    in_theme(admin, "qualification", "retire")
    assert admin.status == 409
    in_theme(admin.get(THEMES), "autre", "retire")
    assert admin.status == 422
    assert changed(session) == []


def test_two_admins_naming_the_same_theme_do_not_overwrite_each_other(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(THEMES)
    in_theme(admin.get(THEMES), "qualification", "rename", label="Former", choice="Des formations")
    in_theme(colleague, "qualification", "rename", label="Autrement", choice="Mes mots à moi")
    assert colleague.status == 409
    assert "Rien n’a été écrasé" in colleague.text
    assert colleague.page.select("#qualification-choice")[0]["value"] == "Mes mots à moi"
    session.rollback()
    assert the_article(session).themes[0].label == "Former"


def test_an_article_that_takes_no_more_says_so_and_lets_whoever_has_begun_finish(
    app: Flask, admin: Visitor, session: Session, workers: tuple[Worker, Worker]
) -> None:
    draft = keep(session, the_article(session), key="k" * 36, email=AUTHOR, answers={"clsm": "CLSM de Ville-Exemple"})
    a_testimonial(session, status=Status.PUBLISHED)
    session.commit()
    token = draft.token
    begun = Visitor(app).get("/articles/crpv/temoigner")
    for worker in workers:
        for path in ("/articles/crpv", "/integration/crpv"):
            assert "/temoigner" in worker.ask(path)[2].decode()
    admin.get(SETTINGS).fill(is_open=[]).press("Enregistrer")
    assert "contributions closes" in admin.text
    for worker in workers:
        page = worker.ask("/articles/crpv")[2].decode()
        assert "Les contributions sont closes" in page
        assert "/temoigner" not in page
        assert "/temoigner" not in worker.ask("/integration/crpv")[2].decode()
    reader = Visitor(app).get("/articles/crpv/temoigner")
    assert reader.status == 200
    assert "ne prend plus de nouveaux retours" in reader.text
    assert not reader.page.select("main form")
    begun.press("Relire mon texte")
    assert begun.status == 422
    assert "Votre retour d’expérience" in begun.text
    assert "CLSM de Ville-Exemple" in str(reader.get(f"/brouillon/{token}").page.select("[name=clsm]")[0])
    admin.get(SETTINGS).fill(is_open="y").press("Enregistrer")
    assert reader.get("/articles/crpv/temoigner").page.select("main form")
    assert changed(session) == [(Kind.ARTICLE_SETTLED, "crpv")] * 2


def test_an_article_that_somebody_answered_stays_online(admin: Visitor, session: Session) -> None:
    a_testimonial(session, status=Status.UNCONFIRMED)
    session.commit()
    admin.get(SETTINGS).fill(is_public=[]).press("Enregistrer")
    assert admin.status == 422
    assert "il reste en ligne" in admin.text
    session.rollback()
    assert the_article(session).is_public


def test_an_article_nobody_answered_can_be_taken_back(app: Flask, admin: Visitor) -> None:
    admin.get(SETTINGS).fill(is_public=[]).press("Enregistrer")
    assert Visitor(app).get("/articles/crpv").status == 404


def test_settings_that_changed_meanwhile_are_not_overwritten(
    admin: Visitor, colleague: Visitor, session: Session
) -> None:
    colleague.get(SETTINGS)
    admin.get(SETTINGS).fill(is_open=[]).press("Enregistrer")
    colleague.press("Enregistrer")
    assert colleague.status == 409
    session.rollback()
    assert not the_article(session).is_open


def test_a_proof_of_identity_is_asked_before_a_page_opens(admin: Visitor, session: Session) -> None:
    forget_proof(session)
    for path in (ARTICLES, CRPV, NEW, f"{NEW}/source", THEMES, SETTINGS, f"{CRPV}/source"):
        assert admin.get(path).path == "/connexion/confirmer"


def test_what_was_written_at_length_is_not_lost_for_want_of_a_proof(
    app: Flask, admin: Visitor, session: Session
) -> None:
    admin.get(CRPV).fill(title="Un titre long à trouver")
    forget_proof(session)
    admin.press("Relire").press("Enregistrer")
    assert admin.status == 403
    assert "rien n’est encore enregistré" in admin.text
    assert changed(session) == []
    other_tab = Visitor(app)
    other_tab.client = admin.client
    other_tab.get("/connexion/confirmer").fill(password="une phrase de passe").press("Continuer")
    admin.press("Enregistrer")
    assert admin.path == ARTICLES
    assert changed(session) == [(Kind.ARTICLE_EDITED, "crpv")]


LENGTHY = {
    "composing.write": (CRPV, {"step": "save"}),
    "composing.begin": (NEW, ARTICLE | {"step": "save"}),
    "composing.begin_from_source": (f"{NEW}/source", {"step": "save"}),
    "composing.themes": (THEMES, {"act": "add", "theme": "", "label": "X", "choice": "X", "passage": "X"}),
}


@pytest.mark.parametrize("endpoint", LENGTHY)
def test_without_a_proof_nothing_is_saved_though_the_gate_lets_it_through(
    admin: Visitor, session: Session, endpoint: str
) -> None:
    path, typed = LENGTHY[endpoint]
    article = the_article(session)
    fields = {name: getattr(article, name) for name in ("title", "summary", "body", "call_title", "call")}
    fields |= {"published_on": "2026-11-24", "source": source.write(article).replace('"crpv"', '"autre-article"')}
    fields |= {"revision": str(article.revision), "csrf_token": admin.get(path).csrf_token} | typed
    forget_proof(session)
    for proved in (False, True):
        admin.post(path, list((fields | {"title": "Un autre titre"}).items()))
        assert (admin.status, len(changed(session))) == ((200, 1) if proved else (403, 0))
        for each in session.scalars(select(EditorSession)):
            each.proved_at = now()
        session.commit()


def test_every_page_that_may_wait_for_a_proof_is_tried() -> None:
    assert LENGTHY.keys() == {endpoint for endpoint, right in RIGHTS.items() if right.lengthy}
    assert all(RIGHTS[endpoint].fresh and RIGHTS[endpoint].who is Who.ADMIN for endpoint in LENGTHY)


def test_an_editor_who_is_no_admin_is_turned_away(app: Flask, session: Session) -> None:
    an_editor(session)
    session.commit()
    editor = enter(Visitor(app))
    for path in (ARTICLES, CRPV, NEW, THEMES, SETTINGS):
        assert editor.get(path).status == 403
    assert "Articles" not in editor.get("/moderation").page.select("header")[0].get_text()


def test_an_unknown_article_is_not_found(admin: Visitor) -> None:
    for path in ("rien", "rien/articulations", "rien/reglages", "rien/source"):
        assert admin.get(f"{ARTICLES}/{path}").status == 404
