"""Factories that walk the real lifecycle, so that no row is in an impossible state."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.articles.call import usual_call
from app.articles.models import Article, Theme
from app.articles.source import load_missing_article
from app.audit import CLOCK, Actor, ActorKind
from app.catalog.filters import Filters
from app.cli.database import CONTENT
from app.features.alerts import mails
from app.features.alerts.models import KEPT, Alert, confirm_alert
from app.features.invitations.mails import Organisation, invite_organisations
from app.features.invitations.models import Invitation
from app.features.notices.acts import report_testimonial
from app.features.questions.acts import ask_question, confirm_question
from app.features.questions.models import ColleagueQuestion
from app.features.voice.acts import Recording, answer_transcript, record
from app.mail.outbox import Email
from app.territories.models import Department, Partner
from app.testimonials import erasure
from app.testimonials.attribution import Attribution
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TextKind
from app.testimonials.notices import Notice, NoticeKind
from app.testimonials.reasons import Reason
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.submission.submit import Submission, submit
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose

PASSWORD = "une phrase de passe"
EDITOR = "nadia@ville-exemple.fr"
ANSWER_WORDS = "Le centre de ressources a tenu ces trois après-midi avec une équipe voisine. " * 3
READER = "lectrice@exemple.fr"
ASKER = "lou@ville-voisine.fr"
QUESTION = "Comment avez-vous trouvé la salle ?\n\nEt qui la paie ?"
AUTHOR = "camille.exemple@ville-exemple.fr"

EDITED_TITLE = "Trois après-midi avec les gardiens"
CORRECTED_TITLE = "Trois après-midis"

SENTENCES = (
    (
        "Avec le centre de ressources, nous avons ouvert trois après-midi de travail aux gardiens d’immeuble et aux "
        "équipes du centre social."
    ),
    "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler.",
)
ACCOUNT = " ".join(SENTENCES)


def the_article(session: Session) -> Article:
    return session.scalars(select(Article).where(Article.slug == "crpv")).one()


def the_second_article(session: Session) -> Article:
    """Return the second article of the shipped content, which databases of tests lack; nothing is committed."""
    load_missing_article(session, CONTENT / "articles" / "ateliers-sante-ville.md")
    session.flush()
    return session.scalars(select(Article).where(Article.slug == "ateliers-sante-ville")).one()


def another_article(session: Session, *themes: Theme, **changes: Any) -> Article:
    facts: dict[str, Any] = {
        "slug": "autre",
        "title": "Un autre article",
        "summary": "",
        "published_on": date(2026, 11, 25),
        "body": "",
        "call": usual_call(),
    }
    article = Article(**facts | changes, themes=[*themes])
    session.add(article)
    session.flush()
    return article


def a_version(session: Session, **changes: Any) -> Version:
    article = the_article(session)
    facts: dict[str, Any] = {
        "asked_by": article,
        "situation": Situation.REGULAR,
        "clsm": "CLSM de Ville-Exemple",
        "department": session.get_one(Department, "35"),
        "partner_known": PartnerKnown.LISTED,
        "partner": session.scalars(select(Partner).where(Partner.slug == "reso-villes")).one(),
        "themes": [article.themes[0]],
        "title": "Trois après-midi",
        "account": ACCOUNT,
        "advice": "Commencez par une question que tout le monde se pose.",
        "author_name": "Camille Exemple",
        "author_role": "Coordinatrice",
        "attribution": Attribution.ROLE,
    }
    return Version(**facts | changes)


def a_submission(
    session: Session,
    *,
    publish: bool = True,
    reuse: bool = False,
    contact: bool = False,
    questions: bool = False,
    email: str = AUTHOR,
    **changes: Any,
) -> Submission:
    version = a_version(session, **changes)
    answers = {Purpose.PUBLICATION: publish, Purpose.REUSE: reuse, Purpose.CONTACT: contact}
    answers[Purpose.QUESTIONS] = questions
    if publish:
        answers[Purpose.ATTESTATION] = True
    return Submission(
        key=str(uuid.uuid4()), version=version, answers=answers, email=email, seen=version.compute_digest()
    )


def an_editor(session: Session, *, email: str = EDITOR, role: Role = Role.EDITOR) -> User:
    """Return an editor who can sign in with PASSWORD; the same one for the same address."""
    editor = session.scalar(select(User).where(User.email == email))
    if editor is None:
        editor = User(email=email, name="Nadia Exemple", role=role)
        editor.set_password(PASSWORD)
        session.add(editor)
        session.flush()
    return editor


def by_editor(session: Session, **facts: Any) -> Actor:
    return Actor.editor(an_editor(session, **facts).id)


def a_testimonial(session: Session, *, status: Status = Status.PENDING, **changes: Any) -> Testimonial:
    """Return a stored testimonial, brought to `status` by the real actions; nothing is committed.

    That of another `article` has the first of its themes.
    """
    article: Article = changes.pop("article", None) or the_article(session)
    sent = a_submission(session, **{"themes": article.themes[:1]} | changes)
    return bring(session, submit(session, article, sent), status)


def bring(session: Session, testimonial: Testimonial, status: Status, *, after: int = 0) -> Testimonial:
    """Bring a text that was just sent to a status, or one that has done so many acts; nothing is committed."""
    by = by_editor(session)
    for action in ROADS[status][after:]:
        match action:
            case Action.CONFIRM:
                testimonial.confirm()
            case Action.WITHDRAW:
                testimonial.withdraw()
            case Action.ERASE:
                erasure.erase_testimonial(testimonial)
            case Action.SEND_PROOF:
                testimonial.propose(testimonial.latest.edited(title=EDITED_TITLE))
                testimonial.perform(action, by=by, note=DecisionNote(message="Un titre plus court."))
            case Action.REQUEST_CHANGES:
                asked = {"account": "Dites combien de personnes sont venues.", "link": "Ce lien n’ouvre rien."}
                testimonial.perform(
                    action, by=by, note=DecisionNote(message="Deux précisions, et ce sera prêt.", asked=asked)
                )
            case _:
                testimonial.perform(action, by=by, note=DecisionNote(Reason.OFF_TOPIC, "Une phrase pour l’auteure."))
        session.flush()
    return testimonial


def an_invitation(session: Session, name: str = "Ville-Exemple", email: str = "clsm@ville.example") -> str:
    invite_organisations(session, the_article(session), [Organisation(email, name, "35")], by=by_editor(session))
    return session.scalars(select(Invitation.mark).where(Invitation.email == email)).one()


def a_notice(session: Session, testimonial: Testimonial, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "testimonial_id": testimonial.id,
        "key": str(uuid.uuid4()),
        "kind": NoticeKind.PERSONAL_DATA,
        "name": "Lou Exemple",
        "words": "Au deuxième paragraphe, je reconnais ma voisine.",
        "email": READER,
        "signs": [],
        "version_number": testimonial.shown_number,
        "digest": testimonial.shown_digest,
    }
    return report_testimonial(session, testimonial, Notice(**facts | changes))


def an_alert(session: Session, filters: Filters | None = None, *, email: str = READER, confirmed: bool = True) -> Alert:
    """Return an alert about the article, or some filters of it, confirmed just now; nothing is committed.

    The letter that asked to confirm it has left, and the outbox has forgotten it.
    """
    filters = filters or Filters()
    mails.ask_alert(session, the_article(session).id, filters, email)
    alert: Alert = next(each for each in session.scalars(KEPT.of(email)) if each.filters == filters)
    if confirmed:
        session.execute(delete(Email).where(Email.message == mails.ALERT_CONFIRM))
        confirm_alert(alert)
    session.flush()
    return alert


def a_question(session: Session, testimonial: Testimonial, *, sent: bool = True, **changes: Any) -> ColleagueQuestion:
    """Return a colleague's question to the author of a published testimonial, received unless not `sent`."""
    facts = {"key": str(uuid.uuid4()), "name": "Lou Exemple", "organisation": "Ville-Voisine", "email": ASKER}
    question = ColleagueQuestion(testimonial=testimonial, **{"words": QUESTION, **facts, **changes})
    ask_question(session, question)
    if sent:
        confirm_question(question, testimonial)
    session.flush()
    return question


