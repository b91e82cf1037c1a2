"""The whole path: articles and territories, testimonials with their versions, consents and events, letters, editors.

Three things stand here that the models cannot say: what was approved is never rewritten, what was consented to and
what happened are never changed nor deleted. Triggers refuse it, on both engines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CONTENT = (
    "testimonial_id, number, made_by, made_at, digest, situation, clsm, department_code, crpv_known, crpv_id,"
    " crpv_other, title, account, outcome, obstacles, advice, years, partners, link, author_name,"
    " author_role, attribution"
)

# A proof of consent is kept for five years; then it may go (product.md, « Keeping and forgetting »).
YOUNG = {
    "sqlite": "OLD.at > datetime('now', '-5 years')",
    "postgresql": "OLD.at > now() - interval '5 years'",
}

# name, event, table, and when it is refused: on both engines, or on each
GUARDS = (
    ("audit_event_is_kept", "DELETE", "audit_event", "TRUE"),
    ("audit_event_is_final", "UPDATE", "audit_event", "TRUE"),
    ("consent_is_kept", "DELETE", "consent", YOUNG),
    ("consent_is_final", "UPDATE", "consent", "TRUE"),
    ("version_is_final", f"UPDATE OF {CONTENT}", "version", "TRUE"),
    (
        "approval_is_final",
        "UPDATE OF approval, approved_at, approved_digest",
        "version",
        "OLD.approval IS NOT NULL",
    ),
)


def guard(name: str, event: str, table: str, refused: str | dict[str, str]) -> None:
    """Make the engine refuse an event on a table's rows."""
    condition = refused if isinstance(refused, str) else refused[op.get_bind().dialect.name]
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({condition}) "
            "EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("call_title", sa.String(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("slug", name="uq_article_slug"),
    )
    op.create_table(
        "crpv",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("checked", sa.String(), nullable=False),
        sa.Column("certainty", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crpv"),
        sa.UniqueConstraint("slug", name="uq_crpv_slug"),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_region"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
    )
    op.create_table(
        "department",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name="fk_department_region_code_region"),
        sa.PrimaryKeyConstraint("code", name="pk_department"),
    )
    op.create_table(
        "testimonial",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("submission_key", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publication_consent", sa.Boolean(), nullable=False),
        sa.Column("current_number", sa.Integer(), nullable=False),
        sa.Column("settled_number", sa.Integer(), nullable=False),
        sa.Column("shown_number", sa.Integer(), nullable=True),
        sa.Column("shown_digest", sa.String(), nullable=True),
        sa.Column("approved_digest", sa.String(), nullable=True),
        sa.CheckConstraint(
            "status <> 'published' OR (publication_consent AND shown_number IS NOT NULL AND shown_digest IS NOT NULL"
            " AND approved_digest IS NOT NULL AND approved_digest = shown_digest)",
            name=op.f("ck_testimonial_published_is_lawful"),
        ),
        sa.CheckConstraint(
            "status = 'published' OR shown_number IS NULL", name=op.f("ck_testimonial_only_published_is_shown")
        ),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_testimonial_article_id_article"),
        sa.ForeignKeyConstraint(
            ["id", "shown_number", "shown_digest"],
            ["version.testimonial_id", "version.number", "version.digest"],
            name="fk_testimonial_shown_version",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_testimonial"),
        sa.UniqueConstraint("public_id", name="uq_testimonial_public_id"),
        sa.UniqueConstraint("submission_key", name="uq_testimonial_submission_key"),
    )
    op.create_index("ix_testimonial_article_status", "testimonial", ["article_id", "status", "published_at", "id"])
    op.create_index("ix_testimonial_email", "testimonial", ["email"])
    op.create_index("ix_testimonial_status_waiting", "testimonial", ["status", "waiting_since", "id"])
    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_theme_article_id_article"),
        sa.PrimaryKeyConstraint("id", name="pk_theme"),
        sa.UniqueConstraint("article_id", "slug", name="uq_theme_article_id_slug"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("testimonial_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_audit_event_testimonial_id_testimonial"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_audit_event_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_testimonial_id", "audit_event", ["testimonial_id"])
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("wording_version", sa.Integer(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_consent_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_testimonial_id", "consent", ["testimonial_id"])
    op.create_table(
        "crpv_department",
        sa.Column("crpv_id", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["crpv_id"], ["crpv.id"], name="fk_crpv_department_crpv_id_crpv"),
        sa.ForeignKeyConstraint(
            ["department_code"], ["department.code"], name="fk_crpv_department_department_code_department"
        ),
        sa.PrimaryKeyConstraint("crpv_id", "department_code", name="pk_crpv_department"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_decision_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_decision_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_testimonial_id", "decision", ["testimonial_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_refusal", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_letter_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
    )
    op.create_index("ix_letter_due_at", "letter", ["due_at"])
    op.create_index("ix_letter_testimonial_id", "letter", ["testimonial_id"])
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("situation", sa.String(length=32), nullable=False),
        sa.Column("clsm", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("crpv_known", sa.String(length=32), nullable=False),
        sa.Column("crpv_id", sa.Integer(), nullable=True),
        sa.Column("crpv_other", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("obstacles", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("years", sa.String(), nullable=False),
        sa.Column("partners", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("author_role", sa.String(), nullable=False),
        sa.Column("attribution", sa.String(length=32), nullable=False),
        sa.Column("approval", sa.String(length=32), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_digest", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["crpv_id"], ["crpv.id"], name="fk_version_crpv_id_crpv"),
        sa.ForeignKeyConstraint(["department_code"], ["department.code"], name="fk_version_department_code_department"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_version_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.UniqueConstraint("testimonial_id", "number", "digest", name="uq_version_testimonial_id_number_digest"),
        sa.UniqueConstraint("testimonial_id", "number", name="uq_version_testimonial_id_number"),
    )
    op.create_table(
        "version_theme",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name="fk_version_theme_theme_id_theme"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name="fk_version_theme_version_id_version", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "theme_id", name="pk_version_theme"),
    )
    op.create_index("ix_version_theme_theme_id", "version_theme", ["theme_id"])

    # `testimonial` and `version` refer to each other:
    # SQLite took the constraint with the table, PostgreSQL takes it now.
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(
            "fk_testimonial_shown_version",
            "testimonial",
            "version",
            ["id", "shown_number", "shown_digest"],
            ["testimonial_id", "number", "digest"],
            initially="DEFERRED",
            deferrable=True,
        )
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for name, event, table, refused in GUARDS:
        guard(name, event, table, refused)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_testimonial_shown_version", "testimonial", type_="foreignkey")
    for table in (
        "version_theme",
        "version",
        "letter",
        "decision",
        "crpv_department",
        "consent",
        "audit_event",
        "theme",
        "testimonial",
        "department",
        "user_account",
        "region",
        "crpv",
        "article",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
