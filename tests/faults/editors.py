"""Editors under fire: each publishes, unpublishes and reopens texts of their own, one decision after the other."""

from collections import defaultdict
from itertools import cycle

from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import ActorKind, AuditEvent
from app.db import db
from app.testimonials.decision import Decision
from app.testimonials.testimonial import Testimonial
from tests.acts import signed_in
from tests.factories import a_testimonial
from tests.faults.people import OK, SEE_OTHER, Client, Fields, People, cookie_of, told
from tests.visitor import Visitor

TEXTS = 6  # of each editor
CONFLICT = 409
DECISIONS: dict[str, Fields] = {"publish": [], "unpublish": [("reason", "hors_sujet")], "reopen": []}


class Editor:
    """An editor who takes each of their texts through the same three decisions, again and again."""

    def __init__(self, people: People, number: int) -> None:
        self.people = people
        with people.app.app_context(), Session(db.engine) as session:
            visitor = signed_in(Visitor(people.app), session, email=f"editrice{number}@ville-exemple.fr")
            # A page with a form gives the session its CSRF token.
            self.client = Client(people.site.port, cookie_of(visitor.get("/moderation")))
            self.texts = [
                a_testimonial(session, title=f"Récit {number}-{each}", email=f"{number}-{each}@exemple.fr").public_id
                for each in range(TEXTS)
            ]
            session.commit()

    def act(self) -> None:
        for action, text in cycle((action, text) for action in DECISIONS for text in self.texts):
            if text == self.texts[0]:
                self.open_queue()
            if (refusal := self.decide(text, action)) is not None:
                self.people.acknowledge(self.people.problems, refusal)
            else:
                self.people.acknowledge(self.people.decided, (text, action))
            if self.people.stopped.is_set():
                break
        self.client.close()

    def open_queue(self) -> None:
        status, page = self.people.attempt(self.client, "GET", "/moderation")
        if status != OK:
            self.people.acknowledge(self.people.problems, f"queue {status}: {told(page)}")

    def decide(self, text: str, action: str) -> str | None:
        """Read a text and press a button of its page; return what is wrong.

        Where an answer was lost, « it changed meanwhile » acknowledges: it was changed by what was not answered.
        """
        path, unanswered = f"/moderation/{text}", self.client.unanswered
        status, page = self.people.attempt(self.client, "GET", path)
        for _ in range(2):  # a text with marks is asked about once: the second page has the number of them
            if 'id="decision"' not in page:
                break
            fields = [*form_of(page), ("action", action), *DECISIONS[action]]
            status, page = self.people.attempt(self.client, "POST", path, fields)
            if status == SEE_OTHER or (status == CONFLICT and self.client.unanswered > unanswered):
                return None
        return f"{action} {status}: {told(page)}"


def form_of(page: str) -> Fields:
    form = page[page.index('<form class="bar__form"') :].partition("</form>")[0]
    hidden = BeautifulSoup(form, "html.parser").select("input[type=hidden]")
    return [(str(each["name"]), str(each["value"])) for each in hidden]


def assert_decided_once(people: People) -> None:
    """Compare what was acknowledged with what is stored, text by text, in order."""
    acknowledged, decisions, events = (defaultdict[str, list[str]](list) for _ in range(3))
    for text, action in people.decided:
        acknowledged[text].append(action)
    with people.app.app_context(), Session(db.engine) as session:
        of_text = select(Testimonial.public_id, Decision.action).join(Testimonial).order_by(Decision.id)
        for text, action in session.execute(of_text):
            decisions[text].append(action.value)
        told_of = select(Testimonial.public_id, AuditEvent.kind).join(Testimonial).order_by(AuditEvent.id)
        for text, kind in session.execute(told_of.where(AuditEvent.actor == ActorKind.EDITOR)):
            events[text].append(kind.value)
    assert decisions == acknowledged
    assert events == acknowledged
