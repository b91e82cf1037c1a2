"""Every change of what is visible shows on the next request to every outlet, from every worker."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import cycle

import pytest
from flask import Flask, Response
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.articles import editing
from app.articles.models import Theme
from app.articles.passages import OPENING
from app.articles.sites import Site
from app.audit import CLOCK, Actor, ActorKind
from app.catalog import placements
from app.catalog.placements import Place
from app.catalog.synthesis import drafts
from app.catalog.synthesis.models import shown_version
from app.db import db, now
from app.territories.models import Partner, Region
from app.testimonials.approval import Approval
from app.testimonials.attribution import Attribution
from app.testimonials.lifecycle import Action, Status
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from tests.acts import (
    a_site,
    a_synthesis,
    amend_text,
    committed,
    erase,
    expire,
    reload,
    unpublish,
    withdraw,
)
from tests.factories import SENTENCES, a_testimonial, a_version, an_answer, another_article, by_editor, the_article
from tests.page_cache.workers import Answer, Worker
from tests.publication.outlets import addresses, keyed_addresses

pytestmark = pytest.mark.both_engines

Event = Callable[[Session, Testimonial], None]

SITE_KEY = "0123456789abcdef" * 2


def every_address(app: Flask, *testimonials: Testimonial) -> list[str]:
    """Return every address of some testimonials, open or by a site's key."""
    return [
        *addresses(app, *testimonials),
        *(path for each in testimonials for path in keyed_addresses(each, SITE_KEY)),
    ]


@pytest.fixture
def workers(app: Flask) -> Iterator[tuple[Worker, Worker, Worker]]:
    """Give two workers, and one that caches nothing: its pages are the reference."""
    three = (Worker(app), Worker(app), Worker(app, caches=False))
    yield three
    for worker in three:
        worker.close()


def publish(session: Session, testimonial: Testimonial) -> None:
    """Publish another testimonial, so that the first one's neighbours change."""
    a_testimonial(session, status=Status.PUBLISHED, email="b@exemple.fr", title="Un autre récit")


def sign(session: Session, testimonial: Testimonial) -> None:
    by = by_editor(session)
    testimonial.perform(Action.UNPUBLISH, by=by)
    testimonial.perform(Action.REOPEN, by=by)
    title = f"Trois après-midi, corrigé {testimonial.current_number} fois"  # words its author has not signed yet
    testimonial.propose(a_version(session, title=title, made_by=ActorKind.EDITOR))
    testimonial.perform(Action.SEND_PROOF, by=by)
    testimonial.latest.approve(Approval.SIGNED, testimonial.latest.digest)
    testimonial.perform(Action.SIGN_PROOF, by=Actor(ActorKind.AUTHOR))


def attribute(session: Session, testimonial: Testimonial) -> None:
    amend_text(testimonial, {Purpose.PUBLICATION: True}, attribution=Attribution.FULL)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))


def contest(session: Session, testimonial: Testimonial) -> None:
    """The author objects to a correction, which gives way at once; an earlier objection is answered first."""
    if testimonial.contested_at is not None:
        testimonial.perform(Action.RESTORE, by=by_editor(session))
        session.flush()
    own = testimonial.approved
    corrected = own.edited(account=f"{own.account}{'.' * testimonial.current_number}")
    testimonial.propose(corrected, as_correction=True)
    testimonial.perform(Action.PUBLISH, by=by_editor(session))
    session.flush()
    contest_decision(testimonial, "Rendez-moi mes mots.")


def change_reuse(_session: Session, testimonial: Testimonial) -> None:
    """The author gives consent to reuse, or withdraws it, and nothing else."""
    change_consent(testimonial, Purpose.REUSE, gives=not testimonial.consents_to(Purpose.REUSE))


def withdraw_or_restore_site(session: Session, _testimonial: Testimonial) -> None:
    site = session.scalars(select(Site)).one()
    site.active_until = now() if site.is_active else None


def unmask(session: Session, testimonial: Testimonial) -> None:
    """An editor answers an objection to masks by the author's words."""
    if testimonial.contested_at is None:
        _, others = testimonial.approved.account.split(" ", 1)
        testimonial.propose(testimonial.approved.edited(account=f"[passage masqué] {others}"), as_correction=True)
        testimonial.perform(Action.PUBLISH, by=by_editor(session))
        session.flush()
        contest_decision(testimonial, "Rendez-moi mes mots.")
        session.flush()
    testimonial.perform(Action.RESTORE, by=by_editor(session))


