"""The synthesis page of an article, and the board of all of them."""

import re
from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import Select
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from app.accounts.gate import acting_editor
from app.articles import queries as articles
from app.articles.models import Article
from app.articles.passages import Passage, passages
from app.catalog.article_text import load_article_text
from app.catalog.synthesis import drafts
from app.catalog.synthesis.drafts import LONGEST_STATEMENT, MOST_STATEMENTS, SynthesisRefused
from app.catalog.synthesis.models import Statement, Synthesis, shown_version, synthesis_versions
from app.db import db
from app.features.synthesis.board import MAX_LISTED, published_texts, statement_states
from app.forms import Length, Prose, choice, required
from app.french import single_spaced
from app.labelled_enum import LabelledEnum
from app.moderation.sentences_form import SentencesForm
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult, commit_and_show
from app.web.headers import keep_private

OF_THE_WHOLE = "Dans l’ensemble"


class SynthesisAct(LabelledEnum):
    """An editor's act on a synthesis; the label is the verb of its button."""

    START = "start", "Commencer un brouillon"
    ADD = "add", "Ajouter ce constat"
    REWRITE = "rewrite", "Enregistrer ce constat"
    RAISE = "raise", "Monter"
    REMOVE = "remove", "Retirer ce constat"
    CITE = "cite", "Citer ces phrases"
    UNCITE = "uncite", "Ne plus citer"
    PUBLISH = "publish", "Publier cette version"
    DISCARD = "discard", "Abandonner ce brouillon"
    TAKE_DOWN = "take_down", "Mettre la synthèse hors ligne"


# The acts for which draft and version must be those that were read: they would undo what another editor wrote.
READ_FIRST = frozenset(
    {SynthesisAct.REWRITE, SynthesisAct.REMOVE, SynthesisAct.PUBLISH, SynthesisAct.DISCARD, SynthesisAct.TAKE_DOWN}
)

ACTS_ON_STATEMENT = frozenset(
    {SynthesisAct.REWRITE, SynthesisAct.RAISE, SynthesisAct.REMOVE, SynthesisAct.CITE, SynthesisAct.UNCITE}
)
ROW_NUMBER = re.compile(r"[0-9]{1,9}")


class SynthesisForm(SentencesForm):
    """An act; `read` is the edition that was read, of the draft and of the version shown; `latest` is that of now.

    `cited` is the text whose sentences are ticked.
    """

    act = RadioField("Ce que vous faites", [required("Choisissez ce que vous faites.")])
    statement = HiddenField("Constat", name="claim")
    source = HiddenField("Source")
    read = HiddenField("Édition lue")
    words = Prose("Constat", [Length(most=LONGEST_STATEMENT)])
    passage = SelectField("Où il se lit")
    testimonial = HiddenField("Retour")

    def __init__(self, passages: Sequence[Passage], latest: str = "", cited: Testimonial | None = None) -> None:
        super().__init__()
        self.act.choices = [choice(act.value, act.label) for act in SynthesisAct]
        headings = [choice(each.anchor, f"À côté de « {each.heading} »") for each in passages if each.anchor]
        self.passage.choices = [choice("", OF_THE_WHOLE), *headings]
        self.passage.data = self.passage.data or ""
        self.latest = latest
        self.cited = cited

    @property
    def chosen(self) -> SynthesisAct:
        return SynthesisAct(self.act.data)

    def number_of(self, name: str) -> int:
        """Return the number of a row that a hidden field names: 0, which no row has, if it is none."""
        value = self[name].data or ""
        return int(value) if ROW_NUMBER.fullmatch(value) else 0

    def is_about(self, statement: int, act: str) -> bool:
        """Whether it was sent for this statement (0: none yet), and refused."""
        return bool(self.errors) and self.act.data == act and (self.statement.data or "0") == str(statement)

    def validate_act(self, field: RadioField) -> None:
        if field.data in READ_FIRST and self.read.data != self.latest:
            raise ValidationError(
                "Quelqu’un d’autre a changé cette synthèse entre-temps, et rien n’est enregistré. Vos mots sont encore "
                "là : relisez-la, puis recommencez s’ils conviennent toujours."
            )

    def validate_words(self, field: Prose) -> None:
        if self.act.data in {SynthesisAct.ADD, SynthesisAct.REWRITE}:
            field.data = single_spaced(field.data or "")
            if not field.data:
                raise ValidationError("Écrivez ce constat en une phrase.")

    def validate_sentence(self, _: SelectMultipleField) -> None:
        if self.act.data == SynthesisAct.CITE:
            self.take_sentences(self.cited)


blueprint = Blueprint("synthesis_desk", __name__, url_prefix="/moderation")
blueprint.after_request(keep_private)
PAGE = "/articles/<slug>/synthese"


