"""Consents of texts that an editor typed for their author: who typed them."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

REFERENCE = "CONSTRAINT fk_consent_recorded_by_id_user_account REFERENCES user_account (id)"


def upgrade() -> None:
    # In SQL: a rebuilt table would lose the triggers of SQLite.
    op.execute(f"ALTER TABLE consent ADD COLUMN recorded_by_id INTEGER {REFERENCE}")


def downgrade() -> None:
    """Refuse to lose who typed a text that was told: it is a part of the proof."""
    bind = op.get_bind()
    if bind.exec_driver_sql("SELECT count(*) FROM consent WHERE recorded_by_id IS NOT NULL").scalar():
        raise RuntimeError("consents say who typed the text: the release before this one cannot keep that")
    if bind.dialect.name == "sqlite":  # which drops no column of a foreign key
        version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
        op.execute("PRAGMA writable_schema = ON")
        op.execute(f"UPDATE sqlite_schema SET sql = replace(sql, '{REFERENCE}', '') WHERE name = 'consent'")
        op.execute(f"PRAGMA schema_version = {int(version or 0) + 1}")
        op.execute("PRAGMA writable_schema = OFF")
    op.drop_column("consent", "recorded_by_id")