def answer_or_withdraw(session: Session, testimonial: Testimonial) -> None:
    about = select(Testimonial).where(Testimonial.about_id == testimonial.id, Testimonial.status == Status.PUBLISHED)
    answer = session.scalar(about)
    if answer is None:
        an_answer(session, testimonial)
    else:
        answer.withdraw()


def withdraw_answered(session: Session, testimonial: Testimonial) -> None:
    answer_or_withdraw(session, testimonial)
    testimonial.withdraw()


def rename_theme(session: Session, testimonial: Testimonial) -> None:
    theme = session.get_one(Theme, testimonial.latest.themes[0].id)
    editing.rename_theme(theme.article, theme, f"{theme.label}, autrement", theme.choice, by=CLOCK)


def edit_article(session: Session, testimonial: Testimonial) -> None:
    article = the_article(session)
    article.title += ", revu"
    article.body += "\nUne phrase de plus.\n"


def close_article(session: Session, _testimonial: Testimonial) -> None:
    article = the_article(session)
    editing.change_settings(article, is_public=True, is_open=not article.is_open, by=CLOCK)


def place_or_remove(session: Session, testimonial: Testimonial) -> None:
    """Place a testimonial beside a heading without a theme, or take it away."""
    place, by = Place(the_article(session), "passage_produire-a-plusieurs"), by_editor(session)
    if placements.find_placement(placements.locked_placements(session, place), testimonial):
        placements.remove_placement(session, place, testimonial, by=by)
    elif len(placements.locked_placements(session, place)) < placements.MOST_PLACED:
        placements.place_testimonial(session, place, testimonial, by=by)


def open_the_article(session: Session, testimonial: Testimonial) -> None:
    by = by_editor(session)
    placements.place_testimonial(session, Place(the_article(session), OPENING), testimonial, by=by)


def rename_region(session: Session, testimonial: Testimonial) -> None:
    session.get_one(Region, testimonial.latest.department.region_code).name += " (et alentour)"


def rename_partner(session: Session, testimonial: Testimonial) -> None:
    session.scalars(select(Partner).where(Partner.id == testimonial.latest.partner_id)).one().name += " (ex)"


def hide_or_show(_session: Session, testimonial: Testimonial) -> None:
    testimonial.hidden_until = None if testimonial.hidden_until else now() + timedelta(days=1)


def amend_cited(session: Session, testimonial: Testimonial) -> None:
    """The author's words change, and an editor publishes them: those that a synthesis cites leave, or come back."""
    other = testimonial.latest.account.startswith("Un autre")
    version = a_version(session) if other else a_version(session, account="Un autre récit, tout autre. " * 8)
    testimonial.amend(version, {Purpose.PUBLICATION: True}, seen=version.compute_digest())
    testimonial.perform(Action.PUBLISH, by=by_editor(session))


def publish_synthesis(session: Session, testimonial: Testimonial) -> None:
    """The next version of the synthesis cites the end of its account instead."""
    a_synthesis(session, [(testimonial, SENTENCES[1])])


def take_down_synthesis(session: Session, testimonial: Testimonial) -> None:
    if session.scalar(shown_version(testimonial.article_id)) is None:
        publish_synthesis(session, testimonial)
    else:
        drafts.take_down(session, the_article(session), by=CLOCK)


EVENTS: Sequence[Event] = (
    amend_cited,
    hide_or_show,
    publish_synthesis,
    take_down_synthesis,
    change_reuse,
    withdraw_or_restore_site,
    publish,
    sign,
    attribute,
    contest,
    unmask,
    answer_or_withdraw,
    withdraw_answered,
    unpublish,
    withdraw,
    erase,
    expire,
    rename_theme,
    edit_article,
    close_article,
    place_or_remove,
    open_the_article,
    rename_region,
    rename_partner,
)


