"""`visible()`: product rule 1, the one query the public reads through."""

from enum import Enum
from typing import Any, overload

from sqlalchemy import Boolean, ColumnElement, Select, and_, bindparam, case, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from werkzeug.exceptions import NotFound

from app.articles.models import Article
from app.db import UTCDateTime, is_read_only, now
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

# The relations of a version that its page displays.
RELATIONS = (joinedload(Version.department, innerjoin=True), joinedload(Version.partner), selectinload(Version.themes))


class likely(GenericFunction[bool]):  # noqa: N801  # used as a function
    """A condition that most rows meet. SQLite has no statistics, and would walk the index of all that meet it."""

    type = Boolean()
    inherit_cache = True


@compiles(likely, "postgresql")
def compile_condition(condition: likely, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(condition.clauses, **options)


class TestimonialHidden(NotFound):
    """A 404 that says why: the testimonial may come back to the same address, and so is not gone (410)."""

    def __init__(self) -> None:
        super().__init__("Ce témoignage ne se lit pas pour le moment : l’équipe l’examine.")


class Outlet(Enum):
    """Where published words are read: each has its purpose, which the author has agreed to or not (product rule 4).

    `PAGE`: the pages of this site, and their sitemap (publication). `SITE`: a registered site of the network, by its
    key (publication on a wording that names those sites, or reuse). `OPEN`: API, Atom, oEmbed, element and frame
    without a key, recueils (reuse, on a wording that names them).
    """

    PAGE = "page"
    SITE = "site"
    OPEN = "open"

    @property
    def consent(self) -> ColumnElement[bool]:
        """State that the author agreed to the purpose; on `PAGE`, rule 1 states it of all that is visible."""
        match self:
            case Outlet.PAGE:
                return true()
            case Outlet.SITE:
                return or_(Testimonial.sites_consent, Testimonial.reuse_consent)
            case Outlet.OPEN:
                return Testimonial.reuse_consent.expression

    def words(self, given: Any, composed: Any) -> Any:
        """Return a column's words where the author agreed to the purpose, else what is composed without any."""
        return given if self is Outlet.PAGE else case((self.consent, given), else_=composed)


def is_lawful() -> ColumnElement[bool]:
    """State product rule 1: published, not hidden, consent in force, the approved version shown, its period not over.

    The period ends at its moment, even if the scheduled job ends the publication later.
    """
    return and_(
        likely(Testimonial.status == Status.PUBLISHED),
        Testimonial.publication_consent,
        likely(Testimonial.hidden_until.is_(None)),
        Testimonial.approved_digest == Testimonial.shown_digest,
        Testimonial.shown_digest == Version.digest,
        Testimonial.published_until > bindparam("now", callable_=now, type_=UTCDateTime()),
    )


@overload
def visible(*, outlet: Outlet = ...) -> Select[Testimonial]: ...


@overload
def visible(*columns: Any, outlet: Outlet = ...) -> Select[Any]: ...


def visible(*columns: Any, outlet: Outlet = Outlet.PAGE) -> Select[Any]:
    """Select the testimonials whose words an outlet may show, with all of them, or some `columns`; latest first.

    A listing of another outlet than the page selects all that are published, and takes each column of words through
    `Outlet.words()`. « Now » is the moment when the statement is executed.
    """
    selected = select(*(columns or (Testimonial,))).join_from(Testimonial, Testimonial.shown)
    if not columns:
        selected = selected.options(contains_eager(Testimonial.shown).options(*RELATIONS))
    selected = selected.where(is_lawful(), outlet.consent, likely(Testimonial.about_id.is_(None)))
    return selected.order_by(Testimonial.published_at.desc(), Testimonial.id.desc())


def is_visible(testimonial_id: Any, *conditions: Any, outlet: Outlet = Outlet.PAGE) -> ColumnElement[bool]:
    """State that the testimonial of an id is visible, in a statement that comes to it by that id.

    A scalar subquery: no engine makes a join of it, or a list of all that are visible.
    """
    of_id = visible(true(), outlet=outlet).where(Testimonial.id == testimonial_id, *conditions).order_by(None)
    return of_id.correlate(testimonial_id.table).scalar_subquery()


def visible_answers(*, outlet: Outlet) -> Select[Testimonial]:
    """Select the answers that an outlet may show under the testimonials they are about, the oldest first.

    An answer is visible where both texts are: its own consents open the outlet, and those of what it is about.
    """
    about = visible(Testimonial.id, outlet=outlet).order_by(None).subquery()
    lawful = select(Testimonial).join(Testimonial.shown).where(is_lawful(), outlet.consent)
    lawful = lawful.where(Testimonial.readable_from.is_(None))
    shown = contains_eager(Testimonial.shown).options(*RELATIONS)
    # Correlated: as a list of ids, SQLite would read everything published for the answers to one testimonial.
    is_shown = select(about.c.id).where(about.c.id == Testimonial.about_id).correlate(Testimonial).exists()
    return lawful.where(is_shown).options(shown).order_by(Testimonial.id)


def readable_text(session: Session, public_id: str) -> Testimonial | None:
    """Return a testimonial or answer that readers have, if its article is online; locked in a POST."""
    online = Testimonial.public_id == public_id, Testimonial.article.has(Article.is_public)
    shown = (each.where(*online) for each in (visible(), visible_answers(outlet=Outlet.PAGE)))
    locked = (each if is_read_only() else each.with_for_update(of=Testimonial) for each in shown)
    return next((found for each in locked if (found := session.scalar(each))), None)


def is_response(session: Session, public_id: str) -> bool:
    """Whether a text is an answer: it has no page, and is read under the text it is about."""
    answers = select(Testimonial.id).where(Testimonial.public_id == public_id, Testimonial.about_id.is_not(None))
    return session.scalar(answers) is not None


def is_gone(session: Session, public_id: str) -> bool:
    """Whether a testimonial was published once, and is no longer; an erased one is unknown, not gone.

    It is gone from the end of its period, before the scheduled job, and while editors review it again.
    """
    is_over = and_(Testimonial.status == Status.PUBLISHED, Testimonial.published_until <= now())
    was_removed = or_(Testimonial.status.not_in((Status.PUBLISHED, Status.ERASED)), is_over)
    once_published = and_(Testimonial.public_id == public_id, Testimonial.published_at.is_not(None))
    return session.scalar(select(Testimonial.id).where(once_published, was_removed)) is not None


def is_offline(session: Session, public_id: str) -> bool:
    """Whether a testimonial would be read, were its article not taken offline."""
    offline = Testimonial.article.has(Article.offline_at.is_not(None))
    return session.scalar(visible(Testimonial.id).where(Testimonial.public_id == public_id, offline)) is not None


def is_hidden(session: Session, public_id: str) -> bool:
    """Whether a text would be read, did not an editor hide it while a notice is examined."""
    hidden = and_(Testimonial.public_id == public_id, Testimonial.hidden_until.is_not(None))
    return session.scalar(select(Testimonial.id).where(hidden, Testimonial.published_until > now())) is not None
