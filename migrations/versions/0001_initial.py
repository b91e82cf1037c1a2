"""The whole schema: tables by subject, then what models cannot say, as triggers and search tables on each engine.

Approved versions are never rewritten; consents and events are never changed, nor deleted before five years. Stamps of
the page cache move in the transaction that changes what readers see.
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

# A proof of consent is kept for five years; then it may go (docs/operating.md, « The scheduled job »).
YOUNG = {
    "sqlite": "OLD.at > datetime('now', '-5 years')",
    "postgresql": "OLD.at > now() - interval '5 years'",
}

# Name, event, table, and the condition of refusal: one for both engines, or one for each.
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


OF_A_PUBLISHED = "SELECT article_id FROM testimonial WHERE id = {row}.testimonial_id AND status = 'published'"

# The articles whose readers see a row of a table.
SEEN_BY = {
    "article": "SELECT {row}.id",
    "theme": "SELECT {row}.article_id",
    "testimonial": "SELECT {row}.article_id WHERE {row}.status = 'published'",
    "version": OF_A_PUBLISHED,
    "version_theme": "SELECT testimonial.article_id FROM testimonial JOIN version"
    " ON version.testimonial_id = testimonial.id"
    " WHERE version.id = {row}.version_id AND testimonial.status = 'published'",
    "placement": "SELECT {row}.article_id",
    "rendering": OF_A_PUBLISHED,
    # Names that any article may show.
    "region": "SELECT id FROM article",
    "department": "SELECT id FROM article",
    "crpv": "SELECT id FROM article",
}

EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}

RANDOM = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "CAST(gen_random_uuid() AS text)"}

SEARCHES = ("search_desk", "search_public")


def upgrade() -> None:
    create_accounts()
    create_content()
    create_testimonials()
    create_catalog()
    create_queue()
    create_counters()
    create_guards()
    if op.get_bind().dialect.name == "postgresql":
        create_stamps_on_postgresql()
    else:
        create_stamps_on_sqlite()
    for table in SEARCHES:
        create_search(table)


def create_accounts() -> None:
    """Editors' and admins' accounts."""
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("totp_nonce", sa.String(), nullable=True),
        sa.Column("totp_counter", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
    )
    op.create_table(
        "account_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_account_link_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_account_link"),
        sa.UniqueConstraint("public_id", name="uq_account_link_public_id"),
    )
    op.create_index("ix_account_link_user_id", "account_link", ["user_id"])
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attempts"),
    )
    op.create_table(
        "editor_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_editor_session_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_editor_session"),
        sa.UniqueConstraint("digest", name="uq_editor_session_digest"),
    )
    op.create_index("ix_editor_session_user_id", "editor_session", ["user_id"])
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_passkey_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_recovery_code_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])
    op.create_table(
        "subscription",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_subscription_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", name="pk_subscription"),
    )


def create_content() -> None:
    """Territories, articles and their themes."""
    op.create_table(
        "region",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_region"),
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
        "article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("call_title", sa.String(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("slug", name="uq_article_slug"),
    )
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


def create_testimonials() -> None:
    """A testimonial, its versions, and everything that was consented to, decided, said or sent about it."""
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
        sa.Column("publication_consent", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_number", sa.Integer(), nullable=False),
        sa.Column("settled_number", sa.Integer(), nullable=False),
        sa.Column("shown_number", sa.Integer(), nullable=True),
        sa.Column("shown_digest", sa.String(), nullable=True),
        sa.Column("approved_digest", sa.String(), nullable=True),
        sa.Column("hint_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'published' OR (publication_consent AND shown_number IS NOT NULL"
            " AND shown_digest IS NOT NULL AND approved_digest IS NOT NULL AND approved_digest = shown_digest)",
            name="ck_testimonial_published_is_lawful",
        ),
        sa.CheckConstraint(
            "status = 'published' OR shown_number IS NULL", name="ck_testimonial_only_published_is_shown"
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
    op.create_index("ix_testimonial_contested_at", "testimonial", ["contested_at"])
    op.create_index("ix_testimonial_email", "testimonial", ["email"])
    op.create_index("ix_testimonial_noticed_at", "testimonial", ["noticed_at"])
    op.create_index("ix_testimonial_status_waiting", "testimonial", ["status", "waiting_since", "id"])
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
        sa.Column("hints", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["crpv_id"], ["crpv.id"], name="fk_version_crpv_id_crpv"),
        sa.ForeignKeyConstraint(["department_code"], ["department.code"], name="fk_version_department_code_department"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_version_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.UniqueConstraint("testimonial_id", "number", "digest", name="uq_version_testimonial_id_number_digest"),
        sa.UniqueConstraint("testimonial_id", "number", name="uq_version_testimonial_id_number"),
    )
    op.create_index("ix_version_clsm_testimonial_id", "version", ["clsm", "testimonial_id"])
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
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
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
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_before", sa.String(length=32), nullable=False),
        sa.Column("waiting_since_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contested_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_number_before", sa.Integer(), nullable=True),
        sa.Column("settled_number_before", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_decision_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_decision_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_testimonial_id", "decision", ["testimonial_id"])
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_remark_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_remark_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_remark"),
    )
    op.create_index("ix_remark_testimonial_id", "remark", ["testimonial_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_notice_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_handled_at", "notice", ["handled_at"])
    op.create_index("ix_notice_testimonial_id", "notice", ["testimonial_id"])
    op.create_table(
        "spam_trace",
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_spam_trace_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_spam_trace"),
    )
    op.create_index("ix_spam_trace_at", "spam_trace", ["at"])
    op.create_index("ix_spam_trace_fingerprint", "spam_trace", ["fingerprint"])
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_draft_article_id_article"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("key", name="uq_draft_key"),
        sa.UniqueConstraint("public_id", name="uq_draft_public_id"),
    )
    op.create_index("ix_draft_ends_at", "draft", ["ends_at"])
    op.create_table(
        "email",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=True),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_refusal", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name="fk_email_draft_id_draft", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"], name="fk_email_event_id_audit_event"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_email_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_email"),
    )
    op.create_index("ix_email_draft_id", "email", ["draft_id"])
    op.create_index("ix_email_due_at", "email", ["due_at"])
    op.create_index("ix_email_testimonial_id", "email", ["testimonial_id"])
    # `testimonial` and `version` refer to each other: SQLite takes the constraint with the table, PostgreSQL after.
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


def create_catalog() -> None:
    """What is published, arranged to be found; every row can be recomputed (`flask catalog rebuild`)."""
    op.create_table(
        "facet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("crpv", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_facet_article_id_article"),
        sa.PrimaryKeyConstraint("id", name="pk_facet"),
        sa.UniqueConstraint(
            "article_id", "theme", "situation", "region", "crpv", name="uq_facet_article_id_theme_situation_region_crpv"
        ),
    )
    op.create_index("ix_facet_by_region", "facet", ["article_id", "theme", "situation", "crpv", "region"])
    op.create_index("ix_facet_by_situation", "facet", ["article_id", "theme", "region", "crpv", "situation"])
    op.create_index("ix_facet_by_theme", "facet", ["article_id", "situation", "region", "crpv", "theme"])
    op.create_table(
        "facet_entry",
        sa.Column("facet_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"], name="fk_facet_entry_facet_id_facet"),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_facet_entry_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("facet_id", "published_at", "testimonial_id", name="pk_facet_entry"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_facet_entry_testimonial_id", "facet_entry", ["testimonial_id"])
    op.create_table(
        "rendering",
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("themes", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_rendering_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_rendering"),
    )
    op.create_index("ix_rendering_shown_until", "rendering", ["shown_until"])
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_placement_article_id_article"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_placement_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("id", name="pk_placement"),
        sa.UniqueConstraint(
            "article_id", "theme", "testimonial_id", name="uq_placement_article_id_theme_testimonial_id"
        ),
    )
    op.create_index("ix_placement_testimonial_id", "placement", ["testimonial_id"])
    op.create_table(
        "publication_stamp",
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_publication_stamp"),
    )


def create_queue() -> None:
    """What editors' lists read, and who is reading what."""
    op.create_table(
        "queue_row",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("listed_status", sa.String(length=32), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("situation", sa.String(length=32), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("crpv_id", sa.Integer(), nullable=True),
        sa.Column("publication_consent", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("noticed", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_queue_row_article_id_article"),
        sa.ForeignKeyConstraint(["crpv_id"], ["crpv.id"], name="fk_queue_row_crpv_id_crpv"),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name="fk_queue_row_region_code_region"),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_queue_row_testimonial_id_testimonial"),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_queue_row"),
    )
    op.create_index(
        "ix_queue_row_article_id_active_at", "queue_row", ["listed_status", "article_id", "active_at", "testimonial_id"]
    )
    op.create_index(
        "ix_queue_row_article_id_waiting_since",
        "queue_row",
        ["listed_status", "article_id", "waiting_since", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_crpv_id_active_at", "queue_row", ["listed_status", "crpv_id", "active_at", "testimonial_id"]
    )
    op.create_index(
        "ix_queue_row_crpv_id_waiting_since",
        "queue_row",
        ["listed_status", "crpv_id", "waiting_since", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_flagged_active_at", "queue_row", ["listed_status", "flagged", "active_at", "testimonial_id"]
    )
    op.create_index(
        "ix_queue_row_flagged_waiting_since",
        "queue_row",
        ["listed_status", "flagged", "waiting_since", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_noticed_active_at", "queue_row", ["listed_status", "noticed", "active_at", "testimonial_id"]
    )
    op.create_index(
        "ix_queue_row_noticed_waiting_since",
        "queue_row",
        ["listed_status", "noticed", "waiting_since", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_publication_consent_active_at",
        "queue_row",
        ["listed_status", "publication_consent", "active_at", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_publication_consent_waiting_since",
        "queue_row",
        ["listed_status", "publication_consent", "waiting_since", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_region_code_active_at",
        "queue_row",
        ["listed_status", "region_code", "active_at", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_region_code_waiting_since",
        "queue_row",
        ["listed_status", "region_code", "waiting_since", "testimonial_id"],
    )
    op.create_index(
        "ix_queue_row_situation_active_at", "queue_row", ["listed_status", "situation", "active_at", "testimonial_id"]
    )
    op.create_index(
        "ix_queue_row_situation_waiting_since",
        "queue_row",
        ["listed_status", "situation", "waiting_since", "testimonial_id"],
    )
    op.create_index("ix_queue_row_status_active_at", "queue_row", ["listed_status", "active_at", "testimonial_id"])
    op.create_index(
        "ix_queue_row_status_waiting_since", "queue_row", ["listed_status", "waiting_since", "testimonial_id"]
    )
    op.create_table(
        "queue_theme",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("theme_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("listed_status", sa.String(length=32), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_queue_theme_testimonial_id_testimonial"
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name="fk_queue_theme_theme_id_theme"),
        sa.PrimaryKeyConstraint("testimonial_id", "theme_id", name="pk_queue_theme"),
    )
    op.create_index(
        "ix_queue_theme_active_at", "queue_theme", ["theme_id", "listed_status", "active_at", "testimonial_id"]
    )
    op.create_index(
        "ix_queue_theme_waiting_since", "queue_theme", ["theme_id", "listed_status", "waiting_since", "testimonial_id"]
    )
    op.create_table(
        "claim",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["testimonial_id"], ["testimonial.id"], name="fk_claim_testimonial_id_testimonial"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_claim_user_id_user_account"),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_claim"),
    )
    op.create_index("ix_claim_user_id", "claim", ["user_id"])


def create_counters() -> None:
    """Rate limits."""
    op.create_table(
        "rate_counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_counter"),
    )
    op.create_index("ix_rate_counter_expires_at", "rate_counter", ["expires_at"])


def create_guards() -> None:
    """Refuse what would rewrite an approval, a consent or an event."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for name, event, table, refused in GUARDS:
        guard(name, event, table, refused)


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


def create_stamps_on_sqlite() -> None:
    """SQLite has one writer at a time: each row moves the stamps at once."""
    op.execute(f"INSERT INTO publication_stamp VALUES (0, {RANDOM['sqlite']})")
    op.execute(
        "CREATE TRIGGER article_has_a_stamp AFTER INSERT ON article FOR EACH ROW "
        f"BEGIN INSERT INTO publication_stamp VALUES (NEW.id, {RANDOM['sqlite']}); END"
    )
    op.execute(
        "CREATE TRIGGER article_had_a_stamp AFTER DELETE ON article FOR EACH ROW "
        "BEGIN DELETE FROM publication_stamp WHERE scope = OLD.id; END"
    )
    for table, articles in SEEN_BY.items():
        for event, rows in EVENTS.items():
            moves = "".join(
                f"UPDATE publication_stamp SET stamp = {RANDOM['sqlite']} "
                f"WHERE scope IN ({seen}) OR (scope = 0 AND EXISTS ({seen})); "
                for seen in (articles.format(row=row) for row in rows)
            )
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_moves_stamps AFTER {event} ON {table} FOR EACH ROW "
                f"BEGIN {moves}END"
            )


def create_stamps_on_postgresql() -> None:
    """PostgreSQL has many: deferred triggers move the stamps once, at the commit, under one lock: no deadlock."""
    op.execute(f"INSERT INTO publication_stamp VALUES (0, {RANDOM['postgresql']})")
    op.execute(
        f"""
        CREATE FUNCTION article_has_a_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF TG_OP = 'INSERT' THEN INSERT INTO publication_stamp VALUES (NEW.id, {RANDOM["postgresql"]});
          ELSE DELETE FROM publication_stamp WHERE scope = OLD.id;
          END IF;
          RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER article_has_a_stamp AFTER INSERT OR DELETE ON article FOR EACH ROW "
        "EXECUTE FUNCTION article_has_a_stamp()"
    )
    # A row that this transaction has written (xmin) has moved already.
    op.execute(
        f"""
        CREATE FUNCTION move_stamps(articles integer[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
          IF cardinality(articles) = 0 THEN RETURN; END IF;
          PERFORM pg_advisory_xact_lock(hashtextextended('publication_stamp', 0));
          UPDATE publication_stamp SET stamp = {RANDOM["postgresql"]}
          WHERE (scope = 0 OR scope = ANY (articles)) AND xmin <> CAST(pg_current_xact_id() AS xid);
        END $$
        """
    )
    for table, articles in SEEN_BY.items():
        op.execute(
            f"""
            CREATE FUNCTION {table}_moves_stamps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF TG_OP <> 'INSERT' THEN PERFORM move_stamps(ARRAY({articles.format(row="OLD")})); END IF;
              IF TG_OP <> 'DELETE' THEN PERFORM move_stamps(ARRAY({articles.format(row="NEW")})); END IF;
              RETURN NULL;
            END $$
            """
        )
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_moves_stamps AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {table}_moves_stamps()"
        )


def create_search(table: str) -> None:
    """Create a search table: its texts come normalised already, so that the engine only cuts them at spaces."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TABLE {table} (rowid INTEGER CONSTRAINT pk_{table} PRIMARY KEY"
            f" CONSTRAINT fk_{table}_rowid_testimonial REFERENCES testimonial (id), words TSVECTOR NOT NULL)"
        )
        op.execute(f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)")
    else:
        op.execute(
            f"CREATE VIRTUAL TABLE {table} USING fts5 (words, tokenize = 'ascii', detail = 'none', prefix = '2 4 6')"
        )
        # Erased words leave the index's own pages too (SQLite 3.42 or later).
        op.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('secure-delete', 1)")  # a name of ours