@pytest.mark.changes_content
@pytest.mark.slow("two dozen changes, after each of which every public address is rendered")
def test_a_change_shows_on_the_next_request_to_every_outlet(
    app: Flask, session: Session, workers: tuple[Worker, Worker, Worker], subtests: pytest.Subtests
) -> None:
    """Each change is of a testimonial of its own, once a worker has cached every page; two workers share the pages."""
    a_site(session).key = SITE_KEY
    neighbour = a_testimonial(session, status=Status.PUBLISHED, email="c@exemple.fr", title="Un voisin")
    testimonials = [a_testimonial(session, status=Status.PUBLISHED) for _ in EVENTS]
    a_synthesis(session, *([(each, SENTENCES[0])] for each in (neighbour, *testimonials)))
    session.commit()
    *caching, fresh = workers
    asked: defaultdict[str, Worker] = defaultdict(cycle(caching).__next__)
    current: dict[str, Answer] = {}
    for happens, testimonial in zip(EVENTS, testimonials, strict=True):
        with subtests.test(happens=happens.__name__):
            paths = every_address(app, testimonial, neighbour)
            was = {path: current.get(path) or fresh.ask(path) for path in paths}
            for path in paths:
                assert asked[path].ask(path) == was[path]
            happens(session, testimonial)
            session.commit()
            after = dict.fromkeys([*paths, *every_address(app, testimonial, neighbour)])
            current = {path: fresh.ask(path) for path in after}
            for path in after:
                assert asked[path].ask(path) == current[path], path
            assert any(current[path] != was[path] for path in paths), (
                "nothing a reader sees has changed: the test cannot fail"
            )


def test_a_cached_page_expires_when_the_first_publication_ends(
    app: Flask, session: Session, workers: tuple[Worker, Worker, Worker]
) -> None:
    worker, _, fresh = workers
    first, last = (a_testimonial(session, status=Status.PUBLISHED, email=f"{n}@exemple.fr") for n in range(2))
    first.published_until = now() + timedelta(hours=1)
    last.published_until = now() + timedelta(hours=2)
    session.commit()
    for path in addresses(app, first, last):
        worker.ask(path)
    stores = (worker.cache.plain, worker.cache.filtered)
    cached = [(store, key, page) for store in stores for key, page in store.pages.items()]
    assert len(cached) >= 5
    for store, key, page in cached:
        assert page.expires_at == first.published_until.timestamp()
        store.pages[key] = replace(page, encodings={}, expires_at=now().timestamp())
    for path in addresses(app, first, last):
        assert worker.ask(path) == fresh.ask(path)


def test_a_cached_page_expires_when_the_period_of_an_answer_ends(
    session: Session, workers: tuple[Worker, Worker, Worker]
) -> None:
    worker, _, _ = workers
    text = a_testimonial(session, status=Status.PUBLISHED)
    an_answer(session, text).published_until = until = now() + timedelta(hours=1)
    session.commit()
    worker.ask(f"/temoignages/{text.public_id}-{text.latest.slug}")
    (page,) = worker.cache.plain.pages.values()
    assert page.expires_at == until.timestamp()


def withdrawn_once(app: Flask, session: Session, testimonial: Testimonial) -> Callable[[], None]:
    """Return what withdraws a text the first time that it is called, as another process would."""

    def act() -> None:
        with app.app_context():
            testimonial.withdraw()
            session.commit()

    @cache
    def once() -> None:
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(act).result()

    return once


def test_a_page_rendered_during_a_change_is_not_cached(
    app: Flask, session: Session, workers: tuple[Worker, Worker, Worker]
) -> None:
    """The change comes after the page has read its rows, and before it is cached."""
    worker, _, fresh = workers
    testimonial = committed(session, status=Status.PUBLISHED)

    withdraw = withdrawn_once(app, session, testimonial)

    @worker.app.after_request
    def meanwhile(response: Response) -> Response:
        withdraw()
        return response

    assert b"tout le monde se pose" in worker.ask("/articles/crpv")[2]
    assert worker.ask("/articles/crpv") == fresh.ask("/articles/crpv")
    assert b"tout le monde se pose" not in worker.ask("/articles/crpv")[2]


@pytest.mark.both_engines
@pytest.mark.changes_content
def test_a_page_made_by_two_views_is_as_old_as_its_first_statement(
    app: Flask, session: Session, workers: tuple[Worker, Worker, Worker]
) -> None:
    """The list of articles at « / » is another view's, which begins when the page has read already."""
    worker, _, fresh = workers
    another_article(session)
    testimonial = committed(session, status=Status.PUBLISHED)
    withdraw = withdrawn_once(app, session, testimonial)

    def meanwhile(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM article" in statement:
            withdraw()

    with worker.app.app_context():
        event.listen(db.engine, "after_cursor_execute", meanwhile)
    for _ in range(2):
        worker.ask("/")
    assert reload(session, testimonial).status is Status.WITHDRAWN
    assert worker.ask("/") == fresh.ask("/")
