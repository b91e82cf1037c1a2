"""Recueils: who is in them and who is not, what the file says, and whom its words leave with."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import AuditEvent, Kind
from app.catalog.placements import Place, choose_quote, place_testimonial
from app.db import now
from app.mail.messages import Mail
from app.mail.outbox import Email
from app.moderation.recueils import contents, files, mails, models
from app.moderation.recueils.models import Recueil, RecueilEntry, RecueilFile
from app.territories.models import Department
from app.testimonials.attribution import Attribution
from app.testimonials.private_page.consent_changes import change_consent
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from app.web.pdf_page import Pdf
from tests.acts import published, readable, run_clock, signed_in, stored, unpublish, withdraw
from tests.concurrency import commit_after
from tests.factories import EDITOR, an_editor, by_editor, the_article
from tests.pdf import NEEDS_PANGO, TaggedPdf, plain
from tests.visitor import Visitor

NEW = "/moderation/articles/crpv/recueils/nouveau"
INTRODUCTION = "Ce qui réunit ces textes : des commencements modestes.\n\nEt <b>des obstacles</b> tenaces."


def three(session: Session) -> list[Testimonial]:
    """Return three published texts of two régions, two of which are open to reuse, and commit."""
    texts = [
        published(session, 1, account=f"Le premier récit. Il est {'assez long ' * 14}pour être publié.", years="2024"),
        published(session, 2, account=f"Le deuxième récit, {'assez long ' * 14}qui reste ici.", reuse=False),
        published(
            session,
            3,
            account=f"Le troisième récit, {'assez long ' * 14}venu d’ailleurs.\n\nSon second paragraphe.",
            outcome="Une porte de plus.",
            obstacles="Le temps.",
            other_partners="La mission locale",
            link="https://exemple.fr/trois",
            attribution=Attribution.REGION,
            situation=Situation.PLANNED,
            department=session.get_one(Department, "59"),
            partner_known=PartnerKnown.OTHER,
            partner=None,
            partner_other="Le centre d’à côté",
        ),
    ]
    session.commit()
    return texts


def compose(editor: Visitor, **typed: Any) -> Visitor:
    editor.get(NEW).fill(**{"title": "Ce que nous avons appris"} | typed).press("Composer ce recueil")
    return editor


def held(editor: Visitor) -> str:
    """Return what the page of a recueil says of those it holds and of the others."""
    return plain(editor.page.select("main h2 + p")[0].get_text()).partition(" :")[0]


def the_file(editor: Visitor) -> TaggedPdf:
    """Have the file of the page that is open made, if need be, and read what its button then answers with."""
    token, path = editor.csrf_token, editor.path
    answer = editor.client.post(f"{path}/pdf", data={"csrf_token": token})
    if answer.status_code == 303:
        made(editor.client.application)
        answer = editor.client.post(f"{path}/pdf", data={"csrf_token": token})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), NEEDS_PANGO
    assert answer.headers["Cache-Control"] == "no-store"
    editor.get(path)
    return TaggedPdf(answer.data)


def made(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["mail", "deliver", "--pdf"]).output


def kinds(session: Session) -> list[Kind]:
    return [each.kind for each in stored(session, AuditEvent) if each.kind.startswith("recueil")]


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every file be long enough for a letter."""
    monkeypatch.setattr(models, "WATCHED_PAGES", 1)


@pytest.fixture
def texts(session: Session, editor: Visitor) -> list[Testimonial]:
    """Three texts, of which the open page is a recueil."""
    texts = three(session)
    compose(editor)
    return texts


@pytest.fixture
def asked(session: Session, editor: Visitor, long: None, texts: list[Testimonial]) -> list[Testimonial]:
    """Three texts, of which the open page is a recueil; its file is due."""
    editor.press("Préparer le PDF")
    session.rollback()
    return texts


@pytest.fixture
def kept(app: Flask, session: Session, asked: list[Testimonial]) -> list[Testimonial]:
    """Three texts, of which the open page is a recueil; a file of it is kept, whose pages nobody reads."""
    keep_a_file(app, session)
    return asked


