"""No yearly moderation report: those that were published are kept in a file of the instance folder."""

import json
import os
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    reports = [dict(row) for row in op.get_bind().execute(sa.text("SELECT * FROM moderation_report")).mappings()]
    if reports:
        kept = Path(current_app.config["INSTANCE"]) / "moderation-reports.json"
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(reports, file, ensure_ascii=False, indent=1, default=str)
    op.drop_table("moderation_report")
