"""Every route by every role and by whose article it names; what editors of one article learn of another: nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import ArticleEditor, Role, User
from app.articles.models import Article, Theme
from app.audit import AUTHOR
from app.moderation import claims
from app.moderation.digest.counts import facts_of, waiting_by_article
from app.moderation.recueils.models import Recueil
from app.moderation.review.letters import leave_note, write_letter
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from tests.acts import signed_in
from tests.depth import DEPTH
from tests.factories import a_notice, a_testimonial, an_editor, another_article, the_article
from tests.visitor import Visitor

# Whom each route opens to, written by hand: the product's own table is not asked.
#   everybody: signed in or not · link: the holder of a link, whoever that is · author: the same, but not signed in
#   team: whoever is signed in
#   article: those who edit the article that the address names · admin: those who manage the platform
WHO = """
everybody  GET       /
everybody  GET       /.well-known/security.txt
everybody  GET       /accessibilite
everybody  GET       /api/v1/articles
everybody  GET       /api/v1/articles/<slug>
everybody  GET       /api/v1/articles/<slug>/synthesis
everybody  GET       /api/v1/articles/<slug>/testimonials
everybody  GET       /api/v1/openapi.json
everybody  GET       /api/v1/testimonials/<string(length=20):public_id>
everybody  GET       /articles
everybody  GET       /articles/<slug>
everybody  POST      /articles/<slug>/brouillon
everybody  GET       /articles/<slug>/flux.atom
everybody  GET       /articles/<slug>/integrer
everybody  GET POST  /articles/<slug>/suivre
everybody  GET       /articles/<slug>/synthese
everybody  GET       /articles/<slug>/temoigner
author          POST  /articles/<slug>/temoigner
everybody  GET       /brouillon/efface
everybody  GET       /charte
everybody  GET POST  /connexion
everybody  POST      /connexion/cle-d-acces
everybody  GET       /connexion/identite
everybody  GET POST  /connexion/identite/continuer
everybody  GET       /connexion/identite/fin
everybody  GET       /connexion/identite/retour
everybody  GET       /connexion/identite/terminer
everybody  GET POST  /connexion/mot-de-passe-oublie
everybody  GET POST  /connexion/second-facteur
everybody  GET       /facile-a-lire
everybody  GET       /facile-a-lire/ecrire
everybody  GET       /facile-a-lire/lire
everybody  GET       /facile-a-lire/signaler
everybody  GET       /facile-a-lire/vos-donnees
everybody  GET       /facile-a-lire/votre-accord
everybody  GET       /health
everybody  GET       /integration/<slug>
everybody  GET       /integration/<slug>/cadre
everybody  GET       /integration/en-regard.js
everybody  GET       /integration/temoignages/<string(length=20):public_id>/cadre
everybody  GET       /mentions-legales
everybody  GET       /metrics
everybody  GET POST  /mon-temoignage
everybody  GET       /mon-temoignage/efface
everybody  GET POST  /mon-temoignage/nouveau-lien
everybody  GET       /oembed
everybody  GET       /ready
everybody  GET       /ressources
everybody  GET       /robots.txt
everybody  GET       /sitemap-<prefix>.xml
everybody  GET       /sitemap.xml
everybody  GET       /suivre
everybody  GET       /temoignages/question
everybody  GET POST  /temoignages/<public_id>/signaler
everybody  GET POST  /temoignages/<string(length=20):public_id>/question
everybody  GET       /temoignages/<string(length=20):public_id>
everybody  GET       /temoignages/<string(length=20):public_id>-
everybody  GET       /temoignages/<string(length=20):public_id>-<slug>
everybody  GET       /vos-donnees
everybody  GET POST  /vos-donnees/mon-adresse
everybody  GET       /vos-donnees/mon-adresse/efface

