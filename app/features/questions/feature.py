"""Questions: what a colleague asks the author of a testimonial, who agreed to receive some."""

from sqlalchemy.orm import Session

from app.feature import Feature
from app.features.questions import author_routes, desk_routes, mails, reader_routes
from app.features.questions.models import KEPT, ColleagueQuestion, received_by, reported_since
from app.moderation.digest.counts import FEMININE, Waiting
from app.privacy.data_export import ExportedData, copied
from app.testimonials.testimonial import Testimonial


def export_sent(_session: Session, question: ColleagueQuestion) -> ExportedData:
    """Return a question as its sender may read it. Whether the author reported it is theirs (GDPR, article 15.4)."""
    return {
        "testimonial": question.testimonial.public_id,
        **copied(question, "asked_at", "confirmed_at", "declined_at", "kept_until"),
        **copied(question, "name", "organisation", "words"),
    }


def export_received(session: Session, testimonial: Testimonial) -> list[ExportedData]:
    """Return the questions that the author received, without the address of who asked: their e-mail has it."""
    names = "confirmed_at", "name", "organisation", "words", "declined_at", "reported_at", "report", "kept_until"
    return [copied(each, *names) for each in session.scalars(received_by(testimonial))]


def reported() -> Waiting:
    words = "question de collègue signalée", "questions de collègues signalées"
    return Waiting(*words, FEMININE, reported_since(), reported_since().is_not(None))


FEATURE = Feature(
    blueprints=[reader_routes.blueprint, author_routes.blueprint, desk_routes.blueprint],
    mails=mails,
    periods={"Si vous posez une question à l’auteur·e d’un témoignage": [KEPT]},
    of_address={"questions": (KEPT, export_sent)},
    about_text=[ColleagueQuestion],
    of_text={"questions": export_received},
    reports=desk_routes.reports_within,
    waiting=[reported],
)
