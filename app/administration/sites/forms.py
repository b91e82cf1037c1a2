"""The forms of the sites' pages: registering, renaming, withdrawing."""

from flask import current_app
from wtforms import Field
from wtforms.validators import ValidationError

from app.articles import sites
from app.articles.sites import HostRefused
from app.db import db
from app.forms import Form, Length, Line, required

WRONG_HOST = "Écrivez le nom d’hôte seul, comme www.exemple.fr : ni https://, ni chemin, ni port."
HOST_TAKEN = "Ce nom d’hôte est déjà celui d’un site du réseau : retrouvez-le dans la liste."


class SiteForm(Form):
    """The name of a site, as authors read it."""

    name = Line(
        "Nom du site", [required("Indiquez le nom du site : c’est ce que liront les auteur·es."), Length(most=120)]
    )


class NewSiteForm(SiteForm):
    """The name of a new site, and its host, which does not change afterwards."""

    host = Line("Nom d’hôte", [required(WRONG_HOST), Length(most=253)])

    def validate_host(self, _field: Field) -> None:
        try:
            host = self.tidy_host()
        except HostRefused as error:
            raise ValidationError(WRONG_HOST) from error
        if host in {site.host for site in sites.active_sites(db.session())}:
            raise ValidationError(HOST_TAKEN)

    def tidy_host(self) -> str:
        """Return the host as browsers write it. A port is for loopback, in development."""
        return sites.tidy_host(self.host.data or "", loopback=current_app.config["ENVIRONMENT"] != "production")
