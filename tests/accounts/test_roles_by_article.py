"""Every route by every role and by whose article it names; what editors of one article learn of another: nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts.models import ArticleEditor, Role, User
from app.accounts.permissions import AccessLevel
from app.articles.models import Article, Theme
from app.audit import AUTHOR
from app.moderation import holds
from app.moderation.digest.counts import facts_of, waiting_by_article
from app.moderation.recueils.models import Recueil
from app.moderation.review.letters import leave_note, write_letter
from app.testimonials.lifecycle import Action, Status
from app.testimonials.testimonial import Testimonial
from tests.accounts.test_permissions import family, routes
from tests.acts import signed_in
from tests.depth import DEPTH
from tests.factories import a_notice, a_testimonial, an_editor, another_article, the_article
from tests.visitor import Visitor

# Whom each route opens to, by its family (tests/accounts/test_permissions.py): the product's own table is not asked.
#   everybody: signed in or not · link: the holder of a link, whoever that is · author: the same, but not signed in
#   team: whoever is signed in
#   article: those who edit the article that the address names · admin: those who manage the platform
# What is sent to a page of readers, or of a link, is an author's, but for what is sent to these:
SENT_BY_EVERYBODY = {
    "/articles/<slug>/brouillon",
    "/articles/<slug>/suivre",
    "/connexion",
    "/connexion/cle-d-acces",
    "/connexion/identite/continuer",
    "/connexion/mot-de-passe-oublie",
    "/connexion/second-facteur",
    "/mon-temoignage",
    "/mon-temoignage/nouveau-lien",
    "/temoignages/<public_id>/signaler",
    "/temoignages/<string(length=20):public_id>/question",
    "/vos-donnees/mon-adresse",
}
SENT_BY_LINK = {
    "/brouillon/<token>/effacer",
    "/connexion/lien/<token>",
    "/invitation/<token>/refuser",
    "/question/<token>",
    "/suivre/<token>",
    "/suivre/<token>/arreter",
}
NOTICE = "/moderation/<public_id>/signalements/<int:number>/reponse"  # « 1 » may be nowhere


def opens_to(rule: Rule, method: str) -> str:
    path, level = rule.rule, family(rule)
    if level is AccessLevel.ADMIN:
        return "admin"
    if level is AccessLevel.EDITOR:
        names_article = path.startswith(("/moderation/<public_id>", "/moderation/articles/<slug>"))
        return "notice" if path == NOTICE else "article" if names_article else "team"
    if method == "POST" and path not in SENT_BY_EVERYBODY | SENT_BY_LINK:
        return "author"
    return "link" if level is AccessLevel.AUTHOR else "everybody"


@pytest.fixture
def table(app: Flask) -> dict[tuple[str, str], str]:
    """Whom each method of each path opens to."""
    return {(method, rule.rule): opens_to(rule, method) for rule, method, _ in routes(app)}


# The roles of this file, by the address of their account, and the articles that each edits.
ROLES = {
    "nobody": "",
    "of none": "rien@ville-exemple.fr",
    "of mine": "louis@ville-exemple.fr",
    "of all": "tous@ville-exemple.fr",
    "admin": "chef@ville-exemple.fr",
}
EDITS = {"mine": {"of mine", "of all", "admin"}, "other": {"of all", "admin"}}


@dataclass
class World:
    """An article of Louis, with a text, and an article of others."""

    mine: Article
    other: Article
    text: Testimonial
    accounts: dict[str, User]

    @property
    def louis(self) -> User:
        return self.accounts["of mine"]


@pytest.fixture
def world(session: Session) -> World:
    other = another_article(session, Theme(slug="autres", label="Autre chose", choice="Autre chose", position=0))
    other.title = "Titre que Louis ignore"
    mine = the_article(session)
    admin = Role.ADMIN
    accounts = {
        role: an_editor(session, email=email, role=admin if role == "admin" else Role.EDITOR)
        for role, email in ROLES.items()
        if email
    }
    for role, user in accounts.items():
        user.name = f"Personne {role}"
    accounts["of none"].edits_all = accounts["of mine"].edits_all = False
    accounts["of mine"].articles = [ArticleEditor(article_id=mine.id)]
    text = a_testimonial(session, title="Récit de Louis", email="meme@exemple.fr", contact=True)
    published = a_testimonial(session, title="Récit paru", email="paru@exemple.fr", status=Status.PUBLISHED, reuse=True)
    a_notice(session, published)
    session.add(Recueil(article=mine, author=accounts["of mine"], title="Recueil de Louis"))
    session.commit()
    return World(mine, other, text, accounts)


def fill_other_article(session: Session, world: World) -> list[Testimonial]:
    """Give the article of others a text in each status, and all that can hang on one; return the texts."""
    boss = world.accounts["of all"]
    of_other: dict[str, Any] = {"article": world.other}
    texts = [
        a_testimonial(session, title=f"Ignoré {status}", email=f"{status}@ignore.fr", status=status, **of_other)
        for status in Status
    ]
    same = a_testimonial(session, title="Ignoré, de la même", email="meme@exemple.fr", contact=True, **of_other)
    noticed = a_testimonial(
        session, title="Ignoré, signalé", email="s@ignore.fr", status=Status.PUBLISHED, reuse=True, **of_other
    )
    a_notice(session, noticed, words="Ignoré, ce signalement.")
    contested = a_testimonial(
        session, title="Ignoré, contesté", email="c@ignore.fr", status=Status.DECLINED, **of_other
    )
    contested.perform(Action.CONTEST, by=AUTHOR)
    leave_note(session, boss, same, "Ignorée, cette note pour @Personne.")
    write_letter(session, boss, same, "Ignorée, cette lettre", "Bonjour.")
    holds.take_hold(session, same, world.louis.id)  # taken while the article was his
    holds.take_hold(session, noticed, boss.id)
    session.add(Recueil(article=world.other, author=boss, title="Recueil ignoré"))
    session.commit()
    return [*texts, same, noticed, contested]


def address(path: str, article: Article, text: Testimonial, recueil: Recueil) -> str:
    filled = path.replace("<slug>", article.slug)
    filled = re.sub(r"<[^>]*public_id>", text.public_id, filled)
    filled = filled.replace("<int:old>-<int:new>", "1-1") + ("?de=1&a=1" if path.endswith("/versions") else "")
    filled = re.sub(r"<int[^>]*>", str(recueil.id), filled) if "recueils" in path else filled
    return re.sub(r"<[^>]+>", "1", filled)


def outcome(visitor: Visitor, method: str, path: str) -> str:
    answer = visitor.client.open(path, method=method)
    if (answer.location or "").startswith("/connexion/confirmer"):
        return "prove"
    if re.match(r"/connexion(\?|$)", answer.location or "") and answer.status_code == 302:
        return "sign in"
    return {403: "refused", 404: "nowhere"}.get(answer.status_code, "opened")


def expected(role: str, who: str, whose: str) -> set[str]:
    """Return what may come of a request by this role to a route of this line about `mine` or `other`."""
    opened = {"opened"} if who in {"article", "team"} else {"opened", "nowhere"}  # « 1 » may be nowhere
    allowed = {
        "everybody": set(ROLES),
        "team": set(ROLES) - {"nobody"},
        "article": EDITS[whose],
        "notice": EDITS[whose],
        "admin": {"admin"},
    }
    if who == "link":  # signing in opens nobody's link
        return {"nowhere"}
    if who == "author":  # nobody of the desk acts as one
        return opened if role == "nobody" else {"refused"}
    if role in allowed[who]:
        return opened
    return {"sign in"} if role == "nobody" else {"refused"}


@pytest.mark.slow("every closed door of five roles")
@pytest.mark.changes_content
@pytest.mark.usefixtures("no_weasyprint")
def test_every_route_by_every_role_and_article(
    app: Flask, session: Session, world: World, table: dict[tuple[str, str], str], subtests: pytest.Subtests
) -> None:
    theirs = a_testimonial(session, title="Celui des autres", email="z@exemple.fr", article=world.other, contact=True)
    recueils = {
        article.id: Recueil(article=article, author=world.louis, title="Recueil")
        for article in (world.mine, world.other)
    }
    session.add_all(recueils.values())
    session.commit()
    about = {"mine": world.text, "other": theirs}
    for role, email in ROLES.items():
        visitor = signed_in(Visitor(app), session, email=email) if email else Visitor(app)
        asked = {
            (method, address(path, text.article, text, recueils[text.article_id])): expected(role, who, whose)
            for (method, path), who in table.items()
            if path != "/mon-compte/cles/<int(max=2147483647):number>/retirer"  # of one's own keys, below
            for whose, text in about.items()
        }
        opened = DEPTH.drawn([each for each, outcomes in asked.items() if "opened" in outcomes])
        closed = [each for each, outcomes in asked.items() if "opened" not in outcomes]
        session.rollback()
        with subtests.test(role=role):
            for method, path in (*closed, *opened):
                found = outcome(visitor, method, path)
                assert found in asked[method, path], f"{role}: {method} {path} is {found}"
            keys = visitor.client.post("/mon-compte/cles/1/retirer")
            nowhere = visitor.client.get(f"/moderation/{'0' * 20}")
            assert keys.status_code == nowhere.status_code == (302 if role == "nobody" else 404)
            queue = visitor.client.get("/moderation")
            assert queue.status_code == (302 if role == "nobody" else 200), "a form does nothing without its token"


# What may be asked for; « {other} » is a text of others, or one that is nowhere.
NAMING_OTHERS = (*(f"?{each}={{other}}" for each in ("fait", "texte", "temoignage")), "?article=autre")
LISTS: Sequence[str] = (
    *("?etat=tous", "?conteste=1", "?mien=1", "?signale=oui", "?tri=activite", "?accord=oui", "?reutilisation=oui"),
    *(f"?etat={status}" for status in Status),
    *(f"?etat=tous&{each}" for each in ("mots=recit", "mots=ignore", "mots=exemple", "recontact=oui", "reperes=non")),
    *(f"?etat=tous&{each}" for each in ("article=autre", "articulation=autre.autres", "region=53", "auteur={other}")),
)


def pages_of_the_desk(table: dict[tuple[str, str], str], world: World, recueil: Recueil) -> list[str]:
    """Return the addresses of the desk that name no article, and those of Louis's article."""
    paths = [
        address(path, world.mine, world.text, recueil)
        for (method, path), who in table.items()
        if method == "GET"
        and who in {"team", "article"}
        and re.match(r"/moderation|/mon-compte$", path)
        and not path.endswith(".pdf")  # set from a page that is among these
    ]
    asked = []
    for path in paths:
        is_list = path in {"/moderation", f"/moderation/{world.text.public_id}"}
        queries = (*NAMING_OTHERS, *(LISTS if is_list else ())) if "?" not in path else ()
        asked += [path, *(path + query for query in queries)]
    return [*paths, *DEPTH.drawn([each for each in asked if each not in paths])]


