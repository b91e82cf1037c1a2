"""The proof of a text's consents over HTTP: a page to print, its PDF, its file; for its editors, and for its author."""

from flask import Blueprint, Response, render_template

from app.articles.sites import active_sites
from app.db import db, now
from app.privacy.register.record import consent_proof, consent_receipt_file
from app.testimonials.private_page.links import by_private_link
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult
from app.web.headers import keep_private
from app.web.pdf import is_available, pdf_response, write_pdf

blueprint = Blueprint("register", __name__)
blueprint.after_request(keep_private)

NAME = "preuve-des-accords"


@blueprint.get("/moderation/<public_id>/preuve")
def proof(public_id: str) -> ViewResult:
    """Show the editors' proof of a text, erased ones included."""
    return render_proof(by_reference(public_id))


@blueprint.get("/moderation/<public_id>/preuve.pdf")
def proof_pdf(public_id: str) -> ViewResult:
    return pdf_response(write_pdf(render_proof(by_reference(public_id))), NAME)


@blueprint.get("/moderation/<public_id>/preuve.json")
def proof_record(public_id: str) -> ViewResult:
    return record_response(by_reference(public_id))


@blueprint.get("/mon-temoignage/<token>/preuve")
def own_proof(token: str) -> ViewResult:
    return render_own_proof(token, by_private_link(token))


@blueprint.get("/mon-temoignage/<token>/preuve.pdf")
def own_proof_pdf(token: str) -> ViewResult:
    return pdf_response(write_pdf(render_own_proof(token, by_private_link(token))), NAME)


@blueprint.get("/mon-temoignage/<token>/preuve.json")
def own_proof_record(token: str) -> ViewResult:
    return record_response(by_private_link(token))


def by_reference(public_id: str) -> Testimonial:
    testimonial: Testimonial = db.one_or_404(Testimonial.named(public_id))
    return testimonial


def render_proof(testimonial: Testimonial) -> str:
    facts = {"proof": consent_proof(testimonial), "made_at": now(), "has_pdf": is_available()}
    return render_template("register/proof.html", **facts)


def render_own_proof(token: str, testimonial: Testimonial) -> str:
    facts = {"proof": consent_proof(testimonial), "made_at": now(), "has_pdf": is_available()}
    return render_template("register/own_proof.html", token=token, **facts)


def record_response(testimonial: Testimonial) -> Response:
    sites = active_sites(db.session())
    response = Response(consent_receipt_file(consent_proof(testimonial), sites, now()), mimetype="application/ld+json")
    response.headers.set("Content-Disposition", "attachment", filename=f"{NAME}.json")
    return response