# ── What it holds ──


@pytest.mark.slow("a real PDF")
def test_a_recueil_holds_those_who_agreed_and_says_how_many_others_there_are(
    session: Session, editor: Visitor, texts: list[Testimonial]
) -> None:
    assert held(editor) == "2 fiches, de 2 régions. 1 autre retour de ce choix se lit seulement à côté de l’article"
    file = the_file(editor)
    assert "Le premier récit" in file.text
    assert "Le troisième récit" in file.text
    assert "Le deuxième récit" not in file.text
    assert texts[1].public_id not in "".join(file.links)
    told = "1 autre retour se lit à côté de l’article, et n’y est que là, comme son auteur·e l’a voulu :"
    assert f"{told} http://localhost/articles/crpv" in file.text
    assert kinds(session) == [Kind.RECUEIL_COMPOSED, Kind.RECUEIL_ASKED, Kind.RECUEIL_TAKEN]
    assert letters(session) == [], "one looks meanwhile"


def says_all_that_the_document_does_in_its_order(editor: Visitor, file: TaggedPdf) -> None:
    editor.get(f"{editor.path}/document")
    shown = [
        plain(each.get_text(" ")) for each in editor.page.select("main :is(h1, h2, h3, h4, h5, p, dt, dd, th, td)")
    ]
    told = squeezed(file.text)
    missing = [each for each in shown if squeezed(each.replace("\u2011", "-")) not in told]
    assert missing == []
    assert [words for level, words in file.headings if level == 2] == [
        *("Avant de lire, avant de diffuser", "Sommaire", "Introduction", "L’article, et ceux qui lui répondent"),
        *("Les fiches", "Index par région", "Index par CRPV", "Comment chaque accord est donné", "Crédits"),
    ]
    assert "Et <b>des obstacles</b> tenaces." in file.text
    listed = [plain(each.get_text()) for each in editor.page.select(".contents a")]
    chapters = [words for level, words in file.headings if level == 2][2:]
    assert [each for each in listed if not re.match(r"\d", each)] == chapters
    assert [each for each in listed if re.match(r"\d", each)] == ["1. Récit 03", "2. Récit 01"]


def squeezed(words: str) -> str:
    """Return words without spaces, which lines and links of a file break in their own way; nor the minute of making."""
    return re.sub(r"(?<=\d{4})à\d+h\d*", "", re.sub(r"\s", "", words))


def a_sheet_says_what_readers_are_shown_and_never_the_departement(editor: Visitor, file: TaggedPdf) -> None:
    blocks = [words for _, words in file.blocks]
    start = blocks.index("Fiche 1")
    assert blocks[start : start + 3] == ["Fiche 1", "Récit 03", "Un CLSM, en région Hauts-de-France"]
    sheet = blocks[start : blocks.index("Fiche 2")]
    assert {"Hauts-de-France", "En projet", "Le centre d’à côté", "La mission locale"} <= {*sheet}
    assert "https://exemple.fr/trois" in sheet
    assert "Ce qui est prévu ensemble" in sheet
    assert "« Commencez par une question que tout le monde se pose. »" in sheet
    for hidden in ("Nord", "Ille-et-Vilaine", "Camille Exemple", "a3@exemple.fr", "a1@exemple.fr"):
        assert hidden not in file.text, hidden
    assert "CLSM de Ville-Exemple" not in " ".join(sheet), "signed by its région alone"


def the_indexes_lead_to_the_pages_of_the_sheets(editor: Visitor, file: TaggedPdf) -> None:
    pages = {
        title: number
        for number in range(file.pages)
        for title in ("Récit 01", "Récit 03")
        if title in file.reader.pages[number].extract_text() and "Fiche" in "".join(file.running(number))
    }
    index = file.text[file.text.index("Index par région") :]
    for under in (("Bretagne", "RésO Villes"), ("Hauts-de-France", "Le centre d’à côté")):
        entry = "2. Récit 01" if "Bretagne" in under else "1. Récit 03"
        for heading in under:
            assert re.search(rf"{heading}\n{entry}[ .]*{pages[entry[3:]] + 1}\n", index), index


