"""Alerts: a weekly letter to an address that follows the testimonials of an article."""

from sqlalchemy.orm import Session

from app.feature import Feature
from app.features.alerts import mails
from app.features.alerts.models import KEPT, Alert
from app.features.alerts.routes import blueprint
from app.kept import Act
from app.privacy.data_export import ExportedData, copied


def export_alert(session: Session, alert: Alert) -> ExportedData:
    """Return what an address follows by letter: its choices in words, as long as the article has them."""
    followed = mails.followed_by(session, alert)
    return {
        "article": alert.article.title,
        "choices": followed.choices if followed else [value for value in alert.filters.key if value],
        **copied(alert, "asked_at", "confirmed_at", "ends_at"),
        "told_at": alert.notified_at,
    }


FEATURE = Feature(
    blueprints=[blueprint],
    mails=mails,
    periods={"Si vous suivez des retours par lettre": [KEPT]},
    of_address={"alerts": (KEPT, export_alert)},
    letters=[Act("letters about new texts", "lettre à qui suit des retours", mails.tell_readers)],
)
