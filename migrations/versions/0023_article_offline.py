"""Since when an article is offline that was online; by its versions, or by its latest published testimonial."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

LAST_ONLINE = """
SELECT max(online.number) FROM article_version AS online
WHERE online.article_id = article.id AND online.source LIKE '%online = true%'
"""
TAKEN_OFFLINE = f"""
UPDATE article SET offline_at = coalesce(
  (SELECT min(later.at) FROM article_version AS later
   WHERE later.article_id = article.id AND later.number > ({LAST_ONLINE})),
  (SELECT max(testimonial.published_at) FROM testimonial WHERE testimonial.article_id = article.id)
) WHERE NOT is_public
"""


def upgrade() -> None:
    op.add_column("article", sa.Column("offline_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(TAKEN_OFFLINE)
