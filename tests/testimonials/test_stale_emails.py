"""Stale e-mails: which acts make an e-mail untrue, and what undoing them changes."""

import pytest

from app import MAILS
from app.audit import AUTHOR, CLOCK, READER, Actor, AuditEvent, Kind
from app.testimonials import mails
from app.testimonials.lifecycle import TRANSITIONS, Action, Status
from app.testimonials.stale_emails import made_untrue_by

EDITOR = Actor.editor(1)
PUBLISHED = AuditEvent.of(Kind.PUBLISH, EDITOR, before="pending", after="published")
UNPUBLISHED = AuditEvent.of(Kind.UNPUBLISH, EDITOR, before="published", after="unpublished")
REOPENED = AuditEvent.of(Kind.REOPEN, EDITOR, before="unpublished", after="pending")
PUBLISHED_AGAIN = AuditEvent.of(Kind.PUBLISH, EDITOR, before="pending", after="published")
REPLACED = AuditEvent.of(Kind.PUBLISH, EDITOR, before="published", after="published")
AMENDED = AuditEvent.of(Kind.AMEND, AUTHOR, before="published", after="published")
SET_ASIDE = AuditEvent.of(Kind.SET_ASIDE, EDITOR, before="published", after="published")
UNDONE = AuditEvent.of(Kind.TAKE_BACK, EDITOR, before="unpublished", after="published")
UNDONE.revokes = UNPUBLISHED
TAKEN_BACK = AuditEvent.of(Kind.TAKE_BACK, EDITOR, before="published", after="pending")
TAKEN_BACK.revokes = PUBLISHED_AGAIN
REMINDED = AuditEvent.of(Kind.REMIND, CLOCK)
RENEWED = AuditEvent.of(Kind.RENEW, AUTHOR, before="published", after="published")
NOTED = AuditEvent.of(Kind.NOTED, EDITOR)
NOTICED = AuditEvent.of(Kind.NOTICED, READER)
WITHDRAWN = AuditEvent.of(Kind.WITHDRAW, AUTHOR, before="published", after="withdrawn")
CALLED_BACK = AuditEvent.of(Kind.CALL_BACK, AUTHOR, before="withdrawn", after="published")
CALLED_BACK.revokes = WITHDRAWN


def test_an_email_is_true_until_an_act_that_is_not_undone_makes_it_untrue(subtests: pytest.Subtests) -> None:
    for message, event, later, ended_by in [
        (mails.PUBLISHED, PUBLISHED, [], None),
        (mails.PUBLISHED, PUBLISHED, [NOTED, NOTICED, SET_ASIDE, RENEWED, REPLACED], None),
        (mails.PUBLISHED, PUBLISHED, [UNPUBLISHED], UNPUBLISHED),
        (mails.PUBLISHED, PUBLISHED, [NOTED, WITHDRAWN], WITHDRAWN),
        (mails.PUBLISHED, PUBLISHED, [UNPUBLISHED, UNDONE], None),
        (mails.PUBLISHED, PUBLISHED, [WITHDRAWN, NOTED, CALLED_BACK], None),
        (mails.PUBLISHED, PUBLISHED, [WITHDRAWN, CALLED_BACK, UNPUBLISHED], UNPUBLISHED),
        (mails.WITHDRAWN, WITHDRAWN, [], None),
        (mails.WITHDRAWN, WITHDRAWN, [CALLED_BACK], WITHDRAWN),
        (mails.NOTICE_ANSWERED, WITHDRAWN, [CALLED_BACK], WITHDRAWN),
        (mails.CALLED_BACK, CALLED_BACK, [], None),
        (mails.PUBLISHED, PUBLISHED, [UNPUBLISHED, NOTED, UNDONE, WITHDRAWN], WITHDRAWN),
        (mails.PUBLISHED, PUBLISHED, [UNPUBLISHED, REOPENED, PUBLISHED_AGAIN], UNPUBLISHED),
        (mails.UNPUBLISHED, UNPUBLISHED, [UNDONE], UNPUBLISHED),
        (mails.NOTICE_ANSWERED, UNPUBLISHED, [UNDONE], UNPUBLISHED),
        (mails.NOTICE_ANSWERED, UNPUBLISHED, [REOPENED, PUBLISHED_AGAIN, WITHDRAWN], None),
        (mails.NOTICE_ANSWERED, UNDONE, [WITHDRAWN], None),
        (mails.SET_ASIDE, SET_ASIDE, [RENEWED], None),
        (mails.SET_ASIDE, SET_ASIDE, [REPLACED], None),  # by a correction: its author waits for the reasons
        (mails.SET_ASIDE, SET_ASIDE, [AMENDED, REPLACED], AMENDED),
        (mails.RENEWAL, REMINDED, [REPLACED, SET_ASIDE], None),
        (mails.RENEWAL, REMINDED, [RENEWED], RENEWED),
        (mails.KEEP_ASKED, REMINDED, [PUBLISHED_AGAIN, TAKEN_BACK], PUBLISHED_AGAIN),
    ]:
        with subtests.test(message=message, event=event, later=later, ended_by=ended_by):
            earlier = [] if event is PUBLISHED else [PUBLISHED]
            assert made_untrue_by(message, event, [*earlier, event, *later]) is ended_by


def test_every_email_about_a_status_is_true_somewhere_and_can_cease_to_be() -> None:
    about = {each: {Status(status) for status in each.true_in} for each in MAILS if each.true_in}
    for message, statuses in about.items():
        left = [target for (origin, action), target in TRANSITIONS.items() if origin in statuses]
        assert set(left) - statuses, message
    assert Status.ERASED not in {status for statuses in about.values() for status in statuses}
    assert {action.value for action in Action} <= {kind.value for kind in Kind}
