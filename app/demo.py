"""Demo data: fictional testimonials, one at least in each status, notices, answers, a synthesis; never in production.

Each goes through the real lifecycle; only its dates are then moved back, in the same transaction.
"""

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.accounts.queries import with_email
from app.articles import queries
from app.articles.models import Article
from app.articles.sites import register_site
from app.audit import CLOCK, Actor, AuditEvent, Kind
from app.catalog import placements
from app.catalog.placements import Place
from app.catalog.quotations import find_quotation
from app.catalog.synthesis import drafts
from app.db import now
from app.features.invitations.mails import Organisation, invite_organisations
from app.features.notices.acts import report_testimonial
from app.features.questions.acts import ask_question, confirm_question, report_question
from app.features.questions.models import ColleagueQuestion
from app.features.voice.acts import Recording, answer_transcript, record
from app.french import paris_time
from app.moderation.decisions import decide
from app.territories.models import Department, Partner
from app.testimonials import erasure
from app.testimonials.attribution import Attribution
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TextKind
from app.testimonials.notices import Notice, NoticeKind
from app.testimonials.private_page.objections import contest_decision
from app.testimonials.questions import STORED_AS_TEXT
from app.testimonials.reasons import Reason
from app.testimonials.situation import Became, PartnerKnown, Situation
from app.testimonials.submission.submit import Submission, submit
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose
from app.words import PEOPLE

# Addresses end in `.example`: nobody has one (RFC 2606), and every form takes them.
EDITOR_EMAIL = "edition@demo.example"
COLLEAGUE_EMAIL = "recueil@demo.example"
EDITOR_PASSWORD = "en-regard-demo"  # noqa: S105  # printed at every start; the account exists in the demo only

KEY = "demo-"

SITE_NAME, SITE_HOST = f"Les {PEOPLE} en réseau (site fictif)", "clsm-en-reseau.example"


class DemoRefused(RuntimeError):
    """The demo was to be loaded in production."""


def load_demo(session: Session, *paths: Path) -> None:
    """Load the testimonials of some files, each for the article that it names; nothing where the demo is loaded."""
    if current_app.config["ENVIRONMENT"] == "production":
        raise DemoRefused("demo data are never loaded in production")
    if is_loaded(session):
        return
    editor = User(email=EDITOR_EMAIL, name="Nadia (démonstration)", role=Role.ADMIN)
    editor.set_password(EDITOR_PASSWORD)
    session.add_all((editor, User(email=COLLEAGUE_EMAIL, name="Omar (démonstration)")))
    session.flush()
    register_site(session, SITE_NAME, SITE_HOST, by=Actor.editor(editor.id))
    for source in (tomllib.loads(path.read_text(encoding="utf-8")) for path in paths):
        article = session.scalars(queries.by_slug(source["article"])).one()
        for number, row in enumerate(source["retours"]):
            add_testimonial(session, article, editor, f"{KEY}{article.slug}-{number}", row)
        invited = [Organisation(row["email"], row["name"], row["department"]) for row in source.get("invited", ())]
        invite_organisations(session, article, invited, by=Actor.editor(editor.id))
        if statements := source.get("synthesis"):
            add_synthesis(session, article, editor, statements)


def is_loaded(session: Session) -> bool:
    """Whether a database has texts of the demo: the form's own keys never begin like theirs."""
    return bool(session.scalar(select(exists().where(Testimonial.submission_key.startswith(KEY)))))


