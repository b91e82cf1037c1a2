"""The HTML of what is shown, made safe once, when it comes to be shown, and not each time it is read.

The very macros of the pages make it, and it goes with the words it is made of: what is no longer shown has none.
"""

import hashlib
import inspect
import json
import sys
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app, get_template_attribute
from markupsafe import Markup
from sqlalchemy import ForeignKey, Text, bindparam
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, mapped_column

from app import sanitize
from app.db import Base
from app.sanitize import SafeHTML, spaced
from app.territories import queries as territories
from app.testimonials import attribution, versions
from app.testimonials.models import Testimonial
from app.testimonials.questions import HEADINGS
from app.testimonials.versions import Version

MACROS = "components/testimonial.html"


class Rendering(MappedAsDataclass, Base, kw_only=True):
    """What pages need of the version shown, ready to be set in them.

    The `slug` of its address; its `card` in the collection, its `answers` in full; for the margin its `quote`, without
    guillemets, and apart from it the `caption` beneath, since an editor may choose to quote otherwise. For machines,
    its `document`, and its `themes`, whose labels are the article's.
    Where templates, sanitiser or a name of the referential change, so does the `edition`: it is then made anew.
    """

    __tablename__ = "rendering"

    testimonial_id: Mapped[int] = mapped_column(ForeignKey("testimonial.id"), primary_key=True)
    edition: Mapped[str]
    # Here too, so that what is over is found at once, and no reading of a page is drawn to look it up.
    shown_until: Mapped[datetime] = mapped_column(index=True)
    slug: Mapped[str]
    quote: Mapped[str] = mapped_column(Text)
    caption: Mapped[Markup] = mapped_column(SafeHTML)
    card: Mapped[Markup] = mapped_column(SafeHTML)
    answers: Mapped[Markup] = mapped_column(SafeHTML)
    themes: Mapped[str]
    document: Mapped[str] = mapped_column(Text)


# A rendering of an earlier edition may have no document until `flask prepare` renews it.
HAS_JSON = Rendering.document != ""

rendering: Any = Rendering.__table__

INSERT_RENDERING = rendering.insert()
DELETE_RENDERING = rendering.delete().where(rendering.c.testimonial_id == bindparam("number"))


def render(session: Session, testimonial: Testimonial, version: Version, edition: str) -> None:
    """Write the rendering of a version that is now shown."""
    url = testimonial_path(testimonial.public_id, version.slug)
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
            "answers": get_template_attribute(MACROS, "answers")(version, HEADINGS, 2),
            "themes": theme_slugs(version),
            "document": document(testimonial, version),
        },
    )


def delete_rendering(session: Session, testimonial: Testimonial) -> None:
    session.execute(DELETE_RENDERING, {"number": testimonial.id})


def edition(session: Session) -> str:
    """Return what tells facsimiles made now from those made before: a digest of all they are made by, and with."""
    return hashlib.sha256((sources() + json.dumps(territories.names_by_code(session))).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def sources() -> str:
    loader, environment = current_app.jinja_loader, current_app.jinja_env
    assert loader is not None  # noqa: S101  # create_app() names a folder; narrows the type
    templates = [loader.get_source(environment, name)[0] for name in (MACROS, "components/pairs.html")]
    modules = [inspect.getsource(module) for module in (sanitize, versions, attribution, sys.modules[__name__])]
    return "".join((*templates, *modules, json.dumps(HEADINGS)))


def testimonial_path(public_id: str, slug: str) -> str:
    return f"/temoignages/{public_id}-{slug}"


def document(testimonial: Testimonial, version: Version) -> str:
    """Return a visible testimonial as an object of JSON: the author's words as written, what was left empty as null."""
    assert testimonial.published_at is not None  # noqa: S101  # it is visible; narrows the type
    department = version.department
    crpv = version.crpv.slug if version.crpv else version.crpv_known.value
    return compact_json(
        {
            "published_at": iso_moment(testimonial.published_at),
            "updated_at": iso_moment(changed_at(testimonial.published_at, version.approved_at)),
            "title": version.heading,
            "signature": version.byline,
            "situation": labelled_value(version.situation.value, version.situation.label),
            "region": labelled_value(department.region_code, department.region.name),
            "crpv": labelled_value(crpv, spaced(version.crpv_name)),
            "quote": version.pull_quote,
            "account": version.account,
            "outcome": version.outcome or None,
            "obstacles": version.obstacles or None,
            "advice": version.advice or None,
            "years": version.years or None,
            "partners": version.partners or None,
            "link": version.link or None,
        }
    )


def theme_slugs(version: Version) -> str:
    """Return the slugs of a version's themes, in the order of the article, separated by spaces."""
    return " ".join(theme.slug for theme in sorted(version.themes, key=lambda theme: theme.position))


def changed_at(published_at: datetime, approved_at: datetime | None) -> datetime:
    """Return when what is shown last changed: it was published, or its author approved these words since."""
    return max(published_at, approved_at or published_at)


def labelled_value(value: str, label: str) -> dict[str, str]:
    """Return what a reader may choose by: how an address says it, and the words."""
    return {"value": value, "label": label}


def iso_moment(at: datetime) -> str:
    """Return a moment as ISO 8601 says it, with its zone."""
    return at.isoformat(timespec="seconds")


def compact_json(told: Any) -> str:
    """Return JSON for programs: in ASCII, which is read, put together and sent in a third of the time."""
    return json.dumps(told, separators=(",", ":"))


def readable_json(told: Any) -> str:
    """Return JSON that somebody may read as it is: what went wrong, what there is to ask."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