def what_is_read(visitor: Visitor, pages: Sequence[str], other: str) -> dict[str, str]:
    """Return these pages, and what three searches find, by address."""
    read = {
        path: steady(visitor.client.get(path.replace("{other}", other)).get_data(as_text=True), other) for path in pages
    }
    for mots in ("meme@exemple.fr", "pending@ignore.fr", "Ignoré"):
        visitor.get("/moderation").fill(mots=mots).press("Chercher")
        read[f"search {mots}"] = steady(visitor.page.decode(), other)
    return read


def steady(words: str, other: str) -> str:
    """Return a page without what differs from one reading to the next."""
    words = re.sub(r'(name="csrf_token"\s+value|nonce|value)="[^"]{40,}"', "", words).replace(other, "OTHER")
    words = re.sub(r'name="key" value="[-0-9a-f]{36}"', "", words)  # of a form: drawn each time
    words = re.sub(r'"dct:created": "[^"]+"', "", words)
    return re.sub(r"quelques instants|\d+.(minute|seconde)s?|\d+\s+h\s+\d\d", "INSTANTS", words)


def differences(before: str, after: str) -> list[str]:
    return [*unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")][:20]


@pytest.mark.slow("each page of the desk read twice")
@pytest.mark.changes_content
def test_what_is_in_an_article_changes_nothing_of_what_others_read(
    app: Flask, session: Session, world: World, table: dict[tuple[str, str], str], subtests: pytest.Subtests
) -> None:
    """Every page, count, title, neighbour and figure is the same whether the article of others is empty or full."""
    everything = ("/moderation", "/moderation/chiffres", "/moderation/articles")
    pages = pages_of_the_desk(table, world, session.query(Recueil).one())
    asked = {"of mine": pages, "of none": pages, "of all": everything}
    visitors = {role: signed_in(Visitor(app), session, email=ROLES[role]) for role in asked}

    def read(other: str) -> dict[str, dict[str, str]]:
        found = {role: what_is_read(visitors[role], paths, other) for role, paths in asked.items()}
        session.rollback()
        for role, words in found.items():
            user = world.accounts[role]
            words["told"] = str(facts_of(session, user, waiting_by_article(session, user)))
        session.rollback()
        return found

    before = read("0" * 20)
    texts = fill_other_article(session, world)
    after = read(texts[-3].public_id)
    assert {*everything, "told"} <= {path for path, words in after["of all"].items() if words != before["of all"][path]}
    for role in ("of mine", "of none"):
        with subtests.test(role=role):
            changed = [path for path, words in after[role].items() if words != before[role][path]]
            assert [path for path, words in after[role].items() if world.other.title in words] == []
            assert not changed, [changed, *differences(before[role][changed[0]], after[role][changed[0]])]
