"""The board: the line each testimonial has on it, who is on which, and what words find it.

The lines of what is already there are written here; its words by `flask prepare`, for only Python makes a text plain.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCOPES = ("search_desk", "search_public")
MOMENTS = ("waiting_since", "active_at")
NARROWING = ("article_id", "situation", "region_code", "crpv_id", "publication_consent", "flagged")


def upgrade() -> None:
    op.create_table(
        "board_line",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pile", sa.String(length=32), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("situation", sa.String(length=32), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("crpv_id", sa.Integer(), nullable=True),
        sa.Column("publication_consent", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_board_line_testimonial_id_testimonial"
        ),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_board_line_article_id_article"),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name="fk_board_line_region_code_region"),
        sa.ForeignKeyConstraint(["crpv_id"], ["crpv.id"], name="fk_board_line_crpv_id_crpv"),
        sa.PrimaryKeyConstraint("testimonial_id", name="pk_board_line"),
    )
    op.create_table(
        "board_theme",
        sa.Column("testimonial_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("theme_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pile", sa.String(length=32), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["testimonial_id"], ["testimonial.id"], name="fk_board_theme_testimonial_id_testimonial"
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name="fk_board_theme_theme_id_theme"),
        sa.PrimaryKeyConstraint("testimonial_id", "theme_id", name="pk_board_theme"),
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
    # The latest of a CLSM's texts stand beside the one being read: they are not gathered to be sorted.
    op.drop_index("ix_version_clsm", "version")
    op.create_index("ix_version_clsm_testimonial_id", "version", ["clsm", "testimonial_id"])
    fill()
    for moment in MOMENTS:
        for name in (None, *NARROWING):
            columns = [each for each in ("pile", name, moment, "testimonial_id") if each]
            op.create_index(f"ix_board_line_{name or 'pile'}_{moment}", "board_line", columns)
        op.create_index(f"ix_board_theme_{moment}", "board_theme", ["theme_id", "pile", moment, "testimonial_id"])
    for scope in SCOPES:
        make_searchable(scope)


def fill() -> None:
    """Write the lines of what is already there."""
    op.execute(
        """INSERT INTO board_line (testimonial_id, pile, article_id, situation, region_code, crpv_id,
               publication_consent, flagged, waiting_since, active_at)
           SELECT testimonial.id,
               CASE WHEN (status = 'published' AND current_number > settled_number) OR contested_at IS NOT NULL
                   THEN 'pending' ELSE status END,
               article_id, situation, region_code, crpv_id, publication_consent, hint_count > 0, waiting_since,
               COALESCE((SELECT max(at) FROM audit_event WHERE testimonial_id = testimonial.id), submitted_at)
           FROM testimonial
           LEFT JOIN version ON version.testimonial_id = testimonial.id AND version.number = current_number
           LEFT JOIN department ON department.code = version.department_code"""
    )
    op.execute(
        """INSERT INTO board_theme (testimonial_id, theme_id, pile, waiting_since, active_at)
           SELECT board_line.testimonial_id, theme_id, pile, board_line.waiting_since, active_at
           FROM board_line
           JOIN testimonial ON testimonial.id = board_line.testimonial_id
           JOIN version ON version.testimonial_id = testimonial.id AND version.number = current_number
           JOIN version_theme ON version_theme.version_id = version.id"""
    )


def make_searchable(scope: str) -> None:
    """Make the table of a scope: its texts come plain already, so that the engine only cuts them at spaces."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TABLE {scope} (rowid INTEGER CONSTRAINT pk_{scope} PRIMARY KEY"
            f" CONSTRAINT fk_{scope}_rowid_testimonial REFERENCES testimonial (id), words TSVECTOR NOT NULL)"
        )
        op.execute(f"CREATE INDEX ix_{scope}_words ON {scope} USING gin (words)")
    else:
        op.execute(
            f"CREATE VIRTUAL TABLE {scope} USING fts5 (words, tokenize = 'ascii', detail = 'none', prefix = '2 4 6')"
        )
        # Erased words leave the index's own pages too (SQLite 3.42 or later).
        op.execute(f"INSERT INTO {scope} ({scope}, rank) VALUES ('secure-delete', 1)")  # a name of ours


def downgrade() -> None:
    op.drop_index("ix_version_clsm_testimonial_id", "version")
    op.create_index("ix_version_clsm", "version", ["clsm"])
    for table in (*SCOPES, "claim", "board_theme", "board_line"):
        op.drop_table(table)
