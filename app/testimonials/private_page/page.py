"""PrivatePage: everything that an author's private page shows, derived from one testimonial."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple, TypeVar

from app.articles.sites import Site, active_sites
from app.db import db
from app.forms import Form
from app.testimonials.answered import all_question_names
from app.testimonials.consent import Channel, Consent, ConsentDecision, given_line, latest_of_each
from app.testimonials.decision import Remark, RemarkKind
from app.testimonials.erasure import kept_until
from app.testimonials.lifecycle import BEFORE_DECISION, UNDERWAY, Action, Party, Status, actions_from
from app.testimonials.private_page import answers, consent_changes, objections, proofs, status_sentence
from app.testimonials.private_page.consent_changes import outdated_consents
from app.testimonials.private_page.forms import ConsentAgainForm, ContestForm
from app.testimonials.private_page.history import HIDDEN_KINDS, consent_sentence, sentence_to_author
from app.testimonials.queries import may_stand_beneath
from app.testimonials.terms import may_be_kept
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import call_back_until
from app.testimonials.updates.forms import AskDayForm
from app.testimonials.updates.request import asked_from, is_askable
from app.testimonials.versions import correction_sentences
from app.testimonials.wordings import OPTIONAL, Purpose, current_wordings

Fact = TypeVar("Fact")


class AskDay(NamedTuple):
    """The day from which the question comes, None once it came; whether by a letter of its own, or with the renewal."""

    day: date | None
    by_letter: bool
    form: AskDayForm


def of_its_text(read: Callable[[Testimonial], Fact]) -> cached_property[Fact]:
    """Return the property of a page that is what a function reads in its testimonial."""
    return cached_property(lambda page: read(page.testimonial))


@dataclass(frozen=True, kw_only=True)
class PrivatePage:
    """The private page of a testimonial, for templates/private_page/private.html and its partials.

    `form` is the form of this request, with its errors. `is_too_late`: the request asked for an act that is no longer
    possible; `calls_back` and `signs` say which act. `unsent_words` are the words typed with that act, and not stored.
    `changed_purpose` is the purpose changed by the request before this one.
    """

    testimonial: Testimonial
    token: str
    form: Form
    is_too_late: bool = False
    calls_back: bool = False
    signs: bool = False
    unsent_words: str = ""
    changed_purpose: str = ""

    publication = Purpose.PUBLICATION

    status = of_its_text(status_sentence.status_sentence)
    editors_answer = of_its_text(status_sentence.editors_answer)
    answered = of_its_text(answers.answered_now)
    beneath = of_its_text(answers.beneath)
    has_place = of_its_text(may_stand_beneath)
    open_objection = of_its_text(objections.open_objection)
    objection_answer = of_its_text(objections.objection_answer)
    may_contest = of_its_text(objections.is_contestable)
    presented_version = of_its_text(proofs.presented_version)
    proposed_changes = of_its_text(proofs.proposed_changes)
    new_version_changes = of_its_text(proofs.new_version_changes)
    corrections = of_its_text(proofs.corrections)
    is_shown_corrected = of_its_text(proofs.is_shown_corrected)  # beside a new version, which waits
    remarks_with_corrections = of_its_text(proofs.remarks_with_corrections)
    may_consent_again = of_its_text(consent_changes.may_consent_again)
    open_purposes = of_its_text(consent_changes.open_purposes)

    @cached_property
    def code_key(self) -> str:
        return str(uuid.uuid4())

    @property
    def is_response(self) -> bool:
        return self.testimonial.about is not None

    @property
    def is_beneath(self) -> bool:
        return self.answered is not None and answers.is_read(self.testimonial)

    @property
    def wordings(self) -> str:
        return current_wordings(self.testimonial.article, answers.answered_reference(self.testimonial))

    @property
    def question_names(self) -> dict[str, str]:
        return all_question_names(self.testimonial.article.call, is_response=self.is_response)

    @property
    def is_upheld(self) -> bool:
        return self.objection_answer is not None and self.objection_answer.action is Action.UPHOLD

    @property
    def changed_headings(self) -> str:
        return ", ".join(f"« {change.heading} »" for change in self.new_version_changes)

    @cached_property
    def letters(self) -> list[Remark]:
        return [each for each in self.testimonial.remarks if each.kind is RemarkKind.LETTER]

    @cached_property
    def actions(self) -> frozenset[Action]:
        return actions_from(self.testimonial.status, Party.AUTHOR)

    @property
    def keep_until(self) -> datetime | None:
        """Return when a text is erased whose author is asked if it should still wait."""
        return kept_until(self.testimonial) if may_be_kept(self.testimonial) else None

    @property
    def may_renew(self) -> bool:
        return Action.RENEW in self.actions and objections.may_renew(self.testimonial)

    @property
    def may_amend(self) -> bool:
        """Whether a plain link to the form is offered. A proof and a request for changes offer their own."""
        return Action.AMEND in self.actions and not (self.proposed_changes or self.testimonial.asked)

    @cached_property
    def ask_day(self) -> AskDay | None:
        """Return when its author is asked; None where there is nothing to ask."""
        if not is_askable(self.testimonial):
            return None
        day = asked_from(self.testimonial)
        form = self.form if isinstance(self.form, AskDayForm) else AskDayForm.of(day)
        return AskDay(day, self.testimonial.consents_to(Purpose.CONTACT), form)

    @property
    def may_update(self) -> bool:
        return self.testimonial.status is Status.PUBLISHED and not self.is_response

    @property
    def may_call_back(self) -> bool:
        return call_back_until(self.testimonial.withdrawal) is not None

    @property
    def is_call_back_over(self) -> bool:
        is_over = self.testimonial.status is Status.WITHDRAWN and not self.may_call_back
        return self.is_too_late and self.calls_back and is_over

    @property
    def is_place_taken(self) -> bool:
        return self.is_too_late and (self.calls_back or self.signs) and not self.has_place

    @property
    def returns_to_editors(self) -> bool:
        """Whether giving this consent sends the testimonial back to the editors, who no longer read it."""
        return Action.CONSENT_AGAIN in self.actions

    @property
    def shows_published_version(self) -> bool:
        return self.testimonial.shown_number == self.presented_version.number

    @property
    def may_be_published(self) -> bool:
        return self.testimonial.publication_consent and self.testimonial.status in BEFORE_DECISION | UNDERWAY

    @property
    def is_reuse_given(self) -> bool:
        return self.testimonial.consents_to(Purpose.REUSE)

    @property
    def was_reuse_withdrawn(self) -> bool:
        """Whether consent to reuse ended with the testimonial: it does not come back with publication."""
        return self.testimonial.status is Status.WITHDRAWN and any(
            line.purpose is Purpose.REUSE and line.answer is ConsentDecision.WITHDRAWN for line in self.latest_consents
        )

    @property
    def noted(self) -> Consent | None:
        line = self.line_of(self.changed_purpose)
        return line if line and line.channel is Channel.PRIVATE_PAGE else None

    def line_of(self, purpose: str) -> Consent | None:
        return next((line for line in self.latest_consents if line.purpose == purpose), None)

    def wording_today(self, purpose: Purpose) -> str:
        return purpose.wording(self.testimonial.article, answers.answered_reference(self.testimonial))

    def wording_of(self, purpose: Purpose) -> str:
        line = given_line(self.testimonial.consents, purpose)
        return line.wording if line else self.wording_today(purpose)

    @property
    def outdated_purposes(self) -> list[Purpose]:
        return [line.purpose for line in outdated_consents(self.testimonial)]

    @cached_property
    def sites(self) -> list[Site]:
        return active_sites(db.session())

    @cached_property
    def latest_consents(self) -> list[Consent]:
        return latest_of_each(self.testimonial.consents)

    @property
    def earlier_consents(self) -> list[Consent]:
        return [line for line in self.testimonial.consents if line not in self.latest_consents]

    @property
    def history(self) -> list[tuple[datetime, str]]:
        measures = correction_sentences(self.testimonial.versions)
        events = [event for event in self.testimonial.events if event.kind not in HIDDEN_KINDS]
        history = [
            (
                event.at,
                sentence_to_author(event, measures.get(event.version_number or 0, ""), is_response=self.is_response),
            )
            for event in events
        ]
        # The consents whose change no event tells.
        lines = [each for each in self.testimonial.consents if each.channel is Channel.PRIVATE_PAGE]
        changes = [(each.at, consent_sentence(each)) for each in lines if each.purpose in OPTIONAL]
        return sorted(history + changes, key=itemgetter(0))

    @property
    def consent_again_form(self) -> ConsentAgainForm:
        return (
            self.form if isinstance(self.form, ConsentAgainForm) else ConsentAgainForm(self.testimonial, formdata=None)
        )

    @property
    def contest_form(self) -> ContestForm:
        return self.form if isinstance(self.form, ContestForm) else ContestForm(formdata=None)
