"""Synthesis, Statement, SynthesisSource: versions of a synthesis, what each states, and where the words are.

No word of an author is stored here: a source says where its words stand in a version of a testimonial.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Select, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Numbered, now
from app.testimonials.testimonial import Testimonial

DRAFT = 0  # the number of a version that is being written
GAVE_WAY = ""  # the digest of a source whose words gave way


class Synthesis(Numbered, Base, kw_only=True):
    """A version of an article's synthesis: the draft, the one readers see, or one of before, of which dates alone stay.

    Statements of a version that was replaced are deleted: their sources may have left since. `edition` counts the
    changes of a draft, so that of two editors who write at once, the second is told; `changed_at` dates them, and what
    came or left since of the texts that a version cites.
    """

    __tablename__ = "synthesis"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int] = mapped_column(default=DRAFT)
    edition: Mapped[int] = mapped_column(init=False, default=1)
    changed_at: Mapped[datetime] = mapped_column(init=False, default_factory=now)
    published_at: Mapped[datetime | None] = mapped_column(init=False, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(init=False, default=None)
    statements: Mapped[list["Statement"]] = relationship(
        order_by="Statement.position", cascade="all, delete-orphan", default_factory=list, repr=False
    )

    @property
    def is_draft(self) -> bool:
        return self.number == DRAFT


class Statement(Numbered, Base, kw_only=True):
    """What an editor says the testimonials show, beside a passage of the article (its anchor), or of none: `""`."""

    __tablename__ = "synthesis_claim"

    synthesis_id: Mapped[int] = mapped_column(ForeignKey("synthesis.id", ondelete="CASCADE"), index=True, init=False)
    position: Mapped[int]
    passage: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(Text)
    sources: Mapped[list["SynthesisSource"]] = relationship(
        order_by="SynthesisSource.id", cascade="all, delete-orphan", default_factory=list, repr=False
    )


class SynthesisSource(Numbered, Base, kw_only=True):
    """Sentences of a testimonial, as `Quotation` says, in the version of `digest`, and since when they are read.

    It stands while that version is the one shown: never with `GAVE_WAY`, since they are no whole sentences, or its
    author objected. A testimonial is one source of a statement, however much is cited.
    """

    __tablename__ = "synthesis_source"
    __table_args__ = (UniqueConstraint("claim_id", "testimonial_id"),)

    statement_id: Mapped[int] = mapped_column(
        "claim_id", ForeignKey("synthesis_claim.id", ondelete="CASCADE"), init=False
    )
    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), index=True)
    digest: Mapped[str]
    field: Mapped[str]
    spans: Mapped[list[list[int]]] = mapped_column(JSON)
    quoted_at: Mapped[datetime | None] = mapped_column(default=None)
    testimonial: Mapped[Testimonial] = relationship(viewonly=True, init=False, repr=False)


def synthesis_versions(article_id: int) -> Select[Synthesis]:
    """Select the versions of an article's synthesis, the latest first, the draft last."""
    return select(Synthesis).where(Synthesis.article_id == article_id).order_by(Synthesis.number.desc())


SHOWN = Synthesis.number != DRAFT, Synthesis.ended_at.is_(None)  # of an article's versions, the one that readers see


def shown_version(article_id: int) -> Select[Synthesis]:
    """Select the version that readers see: none where editors have taken it away."""
    return select(Synthesis).where(Synthesis.article_id == article_id, *SHOWN)


def draft_of(article_id: int) -> Select[Synthesis]:
    return select(Synthesis).where(Synthesis.article_id == article_id, Synthesis.number == DRAFT)
