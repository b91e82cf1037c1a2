"""The proof of a text's consents over HTTP: a page to print, its PDF, its file; for its editors, and for its author."""

from typing import Any

from flask import Blueprint, Response, url_for

from app.articles.sites import active_sites
from app.db import db, now
from app.pdf_files import answer_with_pdf, render_with_pdf
from app.privacy.register.record import consent_proof, consent_receipt_file
from app.testimonials.private_page.links import by_private_link
from app.testimonials.testimonial import Testimonial
from app.web import ViewResult
from app.web.headers import keep_private

blueprint = Blueprint("register", __name__)
blueprint.after_request(keep_private)

NAME = "preuve-des-accords"


@blueprint.get("/moderation/<public_id>/preuve")
def proof(public_id: str) -> ViewResult:
    """Show the editors' proof of a text, erased ones included."""
    return render_with_pdf("register/proof.html", **facts_of(by_reference(public_id)))


@blueprint.post("/moderation/<public_id>/preuve.pdf")
def proof_pdf(public_id: str) -> ViewResult:
    facts = facts_of(by_reference(public_id))
    return answer_with_pdf(url_for("register.proof", public_id=public_id), NAME, "register/proof.html", **facts)


@blueprint.get("/moderation/<public_id>/preuve.json")
def proof_record(public_id: str) -> ViewResult:
    return record_response(by_reference(public_id))


@blueprint.get("/mon-temoignage/<token>/preuve")
def own_proof(token: str) -> ViewResult:
    return render_with_pdf("register/own_proof.html", token=token, **facts_of(by_private_link(token)))


@blueprint.post("/mon-temoignage/<token>/preuve.pdf")
def own_proof_pdf(token: str) -> ViewResult:
    facts = facts_of(by_private_link(token))
    page = url_for("register.own_proof", token=token)
    return answer_with_pdf(page, NAME, "register/own_proof.html", token=token, **facts)


@blueprint.get("/mon-temoignage/<token>/preuve.json")
def own_proof_record(token: str) -> ViewResult:
    return record_response(by_private_link(token))


def by_reference(public_id: str) -> Testimonial:
    testimonial: Testimonial = db.one_or_404(Testimonial.named(public_id))
    return testimonial


def facts_of(testimonial: Testimonial) -> dict[str, Any]:
    return {"proof": consent_proof(testimonial), "today": now()}


def record_response(testimonial: Testimonial) -> Response:
    sites = active_sites(db.session())
    response = Response(consent_receipt_file(consent_proof(testimonial), sites, now()), mimetype="application/ld+json")
    response.headers.set("Content-Disposition", "attachment", filename=f"{NAME}.json")
    return response