def add_testimonial(session: Session, article: Article, editor: User, key: str, row: dict[str, Any]) -> None:
    version = build_version(session, article, row)
    if "told" in row:
        testimonial = tell(session, key, version, editor, row)
    else:
        testimonial = send(session, key, version, row)
        perform_acts(session, testimonial, editor, row)
    if "placed" in row:
        place = Place(article, row["placed"])
        placements.place_testimonial(session, place, testimonial, by=Actor.editor(editor.id))
    if "objection" in row:
        contest_decision(testimonial, row["objection"])
    if testimonial.status is not Status.ERASED:
        backdate(testimonial, timedelta(days=row["days_ago"]))
    if "update" in row:
        add_update(session, testimonial, editor, row)
    for number, notice in enumerate(row.get("notices", ())):
        add_notice(session, testimonial, f"{key}-{number}", notice)
    for number, received in enumerate(row.get("received", ())):
        add_question(session, testimonial, f"{key}-{number}", received)
    if "hidden" in row:
        note = build_note(row["hidden"])
        decide(editor, testimonial, Action.HIDE, revision=testimonial.revision, note=note)
    if "answer" in row:
        add_answer(session, testimonial, editor, f"{key}-answer", row["answer"])


def send(
    session: Session, key: str, version: Version, row: dict[str, Any], *, about: Testimonial | None = None
) -> Testimonial:
    answers, seen = answers_of(row, is_response=about is not None), version.compute_digest()
    sent = Submission(key=key, version=version, answers=answers, email=row["email"], seen=seen, about=about)
    return submit(session, version.article, sent)


def tell(session: Session, key: str, version: Version, editor: User, row: dict[str, Any]) -> Testimonial:
    """Record what was told by voice to a colleague; where its teller has signed, the editor publishes it."""
    recorded = Recording(
        key=key,
        version=version.edited(attribution=Attribution.REGION),
        spoken_on=paris_time(now() - timedelta(days=row["days_ago"] + 1)),
        medium=Medium(row["told"]),
        email=row.get("email"),
    )
    colleague = session.scalars(with_email(COLLEAGUE_EMAIL)).one()
    testimonial, _ = record(session, version.article, recorded, by=Actor.editor(colleague.id))
    if "publish" in row["acts"]:
        answer_transcript(testimonial, version, answers_of(row), seen=testimonial.latest.digest)
        session.flush()
        decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())
    session.flush()
    return testimonial


def answers_of(row: dict[str, Any], *, is_response: bool = False) -> dict[Purpose, bool]:
    publish = row.get("publish", True)
    answers = {
        Purpose.PUBLICATION: publish,
        Purpose.REUSE: row.get("reuse", False),
        Purpose.CONTACT: row.get("contact", False),
    }
    if not is_response:
        answers[Purpose.QUESTIONS] = row.get("questions", False)
    return answers | {Purpose.ATTESTATION: True} if publish else answers


def add_update(session: Session, testimonial: Testimonial, editor: User, row: dict[str, Any]) -> None:
    version, told = build_version(session, testimonial.article, row), row["update"]
    version.became, version.sequel = Became(told["became"]), told["words"].strip()
    version.became_on = paris_time(now()).replace(day=1)
    testimonial.amend(version, {}, seen=version.compute_digest())
    session.flush()
    decide(editor, testimonial, Action.PUBLISH, revision=testimonial.revision, note=DecisionNote())


def add_notice(session: Session, testimonial: Testimonial, key: str, row: dict[str, Any]) -> None:
    shown = testimonial.shown
    assert shown is not None, "what nobody reads is not reported"  # noqa: S101  # narrows the type
    notice = Notice(
        testimonial_id=testimonial.id,
        key=key,
        kind=NoticeKind(row["kind"]),
        passage=row.get("passage", ""),
        words=row["words"],
        name=row["name"],
        email=row["email"],
        in_good_faith=True,
        signs=[],
        version_number=shown.number,
        digest=shown.digest,
        at=now() - timedelta(days=row["days_ago"]),
    )
    report_testimonial(session, testimonial, notice)


def add_question(session: Session, testimonial: Testimonial, key: str, row: dict[str, Any]) -> None:
    typed: dict[str, Any] = {name: row[name] for name in ("name", "organisation", "email", "words")}
    question = ColleagueQuestion(testimonial=testimonial, key=key, **typed)
    ask_question(session, question)
    confirm_question(question, testimonial)
    if "report" in row:
        report_question(question, row["report"])