@blueprint.get(PAGE)
def edit(slug: str) -> ViewResult:
    """Show the draft, or the version that readers see; `mots` narrows the texts to take words of."""
    article = db.one_or_404(articles.by_slug(slug))
    return synthesis_page(article, SynthesisForm(passages(article)))


@blueprint.post(PAGE)
def change(slug: str) -> ViewResult:
    """Act on the synthesis; what is refused comes back as it was typed."""
    article, session = db.one_or_404(articles.by_slug(slug)), db.session()
    cited = session.scalar(published_text(article, request.form.get("testimonial", "")))
    draft = drafts.locked_draft(session, article, [cited] if cited else [])
    form = SynthesisForm(passages(article), edition_of(draft, session.scalar(shown_version(article.id))), cited)
    if not form.is_sent():
        return synthesis_page(article, form)
    anchor = perform(form, article, draft)
    return commit_and_show(url_for("synthesis_desk.edit", slug=slug, _anchor=anchor))


def published_text(article: Article, public_id: str) -> Select[Testimonial]:
    """Select a published text of an article by its identifier; an answer is none."""
    is_published = Testimonial.article_id == article.id, Testimonial.status == Status.PUBLISHED
    return Testimonial.named(public_id).where(*is_published, Testimonial.about_id.is_(None))


def edition_of(draft: Synthesis | None, shown: Synthesis | None) -> str:
    """Return what changes whenever an editor changes the draft, or the version that readers see."""
    return f"{shown.number if shown else 0}-{draft.edition if draft else 0}"


def perform(form: SynthesisForm, article: Article, draft: Synthesis | None) -> str:
    """Perform the act of a valid form; return where on the page the editor goes on."""
    if form.chosen not in ACTS_ON_STATEMENT:
        act_on_version(form, article, draft)
        return "nouveau" if form.chosen is SynthesisAct.ADD else ""
    statement = drafts.find_statement(draft, form.number_of("statement"))
    assert draft is not None, "a statement is found in a draft"  # noqa: S101  # narrows the type
    act_on_statement(form, draft, statement)
    return "constats" if form.chosen is SynthesisAct.REMOVE else f"constat-{statement.id}"


def act_on_version(form: SynthesisForm, article: Article, draft: Synthesis | None) -> None:
    """Act on the synthesis as a whole; raise `SynthesisRefused` for an act on a draft that is gone."""
    session, by = db.session(), acting_editor()
    match form.chosen:
        case SynthesisAct.START:
            drafts.start_draft(session, article)
        case SynthesisAct.TAKE_DOWN:
            drafts.take_down(session, article, by=by)
        case _ if draft is None:
            raise SynthesisRefused
        case SynthesisAct.PUBLISH:
            drafts.publish_draft(session, article, draft, by=by)
        case SynthesisAct.DISCARD:
            session.delete(draft)
        case _:
            drafts.add_statement(draft, form.words.data or "", form.passage.data or "")


def act_on_statement(form: SynthesisForm, draft: Synthesis, statement: Statement) -> None:
    match form.chosen:
        case SynthesisAct.REWRITE:
            drafts.rewrite_statement(draft, statement, form.words.data or "", form.passage.data or "")
        case SynthesisAct.RAISE:
            drafts.raise_statement(draft, statement)
        case SynthesisAct.CITE if form.cited is not None:
            drafts.cite(draft, statement, form.cited, form.quoted)
        case SynthesisAct.UNCITE:
            drafts.remove_source(draft, statement, form.number_of("source"))
        case _:
            drafts.remove_statement(draft, statement)


def synthesis_page(article: Article, form: SynthesisForm) -> ViewResult:
    session = db.session()
    versions = session.scalars(synthesis_versions(article.id)).all()
    draft = next((each for each in versions if each.is_draft), None)
    shown = next((each for each in versions if not each.is_draft and each.ended_at is None), None)
    form.latest = edition_of(draft, shown)
    current, words = draft or shown, request.args.get("mots", "").strip()
    text = load_article_text(session, article.slug)
    texts = published_texts(session, text, words) if text and draft else []
    if form.cited is not None and form.cited not in texts:
        texts = [form.cited, *texts]  # an older one, or one found by its words: what was ticked stays
    page = render_template(
        "synthesis/edit.html",
        article=article,
        draft=draft,
        shown=shown,
        former=[each for each in versions if each.ended_at is not None],
        statements=statement_states(session, current) if current else [],
        headings={each.anchor: each.heading for each in passages(article)},
        texts=texts,
        words=words,
        form=form,
        is_read=text is not None and text.has_synthesis,
        most_statements=MOST_STATEMENTS,
        most_listed=MAX_LISTED,
    )
    return page, 422 if form.errors else 200
