"""`flask catalog rebuild | check`: every derived row recomputed from nothing, or compared with what it should be."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.catalog import facets, sync
from app.db import db
from app.moderation.queue import rows
from app.moderation.queue.rows import QueueRow, QueueThemeRow
from app.search import index
from app.testimonials.changes import examine_again, in_batches, recall_consents
from app.testimonials.testimonial import Testimonial

# Each recomputes the rows of some testimonials; the facets are recomputed by article.
REBUILDS = (recall_consents, sync.rebuild, index.rebuild, rows.rebuild)

# Of those, what holds the names of others: of régions and partners.
INDEXES = (index.rebuild, rows.rebuild)

# The tables they write, by the column of the testimonial's id; of testimonials, the outlets that consents open.
DERIVED: Sequence[tuple[Any, str]] = (
    (table("testimonial", column("id"), column("sites_consent"), column("reuse_consent")), "id"),
    *((each.__table__, "testimonial_id") for each in sync.DERIVED),
    (table("search_desk", column("rowid"), column("words")), "rowid"),
    (table("search_public", column("rowid"), column("words")), "rowid"),
    (table("search_open", column("rowid"), column("words")), "rowid"),
    (QueueRow.__table__, "testimonial_id"),
    (QueueThemeRow.__table__, "testimonial_id"),
)

catalog_commands = AppGroup("catalog", help="The read model: facets, renderings, search, the queue's rows.")


@catalog_commands.command("rebuild", help="Recompute every derived row. Commits as it goes; may be run again.")
@click.option("--hints", is_flag=True, help="First examine every text again: after the assistant's rules have changed.")
def rebuild_catalog(*, hints: bool) -> None:
    for _ in examine_again(db.session()) if hints else ():
        db.session.commit()
    click.echo(f"recomputed: {rebuild_everything(db.session())} testimonials")


@catalog_commands.command("check", help="List the derived rows that differ once recomputed; exit with 1 if any does.")
def check_catalog() -> None:
    """Change nothing: what is recomputed for comparison is rolled back, a batch at a time."""
    different = list(differences(db.session()))
    for line in different:
        click.echo(line)
    if different:
        raise click.ClickException("derived rows differ: `flask catalog rebuild` recomputes them")
    click.echo("every derived row is as it should be")


def rebuild_everything(session: Session) -> int:
    """Recompute the facets of each article, then the other tables by batches of testimonials; return how many."""
    for article_id in session.scalars(select(Article.id).order_by(Article.id)).all():
        facets.rebuild(session, article_id)
        session.commit()
    index.delete_orphans(session)
    session.commit()
    return sum(rebuilt_batches(session, REBUILDS))


def renew_derived_rows() -> int:
    return sum(renewals(db.session()))


def rebuild_indexes() -> int:
    return sum(rebuilt_batches(db.session(), INDEXES))


def renewals(session: Session) -> Iterator[int]:
    """Renew what is stale; yield how many texts at each batch, which is committed; pages show the former HTML before.

    Renderings come first. Where one was stale, another name can stand in the words and rows of every text.
    """
    is_stale = False
    for number in sync.renew(session):
        session.commit()
        is_stale = True
        yield number
    session.rollback()  # the look for one batch more
    if is_stale:
        yield from rebuilt_batches(session, INDEXES)


def rebuilt_batches(session: Session, rebuilds: Sequence[Any]) -> Iterator[int]:
    """Recompute rows of all testimonials; yield how many at each batch, which is committed."""
    for ids in in_batches(session):
        for rebuild in rebuilds:
            rebuild(session, ids)
        session.commit()
        yield len(ids)
    session.rollback()  # the look for one batch more


def differences(session: Session) -> Iterator[str]:
    for article_id, slug in session.execute(select(Article.id, Article.slug).order_by(Article.id)).all():
        if count := facets.count_differences(session, article_id):
            yield f"facets of {slug}: {count} rows differ"
    if count := index.delete_orphans(session):
        yield f"search: {count} rows of testimonials that do not exist"
    session.rollback()
    for ids in in_batches(session):
        before = [stored(session, each, name, ids) for each, name in DERIVED]
        for rebuild in REBUILDS:
            rebuild(session, ids)
        session.flush()
        after = [stored(session, each, name, ids) for each, name in DERIVED]
        session.rollback()
        identified = select(Testimonial.id, Testimonial.public_id).where(Testimonial.id.in_(ids))
        public_ids = dict(session.execute(identified).all())
        for (each, _), one, other in zip(DERIVED, before, after, strict=True):
            for testimonial_id in sorted(one.keys() | other.keys()):
                if one.get(testimonial_id) != other.get(testimonial_id):
                    yield f"{each.name} of {public_ids[testimonial_id]} differs"
        session.rollback()
    session.rollback()  # the look for one batch more


def stored(session: Session, derived: Any, name: str, ids: Sequence[int]) -> dict[int, list[str]]:
    rows_of: dict[int, list[str]] = {}
    for row in session.execute(select(derived).where(derived.c[name].in_(ids))).mappings():
        rows_of.setdefault(row[name], []).append(str(dict(row)))
    return {testimonial_id: sorted(several) for testimonial_id, several in rows_of.items()}
