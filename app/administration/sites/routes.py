"""The sites' pages, for admins with a recent proof of identity: list, registration, one site with its codes."""

from flask import Blueprint, render_template, url_for

from app.accounts.gate import acting_admin
from app.administration.sites.forms import NewSiteForm, SiteForm
from app.articles import queries, sites
from app.articles.sites import Site
from app.db import db
from app.forms import ButtonForm
from app.web import ViewResult, commit_and_show

blueprint = Blueprint("sites", __name__, url_prefix="/administration/sites")


@blueprint.route("", methods=["GET", "POST"])
def registered() -> ViewResult:
    form = NewSiteForm()
    if not form.is_sent():
        listed = sites.all_sites(db.session())
        return render_template("sites/registered.html", form=form, sites=listed), 422 if form.errors else 200
    site = sites.register_site(db.session(), form.name.data or "", form.tidy_host(), by=acting_admin())
    return commit_and_show(url_for("sites.site", number=site.id))


@blueprint.route("/<int(max=2147483647):number>", methods=["GET", "POST"])
def site(number: int) -> ViewResult:
    found = db.get_or_404(Site, number)
    form = SiteForm(data={"name": found.name})
    if not form.is_sent():
        return site_page(found, form)
    sites.rename_site(db.session(), found, form.name.data or "", by=acting_admin())
    return commit_and_show(url_for("sites.site", number=number))


@blueprint.post("/<int(max=2147483647):number>/retirer")
def withdraw(number: int) -> ViewResult:
    found, form = db.get_or_404(Site, number), ButtonForm()
    if not form.is_sent():
        return site_page(found, SiteForm(formdata=None, data={"name": found.name}), refused=form)
    sites.withdraw_site(db.session(), found, by=acting_admin())
    return commit_and_show(url_for("sites.site", number=number))


def site_page(site: Site, form: SiteForm, *, refused: ButtonForm | None = None) -> ViewResult:
    articles = db.session.scalars(queries.public_articles()).all()
    page = render_template("sites/site.html", site=site, form=form, articles=articles, refused=refused or form)
    return page, 422 if form.errors or (refused and refused.errors) else 200
