"""The draft of a synthesis: its statements written and cited, then published as the next version; or one taken away.

One transaction at a time writes an article's: it locks the testimonials cited, then the article, as all others do.
"""

from collections.abc import Sequence

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.audit import Actor, AuditEvent, Kind
from app.catalog import facets
from app.catalog.quotations import QuoteMissing, require_quotation
from app.catalog.synthesis.models import Statement, Synthesis, SynthesisSource, draft_of, shown_version
from app.catalog.synthesis.statements import load_statements
from app.db import now
from app.french import single_spaced
from app.testimonials.changes import locked
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial

MOST_STATEMENTS = 12  # more than a reader's minute
LONGEST_STATEMENT = 300  # signs


class SynthesisRefused(Exception):
    """The draft, the statement or the version is gone, or no statement of it would be read; or there is no room."""


def locked_draft(session: Session, article: Article, texts: Sequence[Testimonial] = ()) -> Synthesis | None:
    """Return the draft of an article, if any, locked until the end of the transaction.

    The texts that the draft cites are locked too, and the texts given, which the draft is to cite.
    """
    lock_sources(session, article, texts)
    return session.scalar(draft_of(article.id).execution_options(populate_existing=True))


def lock_sources(session: Session, article: Article, texts: Sequence[Testimonial] = ()) -> list[Testimonial]:
    """Lock the testimonials that an article's syntheses cite, and those given, then the article; return them by id."""
    cites = exists().where(
        SynthesisSource.testimonial_id == Testimonial.id,
        SynthesisSource.statement_id == Statement.id,
        Statement.synthesis_id == Synthesis.id,
        Synthesis.article_id == article.id,
    )
    either = or_(cites, Testimonial.id.in_([each.id for each in texts]))
    locking = locked(select(Testimonial).where(either))
    testimonials = list(session.scalars(locking.execution_options(populate_existing=True)))
    facets.lock_article(session, article.id)
    return testimonials


def start_draft(session: Session, article: Article) -> Synthesis:
    """Return the draft of an article: a copy of the version shown, where there is none yet."""
    if draft := locked_draft(session, article):
        return draft
    shown = session.scalar(shown_version(article.id))
    draft = Synthesis(article_id=article.id, statements=[copy_of(each) for each in shown.statements] if shown else [])
    session.add(draft)
    return draft


def copy_of(statement: Statement) -> Statement:
    names = ("testimonial_id", "digest", "field", "spans", "quoted_at")
    sources = [SynthesisSource(**{name: getattr(each, name) for name in names}) for each in statement.sources]
    return Statement(position=statement.position, passage=statement.passage, words=statement.words, sources=sources)


def find_statement(draft: Synthesis | None, number: int) -> Statement:
    """Return a statement of the draft; raise `SynthesisRefused` if it has none of this number."""
    statement = next((each for each in draft.statements if each.id == number), None) if draft else None
    if statement is None:
        raise SynthesisRefused
    return statement


def add_statement(draft: Synthesis, words: str, passage: str) -> None:
    """Add a statement; the same one sent twice is there once."""
    if any((single_spaced(each.words), each.passage) == (words, passage) for each in draft.statements):
        return
    if len(draft.statements) >= MOST_STATEMENTS:
        raise SynthesisRefused
    position = max((each.position for each in draft.statements), default=0) + 1
    draft.statements.append(Statement(position=position, passage=passage, words=words))
    mark_changed(draft)


def rewrite_statement(draft: Synthesis, statement: Statement, words: str, passage: str) -> None:
    if (single_spaced(statement.words), statement.passage) != (words, passage):
        statement.words, statement.passage = words, passage
        mark_changed(draft)


def raise_statement(draft: Synthesis, statement: Statement) -> None:
    """Exchange a statement with the one above it; the first stays."""
    index = draft.statements.index(statement)
    if index > 0:
        above = draft.statements[index - 1]
        above.position, statement.position = statement.position, above.position
        mark_changed(draft)


def remove_statement(draft: Synthesis, statement: Statement) -> None:
    draft.statements.remove(statement)
    mark_changed(draft)


def cite(draft: Synthesis, statement: Statement, testimonial: Testimonial, words: str) -> None:
    """Have a statement stand on sentences of a testimonial, instead of those it cited of it.

    Raises `QuoteMissing` for a text that is not published beside the article, and as `require_quotation` does. The
    caller has locked the testimonial.
    """
    is_of_article = testimonial.article_id == draft.article_id and testimonial.about_id is None
    quotation, digest = require_quotation(testimonial, words), testimonial.shown_digest
    if digest is None or not is_of_article or testimonial.status is not Status.PUBLISHED:
        raise QuoteMissing
    source = next((each for each in statement.sources if each.testimonial_id == testimonial.id), None)
    if source is None:
        facts = quotation._asdict() | {"testimonial_id": testimonial.id, "digest": digest}
        statement.sources.append(SynthesisSource(**facts))
    else:
        source.digest, source.field, source.spans = digest, *quotation
        source.quoted_at = None
    mark_changed(draft)


def remove_source(draft: Synthesis, statement: Statement, number: int) -> None:
    """Remove a source from a statement; one that is gone already stays gone."""
    statement.sources[:] = [each for each in statement.sources if each.id != number]
    mark_changed(draft)


def mark_changed(draft: Synthesis) -> None:
    draft.edition += 1
    draft.changed_at = now()


def publish_draft(session: Session, article: Article, draft: Synthesis, *, by: Actor) -> None:
    """Publish the draft as the next version, instead of the one shown; raise `SynthesisRefused` if no statement stands.

    The history of each testimonial that it cites with other sentences than before says so.
    """
    cited = lock_sources(session, article)
    session.flush()
    if not load_statements(session, draft.id):
        raise SynthesisRefused
    end_shown_version(session, article)
    last = session.scalar(select(func.max(Synthesis.number)).where(Synthesis.article_id == article.id)) or 0
    draft.number, draft.published_at, draft.changed_at = last + 1, now(), now()
    new = [each for statement in draft.statements for each in statement.sources if each.quoted_at is None]
    for source in new:
        source.quoted_at = draft.published_at
    now_cited = {each.testimonial_id for each in new}
    for testimonial in (each for each in cited if each.id in now_cited):
        testimonial.events.append(AuditEvent.of(Kind.CITED, by, version_number=testimonial.shown_number))
    session.add(AuditEvent.of(Kind.SYNTHESIS_PUBLISHED, by, reason=f"{article.slug}/{draft.number}"))


def end_shown_version(session: Session, article: Article) -> None:
    shown = session.scalar(shown_version(article.id))
    if shown is not None:
        shown.ended_at = now()
        shown.statements.clear()
        session.flush()


def take_down(session: Session, article: Article, *, by: Actor) -> None:
    """Take the version shown away from readers: its statements stay as a draft, unless one is written already.

    Nothing of the draft is quoted any more: the version that comes next quotes it from then on.
    """
    shown = session.scalar(shown_version(article.id))
    if shown is None:
        raise SynthesisRefused
    for statement in start_draft(session, article).statements:
        for source in statement.sources:
            source.quoted_at = None
    end_shown_version(session, article)
    session.add(AuditEvent.of(Kind.SYNTHESIS_TAKEN_DOWN, by, reason=f"{article.slug}/{shown.number}"))