@pytest.mark.slow("a real PDF")
def test_the_article_has_the_quotes_that_editors_placed_of_those_who_agreed(session: Session, editor: Visitor) -> None:
    open_, closed, _ = three(session)
    place = Place(the_article(session), the_article(session).themes[0].slug)
    by = by_editor(session)
    for each in (closed, open_):
        place_testimonial(session, place, each, by=by)
    choose_quote(session, place, open_, "Le premier récit.", by=by)
    session.commit()
    compose(editor)
    file = the_file(editor)
    passage = file.text[file.text.index("Qualifier et échanger") :]
    assert passage.index("« Le premier récit. »") < passage.index("Au guichet d’une mairie")
    assert "Le deuxième récit" not in file.text
    assert "Enparleaussilafiche1." in squeezed(passage)


def how_each_consent_stood_is_told_with_its_words(editor: Visitor, file: TaggedPdf) -> None:
    table = file.text[file.text.index("Les accords en vigueur, fiche par fiche") :]
    for wording in (3, 2):  # of publication, of reuse
        assert table.count(f"donné le {paris_day()} dans le formulaire (formulation {wording})") == 2
    assert "signé de la même façon, soit repris ailleurs, par le réseau ou par d’autres" in file.text


def paris_day() -> str:
    """Return today in Paris as the table has it: « 24 nov. 2026 »."""
    months = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
    there = now().astimezone(ZoneInfo("Europe/Paris"))
    return f"{'1er' if there.day == 1 else there.day} {months[there.month - 1]} {there.year}"


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ({"region": "32"}, ["Récit 03"]),
        ({"situation": "regular"}, ["Récit 01"]),
        ({"partner": "autre"}, ["Récit 03"]),
        ({"theme": "qualification"}, ["Récit 03", "Récit 01"]),
        ({"words": "troisième"}, ["Récit 03"]),
    ],
)
def test_a_choice_narrows_what_is_collected(
    session: Session, editor: Visitor, typed: dict[str, str], held: list[str]
) -> None:
    three(session)
    compose(editor, **typed)
    editor.get(f"{editor.path}/document")
    assert [each.get_text() for each in editor.page.select(".sheet__title")] == held


def test_words_count_the_others_that_have_them(session: Session, editor: Visitor) -> None:
    three(session)
    compose(editor, words="récit assez")
    assert held(editor) == "2 fiches, de 2 régions. 1 autre retour de ce choix se lit seulement à côté de l’article"


