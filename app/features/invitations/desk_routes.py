"""The invitations' pages, for admins with a recent proof of identity: the list, the form and its check, erasure."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence

import wtforms
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.validators import Optional, ValidationError

from app import french
from app.accounts.gate import acting_admin
from app.articles import queries
from app.articles.models import Article
from app.db import db, scrub_wal
from app.features.invitations.mails import Organisation, invite_organisations, plan_invitations
from app.features.invitations.models import KEPT, Invitation, latest_invitations
from app.forms import Address, ButtonForm, Form, Length, Line, Prose, choice, required, tidy_line
from app.testimonials.submission.lists import cached_lists
from app.web import ViewResult, commit_and_show

MOST = 500  # lines: there are about 300 organisations in the whole country
MOST_READ = 1000  # signs of a line


class OrganisationForm(wtforms.Form):
    """One line, held to the rules of the form that its organisation will fill in."""

    email = Address("Courriel", "Il manque l’adresse.")
    name = Line("Nom", [Optional(), Length(most=120)])


class InviteForm(Form):
    """The article, the organisations, and an admin's word that the network writes to them already."""

    article = SelectField("Article", [required("Choisissez l’article dont vous parlez.")], validate_choice=False)
    offered: frozenset[str] = frozenset()
    lines = Prose("Organisations", [required("Collez au moins une adresse.")])
    known = BooleanField(
        "Le réseau écrit déjà à ces organisations, pour leur travail.",
        [required("Cochez cette ligne : on n’invite ici que des organisations à qui le réseau écrit déjà.")],
    )
    seen = HiddenField()
    organisations: Sequence[Organisation] = ()
    broken: Sequence[str] = ()

    def offer(self, articles: Iterable[Article]) -> None:
        offered = {each.slug: choice(each.slug, each.title) for each in articles}
        self.offered, choices = frozenset(offered), [*offered.values()]
        self.article.choices = choices if len(choices) == 1 else [choice("", "Choisissez"), *choices]

    def digest(self) -> str:
        """Return what a check shows, as a digest: the button beside it sends this back in `seen`."""
        return hashlib.sha256(f"{self.article.data}\n{self.lines.data}".encode()).hexdigest()

    def validate_article(self, field: Field) -> None:
        if field.data not in self.offered:
            raise ValidationError("Cet article ne prend plus de textes : choisissez-en un autre.")

    def validate_lines(self, field: Field) -> None:
        """Read each line, or name all that are to be mended: nobody is written to before all are good."""
        lines = {number: line for number, line in enumerate(field.data.split("\n"), 1) if line.strip()}
        if len(lines) > MOST:
            raise ValidationError(f"{len(lines)} lignes : invitez {MOST} organisations au plus à la fois.")
        departments = cached_lists().departments
        codes = {key.casefold(): code for code, each in departments.items() for key in (code, each.name)}
        read, broken, first = [], [], dict[str, int]()
        for number, line in lines.items():
            organisation, fault = read_line(line, codes)
            if organisation.email in first and not fault:
                fault = f"c’est la même adresse qu’à la ligne {first[organisation.email]}."
            first.setdefault(organisation.email, number)
            read.append(organisation)
            if fault:
                broken.append(f"Ligne {number}, « {line.strip()[:60]} » : {fault[:1].lower()}{fault[1:]}")
        self.organisations, self.broken = read, broken
        if broken:
            count = french.count(len(broken), "ligne est à reprendre", "lignes sont à reprendre")
            raise ValidationError(f"{count} : personne n’est encore invité.")


def read_line(line: str, codes: Mapping[str, str]) -> tuple[Organisation, str]:
    """Return the organisation of a line, and what is to be mended there; an empty string, if nothing is."""
    (cells,) = csv.reader([line[:MOST_READ].replace("\t", ";")], delimiter=";", skipinitialspace=True)
    email, name, department, *more = (*map(tidy_line, cells), "", "")
    form = OrganisationForm(MultiDict({"email": email, "name": name}))
    # A spreadsheet takes « 01 » for a number.
    code = codes.get(department.casefold()) or codes.get(department.zfill(2))
    organisation = Organisation(form.email.data or "", form.name.data or "", code)
    if not form.validate():
        return organisation, str([*form.email.errors, *form.name.errors][0])
    if department and code is None:
        return organisation, f"« {department} » n’est ni le nom ni le code d’un département, comme Isère ou 38."
    if any(more):
        return organisation, "il y a plus de trois colonnes."
    return organisation, ""


blueprint = Blueprint("invitations", __name__, url_prefix="/administration/invitations")


@blueprint.get("")
def listed() -> ViewResult:
    return list_page(ButtonForm()), 200


@blueprint.route("/nouvelles", methods=["GET", "POST"])
def prepare() -> ViewResult:
    """Show the form, then whom it would write to (`step` « check »), then write to them (« send »).

    A list that has changed since its check is checked again.
    """
    form = InviteForm()
    articles = [each for each in db.session.scalars(queries.public_articles()) if each.takes_testimonials]
    form.offer(articles)
    if not form.is_sent():
        return render_template("invitations/prepare.html", form=form, plan=None), 422 if form.errors else 200
    sends, seen = request.form.get("step") == "send", form.digest()
    if not sends or form.seen.data != seen:
        form.seen.data, plan = seen, plan_invitations(db.session(), form.organisations)
        return render_template("invitations/prepare.html", form=form, plan=plan, changed=sends)
    (article,) = (each for each in articles if each.slug == form.article.data)
    invite_organisations(db.session(), article, form.organisations, by=acting_admin())
    return commit_and_show(url_for("invitations.listed"))


@blueprint.post("/<int(max=2147483647):number>/effacer")
def erase_one(number: int) -> ViewResult:
    """Erase an invitation with its address; a letter that has not left yet leaves no more."""
    invitation, form = db.get_or_404(Invitation, number), ButtonForm()
    if not form.is_sent():
        return list_page(form), 422
    KEPT.erase(db.session(), invitation)
    db.session.commit()
    scrub_wal()
    return redirect(url_for("invitations.listed"), 303)


def list_page(form: ButtonForm) -> str:
    invitations, departments = latest_invitations(db.session()), cached_lists().departments
    return render_template("invitations/listed.html", form=form, invitations=invitations, departments=departments)
