"""The e-mail that tells editors what waits."""

from sqlalchemy.orm import Session

from app.accounts.mails import to_editor
from app.accounts.models import User
from app.mail.messages import Facts, link_to
from app.moderation.digest.counts import facts_of, waiting_by_article
from app.moderation.editor_mails import review_page


def what_waits(facts: Facts) -> dict[str, str]:
    return review_page(facts) if "review" in facts else link_to("queue.index")


def count_again(session: Session, user: User, facts: Facts) -> Facts | None:
    """Count again what waits, on the articles that the digest was to tell of."""
    told = {each.get("id") for each in facts.get("articles", ())}
    still = [each for each in waiting_by_article(session, user) if each.article_id in told]
    return facts_of(session, user, still) or None


DIGEST = to_editor("digest", "Ce qui attend l’équipe", what_waits, count_again)
