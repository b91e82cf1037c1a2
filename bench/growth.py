"""Readers' pages and the acts behind them: beside 100,000 testimonials, and beside 1,000. No page is cached."""

from collections.abc import Mapping

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Actor
from app.catalog.facets import Facet, facet_entry
from app.catalog.filters import FACETS, Filters
from app.catalog.rendering import Rendering, testimonial_path
from app.catalog.visibility import visible
from app.db import db
from app.testimonials.lifecycle import Action, Status
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from bench import acts
from bench.corpus import NEVER, OFTEN, SELDOM
from bench.server import Subject, ask, cookie, fetch
from bench.sites import Page, Site, print_row, sites
from tests.factories import a_testimonial, an_editor, the_article
from tests.visitor import Visitor

ARTICLE, JSON = "/articles/crpv", "/api/v1/articles/crpv/testimonials"
UNKNOWN = "?utm_source=x"  # a page with a name it does not know in its query is not cached; the API refuses such a name
PUBLICATIONS = 12
SMALL, LARGE = 1_030, 100_000
FULL = 50  # more than two pages
USUAL, WORDS, FIRST_VIEW = 1.2, 3.0, 1.5


def main() -> None:
    """Print the table of each engine."""
    for both in sites("growth", pages, SMALL, LARGE):
        both.table(lambda name: WORDS if name.startswith("words") else USUAL)
        views = [[first_view(site, turn) for site in (both.small, both.large)] for turn in range(PUBLICATIONS)]
        few, many = zip(*views[1:], strict=True)
        print_row("first view after a publication", few, many, FIRST_VIEW)
        costs = acts.costs(both.small.database, both.large.database)
        for name, among_few in costs[0].items():
            print_row(name, among_few, costs[1][name], acts.LIMIT)


def pages(app: Flask) -> Mapping[str, Page]:
    """Return the pages that are measured; those deep in a collection begin after a testimonial that is there."""
    session = db.session()
    article = the_article(session)
    theme, region, partner = article.themes[0].slug, "11", "labo-cites"
    choices = {
        "everything": (Filters(), ""),
        "situation": (Filters(situation=Situation.PLANNED), "situation=planned"),
        "theme": (Filters(theme=theme), f"articulation={theme}"),
        "région": (Filters(region=region), f"region={region}"),
        "CRPV": (Filters(partner=partner), f"partner={partner}"),
        "three at once": (
            Filters(theme=theme, situation=Situation.REGULAR, region=region),
            f"articulation={theme}&situation=regular&region={region}",
        ),
    }
    paths = {}
    for name, (filters, query) in choices.items():
        key = [getattr(Facet, facet) == value for facet, value in zip(FACETS, filters.key, strict=True)]
        listed = (
            select(Testimonial.public_id)
            .join_from(Facet, facet_entry)
            .join(Testimonial)
            .where(Facet.article_id == article.id, *key)
            .order_by(facet_entry.c.published_at.desc(), facet_entry.c.testimonial_id.desc())
        )
        total = session.scalar(select(func.count()).select_from(listed.order_by(None).subquery())) or 0
        if total < FULL:
            continue
        paths[name] = f"?{query}"
        for depth, skipped in (("from the middle", (total - 1) // 2), ("near the end", total - 30)):
            paths[f"{name}, {depth}"] = f"?{query}&apres={session.scalar(listed.offset(skipped).limit(1))}"
    # The last stored is the same text in both databases.
    testimonial = session.scalars(visible().order_by(None).order_by(Testimonial.id.desc()).limit(1)).one()
    address = testimonial_path(testimonial.public_id, session.get_one(Rendering, testimonial.id).slug)
    paths |= {
        "words, often": f"?mots={OFTEN}",
        "words, seldom": f"?mots={SELDOM}",
        "words, nowhere": f"?mots={NEVER}",
        "words, two of them": f"?mots={OFTEN}+{SELDOM}",
        "words, one sign": "?mots=l",
        "words, in a région": f"?mots={OFTEN}&region={region}",
        "words, in a région of few": f"?mots={OFTEN}&region=01",
        "words, from the middle": f"{paths['everything, from the middle']}&mots={OFTEN}",
    }
    session_header = cookie(Visitor(app).get(f"{ARTICLE}/temoigner"))
    return {
        **{name: (f"{ARTICLE}{UNKNOWN}{path.replace('?', '&')}", {}) for name, path in paths.items()},
        "synthesis": (f"{ARTICLE}/synthese{UNKNOWN}", {}),
        "a testimonial": (address + UNKNOWN, {}),
        "Atom": (f"{ARTICLE}/flux.atom{UNKNOWN}", {}),
        "JSON": (JSON, session_header),
        "JSON, a filter": (f"{JSON}?region={region}", session_header),
        "words, in JSON": (f"{JSON}?mots={OFTEN}", session_header),
        "element": ("/integration/crpv", session_header),
        "frame": ("/integration/crpv/cadre", session_header),
    }


def first_view(site: Site, turn: int) -> float:
    """Publish one more testimonial; return what the article's next view costs, in microseconds."""
    ask(Subject("cached", site.server, [ARTICLE]), 8)
    with site.database.app.app_context(), Session(db.engine) as session:
        testimonial = a_testimonial(session, status=Status.PENDING, email=f"vue{turn}@exemple.invalid")
        editor = an_editor(session)
        testimonial.perform(Action.PUBLISH, by=Actor.editor(editor.id))
        session.commit()
    before = site.server.cpu()[1]
    fetch(site.server, ARTICLE, {})
    return site.server.cpu()[1] - before
