"""Doors of the desk: the links of its masthead and what waits behind the first; the tabs of an article."""

from dataclasses import dataclass

from flask import Flask, request
from sqlalchemy import func, select, union, union_all
from sqlalchemy.orm import Session

from app.accounts.gate import signed_in
from app.accounts.models import Scope
from app.accounts.queries import within
from app.articles.models import Article
from app.db import db
from app.feature import all_features
from app.testimonials import queries
from app.testimonials.testimonial import Testimonial


@dataclass(frozen=True)
class Door:
    """A link of the masthead, and the blueprints of the pages behind it."""

    label: str
    endpoint: str
    blueprints: frozenset[str]
    for_admins: bool = False

    @property
    def is_open(self) -> bool:
        return (request.endpoint or "").partition(".")[0] in self.blueprints


@dataclass(frozen=True)
class Tab:
    """A tab of an article's pages, and the blueprints whose pages show it as the current one."""

    label: str
    endpoint: str
    others: frozenset[str] = frozenset()
    for_admins: bool = False
    for_readers: bool = False  # about what readers see beside the article

    @property
    def is_open(self) -> bool:
        return request.endpoint == self.endpoint or request.endpoint in self.others


OF_QUEUE = {"queue", "review", "notices_desk", "question_reports", "voice_desk", "updates", "response_invitation"}
OF_ARTICLES = {"hub", "articles", "placements", "synthesis_desk", "recueils", "invitations", "referentials"}
OF_SETTINGS = {"administration", "team", "sentences", "sites"}

WAITING = Door("Relire", "queue.index", frozenset(OF_QUEUE))
DOORS = (
    WAITING,
    Door("Articles", "hub.articles", frozenset(OF_ARTICLES)),
    Door("Chiffres", "figures.index", frozenset({"figures", "exports"})),
    Door("Réglages", "administration.overview", frozenset(OF_SETTINGS), for_admins=True),
)
# Under the name of who is signed in.
OWN = (
    Door("Mon compte", "settings.account", frozenset({"settings"})),
    Door("Courriels qui m’écrivent", "digest.choose", frozenset({"digest"})),
    Door("Aide", "guide.page", frozenset({"guide"})),
)

EDITING = {"write", "themes", "settings", "visibility", "versions", "version"}
TABS = (
    Tab("Texte", "hub.text", frozenset({"articles.rewrite_source", *(f"articles.{page}" for page in EDITING)})),
    Tab("Appel", "articles.call", for_admins=True),
    Tab("Partenaires", "articles.partners", for_admins=True),
    Tab("En regard", "placements.arrange", frozenset({"placements.place"}), for_readers=True),
    Tab("Synthèse", "synthesis_desk.edit", frozenset({"synthesis_desk.change"}), for_readers=True),
    Tab("Recueils", "recueils.of_article", frozenset({"recueils.compose", "recueils.recueil", "recueils.file"})),
    Tab("Invitations", "invitations.listed", frozenset({"invitations.prepare"}), for_admins=True),
)


# Where the pages that only asked « which article? » were.
FORMER = ("/moderation/en-regard", "/moderation/syntheses", "/moderation/recueils")


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(doors=doors, own_doors=OWN, tabs=tabs, texts_waiting=texts_waiting)


def doors() -> list[Door]:
    return [each for each in DOORS if signed_in().is_admin or not each.for_admins]


def tabs(article: Article) -> list[Tab]:
    """Return the tabs of an article; beside one that is offline nothing stands."""
    offered = [each for each in TABS if signed_in().is_admin or not each.for_admins]
    return [each for each in offered if article.is_public or not each.for_readers]


def texts_waiting() -> int:
    return waiting_count(db.session(), signed_in().scope)


def waiting_count(session: Session, scope: Scope) -> int:
    """Count what « Relire » has to do: texts to read, contested or reported, each once; reports to features."""
    inside = within(scope, Testimonial.article_id)
    kinds = queries.awaits_review(), queries.is_contested(), Testimonial.noticed_at.is_not(None)
    texts = union(*(select(Testimonial.id).where(each, *inside) for each in kinds))
    others = (each.reports(scope) for each in all_features() if each.reports)
    counts = (select(func.count()).select_from(each.order_by(None).subquery()) for each in (texts, *others))
    return sum(session.scalars(union_all(*counts)))
