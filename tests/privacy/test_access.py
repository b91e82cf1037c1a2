"""Everything kept about an author, to read and to take away (GDPR, articles 15 and 20)."""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Actor, ActorKind, Kind
from app.db import Base
from app.french import day, instant
from app.mail.outbox import Letter
from app.moderation.review import notes
from app.privacy import access
from app.security import sign_private_link
from app.testimonials.consent import Purpose
from app.testimonials.history import TOLD
from app.testimonials.lifecycle import Action, Status
from app.testimonials.models import Testimonial
from app.testimonials.notes import Note
from app.testimonials.notices import Outcome
from app.testimonials.reasons import Reason
from app.testimonials.remarks import Remark, RemarkKind
from app.testimonials.versions import CrpvKnown
from tests.factories import AUTHOR, READER, a_notice, a_testimonial, a_version, an_editor
from tests.visitor import Visitor


def a_full_one(session: Session) -> Testimonial:
    """Return a published testimonial that has been amended, edited and written about, with every field filled in."""
    fields: dict[str, Any] = {
        "outcome": "Les équipes s’appellent.",
        "obstacles": "Le temps manque à Mme Exemple.",
        "years": "2023 et 2024",
        "partners": "Le centre social",
        "link": "https://exemple.fr/document",
    }
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **fields)
    other = a_version(session, crpv=None, crpv_known=CrpvKnown.OTHER, crpv_other="Un pôle voisin", title="Autre titre")
    testimonial.amend(other, {Purpose.REUSE: True}, seen=other.compute_digest())
    testimonial.propose(a_version(session, title="Un titre de l’équipe"))
    session.flush()
    note = Note(Reason.INCOMPLETE, "Il manque la fin.\n\nPouvez-vous l’écrire ?")
    testimonial.perform(Action.SET_ASIDE, by=Actor.editor(an_editor(session).id), note=note)
    a_notice(session, testimonial, reason=Reason.PROMOTION).handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    testimonial.remarks.append(Remark(kind=RemarkKind.NOTE, words="À relire à deux."))
    session.commit()
    return testimonial


def link(testimonial: Testimonial) -> str:
    return f"/mon-temoignage/{sign_private_link(testimonial.public_id, testimonial.link_generation)}/mes-donnees"


def leaves(kept: Any) -> Iterator[Any]:
    match kept:
        case dict():
            for value in kept.values():
                yield from leaves(value)
        case list():
            for value in kept:
                yield from leaves(value)
        case _:
            yield kept


def flat(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


def test_the_page_says_everything_the_file_holds(visitor: Visitor, session: Session) -> None:
    testimonial = a_full_one(session)
    kept = access.everything(session, testimonial)
    page = visitor.get(link(testimonial)).text
    for leaf in leaves(kept):
        match leaf:
            case Kind():
                assert flat(TOLD[leaf]) in page, leaf
            case ActorKind.AUTHOR:
                assert "Écrite par vous" in page
            case StrEnum():
                assert flat(getattr(leaf, "label", "?")).lower() in page.lower(), leaf
            case str():
                assert flat(leaf) in page, leaf
            case datetime():
                assert instant(leaf) in page or day(leaf) in page, leaf
            case _:
                assert leaf is None or isinstance(leaf, int)
    for purpose in (Purpose.PUBLICATION, Purpose.REUSE, Purpose.ATTESTATION):
        assert flat(purpose.wording) in page
    assert visitor.page.find("details") is None, "what is folded is not printed everywhere"
    assert visitor.page.find("a", href=f"{link(testimonial)}.json") is not None


def test_the_file_is_the_same_for_machines(visitor: Visitor, session: Session) -> None:
    testimonial = a_full_one(session)
    visitor.get(f"{link(testimonial)}.json")
    assert visitor.answer is not None
    assert visitor.answer.mimetype == "application/json"
    assert visitor.answer.headers["Content-Disposition"] == "attachment; filename=mes-donnees.json"
    said = json.loads(visitor.answer.data)
    kept = json.loads(access.as_json(access.everything(session, testimonial)))
    assert said | {"copied_at": ""} == kept | {"copied_at": ""}
    assert said["author"]["email"] == "camille.exemple@ville-exemple.fr"
    assert [version["approval"] for version in said["versions"]] == ["sent", "sent", None]
    assert [version["is_published"] for version in said["versions"]] == [True, False, False]
    assert datetime.fromisoformat(said["submitted_at"]) == testimonial.submitted_at
    assert said["decisions"][-1]["reason"] == "incomplet"


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_what_is_kept_is_shown_to_its_author_alone(visitor: Visitor, session: Session, suffix: str) -> None:
    testimonial = a_full_one(session)
    address = link(testimonial) + suffix
    visitor.get(address)
    assert visitor.answer is not None
    assert visitor.status == 200
    assert visitor.answer.headers["Cache-Control"] == "no-store"
    assert visitor.answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Nadia" not in visitor.answer.get_data(as_text=True), "an editor's name is not the author's data"
    testimonial.link_generation += 1
    session.commit()
    for dead in (address, "/mon-temoignage/rien/mes-donnees" + suffix):
        visitor.get(dead)
        assert visitor.status == 404
        assert visitor.answer.headers["Cache-Control"] == "no-store"


def test_the_file_holds_neither_the_private_link_nor_our_numbers(session: Session) -> None:
    testimonial = a_full_one(session)
    kept = access.everything(session, testimonial)
    text = access.as_json(kept)
    token = sign_private_link(testimonial.public_id, testimonial.link_generation)
    assert not [secret for secret in (token, testimonial.submission_key) if secret and secret in text]
    assert '"id"' not in text
    assert "_id" not in text


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ERASED])
def test_it_can_be_read_in_every_status(visitor: Visitor, session: Session, status: Status) -> None:
    testimonial = a_testimonial(session, status=status)
    session.commit()
    assert status.label in visitor.get(link(testimonial)).text.lower()
    dated = status in {Status.UNCONFIRMED, Status.INTERNAL, Status.DECLINED, Status.UNPUBLISHED, Status.WITHDRAWN}
    assert ("Tout est effacé le" in visitor.text) is dated