def test_too_little_or_too_much_to_collect_is_one_sentence_and_keeps_what_was_typed(
    session: Session, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    readable(session, 1, reuse=False)
    compose(editor, title="Un titre gardé", introduction="Des mots gardés.")
    assert editor.status == 422
    assert (
        "Aucun retour de ce choix n’est ouvert à la réutilisation, il n’y a rien à réunir : élargissez-le. "
        "1 retour se lit seulement à côté de l’article." in editor.text
    )
    assert editor.page.select("[name=title]")[0]["value"] == "Un titre gardé"
    assert "Des mots gardés." in editor.page.select("[name=introduction]")[0].get_text()
    compose(editor, words="rhododendron")
    assert "Aucun retour publié ne répond à ce choix, il n’y a rien à réunir : élargissez-le." in editor.text
    assert "0 retour" not in editor.text
    published(session, 2)
    readable(session, 3)
    monkeypatch.setattr(contents, "MOST_SHEETS", 1)
    compose(editor)
    assert editor.status == 422
    assert "ce qu’un recueil ne tient pas : restreignez-le" in editor.text
    assert stored(session, Recueil) == []


# ── The file ──


def is_tagged_and_set_in_our_face_with_heads_and_numbers(editor: Visitor, file: TaggedPdf) -> None:
    assert file.faces == {"En regard Serif"}
    assert file.untagged == []
    assert (file.root["/Lang"], file.root["/MarkInfo"]["/Marked"]) == ("fr", True)
    assert b'pdfuaid:part="1"' in file.root["/Metadata"].get_object().get_data()
    assert file.reader.metadata is not None
    assert plain(file.reader.metadata.title or "") == "Ce que nous avons appris – En regard"
    levels = [level for level, _ in file.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level is skipped"
    assert {"Table", "TH", "L", "LI", "Link", "BlockQuote"} <= file.tags
    assert file.running(0) == file.running(1) == set(), "neither cover nor its back has a head"
    for number in range(2, file.pages):
        running = file.running(number)
        assert {"Ce que nous avons appris", str(number + 1)} <= running, running
        assert len(running) == 3, "the title, the part, the number"
    assert "Ce que nous avons appris" in str(file.reader.outline[0]), "the bookmarks are those of the headings"
    assert {tuple(map(round, page.mediabox[2:])) for page in file.reader.pages} == {(595, 842)}, "A4"


def each_sheet_begins_a_page(editor: Visitor, file: TaggedPdf) -> None:
    for sheet, words, others in (
        ("Fiche 1", "Le troisième récit", "Récit 01"),
        ("Fiche 2", "Le premier récit", "Récit 03"),
    ):
        pages = [
            file.reader.pages[number].extract_text() for number in range(file.pages) if sheet in file.running(number)
        ]
        assert words in " ".join(pages)
        assert others not in " ".join(pages)


@pytest.mark.one_engine
@pytest.mark.slow("a real PDF")
def test_what_the_file_says_and_how_it_is_set(session: Session, editor: Visitor, subtests: pytest.Subtests) -> None:
    three(session)
    compose(editor, introduction=INTRODUCTION)
    file = the_file(editor)
    for check in (
        a_sheet_says_what_readers_are_shown_and_never_the_departement,
        the_indexes_lead_to_the_pages_of_the_sheets,
        how_each_consent_stood_is_told_with_its_words,
        is_tagged_and_set_in_our_face_with_heads_and_numbers,
        each_sheet_begins_a_page,
        says_all_that_the_document_does_in_its_order,
    ):
        with subtests.test(check.__name__):
            check(editor, file)


def test_a_long_file_is_made_by_the_loop_which_writes_to_the_one_who_asked(
    app: Flask, session: Session, editor: Visitor, asked: list[Testimonial]
) -> None:
    assert "Il se prépare… Nadia Exemple aura un courriel quand il sera prêt." in editor.text
    assert editor.answer is not None
    assert editor.answer.headers["Refresh"] == "2"
    assert not editor.page.select("[name=title]"), "what is typed would be lost to the next look"
    assert re.fullmatch(r"recueil \d+: \d+ pages\n", made(app))
    [letter] = [each for each in stored(session, Email) if each.message is mails.RECUEIL_READY]
    assert (letter.recipient, letter.facts["title"]) == (EDITOR, "Ce que nous avons appris")
    [kept] = stored(session, RecueilFile)
    editor.get(editor.path)
    assert f"{kept.pages} pages, fait le " in editor.text
    assert editor.answer is not None
    assert "Refresh" not in editor.answer.headers
    assert the_file(editor).pages == kept.pages
    assert kinds(session) == [Kind.RECUEIL_COMPOSED, Kind.RECUEIL_ASKED, Kind.RECUEIL_TAKEN]
    assert made(app) == "", "nothing is left to do"


def test_a_letter_is_promised_to_those_who_will_get_it(
    app: Flask, session: Session, editor: Visitor, asked: list[Testimonial]
) -> None:
    """The one who asked may no longer edit the article: no letter would leave."""
    an_editor(session).edits_all = False
    session.commit()
    colleague = signed_in(Visitor(app), session, email="omar@ville-exemple.fr").get(editor.path)
    assert "Il se prépare…" in colleague.text
    assert "aura un courriel" not in colleague.text


def keep_a_file(app: Flask, session: Session) -> None:
    """Keep a file of the recueil that is due, as its maker does once it has set pages."""
    assert files.keep_file(session, *begun(app, session), Pdf(b"%PDF of pages that nobody reads", 1))
    session.commit()
    assert len(stored(session, RecueilFile)) == 1


def close_reuse(session: Session, text: Testimonial) -> None:
    change_consent(text, Purpose.REUSE, gives=False)


@pytest.mark.parametrize("take_away", [withdraw, close_reuse, unpublish])
def test_words_taken_away_take_the_file_with_them_at_once(
    session: Session, editor: Visitor, kept: list[Testimonial], take_away: Any
) -> None:
    """Its bytes too, in the same transaction; the document is without them."""
    take_away(session, session.get_one(Testimonial, kept[0].id))
    session.commit()
    assert stored(session, RecueilFile) == []
    assert stored(session, RecueilEntry) == []
    assert "Le fichier a été retiré le" in editor.get(editor.path).text
    assert "Le premier récit" not in editor.get(f"{editor.path}/document").text
    assert "Le troisième récit" in editor.text


@pytest.mark.slow("a real PDF")
def test_a_file_whose_words_are_over_is_not_handed_out(
    session: Session, editor: Visitor, kept: list[Testimonial]
) -> None:
    """The end of a period comes without anybody's act: the file is there until the clock runs."""
    table: Any = Testimonial.__table__
    session.execute(table.update().where(table.c.id == kept[0].id).values(published_until=now() - timedelta(seconds=1)))
    session.commit()
    editor.get(editor.path)
    assert "Un texte de ce fichier n’y a plus sa place : il ne sera plus remis à personne." in editor.text
    assert "Le premier récit" not in the_file(editor).text


def begun(app: Flask, session: Session) -> tuple[files.ClaimedRecueil, files.SetOut]:
    """Claim and render the recueil that is due, as its maker does before it sets pages."""
    claimed = files.claim_asked(session)
    session.commit()
    assert claimed is not None
    with app.app_context():
        asked = files.set_out(session, claimed)
    session.rollback()
    return claimed, asked


@pytest.mark.both_engines
def test_a_withdrawal_while_the_file_is_made_makes_it_due_again(
    app: Flask, session: Session, asked: list[Testimonial]
) -> None:
    claimed, laid_out = begun(app, session)
    session.get_one(Testimonial, asked[0].id).withdraw()
    session.commit()
    assert not files.keep_file(session, claimed, laid_out, Pdf(b"%PDF with words withdrawn", 1))
    session.commit()
    assert stored(session, RecueilFile) == []
    assert "pages" in made(app)
    assert [each.testimonial_id for each in stored(session, RecueilEntry)] != [asked[0].id]
    assert session.scalar(select(func.count()).select_from(RecueilEntry)) == 1


def test_what_is_published_since_is_told_and_comes_with_the_next_file(
    app: Flask, session: Session, editor: Visitor, kept: list[Testimonial]
) -> None:
    readable(session, 7)
    assert "1 fiche s’y est ajoutée depuis" in editor.get(editor.path).text
    editor.press("Refaire le PDF")
    assert "Il se prépare" in editor.text
    made(app)
    assert len(stored(session, RecueilEntry)) == 3


def test_a_changed_recueil_has_another_file(session: Session, editor: Visitor, kept: list[Testimonial]) -> None:
    editor.get(editor.path).fill(title="Un autre titre").press("Enregistrer")
    assert stored(session, RecueilFile) == []
    assert "Un autre titre" in editor.text
    assert kinds(session)[-1] is Kind.RECUEIL_CHANGED


def test_files_are_removed_after_thirty_days(app: Flask, session: Session, kept: list[Testimonial]) -> None:
    for days, left in ((29, 1), (31, 0)):
        [file] = stored(session, RecueilFile)
        file.made_at = now() - timedelta(days=days)
        run_clock(app, session)
        assert len(stored(session, RecueilFile)) == left


def test_a_deleted_recueil_leaves_nothing_but_its_line(
    session: Session, editor: Visitor, kept: list[Testimonial]
) -> None:
    editor.get(editor.path).press("Supprimer ce recueil")
    assert editor.path == "/moderation/articles/crpv/recueils"
    assert [stored(session, kind) for kind in (Recueil, RecueilFile, RecueilEntry)] == [[], [], []]
    assert kinds(session)[-1] is Kind.RECUEIL_DELETED


# ── What goes wrong while it is made ──


def letters(session: Session) -> list[tuple[Mail, str, str]]:
    sent = [each for each in stored(session, Email) if each.message.name.startswith("recueil")]
    return [(each.message, each.recipient, str(each.facts.get("reason", ""))) for each in sent]


def lapse(session: Session) -> None:
    stored(session, Recueil)[0].due_at = now()
    session.commit()


def test_one_that_fails_is_given_up_after_three_attempts_and_stops_no_other(
    app: Flask, session: Session, editor: Visitor, long: None
) -> None:
    three(session)
    for title in ("Un premier", "Un second"):
        compose(editor, title=title).press("Préparer le PDF")
    first, second = stored(session, Recueil)
    first.chosen = {"theme": "une-articulation-qui-n-existe-plus"}
    session.commit()
    told = made(app)
    assert told.startswith(f"recueil {first.id}: kept for later, UnknownFilter\nrecueil {second.id}: ")
    assert [kind for kind, _, _ in letters(session)] == [mails.RECUEIL_READY], "it may still be made"
    for outcome in ("kept for later", "given up"):
        lapse(session)
        assert made(app) == f"recueil {first.id}: {outcome}, UnknownFilter\n"
    assert [each.failed_at is None for each in stored(session, Recueil)] == [False, True]
    [_, (kind, recipient, reason)] = letters(session)
    assert (kind, recipient) == (mails.RECUEIL_FAILED, EDITOR)
    assert reason.startswith("le serveur s’est arrêté en chemin, plusieurs fois de suite. Recommencez")


def test_a_file_that_was_given_up_is_told_on_the_page_and_can_be_asked_for_again(
    app: Flask, session: Session, editor: Visitor, asked: list[Testimonial]
) -> None:

    def broken(*_: object) -> Pdf:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.cli.mail.write_pdf", broken)
        for outcome in ("kept for later", "kept for later", "given up"):
            assert made(app).endswith(f": {outcome}, MemoryError\n")
            if outcome == "kept for later":
                lapse(session)
    editor.get(editor.path)
    assert re.search(r"Il n’a pas pu être fait le .+\. Réessayez ; si cela se répète, le journal", editor.text)
    assert stored(session, RecueilFile) == []
    editor.press("Préparer le PDF")
    assert "Il se prépare" in editor.text
    assert re.search(r": \d+ pages$", made(app).strip())
    assert [kind for kind, _, _ in letters(session)] == [mails.RECUEIL_FAILED, mails.RECUEIL_READY]


def close_all(session: Session, _: pytest.MonkeyPatch) -> None:
    for text in session.scalars(select(Testimonial)):
        change_consent(text, Purpose.REUSE, gives=False)


def take_offline(session: Session, _: object = None) -> None:
    the_article(session).is_public = False
    session.commit()


@pytest.mark.changes_content
@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (close_all, "plus aucun retour de son choix n’est ouvert à la réutilisation. Élargissez ce choix"),
        (take_offline, "son article n’est plus en ligne. Recommencez quand il le sera"),
        (lambda _, patch: patch.setattr(contents, "MOST_SHEETS", 1), "son choix a plus de 300 fiches. Restreignez-le"),
        (
            lambda _, patch: patch.setattr("app.web.pdf_page.library", lambda: None),
            "le serveur n’a pas de quoi composer un PDF (WeasyPrint et Pango)",
        ),
    ],
)
def test_what_no_attempt_can_mend_is_told_by_letter_at_once(
    app: Flask, session: Session, asked: list[Testimonial], happens: Any, reason: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        happens(session, patch)
        session.commit()
        assert ": given up, " in made(app)
    [(kind, recipient, told)] = letters(session)
    assert (kind, recipient) == (mails.RECUEIL_FAILED, EDITOR)
    assert told.startswith(reason)
    assert made(app) == "", "it is not tried again by itself"


def test_a_maker_that_dies_each_time_is_given_up(
    app: Flask, session: Session, editor: Visitor, asked: list[Testimonial]
) -> None:
    """A process killed for its memory says nothing: only its claims remain, and they are counted."""
    for _ in range(3):
        session.rollback()
        assert files.claim_asked(session) is not None
        session.commit()
        lapse(session)
    assert made(app) == ""
    assert [kind for kind, _, _ in letters(session)] == [mails.RECUEIL_FAILED]
    assert "Il n’a pas pu être fait" in editor.get(editor.path).text


def test_a_recueil_changed_while_its_file_is_made_never_gets_that_file(
    app: Flask, session: Session, asked: list[Testimonial]
) -> None:
    claimed, laid_out = begun(app, session)
    found = stored(session, Recueil)[0]
    found.title = "Un autre titre"
    found.ask(an_editor(session), 10)
    session.commit()
    with pytest.raises(files.ChangedMeanwhile):
        files.renew_claim(session, claimed, 3)
    session.rollback()
    with pytest.raises(files.ChangedMeanwhile):
        files.keep_file(session, claimed, laid_out, Pdf(b"%PDF of the former title", 1))
    session.rollback()
    assert files.record_failure(session, claimed, files.ChangedMeanwhile()) == "changed meanwhile"
    session.rollback()
    assert made(app).strip().endswith("pages")
    assert stored(session, RecueilFile)[0].pages > 1
    assert [kind for kind, _, _ in letters(session)] == [mails.RECUEIL_READY]


@pytest.mark.both_engines
def test_a_recueil_changed_as_its_file_is_kept_is_left_without_it(
    app: Flask, session: Session, editor: Visitor, texts: list[Testimonial]
) -> None:
    """The maker has kept the file of the former title, and not committed yet."""
    page = editor.path
    editor.fill(title="Un autre titre")
    stored(session, Recueil)[0].ask(an_editor(session), 10)
    session.commit()
    claimed, laid_out = begun(app, session)
    assert files.keep_file(session, claimed, laid_out, Pdf(b"%PDF of the former title", 1))
    session.flush()
    commit_after(session, lambda: editor.press("Enregistrer"))
    assert editor.path == page
    assert stored(session, Recueil)[0].title == "Un autre titre"
    assert stored(session, RecueilFile) == []


@pytest.mark.changes_content
def test_composing_of_an_article_taken_offline_meanwhile_says_so(session: Session, editor: Visitor) -> None:
    three(session)
    editor.get(NEW).fill(title="Ce que nous avons appris")
    session.rollback()
    take_offline(session)
    editor.press("Composer ce recueil")
    assert editor.status == 409
    assert "L’article n’est plus en ligne" in editor.text
    assert stored(session, Recueil) == []


@pytest.mark.changes_content
def test_of_an_article_offline_nothing_is_handed_out_and_the_page_says_why(
    session: Session, editor: Visitor, kept: list[Testimonial]
) -> None:
    page, token = editor.path, editor.csrf_token
    session.rollback()
    take_offline(session)
    assert "L’article n’est plus en ligne : ses retours ne se lisent plus" in editor.get(page).text
    assert not editor.page.select("form[action$='/pdf'], a[href$='/document'], [name=title]")
    assert editor.client.get(f"{page}/document").status_code == 409
    for act in ("pdf", "refaire"):
        answer = editor.client.post(f"{page}/{act}", data={"csrf_token": token})
        assert (answer.status_code, answer.mimetype) == (409, "text/html"), act
    editor.press("Supprimer ce recueil")
    assert [stored(session, kind) for kind in (Recueil, RecueilFile)] == [[], []]


@pytest.mark.one_engine
def test_without_the_library_the_page_says_so_and_the_document_is_there(
    session: Session, editor: Visitor, no_weasyprint: None, texts: list[Testimonial]
) -> None:
    assert "Ce serveur n’a pas de quoi le faire (WeasyPrint et Pango)." in editor.text
    page = editor.path
    answer = editor.client.post(f"{page}/pdf", data={"csrf_token": editor.csrf_token})
    assert answer.status_code == 501
    assert kinds(session) == [Kind.RECUEIL_COMPOSED]
    assert "Récit 01" in editor.get(f"{page}/document").text
