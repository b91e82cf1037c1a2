"""Renderings: the safe HTML and the JSON of a published version, written once, by the macros of the pages.

The rendering is deleted with the publication: a testimonial that is not published has none.
"""

import hashlib
import inspect
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app, get_template_attribute
from markupsafe import Markup
from sqlalchemy import ForeignKey, Text, and_, bindparam
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app import french, sanitize, words
from app.articles.models import Article
from app.catalog.visibility import Outlet, visible_answers
from app.db import EPOCH, Base, UTCDateTime, now
from app.sanitize import SafeHTML, spaced
from app.territories import queries as territories
from app.testimonials import attribution, questions, situation, versions
from app.testimonials.consent import reuse_changed_at, was_recorded
from app.testimonials.questions import SHOWN, Question
from app.testimonials.situation import composed_title, partner_label
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version

MACROS = "components/testimonial.html"


class Rendering(MappedAsDataclass, Base, kw_only=True):
    """A published version as readers get it, in HTML, JSON and words; written when it is published or changed.

    The `slug` of its URL; its `card` in the collection, its `answers` in full, with the rights of reply below; the
    answers of others that stand `beneath` it here, and in open outlets (`beneath_open`); for the margin its `quote`,
    without guillemets, apart from the `caption`, since an editor may choose another quote; its `title` and `signature`
    alone, where it is quoted elsewhere. For machines, its `document` (JSON), the same without the author's words
    (`composed`), and its `themes` (slugs, separated by spaces), whose labels and order are the article's.
    The `edition` changes with templates, sanitizer and names of the territories: it is then rendered again.
    """

    __tablename__ = "rendering"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True)
    edition: Mapped[str]
    # A copy of the testimonial's, for `facet_counts.expired_entries()`: a range of one index.
    shown_until: Mapped[datetime] = mapped_column(index=True)
    slug: Mapped[str]
    quote: Mapped[str] = mapped_column(Text)
    caption: Mapped[Markup] = mapped_column(SafeHTML)
    card: Mapped[Markup] = mapped_column(SafeHTML)
    answers: Mapped[Markup] = mapped_column(SafeHTML)
    themes: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    composed: Mapped[str] = mapped_column(Text, default="", server_default="")
    title: Mapped[str] = mapped_column(Text, default="", server_default="")
    signature: Mapped[str] = mapped_column(Text, default="", server_default="")
    beneath: Mapped[Markup] = mapped_column(SafeHTML, server_default="", default=None)
    beneath_open: Mapped[Markup] = mapped_column(SafeHTML, server_default="", default=None)


# A rendering of an earlier edition may lack either document until `mail loop` renews it.
HAS_JSON = and_(Rendering.document != "", Rendering.composed != "")

# Past its end, though the scheduled job has not ended it. Both engines read a range with two ends along its index; with
# one, they would read every row of the facets.
HAS_ENDED = Rendering.shown_until.between(EPOCH, bindparam("now", callable_=now, type_=UTCDateTime()))

# What stands in a composed document as it is: dates, choices of a list, and how the text came.
CHOICES = ("published_at", "updated_at", "situation", "situation_line", "became", "became_on", "region", "recorded")

rendering: Any = Rendering.__table__

INSERT_RENDERING = rendering.insert()
DELETE_RENDERING = rendering.delete().where(rendering.c.testimonial_id == bindparam("number"))
# The answers below a testimonial: here, and in open outlets.
BENEATH = {
    outlet: visible_answers(outlet=outlet).where(Testimonial.about_id == bindparam("about"))
    for outlet in (Outlet.PAGE, Outlet.OPEN)
}


def render(session: Session, testimonial: Testimonial, version: Version, edition: str) -> None:
    """Write the rendering of a version, with the answers that stand under it, until the clock ends them.

    Who reads one leaves out those whose period is over.
    """
    stand = {"about": testimonial.id, "now": EPOCH}
    here, open_answers = (session.scalars(BENEATH[each], stand).all() for each in (Outlet.PAGE, Outlet.OPEN))
    url, replies = testimonial_path(testimonial.public_id, version.slug), testimonial.shown_replies
    recorded = was_recorded(testimonial.consents)
    session.execute(
        INSERT_RENDERING,
        {
            "testimonial_id": testimonial.id,
            "edition": edition,
            "shown_until": testimonial.published_until,
            "slug": version.slug,
            "quote": sanitize.spaced(version.pull_quote),
            "caption": get_template_attribute(MACROS, "caption")(version, url),
            "card": get_template_attribute(MACROS, "card")(version, url),
            "answers": get_template_attribute(MACROS, "answers_with_replies")(version, replies, recorded),
            "themes": " ".join(sorted(each.slug for each in version.themes)),
            "document": document(testimonial, version, open_answers),
            "composed": composed(testimonial, version),
            "title": spaced(version.heading),
            "signature": spaced(version.byline_set),
            "beneath": get_template_attribute(MACROS, "beneath")(here, notice_path).strip(),
            "beneath_open": get_template_attribute(MACROS, "beneath")(open_answers).strip(),
        },
    )


def delete_rendering(session: Session, testimonial: Testimonial) -> None:
    session.execute(DELETE_RENDERING, {"number": testimonial.id})


