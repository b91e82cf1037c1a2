"""The forms of an article: text, source, themes, settings."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Self

from flask import request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, RadioField
from wtforms.validators import ValidationError

from app.articles import addresses, editing, source
from app.articles.call import usual_call
from app.articles.editing import ArticleWords, removal_problems
from app.articles.models import Article, Theme
from app.articles.passages import LONGEST_SLUG
from app.articles.source import OTHER, YEARS, HeaderLines, SourceRefused, is_slug, reserved_slugs
from app.audit import Actor
from app.db import db, now
from app.forms import Day, Form, Length, Line, Prose, choice, required
from app.french import paris_time
from app.labelled_enum import LabelledEnum
from app.territories.models import Referential
from app.testimonials.versions import Version, version_theme


class ThemeSpokenOf(Exception):
    """Testimonials refer to the theme: it can be renamed, not retired."""


def testimonials_by_theme(session: Session, article: Article) -> Mapping[str, int]:
    """Return the number of testimonials that refer to each theme, in any version; none for the others."""
    counts = (
        select(Theme.slug, func.count(Version.testimonial_id.distinct()))
        .join(version_theme, version_theme.c.theme_id == Theme.id)
        .join(Version, Version.id == version_theme.c.version_id)
        .where(Theme.article_id == article.id)
        .group_by(Theme.slug)
    )
    return dict(session.execute(counts).all())


def retire_theme(session: Session, theme: Theme, *, by: Actor) -> None:
    """Remove a theme; raise `ThemeSpokenOf` if a testimonial refers to it. Its placements stay with its passage.

    The caller holds the lock of the article's row, which submitting a testimonial takes too: nobody can choose the
    theme between the count and the commit.
    """
    article = theme.article
    if theme.slug in testimonials_by_theme(session, article):
        raise ThemeSpokenOf
    editing.remove_theme(article, theme, by=by)


def list_problems(session: Session, front: Mapping[str, Any], text: str) -> list[str]:
    """Return why the list of a parsed source cannot be offered, a sentence with its line; nothing where it can."""
    partner = front["call"].partner
    known = session.scalars(select(Referential.slug).order_by(Referential.slug)).all()
    if partner is None or not partner.is_listed or partner.referential in known:
        return []
    there = f"celles d’ici sont {', '.join(known)}" if known else "il n’y en a pas encore"
    sentence = f"Aucune liste de partenaires n’est « {partner.referential} » : {there}."
    return [HeaderLines(text.partition("\n")[2]).at("call.partner.referential", sentence)]


MAX_BODY = 60_000
OUTSIDE_YEARS = f"Choisissez un jour entre {YEARS.start} et {YEARS.stop - 1}."


class RevisionForm(Form):
    """A form that sends the revision of the article at which it was opened."""

    revision = HiddenField()

    def is_stale(self, article: Article) -> bool:
        return request.method == "POST" and request.form.get("revision") != str(article.revision)


class ArticleForm(RevisionForm):
    """The texts and the date of an article."""

    title = Line("Titre", [required("Donnez un titre à l’article."), Length(most=160)])
    summary = Line("Chapeau", [required("Dites en une phrase ou deux de quoi parle l’article."), Length(most=600)])
    published_on = Day("Date de publication", [required("Indiquez la date que liront les lecteurs.")])
    body = Prose("Texte de l’article", [required("Écrivez l’article."), Length(most=MAX_BODY)])
    call_title = Line("Titre de l’appel", [required("Donnez un titre à l’appel à témoigner."), Length(most=160)])
    invitation = Prose(
        "Appel à témoigner", [required("Dites à qui s’adresse l’appel, et ce qu’il demande."), Length(most=1500)]
    )
    article: Article | None = None

    @classmethod
    def of(cls, article: Article) -> Self:
        call = {"call_title": article.call.title, "invitation": article.call.invitation}
        form = cls(obj=article, **call)
        form.article = article
        return form

    def validate_published_on(self, field: Field) -> None:
        if isinstance(field.data, date):
            refuse_day(field.data)

    def validate_body(self, field: Field) -> None:
        if self.article is None:
            refuse_if_any(source.body_problems(field.data, []))
        else:
            refuse_if_any(editing.rewriting_problems(self.article, field.data))

    def text(self) -> ArticleWords:
        """Return the submitted texts. The form must be valid."""
        return ArticleWords(
            title=self.title.data or "",
            summary=self.summary.data or "",
            published_on=self.published_on.data or date.min,
            body=(self.body.data or "").removesuffix("\n") + "\n",  # as it is stored
            call=replace(
                self.article.call if self.article else usual_call(),
                title=self.call_title.data or "",
                invitation=self.invitation.data or "",
            ),
        )


class NewArticleForm(ArticleForm):
    """The texts and the slug of a new article."""

    slug = Line("Adresse", [required("Choisissez l’adresse de l’article.")])

    def validate_slug(self, field: Field) -> None:
        refuse_slug(field.data)


class SourceForm(Form):
    """The source of a new article, as `flask articles import` reads it."""

    source = Prose("Source", [required("Collez la source de l’article."), Length(most=MAX_BODY)])

    def validate_source(self, field: Field) -> None:
        try:
            front, _ = source.parse_source(field.data)
        except SourceRefused as error:
            raise ValidationError(str(error)) from error
        refuse_if_any(list_problems(db.session(), front, field.data) + source.day_problems(front, field.data))
        refuse_slug(front["slug"])


class ArticleSourceForm(RevisionForm):
    """The source of an article that is there; its address and whether it is online have pages of their own."""

    source = Prose("Source", [required("La source est vide : reprenez celle de l’article."), Length(most=MAX_BODY)])

    def __init__(self, article: Article, **options: Any) -> None:
        super().__init__(**options)
        self.article = article
        self.uses = testimonials_by_theme(db.session(), article)

    @classmethod
    def of(cls, article: Article) -> Self:
        facts = {"source": source.serialize_source(article), "revision": str(article.revision)}
        return cls(article, data=facts)

    def validate_source(self, field: Field) -> None:
        try:
            front, _ = source.parse_source(field.data)
        except SourceRefused as error:
            raise ValidationError(str(error)) from error
        lines = HeaderLines(field.data.partition("\n")[2])
        if front["slug"] != self.article.slug:
            raise ValidationError(lines.at("slug", "L’adresse se change depuis les réglages de l’article."))
        if front.get("online", self.article.is_public) != self.article.is_public:
            raise ValidationError(
                lines.at("online", "La mise en ligne a sa page : « Mettre en ligne », ou « hors ligne ».")
            )
        refuse_if_any(list_problems(db.session(), front, field.data))
        refuse_if_any(removal_problems(self.article, front, field.data, self.uses))
        refuse_if_any(source.day_problems(front, field.data))


def refuse_slug(slug: str, *, own: Article | None = None) -> None:
    """Raise `ValidationError` for a slug that is malformed, reserved, or is or was that of another article."""
    if slug in reserved_slugs():
        raise ValidationError("La plateforme se sert de cette adresse : choisissez-en une autre.")
    if not is_slug(slug):
        raise ValidationError(
            f"Écrivez l’adresse en minuscules sans accent, chiffres et traits d’union, {LONGEST_SLUG} signes au plus."
        )
    owner = addresses.owner_of(db.session(), slug)
    if owner is not None and owner is not own and owner.slug == slug:
        raise ValidationError("Un article a déjà cette adresse : choisissez-en une autre, ou modifiez celui-là.")
    if owner is not None and owner is not own:
        raise ValidationError(
            f"Cette adresse a été celle de « {owner.title} », et elle y mène encore : choisissez-en une autre."
        )


def refuse_day(day: date) -> None:
    """Raise `ValidationError` for a typo or a future date: pages say « publié le » of it at once."""
    if day.year not in YEARS:
        raise ValidationError(OUTSIDE_YEARS)
    if day > paris_time(now()):
        raise ValidationError(source.FUTURE_DAY)


def refuse_if_any(problems: list[str]) -> None:
    if problems:
        raise ValidationError(" ".join(problems))


def within_years(_form: object, field: Field) -> None:
    if isinstance(field.data, date) and field.data.year not in YEARS:
        raise ValidationError(OUTSIDE_YEARS)


class ThemeAct(LabelledEnum):
    """An admin's act on the themes of an article; the label is the verb of its button."""

    RENAME = "rename", "Enregistrer ce nom"
    RAISE = "raise", "Monter"
    ADD = "add", "Ajouter cette articulation"
    RETIRE = "retire", "Retirer"


