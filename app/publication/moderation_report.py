"""The yearly moderation reports that admins published (Regulation (EU) 2022/2065, articles 15 and 24, by choice)."""

from flask import Blueprint, abort, render_template

from app.catalog.moderation_report import ModerationReport, public_reports
from app.db import db

blueprint = Blueprint("moderation_report", __name__, url_prefix="/rapport")


@blueprint.get("")
def published() -> str:
    return render_template("moderation_report/published.html", reports=db.session.scalars(public_reports()).all())


@blueprint.get("/<int(fixed_digits=4):year>")
def report(year: int) -> str:
    """Show the report of a year; one that is offline is as unknown as one that never was."""
    found = db.session.scalar(public_reports().where(ModerationReport.year == year)) or abort(404)
    return render_template("moderation_report/report.html", report=found)
