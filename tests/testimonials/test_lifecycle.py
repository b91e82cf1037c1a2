"""The table of a testimonial's life, held against what was promised, and walked at random."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.testimonials.lifecycle import (
    PARTIES,
    TRANSITIONS,
    Action,
    Party,
    Status,
    TransitionRefused,
    actions_from,
    after,
)

README = Path(__file__).parents[2] / "README.md"

# What was promised of it, row by row: the origins of each act, and where it leads (None: it stays).
ALL = frozenset(Status)
ROWS: dict[Action, dict[Status, frozenset[Status]]] = {
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
    Action.PUBLISH: {Status.PUBLISHED: frozenset({Status.PENDING, Status.PUBLISHED})},
    Action.SET_ASIDE: {Status.PUBLISHED: frozenset({Status.PUBLISHED})},
    Action.KEEP_INTERNAL: {Status.INTERNAL: frozenset({Status.PENDING})},
    Action.DECLINE: {Status.DECLINED: frozenset({Status.UNCONFIRMED, Status.PENDING})},
    Action.UNPUBLISH: {Status.UNPUBLISHED: frozenset({Status.PUBLISHED})},
    Action.EXPIRE: {Status.UNPUBLISHED: frozenset({Status.PUBLISHED})},
    Action.RENEW: {Status.PUBLISHED: frozenset({Status.PUBLISHED})},
    Action.REOPEN: {Status.PENDING: frozenset({Status.DECLINED, Status.INTERNAL, Status.UNPUBLISHED})},
    Action.WITHDRAW: {Status.WITHDRAWN: ALL - {Status.ERASED, Status.WITHDRAWN}},
    Action.CONSENT_AGAIN: {Status.PENDING: frozenset({Status.WITHDRAWN, Status.INTERNAL})},
    Action.ERASE: {Status.ERASED: ALL - {Status.ERASED}},
}


def test_the_table_is_the_one_of_the_contract() -> None:
    expected = {
        (origin, action): target
        for action, targets in ROWS.items()
        for target, origins in targets.items()
        for origin in origins
    }
    assert dict(TRANSITIONS) == expected


def test_nothing_leads_out_of_erased() -> None:
    assert actions_from(Status.ERASED) == frozenset()


def test_every_status_can_be_reached_and_every_act_has_its_party() -> None:
    assert set(TRANSITIONS.values()) == ALL
    assert set(PARTIES) == set(Action)
    assert all(PARTIES.values())


def test_consenting_again_never_publishes_by_itself() -> None:
    assert {
        after(origin, Action.CONSENT_AGAIN) for origin, action in TRANSITIONS if action is Action.CONSENT_AGAIN
    } == {Status.PENDING}


def test_only_publishing_or_signing_puts_a_text_beside_the_article() -> None:
    ways_in = {
        action
        for (origin, action), target in TRANSITIONS.items()
        if target is Status.PUBLISHED and origin is not target
    }
    assert ways_in == {Action.PUBLISH, Action.SIGN_PROOF}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_what_the_table_lacks_is_refused(status: Status, action: Action) -> None:
    if (status, action) in TRANSITIONS:
        assert after(status, action) is TRANSITIONS[status, action]
    else:
        with pytest.raises(TransitionRefused) as refusal:
            after(status, action)
        assert (refusal.value.status, refusal.value.action) == (status, action)


@given(st.lists(st.sampled_from(Action), max_size=30))
def test_any_walk_stays_within_the_author_s_reach(walk: list[Action]) -> None:
    status = Status.UNCONFIRMED
    for action in walk:
        if action in actions_from(status):
            status = after(status, action)
        if status is not Status.ERASED:
            assert Action.ERASE in actions_from(status, Party.AUTHOR)
        if status not in {Status.ERASED, Status.WITHDRAWN}:
            assert Action.WITHDRAW in actions_from(status, Party.AUTHOR)


def test_the_readme_draws_this_table() -> None:
    drawing = README.read_text(encoding="utf-8").partition("```mermaid")[2].partition("```")[0]
    drawn = set()
    for origin, target, acts in re.findall(r"^\s*(\w+) --> (\w+): (.+)$", drawing, re.MULTILINE):
        drawn |= {(Status(origin), Action(act.strip()), Status(target)) for act in acts.split(",")}
    assert drawn == {(origin, action, target) for (origin, action), target in TRANSITIONS.items()}
