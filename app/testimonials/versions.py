"""Version: one state of a testimonial's text and choices; numbered, immutable, with a digest of what is displayed."""

import re
from collections.abc import Container, Iterable
from dataclasses import InitVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship
from sqlalchemy.orm.attributes import set_committed_value

from app.articles.call import Call
from app.articles.models import Article, Theme
from app.assistant.kinds import HintKind
from app.assistant.passages import Passage, StoredPassage, by_kind, examine, passages
from app.audit import ActorKind
from app.db import Base, Numbered, enum_by_value, now
from app.french import opening, plain, unquoted
from app.territories.models import Department, Partner
from app.territories.queries import alias_join, recognised_partner
from app.testimonials.approval import DIGEST_FORMAT, PARTNER_KEYS, Approval, digest_of
from app.testimonials.attribution import OF_ANSWERS, Attribution, byline, facts_line, line_of, signature, signed_place
from app.testimonials.corrections import Measure, measure_answers
from app.testimonials.lifecycle import TextKind
from app.testimonials.questions import (
    CHOSEN,
    CONTENT,
    EXAMINED,
    IN_DIGEST_IF_ANSWERED,
    IN_EVERY_DIGEST,
    MORE,
    SPELT,
    Question,
)
from app.testimonials.situation import PartnerKnown, Situation, UpdateFields, composed_title, partner_called

if TYPE_CHECKING:
    from app.testimonials.testimonial import Testimonial

QUOTE_LENGTH = 180  # characters: what fits in a margin

version_theme = Table(
    "version_theme",
    Base.metadata,
    Column("version_id", ForeignKey("version.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id"), primary_key=True, index=True),
)


