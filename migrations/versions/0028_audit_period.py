"""An event of the audit log that is about no text may go after a year; those about texts stay."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

REFUSED = {
    "sqlite": "(OLD.testimonial_id IS NOT NULL OR OLD.at > datetime('now', '-1 years'))",
    "postgresql": "(OLD.testimonial_id IS NOT NULL OR OLD.at > now() - interval '1 year')",
}


def upgrade() -> None:
    guard(REFUSED[op.get_bind().dialect.name])


def guard(refused: str) -> None:
    """Make the engine refuse to delete the events of which a condition holds."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_event_is_kept ON audit_event")
        op.execute(
            f"CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event FOR EACH ROW WHEN ({refused}) "
            "EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute("DROP TRIGGER audit_event_is_kept")
        op.execute(
            f"CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event FOR EACH ROW WHEN {refused} "
            "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
        )