link       GET       /brouillon/<token>
link       POST      /brouillon/<token>/effacer
link       GET       /brouillon/garde/<token>
link       GET POST  /connexion/lien/<token>
link       GET       /mon-temoignage/<token>
author          POST  /mon-temoignage/<token>/accord
author          POST  /mon-temoignage/<token>/citation
author          POST  /mon-temoignage/<token>/confirmer
author          POST  /mon-temoignage/<token>/contester
link       GET       /mon-temoignage/<token>/effacer
author          POST  /mon-temoignage/<token>/effacer
link       GET       /mon-temoignage/<token>/mes-donnees
link       GET       /mon-temoignage/<token>/mes-donnees.json
link       GET       /mon-temoignage/<token>/modifier
author          POST  /mon-temoignage/<token>/modifier
link       GET       /mon-temoignage/<token>/piste
link       GET       /mon-temoignage/<token>/piste.pdf
link       GET       /mon-temoignage/<token>/preuve
link       GET       /mon-temoignage/<token>/preuve.json
link       GET       /mon-temoignage/<token>/preuve.pdf
author          POST  /mon-temoignage/<token>/prolonger
link       GET       /mon-temoignage/<token>/questions
author          POST  /mon-temoignage/<token>/questions/<question_id>/refuser
author          POST  /mon-temoignage/<token>/questions/<question_id>/signaler
link       GET POST  /question/<token>
link       GET       /question/<token>/recue
author          POST  /question/<token>/recue/refuser
author          POST  /question/<token>/recue/signaler
author          POST  /mon-temoignage/<token>/remettre
author          POST  /mon-temoignage/<token>/retirer
author          POST  /mon-temoignage/<token>/revenir
author          POST  /mon-temoignage/<token>/signer
link       GET       /mon-temoignage/<token>/suite
author          POST  /mon-temoignage/<token>/suite
link       GET       /mon-temoignage/<token>/signature
author          POST  /mon-temoignage/<token>/signature
author          POST  /mon-temoignage/<token>/code
author          POST  /mon-temoignage/<token>/suite/date
link       GET       /recu/<token>
link       GET       /repondre/<token>
author          POST  /repondre/<token>
link       GET       /repondre/<token>/refuser
author          POST  /repondre/<token>/refuser
link       GET       /invitation/<token>
link       GET POST  /invitation/<token>/refuser
link       GET       /signalement/<token>
link       GET POST  /suivre/<token>
link       GET POST  /suivre/<token>/arreter
link       GET       /vos-donnees/mon-adresse/<token>
link       GET       /vos-donnees/mon-adresse/<token>/effacer
author          POST  /vos-donnees/mon-adresse/<token>/effacer
link       GET       /vos-donnees/mon-adresse/<token>/mes-donnees.json

team       GET       /aide
team       GET POST  /connexion/confirmer
team       POST      /deconnexion
team       GET POST  /moderation
team       POST      /moderation/annuler
team       GET       /moderation/chiffres
team       GET POST  /moderation/courriels
team       GET POST  /moderation/ecarter
team       GET       /moderation/en-regard
team       GET       /moderation/fait
team       GET       /moderation/questions
team       POST      /moderation/questions/<question_id>
team       GET       /moderation/recueillir
team       GET       /moderation/recueils
team       GET       /moderation/syntheses
team       GET       /mon-compte
team       POST      /mon-compte/cles
team       POST      /mon-compte/cles/<int(max=2147483647):number>/retirer
team       POST      /mon-compte/codes-de-secours
team       POST      /mon-compte/connexions
team       POST      /mon-compte/identite/delier
team       GET POST  /mon-compte/courriel
team       GET POST  /mon-compte/mot-de-passe
team       GET POST  /mon-compte/second-facteur

article    GET POST  /moderation/<public_id>
article    GET POST  /moderation/<public_id>/demander
article    GET POST  /moderation/<public_id>/ecrire
article    GET POST  /moderation/<public_id>/inviter
article    POST      /moderation/<public_id>/feuille
article    POST      /moderation/<public_id>/laisser
article    POST      /moderation/<public_id>/masquer
article    POST      /moderation/<public_id>/note
article    POST      /moderation/<public_id>/prendre
article    GET       /moderation/<public_id>/preuve
article    GET       /moderation/<public_id>/preuve.json
article    GET       /moderation/<public_id>/preuve.pdf
article    GET POST  /moderation/<public_id>/recueilli
article    GET POST  /moderation/<public_id>/relire
article    POST      /moderation/<public_id>/signalements
article    GET POST  /moderation/<public_id>/suite
article    GET       /moderation/<public_id>/versions
article    GET       /moderation/<public_id>/versions/<int:old>-<int:new>
article    GET POST  /moderation/articles/<slug>/en-regard
article    GET POST  /moderation/articles/<slug>/recueillir
article    GET POST  /moderation/articles/<slug>/recueils/<int(max=2147483647):number>
article    GET       /moderation/articles/<slug>/recueils/<int(max=2147483647):number>/document
article    POST      /moderation/articles/<slug>/recueils/<int(max=2147483647):number>/pdf
article    POST      /moderation/articles/<slug>/recueils/<int(max=2147483647):number>/refaire
article    POST      /moderation/articles/<slug>/recueils/<int(max=2147483647):number>/supprimer
article    GET POST  /moderation/articles/<slug>/recueils/nouveau
article    GET POST  /moderation/articles/<slug>/synthese

