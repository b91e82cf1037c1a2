"""Questions of colleagues to an author, kept for a month; the answer on them moves the stamps of pages."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# The articles whose readers see whether an author takes questions.
SEEN = "SELECT article_id FROM testimonial WHERE id = NEW.testimonial_id AND status = 'published'"
STAMP = "lower(hex(randomblob(16)))"


def upgrade() -> None:
    op.create_table(
        "colleague_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("testimonial_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_colleague_question_testimonial_id_testimonial"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_colleague_question"),
        sa.UniqueConstraint("public_id", name="uq_colleague_question_public_id"),
        sa.UniqueConstraint("key", name="uq_colleague_question_key"),
    )
    op.create_index("ix_colleague_question_testimonial_id", "colleague_question", ["testimonial_id"])
    op.create_index("ix_colleague_question_email", "colleague_question", ["email"])
    sent = sa.text("kind = 'question_sent'")
    where = {"sqlite_where": sent, "postgresql_where": sent}
    op.create_index("ix_audit_event_question_sent", "audit_event", ["testimonial_id", "at"], **where)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER colleague_question_marks_erasure AFTER DELETE ON colleague_question FOR EACH ROW BEGIN"
            " INSERT INTO erasure_mark (id, number) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET number = number + 1; END"
        )
        op.execute(
            "CREATE TRIGGER consent_insert_moves_stamps AFTER INSERT ON consent FOR EACH ROW"
            " WHEN NEW.purpose = 'questions' BEGIN"
            f" UPDATE publication_stamp SET stamp = {STAMP}"
            f" WHERE scope IN ({SEEN}) OR (scope = 0 AND EXISTS ({SEEN})); END"
        )
    else:
        op.execute(
            f"""
            CREATE FUNCTION consent_moves_stamps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              PERFORM move_stamps(ARRAY({SEEN}));
              RETURN NULL;
            END $$
            """
        )
        op.execute(
            "CREATE CONSTRAINT TRIGGER consent_moves_stamps AFTER INSERT ON consent DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW WHEN (NEW.purpose = 'questions') EXECUTE FUNCTION consent_moves_stamps()"
        )
