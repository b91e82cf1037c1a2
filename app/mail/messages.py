"""Mail: a kind of e-mail, declared in the `mails.py` of the folder that sends it. Its words are in templates/mail/.

Each has one link and one thing to do: the private page, where everything is done, withdrawing as easily as the rest.
`published` also gives the page's short address, as plain text: something to know, not something to do. `alert`, which
comes again, has a second one, to receive it no more. `question`, which may be forwarded, leads to that question alone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from flask import Flask, current_app, url_for
from sqlalchemy.orm import Session

from app import tokens

Facts = Mapping[str, Any]
Links = Callable[[Facts], Mapping[str, str]]


class Wait(Exception):
    """An e-mail may not leave, nor be deleted, before a moment."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def page_url(endpoint: str, **values: Any) -> str:
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"]):
        return url_for(endpoint, _external=True, **values)


def link_to(endpoint: str, **values: Any) -> dict[str, str]:
    """Return the link of an e-mail, as its template and its button name it."""
    return {"private_link": page_url(endpoint, **values)}


def private_page(facts: Facts) -> dict[str, str]:
    if "generation" not in facts:
        return {}
    return link_to("private_page.private", token=tokens.sign_private_link(facts["public_id"], facts["generation"]))


def page(endpoint: str) -> Links:
    return lambda _facts: link_to(endpoint)


def signed_page(endpoint: str, purpose: str, fact: str) -> Links:
    """Return the maker of a link whose token holds a fact."""
    return lambda facts: link_to(endpoint, token=tokens.sign_token(purpose, [facts[fact]]))


def as_written(_session: Session, claimed: "ClaimedEmail") -> Facts:
    return claimed.facts


@dataclass(frozen=True, eq=False, repr=False)
class Mail:
    """A kind of e-mail: what differs from an e-mail that leads an author to the private page.

    `name` is stored, and never changes; `opens` are the words of its button. `links` are signed as it leaves.
    `facts_now` returns the facts as things are: None where the e-mail is untrue; it raises `Wait`. `on_sent` records
    what it has told, once the server has accepted it.
    """

    name: str
    subject: str
    opens: str = "Ouvrir votre page privée"
    links: Links = private_page
    facts_now: "Check" = as_written
    on_sent: Callable[[Session, "ClaimedEmail"], object] = as_written

    # About where a text stands: the statuses in which it is true, the kinds of events that make it untrue without
    # moving the text, the consent that it rests on.
    true_in: AbstractSet[str] = frozenset()
    ended_by: AbstractSet[str] = frozenset()
    rests_on: str = ""
    # Answers an author's act: it repeats every consent as it now stands, and the text, and leaves at once.
    acknowledges: bool = False
    tells_corrections: bool = False
    # The subject of what would say to the author of an answer that it is read, as long as it is not.
    announces: str = ""

    # It is answered to the contact: a letter, or an outcome that may be contested.
    takes_replies: bool = False
    # Nothing else may be stored of who receives it: the outbox forgets the address once it has left.
    forgets: bool = False
    # Not asked for, or sent again and again: mail programs have a button for no more (RFC 8058).
    is_refusable: bool = False
    # Sent to the team: it goes with the account.
    is_to_editors: bool = False
    # Who receives it, in the words of the page of undelivered e-mails, which does not name them.
    unnamed: str = ""

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class ClaimedEmail:
    """A claimed e-mail, by value: no transaction is open while it is delivered."""

    email_id: int
    message: Mail
    recipient: str
    facts: Facts
    message_id: str
    about: int | None = None


Check = Callable[[Session, ClaimedEmail], Facts | None]


def declared_in(*modules: ModuleType) -> Sequence[Mail]:
    return [each for module in modules for each in vars(module).values() if isinstance(each, Mail)]


def init_app(app: Flask, declared: Sequence[Mail]) -> None:
    app.extensions["mails"] = {each.name: each for each in declared}


def all_mails() -> Collection[Mail]:
    declared: dict[str, Mail] = current_app.extensions["mails"]
    return declared.values()


def mail_named(name: str) -> Mail:
    """Return the kind of a stored e-mail; one that another release has queued has no template: nothing renders it."""
    known: Mail | None = current_app.extensions["mails"].get(name)
    return known or Mail(name, "Un courriel que cette version du site ne connaît pas", "")
