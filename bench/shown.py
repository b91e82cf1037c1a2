"""What readers are served of a corpus, written in bulk: on which facets it is found, and its HTML.

The product does it one testimonial at a time, in the transaction that publishes it; half a million would take hours.
The facets are selected by the product's own hand. The HTML is made by its own macros, once for each text of the
corpus: testimonials that say the same are shown alike, save for their address.
"""

from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from app.catalog import rendering
from app.catalog.facets import KEY, facet_entry, facets_of
from app.catalog.rendering import Rendering
from app.catalog.visibility import visible
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version

AT_A_TIME = 250


def show(connection: Connection) -> None:
    """Put up all that is visible, in the same transaction; within an application's context, for its templates."""
    shelve(connection)
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        print_alike(session)


def shelve(connection: Connection) -> None:
    """Fill the facets, in the order of their key: sorting beats inserting."""
    key = ", ".join(KEY)
    for number, themed in enumerate((False, True)):
        found = facets_of(themed=themed).compile(connection, compile_kwargs={"literal_binds": True})
        written = (
            f"INSERT INTO corpus_standing {found}" if number else f"CREATE TEMPORARY TABLE corpus_standing AS {found}"
        )
        connection.exec_driver_sql(written)
    connection.execute(
        text(f"INSERT INTO facet ({key}, total) SELECT {key}, count(*) FROM corpus_standing GROUP BY {key}")
    )
    (index,) = facet_entry.indexes
    index.drop(connection)
    same = " AND ".join(f"facet.{name} = corpus_standing.{name}" for name in KEY)
    connection.execute(
        text(
            "INSERT INTO facet_entry (facet_id, published_at, testimonial_id)"
            f" SELECT facet.id, published_at, testimonial_id FROM corpus_standing JOIN facet ON {same} ORDER BY 1, 2, 3"
        )
    )
    index.create(connection)
    connection.execute(text("DROP TABLE corpus_standing"))


def print_alike(session: Session) -> None:
    """Make the HTML of one testimonial for each text, and give it to all those that say the same."""
    edition = rendering.edition(session)
    first = select(func.min(Version.testimonial_id)).join(Testimonial, Testimonial.id == Version.testimonial_id)
    models = session.scalars(first.where(Testimonial.shown_number == Version.number).group_by(Version.account)).all()
    for start in range(0, len(models), AT_A_TIME):
        some = visible().where(Testimonial.id.in_(models[start : start + AT_A_TIME]))
        for testimonial in session.scalars(some).all():
            assert testimonial.shown is not None  # noqa: S101  # visible() joins it
            rendering.render(session, testimonial, testimonial.shown, edition)
        session.flush()
        session.expunge_all()
    session.execute(
        text(
            "CREATE TEMPORARY TABLE corpus_model AS SELECT rendering.*, account, public_id FROM rendering"
            " JOIN version USING (testimonial_id) JOIN testimonial ON testimonial.id = testimonial_id"
        )
    )
    session.execute(text("CREATE INDEX ix_corpus_model ON corpus_model (account)"))
    session.execute(text("DELETE FROM rendering"))
    columns = [column.name for column in Rendering.__table__.columns if column.name != "testimonial_id"]
    alike = [
        f"replace(corpus_model.{name}, corpus_model.public_id, testimonial.public_id)"
        if name in {"caption", "card", "document"}
        else f"corpus_model.{name}"
        for name in columns
    ]
    session.execute(
        text(
            f"INSERT INTO rendering (testimonial_id, {', '.join(columns)})"
            f" SELECT testimonial.id, {', '.join(alike)} FROM testimonial"
            " JOIN version ON version.testimonial_id = testimonial.id AND version.number = testimonial.shown_number"
            " JOIN corpus_model USING (account) WHERE testimonial.status = 'published' ORDER BY 1"
        )
    )
    session.execute(text("DROP TABLE corpus_model"))
    session.commit()
