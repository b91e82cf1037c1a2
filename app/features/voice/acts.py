"""Voice: record(), which stores what an editor typed; its correction and its code; answer_transcript(), which signs it.

A code has 16 signs of Crockford's base 32, of which a keyed digest alone is stored. Codes are read aloud and typed from
paper: no case, and the signs that look alike are one (I and L are 1, O is 0).
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from string import digits

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import erasure_journal
from app.accounts.queries import is_of_desk
from app.articles.models import Article
from app.audit import AUTHOR, Actor, ActorKind, AuditEvent, Kind
from app.db import now
from app.erasure_journal import LINK
from app.french import paris_time
from app.kept import period
from app.links import PRIVATE_PAGE
from app.mail import outbox
from app.testimonials import mails
from app.testimonials.approval import Approval
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status, TransitionRefused
from app.testimonials.testimonial import Testimonial
from app.testimonials.transcript import Medium, Transcript
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose
from app.tokens import keyed_digest, known_digests, named_digest

SIGNS = digits + "ABCDEFGHJKMNPQRSTVWXYZ"  # https://www.crockford.com/base32.html
LENGTH, GROUP = 16, 4  # 80 bits
LOOKALIKES = str.maketrans("ILO", "110")
PURPOSE, DRAWN = "transcript-code", "transcript-draw"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What an editor typed: the words, who told them when and how, and the teller's address, if they have one.

    `key` is drawn when the form is first shown, and returns with each sending. The signature of `version` is a
    placeholder: who tells chooses theirs.
    """

    key: str
    version: Version
    spoken_on: date
    medium: Medium
    email: str | None = None


def record(session: Session, article: Article, recorded: Recording, *, by: Actor) -> tuple[Testimonial, str | None]:
    """Store a transcript for its teller to sign; return the testimonial, and the code to print without an address.

    A key has one testimonial. Sending the form again replaces the words and the address; loading the page again returns
    the code of the printed sheet, or None if a later sheet replaced the code. Raises `TransitionRefused` if the teller
    has answered meanwhile, or if the address is that of an account (product rule 13).
    """
    if recorded.email and is_of_desk(session, recorded.email):
        raise TransitionRefused(Status.UNCONFIRMED, Action.RECORD)
    of_key = select(Testimonial).where(Testimonial.submission_key == recorded.key).with_for_update()
    stored = session.scalar(of_key)
    if stored is None:
        try:
            with session.begin_nested():
                return store_transcript(session, article, recorded, by)
        except IntegrityError:  # the other request of a double click was faster
            stored = session.scalar(of_key)
            if stored is None:
                raise
    else:
        if stored.article is not article:  # the key of another form
            raise TransitionRefused(stored.status, Action.RECORD)
        correct_recording(session, stored, recorded, by)
    transcript = stored.transcript
    if transcript and not stored.email and not transcript.code_digest:  # a letter had left instead
        return stored, renew_code(session, stored, recorded.key, by=by)
    return stored, drawn_code(transcript, recorded.key)


def correct_recording(session: Session, stored: Testimonial, recorded: Recording, by: Actor) -> None:
    """Replace what was recorded by what its editor, who came back to the form, sends again."""
    transcript = stored.transcript
    if transcript is None:  # its author sent it
        raise TransitionRefused(stored.status, Action.RECORD)
    correct_transcript(stored, recorded.version, by=by)
    told = recorded.spoken_on, recorded.medium
    if (transcript.spoken_on, transcript.medium) == told and stored.email == recorded.email:
        return
    if transcript.answered_at is not None:
        raise TransitionRefused(stored.status, Action.RECORD)
    transcript.spoken_on, transcript.medium = told
    if stored.email == recorded.email:
        return
    outbox.delete_about(session, stored.id)
    stored.email, stored.reminded_at = recorded.email, None  # who may be reminded is somebody else
    if stored.email:
        void_links(session, stored, by)
        transcript.code_digest = None
        write_to_teller(stored, transcript)