# The names of the statuses, as editors and authors read them.
NAMES: dict[Status, str] = {
    Status.UNCONFIRMED: "à confirmer",
    Status.PENDING: "à relire",
    Status.CHANGES_REQUESTED: "corrections demandées",
    Status.PROOF_SENT: "bon à tirer envoyé",
    Status.PUBLISHED: "publié",
    Status.INTERNAL: "usage interne",
    Status.DECLINED: "refusé",
    Status.UNPUBLISHED: "dépublié",
    Status.WITHDRAWN: "retiré par l’auteur·e",
    Status.ERASED: "effacé",
}

# The actions that lead from the form to each status.
ROADS: dict[Status, tuple[Action, ...]] = {
    Status.UNCONFIRMED: (),
    Status.PENDING: (Action.CONFIRM,),
    Status.CHANGES_REQUESTED: (Action.CONFIRM, Action.REQUEST_CHANGES),
    Status.PROOF_SENT: (Action.CONFIRM, Action.SEND_PROOF),
    Status.PUBLISHED: (Action.CONFIRM, Action.PUBLISH),
    Status.INTERNAL: (Action.CONFIRM, Action.KEEP_INTERNAL),
    Status.DECLINED: (Action.CONFIRM, Action.DECLINE),
    Status.UNPUBLISHED: (Action.CONFIRM, Action.PUBLISH, Action.UNPUBLISH),
    Status.WITHDRAWN: (Action.CONFIRM, Action.PUBLISH, Action.WITHDRAW),
    Status.ERASED: (Action.CONFIRM, Action.PUBLISH, Action.ERASE),
}


