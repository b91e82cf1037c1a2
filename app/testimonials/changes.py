"""The change hook, whose handlers `create_app` lists, and the batch loop: derived rows are written by both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from app.articles.models import Article
from app.audit import AuditEvent
from app.testimonials.consent import Consent, opened_outlets
from app.testimonials.testimonial import Testimonial

Row = TypeVarTuple("Row")

BATCH = 1_000  # testimonials

# Names the testimonials in the statements of handlers, which are built once.
CHANGED_IDS = bindparam("ids", type_=Integer, expanding=True)


consent_table: Any = Consent.__table__
INSERT_LINES = consent_table.insert()
LINE_COLUMNS = [each.name for each in consent_table.columns if each.name not in {"id", "testimonial_id", "line_digest"}]


@dataclass(frozen=True)
class Changes:
    """Ids, in order, of testimonials that a flush wrote, or a line about them; `testimonials` are the former.

    Those `added` are stored for the first time and not shown: nothing is derived of them yet. The `articles` are those
    that it changed; a change of a theme changes its article (`Article.touch()`).
    """

    ids: Sequence[int]
    testimonials: Sequence[Testimonial]
    articles: Sequence[Article]
    added: Sequence[Testimonial] = ()

    @property
    def known_ids(self) -> list[int]:
        added = {each.id for each in self.added}
        return [each for each in self.ids if each not in added]


Handler = Callable[[Session, Changes], None]

HANDLERS: list[Handler] = []


def call_on_change(*handlers: Handler) -> None:
    """Call these, in order, at the end of each flush that changes a testimonial or an article, in its transaction."""
    HANDLERS[:] = handlers


@event.listens_for(Session, "after_flush")
def after_flush(session: Session, _flush: UOWTransaction) -> None:
    """Call the handlers; a flush that changes neither a testimonial nor an article costs them nothing."""
    written = [each for each in session.new if isinstance(each, Testimonial)]
    dirty = [each for each in session.dirty if isinstance(each, Testimonial)]
    written += [each for each in dirty if session.is_modified(each, include_collections=False)]
    # A consent that no outlet needs changes neither the testimonial nor its history.
    told = [each.testimonial_id for each in session.new if isinstance(each, AuditEvent | Consent)]
    ids = {each.id for each in written} | {each for each in told if each is not None}
    articles = [each for each in session.dirty if isinstance(each, Article) and session.is_modified(each)]
    if ids or articles:
        new = [each for each in written if each in session.new]
        for testimonial in new:
            store_lines(session, testimonial)
        added = [each for each in new if each.shown_number is None]
        changes = Changes(sorted(ids), written, articles, added)
        for handler in HANDLERS:
            handler(session, changes)


def store_lines(session: Session, testimonial: Testimonial) -> None:
    """Insert in one statement the consents that a testimonial came with, if they were kept out of the session.

    On SQLite the session would insert them one by one.
    """
    states: list[Any] = [inspect(line) for line in testimonial.consents]
    rows = [{name: getattr(each.object, name) for name in LINE_COLUMNS} for each in states if each.transient]
    if rows:
        session.execute(INSERT_LINES, [row | {"testimonial_id": testimonial.id} for row in rows])


def locked(selected: Select[*Row]) -> Select[*Row]:
    """Select several testimonials locked (FOR UPDATE), in the order in which every writer locks them.

    An answer comes before what it is about, which its acts lock in their turn.
    """
    ordered = selected.order_by(None).order_by(Testimonial.about_id.is_(None), Testimonial.id)
    return ordered.with_for_update(of=Testimonial)


def in_batches(session: Session, *conditions: ColumnElement[bool], size: int = BATCH) -> Iterator[list[int]]:
    """Yield the ids of testimonials, a batch at a time, locked (FOR UPDATE) in the order of every other writer.

    The caller commits, or rolls back, each batch before the next.
    """
    last = 0
    while True:
        batch = select(Testimonial.id).where(Testimonial.id > last, *conditions).order_by(Testimonial.id).limit(size)
        ids = session.scalars(batch).all()
        if not ids:
            return
        last = ids[-1]
        yield sorted(session.scalars(locked(select(Testimonial.id).where(Testimonial.id.in_(ids), *conditions))))
        session.expunge_all()


def recall_consents(session: Session, ids: Sequence[int]) -> None:
    """Copy from the consent lines of some testimonials, once more, which outlets they open beyond the page here.

    Consent to publication is not among them: the database holds it to what is published.
    """
    for testimonial in session.scalars(select(Testimonial).where(Testimonial.id.in_(ids))):
        _, testimonial.sites_consent, testimonial.reuse_consent = opened_outlets(testimonial.consents)
    session.flush()


def examine_again(session: Session) -> Iterator[int]:
    """Run the assistant over every version of every testimonial; yield how many are done, for the caller to commit."""
    done = 0
    for ids in in_batches(session, size=100):
        for testimonial in session.scalars(select(Testimonial).where(Testimonial.id.in_(ids))):
            for version in testimonial.versions:
                version.examine()
            testimonial.hint_count = len(testimonial.latest.passages) if testimonial.versions else 0
        done += len(ids)
        yield done