class Editions:
    """The editions of renderings made now: a digest of the code, templates, names and call that make an article's."""

    def __init__(self, session: Session) -> None:
        self.sources = rendering_sources() + json.dumps(territories.names_by_code(session))

    def of(self, article: Article) -> str:
        return hashlib.sha256((self.sources + repr(article.call)).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def rendering_sources() -> str:
    loader, environment = current_app.jinja_loader, current_app.jinja_env
    assert loader is not None  # noqa: S101  # create_app() names a folder; narrows the type
    templates = [loader.get_source(environment, name)[0] for name in (MACROS, "components/pairs.html")]
    modules = [
        inspect.getsource(module)
        for module in (french, sanitize, versions, attribution, situation, questions, sys.modules[__name__])
    ]
    return "".join((*templates, *modules, repr(questions.EVERY), words.PEOPLE, current_app.config["PUBLISHER_NAME"]))


def testimonial_path(public_id: str, slug: str) -> str:
    return f"/temoignages/{public_id}-{slug}"


def notice_path(public_id: str) -> str:
    """Return the address at which a text is reported; an answer has no page that would lead there."""
    return f"/temoignages/{public_id}/signaler"


def answer_document(question: Question, version: Version) -> str | dict[str, str] | None:
    """Return an answer as JSON has it: words as written, a choice with its label, null where there is none."""
    answer: str = getattr(version, question.name)
    return labelled_value(answer, question.choices[answer]) if answer and question.choices else answer or None


def response_document(response: Testimonial) -> dict[str, Any]:
    version = response.shown
    assert version is not None  # noqa: S101  # it is visible; narrows the type
    return {
        "kind": response.kind.value,
        "published_at": iso_moment(response.published_at or response.submitted_at),
        "signature": version.byline,
        "words": version.account,
        "replies": reply_documents(response),
    }


def reply_documents(testimonial: Testimonial) -> list[dict[str, Any]]:
    return [
        {"signature": each.name, "words": each.reply, "published_at": iso_moment(each.handled_at or each.at)}
        for each in testimonial.shown_replies
    ]


def document(testimonial: Testimonial, version: Version, answers: Sequence[Testimonial] = ()) -> str:
    """Return a published testimonial as JSON: the author's words as written, empty optional answers as null."""
    assert testimonial.published_at is not None  # noqa: S101  # it is published; narrows the type
    region = version.department.region
    listed = version.listed_partner
    partner = listed.slug if listed else version.partner_known.value
    return compact_json(
        {
            "published_at": iso_moment(testimonial.published_at),
            "updated_at": iso_moment(
                changed_at(
                    testimonial.published_at,
                    version.approved_at,
                    reuse_changed_at(testimonial.consents),
                    testimonial.replied_at,
                )
            ),
            "title": version.heading,
            "signature": version.byline,
            "situation": labelled_value(version.situation.value, version.situation_label),
            "situation_line": version.situation_line,
            "became": labelled_value(version.became.value, version.became.label) if version.became else None,
            "became_on": version.became_month,
            "region": labelled_value(region.code, region.name),
            "partner": labelled_value(partner, spaced(version.partner_name)),
            "quote": version.pull_quote,
            **{question.name: answer_document(question, version) for question in SHOWN},
            "replies": reply_documents(testimonial),
            "answers": [response_document(each) for each in answers],
            "recorded": was_recorded(testimonial.consents),
            "words_withheld": False,
        }
    )


def composed(testimonial: Testimonial, version: Version) -> str:
    """Return a testimonial's JSON without a word of its author: a title of choices, null for all that is written.

    The name typed for a partner that stands in no entry is the author's too: its choice stands instead.
    """
    facts = json.loads(document(testimonial, version))
    listed = version.listed_partner
    partner = spaced(listed.name if listed else partner_label(version.call, version.partner_known))
    title = composed_title(facts["region"]["label"], version.call, version.situation, version.became)
    chosen = {name: facts[name] for name in CHOICES} | {
        "partner": facts["partner"] | {"label": partner},
        "title": title,
    }
    return compact_json(dict.fromkeys(facts) | chosen | {"replies": [], "answers": [], "words_withheld": True})


def facts_of(document: Mapping[str, Any]) -> list[str]:
    """Return the facts that follow the signature of a document: région, situation with what became of it, partner.

    A rendering of an earlier edition has no `situation_line` until it is renewed.
    """
    region, situation, partner = (document[name]["label"] for name in ("region", "situation", "partner"))
    return [region, document.get("situation_line", situation), partner]


def changed_at(published_at: datetime, *later: datetime | None) -> datetime:
    """Return the date of the last change: the publication, or what came later.

    For its page, the author's approval of these words; for machines, a change of mind on reuse too, without which
    a follower of the feed would keep words that are withheld now.
    """
    return max(filter(None, (published_at, *later)))


def labelled_value(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}


def iso_moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def compact_json(value: Any) -> str:
    """Return JSON for programs: in ASCII, which takes a third of the time."""
    return json.dumps(value, separators=(",", ":"))


def readable_json(value: Any) -> str:
    """Return JSON that people may read as it is: an error, the API's description."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