def store_transcript(
    session: Session, article: Article, recorded: Recording, by: Actor
) -> tuple[Testimonial, str | None]:
    assert by.user_id is not None, "an editor records"  # noqa: S101  # narrows the type
    recorded.version.made_by = ActorKind.EDITOR
    testimonial = Testimonial(article=article, submission_key=recorded.key, email=recorded.email)
    testimonial.propose(recorded.version, own=recorded.version)
    session.add(testimonial)
    session.flush()
    transcript = Transcript(recorded_by_id=by.user_id, spoken_on=recorded.spoken_on, medium=recorded.medium)
    testimonial.transcript = transcript
    due_at = now() + period("TRANSCRIPT_PERIOD")
    testimonial.perform(Action.RECORD, by=by, note=DecisionNote(due_at=due_at))
    testimonial.hint_count = testimonial.latest.examine()
    code = None if recorded.email else draw_code(transcript, recorded.key)
    write_to_teller(testimonial, transcript)
    session.flush()
    return testimonial, code


def write_to_teller(testimonial: Testimonial, transcript: Transcript) -> None:
    assert testimonial.due_at is not None, "silence erases it"  # noqa: S101  # narrows the type
    told = {"medium": transcript.medium.label, "told_on": transcript.spoken_on.isoformat()}
    testimonial.write_to_author(mails.TRANSCRIPT, due=paris_time(testimonial.due_at).isoformat(), **told)


def correct_transcript(testimonial: Testimonial, version: Version, *, by: Actor) -> None:
    """Replace the typed words before their teller answers: who reads the former ones is asked to read again.

    The same words change nothing. Raises `TransitionRefused` where there is an answer.
    """
    if is_same(version, testimonial.latest):
        return
    if testimonial.unanswered_transcript is None:
        raise TransitionRefused(testimonial.status, Action.RECORD)
    version.made_by = ActorKind.EDITOR
    testimonial.propose(version, own=version)
    testimonial.events.append(AuditEvent.of(Kind.EDITED, by, version_number=testimonial.current_number))


def renew_code(session: Session, testimonial: Testimonial, key: str = "", *, by: Actor) -> str:
    """Return a new code, for a sheet that was lost; the former code opens nothing, nor do pages that it opened.

    Raises `TransitionRefused` for a text with an address, for a text told by nobody, and once the teller has answered:
    with a code an editor could consent in the teller's name (product rule 4).
    """
    transcript = testimonial.unanswered_transcript
    if transcript is None or testimonial.email is not None:
        raise TransitionRefused(testimonial.status, Action.RECORD)
    void_links(session, testimonial, by)
    return draw_code(transcript, key)


def void_links(session: Session, testimonial: Testimonial, by: Actor) -> None:
    testimonial.link_generation += 1
    erasure_journal.append_entry(session, testimonial.public_id, LINK, generation=testimonial.link_generation)
    kind = Kind.LINK_RENEWED if testimonial.email else Kind.SHEET_DRAWN
    testimonial.events.append(AuditEvent.of(kind, by))


def words_digest(version: Version) -> str:
    """Return the digest of a version under the signature that tells least: what is read before one is chosen."""
    return version.edited(attribution=Attribution.REGION).compute_digest()


def answer_transcript(
    testimonial: Testimonial, version: Version, answers: Mapping[Purpose, bool], *, seen: str, key: str = ""
) -> str | None:
    """Record the teller's answer; return a lasting code where they have no address.

    With consent to publication, the words as they were typed are signed. Signed or changed, they go to the editors:
    nobody alone puts words under a name (product rule 13). `seen` is the digest of the typed version that the teller
    read: raises `TransitionRefused` where it was corrected since, or answered. `key` is that of `draw_code()`.
    """
    transcript = testimonial.unanswered_transcript
    if transcript is None or testimonial.latest.digest != seen:
        raise TransitionRefused(testimonial.status, Action.SIGN_ACCOUNT)
    typed = testimonial.latest
    signs = answers[Purpose.PUBLICATION] and is_same(version, typed)
    version.approve(Approval.SIGNED if signs else Approval.SENT, version.compute_digest())
    testimonial.propose(version, own=typed)
    transcript.answered_at = now()
    # A link that was sent to the address, or a code that was handed over: either shows whose the answer is.
    proof = Kind.CONFIRM if testimonial.email else Kind.IDENTIFIED
    testimonial.events.append(AuditEvent.of(proof, AUTHOR, version_number=version.number))
    testimonial.confirmed_at = transcript.answered_at
    for purpose, yes in answers.items():
        decision = ConsentDecision.GIVEN if yes else ConsentDecision.REFUSED
        line = testimonial.consent_line(purpose, decision, Channel.ASSISTED)
        line.recorded_by_id = transcript.recorded_by_id
        testimonial.record_consent(line)
    testimonial.perform(Action.SIGN_ACCOUNT if signs else Action.AMEND, by=AUTHOR)
    testimonial.write_to_author(mails.CONFIRMED)
    return None if testimonial.email else draw_own_code(testimonial, transcript, key)


