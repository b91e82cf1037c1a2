"""What machines are told of a testimonial: JSON, written once, when it comes to be shown.

It says what the pages show and nothing else: who signs is said as they chose, the département never. Left out is what
depends on where it is read (addresses) or is not its author's (the labels of articulations).
"""

import json
from datetime import datetime
from typing import Any

from app.sanitize import spaced
from app.testimonials.models import Testimonial
from app.testimonials.versions import Version


def said(testimonial: Testimonial, version: Version) -> str:
    """Return a visible testimonial as an object of JSON: the author's words as written, what was left empty as null."""
    assert testimonial.published_at is not None  # noqa: S101  # it is visible; narrows the type
    department = version.department
    crpv = version.crpv.slug if version.crpv else version.crpv_known.value
    return written(
        {
            "published_at": moment(testimonial.published_at),
            "updated_at": moment(changed_at(testimonial.published_at, version.approved_at)),
            "title": version.heading,
            "signature": version.byline,
            "situation": choice(version.situation.value, version.situation.label),
            "region": choice(department.region_code, department.region.name),
            "crpv": choice(crpv, spaced(version.crpv_name)),
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


def themes(version: Version) -> str:
    """Return the articulations of a version as they stand in addresses."""
    return " ".join(theme.slug for theme in version.themes)


def changed_at(published_at: datetime, approved_at: datetime | None) -> datetime:
    """Return when what is shown last changed: it was published, or its author approved these words since."""
    return max(published_at, approved_at or published_at)


def choice(value: str, label: str) -> dict[str, str]:
    """Return what a reader may choose by: how an address says it, and the words."""
    return {"value": value, "label": label}


def moment(at: datetime) -> str:
    """Return a moment as ISO 8601 says it, with its zone."""
    return at.isoformat(timespec="seconds")


def written(told: Any) -> str:
    """Return JSON for programs: in ASCII, which is read, put together and sent in a third of the time."""
    return json.dumps(told, separators=(",", ":"))


def legible(told: Any) -> str:
    """Return JSON that somebody may read as it is: what went wrong, what there is to ask."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
