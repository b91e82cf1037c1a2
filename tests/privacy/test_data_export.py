"""Everything kept about an author, to read and to take away (GDPR, articles 15 and 20)."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from babel.dates import format_datetime
from bs4 import Tag
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign, SpamTrace
from app.audit import ActorKind, Kind
from app.db import Base, now
from app.mail.outbox import Email
from app.moderation.review import letters as notes
from app.privacy import data_export
from app.testimonials import mails
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.decision import DecisionNote, Remark, RemarkKind
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import NoticeKind, Outcome
from app.testimonials.reasons import Reason
from app.testimonials.situation import PartnerKnown
from app.testimonials.testimonial import Testimonial
from app.testimonials.update_request import UpdateRequest
from app.testimonials.versions import Version
from app.testimonials.wordings import Purpose
from config import PARIS
from tests.acts import committed, private_page, private_token
from tests.factories import (
    ACCOUNT,
    AUTHOR,
    NAMES,
    READER,
    a_notice,
    a_question,
    a_testimonial,
    a_transcript,
    a_version,
    an_editor,
    by_editor,
    the_article,
)
from tests.pdf import plain
from tests.visitor import Visitor

BEGAN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def a_full_one(session: Session) -> Testimonial:
    """Return a published testimonial that has been amended, edited and written about, with every field filled in.

    One e-mail about it has left, one was given up, one waits. What is no event and no consent has a day of its own.
    """
    fields: dict[str, Any] = {
        "outcome": "Les équipes s’appellent.",
        "obstacles": "Le temps manque à Mme Exemple.",
        "years": "2023 et 2024",
        "other_partners": "Le centre social",
        "link": "https://exemple.fr/document",
    }
    testimonial = a_testimonial(session, status=Status.PUBLISHED, **fields)
    other = a_version(
        session, partner=None, partner_known=PartnerKnown.OTHER, partner_other="Un pôle voisin", title="Autre titre"
    )
    testimonial.amend(other, {Purpose.REUSE: True}, seen=other.compute_digest())
    testimonial.propose(a_version(session, title="Un titre de l’équipe", made_by=ActorKind.EDITOR))
    session.flush()
    note = DecisionNote(
        Reason.INCOMPLETE, "Il manque la fin.\n\nPouvez-vous l’écrire ?", asked={"link": "Ce lien mène où ?"}
    )
    testimonial.perform(Action.SET_ASIDE, by=by_editor(session), note=note)
    notice = a_notice(session, testimonial, kind=NoticeKind.OTHER)
    notice.handle(Outcome.DISMISSED, "Personne n’y est nommé.")
    testimonial.update_request = UpdateRequest(ask_on=date(2027, 1, 5), asked_at=BEGAN)
    testimonial.remarks.append(Remark(kind=RemarkKind.NOTE, words="À relire à deux."))
    testimonial.write_to_author(mails.RENEWAL)
    session.flush()
    sent, lost, waiting = emails(session)
    trace = session.get_one(SpamTrace, testimonial.id)
    trace.signs = [Sign.HASTY]
    dated = (
        *((testimonial, name) for name in ("submitted_at", "published_at", "waiting_since", "reminded_at", "due_at")),
        *((notice, name) for name in ("at", "handled_at")),
        *((email, "written_at") for email in (sent, lost, waiting)),
        *((each, "at") for each in (*testimonial.decisions, *testimonial.remarks, trace)),
    )
    for days, (row, name) in enumerate(dated):
        setattr(row, name, BEGAN + timedelta(days=days))
    testimonial.hidden_until = datetime(2026, 12, 8, 23, tzinfo=UTC)
    session.commit()
    # Of three e-mails, the last to change is the first that was written.
    lost.due_at = None
    session.commit()
    sent.sent_at, sent.due_at = BEGAN + timedelta(days=40), None
    session.commit()
    return testimonial


def emails(session: Session) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.recipient == AUTHOR).order_by(Email.id)))


def held_of(version: Version, **differences: Any) -> dict[str, Any]:
    """Return what the file holds of a version, as `a_version` makes it but for the differences."""
    usual = {
        "is_published": False,
        "made_by": "author",
        "made_at": version.made_at.isoformat(),
        "approval": "sent",
        "approved_at": version.approved_at.isoformat() if version.approved_at else None,
        "digest": version.digest,
        "situation": "regular",
        "clsm": "CLSM de Ville-Exemple",
        "department": "Ille-et-Vilaine",
        "region": "Bretagne",
        "partner": "RésO Villes",
        "partner_shown": "RésO Villes",
        "themes": ["Qualifier et échanger"],
        "title": "Trois après-midi",
        "account": ACCOUNT,
        "outcome": "",
        "obstacles": "",
        "advice": "Commencez par une question que tout le monde se pose.",
        "years": "",
        "other_partners": "",
        "link": "",
        "author_name": "Camille Exemple",
        "author_role": "Coordinatrice",
        "attribution": "role",
        "attribution_label": "Ma fonction et mon CLSM",
        "byline": "Coordinatrice, CLSM de Ville-Exemple",
        "correction": None,
        "became": None,
        "became_month": None,
        "update_label": "",
        "sequel": "",
        "hints": [],
    }
    return usual | differences


def held(session: Session, testimonial: Testimonial) -> dict[str, Any]:
    """Return what the file holds of `a_full_one`, but for the moment it is copied at."""
    first, second, third = testimonial.versions
    purposes = ("publication", "reuse", "contact", "questions", "attestation", "reuse")
    answers = ("given", "refused", "refused", "refused", "given", "given")
    events = (
        ("submitted", "author", 1, "Vous avez envoyé votre texte."),
        ("confirm", "author", 1, "Vous avez confirmé votre adresse."),
        ("publish", "editor", 1, "L’équipe a publié votre texte."),
        ("amend", "author", 2, "Vous avez changé votre texte."),
        ("set_aside", "editor", 3, "L’équipe a gardé la version publiée plutôt que la nouvelle."),
    )
    told = [event for event in testimonial.events if event.kind is not Kind.NOTICED]
    published, set_aside = testimonial.decisions
    (notice,), (remark,) = testimonial.notices, testimonial.remarks
    sent, lost, waiting = emails(session)
    trace = session.get_one(SpamTrace, testimonial.id)

    def email(subject: str, row: Email, **differences: Any) -> dict[str, Any]:
        usual = {"to": AUTHOR, "written_at": row.written_at.isoformat(), "sent_at": None, "given_up": False}
        return {"subject": subject} | usual | differences

    return {
        "kept_by": "L’équipe d’En regard",
        "contact": "contact@en-regard.invalid",
        "reference": testimonial.public_id,
        "article": "Travailler avec un centre de ressources politique de la ville",
        "answers_testimonial": None,
        "author": {
            "name": "Camille Exemple",
            "role": "Coordinatrice",
            "clsm": "CLSM de Ville-Exemple",
            "department": "Ille-et-Vilaine",
            "email": AUTHOR,
        },
        "status": "published",
        "submitted_at": "2026-01-05T09:30:00+00:00",
        "published_at": "2026-01-06T09:30:00+00:00",
        "status_since": "2026-01-07T09:30:00+00:00",
        "reminded_at": "2026-01-08T09:30:00+00:00",
        "answer_due_at": "2026-01-09T09:30:00+00:00",
        "shown_from": None,
        "hidden_until": "2026-12-08T23:00:00+00:00",
        "published_until": testimonial.published_until and testimonial.published_until.isoformat(),
        "erased_after": None,
        "versions": [
            held_of(
                first,
                number=1,
                is_published=True,
                outcome="Les équipes s’appellent.",
                obstacles="Le temps manque à Mme Exemple.",
                years="2023 et 2024",
                other_partners="Le centre social",
                link="https://exemple.fr/document",
                hints=[{"kind": "name", "words": "Mme Exemple"}],
            ),
            held_of(second, number=2, partner="Un pôle voisin", partner_shown="Un pôle voisin", title="Autre titre"),
            held_of(third, number=3, made_by="editor", approval=None, title="Un titre de l’équipe"),
        ],
        "consents": [
            {
                "at": line.at.isoformat(),
                "purpose": purpose,
                "answer": answer,
                "channel": "form",
                "wording_version": {"publication": 3}.get(purpose, 2),
                "wording": Purpose(purpose).wording(the_article(session)),
                "parameters": {
                    "article": "Travailler avec un centre de ressources politique de la ville",
                    "call": "Et vous, où en êtes‑vous avec votre CRPV ?",
                },
                "digest": version.digest,
            }
            for line, purpose, answer, version in zip(
                testimonial.consents, purposes, answers, (first, first, first, first, first, second), strict=True
            )
        ],
        "events": [
            {"at": event.at.isoformat(), "kind": kind, "by": by, "version": version, "sentence": sentence}
            for event, (kind, by, version, sentence) in zip(told, events, strict=True)
        ],
        "decisions": [
            {
                "at": published.at.isoformat(),
                "action": "publish",
                "version": 1,
                "reason": "hors_sujet",
                "message": "Une phrase pour l’auteure.",
                "asked": {},
            },
            {
                "at": set_aside.at.isoformat(),
                "action": "set_aside",
                "version": 3,
                "reason": "incomplet",
                "message": "Il manque la fin.\n\nPouvez-vous l’écrire ?",
                "asked": {"Lien": "Ce lien mène où ?"},
            },
        ],
        "notices": [
            {
                "at": notice.at.isoformat(),
                "kind": "other",
                "version": 1,
                "handled_at": notice.handled_at and notice.handled_at.isoformat(),
                "outcome": "dismissed",
            }
        ],
        "remarks": [{"at": remark.at.isoformat(), "kind": "note", "subject": "", "words": "À relire à deux."}],
        "questions": [],
        "letters": [
            email("Confirmez votre adresse pour que votre texte soit lu", sent, sent_at="2026-02-14T09:30:00+00:00"),
            email("Votre texte est entre nos mains", lost, given_up=True),
            email("Votre texte paraît encore trente jours : le prolonger ?", waiting),
        ],
        "told": None,
        "sending": {
            "at": trace.at.isoformat(),
            "fingerprint": trace.fingerprint,
            "sender": trace.sender,
            "signs": ["Le formulaire a été envoyé en quelques secondes."],
        },
        "update_request": {"ask_on": "2027-01-05", "asked_at": "2026-01-05T09:30:00+00:00"},
    }


# How the page says the codes of the file, what is not said with another value apart.
SAID = {
    "2027-01-05": "mardi 5 janvier 2027",
    "published": "État Publié",
    "regular": "Situation Collaboration régulière",
    "role": "Signature choisie Ma fonction et mon CLSM",
    "name": "Nom d’une personne : « Mme Exemple »",
    "publication": "Publication à côté de l’article : oui, dans le formulaire, sur ces mots (n° 3)",
    "reuse": "Réutilisation ailleurs : non, dans le formulaire, sur ces mots (n° 2)",
    "contact": "Être recontacté·e : non, dans le formulaire, sur ces mots (n° 2)",
    "questions": "Questions d’autres CLSM : non, dans le formulaire, sur ces mots (n° 2)",
    "attestation": "Attestation : oui, dans le formulaire, sur ces mots (n° 2)",
    "given": "Réutilisation ailleurs : oui, dans le formulaire, sur ces mots (n° 2)",
    "refused": "non, dans le formulaire",
    "form": "dans le formulaire",
    "author": "Écrite par vous",
    "editor": "Écrite par l’équipe",
    "sent": "Vous l’avez approuvée en l’envoyant",
    "submitted": "Vous avez envoyé votre texte.",
    "confirm": "Vous avez confirmé votre adresse.",
    "publish": "L’équipe a publié votre texte. Raison : Hors sujet. Sur la version 1. Une phrase pour l’auteure.",
    "amend": "Vous avez changé votre texte.",
    "set_aside": "plutôt que la nouvelle. Raison : Texte incomplet. Sur la version 3.",
    "hors_sujet": "Raison : Hors sujet.",
    "incomplet": "Raison : Texte incomplet.",
    "other": "Autre signalement, sur la version 1.",
    "dismissed": "Classé sans suite",
    "note": "Note de l’équipe",
}


def link(testimonial: Testimonial) -> str:
    return f"{private_page(testimonial)}/mes-donnees"


def leaves(kept: Any) -> Iterator[Any]:
    match kept:
        case dict():
            for name, value in kept.items():
                if name != "letters":
                    yield from leaves(value)
        case list():
            for value in kept:
                yield from leaves(value)
        case _:
            yield kept


def said(moment: datetime) -> str:
    day = format_datetime(moment, "EEEE d MMMM y", tzinfo=PARIS, locale="fr_FR").replace(" 1 ", " 1er ")
    return day + format_datetime(moment, " 'à' H 'h' mm", tzinfo=PARIS, locale="fr_FR").removesuffix(" 00")


def test_the_page_says_every_value_of_the_file(visitor: Visitor, session: Session) -> None:
    testimonial = a_full_one(session)
    page = visitor.get(link(testimonial)).text
    file = held(session, testimonial)
    assert "envoyé le lundi 5 janvier 2026 pour l’article" in page
    del file["submitted_at"]  # told by its day alone
    for leaf in leaves(file):
        if isinstance(leaf, str) and re.match(r"\d{4}-\d\d-\d\dT", leaf):
            assert said(datetime.fromisoformat(leaf)) in page, leaf
        elif isinstance(leaf, str):
            assert plain(SAID.get(leaf, leaf)) in page, leaf
    assert "Version 1, celle qui paraît" in page
    assert "Version 3 Écrite par l’équipe" in page
    assert "Vous ne l’avez pas approuvée." in page
    assert visitor.page.find("details") is None, "what is folded is not printed everywhere"
    assert visitor.page.find("a", href=f"{link(testimonial)}.json") is not None


def test_the_page_shows_whether_each_email_was_sent_waits_or_failed(visitor: Visitor, session: Session) -> None:
    visitor.get(link(a_full_one(session)))
    heading = visitor.page.find("h2", string="Nos courriels")
    assert heading is not None
    record = heading.find_next_sibling("ol")
    assert isinstance(record, Tag)
    waited = "mercredi 14 janvier 2026 à 10 h 30"
    assert [plain(each.get_text(" ")).replace(" :", ":").replace(" .", ".") for each in record.find_all("li")] == [
        f"Confirmez votre adresse pour que votre texte soit lu, à {AUTHOR}. samedi 14 février 2026 à 10 h 30",
        f"Votre texte est entre nos mains, à {AUTHOR}: n’a pas pu être remis. mardi 13 janvier 2026 à 10 h 30",
        f"Votre texte paraît encore trente jours: le prolonger ?, à {AUTHOR}: pas encore parti. {waited}",
    ]


def test_the_file_holds_each_value_under_its_key(visitor: Visitor, session: Session) -> None:
    testimonial = a_full_one(session)
    began = now()
    visitor.get(f"{link(testimonial)}.json")
    assert visitor.answer is not None
    assert visitor.answer.mimetype == "application/json"
    assert visitor.answer.headers["Content-Disposition"] == "attachment; filename=mes-donnees.json"
    file = json.loads(visitor.answer.data)
    assert began <= datetime.fromisoformat(file.pop("copied_at")) <= now()
    assert file == held(session, testimonial)


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
    kept = data_export.export_data(session, testimonial)
    text = data_export.export_json(kept)
    token = private_token(testimonial)
    assert not [secret for secret in (token, testimonial.submission_key) if secret and secret in text]
    assert '"id"' not in text
    assert "_id" not in text


def test_the_page_shows_the_status_and_the_date_of_erasure(
    visitor: Visitor, session: Session, subtests: pytest.Subtests
) -> None:
    # What is said of the status, and of the day, where time alone erases.
    kept, none = "Tout sera effacé le ", "Aucune date d’effacement n’est encore fixée"
    waits = "Sans geste de vous ou de l’équipe d’ici là, tout sera effacé le "
    waiting = dict.fromkeys((Status.PENDING, Status.CHANGES_REQUESTED, Status.PROOF_SENT), waits)
    others = {Status.PUBLISHED: none} | waiting
    statuses = [each for each in Status if each is not Status.ERASED]
    texts = {status: a_testimonial(session, status=status, email=f"{status}@exemple.fr") for status in statuses}
    session.commit()
    for status, testimonial in texts.items():
        with subtests.test(status.value):
            name = NAMES[status]
            assert f"État {name[0].upper()}{name[1:]}" in visitor.get(link(testimonial)).text
            assert [each for each in (kept, waits, none) if each in visitor.text] == [others.get(status, kept)]


def test_an_untrue_unsent_email_is_not_exported(session: Session) -> None:
    testimonial = a_testimonial(session)
    session.execute(delete(Email))
    testimonial.perform(Action.DECLINE, by=by_editor(session))
    testimonial.write_to_author(mails.DECLINED, words="", reason="", ground="")
    for message in (mails.DECLINED, mails.WITHDRAWN):
        session.flush()
        kept = data_export.export_data(session, testimonial)
        assert [each["subject"] for each in kept["letters"]] == [message.subject]
        if message is mails.DECLINED:
            testimonial.withdraw()


def test_emails_to_others_are_not_exported(session: Session) -> None:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    colleague = an_editor(session, email="omar@ville-exemple.fr")
    colleague.name = "Omar Exemple"
    notes.leave_note(session, an_editor(session), testimonial, "@Omar, à relire ?")
    a_notice(session, testimonial)
    session.flush()
    recipients = {email.recipient for email in session.scalars(select(Email))}
    assert recipients >= {AUTHOR, READER, colleague.email}
    assert {email["to"] for email in data_export.export_data(session, testimonial)["letters"]} == {AUTHOR}


# What the structure does not name as the database does: told under another name, told by other lines, or ours alone.
APART = {
    "testimonial": (
        "id article_id kind about_id public_id submission_key email link_generation revision waiting_since due_at"
        " acted_at confirmed_at contested_at contested_number masks_number noticed_at notice_due_at replied_at"
        " told_until publication_consent sites_consent reuse_consent current_number settled_number shown_number"
        " shown_digest approved_digest hint_count readable_from"
    ),
    "version": (
        "id testimonial_id department_code partner_known partner_id partner_other approved_digest digest_format measure"
        " told_at set_aside_at became_on"
    ),
    "consent": "id testimonial_id recorded_by_id line_digest",
    "audit_event": "id actor user_id account_id testimonial_id before after version_number reason revokes_id",
    "decision": (
        "id testimonial_id user_id version_number status_before waiting_since_before due_at_before reminded_at_before"
        " contested_at_before contested_number_before masks_number_before shown_number_before settled_number_before"
        " hidden_until_before readable_from_before"
    ),
    "remark": "id testimonial_id user_id",
    # Who reported, and in which words, is theirs (GDPR, article 15.4).
    "notice": (
        "id testimonial_id key passage words reply name email in_good_faith signs version_number digest due_at answer"
    ),
    "email": "id message recipient facts testimonial_id draft_id event_id message_id due_at attempts last_refusal",
    "spam_trace": "testimonial_id",
    "transcript": "testimonial_id recorded_by_id code_digest",
    "update_request": "testimonial_id",
    # The address of who asks is in the e-mail that the author got.
    "colleague_question": "id public_id testimonial_id key email asked_at settled_at",
}
# Made of what is shown, and of nothing else: it goes with it.
DERIVED = {"rendering", "placement", "synthesis_source", "facet_entry", "recueil_entry"}

# Made of the others, for finding them or, for ten minutes, for going back to them; and which editor takes care of
# it, which is no datum of the author's.
BESIDE = {"queue_row", "queue_theme", "claim", "withdrawal"}


def test_every_stored_column_is_exported_or_left_out_on_purpose(app: Flask, session: Session) -> None:
    """A new column, or a new table about a testimonial, must be told to its author, or be named above."""
    full = a_full_one(session)
    full.hidden_until = None
    full.answer(Purpose.QUESTIONS, ConsentDecision.GIVEN, Channel.PRIVATE_PAGE)
    a_question(session, full)
    kept = data_export.export_data(session, full)
    told = {
        "testimonial": kept,
        "version": kept["versions"][0],
        "consent": kept["consents"][0],
        "audit_event": kept["events"][0],
        "decision": kept["decisions"][0],
        "remark": kept["remarks"][0],
        "notice": kept["notices"][0],
        "email": kept["letters"][0],
        "spam_trace": kept["sending"],
        "transcript": data_export.export_data(session, a_transcript(session)[0])["told"],
        "update_request": kept["update_request"],
        "colleague_question": kept["questions"][0],
    }
    about = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column.table.name == "testimonial" for key in table.foreign_keys)
    }
    assert (about | {"testimonial"}) - DERIVED - BESIDE == set(told)
    # A draft is bound to no testimonial, and to an address nobody has confirmed: its own link, alone, tells all of it.
    assert {table.name for table in Base.metadata.sorted_tables if "email" in table.columns} == {
        *("testimonial", "draft", "notice", "colleague_question", "user_account", "account_link"),
        "invitation",  # of an organisation, whose own link and address tell of it: no row says which text answers it
        "alert",  # of a reader: no text, and its own link and address tell all of it
        *("link_request", "address_request"),  # asked for by anyone, and gone within the day
    }
    for name, keys in told.items():
        columns = set(Base.metadata.tables[name].columns.keys())
        assert columns - keys.keys() == set(APART[name].split()), name


def test_what_is_asked_reads_as_sentences(visitor: Visitor, session: Session) -> None:
    testimonial = committed(session, status=Status.CHANGES_REQUESTED)
    assert "sont venues. ». Lien : « Ce lien" in plain(visitor.get(link(testimonial)).text)


@pytest.mark.parametrize(("status", "name"), [(Status.PUBLISHED, "Publié"), (Status.WITHDRAWN, "A paru à partir du")])
def test_an_unpublished_testimonial_is_not_shown_as_published(
    visitor: Visitor, session: Session, status: Status, name: str
) -> None:
    testimonial = committed(session, status=status)
    visitor.get(link(testimonial))
    names = [each.get_text(strip=True) for each in visitor.page.select("dt")]
    assert [each for each in ("Publié", "A paru à partir du") if each in names] == [name]
