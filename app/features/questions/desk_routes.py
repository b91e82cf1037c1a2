"""Colleagues' questions at the desk: counts by article, and the questions that their author reported.

An editor reads no other question (decision 0054).
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, url_for
from sqlalchemy import Select, case, func, literal_column, select

from app.accounts.gate import signed_in
from app.accounts.models import Scope
from app.accounts.queries import within
from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.db import db, now
from app.features.questions.acts import settle_report
from app.features.questions.models import ColleagueQuestion, open_reports
from app.forms import ButtonForm
from app.french import plain
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult, commit_and_show

blueprint = Blueprint("question_reports", __name__, url_prefix="/moderation/questions")

RECENT = timedelta(days=30)


@blueprint.get("")
def overview() -> ViewResult:
    scope = signed_in().scope
    reports = db.session.scalars(reports_within(scope)).all()
    counts = sorted(db.session.execute(counts_within(scope)), key=lambda row: plain(row.title))
    return render_template("question_reports/overview.html", reports=reports, counts=counts, form=ButtonForm())


@blueprint.post("/<question_id>")
def settle(question_id: str) -> ViewResult:
    """Settle a report: the question leaves the desk. A second click changes nothing.

    The testimonial is locked before the question is read, as an erasure locks it before the question goes.
    """
    named = reports_within(signed_in().scope).where(ColleagueQuestion.public_id == question_id)
    db.session.execute(named.with_only_columns(Testimonial.id).with_for_update(of=Testimonial))
    question = db.session.scalar(named)
    if question is not None and ButtonForm().is_sent():
        settle_report(question, by=Actor.editor(signed_in().id))
    return commit_and_show(url_for("question_reports.overview"))


def reports_within(scope: Scope) -> Select[ColleagueQuestion]:
    return open_reports().join(ColleagueQuestion.testimonial).where(*within(scope, Testimonial.article_id))


def counts_within(scope: Scope) -> Select[str, int, Any]:
    """Count, by article, the questions passed on: ever, and in the last thirty days. Events outlive the questions."""
    # A literal: SQLite takes a partial index for no parameter.
    passed_on = AuditEvent.kind == literal_column(f"'{Kind.QUESTION_SENT.value}'")
    recent = func.sum(case((AuditEvent.at > now() - RECENT, 1), else_=0))
    joined = (
        select(Article.title, func.count(), recent)
        .select_from(AuditEvent)
        .join(Testimonial, Testimonial.id == AuditEvent.testimonial_id)
    )
    counted = joined.join(Article, Article.id == Testimonial.article_id)
    counted = counted.where(passed_on, *within(scope, Testimonial.article_id))
    return counted.group_by(Article.id, Article.title)
