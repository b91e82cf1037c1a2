"""Forms of who told a text that an editor typed: the words, which they may change, and what only they may answer."""

import uuid
from collections.abc import Mapping
from typing import Any, Self

from wtforms import Field, RadioField

from app.forms import choice, required
from app.testimonials.attribution import Attribution
from app.testimonials.models import Testimonial
from app.testimonials.submission.forms import AmendForm, ConsentForm, SentField
from app.testimonials.transcripts.models import Transcript
from app.testimonials.versions import Version


class TranscriptForm(AmendForm):
    """The words that were typed, without a signature: who told them chooses it with the consents."""

    attribution = None  # type: ignore[assignment]  # WTForms: a None takes the field away
    transcript: Transcript

    @classmethod
    def of_teller(cls, transcript: Transcript, **options: Any) -> Self:
        form = cls.of(transcript.testimonial.latest, {}, **options)
        form.transcript = transcript
        return form

    def signatures(self, version: Version) -> Mapping[str, str]:
        """Return the line of each signature, as readers would see it."""
        return {each.value: version.edited(attribution=each).byline_set for each in Attribution}


class TellerForm(ConsentForm):
    """The signature and each consent, nothing preselected; `proof` is the digest of the typed version that was read.

    `key` is drawn when the page is first shown: a second click is told the same code.
    """

    attribution = RadioField(
        "Comment vous nommer ?",
        [required("Choisissez comment le texte sera signé.")],
        choices=[choice(each.value, each.label) for each in Attribution],
    )
    proof = SentField()
    key = SentField()

    @classmethod
    def of_teller(cls, testimonial: Testimonial, **options: Any) -> Self:
        """Return the form; who gave no address is not asked to be written to."""
        form = cls(**options)
        form.key.data = form.key.data or str(uuid.uuid4())
        if testimonial.email is None:
            del form.contact, form.questions
        return form

    @property
    def fields_in_error(self) -> list[Field]:
        """The fields in error, in the order of the page: the signature is above the consents."""
        return sorted(super().fields_in_error, key=lambda field: field.name != "attribution")
