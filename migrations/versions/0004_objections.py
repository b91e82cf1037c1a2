"""Objections have force: what is contested, and triggers that keep it from the page until it is answered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = {
    "testimonial": ("contested_number", "masks_number"),
    "decision": ("contested_number_before", "masks_number_before"),
}

# A correction is shown although one is contested: only the masks that were on the page may be.
SHOWN = (
    "{testimonial}.contested_number IS NOT NULL AND {testimonial}.shown_number = {version}.number"
    " AND ({testimonial}.masks_number IS NULL OR {testimonial}.masks_number <> {testimonial}.shown_number)"
    " AND {version}.testimonial_id = {testimonial}.id AND {version}.approval = 'under_consent'"
)
# The masks are told once, as the author objects: no later version takes their place.
RELABELLED = (
    "OLD.contested_number IS NOT NULL AND NEW.contested_number IS NOT NULL AND NEW.masks_number IS NOT NULL"
    " AND (OLD.masks_number IS NULL OR OLD.masks_number <> NEW.masks_number)"
)
OF_TESTIMONIAL = "EXISTS (SELECT 1 FROM version WHERE " + SHOWN.format(testimonial="NEW", version="version") + ")"
OF_VERSION = "EXISTS (SELECT 1 FROM testimonial WHERE " + SHOWN.format(testimonial="testimonial", version="NEW") + ")"

# Name, event, table, and the condition of refusal.
GUARDS = (
    ("objection_holds_new", "INSERT", "testimonial", OF_TESTIMONIAL),
    (
        "objection_holds",
        "UPDATE OF status, shown_number, contested_number, masks_number",
        "testimonial",
        f"({RELABELLED}) OR {OF_TESTIMONIAL}",
    ),
    ("objection_holds_version_new", "INSERT", "version", OF_VERSION),
    ("objection_holds_version", "UPDATE OF approval", "version", OF_VERSION),
)


def upgrade() -> None:
    for table, names in COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True))
    # Open objections: the correction they are about is the latest one; what is on the page stays until the answer.
    op.execute(
        "UPDATE testimonial SET masks_number = shown_number, contested_number = COALESCE(shown_number, current_number)"
        " WHERE contested_at IS NOT NULL AND EXISTS (SELECT 1 FROM version WHERE testimonial_id = testimonial.id"
        " AND number = COALESCE(shown_number, current_number) AND approval = 'under_consent')"
    )
    for guard in GUARDS:
        create_guard(*guard)


def create_guard(name: str, event: str, table: str, refused: str) -> None:
    """Make the engine refuse an event on a table's rows."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {refused} THEN"
            " RAISE EXCEPTION 'an objection is unanswered'; END IF; RETURN NULL; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    else:
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN {refused} "
            "BEGIN SELECT RAISE(ABORT, 'an objection is unanswered'); END"
        )
