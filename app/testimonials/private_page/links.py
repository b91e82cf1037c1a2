"""Private links, each of which opens one testimonial to its author: by_private_link(), answer_request().

Every wrong token gets the same work and the same answer: its signature is checked, one row is selected by all its
claims, and `LinkRefused` is raised. A forged link cannot be told from a replaced or an erased one.
"""

from sqlalchemy import Select, Table
from sqlalchemy.orm import Session

from app import erasure_journal
from app.audit import AUTHOR, AuditEvent, Kind
from app.db import db, is_read_only
from app.erasure_journal import LINK
from app.links import PRIVATE_PAGE, or_refused
from app.mail import outbox
from app.testimonials import draft as drafts
from app.testimonials import mails, queries
from app.testimonials.changes import locked
from app.testimonials.lifecycle import Status
from app.testimonials.link_request import take_request
from app.testimonials.private_page.proofs import presented_version
from app.testimonials.testimonial import Testimonial


def by_private_link(token: str) -> Testimonial:
    """Return the testimonial of a private link, locked in a POST (a second click waits), or raise `LinkRefused`."""
    return or_refused(of_private_link(token))


def of_private_link(token: str) -> Select[Testimonial]:
    """Select the testimonial of a private link that was signed here, locked in a POST; none once it is erased."""
    public_id, generation = PRIVATE_PAGE.read(token)
    living = (Testimonial.link_generation == generation, Testimonial.status != Status.ERASED)
    selected = Testimonial.named(public_id).where(*living)
    return selected if is_read_only() else selected.with_for_update()


def is_erased(token: str) -> bool:
    """Whether a private link opened its text until that was erased, which raises the generation of its links by one."""
    public_id, generation = PRIVATE_PAGE.read(token)
    erased = Testimonial.status == Status.ERASED, Testimonial.link_generation == generation + 1
    return db.session.scalar(Testimonial.named(public_id).where(*erased)) is not None


def answer_request(session: Session, request_id: int) -> None:
    """Send a new private link for each text of an address, and its drafts' links again. The caller commits."""
    email = take_request(session, request_id)
    if email is None:
        return
    for testimonial in session.scalars(locked(queries.sent_from(email))).all():
        generation = testimonial.link_generation + 1
        erasure_journal.append_entry(session, testimonial.public_id, LINK, generation=generation)
        replace_link(session, testimonial, generation)
        testimonial.events.append(AuditEvent.of(Kind.LINK_RENEWED, AUTHOR))
        testimonial.write_to_author(mails.NEW_LINK, heading=presented_version(testimonial).heading)
    drafts.resend_draft_links(session, email)


def replay_replacement(session: Session, testimonial: Testimonial, generation: int) -> bool:
    """Void again the links before a generation, and the code; return whether a restored backup had one valid."""
    if testimonial.link_generation >= generation:
        return False
    replace_link(session, testimonial, generation)
    if transcript := testimonial.transcript:
        transcript.code_digest = None
    return True


def replace_link(session: Session, testimonial: Testimonial, generation: int) -> None:
    """Void a testimonial's private link for that of a later generation, which the unsent e-mails get too.

    Anyone who knows an address may ask for a new link. This must not increase `revision`, or a stranger could make an
    editor's decision stale: hence a statement on the table, beside the mapped object.
    """
    table = Testimonial.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type
    session.flush()
    session.execute(table.update().where(table.c.id == testimonial.id).values(link_generation=generation))
    session.refresh(testimonial, ["link_generation"])
    outbox.rewrite_links(session, testimonial.id, generation)
