"""The author's sheet: their own words under the headings of the sector's capitalisation sheets."""

from collections.abc import Sequence
from typing import NamedTuple

from app.testimonials.private_page.proofs import presented_version
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


class Part(NamedTuple):
    """Words under a heading, and the smaller heading above them, empty where they need none."""

    heading: str
    words: str


class Rubric(NamedTuple):
    """A heading of capitalisation sheets, and what the author wrote that belongs there: nothing, for some."""

    heading: str
    parts: Sequence[Part]


class CapitalisationSheet(NamedTuple):
    """A testimonial as its author's own document: the version that their private page presents, shown or not."""

    testimonial: Testimonial
    version: Version
    rubrics: Sequence[Rubric]

    @property
    def is_shown(self) -> bool:
        return self.testimonial.shown_number == self.version.number


def capitalisation_sheet(testimonial: Testimonial) -> CapitalisationSheet:
    """Return a text's sheet: headings in the order of the sector's, the title apart, with all that its version holds.

    The author's name, function, CLSM and département are there, though their signature hides them from readers: the
    sheet is their own. The address is not: it is for us alone.
    """
    version = presented_version(testimonial)
    situation, headings = version.situation, version.call.headings
    themes = ", ".join(theme.label for theme in version.themes)
    written = {
        "Porteur": [("", version.clsm), ("Contact", f"{version.author_name}, {version.author_role}")],
        "Partenaires": [("", version.partner_name), ("Autres structures", version.other_partners)],
        "Territoire": [("", f"{version.department.name}, {version.region_name}")],
        "Calendrier": [("", version.years), ("Où en est la collaboration", version.situation_line)],
        "Récit": [
            ("Type de collaboration", themes),
            (headings["account"][situation], version.account),
            (headings["outcome"][situation], version.outcome),
            ("Ce que c’est devenu", version.sequel),
            ("Pour en savoir plus", version.link),
        ],
        "Freins et leviers": [("", version.obstacles)],
        "Conseil": [("", version.advice)],
    }
    rubrics = [Rubric(heading, [Part(*each) for each in parts if each[1]]) for heading, parts in written.items()]
    return CapitalisationSheet(testimonial, version, rubrics)
