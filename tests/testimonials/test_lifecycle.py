"""The lifecycle: its table against the contract."""

import re
from itertools import product
from pathlib import Path

import pytest

from app.testimonials.lifecycle import (
    REVERSIBLE,
    TRANSITIONS,
    Action,
    Party,
    Status,
    TransitionRefused,
    actions_from,
    after,
    status_before,
)

README = Path(__file__).parents[2] / "README.md"

# What was promised of it, row by row: the origins of each act, and where it leads (None: it stays).
ALL = frozenset(Status)
ROWS: dict[Action, dict[Status, frozenset[Status]]] = {
    Action.RECORD: {Status.PROOF_SENT: frozenset({Status.UNCONFIRMED})},
    Action.CONFIRM: {Status.PENDING: frozenset({Status.UNCONFIRMED})},
    Action.AMEND: {
        Status.UNCONFIRMED: frozenset({Status.UNCONFIRMED}),
        Status.PENDING: frozenset({Status.PENDING, Status.CHANGES_REQUESTED, Status.PROOF_SENT}),
        Status.PUBLISHED: frozenset({Status.PUBLISHED}),
    },
    Action.REQUEST_CHANGES: {Status.CHANGES_REQUESTED: frozenset({Status.PENDING})},
    Action.CANCEL_REQUEST: {Status.PENDING: frozenset({Status.CHANGES_REQUESTED})},
    Action.SEND_PROOF: {Status.PROOF_SENT: frozenset({Status.PENDING})},
    Action.RECALL_PROOF: {Status.PENDING: frozenset({Status.PROOF_SENT})},
    Action.SIGN_PROOF: {Status.PUBLISHED: frozenset({Status.PROOF_SENT})},
    Action.SIGN_ACCOUNT: {Status.PENDING: frozenset({Status.PROOF_SENT})},
    Action.PUBLISH: {Status.PUBLISHED: frozenset({Status.PENDING, Status.PUBLISHED})},
    Action.SET_ASIDE: {Status.PUBLISHED: frozenset({Status.PUBLISHED})},
    Action.KEEP_INTERNAL: {Status.INTERNAL: frozenset({Status.PENDING})},
    Action.DECLINE: {Status.DECLINED: frozenset({Status.UNCONFIRMED, Status.PENDING})},
    Action.UNPUBLISH: {Status.UNPUBLISHED: frozenset({Status.PUBLISHED})},
    Action.EXPIRE: {Status.UNPUBLISHED: frozenset({Status.PUBLISHED})},
    Action.RENEW: {Status.PUBLISHED: frozenset({Status.PUBLISHED})},
    Action.HIDE: {Status.PUBLISHED: frozenset({Status.PUBLISHED})},
    Action.UNHIDE: {Status.PUBLISHED: frozenset({Status.PUBLISHED})},
    Action.REOPEN: {Status.PENDING: frozenset({Status.DECLINED, Status.INTERNAL, Status.UNPUBLISHED})},
    **{
        action: {status: frozenset({status}) for status in statuses}
        for action, statuses in {
            Action.CONTEST: (Status.DECLINED, Status.UNPUBLISHED, Status.PENDING, Status.PUBLISHED),
            Action.UPHOLD: (Status.DECLINED, Status.UNPUBLISHED, Status.PENDING, Status.PUBLISHED),
            Action.RESTORE: (Status.PENDING, Status.PUBLISHED),
        }.items()
    },
    Action.WITHDRAW: {Status.WITHDRAWN: ALL - {Status.ERASED, Status.WITHDRAWN}},
    Action.CALL_BACK: {Status.PUBLISHED: frozenset({Status.WITHDRAWN})},
    Action.CONSENT_AGAIN: {Status.PENDING: frozenset({Status.WITHDRAWN, Status.INTERNAL})},
    Action.ERASE: {Status.ERASED: ALL - {Status.ERASED}},
}


ARROWS: dict[tuple[Status, Action], Status] = {
    (origin, action): target
    for action, targets in ROWS.items()
    for target, origins in targets.items()
    for origin in origins
}

# Whose act each is.
ACTS: dict[Party, frozenset[Action]] = {
    Party.AUTHOR: frozenset(
        {
            *(Action.CONFIRM, Action.AMEND, Action.SIGN_PROOF, Action.RENEW, Action.CONTEST),
            *(Action.SIGN_ACCOUNT, Action.WITHDRAW, Action.CALL_BACK, Action.CONSENT_AGAIN, Action.ERASE),
        }
    ),
    Party.EDITOR: frozenset(
        {
            *(Action.RECORD, Action.REQUEST_CHANGES, Action.CANCEL_REQUEST, Action.SEND_PROOF, Action.RECALL_PROOF),
            Action.PUBLISH,
            *(Action.SET_ASIDE, Action.KEEP_INTERNAL, Action.DECLINE, Action.UNPUBLISH, Action.REOPEN),
            *(Action.TAKE_BACK, Action.UPHOLD, Action.RESTORE, Action.HIDE, Action.UNHIDE),
        }
    ),
    Party.CLOCK: frozenset({Action.EXPIRE, Action.ERASE, Action.UNHIDE}),
}

# The decisions that can be undone, which lead back to their origin.
TAKEN_BACK = {Action.REQUEST_CHANGES, Action.SEND_PROOF, Action.PUBLISH, Action.SET_ASIDE} | {
    *(Action.KEEP_INTERNAL, Action.DECLINE, Action.UNPUBLISH, Action.UPHOLD)
}


def test_the_table_is_the_contract_s() -> None:
    assert dict(TRANSITIONS) == ARROWS


def test_an_action_follows_its_arrow_and_is_refused_without_one() -> None:
    for status, action in product(Status, Action):
        if (status, action) in ARROWS:
            assert after(status, action) is ARROWS[status, action]
        else:
            with pytest.raises(TransitionRefused) as refusal:
                after(status, action)
            assert (refusal.value.status, refusal.value.action) == (status, action)
            assert str(refusal.value) == f"cannot {action.value} what is {status.value}"


def test_each_party_has_its_own_actions() -> None:
    assert {party: frozenset(act for act in Action if party in act.parties) for party in Party} == ACTS
    for status in Status:
        possible = {action for origin, action in ARROWS if origin is status}
        assert actions_from(status) == possible, status
        for party in Party:
            assert actions_from(status, party) == possible & ACTS[party], (status, party)


def test_only_a_reversible_decision_is_undone_to_its_origin() -> None:
    assert TAKEN_BACK == REVERSIBLE
    for status, action, origin in product(Status, Action, Status):
        if action in TAKEN_BACK and ARROWS.get((origin, action)) is status:
            assert status_before(status, action, origin) is origin
        else:
            with pytest.raises(TransitionRefused) as refusal:
                status_before(status, action, origin)
            assert (refusal.value.status, refusal.value.action) == (status, Action.TAKE_BACK)


def test_the_readme_draws_this_table() -> None:
    drawing = README.read_text(encoding="utf-8").partition("```mermaid")[2].partition("```")[0]
    drawn = set()
    for origin, target, acts in re.findall(r"^\s*(\w+) --> (\w+): (.+)$", drawing, re.MULTILINE):
        drawn |= {(Status(origin), Action(act.strip()), Status(target)) for act in acts.split(",")}
    assert drawn == {(origin, action, target) for (origin, action), target in ARROWS.items()}
