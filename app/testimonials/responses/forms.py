"""ResponseForm, what an organisation answers to a testimonial; AmendResponseForm, for an answer already sent."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Self

from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField

from app.articles.models import Article
from app.forms import Address, choice, required
from app.testimonials.attribution import OF_ANSWERS, Attribution
from app.testimonials.lifecycle import TextKind
from app.testimonials.question_fields import QuestionsForm, asks
from app.testimonials.questions import Part
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version


@asks(attrgetter("response"))
class ResponseForm(QuestionsForm):
    """The answer, its author, and its signature.

    `about` is the testimonial that is answered. A version has the département and the situation of `base`, which
    readers of an answer are not shown (decision 0043).
    """

    page = (Part.PLACE, Part.ACCOUNT, Part.AUTHOR, "email", Part.SIGNATURE)
    email = Address("Courriel", "Indiquez votre courriel : nous y envoyons votre lien privé.")
    attribution = RadioField(
        "Comment signer ?",
        [required("Choisissez comment la réponse sera signée.")],
        choices=[choice(attribution.value, label) for attribution, (label, _) in OF_ANSWERS.items()],
    )
    key = HiddenField()  # that of the invitation: the page's is not read
    about: Testimonial
    base: Version | None
    preview = "responses/preview.html"
    replaces = False

    @classmethod
    def to(cls, about: Testimonial, key: str, *, replaces: bool = False) -> Self:
        """Return the form of an invitation; `replaces` an answer whose address is not confirmed yet."""
        form = cls()
        form.about, form.base, form.key.data, form.replaces = about, about.shown, key, replaces
        return form

    @property
    def answered(self) -> Version | None:
        return self.about.shown if self.about.takes_response else None

    def version(self, article: Article, _session: Session) -> Version:
        """Return an unnumbered version made of the fields. The form must be valid."""
        base = self.base
        assert base is not None  # noqa: S101  # the testimonial is answerable; narrows the type
        return Version(
            asked_by=article,
            written_as=TextKind.RESPONSE,
            situation=base.situation,
            department=base.department,
            partner_known=PartnerKnown.NONE,
            attribution=Attribution(self.attribution.data),
            **self.texts(),
        )


class AmendResponseForm(ResponseForm):
    """The same fields for an answer already sent, without the address and the key, which do not change."""

    email = None  # type: ignore[assignment]  # WTForms: a None takes the field away
    key = None  # type: ignore[assignment]  # the same

    @classmethod
    def of(cls, about: Testimonial, version: Version, asked: Mapping[str, str]) -> Self:
        """Return the form filled in from a version; `asked` maps a field to the editor's request about it."""
        form = cls(data={name: getattr(version, name) for name in (*cls.asking, "attribution")})
        form.about, form.base = about, version
        for name, words in asked.items():
            form[name].flags.asked = words
        return form
