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
