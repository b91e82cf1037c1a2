"""What was read back from the log has a column: revoked acts, versions set aside, from when an answer is read."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

EVENTS = "SELECT id, testimonial_id, kind, at, after, version_number FROM audit_event WHERE testimonial_id IS NOT NULL"
GUARD = "audit_event_is_final"  # migration 0001
# Events after which a decision can still be undone: nothing of the text has moved.
BESIDE = {
    *("noted", "noticed", "notice_erased", "placed", "cited", "quote_gave_way", "written_to", "decided_alone"),
    *("reminder_lost", "answer_invited", "answer_announced", "update_asked", "update_dated", "question_sent"),
    *("question_reported", "question_settled", "link_renewed", "sheet_drawn", "code_drawn", "email_revived"),
    *("partner_recognised", "partner_detached"),
}
SHOWING = {"publish", "sign_proof", "restore", "gave_way"}
# The latest of these says why an answer is hidden: by an editor, or until who is answered has read it.
HIDING = {"hide", "publish", "sign_proof", "restore"}


def upgrade() -> None:
    # In SQL: a rebuilt table would lose the triggers of SQLite.
    op.execute("ALTER TABLE audit_event ADD COLUMN revokes_id INTEGER REFERENCES audit_event (id)")
    op.add_column("version", sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("testimonial", sa.Column("readable_from", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_testimonial_readable_from", "testimonial", ["readable_from"])
    for table in ("decision", "withdrawal"):
        op.add_column(table, sa.Column("readable_from_before", sa.DateTime(timezone=True), nullable=True))
    bind = op.get_bind()
    log = bind.execute(sa.text(f"{EVENTS} ORDER BY testimonial_id, id")).mappings().all()
    revoked, aside = [], []
    for testimonial_id, events in groupby(log, lambda event: event["testimonial_id"]):
        in_force, pairs = less_revoked([*events])
        revoked += pairs
        aside += [{"text": testimonial_id, "number": number, "at": at} for number, at in set_aside(in_force)]
    is_sqlite = bind.dialect.name == "sqlite"
    created = ""
    if is_sqlite:
        created = bind.scalar(sa.text("SELECT sql FROM sqlite_schema WHERE name = :name"), {"name": GUARD})
        op.execute(f"DROP TRIGGER {GUARD}")
    else:
        op.execute(f"ALTER TABLE audit_event DISABLE TRIGGER {GUARD}")
    if revoked:
        bind.execute(sa.text("UPDATE audit_event SET revokes_id = :revoked WHERE id = :by"), revoked)
    op.execute(created if is_sqlite else f"ALTER TABLE audit_event ENABLE TRIGGER {GUARD}")
    if aside:
        marked = "UPDATE version SET set_aside_at = :at WHERE testimonial_id = :text AND number = :number"
        bind.execute(sa.text(marked), aside)
    announce_answers(log, {pair["by"]: pair["revoked"] for pair in revoked})
    op.create_index("ix_audit_event_revokes_id", "audit_event", ["revokes_id"], unique=True)


def less_revoked(events: list[Any]) -> tuple[list[Any], list[dict[str, int]]]:
    """Return the events in force, and each revocation with the act that it revokes."""
    in_force: list[Any] = []
    pairs = []
    for event in events:
        if event["kind"] in {"take_back", "call_back"}:
            act = next(each for each in reversed(in_force) if each["kind"] not in BESIDE)
            in_force.remove(act)
            pairs.append({"by": event["id"], "revoked": act["id"]})
        else:
            in_force.append(event)
    return in_force, pairs


def set_aside(events: list[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the versions that are set aside, and when: none once the text was published no longer."""
    numbers: dict[int, Any] = {}
    shown = 0
    for event in events:
        number = event["version_number"] or 0
        if event["kind"] in {"gave_way", "set_aside"}:
            last = number if event["kind"] == "set_aside" else number - 1
            numbers |= {each: event["at"] for each in range(shown + 1, last + 1) if each not in numbers}
        if event["kind"] in SHOWING:
            shown = number
        elif event["kind"] != "set_aside" and event["after"] and event["after"] != "published":
            numbers.clear()
    yield from numbers.items()


def announce_answers(log: Sequence[Any], revoked: Mapping[int, int]) -> None:
    """Tell answers that are announced from those that an editor hides, now and as each act found them."""
    for table, row, text, moment, action, suffix in (
        ("testimonial", "id", "id", "NULL", "''", ""),
        ("decision", "id", "testimonial_id", "at", "action", "_before"),
        ("withdrawal", "testimonial_id", "testimonial_id", "at", "'withdraw'", "_before"),
    ):
        hidden = op.get_bind().execute(
            sa.text(
                f"SELECT {row} AS id, {text} AS text, {moment} AS at, {action} AS action FROM {table}"
                f" WHERE hidden_until{suffix} IS NOT NULL"
                f" AND {text} IN (SELECT id FROM testimonial WHERE kind = 'answer')"
            )
        )
        for found in hidden.mappings().all():
            acts = [each for each in log if each["testimonial_id"] == found["text"]]
            acts = [each for each in acts if found["at"] is None or each["at"] <= found["at"]]
            if acts and acts[-1]["kind"] == found["action"]:  # an act found the text as it was before
                acts.pop()
            undone = {revoked[each["id"]] for each in acts if each["id"] in revoked}
            kinds = [each["kind"] for each in acts if each["kind"] in HIDING and each["id"] not in undone]
            if kinds and kinds[-1] != "hide":
                moved = f"readable_from{suffix} = hidden_until{suffix}, hidden_until{suffix} = NULL"
                op.get_bind().execute(sa.text(f"UPDATE {table} SET {moved} WHERE {row} = :id"), {"id": found["id"]})


def downgrade() -> None:
    for table, suffix in (("testimonial", ""), ("decision", "_before"), ("withdrawal", "_before")):
        op.execute(
            f"UPDATE {table} SET hidden_until{suffix} = readable_from{suffix} WHERE readable_from{suffix} IS NOT NULL"
        )
    op.drop_index("ix_testimonial_readable_from", "testimonial")
    op.execute("ALTER TABLE testimonial DROP COLUMN readable_from")
    for table in ("decision", "withdrawal"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN readable_from_before")
    op.drop_index("ix_audit_event_revokes_id", "audit_event")
    op.execute("ALTER TABLE version DROP COLUMN set_aside_at")
    op.execute("ALTER TABLE audit_event DROP COLUMN revokes_id")