def add_synthesis(session: Session, article: Article, editor: User, statements: Sequence[dict[str, Any]]) -> None:
    """Publish a synthesis, whose statements cite words of the article's published texts."""
    published = Testimonial.status == Status.PUBLISHED, Testimonial.about_id.is_(None)
    texts = session.scalars(select(Testimonial).where(Testimonial.article_id == article.id, *published)).all()
    draft = drafts.start_draft(session, article)
    for each in statements:
        drafts.add_statement(draft, each["words"], each.get("passage", ""))
        for words in each["quotes"]:
            cited = next(text for text in texts if text.shown and find_quotation(text.shown, words))
            drafts.cite(draft, draft.statements[-1], cited, words)
    session.flush()
    drafts.publish_draft(session, article, draft, by=Actor.editor(editor.id))


def add_answer(session: Session, about: Testimonial, editor: User, key: str, row: dict[str, Any]) -> None:
    """Add the answer of an organisation, announced, or read since `days_ago`."""
    # The invitation left long ago: of it, the event alone is kept.
    about.events.append(AuditEvent.of(Kind.ANSWER_INVITED, Actor.editor(editor.id)))
    answer = send(session, key, build_answer(about, row), row, about=about)
    perform_acts(session, answer, editor, {"acts": ["confirm", "publish"]})
    if "days_ago" in row:
        answer.perform(Action.UNHIDE, by=CLOCK)
        backdate(answer, timedelta(days=row["days_ago"]))


def perform_acts(session: Session, testimonial: Testimonial, editor: User, row: dict[str, Any]) -> None:
    """Do what led to the status of a row; the reasons and words are those of its last act."""
    for number, action in enumerate(map(Action, row["acts"]), 1):
        note = build_note(row) if number == len(row["acts"]) else DecisionNote()
        match action:
            case Action.CONFIRM:
                testimonial.confirm()
            case Action.WITHDRAW:
                testimonial.withdraw()
            case Action.ERASE:
                erasure.erase_testimonial(testimonial)
            case Action.REQUEST_CHANGES:
                testimonial.perform(action, by=Actor.editor(editor.id), note=note)
            case Action.SEND_PROOF:
                testimonial.propose(testimonial.latest.edited(**row["edited"]))
                testimonial.perform(action, by=Actor.editor(editor.id), note=note)
            case _:
                decide(editor, testimonial, action, revision=testimonial.revision, note=note)
        session.flush()


def build_version(session: Session, article: Article, row: dict[str, Any]) -> Version:
    partner = session.scalar(select(Partner).where(Partner.name == row["partner"]))
    department = session.get_one(Department, row["department"])
    return Version(
        asked_by=article,
        situation=Situation(row["situation"]),
        department=department,
        partner_known=PartnerKnown.LISTED if partner else PartnerKnown(row["partner"]),
        partner=partner,
        themes=[theme for theme in article.themes if theme.slug in row["themes"]],
        attribution=Attribution(row["attribution"]),
        **texts_of(row),
    )


def build_answer(about: Testimonial, row: dict[str, Any]) -> Version:
    shown = about.shown
    assert shown is not None, "what nobody reads is not answered"  # noqa: S101  # narrows the type
    return Version(
        asked_by=about.article,
        written_as=TextKind.RESPONSE,
        situation=shown.situation,
        department=shown.department,
        partner_known=PartnerKnown.NONE,
        attribution=Attribution(row["attribution"]),
        **texts_of(row),
    )


def texts_of(row: dict[str, Any]) -> dict[str, Any]:
    return {question.name: row.get(question.name, "").strip() for question in STORED_AS_TEXT}


def build_note(row: dict[str, Any]) -> DecisionNote:
    reason = Reason(row["reason"]) if row.get("reason") else None
    return DecisionNote(reason=reason, message=row.get("message", "").strip(), asked=row.get("asked", {}))


def backdate(testimonial: Testimonial, days: timedelta) -> None:
    testimonial.withdrawal = None
    for name in ("submitted_at", "waiting_since", "confirmed_at", "acted_at", "published_at", "published_until"):
        if (moment := getattr(testimonial, name)) is not None:
            setattr(testimonial, name, moment - days)
