"""Link: a signed link, to a page that asks for no account; one_button(), the page that does one thing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import redirect, render_template, request, url_for
from sqlalchemy import Select

from app.db import db, scrub_wal
from app.forms import ButtonForm
from app.tokens import LinkRefused, Token
from app.web import ViewResult

T = TypeVar("T")


class LinkUnknown(Exception):
    """A link is incomplete, or forged, and its holder has no private link to ask for: the page says `advice`."""

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice


@dataclass(frozen=True)
class Link(Token):
    """A kind of link: its purpose, the page that it opens, and the advice where it is unknown: `LinkUnknown`."""

    endpoint: str
    advice: str = field(default="", kw_only=True)

    def url(self, *claims: Any) -> str:
        return url_for(self.endpoint, token=self.make(*claims))

    def require(self, token: str) -> tuple[Any, ...]:
        """Return what a token claims: its signature suffices, though what it names may be gone."""
        claims = self.read(token)
        if not claims[0]:
            raise LinkUnknown(self.advice) if self.advice else LinkRefused
        return claims


def or_refused(selected: Select[T]) -> T:
    """Return the row; raise `LinkRefused` where there is none."""
    row = db.session.scalar(selected)
    if row is None:
        raise LinkRefused
    return row


# The link of most e-mails: to one text, for its author.
PRIVATE_PAGE = Link("private-link", "private_page.private", claims=(str, int))


def one_button(
    template: str,
    subject: T | None,
    act: Callable[[T], object],
    *,
    said_at: str = "",
    one_click: bool = False,
    **facts: Any,
) -> ViewResult:
    """Ask in a GET; in a POST act on `subject`, then say so at `said_at` (this address by default).

    A `subject` of None has been acted on already: nothing is left to press, nor to refuse. `one_click`: mail programs
    POST without a form (RFC 8058). The link, which the recipient alone has, is proof enough; the answer is no
    redirection, which mail programs do not follow.
    """
    form = ButtonForm()
    clicked = one_click and request.form.get("List-Unsubscribe") == "One-Click"
    if clicked or (subject is None and request.method == "POST") or form.is_sent():
        if subject is not None:
            act(subject)
            db.session.commit()
            scrub_wal()
        if not clicked:
            return redirect(said_at or request.path, 303)
        subject = None
    return render_template(template, form=form, is_done=subject is None, **facts), 422 if form.errors else 200
