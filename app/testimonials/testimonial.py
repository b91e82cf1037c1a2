"""Testimonial: perform(), the one writer of a status and its event (product rule 2), amend(), withdraw()."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any, Self

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Select, exists, false, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, object_session, relationship
from sqlalchemy.orm.attributes import set_committed_value

from app import erasure_journal
from app.articles.models import Article
from app.audit import AUTHOR, SHOWING_WHOSE, Actor, AuditEvent, Kind
from app.db import Base, enum_by_value, new_public_id, now
from app.french import paris_time
from app.kept import period
from app.mail import outbox
from app.mail.messages import Mail
from app.testimonials import consent, corrections, hiding_period, mails, objections, undo
from app.testimonials.approval import Approval, ApprovalMissing, NothingToSign
from app.testimonials.consent import Channel, Consent, ConsentDecision, ConsentMissing, consent_receipt
from app.testimonials.decision import RESTORED, Before, Decision, DecisionNote, Remark, Withdrawal
from app.testimonials.lifecycle import (
    AWAITING_REPLY,
    UNDERWAY,
    Action,
    Status,
    TextKind,
    TransitionRefused,
    after,
    status_before,
)
from app.testimonials.notices import Notice, reopen_notices, settle_notices
from app.testimonials.transcript import Transcript
from app.testimonials.update_request import UpdateRequest
from app.testimonials.versions import Version, version_numbered
from app.testimonials.wordings import Purpose

OWNED = "all, delete-orphan"  # rows that are erased with their testimonial


class Testimonial(MappedAsDataclass, Base, kw_only=True):
    """One author’s account, bound to one article; or an answer, read only where what it is `about` is (decision 0043).

    `current_number` is the latest version, which editors read; `settled_number` the last one they published or set
    aside; `shown_number` the one beside the article, while and only while the status is `published`, with the digest
    of what is displayed and the equal digest that the author approved.
    """

    __tablename__ = "testimonial"
    __table_args__ = (
        # Product rule 1, enforced by the database.
        CheckConstraint(
            "status <> 'published' OR (publication_consent AND shown_number IS NOT NULL AND shown_digest IS NOT NULL"
            " AND approved_digest IS NOT NULL AND approved_digest = shown_digest)",
            name="published_is_lawful",
        ),
        CheckConstraint("status = 'published' OR shown_number IS NULL", name="only_published_is_shown"),
        CheckConstraint("(kind = 'testimonial') = (about_id IS NULL)", name="answer_is_about_one"),
        ForeignKeyConstraint(
            ["id", "shown_number", "shown_digest"],
            ["version.testimonial_id", "version.number", "version.digest"],
            name="fk_testimonial_shown_version",
            use_alter=True,
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_testimonial_status_waiting", "status", "waiting_since", "id"),
        # One published answer about each testimonial: ix_testimonial_answered, in migration 0030 alone.
        Index("ix_testimonial_article_status", "article_id", "status", "published_at", "id"),
    )

    # SQLAlchemy does not autoincrement a key that is part of a foreign key, unless asked to.
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=new_public_id)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), init=False)
    article: Mapped[Article] = relationship(repr=False)
    kind: Mapped[TextKind] = mapped_column(
        enum_by_value(TextKind), default=TextKind.TESTIMONIAL, server_default=TextKind.TESTIMONIAL
    )
    about_id: Mapped[int | None] = mapped_column(ForeignKey("testimonial.id"), index=True, init=False)
    about: Mapped["Testimonial | None"] = relationship(remote_side="Testimonial.id", default=None, repr=False)
    submission_key: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(index=True, repr=False)
    link_generation: Mapped[int] = mapped_column(default=1)
    _status: Mapped[Status] = mapped_column("status", enum_by_value(Status), default=Status.UNCONFIRMED)
    revision: Mapped[int] = mapped_column(init=False)

    submitted_at: Mapped[datetime] = mapped_column(default_factory=now)
    waiting_since: Mapped[datetime] = mapped_column(default_factory=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)  # by the link, or a code: whose it is
    acted_at: Mapped[datetime] = mapped_column(default_factory=now)  # the last act of either side, while it waits
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    published_until: Mapped[datetime | None] = mapped_column(default=None)
    publication_consent: Mapped[bool] = mapped_column(default=False)  # this one and the next two: `opened_outlets()`
    sites_consent: Mapped[bool] = mapped_column(default=False, server_default=false())
    reuse_consent: Mapped[bool] = mapped_column(default=False, server_default=false())
    due_at: Mapped[datetime | None] = mapped_column(default=None)  # the author's, where the status waits for them
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)  # of the end: `terms`
    contested_at: Mapped[datetime | None] = mapped_column(default=None, index=True)  # while an objection waits
    contested_number: Mapped[int | None] = mapped_column(default=None)
    masks_number: Mapped[int | None] = mapped_column(default=None)
    noticed_at: Mapped[datetime | None] = mapped_column(default=None, index=True)  # the oldest open notice's moment
    notice_due_at: Mapped[datetime | None] = mapped_column(default=None)  # the most urgent date of an open notice
    notified_until: Mapped[datetime | None] = mapped_column("told_until", default=None)  # of where its words stand
    replied_at: Mapped[datetime | None] = mapped_column(default=None)  # the answer below changed last
    hidden_until: Mapped[datetime | None] = mapped_column(default=None, index=True)  # while an editor hides it
    readable_from: Mapped[datetime | None] = mapped_column(default=None, index=True)  # while an answer is announced
    current_number: Mapped[int] = mapped_column(default=0)
    settled_number: Mapped[int] = mapped_column(default=0)
    shown_number: Mapped[int | None] = mapped_column(default=None)
    shown_digest: Mapped[str | None] = mapped_column(default=None)
    approved_digest: Mapped[str | None] = mapped_column(default=None)
    hint_count: Mapped[int] = mapped_column(default=0)  # passages of the latest version for an editor to look at

    versions: Mapped[list[Version]] = relationship(
        foreign_keys=Version.testimonial_id, order_by=Version.number, cascade=OWNED, default_factory=list, repr=False
    )
    consents: Mapped[list[Consent]] = relationship(order_by=Consent.id, default_factory=list, repr=False)
    events: Mapped[list[AuditEvent]] = relationship(order_by=AuditEvent.id, default_factory=list, repr=False)
    decisions: Mapped[list[Decision]] = relationship(
        order_by=Decision.id, cascade=OWNED, default_factory=list, repr=False
    )
    remarks: Mapped[list[Remark]] = relationship(order_by=Remark.id, cascade=OWNED, default_factory=list, repr=False)
    notices: Mapped[list[Notice]] = relationship(order_by=Notice.id, cascade=OWNED, default_factory=list, repr=False)
    withdrawal: Mapped[Withdrawal | None] = relationship(cascade=OWNED, default=None, repr=False)
    transcript: Mapped[Transcript | None] = relationship(cascade=OWNED, default=None, repr=False)
    update_request: Mapped[UpdateRequest | None] = relationship(cascade=OWNED, default=None, repr=False)
    shown: Mapped[Version | None] = version_numbered("shown_number")
    current: Mapped[Version | None] = version_numbered("current_number")

    @classmethod
    def named(cls, public_id: str) -> Select[Self]:
        return select(cls).where(cls.public_id == public_id)

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  # SQLAlchemy reads it from the class

    @hybrid_property
    def status(self) -> Status:
        """The status; `perform` alone changes it."""
        return self._status

    @property
    def found(self) -> Before:
        """The values that an act finds, and that revoking it restores."""
        restored = {name: getattr(self, name) for name in RESTORED}
        return Before(status=self._status, shown_number=self.shown_number, **restored)

    @property
    def is_hidden(self) -> bool:
        """Whether no reader has a text, though it is published."""
        return self.hidden_until is not None or self.readable_from is not None

    @property
    def takes_response(self) -> bool:
        """Whether an organisation can answer the text: readers have it now, and it is no response."""
        is_read = self.status is Status.PUBLISHED and self.hidden_until is None
        return is_read and self.article.is_public and self.kind is TextKind.TESTIMONIAL

    @property
    def awaits_teller(self) -> bool:
        """Whether a text told by voice has no answer from its teller: any other proof rests on a consent."""
        return self.status is Status.PROOF_SENT and not self.publication_consent

    @property
    def unanswered_transcript(self) -> Transcript | None:
        transcript = self.transcript if self.awaits_teller else None
        return transcript if transcript and transcript.answered_at is None else None

    @property
    def latest(self) -> Version:
        """Return the latest version; raise `LookupError` once everything is erased."""
        return self.versions[-1]

    @property
    def shown_version(self) -> Version | None:
        """Return the version shown as of the last act, which `shown` follows once it is stored."""
        return self.versions[self.shown_number - 1] if self.shown_number else None

    @property
    def at_hand(self) -> Version | None:
        """Return the version that editors read and correct: the one that waits for them, or else the published one."""
        return self.shown if self.status is Status.PUBLISHED and not self.has_new_version else self.current

    @property
    def approved(self) -> Version:
        """Return the latest version that its author approved, and does not contest; sending approves the first."""
        return next(each for each in reversed(self.versions) if each.approval and not objections.is_held(self, each))

    @property
    def shown_replies(self) -> list[Notice]:
        return [notice for notice in self.notices if notice.is_shown_reply]

    @property
    def set_aside_numbers(self) -> set[int]:
        """The numbers of the versions that editors set aside, as long as the text stays published.

        With those that waited while a correction gave way: they were sent again behind it.
        """
        since = self.published_at
        if self._status is not Status.PUBLISHED or since is None:
            return set()
        return {each.number for each in self.versions if each.set_aside_at and each.set_aside_at >= since}

    @property
    def latest_decision(self) -> Decision | None:
        return self.decisions[-1] if self.decisions else None

    @property
    def asked(self) -> dict[str, str]:
        decision = self.latest_decision
        return decision.asked if decision and self._status is Status.CHANGES_REQUESTED else {}

    @property
    def has_new_version(self) -> bool:
        return self.status is Status.PUBLISHED and self.current_number > self.settled_number

    def consents_to(self, purpose: Purpose) -> bool:
        return consent.consents_in_force(self.consents, purpose)

    def perform(self, action: Action, *, by: Actor, note: DecisionNote | None = None) -> None:
        """Move along the table, or back by the latest decision, and write down what happened.

        Raises `TransitionRefused` where there is no such arrow, `NothingToSign` where a proof has no edited version,
        `ConsentMissing` and `ApprovalMissing` where the result would show what its author has not agreed to.
        """
        session, before, note = object_session(self), self.found, note or DecisionNote()
        if session:
            session.flush()  # what came before the act; of the act itself, the database would refuse a half
        with session.no_autoflush if session else nullcontext():
            if action is Action.TAKE_BACK:
                undone = undo.decision_to_undo(before.status, self.events, self.decisions)
                target = status_before(before.status, undone.action, undone.before.status)
                self._take_back_versions(undone)
                self._restore(undone.before)
            elif (target := after(before.status, action)) and action is Action.CALL_BACK:
                self._restore(undo.withdrawal_to_call_back(self.withdrawal).before)
            else:
                self._move(before, action, target, note, by)
            self._status = target
            if before.status is Status.WITHDRAWN:
                self.withdrawal = None
            moved = {"before": before.status.value, "after": target.value, "reason": note.reason and note.reason.value}
            event = AuditEvent.of(Kind(action.value), by, version_number=self.current_number, **moved)
            if action in {Action.TAKE_BACK, Action.CALL_BACK}:
                event.revokes = undo.latest_act(self.events)
                reopen_notices(self.notices, event.revokes.at)
            self.events.append(event)
            if event.kind in SHOWING_WHOSE:
                self.confirmed_at = self.confirmed_at or event.at
            self.set_notice_clock(settle_notices(self.notices, self.shown_digest, action, event, note))
            self.note_act()
            if by.user_id is not None:
                self.decisions.append(Decision.of(by.user_id, action, self.current_number, before, note))

    def _move(self, before: Before, action: Action, target: Status, note: DecisionNote, by: Actor) -> None:
        """Do what goes with an arrow of the table: the version shown, the wait and its deadline."""
        if action is Action.SEND_PROOF and self.latest.approval is not None:
            raise NothingToSign
        self.hidden_until = hiding_period.hiding_end(before, action, target, is_reported=self.noticed_at is not None)
        shown = objections.follow_objection(self, action, target, by)
        if self.about is not None:
            is_new = shown is not None and shown.tells_more_than(self.shown_version)
            self.readable_from = hiding_period.reading_start(before, action, target, is_new=is_new)
        if shown is not None:
            self._show(shown, whole_period=self._status is not Status.PUBLISHED)
            self.settled_number = shown.number
        elif target is not Status.PUBLISHED:
            self._hide()
        elif action is Action.SET_ASIDE:
            self.set_versions_aside(range((self.shown_number or 0) + 1, self.current_number + 1))
            self.settled_number = self.current_number
        if action is Action.RENEW and self.published_until is not None:
            self.published_until, self.reminded_at = self.published_until + period("PUBLICATION_PERIOD"), None
        if target is not self._status:
            self.reminded_at = None
        if target is not self._status or action is Action.AMEND:
            self.waiting_since = now()
            self.due_at = note.due_at or now() + period("REPLY_PERIOD") if target in AWAITING_REPLY else None

    def set_versions_aside(self, numbers: range) -> None:
        aside = self.set_aside_numbers
        for version in self.versions:
            if version.number in numbers and version.number not in aside:
                version.set_aside_at = now()

    def _take_back_versions(self, undone: Decision) -> None:
        """Read again the versions that a decision to undo had set aside."""
        for version in self.versions:
            if undone.action is Action.SET_ASIDE and version.number > undone.before.settled_number:
                version.set_aside_at = None

    def set_notice_clock(self, clock: Mapping[str, datetime | None]) -> None:
        for name, moment in clock.items():
            setattr(self, name, moment)

    def note_act(self) -> None:
        """Note that the author, or an editor, did something: what waits for them has its whole time again."""
        if self._status in UNDERWAY and self.confirmed_at is not None:
            self.acted_at, self.reminded_at = now(), None

    def keep_waiting(self) -> None:
        self.events.append(AuditEvent.of(Kind.KEPT_WAITING, AUTHOR))
        self.note_act()

    def _restore(self, before: Before) -> None:
        """Restore the values before an act, status aside: a wait goes on from where it was."""
        for name in RESTORED:
            setattr(self, name, getattr(before, name))
        if before.shown_number is None:
            self._hide()
        else:
            self._show(self.versions[before.shown_number - 1], whole_period=False)

    def _hide(self) -> None:
        self.shown_number = self.shown_digest = self.approved_digest = None

    def _show(self, version: Version, *, whole_period: bool) -> None:
        """Show a version beside the article, for a whole period or for what is left of the present one."""
        self._check_alone()
        # An address nobody confirmed may be a stranger's: what was consented to with it is nobody's consent yet.
        if not (self.confirmed_at and self.consents_to(Purpose.PUBLICATION)):
            raise ConsentMissing(Purpose.PUBLICATION)
        objections.check_unopposed(self, version, stays=not whole_period)
        digest = version.compute_digest()
        if version.approved_digest != digest:
            raise ApprovalMissing
        self.shown_number, self.shown_digest, self.approved_digest = version.number, digest, version.approved_digest
        if whole_period:
            self.published_at = now()
            self.published_until = self.published_at + period("PUBLICATION_PERIOD")

    def _check_alone(self) -> None:
        """Raise `TransitionRefused` where what an answer is about is not published, or has another answer under it.

        That text is locked: of two answers published at once, one is refused.
        """
        session, about = object_session(self), self.about
        if session is None or about is None:
            return
        status = session.scalar(select(Testimonial.status).where(Testimonial.id == about.id).with_for_update())
        has_no_place = status is not Status.PUBLISHED and self._status is not Status.PUBLISHED
        is_other = Testimonial.status == Status.PUBLISHED, Testimonial.id != self.id
        if has_no_place or session.scalar(select(exists().where(Testimonial.about_id == about.id, *is_other))):
            raise TransitionRefused(self._status, Action.PUBLISH)

    def confirm(self) -> None:
        """The author shows that the address is theirs: the text goes to the editors, and the assistant reads it."""
        self.perform(Action.CONFIRM, by=AUTHOR)
        self.hint_count = self.latest.examine()
        self.write_to_author(mails.CONFIRMED)

    def amend(self, version: Version, answers: Mapping[Purpose, bool], *, seen: str) -> None:
        """The author replaces the text by one they have seen as it would stand, whose digest is `seen`."""
        if self._status is Status.PUBLISHED and not answers.get(Purpose.PUBLICATION, True):
            raise ConsentMissing(Purpose.PUBLICATION)  # withdrawing has its own button
        after(self._status, Action.AMEND)  # refused before anything is added
        self.receive(version, answers, seen=seen)
        self.perform(Action.AMEND, by=AUTHOR)

    def propose(self, version: Version, *, as_correction: bool = False, own: Version | None = None) -> None:
        """Add a version that an editor made, approved where it needs no signature; raise `Rewriting` where it does."""
        own = own or objections.own_version(self, None if self.has_new_version else self.shown_number)
        measure = version.changes_from(own) if as_correction else None
        if measure is not None and not measure.is_correction:
            raise corrections.Rewriting(measure)
        self._add(version)
        version.approve_edit(own, measure)

    def _add(self, version: Version) -> None:
        self.current_number += 1
        self.note_act()
        set_committed_value(version, "testimonial", self)  # nothing reads it from the database
        version.settle(self.current_number)
        before = self.latest.passages if self.versions else []
        self.hint_count = 0 if self._status is Status.UNCONFIRMED else version.examine(before)
        self.versions.append(version)

    def receive(self, version: Version, answers: Mapping[Purpose, bool], *, seen: str) -> None:
        """Add a version that its author approves by sending it, with the answers that go with it."""
        version.approve(Approval.SENT, seen)
        self._add(version)
        for purpose, yes in answers.items():
            self.answer(purpose, ConsentDecision.GIVEN if yes else ConsentDecision.REFUSED, Channel.FORM)

    def answer(self, purpose: Purpose, answer: ConsentDecision, channel: Channel) -> None:
        """Append a consent line on the text last approved; a withdrawal is noted in the erasure journal too."""
        line = self.consent_line(purpose, answer, channel)
        if answer is ConsentDecision.WITHDRAWN or (answer is ConsentDecision.REFUSED and self.consents_to(purpose)):
            session = object_session(self)
            assert session is not None, "a consent in force is stored"  # noqa: S101  # narrows the type
            erasure_journal.append_entry(session, self.public_id, purpose.value, line.at)
        self.record_consent(line)

    def consent_line(self, purpose: Purpose, answer: ConsentDecision, channel: Channel) -> Consent:
        """Return a line on the text that its author last approved."""
        return consent.consent_line(
            purpose,
            answer,
            article=self.article,
            digest=self.approved.digest,
            channel=channel,
            lines=self.consents,
            about=self.about.public_id if self.about else None,
        )

    def record_consent(self, line: Consent) -> None:
        self.consents.append(line)
        self.note_act()
        self.publication_consent, self.sites_consent, self.reuse_consent = consent.opened_outlets(self.consents)

    def withdraw(self, *, by: Actor = AUTHOR) -> None:
        """The author takes the text back: at once, everywhere, without a reason (product rule 4)."""
        before, ends_reuse = self.found, self.consents_to(Purpose.REUSE)
        self.perform(Action.WITHDRAW, by=by)
        if undo.is_withdrawal(event := self.events[-1]):
            self.withdrawal = Withdrawal(before=before, ends_reuse=ends_reuse, at=event.at)
        for purpose in (Purpose.PUBLICATION, Purpose.REUSE) if ends_reuse else (Purpose.PUBLICATION,):
            self.answer(purpose, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
        until = undo.call_back_deadline(self.withdrawal)
        self.write_to_author(mails.WITHDRAWN, until=until, is_confirmed=self.confirmed_at is not None)

    def write_of_decision(self, message: Mail, note: DecisionNote, **facts: Any) -> None:
        """Enqueue the e-mail about a decision: reason, legal ground, the editor's message, the due date."""
        facts |= {"words": note.message, "reason": "", "ground": ""}
        if note.reason:
            facts |= {"reason": note.reason.label, "ground": note.reason.ground}
        days = {"due": self.due_at, "hidden_until": self.hidden_until}
        facts |= {name: paris_time(day).isoformat() for name, day in days.items() if day}
        self.write_to_author(message, **facts)

    def write_to_author(self, message: Mail, **facts: Any) -> None:
        """Enqueue an e-mail with the author's link; one about a status waits while the last act can be undone."""
        session = object_session(self)
        if session is not None and self.email is not None:
            if message.acknowledges:
                facts |= consent_receipt(self.consents, self.versions)
            facts |= {"public_id": self.public_id, "generation": self.link_generation, "article": self.article.title}
            if self.about is not None:
                facts["answered"] = self.about.public_id
            if self.readable_from:  # a response's
                facts["shown_on"] = paris_time(self.readable_from).isoformat()
            event = self.events[-1] if message.true_in else None
            due_at = undo.final_at(event) if event and not message.acknowledges else None
            outbox.enqueue(session, message, to=self.email, about=self.id, event=event, due_at=due_at, **facts)
