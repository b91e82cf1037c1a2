"""The yearly reports' pages, for admins: the years, then one with its preview, its publication and its end."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select

from app.accounts.gate import acting_admin
from app.catalog.moderation_report import ModerationReport, publish_report, take_down_report
from app.db import db
from app.forms import ButtonForm
from app.moderation.report.counts import count_year, finished_year, finished_years
from app.moderation.report.forms import ReportForm
from app.moderation.report.sections import report_sections
from app.web import ViewResult
from app.web.headers import keep_private

blueprint = Blueprint("report", __name__, url_prefix="/administration/rapports")
blueprint.after_request(keep_private)

ONE = "/<int(max=9999):year>"


@blueprint.get("")
def years() -> str:
    """Show the years that a report can be about, with those that have one."""
    reports = {each.year: each for each in db.session.scalars(select(ModerationReport))}
    return render_template("report/years.html", years=finished_years(db.session()), reports=reports)


@blueprint.route(ONE, methods=["GET", "POST"])
def prepare(year: int) -> ViewResult:
    """Show a year's report as readers would read it, and publish it."""
    report = db.session.get(ModerationReport, year)
    sections = sections_of(year, report)
    form = ReportForm(data={"introduction": report.introduction if report else ""})
    form.latest = report.edition if report else 0
    if not form.is_sent():
        return report_page(year, report, sections, form)
    publish_report(db.session(), year, sections, form.introduction.data or "", acting_admin())
    db.session.commit()
    return redirect(url_for("report.prepare", year=year), 303)


@blueprint.post(f"{ONE}/retirer")
def take_down(year: int) -> ViewResult:
    report, form = db.get_or_404(ModerationReport, year), ButtonForm()
    if not form.is_sent():
        typed = ReportForm(formdata=None, data={"introduction": report.introduction})
        typed.latest = report.edition
        return report_page(year, report, report.sections, typed, refused=form)
    take_down_report(db.session(), report, acting_admin())
    db.session.commit()
    return redirect(url_for("report.prepare", year=year), 303)


def sections_of(year: int, report: ModerationReport | None) -> list[dict[str, Any]]:
    """Return the figures as they were first published, or else counted now; raise `YearRefused` where none can be."""
    if report:
        return report.sections
    return report_sections(count_year(db.session(), finished_year(db.session(), year)))


def report_page(
    year: int,
    report: ModerationReport | None,
    sections: list[dict[str, Any]],
    form: ReportForm,
    *,
    refused: ButtonForm | None = None,
) -> ViewResult:
    form.read.data = str(form.latest)
    page = render_template(
        "report/prepare.html", year=year, report=report, sections=sections, form=form, refused=refused or form
    )
    return page, 422 if (refused or form).errors else 200
