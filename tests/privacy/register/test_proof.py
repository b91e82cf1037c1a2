"""The proof of a text's consents: whole, to print, for its editors and its author, and there once it is erased."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask, render_template
from sqlalchemy.orm import Session

from app import pdf_files
from app.db import now
from app.pdf_files import PdfFile
from app.privacy.register.record import consent_proof
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.private_page.proofs import sign_version
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import WORDINGS, Purpose
from app.web.pdf_page import Pdf
from tests.acts import file_of, private_page, run_clock, signed_in, stored
from tests.factories import ACCOUNT, AUTHOR, a_testimonial, the_article
from tests.pdf import plain
from tests.visitor import Visitor

FULL = {"attribution": Attribution.FULL, "reuse": True}


def desk_page(testimonial: Testimonial) -> str:
    return f"/moderation/{testimonial.public_id}/preuve"


def toolbar(visitor: Visitor) -> str:
    return visitor.page.select(".toolbar")[0].get_text()


def told(visitor: Visitor) -> str:
    return plain(visitor.page.select("main")[0].get_text(" "))


@pytest.mark.parametrize("who", ["author", "editor"])
def test_each_line_is_there_with_its_words_in_full(session: Session, visitor: Visitor, who: str) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **FULL)
    testimonial.answer(Purpose.REUSE, ConsentDecision.WITHDRAWN, Channel.PRIVATE_PAGE)
    session.commit()
    digest = testimonial.consents[0].digest
    names = {"article": the_article(session).title, "call": the_article(session).call.title}
    session.rollback()
    if who == "author":
        visitor.get(
            str(visitor.get(f"{private_page(testimonial)}/mes-donnees").page.select("a[href$='/preuve']")[0]["href"])
        )
    else:
        signed_in(visitor, session)
        visitor.get(
            str(visitor.get(f"/moderation/{testimonial.public_id}").page.select("a[href$='/preuve']")[0]["href"])
        )
    page = told(visitor)
    for purpose in Purpose:
        number = {Purpose.PUBLICATION: 3}.get(purpose, 2)
        wording = WORDINGS[purpose][number].format(**names)
        assert page.count(plain(wording)) == (2 if purpose is Purpose.REUSE else 1)
        assert f"Mots n° {number} de cette demande" in page
    rubrics = {
        plain(each.select("h2")[0].get_text()): [plain(line.get_text()) for line in each.select("h3")]
        for each in visitor.page.select("section.rubric")
    }
    assert [line.split(",")[0] for line in rubrics["Publication à côté de l’article"]] == ["Oui"]
    assert [line.split(",")[0] for line in rubrics["Réutilisation ailleurs"]] == ["Oui", "Accord retiré"]
    assert [line.split(",")[0] for line in rubrics["Être recontacté·e"]] == ["Non"]
    assert [line.split(",")[0] for line in rubrics["Questions d’autres CLSM"]] == ["Non"]
    assert [line.split(",")[0] for line in rubrics["Attestation"]] == ["Oui"]
    assert "lus dans le formulaire ; réponse enregistrée par l’auteur·e, en envoyant le formulaire" in page
    assert "lus depuis la page privée ; réponse enregistrée par l’auteur·e, depuis sa page privée" in page
    assert page.count(f"Texte de la version 1, d’empreinte {digest}") == 6
    assert "L’adresse de l’auteur·e a été confirmée" in page
    assert "approuvée en l’envoyant" in page
    assert AUTHOR not in visitor.text


def test_a_signature_is_told_as_one(session: Session, visitor: Visitor) -> None:
    testimonial = a_testimonial(session, status=Status.PROOF_SENT)
    sign_version(testimonial, testimonial.latest.digest)
    session.commit()
    digest = testimonial.latest.digest
    session.rollback()
    signed_in(visitor, session).get(desk_page(testimonial))
    assert (
        "lus en signant le bon à tirer ; réponse enregistrée par l’auteur·e, en signant depuis sa page privée"
        in told(visitor)
    )
    assert f"Texte de la version 2, d’empreinte {digest}" in told(visitor)


def test_of_an_erased_text_the_desk_has_digests_and_wordings_only(session: Session, visitor: Visitor) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **FULL)
    session.commit()
    digest, page, title = testimonial.consents[0].digest, private_page(testimonial), the_article(session).title
    session.rollback()
    visitor.get(f"{page}/effacer").press("Effacer")
    for name in ("preuve", "preuve.json"):
        assert visitor.client.get(f"{page}/{name}").status_code == 404, "its author has no link any more"
    signed_in(visitor, session).get(desk_page(testimonial))
    assert digest in told(visitor)
    assert plain(title) in told(visitor)
    assert "Texte, nom et adresse ont été effacés" in told(visitor)
    assert f"Texte, d’empreinte {digest}" in told(visitor)
    record = visitor.client.get(f"{desk_page(testimonial)}.json").text
    assert digest in record
    for gone in (AUTHOR, ACCOUNT[:40], "Trois après-midi", "Camille", "Coordinatrice", "Ville-Exemple"):
        assert gone not in visitor.text
        assert gone not in record


def test_the_page_that_erases_offers_the_proof_before(session: Session, visitor: Visitor) -> None:
    testimonial = a_testimonial(session)
    session.commit()
    page = private_page(testimonial)
    visitor.get(f"{page}/effacer")
    assert visitor.page.find("a", href=f"{page}/preuve")
    assert "Votre lien n’ouvrira plus cette trace" in visitor.text


def test_an_unknown_reference_and_a_forged_link_open_nothing(session: Session, visitor: Visitor) -> None:
    testimonial = a_testimonial(session)
    session.commit()
    signed_in(visitor, session)
    for name in ("preuve", "preuve.json"):
        assert visitor.client.get(f"/moderation/rien/{name}").status_code == 404
        assert visitor.client.get(f"{private_page(testimonial)}x/{name}").status_code == 404
    visitor.get("/moderation/rien/preuve")
    assert "Cette page n’existe pas" in visitor.text
    visitor.get(f"{private_page(testimonial)}x/preuve")
    assert "Ce lien n’ouvre" in visitor.text


@pytest.mark.one_engine
def test_a_proof_past_its_time_says_so(app: Flask, session: Session) -> None:
    proof = replace(consent_proof(a_testimonial(session, status=Status.ERASED)), by_purpose={})
    with app.test_request_context():
        page = render_template("register/_document.html", proof=proof, today=now(), pdf=None)
    assert "Il n’en reste aucun" in plain(page)


@pytest.mark.parametrize("who", ["author", "editor"])
def test_it_is_a_file_too_without_toolbar_or_private_link(session: Session, visitor: Visitor, who: str) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **FULL)
    session.commit()
    page = f"{private_page(testimonial)}/preuve" if who == "author" else desk_page(testimonial)
    if who == "editor":
        signed_in(visitor, session)
    file = file_of(visitor, page)
    [row] = stored(session, PdfFile)
    assert "mon-temoignage" not in row.page, "a private link is stored nowhere"
    words = plain(file.text).replace("\n", " ")
    assert "mon-temoignage" not in words
    assert "Télécharger" not in words
    assert file.untagged == []
    assert testimonial.consents[0].digest in file.text.replace("\n", "").replace(" ", "")
    assert file.running(1) == {"Preuve des accords", "2"}


def test_a_file_is_of_the_page_as_it_is_now_and_goes_with_any_erasure(
    app: Flask, session: Session, visitor: Visitor
) -> None:
    """Once a consent changes, the file made before is handed to nobody."""
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **FULL)
    session.commit()
    page = f"{private_page(testimonial)}/preuve"
    file_of(visitor, page)
    assert "Télécharger le PDF" in toolbar(visitor.get(page))
    change_consent(stored(session, Testimonial)[0], Purpose.REUSE, gives=False)
    session.commit()
    assert "Préparer le PDF" in toolbar(visitor.get(page))
    visitor.get(f"{private_page(testimonial)}/effacer").press("Effacer")
    assert stored(session, PdfFile) == []


def test_a_file_that_cannot_be_made_is_told_and_may_be_asked_again(
    app: Flask, session: Session, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **FULL)
    session.commit()
    page = f"{private_page(testimonial)}/preuve"
    visitor.get(page).press("Préparer le PDF")

    def broken(_: str) -> Pdf:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pdf_files, "write_pdf", broken)
        for _ in range(4):
            app.test_cli_runner().invoke(args=["mail", "deliver", "--pdf"])
            for row in stored(session, PdfFile):
                row.due_at = row.due_at and now()
            session.commit()
    assert "Le PDF n’a pas pu être fait. Réessayez, ou imprimez cette page." in toolbar(visitor.get(page))
    visitor.press("Réessayer")
    app.test_cli_runner().invoke(args=["mail", "deliver", "--pdf"])
    assert "Télécharger le PDF" in toolbar(visitor.get(page))


def test_a_file_asked_for_is_deleted_after_an_hour(app: Flask, session: Session) -> None:
    for minutes, page in ((59, "recent"), (61, "old")):
        session.add(PdfFile(digest=page, page=page, asked_at=now() - timedelta(minutes=minutes)))
    session.commit()
    run_clock(app, session)
    assert [each.digest for each in stored(session, PdfFile)] == ["recent"]
