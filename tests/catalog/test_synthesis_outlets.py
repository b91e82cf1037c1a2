"""No orphan word: whatever becomes of the sources of a synthesis, no outlet has a word that it may not have."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import CLOCK, Actor
from app.catalog.synthesis.models import Synthesis
from app.cli.catalog import differences, rebuild_everything
from app.db import now
from app.testimonials import erasure
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.private_page.consent_changes import call_back, change_consent
from app.testimonials.wordings import Purpose
from tests.acts import a_synthesis, amend_with, published
from tests.depth import DEPTH
from tests.factories import a_notice, a_version, by_editor

WORD = re.compile(r"Zin[a-j]+fin\.")
MASK = "[passage masqué]."
LENGTH = 16  # words of an account: enough for the shortest that the form takes
HERE = ("/articles/crpv/synthese", "/articles/crpv", "/articles/crpv?mots=zin")
OPEN = (
    "/api/v1/articles/crpv/synthesis",
    "/api/v1/articles/crpv/testimonials",
    "/articles/crpv/flux.atom",
    "/integration/crpv?nombre=20",
)


@dataclass(frozen=True)
class Told:
    """What the test knows of a text, by its own account: the words shown and those that wait, who may read them."""

    text: Testimonial
    shown: tuple[str, ...]
    waiting: tuple[str, ...] | None = None
    status: Status = Status.PUBLISHED
    reuse: bool = True
    hidden: bool = False
    over: bool = False

    @property
    def is_read(self) -> bool:
        return self.status is Status.PUBLISHED and not self.hidden and not self.over


@dataclass(frozen=True)
class Cited:
    """Words of a text that a claim cites; once they are not in the version shown, they may have left for good."""

    number: int
    words: str
    was_lost: bool = False


@dataclass(frozen=True)
class World:
    """All that the test knows: texts by number, and the claims of the synthesis."""

    texts: dict[int, Told] = field(default_factory=dict)
    claims: tuple[tuple[Cited, ...], ...] = ()

    def words(self, *, is_open: bool) -> set[str]:
        read = (each for each in self.texts.values() if each.is_read and (each.reuse or not is_open))
        return {word for each in read for word in each.shown}

    def stands(self, cited: Cited, *, is_open: bool) -> bool:
        text = self.texts.get(cited.number)
        return (
            text is not None
            and text.is_read
            and (text.reuse or not is_open)
            and f" {cited.words} " in f" {' '.join(text.shown)} "
        )

    def with_losses(self) -> "World":
        def after(cited: Cited) -> Cited:
            text = self.texts.get(cited.number)
            there = text is not None and f" {cited.words} " in f" {' '.join(text.shown)} "
            return cited if there else replace(cited, was_lost=True)

        return replace(self, claims=tuple(tuple(map(after, claim)) for claim in self.claims))


def new_words(number: int, version: int) -> tuple[str, ...]:
    letters = str.maketrans("0123456789", "abcdefghij")
    return tuple(f"Zin{number:02}{version:02}{place:02}fin.".translate(letters) for place in range(LENGTH))


def read_page(app: Flask) -> dict[str, list[str]]:
    """Return the claims of the page, each with the words it unfolds to; each says how many they are."""
    answer = app.test_client().get(HERE[0])
    if answer.status_code == 404:
        return {}
    claims = {}
    for claim in BeautifulSoup(answer.data, "html.parser").select(".claim"):
        words = [" ".join(each.get_text().split()).strip("« »") for each in claim.select("blockquote p")]
        told = claim.select_one("summary")
        assert told is not None
        assert told.get_text().split()[0] == str(len(words)), "a claim says as many sources as stand"
        claims[claim.select("p")[0].get_text()] = words
    assert claims, "a page without a claim is no page"
    return claims


def read_api(app: Flask) -> dict[str, list[str]]:
    answer = app.test_client().get(OPEN[0])
    if answer.status_code == 404:
        return {}
    return {each["words"]: [one["words"] for one in each["sources"]] for each in json.loads(answer.text)["claims"]}


class Sources(RuleBasedStateMachine):
    """Acts of authors, editors and the clock on the sources of a synthesis, in any order, some rolled back."""

    app: Flask
    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.world, self.versions = World(), 0

    @initialize(reuse=st.lists(st.booleans(), min_size=2, max_size=3), data=st.data())
    def begin(self, reuse: Sequence[bool], data: st.DataObject) -> None:
        for number, each in enumerate(reuse):
            words = self.fresh_words(number)
            text = published(self.session, number, reuse=each, title="", advice="", account=" ".join(words))
            self.world.texts[number] = Told(text, words, reuse=each)
        self.session.commit()
        self.cite(data)

    def fresh_words(self, number: int) -> tuple[str, ...]:
        self.versions += 1
        return new_words(number, self.versions)

    @rule(data=st.data())
    def cite(self, data: st.DataObject) -> None:
        """Publish another synthesis: its claims cite some sentences that follow each other, of texts that are read."""
        read = [number for number, each in self.world.texts.items() if each.is_read and each.waiting is None]
        claims = []
        for _ in range(data.draw(st.integers(1, 3), label="claims")):
            numbers = data.draw(st.lists(st.sampled_from(read), unique=True), label="sources") if read else []
            claim = []
            for number in numbers:
                words = self.world.texts[number].shown
                start = data.draw(st.integers(0, LENGTH - 3), label="start")
                part = words[start : start + 3]
                if MASK not in part:
                    claim.append(Cited(number, " ".join(part)))
            claims.append(tuple(claim))
        cited = [[(self.world.texts[each.number].text, each.words) for each in claim] for claim in claims]
        a_synthesis(self.session, *cited)
        self.session.commit()
        self.world = replace(self.world, claims=tuple(claims))

    def act(self, data: st.DataObject, can: Callable[[Told], bool], do: Callable[[Told], Told | None]) -> None:
        able = [number for number, each in self.world.texts.items() if can(each)]
        if not able:
            return
        number = data.draw(st.sampled_from(able), label="text")
        kept = data.draw(st.booleans() | st.just(value=True), label="kept")
        after = do(self.world.texts[number])
        self.session.flush()
        if not kept:
            self.session.rollback()
            return
        self.session.commit()
        others = {each: told for each, told in self.world.texts.items() if each != number}
        self.world = replace(self.world, texts=others | ({number: after} if after else {})).with_losses()

    @property
    def editor(self) -> Actor:
        return by_editor(self.session)

    @rule(data=st.data(), keeps=st.integers(0, LENGTH), is_taken=st.booleans())
    def amend(self, data: st.DataObject, keeps: int, is_taken: bool) -> None:
        def do(told: Told) -> Told:
            fresh = self.fresh_words(next(each for each, it in self.world.texts.items() if it is told))
            words = told.shown[:keeps] + fresh[keeps:]
            amend_with(told.text, a_version(self.session, title="", advice="", account=" ".join(words)))
            self.session.flush()
            if not is_taken:
                return replace(told, waiting=words)
            told.text.perform(Action.PUBLISH, by=self.editor)
            return replace(told, shown=words, waiting=None, hidden=False)

        self.act(data, lambda each: each.status is Status.PUBLISHED and MASK not in each.shown, do)

    @rule(data=st.data(), place=st.integers(0, LENGTH - 1))
    def mask(self, data: st.DataObject, place: int) -> None:
        def do(told: Told) -> Told:
            words = (*told.shown[:place], MASK, *told.shown[place + 1 :])
            told.text.propose(told.text.approved.edited(account=" ".join(words)), as_correction=True)
            told.text.perform(Action.PUBLISH, by=self.editor)
            return replace(told, shown=words, hidden=False)

        self.act(
            data, lambda each: each.status is Status.PUBLISHED and each.waiting is None and MASK not in each.shown, do
        )

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            told.text.withdraw()
            return replace(told, status=Status.WITHDRAWN)

        self.act(data, lambda each: each.status is Status.PUBLISHED and not each.hidden, do)

    @rule(data=st.data())
    def call_back(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            call_back(told.text)
            return replace(told, status=Status.PUBLISHED)

        self.act(data, lambda each: each.status is Status.WITHDRAWN, do)

    @rule(data=st.data(), by_clock=st.booleans())
    def unpublish(self, data: st.DataObject, by_clock: bool) -> None:
        def do(told: Told) -> Told:
            action, by = (Action.EXPIRE, CLOCK) if by_clock else (Action.UNPUBLISH, self.editor)
            told.text.perform(action, by=by)
            return replace(told, status=Status.UNPUBLISHED, hidden=False)

        self.act(data, lambda each: each.status is Status.PUBLISHED, do)

    @rule(data=st.data())
    def publish_again(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            told.text.perform(Action.REOPEN, by=self.editor)
            told.text.perform(Action.PUBLISH, by=self.editor)
            return replace(
                told, status=Status.PUBLISHED, shown=told.waiting or told.shown, waiting=None, over=False, hidden=False
            )

        self.act(data, lambda each: each.status is Status.UNPUBLISHED, do)

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            told.text.published_until = now() - timedelta(seconds=1)
            return replace(told, over=True)

        self.act(data, lambda each: each.status is Status.PUBLISHED, do)

    @rule(data=st.data())
    def hide(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            a_notice(self.session, told.text)
            told.text.perform(Action.HIDE, by=self.editor)
            return replace(told, hidden=True)

        self.act(data, lambda each: each.is_read, do)

    @rule(data=st.data())
    def show(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            told.text.perform(Action.UNHIDE, by=self.editor)
            return replace(told, hidden=False)

        self.act(data, lambda each: each.hidden and each.status is Status.PUBLISHED, do)

    @rule(data=st.data())
    def change_reuse(self, data: st.DataObject) -> None:
        def do(told: Told) -> Told:
            change_consent(told.text, Purpose.REUSE, gives=not told.reuse)
            return replace(told, reuse=not told.reuse)

        self.act(data, lambda each: each.status is Status.PUBLISHED, do)

    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        def do(told: Told) -> None:
            erasure.erase_testimonial(told.text)

        self.act(data, lambda _: len(self.world.texts) > 1, do)

    @invariant()
    def no_orphan_word_is_read(self) -> None:
        reader = self.app.test_client()
        for is_open, paths in ((False, HERE), (True, OPEN)):
            allowed = self.world.words(is_open=is_open)
            for path in paths:
                found = set(WORD.findall(reader.get(path).text))
                assert found <= allowed, f"{path}: {sorted(found - allowed)}"
        for is_open, read in ((False, read_page(self.app)), (True, read_api(self.app))):
            standing = [
                [each for each in claim if self.world.stands(each, is_open=is_open)] for claim in self.world.claims
            ]
            may = {f"Constat {number}": {each.words for each in claim} for number, claim in enumerate(standing, 1)}
            must = {
                f"Constat {number}": {each.words for each in claim if not each.was_lost}
                for number, claim in enumerate(standing, 1)
            }
            for claim, words in read.items():
                assert words, f"{claim} stands on nothing"
                assert set(words) <= may[claim]
            for claim, expected in must.items():
                assert expected <= set(read.get(claim, [])), f"{claim} has lost words that stand"

    def teardown(self) -> None:
        numbers = [each.text.id for each in self.world.texts.values()]
        assert list(differences(self.session)) == [], "`flask catalog check` finds nothing"
        before = [self.app.test_client().get(path).text for path in (*HERE, *OPEN)]
        rebuild_everything(self.session)
        assert [self.app.test_client().get(path).text for path in (*HERE, *OPEN)] == before
        for number in numbers:
            erasure.erase_testimonial(self.session.get_one(Testimonial, number))
        for each in self.session.scalars(select(Synthesis)):
            self.session.delete(each)
        self.session.commit()


@pytest.mark.changes_content
def test_after_any_acts_no_outlet_has_an_orphan_word(app: Flask, session: Session) -> None:
    machine: Any = type("Machine", (Sources,), {"app": app, "session": session})
    many, checks = DEPTH.rounds(20), [HealthCheck.too_slow]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=many, stateful_step_count=12, deadline=None, suppress_health_check=checks),
    )
