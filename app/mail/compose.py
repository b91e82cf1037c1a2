"""Compose: a message of the outbox as MIME, text and HTML."""

import re
from collections.abc import Mapping
from datetime import date
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import make_msgid, parseaddr
from typing import Any

from flask import current_app, render_template

from app.db import now
from app.mail.messages import Mail
from app.sanitize import spaced

# The mark of a quotation, at the beginning of each line: an author's words, or a wording.
QUOTED = re.compile(r"^> ?", re.MULTILINE)
# Purposes of the tokens of links to everything kept about an address, to a question and to an alert, for their owners;
# and to a question, in the letter to its author, who may quote or forward it.
ADDRESS_LINK, QUESTION_LINK, ALERT_LINK = "address", "question", "alert"
RECEIVED_LINK = "received-question"

DAYS = ("due", "agreed_on", "hidden_until", "shown_on", "told_on", "asked_on", "ends_on")

# An empty condition in a template leaves blank lines.
BLANK_LINES = re.compile(r"\n{3,}")


class WholeHeader(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # as the registry makes them itself
    """A header written on one line, as it is: mail programs do not decode the address in it (RFC 2047, 5)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("List-Unsubscribe", WholeHeader)
POLICY = default.clone(header_factory=HEADERS)


def compose(message: Mail, recipient: str, facts: Mapping[str, Any], message_id: str) -> EmailMessage:
    """Render a message as MIME.

    Links are signed here, never stored: `facts` holds what they are made of. `answered` is the text that an answer is
    about, whose page shows it. `DAYS` are days (ISO 8601); `article` is the title that « the_article » names. The other
    facts are the template's own.
    """
    days = {name: date.fromisoformat(facts[name]) for name in DAYS if name in facts}
    words = {"corrections": "", **facts, **days, "the_article": the_article(facts), **message.links(facts)}
    email = EmailMessage(policy=POLICY)
    email["To"] = reachable(recipient)
    email["Date"] = now()
    email["Subject"] = subject = subject_of(message, facts)
    for name, value in ({"From": current_app.config["MAIL_FROM"]} | answer_headers(message, words)).items():
        email[name] = value
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"
    text = with_cited(render_template(f"mail/{message}.txt", **words), facts.get("cited", ""))
    text = BLANK_LINES.sub("\n\n", text).strip() + "\n"
    html = render_template(
        "mail/email.html",
        subject=subject,
        blocks=blocks(text),
        link=words.get("private_link"),
        opens=message.opens,
        leaving=words.get("leaving_link"),
        asker=(words.get("reply_to"), words.get("name")),
    )
    email.set_content(text, cte="quoted-printable")
    email.add_alternative(html, subtype="html", cte="quoted-printable")
    return email


def with_cited(text: str, cited: str) -> str:
    signature = "{DATA_CONTROLLER}\n{CONTACT}".format_map(current_app.config)
    return text.replace(signature, f"{cited}\n\n{signature}", 1) if cited else text


def answer_headers(message: Mail, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return where an answer goes, and where a mail program sends « no more of these » (RFC 8058).

    A colleague's question is answered to its sender: notices of absence, which name its author, are suppressed.
    """
    if words.get("by_reply"):
        name, address = parseaddr(current_app.config["MAIL_FROM"])
        asker = " ".join(words["name"].split())
        return {
            "From": Address(f"{asker}, par {name}", addr_spec=reachable(address)),
            "Reply-To": Address(asker, addr_spec=reachable(words["reply_to"])),
            "X-Auto-Response-Suppress": "All",
        }
    if message.takes_replies:
        return {"Reply-To": current_app.config["CONTACT"]}
    if message.is_refusable:
        return {
            "List-Unsubscribe": f"<{words['leaving_link']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return {}


def subject_of(message: Mail, facts: Mapping[str, Any]) -> str:
    """Return the subject on one line: a letter has its own, and an answer that nobody reads yet."""
    if "answered" in facts and "shown_on" in facts and message.announces:
        return message.announces
    return " ".join(facts.get("subject", message.subject).split())


def the_article(facts: Mapping[str, Any]) -> str:
    return f"l’article «\u00a0{spaced(facts['article'])}\u00a0»" if "article" in facts else "l’article"


def new_message_id() -> str:
    _, sender = parseaddr(current_app.config["MAIL_FROM"])
    return make_msgid(domain=reachable(sender).rpartition("@")[2])


def reachable(address: str) -> str:
    """Return an address with its domain in ASCII (RFC 5891), which every mail server takes."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def blocks(text: str) -> list[tuple[bool, str]]:
    parts = [part.strip() for part in text.split("\n\n")]
    return [(part.startswith(">"), QUOTED.sub("", part) if part.startswith(">") else part) for part in parts]
