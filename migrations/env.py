"""Runs the migrations in the application's engine, or on a connection; numbers new ones in line (0001, 0002)."""

from contextlib import nullcontext
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Enum

from app.db import UTCDateTime
from app.sanitize import SafeHTML

target = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Write our column types as the plain ones they are made of: a migration never imports the application."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, SafeHTML):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


# Partial: a model that declares it loads both dialects, in each server (migrations 0030 and 0040).
IN_MIGRATION_ALONE = {"ix_testimonial_answered", "ix_audit_event_question_sent"}


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the search tables alone: each engine has its own kind, which its migration wrote by hand."""
    return not (kind == "table" and (name or "").startswith("search_")) and name not in IN_MIGRATION_ALONE


def number(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
    """Give a new migration the number that follows the last, and make none where nothing changed."""
    script = directives[0]
    if (
        script.upgrade_ops is not None
        and script.upgrade_ops.is_empty()
        and getattr(context.config.cmd_opts, "autogenerate", False)
    ):
        directives.clear()
        return
    head = ScriptDirectory.from_config(context.config).get_current_head()
    script.rev_id = f"{int(head or 0) + 1:04d}"


def run() -> None:
    """Migrate, in one transaction: that of the connection that is given (`app.backup.schema`), or its own."""
    given = context.config.attributes.get("connection")
    with target.engine.connect() if given is None else nullcontext(given) as connection:
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            render_item=render_item,
            include_name=include_name,
            process_revision_directives=number,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
