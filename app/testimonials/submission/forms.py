"""TestimonialForm (fields 1 to 14), AmendForm, and ConsentForm (15 to 17), the consents under the preview.

The fields stand in the order of the page; the wording of three questions depends on the situation
(`Call.wordings`). The small forms of the private page are in private_page/forms.py.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, ClassVar, Self

from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of 3.2
from wtforms.validators import UUID, Optional, ValidationError

from app.articles.call import WORDED, Call
from app.articles.models import Article
from app.forms import Address, Form, Length, Line, choice, required
from app.territories.models import Partner
from app.testimonials.answered import partner_chosen, partner_written
from app.testimonials.attribution import Attribution
from app.testimonials.consent import is_given_today
from app.testimonials.question_fields import QuestionsForm, asks
from app.testimonials.questions import Part
from app.testimonials.situation import PartnerKnown, Situation, partner_label
from app.testimonials.submission.lists import Lists, cached_lists
from app.testimonials.testimonial import Testimonial
from app.testimonials.versions import Version
from app.testimonials.wordings import OPTIONAL, Purpose, current_wordings


@asks(attrgetter("asked"))
class TestimonialForm(QuestionsForm):
    """The account, its author, and its attribution: fields 1 to 14."""

    page: ClassVar[tuple[str, ...]] = (
        *(Part.SITUATION, Part.PLACE, Part.ACCOUNT, Part.ADDITIONS, Part.MORE, Part.AUTHOR),
        *("email", Part.SIGNATURE),
    )
    situation = RadioField(
        "Où en êtes\u2011vous ?",
        [required("Dites où vous en êtes : choisissez une des trois réponses.")],
        choices=[choice(situation.value, situation.label) for situation in Situation],
    )
    department = SelectField("Département", [required("Choisissez votre département dans la liste.")])
    partner = SelectField("Partenaire concerné", validate_choice=False)  # until `offer()`: each article has its own
    partner_other = Line("Nom de cet autre partenaire", [Optional()])
    themes = SelectMultipleField("Sur quoi porte cette collaboration ?")
    email = Address("Courriel professionnel", "Indiquez votre courriel : nous y envoyons votre lien privé.")
    attribution = RadioField(
        "Comment vous nommer ?",
        [required("Choisissez comment le texte sera signé.")],
        choices=[choice(attribution.value, attribution.label) for attribution in Attribution],
    )
    key = HiddenField(validators=[required("Rechargez la page pour recommencer."), UUID(message="Rechargez la page.")])
    about = None  # it answers no testimonial
    preview = "submission/preview.html"
    lists: Lists  # since `offer()`

    def offer(self, article: Article) -> None:
        """Give the lists their choices; the script reads in them which partners cover which département."""
        self.lists = cached_lists()
        self.department.choices = self.lists.department_choices
        self.themes.choices = [choice(theme.slug, theme.choice) for theme in self.lists.themes[article.id]]
        self.ask(article.call)
        if "partner" in self:
            if self.partner.data is None and self.partner_other.data:  # typed while the call had no list
                self.partner.data = PartnerKnown.OTHER.value
            self.partner.choices = self.partner_choices(article.call)

    def partner_choices(self, call: Call) -> list[SelectChoice]:
        """Return the entries of the call's list, by territory, and the answers that name none."""
        return [
            choice("", "Choisissez"),
            *(self.lists.partner_choices[row.id] for row in self.offered_partners(call)),
            choice(PartnerKnown.OTHER.value, partner_label(call, PartnerKnown.OTHER)),
            choice(PartnerKnown.UNKNOWN.value, "Je ne sais pas"),
        ]

    def offered_partners(self, call: Call) -> list[Partner]:
        assert call.partner is not None  # noqa: S101  # it has a list; narrows the type
        return self.lists.offered(call.partner.referential, self.partner.data)

    def ask(self, call: Call) -> None:
        """Take the words of the call; a question about a partner that it does not have is left out."""
        self.situation.label.text = call.question
        self.situation.choices = [choice(name, words.choice) for name, words in call.situations.items()]
        for name in WORDED:
            self[name].label.text = call.wordings[name][None]
        names = call.partner
        if names is None:
            del self.partner, self.partner_other
        elif names.is_listed:
            self.partner.label.text = names.concerned
            self.partner.validate_choice = True
            wanted = f"Choisissez {names.definite} dans la liste, ou « Je ne sais pas »."
            self.partner.validators = [required(wanted)]
            self.partner_other.label.text = f"Nom de {names.this_other}"
        else:
            self.partner_other.flags.asked = self.partner.flags.asked
            del self.partner
            self.partner_other.label.text = f"Nom {names.of}"

    def validate_partner_other(self, field: Line) -> None:
        """Hold a name to its length, unless it is left from another answer."""
        if "partner" not in self or self.partner.data == PartnerKnown.OTHER:
            Length(most=120)(self, field)

    def validate_themes(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError("Cochez au moins une réponse ; « Autre » en est une.")

    def validate_link(self, field: Line) -> None:
        if field.data and not field.data.lower().startswith(("https://", "http://")):
            raise ValidationError("Écrivez l’adresse entière, qui commence par https://.")

    def version(self, article: Article, session: Session) -> Version:
        """Return an unnumbered version made of the fields. The form must be valid."""
        partner, known, typed = self.partner_named(article.call, session)
        return Version(
            asked_by=article,
            situation=Situation(self.situation.data),
            department=session.merge(self.lists.departments[self.department.data], load=False),
            partner_known=known,
            partner=partner,
            partner_other=typed,
            attribution=Attribution(self.attribution.data if "attribution" in self else Attribution.REGION),
            themes=[
                session.merge(theme, load=False)
                for theme in self.lists.themes[article.id]
                if theme.slug in (self.themes.data or ())
            ],
            **self.texts(),
        )

    def partner_named(self, call: Call, session: Session) -> tuple[Partner | None, PartnerKnown, str]:
        """Return the partner chosen in the list, how it is known, and the name typed where it is not of the list."""
        if call.partner is None:
            return None, PartnerKnown.NONE, ""
        typed = self.partner_other.data or ""
        if "partner" not in self:
            return None, PartnerKnown.OTHER if typed else PartnerKnown.UNKNOWN, typed
        slug = self.partner.data
        partner = next((row for row in self.offered_partners(call) if row.slug == slug), None)
        if partner is not None:
            return session.merge(partner, load=False), PartnerKnown.LISTED, ""
        known = PartnerKnown(slug)
        return None, known, typed if known is PartnerKnown.OTHER else ""


class AmendForm(TestimonialForm):
    """The same fields for a testimonial already sent, without the address and the key, which do not change.

    The call may ask for the partner otherwise than when the text was sent: what `base` says of it stays, unless
    another answer is given.
    """

    email = None  # type: ignore[assignment]  # WTForms: a None takes the field away
    key = None  # type: ignore[assignment]  # the same
    base: Version

    @classmethod
    def of(cls, version: Version, asked: Mapping[str, str], **options: Any) -> Self:
        """Return the form filled in from a version; `asked` maps a field to the editor's request about it."""
        shared = {name: getattr(version, name) for name in (*cls.asking, "situation", "attribution")}
        names = version.call.partner
        chosen = {
            "department": version.department_code,
            "partner": partner_chosen(version),
            "partner_other": version.partner_other if names and names.is_listed else partner_written(version),
            "themes": [theme.slug for theme in version.themes],
        }
        form = cls(data=shared | chosen, **options)
        form.base = version
        for name, words in asked.items():
            form[name].flags.asked = words
        return form

    def version(self, article: Article, session: Session) -> Version:
        version = super().version(article, session)
        version.keep_update(self.base, is_planned=version.situation is Situation.PLANNED)
        return version

    def partner_choices(self, call: Call) -> list[SelectChoice]:
        """Offer the partner of the text too, where the call's list has it no longer."""
        choices, chosen, listed = super().partner_choices(call), partner_chosen(self.base), self.base.partner
        if chosen not in {each.value for each in choices}:
            label = f"{listed.territory} – {listed.name}" if listed else self.base.partner_known.label.capitalize()
            choices.append(choice(chosen, label))
        return choices

    def partner_named(self, call: Call, session: Session) -> tuple[Partner | None, PartnerKnown, str]:
        base, names = self.base, call.partner
        if names is None:
            is_kept = True
        elif not names.is_listed:
            is_kept = (self.partner_other.data or "") == partner_written(base)
        else:
            is_kept = self.partner.data == partner_chosen(base) and base.partner_known is not PartnerKnown.OTHER
        if is_kept:
            return base.partner, base.partner_known, base.partner_other
        return super().partner_named(call, session)


class SentField(HiddenField):
    """A hidden field that is empty where a page sent none: what the form was filled with does not stand for it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""


class ConsentForm(Form):
    """The consents under the preview, fields 15 to 17: each purpose on its own, nothing preselected."""

    publish = RadioField(
        "Publier ce texte à côté de l’article ?",
        [required("Répondez oui ou non : les deux vous permettent d’envoyer votre texte.")],
        choices=[choice("yes", "Oui"), choice("no", "Non")],
    )
    attest = BooleanField(Purpose.ATTESTATION.label)
    reuse = BooleanField(Purpose.REUSE.label)
    contact = BooleanField(Purpose.CONTACT.label)
    questions = BooleanField(Purpose.QUESTIONS.label)
    seen = HiddenField()
    wordings = SentField()

    def ask(self, article: Article, about: str | None = None) -> None:
        """Take today's wordings, as they are read about an article; or about a testimonial, by who answers it."""
        for purpose, field in self.ticked.items():
            field.label.text = purpose.wording(article, about)
        if about:
            del self.questions
            self.publish.label.text = "Publier cette réponse sous le témoignage ?"

    def forget_outdated(self, article: Article, about: str | None = None) -> bool:
        """Take back answers given to other wordings than today's; say whether there were any."""
        answers = (self.publish, *self.ticked.values())
        outdated = any(field.data for field in answers) and self.wordings.data != current_wordings(article, about)
        for field in answers if outdated else ():
            field.data = None
        return outdated

    @property
    def ticked(self) -> dict[Purpose, Field]:
        """The boxes, by purpose: an answer to a testimonial has none for questions."""
        boxes = {Purpose.ATTESTATION: "attest", **{each: each.value for each in OPTIONAL}}
        return {purpose: self[name] for purpose, name in boxes.items() if name in self}

    def validate_attest(self, field: BooleanField) -> None:
        """Require the attestation for publication alone: sending does not need it."""
        if self.publish.data == "yes" and not field.data:
            raise ValidationError("Pour que le texte soit publié, cochez cette attestation.")

    @classmethod
    def of(cls, testimonial: Testimonial) -> Self:
        """Return the form with the consents in force on today's wordings. Each version asks for the attestation again.

        A consent to an earlier wording answers no question of today's.
        """
        about = testimonial.about.public_id if testimonial.about else None
        of_today = {purpose for purpose in Purpose if is_given_today(testimonial.consents, purpose)}
        optional = {each.value: each in of_today for each in OPTIONAL}
        refused = None if testimonial.publication_consent else "no"
        form = cls(
            publish="yes" if Purpose.PUBLICATION in of_today else refused,
            wordings=current_wordings(testimonial.article, about),
            **optional,
        )
        if testimonial.email is None:  # nobody can write to its author
            del form.contact, form.questions
        return form

    def answers(self) -> dict[Purpose, bool]:
        """Return the answers by purpose; the attestation is among them only with publication."""
        publish = self.publish.data == "yes"
        answers = {Purpose.PUBLICATION: publish}
        answers |= {each: bool(field.data) for each, field in self.ticked.items() if each in OPTIONAL}
        return answers | {Purpose.ATTESTATION: True} if publish else answers