class ThemeForm(RevisionForm):
    """An act on a theme, or the addition of a new one."""

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites de cette articulation.")])
    theme = HiddenField("Articulation")
    label = Line("Nom", [Length(most=80)])
    choice = Line("Case du formulaire", [Length(most=200)])
    passage = Prose("Passage", [Length(most=5000)])

    def __init__(self, article: Article, **options: Any) -> None:
        named = request.form.get("theme")
        super().__init__(obj=next((each for each in article.themes if each.slug == named), None), **options)
        self.article = article
        self.act.choices = [choice(act.value, act.label) for act in ThemeAct]
        if self.chosen_theme is not None:  # the page has the fields of every theme
            self.label.id, self.choice.id = (f"{self.chosen_theme.slug}-{name}" for name in ("label", "choice"))

    @property
    def chosen_theme(self) -> Theme | None:
        return next((each for each in self.article.themes if each.slug == self.theme.data), None)

    def validate_theme(self, _field: Field) -> None:
        if self.act.data != ThemeAct.ADD and self.chosen_theme is None:
            raise ValidationError("Cette articulation n’existe plus.")
        if self.act.data == ThemeAct.RETIRE and self.theme.data == OTHER:
            raise ValidationError("Cette articulation reste : elle accueille ce que l’article n’a pas prévu.")

    def validate_label(self, field: Field) -> None:
        """Refuse a label that cannot be a heading, or that has no passage."""
        if self.act.data not in {ThemeAct.RENAME, ThemeAct.ADD}:
            return
        if not field.data:
            raise ValidationError("Donnez un nom à cette articulation : il est l’intertitre de son passage.")
        if self.act.data == ThemeAct.RENAME and self.chosen_theme is not None:
            refuse_if_any(editing.renaming_problems(self.article, self.chosen_theme, field.data))
        elif self.act.data == ThemeAct.ADD and (self.passage.data or editing.has_heading(self.article, field.data)):
            refuse_if_any(editing.adding_problems(self.article, field.data, self.passage.data or ""))

    def validate_choice(self, field: Field) -> None:
        if self.act.data in {ThemeAct.RENAME, ThemeAct.ADD} and not field.data:
            raise ValidationError("Écrivez ce que dit la case du formulaire.")

    def validate_passage(self, field: Field) -> None:
        lacks_passage = self.act.data == ThemeAct.ADD and not field.data
        if lacks_passage and not editing.has_heading(self.article, self.label.data or ""):
            raise ValidationError(
                "Écrivez son passage, ou donnez-lui exactement le nom d’un intertitre que l’article a déjà."
            )


class SettingsForm(RevisionForm):
    """The address of an article."""

    slug = Line("Adresse", [required("Choisissez l’adresse de l’article.")])
    article: Article | None = None

    @classmethod
    def of(cls, article: Article) -> Self:
        """Return the form, filled from the request or else from the article."""
        form = cls(obj=article)
        form.article = article
        return form

    def validate_slug(self, field: Field) -> None:
        if self.article is not None and field.data != self.article.slug:
            refuse_slug(field.data, own=self.article)