def test_what_others_are_written_about_a_text_is_not_its_author_s(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    colleague = an_editor(session, email="omar@ville-exemple.fr")
    colleague.name = "Omar Exemple"
    notes.leave(session, an_editor(session), testimonial, "@Omar, à relire ?")
    a_notice(session, testimonial)
    session.flush()
    recipients = {letter.recipient for letter in session.scalars(select(Letter))}
    assert recipients >= {AUTHOR, READER, colleague.email}
    assert {letter["to"] for letter in access.everything(session, testimonial)["letters"]} == {AUTHOR}


# What the structure does not name as the database does: told under another name, told by other lines, or ours alone.
APART = {
    "testimonial": (
        "id article_id public_id submission_key email link_generation revision waiting_since due_at contested_at"
        " noticed_at publication_consent current_number settled_number shown_number shown_digest approved_digest"
        " hint_count"
    ),
    "version": "id testimonial_id department_code crpv_known crpv_id crpv_other approved_digest",
    "consent": "id testimonial_id",
    "audit_event": "id actor user_id account_id testimonial_id before after version_number reason",
    "decision": "id testimonial_id user_id version_number",
    "remark": "id testimonial_id user_id",
    # Who reported, and in which words, is theirs (GDPR, article 15.4).
    "notice": "id testimonial_id key words email signs version_number digest answer",
    "letter": "id message recipient facts testimonial_id draft_id message_id due_at attempts last_refusal",
    "spam_trace": "testimonial_id",
}
# Made of what is shown, and of nothing else: it goes with it.
DERIVED = {"facsimile", "placement", "shelved"}

# Made of the others, for finding them; and which editor is reading, which is no datum of the author's.
BESIDE = {"board_line", "board_theme", "claim"}


def test_nothing_is_kept_that_is_not_told_or_left_out_on_purpose(app: Flask, session: Session) -> None:
    """A new column, or a new table about a testimonial, must be told to its author, or be named above."""
    kept = access.everything(session, a_full_one(session))
    told = {
        "testimonial": kept,
        "version": kept["versions"][0],
        "consent": kept["consents"][0],
        "audit_event": kept["events"][0],
        "decision": kept["decisions"][0],
        "remark": kept["remarks"][0],
        "notice": kept["notices"][0],
        "letter": kept["letters"][0],
        "spam_trace": kept["sending"],
    }
    about = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column.table.name == "testimonial" for key in table.foreign_keys)
    }
    assert (about | {"testimonial"}) - DERIVED - BESIDE == set(told)
    # A draft is bound to no testimonial, and to an address nobody has confirmed: its own link, alone, tells all of it.
    assert {table.name for table in Base.metadata.sorted_tables if "email" in table.columns} == {
        *("testimonial", "draft", "notice", "user_account", "account_link")
    }
    for name, keys in told.items():
        columns = set(Base.metadata.tables[name].columns.keys())
        assert columns - keys.keys() == set(APART[name].split()), name


def test_what_is_asked_reads_as_sentences(visitor: Visitor, session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.CHANGES_REQUESTED)
    session.commit()
    assert "sont venues. ». Lien : « Ce lien" in flat(visitor.get(link(testimonial)).text)


@pytest.mark.parametrize(("status", "name"), [(Status.PUBLISHED, "Publié"), (Status.WITHDRAWN, "A paru à partir du")])
def test_what_is_no_longer_published_is_not_said_to_be(
    visitor: Visitor, session: Session, status: Status, name: str
) -> None:
    testimonial = a_testimonial(session, status=status)
    session.commit()
    visitor.get(link(testimonial))
    names = [each.get_text(strip=True) for each in visitor.page.select("dt")]
    assert [each for each in ("Publié", "A paru à partir du") if each in names] == [name]
