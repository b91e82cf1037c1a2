"""Compose: a message of the outbox as MIME, text and HTML."""

import re
from collections.abc import Mapping
from datetime import date
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import make_msgid, parseaddr
from typing import Any

from flask import current_app, render_template, url_for

from app import tokens
from app.db import now
from app.mail.messages import ANNOUNCED, ANNOUNCING, ANSWERABLE, REFUSABLE, Message
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


def compose(message: Message, recipient: str, facts: Mapping[str, Any], message_id: str) -> EmailMessage:
    """Render a message as MIME.

    Links are signed here, never stored. `facts` holds what they are made of: `public_id` and `generation` (the private
    page; a draft has its `public_id` alone), `review` (a text at the desk), `recueil` (its article and number),
    `notice` (its receipt, by its key), `answers` (an invitation to answer), `invited` (one to testify),
    `address_request`, `alert`, `account_link` (None: the page that sends one). `answered` is the text that an answer is
    about, whose page shows it. `DAYS` are days (ISO 8601); `article` is the title that « the_article » names. The other
    facts are the template's own.
    """
    days = {name: date.fromisoformat(facts[name]) for name in DAYS if name in facts}
    words = {"corrections": "", **facts, **days, "the_article": the_article(facts)}
    if message is Message.PUBLISHED:
        words["permalink"] = page_url("publication.testimonial", public_id=facts.get("answered", facts["public_id"]))
    if message is Message.DRAFT:
        words["private_link"] = page_url("drafts.resume", token=tokens.sign_draft_link(facts["public_id"]))
    elif "generation" in facts:
        token = tokens.sign_private_link(facts["public_id"], facts["generation"])
        words["private_link"] = page_url("private_page.private", token=token)
    if message is Message.NOTICE_RECEIVED:
        token = tokens.sign_token("notice", [facts["notice"]])
        words["private_link"] = page_url("privacy.notice_received", token=token)
    if message in {Message.NOTICE_ANSWERED, Message.NOTICE_ENDED}:
        words["private_link"] = page_url("publication.charter")
    if "answers" in facts:
        words["private_link"] = page_url("answers.write", token=tokens.sign_token(tokens.ANSWER_LINK, facts["answers"]))
    words |= leaving_links(facts)
    if "address_request" in facts:
        token = tokens.sign_token(ADDRESS_LINK, [facts["address_request"]])
        words["private_link"] = page_url("address.kept", token=token)
    if link := question_page(message, facts) or desk_link(facts):
        words["private_link"] = link
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
        opens=message.link_text,
        leaving=words.get("leaving_link"),
        asker=(words.get("reply_to"), words.get("name")),
    )
    email.set_content(text, cte="quoted-printable")
    email.add_alternative(html, subtype="html", cte="quoted-printable")
    return email


def with_cited(text: str, cited: str) -> str:
    signature = "{OPERATOR}\n{CONTACT}".format_map(current_app.config)
    return text.replace(signature, f"{cited}\n\n{signature}", 1) if cited else text


def leaving_links(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the links of a letter that who receives it may refuse, or leave.

    An alert's letter leads to the collection it tells of, or to where the alert is confirmed.
    """
    if "invited" in facts:
        token = tokens.sign_token(tokens.INVITATION_LINK, facts["invited"])
        opens, leaves = page_url("invited.open_form", token=token), page_url("invited.refuse", token=token)
        return {"private_link": opens, "leaving_link": leaves}
    if "alert" not in facts:
        return {}
    token = tokens.sign_token(ALERT_LINK, [facts["alert"]])
    if "collection" not in facts:
        return {"private_link": page_url("alerts.subscribe", token=token)}
    slug, query = facts["collection"]
    opens = page_url("publication.article", slug=slug, _anchor="retours", **query)
    return {"private_link": opens, "leaving_link": page_url("alerts.leave", token=token)}


def answer_headers(message: Message, words: Mapping[str, Any]) -> dict[str, Any]:
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
    if message in ANSWERABLE:
        return {"Reply-To": current_app.config["CONTACT"]}
    if message in REFUSABLE:
        return {
            "List-Unsubscribe": f"<{words['leaving_link']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return {}


def subject_of(message: Message, facts: Mapping[str, Any]) -> str:
    """Return the subject on one line: a letter has its own, and an answer that nobody reads yet."""
    if "answered" in facts and "shown_on" in facts and message in ANNOUNCING:
        return ANNOUNCED
    return " ".join(facts.get("subject", message.subject).split())


def question_page(message: Message, facts: Mapping[str, Any]) -> str | None:
    """Return the page that an e-mail about a colleague's question leads to."""
    if message is Message.QUESTION_CONFIRM:
        token = tokens.sign_token(QUESTION_LINK, [facts["question_asked"]])
        return page_url("colleague_questions.confirm", token=token)
    if message is Message.QUESTION:
        token = tokens.sign_token(RECEIVED_LINK, [facts["question"]])
        return page_url("received_questions.from_letter", token=token)
    return page_url("publication.article_list") if message is Message.QUESTION_DECLINED else None


def desk_link(facts: Mapping[str, Any]) -> str | None:
    """Return the address of the page of the desk, or of the account, that an e-mail to an editor leads to."""
    if "review" in facts:
        return page_url("review.show", public_id=facts["review"])
    if "recueil" in facts:
        slug, number = facts["recueil"]
        return page_url("recueils.recueil", slug=slug, number=number)
    if "journal" in facts:
        return page_url("administration.audit_log")
    if "undelivered" in facts:
        return page_url("administration.emails")
    if "account_link" in facts:
        return account_page(facts["account_link"])
    return page_url("queue.index") if "desk" in facts else None


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


def account_page(public_id: str | None) -> str:
    """Return the address of an account link; None: of the page that sends one."""
    if public_id is None:
        return page_url("accounts.forgotten")
    return page_url("accounts.link", token=tokens.sign_token("account-link", [public_id]))


def page_url(endpoint: str, **values: Any) -> str:
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"]):
        return url_for(endpoint, _external=True, **values)
