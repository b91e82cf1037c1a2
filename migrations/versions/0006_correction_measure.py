"""What a correction changed, without which the database refuses its approval, and when its author was told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A correction adds no word, takes none out, hides none that a mask may not, and changes no choice.
FOREIGN = ("new", "removed", "overmasked", "chosen")
COUNT = {"postgresql": "(NEW.measure->>'{name}')::int", "sqlite": "json_extract(NEW.measure, '$.{name}')"}

# The corrections of before were told as they were saved; those whose e-mail still waits are told by it.
TOLD = """
    UPDATE version SET told_at = approved_at WHERE approval = 'under_consent' AND NOT EXISTS (
        SELECT 1 FROM email WHERE email.testimonial_id = version.testimonial_id
        AND email.message = 'edited' AND email.due_at IS NOT NULL
    )
"""


def upgrade() -> None:
    op.add_column("version", sa.Column("measure", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("version", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(TOLD)
    count = COUNT[op.get_bind().dialect.name]
    foreign = " + ".join(f"coalesce({count.format(name=name)}, 1)" for name in FOREIGN)
    unmeasured = f"NEW.approval = 'under_consent' AND (NEW.measure IS NULL OR {foreign} <> 0)"
    guard("correction_is_measured", "UPDATE OF approval", unmeasured)
    guard("new_correction_is_measured", "INSERT", unmeasured)
    guard("measure_is_final", "UPDATE OF measure", "OLD.approval IS NOT NULL")


def guard(name: str, event: str, condition: str) -> None:
    """Make the engine refuse an event on a version."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON version FOR EACH ROW WHEN ({condition}) "
            "EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON version FOR EACH ROW WHEN {condition} "
            "BEGIN SELECT RAISE(ABORT, 'version is append-only'); END"
        )