def an_answer(session: Session, about: Testimonial, *, announced: bool = False, **changes: Any) -> Testimonial:
    """Return a published answer about a testimonial, read already unless `announced`; nothing is committed."""
    answer = a_pending_answer(session, about, **changes)
    answer.perform(Action.PUBLISH, by=by_editor(session))
    if not announced:
        answer.perform(Action.UNHIDE, by=CLOCK)
    session.flush()
    return answer


def a_pending_answer(session: Session, about: Testimonial, **changes: Any) -> Testimonial:
    """Return an answer whose author confirmed the address; nothing is committed."""
    return bring(session, a_sent_answer(session, about, **changes), Status.PENDING)


def a_sent_answer(session: Session, about: Testimonial, **changes: Any) -> Testimonial:
    """Return an answer whose author has not confirmed the address; nothing is committed."""
    facts: dict[str, Any] = {
        "email": "reponse@exemple.fr",
        "clsm": "Labo exemple",
        "account": ANSWER_WORDS,
        "reuse": True,
    }
    facts |= dict.fromkeys(("advice", "outcome", "obstacles", "title", "years", "other_partners", "link"), "")
    sent = a_submission(session, written_as=TextKind.RESPONSE, themes=[], **facts | changes)
    return submit(session, about.article, replace(sent, about=about))


def a_transcript(session: Session, *, email: str | None = None, **changes: Any) -> tuple[Testimonial, str | None]:
    """Return what was told to an editor, and waits for its teller, with the code of who has no address."""
    facts: dict[str, Any] = {"attribution": Attribution.REGION}
    recorded = Recording(
        key=str(uuid.uuid4()),
        version=a_version(session, **facts | changes),
        spoken_on=date(2026, 11, 24),
        medium=Medium.TELEPHONE,
        email=email,
    )
    testimonial, code = record(session, the_article(session), recorded, by=by_editor(session))
    session.flush()
    return testimonial, code


def a_signed_transcript(
    session: Session, *, publish: bool = True, reuse: bool = False, waits: bool = False, **changes: Any
) -> Testimonial:
    """Return what was told to an editor, and answered: signed and published by another, unless it `waits`, or not."""
    testimonial = sign_account(session, a_transcript(session, **changes)[0], publish=publish, reuse=reuse)
    if publish and not waits:
        testimonial.perform(Action.PUBLISH, by=by_editor(session, email="qui.relit@exemple.fr"))
        session.flush()
    return testimonial


def sign_account(session: Session, told: Testimonial, *, publish: bool = True, reuse: bool = False) -> Testimonial:
    """Have its teller answer for what an editor typed; nothing is committed."""
    version = told.latest.edited(attribution=Attribution.ROLE)
    version.made_by = ActorKind.AUTHOR
    answers = {Purpose.PUBLICATION: publish, Purpose.REUSE: reuse}
    if told.email is not None:
        answers |= {Purpose.CONTACT: False, Purpose.QUESTIONS: False}
    if publish:
        answers[Purpose.ATTESTATION] = True
    answer_transcript(told, version, answers, seen=told.latest.digest)
    session.flush()
    return told