notice     GET POST  /moderation/<public_id>/signalements/<int:number>/reponse

admin      GET       /administration/articles
admin      GET POST  /administration/articles/<slug>
admin      GET POST  /administration/articles/<slug>/articulations
admin      GET POST  /administration/articles/<slug>/mise-en-ligne
admin      GET POST  /administration/articles/<slug>/reglages
admin      GET       /administration/articles/<slug>/source
admin      GET POST  /administration/articles/<slug>/source/modifier
admin      GET       /administration/articles/<slug>/versions
admin      GET POST  /administration/articles/<slug>/versions/<int(max=2147483647):number>
admin      GET POST  /administration/articles/nouveau
admin      GET POST  /administration/articles/nouveau/source
admin      GET       /administration/courriels
admin      POST      /administration/courriels/<int(max=2147483647):email_id>/renvoyer
admin      POST      /administration/courriels/renvoyer
admin      GET       /administration/equipe
admin      GET POST  /administration/equipe/<int(max=2147483647):number>
admin      POST      /administration/equipe/<int(max=2147483647):number>/articles
admin      GET POST  /administration/equipe/inviter
admin      GET POST  /administration/exports
admin      GET       /administration/invitations
admin      POST      /administration/invitations/<int(max=2147483647):number>/effacer
admin      GET POST  /administration/invitations/nouvelles
admin      GET POST  /administration/journal
admin      GET POST  /administration/listes
admin      GET POST  /administration/listes/<int(max=2147483647):number>
admin      GET POST  /administration/listes/<int(max=2147483647):number>/ajouter
admin      GET       /administration/listes/<int(max=2147483647):number>/fichier
admin      GET POST  /administration/listes/<int(max=2147483647):number>/importer
admin      GET POST  /administration/listes/<int(max=2147483647):number>/reponses
admin      GET POST  /administration/listes/entrees/<int(max=2147483647):number>
admin      POST      /administration/listes/entrees/<int(max=2147483647):number>/detacher
admin      POST      /administration/listes/entrees/<int(max=2147483647):number>/proposer
admin      GET       /administration/phrases
admin      GET POST  /administration/phrases/<code>
admin      GET POST  /administration/sites
admin      GET POST  /administration/sites/<int(max=2147483647):number>
admin      POST      /administration/sites/<int(max=2147483647):number>/retirer
"""
TABLE = {
    (method, path): who
    for who, *methods, path in (line.split() for line in WHO.splitlines() if line)
    for method in methods
}

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
    """Make an account of each role, and a text of Louis's article."""
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
    claims.take_claim(session, same, world.louis.id)  # taken while the article was his
    claims.take_claim(session, noticed, boss.id)
    session.add(Recueil(article=world.other, author=boss, title="Recueil ignoré"))
    session.commit()
    return [*texts, same, noticed, contested]


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield the methods and the paths of the URL map."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule


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


def test_the_table_knows_every_route_and_no_other(app: Flask) -> None:
    assert set(routes(app)) == TABLE.keys(), "a new route needs its line in WHO, written by hand"


@pytest.mark.slow("every closed door of five roles")
@pytest.mark.changes_content
@pytest.mark.usefixtures("no_weasyprint")
def test_every_route_by_every_role_and_article(
    app: Flask, session: Session, world: World, subtests: pytest.Subtests
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
            for (method, path), who in TABLE.items()
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


def pages_of_the_desk(world: World, recueil: Recueil) -> list[str]:
    """Return the addresses of the desk that name no article, and those of Louis's article."""
    paths = [
        address(path, world.mine, world.text, recueil)
        for (method, path), who in TABLE.items()
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
    app: Flask, session: Session, world: World, subtests: pytest.Subtests
) -> None:
    """Every page, count, title, neighbour and figure is the same whether the article of others is empty or full."""
    everything = ("/moderation", "/moderation/chiffres", "/moderation/recueils", "/moderation/en-regard")
    pages = pages_of_the_desk(world, session.query(Recueil).one())
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
            assert not changed, [changed, *differences(before[role][changed[0]], after[role][changed[0]])]
