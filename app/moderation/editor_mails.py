"""E-mails to editors about a text."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.mails import for_admins, to_editor
from app.accounts.models import User
from app.mail.messages import Facts, link_to
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial


def review_page(facts: Facts) -> dict[str, str]:
    return link_to("review.show", public_id=facts["review"])


def for_those_who_edit(session: Session, user: User, facts: Facts) -> Facts | None:
    article_id = session.scalar(select(Testimonial.article_id).where(Testimonial.public_id == facts["review"]))
    return facts if article_id is not None and user.edits(article_id) else None


MENTION = to_editor("mention", "On vous nomme dans une note", review_page, for_those_who_edit)
DECIDED_ALONE = to_editor(
    *("decided_alone", "Un texte recueilli, lu par qui l’avait écrit", review_page, for_admins),
    opens="Ouvrir ce texte",
    true_in={Status.PUBLISHED, Status.PROOF_SENT},
)