class Version(UpdateFields, Numbered, Base, kw_only=True):
    """What a reader would be shown, and what the signature is made of; a draft until it is numbered.

    The database refuses to change the words of a stored version (migration 0001). Only the approval can come later, and
    the hints: once the author has confirmed the address, and again when the assistant's rules improve.
    """

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("testimonial_id", "number"),
        # The foreign key of the displayed version includes its digest: both are of the same version.
        UniqueConstraint("testimonial_id", "number", "digest"),
        # For `queries.sent_by`.
        Index("ix_version_clsm_testimonial_id", "clsm", "testimonial_id"),
    )

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), init=False)
    number: Mapped[int] = mapped_column(init=False, default=0)
    made_by: Mapped[ActorKind] = mapped_column(enum_by_value(ActorKind), default=ActorKind.AUTHOR)
    made_at: Mapped[datetime] = mapped_column(default_factory=now)
    digest: Mapped[str] = mapped_column(init=False, default="")
    digest_format: Mapped[int] = mapped_column(init=False, default=DIGEST_FORMAT)

    situation: Mapped[Situation] = mapped_column(enum_by_value(Situation))
    clsm: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"), init=False)
    department: Mapped[Department] = relationship(repr=False)
    partner_known: Mapped[PartnerKnown] = mapped_column(enum_by_value(PartnerKnown))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"), init=False)
    partner: Mapped[Partner | None] = relationship(default=None, repr=False)
    partner_other: Mapped[str] = mapped_column(default="")
    # For lists of versions, to load it with them; `listed_partner` is what asks.
    recognised: Mapped[Partner | None] = relationship(
        secondary=lambda: alias_join(Base.metadata.tables["testimonial"]),
        primaryjoin="and_(Testimonial.id == Version.testimonial_id, PartnerAlias.typed == Version.partner_other)",
        secondaryjoin="Partner.id == PartnerAlias.partner_id",
        viewonly=True,
        init=False,
        repr=False,
    )
    themes: Mapped[list[Theme]] = relationship(
        secondary=version_theme, order_by=Theme.position, default_factory=list, repr=False
    )
    title: Mapped[str] = mapped_column(default="")
    account: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text, default="")
    obstacles: Mapped[str] = mapped_column(Text, default="")
    advice: Mapped[str] = mapped_column(Text, default="")
    years: Mapped[str] = mapped_column(default="")
    other_partners: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    author_name: Mapped[str]
    author_role: Mapped[str]
    attribution: Mapped[Attribution] = mapped_column(enum_by_value(Attribution))

    approval: Mapped[Approval | None] = mapped_column(enum_by_value(Approval), init=False, default=None)
    approved_at: Mapped[datetime | None] = mapped_column(init=False, default=None)
    approved_digest: Mapped[str | None] = mapped_column(init=False, default=None)
    # What a correction changed; without it the database refuses an approval under the consent given (migration 0006).
    measure: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True), init=False, default=None)
    set_aside_at: Mapped[datetime | None] = mapped_column(init=False, default=None)  # by an editor: `undo`
    # When its author was written to about it, in the e-mail of a decision.
    notified_at: Mapped[datetime | None] = mapped_column("told_at", init=False, default=None)

    # For editors only, so deferred. None: its author has not confirmed the address.
    hints: Mapped[list[StoredPassage] | None] = mapped_column(
        JSON(none_as_null=True), init=False, default=None, deferred=True, repr=False
    )

    # An article that asks, and the kind of the text: a draft has no testimonial yet.
    asked_by: InitVar[Article]
    written_as: InitVar[TextKind] = TextKind.TESTIMONIAL
    testimonial: Mapped["Testimonial | None"] = relationship(
        foreign_keys=testimonial_id, viewonly=True, init=False, repr=False
    )

    def __post_init__(self, asked_by: Article, written_as: TextKind) -> None:
        self._asked_by, self._written_as = asked_by, written_as

    @property
    def article(self) -> Article:
        return self.testimonial.article if self.testimonial is not None else self._asked_by

    @property
    def is_response(self) -> bool:
        kind = self.testimonial.kind if self.testimonial is not None else self._written_as
        return kind is TextKind.RESPONSE

    @property
    def call(self) -> Call:
        return self.article.call

    @property
    def correction(self) -> Measure | None:
        """Return what it corrected, where it was approved under the consent given; before 0.2 that was not measured."""
        return Measure(**self.measure) if self.measure else None

    @property
    def byline(self) -> str:
        return byline(self)

    @property
    def attribution_label(self) -> str:
        return OF_ANSWERS[self.attribution][0] if self.is_response else self.attribution.label

    @property
    def byline_set(self) -> str:
        return line_of(self.byline, self.region_name)

    @property
    def region_name(self) -> str:
        return self.department.region.name

    @property
    def listed_partner(self) -> Partner | None:
        """The entry of its partner: the one chosen, or the one recognised in what was typed."""
        if self.partner is not None or not self.partner_other:
            return self.partner
        if "recognised" in self.__dict__:  # loaded with many others
            return self.recognised
        session, typed = object_session(self.article), recognised_partner(self.article.id, self.partner_other)
        listed = session.scalars(typed).first() if session else None
        if object_session(self) is None:  # a draft, which a page shows several times, and no other
            set_committed_value(self, "recognised", listed)
        return listed

    @property
    def partner_name(self) -> str:
        return partner_called(self.call, self.partner_listed, self.partner_other, self.partner_known)

    @property
    def partner_listed(self) -> str | None:
        return self.listed_partner.name if self.listed_partner else None

    @property
    def situation_label(self) -> str:
        return self.call.words(self.situation).label

    @property
    def situation_line(self) -> str:
        return self.situation_since(self.situation_label, self.testimonial.published_at if self.testimonial else None)

    @property
    def heading(self) -> str:
        if self.is_response:
            return f"Réponse : {self.clsm}"
        return self.title or composed_title(signed_place(self), self.call, self.situation, self.became)

    @property
    def slug(self) -> str:
        """Return the heading as a part of an address: 60 characters at most."""
        return re.sub(r"[^a-z0-9]+", "-", plain(self.heading)).strip("-")[:60].strip("-") or "temoignage"

    @property
    def pull_quote(self) -> str:
        return opening(unquoted(self.advice or self.account), QUOTE_LENGTH)

    @property
    def facts(self) -> list[str]:
        return facts_line(self.byline, self.region_name, self.situation_line, self.partner_name)

    @property
    def facts_in_margin(self) -> list[str]:
        """The same without the partner: the page of the text names it."""
        return facts_line(self.byline, self.region_name, self.situation_line, "")

    @property
    def more(self) -> list[tuple[Question, str]]:
        """The answers for which no page has a place of its own."""
        answers = ((question, question.in_words(getattr(self, question.name))) for question in MORE)
        return [(question, words) for question, words in answers if words]

    @property
    def passages(self) -> list[Passage]:
        return passages(self._examined, self.hints or [])

    @property
    def passages_by_kind(self) -> list[tuple[HintKind, list[Passage]]]:
        return by_kind(self.passages)

    @property
    def is_examined(self) -> bool:
        return self.hints is not None

    @property
    def _examined(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in EXAMINED}

    def settle(self, number: int) -> None:
        """Take a number; from now on the words stay, so the digest is computed."""
        self.number = number
        self.digest = self.compute_digest()

    def examine(self, before: Iterable[Passage] = ()) -> int:
        """Compute the hints; return how many. Those that its author saw, in it or among those `before`, stay seen."""
        self.hints = examine(self._examined, self.call.organisations, (*self.passages, *before))
        return len(self.hints)

    def examine_for_author(self, asked: Container[str]) -> None:
        """Compute the hints; its author is shown those of the answers that were asked for, before sending it."""
        found = examine(self._examined, self.call.organisations)
        self.hints = [(*each[:4], each[0] in asked) for each in found]

    def displayed(self) -> dict[str, Any]:
        """Return everything that readers would be shown of the author's words, and nothing else.

        Names of the referential (région, partner, themes) are codes: correcting a name does not change a text.
        """
        partner, partner_other, other_partners = PARTNER_KEYS[self.digest_format]
        added = {name: words for name in IN_DIGEST_IF_ANSWERED if (words := getattr(self, name))}
        return {
            "situation": self.situation.value,
            "attribution": self.attribution.value,
            "region": self.department.region_code,
            partner: self.partner.slug if self.partner else self.partner_known.value,
            partner_other: self.partner_other,
            other_partners: self.other_partners,
            "themes": sorted(theme.slug for theme in self.themes),
            **{name: getattr(self, name) for name in IN_EVERY_DIGEST},
            **added,
            "signed": signature(self),
            **self.displayed_update(),
        }

    def compute_digest(self) -> str:
        return digest_of(self.displayed())

    def edited(self, **changes: Any) -> Self:
        """Return an editors' draft: these words, with some changed."""
        same: dict[str, Any] = {name: getattr(self, name) for name in CONTENT}
        changed = same | {"themes": list(self.themes)} | changes
        kind = TextKind.RESPONSE if self.is_response else TextKind.TESTIMONIAL
        draft = type(self)(asked_by=self.article, written_as=kind, made_by=ActorKind.EDITOR, **changed)
        draft.digest_format = self.digest_format  # so that the same words have the same digest
        return draft

    def changes_from(self, approved: Self) -> Measure:
        before, after = ({name: getattr(each, name) for name in SPELT} for each in (approved, self))
        chosen = sum(getattr(approved, name) != getattr(self, name) for name in CHOSEN)
        link = int(approved.link != self.link)  # no sign of an address is spelling
        return measure_answers(before, after).and_also(Measure(chosen=chosen, new=link))

    def tells_more_than(self, read: Self | None) -> bool:
        """Whether it says something that a version which was told of does not: more than spelling, and masks."""
        return read is None or (self.digest != read.digest and not self.changes_from(read).is_correction)

    def approve(self, how: Approval, digest: str) -> None:
        """Record that the author approved the text of `digest`; the database refuses to change an approval."""
        self.approval, self.approved_at, self.approved_digest = how, now(), digest

    def approve_edit(self, own: Self, measure: Measure | None) -> None:
        """Approve an editors' version: as `own`, if it is the same; under the consent given, if measured."""
        if own.approval is not None and own.approved_digest == self.digest:
            self.approve(own.approval, self.digest)
        elif measure is not None:
            self.measure = measure._asdict()
            self.approve(Approval.UNDER_CONSENT, self.digest)


def correction_sentences(versions: Iterable[Version]) -> dict[int, str]:
    return {version.number: version.correction.sentence for version in versions if version.correction}


def version_numbered(column: str) -> Mapped[Version | None]:
    """Return the relationship of a testimonial to its version of the number that a column holds."""
    join = f"and_(Testimonial.id == foreign(Version.testimonial_id), Testimonial.{column} == foreign(Version.number))"
    return relationship(primaryjoin=join, viewonly=True, init=False, repr=False)