def is_same(version: Version, typed: Version) -> bool:
    """Whether a version has the words that were typed, and the same author; the signature may differ."""
    author, typed_author = [
        (each.author_name, each.author_role, each.clsm, each.department.code) for each in (version, typed)
    ]
    return author == typed_author and words_digest(version) == words_digest(typed)


def draw_code(transcript: Transcript, key: str = "") -> str:
    """Draw the transcript's code, which replaces the one before, and return it, in groups: it is told this once.

    `key` was drawn for the page whose button was pressed: pressed again, it draws the same code.
    """
    code = code_of(transcript, key or secrets.token_hex())
    transcript.code_digest = named_digest(PURPOSE, tidy_code(code))
    return code


def code_of(transcript: Transcript, key: str) -> str:
    drawn = int.from_bytes(keyed_digest(DRAWN, f"{transcript.testimonial_id} {key}"), "big")
    code = "".join(SIGNS[drawn >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def drawn_code(transcript: Transcript | None, key: str) -> str | None:
    """Return the code that a key has drawn, while it opens the text; None where another has replaced it."""
    code = code_of(transcript, key) if transcript and key else ""
    is_same = transcript is not None and transcript.code_digest == named_digest(PURPOSE, tidy_code(code))
    return code if is_same else None


def draw_own_code(testimonial: Testimonial, transcript: Transcript, key: str) -> str:
    """Draw a code that its teller alone has seen; it voids the pages that the one before had opened."""
    testimonial.link_generation += 1
    return draw_code(transcript, key)


def tidy_code(typed: str) -> str:
    return re.sub(r"[\W_]", "", typed).upper().translate(LOOKALIKES)


def is_code(tidy: str) -> bool:
    return len(tidy) == LENGTH and set(tidy) <= set(SIGNS)


def by_code(tidy: str) -> Select[Testimonial]:
    """Select the testimonial that a code opens, under any of the site's keys: one statement, for any code."""
    opened = select(Testimonial).join(Transcript, Transcript.testimonial_id == Testimonial.id)
    in_time = or_(Transcript.answered_at.is_not(None), Testimonial.due_at > now())
    return opened.where(Transcript.code_digest.in_(known_digests(PURPOSE, tidy)), in_time)


def open_by_code(session: Session, typed: str) -> Testimonial | None:
    """Return the testimonial of a code, whose digest is stored under the newest key; None for any other code.

    The code of a sheet opens nothing once the text should have been erased.
    """
    tidy = tidy_code(typed)
    testimonial = session.scalar(by_code(tidy).with_for_update())
    if testimonial is not None and (transcript := testimonial.transcript):
        transcript.code_digest = named_digest(PURPOSE, tidy)
    return testimonial


def renew_own_code(session: Session, testimonial: Testimonial, key: str) -> str:
    """Return another lasting code of who told a text and gave no address; raise `TransitionRefused` for others."""
    transcript = testimonial.transcript
    if transcript is None or transcript.answered_at is None or testimonial.email is not None:
        raise TransitionRefused(testimonial.status, Action.RECORD)
    code = draw_own_code(testimonial, transcript, key)
    erasure_journal.append_entry(session, testimonial.public_id, LINK, generation=testimonial.link_generation)
    testimonial.events.append(AuditEvent.of(Kind.CODE_DRAWN, AUTHOR))
    return code


def drawn_before(session: Session, token: str, key: str) -> tuple[Testimonial, str] | None:
    """Return the lasting code that the same page drew, by the link which that code has replaced: a second click."""
    public_id, generation = PRIVATE_PAGE.read(token)
    replaced = Testimonial.public_id == public_id, Testimonial.link_generation == generation + 1
    testimonial = session.scalar(select(Testimonial).where(*replaced))
    code = drawn_code(testimonial.transcript, key) if testimonial else None
    return (testimonial, code) if testimonial and code else None
