"""Referentials, and the call of each article, which had the words of the first one until now."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What every article asked, in the words of the first, before articles had words of their own.
ASKED_BEFORE = {
    "welcome": (
        "Racontez comment votre CLSM a travaillé, travaille ou va travailler avec un CRPV. Vous direz ensuite"
        " si ce texte peut paraître : non est une réponse comme une autre."
    ),
    "question": "Où en êtes‑vous avec un CRPV ?",
    "example": (
        "La première fois, nous étions trois autour d’un café, sans ordre du jour. Aujourd’hui, le centre de "
        "ressources prépare avec nous deux rencontres par an ; il trouve l’intervenante, nous trouvons la "
        "salle et les questions. Les gardiens d’immeuble sont venus à la deuxième. Si c’était à refaire, nous"
        " commencerions par eux, et par une heure qui leur convienne."
    ),
    "partner": {
        "mode": "listed",
        "referential": "crpv",
        "a": "un",
        "the": "le",
        "short": "CRPV",
        "short_plural": "CRPV",
        "long": "centre de ressources politique de la ville",
        "long_plural": "centres de ressources politique de la ville",
    },
    "unsettled": {
        "account": "Ce que vous avez fait, faites ou prévoyez ensemble",
        "outcome": "Ce que cela a apporté, ou ce que vous en attendez",
        "obstacles": "Les freins, et ce qui aide à réussir",
        "opening": "La première fois… Aujourd’hui… Si c’était à refaire…",
        "add_outcome": "ce que cela a apporté",
        "add_obstacles": "ce qui freine, ce qui aide",
    },
    "past": {
        "label": "A déjà collaboré",
        "choice": "Nous avons déjà travaillé ensemble",
        "after_place": "collaboration passée",
        "account": "Ce que vous avez fait ensemble",
        "outcome": "Ce que cela a apporté",
        "obstacles": "Ce qui a freiné, ce qui a aidé",
        "opening": "La première fois… Ensuite… Si c’était à refaire…",
        "add_outcome": "ce que cela a apporté",
        "add_obstacles": "ce qui a freiné, ce qui a aidé",
        "account_heading": "Ce qui s’est fait ensemble",
        "outcome_heading": "Ce que cela a apporté",
        "obstacles_heading": "Ce qui a freiné, ce qui a aidé",
    },
    "regular": {
        "label": "Collaboration régulière",
        "choice": "Nous travaillons ensemble régulièrement",
        "after_place": "collaboration régulière",
        "account": "Ce que vous faites ensemble",
        "outcome": "Ce que cela apporte",
        "obstacles": "Ce qui freine, ce qui aide",
        "opening": "La première fois… Aujourd’hui… Si c’était à refaire…",
        "add_outcome": "ce que cela apporte",
        "add_obstacles": "ce qui freine, ce qui aide",
        "account_heading": "Ce qui se fait ensemble",
        "outcome_heading": "Ce que cela apporte",
        "obstacles_heading": "Ce qui freine, ce qui aide",
    },
    "planned": {
        "label": "En projet",
        "choice": "Nous prévoyons de travailler ensemble",
        "after_place": "en projet",
        "account": "Ce que vous prévoyez de faire ensemble",
        "outcome": "Ce que vous en attendez",
        "obstacles": "Ce qui pourrait freiner, ce qui aiderait",
        "opening": "L’idée est venue de… D’abord… Dans un an…",
        "add_outcome": "ce que vous en attendez",
        "add_obstacles": "ce qui pourrait freiner, ce qui aiderait",
        "account_heading": "Ce qui est prévu ensemble",
        "outcome_heading": "Ce qui en est attendu",
        "obstacles_heading": "Ce qui pourrait freiner, ce qui aiderait",
    },
}

# Questions that decisions name: what was asked of an author.
QUESTIONS = (('"partners":', '"other_partners":'), ('"crpv":', '"partner":'), ('"crpv_other":', '"partner_other":'))

REFERENCE = "CONSTRAINT fk_partner_referential_id_referential REFERENCES referential (id)"

article = sa.table("article", sa.column("id"), sa.column("call"), sa.column("call_title"), sa.column("invitation"))


def upgrade() -> None:
    op.create_table(
        "referential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_referential"),
        sa.UniqueConstraint("slug", name="uq_referential_slug"),
    )
    op.execute(f"ALTER TABLE partner ADD COLUMN referential_id INTEGER {REFERENCE}")
    op.create_index("ix_partner_referential_id", "partner", ["referential_id"])
    op.add_column("partner", sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute(
        "INSERT INTO referential (slug, name)"
        " SELECT 'crpv', 'Centres de ressources politique de la ville' WHERE EXISTS (SELECT 1 FROM partner)"
    )
    op.execute("UPDATE partner SET referential_id = (SELECT id FROM referential)")
    settle_triggers()
    op.execute("ALTER TABLE article RENAME COLUMN call TO invitation")
    op.add_column("article", sa.Column("call", sa.Text(), server_default="", nullable=False))
    for row in op.get_bind().execute(sa.select(article.c.id, article.c.call_title, article.c.invitation)).all():
        call = {"title": row.call_title, "invitation": row.invitation, **ASKED_BEFORE}
        text = json.dumps(call, ensure_ascii=False, separators=(",", ":"))
        op.execute(article.update().where(article.c.id == row.id).values(call=text))
    settle_triggers()
    op.drop_column("article", "call_title")
    op.drop_column("article", "invitation")
    replace_questions(QUESTIONS)


def replace_questions(names: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    value = "CAST(asked AS text)" if is_postgresql else "asked"
    for old, new in names:
        value = f"replace({value}, '{old}', '{new}')"
    value = f"CAST({value} AS json)" if is_postgresql else value
    op.execute(sa.text(f"UPDATE decision SET asked = {value}".replace(":", "\\:")))


def settle_triggers() -> None:
    """Run PostgreSQL's deferred triggers now: a table whose events wait cannot be altered."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")
