"""Notices on the review page: dismissed with an answer, or closed by a change of the text."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.antispam.signals import Sign
from app.audit import Kind
from app.catalog.placements import place_testimonial
from app.db import now
from app.features.notices.acts import dismiss_open_notices
from app.mail import outbox
from app.mail.outbox import Email
from app.moderation.decisions import Stale
from app.testimonials import mails, stale_emails
from app.testimonials.decision import DecisionNote
from app.testimonials.lifecycle import Action, Status
from app.testimonials.notices import Notice, NoticeKind, Outcome, erase_notice_words, keeps_words
from app.testimonials.reasons import Reason
from app.testimonials.situation import Situation
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_text, committed, first_place, private_page, signed_in
from tests.factories import READER, a_notice, a_testimonial, an_editor, by_editor
from tests.mail.test_outbox import deliver, plain
from tests.moderation.desk import take, take_back
from tests.services import smtp
from tests.visitor import Visitor

NOTE = DecisionNote(Reason.IDENTIFIABLE_PERSON, "Une voisine y est reconnaissable.")
ANSWER = "Personne n’y est nommé, et le lieu n’est pas dit."
Act = Callable[[Visitor, str], Visitor]


def noticed(session: Session) -> tuple[Testimonial, Notice]:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    return testimonial, a_notice(session, testimonial)


def answers(session: Session) -> list[Email]:
    return list(session.scalars(select(Email).where(Email.message == mails.NOTICE_ANSWERED).order_by(Email.id)))


def test_a_notice_is_listed_in_the_queue_and_shown_above_the_decisions(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    notice.signs = [Sign.HASTY]
    editor = signed_in(Visitor(app), session)
    for query in ("", "?signale=oui"):
        page = editor.get(f"/moderation{query}").text
        assert "Signalé, sans réponse depuis quelques instants" in page
    assert "Trois après-midi" not in editor.get("/moderation?signale=non").text
    words = editor.get(f"/moderation/{testimonial.public_id}").text
    assert "Données personnelles · Réponse promise pour le" in words
    assert "Lou Exemple" in words
    assert words.index(notice.words) < words.index("Ce qui est écrit")
    assert "l…@exemple.fr" in words
    assert READER not in words
    assert "Le formulaire a été envoyé en quelques secondes." in words
    assert "Texte signalé par une lectrice ou un lecteur." in words


def test_dismissing_a_notice_answers_the_reader_and_leaves_the_text_unchanged(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    editor = signed_in(Visitor(app), session)
    editor.get(f"/moderation/{testimonial.public_id}").press("Classer sans suite")
    assert (editor.status, editor.page.select("[aria-current=page]")[0].text.split()[0]) == (422, "Relire")
    assert "Écrivez une phrase" in editor.text
    editor.fill(answer=ANSWER).press("Classer sans suite")
    assert editor.status == 200
    banner = editor.page.select(".last-decision")[0].get_text()
    assert "Signalement classé sans suite par Nadia Exemple." in banner
    assert ANSWER in editor.text, "the answer can be read again"
    with pytest.raises(AssertionError, match="no button"):
        editor.button("Classer sans suite")
    session.rollback()
    assert (notice.outcome, notice.answer) == (Outcome.DISMISSED, ANSWER)
    assert testimonial.noticed_at is None
    assert testimonial.status is Status.PUBLISHED
    assert testimonial.shown_digest == notice.digest
    (email,) = answers(session)
    assert email.recipient == READER
    assert email.facts == {"sentence": Outcome.DISMISSED.sentence, "words": ANSWER, "reason": "", "ground": ""}
    assert email.due_at is not None
    assert email.due_at <= now()
    assert "Trois après-midi" not in editor.get("/moderation").text


def dismiss(editor: Visitor, words: str) -> Visitor:
    return editor.fill(answer=words).press("Classer sans suite")


def take_down(editor: Visitor, words: str) -> Visitor:
    return editor.fill(reason="tiers_identifiable", message=words).press("Dépublier")


@pytest.mark.parametrize(("first", "second"), [(dismiss, dismiss), (dismiss, take_down), (take_down, dismiss)])
def test_an_answer_and_another_act_make_each_other_stale_and_keep_their_words(
    session: Session, pair: tuple[Visitor, Visitor], first: Act, second: Act
) -> None:
    testimonial, notice = noticed(session)
    session.commit()
    one, two = (editor.get(f"/moderation/{testimonial.public_id}") for editor in pair)
    assert first(one, ANSWER).status == 200
    assert second(two, "Des mots à garder.").status == 409
    told = "Signalement classé sans suite" if first is dismiss else "Texte dépublié"
    assert f"{told} par Nadia Exemple." in two.text
    assert "Des mots à garder." in two.text
    session.rollback()
    expected = (Outcome.DISMISSED, ANSWER, Status.PUBLISHED)
    expected = expected if first is dismiss else (Outcome.UNPUBLISHED, "", Status.UNPUBLISHED)
    assert (notice.outcome, notice.answer, testimonial.status) == expected
    assert len(answers(session)) == 1


def test_a_notice_newer_than_the_page_stays_open(session: Session) -> None:
    testimonial, notice = noticed(session)
    editor, revision = an_editor(session), testimonial.revision
    later = a_notice(session, testimonial, email=None)
    assert testimonial.revision == revision, "a notice does not make an answer stale"
    dismiss_open_notices(editor, testimonial, revision=revision, latest=notice.id, answer=ANSWER)
    session.flush()
    assert (notice.is_open, later.is_open) == (False, True)
    assert testimonial.noticed_at == later.at
    assert [event.kind for event in testimonial.events].count(Kind.NOTICE_DISMISSED) == 1
    with pytest.raises(Stale):
        dismiss_open_notices(editor, testimonial, revision=testimonial.revision, latest=notice.id, answer=ANSWER)


def test_unpublishing_closes_a_notice_and_its_answer_waits_for_the_undo_period(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    take(session, testimonial, Action.UNPUBLISH, NOTE)
    assert notice.outcome is Outcome.UNPUBLISHED
    assert testimonial.noticed_at is None
    (email,) = answers(session)
    assert (email.recipient, email.facts["words"]) == (READER, ""), (
        "the message to the author is not sent to the reader"
    )
    assert NOTE.message not in str(email.facts)
    assert email.facts["reason"] == "Une autre personne est reconnaissable"
    assert "article 9 du code civil" in email.facts["ground"]
    assert email.due_at is not None
    assert email.due_at > now() + app.config["UNDO_PERIOD"] / 2


def told(app: Flask, session: Session, mail_server: smtp.Peer) -> str:
    """Return the answer that the reader gets, once nothing can be undone any more."""
    app.config["SMTP_URL"] = mail_server.url
    for email in answers(session):
        email.due_at = now()
    session.commit()
    deliver(app)
    session.rollback()
    (sent,) = (each.message for each in mail_server.received if "Une réponse à votre" in str(each.message["Subject"]))
    assert sent["Reply-To"] == "contact@en-regard.invalid"
    return plain(sent).replace("\u00a0", " ")


def test_the_reader_reads_the_reasons_of_an_unpublication_and_how_to_contest(
    app: Flask, session: Session, mail_server: smtp.Peer
) -> None:
    testimonial, notice = noticed(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    editor.fill(reason="tiers_identifiable", message="Pour l’autrice seule.", to_readers="Vous aviez raison.")
    editor.press("Dépublier")
    session.rollback()
    assert (notice.outcome, notice.answer) == (Outcome.UNPUBLISHED, "Vous aviez raison.")
    text = told(app, session, mail_server)
    for words in (
        "il n’est plus publié",
        "La raison : Une autre personne est reconnaissable.",
        "article 9 du code civil",
        "Vous aviez raison.",
        "répondez à ce courriel : une autre personne la relira",
        "saisir la justice",
        "la CNIL",
    ):
        assert words in text
    assert "Pour l’autrice seule." not in text


def test_publishing_another_version_needs_a_word_to_who_reported(app: Flask, session: Session) -> None:
    testimonial, notice = noticed(session)
    amend(testimonial)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    editor.fill(message="Pour l’autrice.").press("Publier la nouvelle version")
    assert editor.status == 422
    assert "Dites à la personne qui a signalé ce texte ce qui change, et pourquoi." in editor.text
    assert editor.page.select("textarea[name=message]")[0].get_text().strip() == "Pour l’autrice."
    session.rollback()
    assert notice.is_open
    editor.fill(to_readers="Le passage est retiré.").press("Publier la nouvelle version")
    assert editor.status == 200
    session.rollback()
    assert (notice.outcome, notice.answer) == (Outcome.CHANGED, "Le passage est retiré.")
    assert answers(session)[0].facts["words"] == "Le passage est retiré."


def test_a_text_that_nobody_reported_needs_no_such_word(app: Flask, session: Session) -> None:
    testimonial = a_testimonial(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    assert not editor.page.select("[name=to_readers]")
    assert editor.press("Publier").status == 200


REPLY = "Je suis la personne dont il est question."


def reply(session: Session, **changes: Any) -> tuple[Testimonial, Notice]:
    testimonial = a_testimonial(session, status=Status.PUBLISHED)
    facts = {"kind": NoticeKind.NAMED, "reply": REPLY, "passage": "gardiens d'immeuble"} | changes
    return testimonial, a_notice(session, testimonial, **facts)


@pytest.mark.parametrize(
    "case",
    [
        ("reply_accepted", "elle paraît sous le texte", "accepte sa réponse"),
        ("reply_refused", "elle ne publie pas votre réponse", "ne publie pas sa réponse"),
    ],
)
def test_a_right_of_reply_is_accepted_or_refused_with_reasons(
    app: Flask, session: Session, mail_server: smtp.Peer, case: tuple[str, str, str]
) -> None:
    choice, sentence, history = case
    testimonial, notice = reply(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    with pytest.raises(AssertionError, match="no button"):
        editor.button("Classer sans suite")
    (link,) = editor.page.find_all("a", string="Accepter ou refuser cette réponse")
    editor.get(str(link["href"]))
    for words in (REPLY, notice.words, "Lou Exemple"):
        assert words in editor.text
    editor.press("Envoyer la réponse")
    assert editor.status == 422
    assert "Dites si cette réponse paraît." in editor.text
    editor.fill(outcome=choice, answer=ANSWER).press("Envoyer la réponse")
    assert editor.status == 200
    assert editor.path == f"/moderation/{testimonial.public_id}"
    session.rollback()
    assert (notice.outcome, notice.answer, notice.reply) == (choice, ANSWER, REPLY)
    assert (testimonial.noticed_at, testimonial.notice_due_at) == (None, None)
    assert testimonial.status is Status.PUBLISHED
    assert testimonial.shown_digest == notice.digest
    text = told(app, session, mail_server)
    assert sentence in text
    assert ANSWER in text
    page = Visitor(app).get(f"{private_page(testimonial)}/mes-donnees")
    assert history in page.text
    for theirs in (REPLY, "Lou Exemple", READER, ANSWER, "gardiens d'immeuble"):
        assert theirs not in page.text


def test_a_refusal_without_reasons_is_refused_and_keeps_the_choice(app: Flask, session: Session) -> None:
    testimonial, notice = reply(session)
    address = f"/moderation/{testimonial.public_id}/signalements/{notice.id}/reponse"
    session.commit()
    editor = signed_in(Visitor(app), session).get(address)
    editor.fill(outcome="reply_refused", answer=" ").press("Envoyer la réponse")
    assert editor.status == 422
    assert "Dites pourquoi : la personne le lira" in editor.text
    assert editor.page.select("input[value=reply_refused][checked]")
    session.rollback()
    assert notice.is_open


def test_a_second_answer_to_a_reply_is_stale(session: Session, pair: tuple[Visitor, Visitor]) -> None:
    testimonial, notice = reply(session)
    address = f"/moderation/{testimonial.public_id}/signalements/{notice.id}/reponse"
    session.commit()
    one, two = (editor.get(address) for editor in pair)
    one.fill(outcome="reply_accepted").press("Envoyer la réponse")
    two.fill(outcome="reply_refused", answer="Des mots à garder.").press("Envoyer la réponse")
    assert two.status == 409
    assert "Des mots à garder." in two.text
    session.rollback()
    assert notice.outcome is Outcome.REPLY_ACCEPTED
    assert len(answers(session)) == 1
    assert two.get(address).path == f"/moderation/{testimonial.public_id}", "it is answered: its page leads to the text"


def test_only_a_right_of_reply_has_a_page_and_only_on_its_text(app: Flask, session: Session) -> None:
    testimonial, notice = reply(session)
    other = a_notice(session, testimonial)
    elsewhere = committed(session, status=Status.PUBLISHED, email="b@exemple.fr")
    editor = signed_in(Visitor(app), session)
    for text, number in ((testimonial, other.id), (elsewhere, notice.id), (testimonial, 0), (testimonial, 9**30)):
        assert editor.get(f"/moderation/{text.public_id}/signalements/{number}/reponse").status == 404


def test_dismissing_the_others_leaves_a_right_of_reply_open(session: Session) -> None:
    testimonial, notice = reply(session)
    other, newer = (a_notice(session, testimonial, email=f"{name}@exemple.fr") for name in "bc")
    dismiss_open_notices(an_editor(session), testimonial, revision=testimonial.revision, latest=other.id, answer=ANSWER)
    session.flush()
    assert (notice.is_open, other.outcome, newer.is_open) == (True, Outcome.DISMISSED, True)
    assert testimonial.notice_due_at == notice.due_at < newer.due_at


@pytest.mark.parametrize(
    ("passage", "marked"),
    [
        ("gardiens d'immeuble", "gardiens d’immeuble"),
        ("« gardiens  d’immeuble »", "gardiens d’immeuble"),
        ("Trois après-midi", "Trois après-midi"),
        ("gardienne d’immeuble", None),
        ("« »", None),
        (".*", None),
    ],
)
def test_a_passage_is_marked_in_the_text_where_it_stands_word_for_word(
    app: Flask, session: Session, passage: str, marked: str | None
) -> None:
    testimonial, _ = reply(session, kind=NoticeKind.OTHER, passage=passage)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    found = [mark.get_text() for mark in editor.page.select(".said mark")]
    assert found == ([marked] if marked else [])
    assert ("Il n’est pas mot pour mot dans le texte." in editor.text) is (marked is None)


@pytest.mark.parametrize(
    ("situation", "heading"),
    [
        (Situation.PAST, "Ce que cela a apporté"),
        (Situation.REGULAR, "Ce que cela apporte"),
        (Situation.PLANNED, "Ce qui en est attendu"),
    ],
)
def test_a_passage_stands_under_the_question_of_its_page(
    app: Flask, session: Session, situation: Situation, heading: str
) -> None:
    text = a_testimonial(session, status=Status.PUBLISHED, situation=situation, outcome="Des soirées ouvertes à tous.")
    a_notice(session, text, passage="soirées ouvertes")
    place_testimonial(session, first_place(session), text, by=by_editor(session))
    editor = signed_in(Visitor(app), session).get(f"/moderation/{text.public_id}")
    assert f"Passage, dans « {heading} »" in editor.text
    editor.get("/moderation/articles/crpv/en-regard")
    assert heading in [each.get_text() for each in editor.page.select("legend")]


def test_an_overdue_notice_says_so_and_illegal_content_names_the_authority(app: Flask, session: Session) -> None:
    testimonial, _ = noticed(session)
    at = now() - timedelta(days=4)
    a_notice(session, testimonial, kind=NoticeKind.NAMED, reply=REPLY, at=at, email="b@exemple.fr")
    a_notice(session, testimonial, kind=NoticeKind.ILLEGAL, name=None, email=None)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    kinds = [line.find("p") for line in editor.page.select(".said .record__line")]
    assert " ".join(str(kinds[0] and kinds[0].get_text()).split()).startswith("Droit de réponse · En retard : réponse")
    assert editor.text.count("En retard") == 1
    assert editor.text.count("prévenez aussi Pharos") == 1


def test_an_accepted_reply_and_its_signature_outlive_the_notice(session: Session) -> None:
    testimonial, notice = reply(session)
    refused = a_notice(session, testimonial, kind=NoticeKind.NAMED, reply="Autre.", email="b@exemple.fr")
    notice.handle(Outcome.REPLY_ACCEPTED, ANSWER)
    refused.handle(Outcome.REPLY_REFUSED, ANSWER)
    session.flush()
    for each in (notice, refused):
        erase_notice_words(session, each)
    session.flush()
    assert [(each.words, each.passage, each.email, each.answer) for each in (notice, refused)] == [
        ("", "", None, "")
    ] * 2
    assert (notice.reply, notice.name) == (REPLY, "Lou Exemple")
    assert (refused.reply, refused.name) == ("", None)
    assert session.scalars(select(Notice).where(keeps_words())).all() == [], "nothing is left to erase"


def test_undoing_a_decision_reopens_its_notices(session: Session) -> None:
    testimonial, notice = noticed(session)
    since, due = testimonial.noticed_at, testimonial.notice_due_at
    before = a_notice(session, testimonial, email="b@exemple.fr")
    before.handle(Outcome.DISMISSED, ANSWER)
    session.flush()
    note = DecisionNote(Reason.OTHER, "Une phrase.", to_readers="Vous aviez raison.")
    take(session, testimonial, Action.UNPUBLISH, note)
    assert (notice.answer, testimonial.notice_due_at) == ("Vous aviez raison.", None)
    take_back(session, testimonial)
    assert (notice.answer, testimonial.notice_due_at) == ("", due)
    assert testimonial.status is Status.PUBLISHED
    assert (notice.is_open, notice.outcome, testimonial.noticed_at) == (True, None, since)
    assert before.outcome is Outcome.DISMISSED
    assert [email.recipient for email in stale_emails.without_stale(session, answers(session))] == ["b@exemple.fr"]


def amend(testimonial: Testimonial) -> None:
    amend_text(testimonial, title="Autrement dit")


def corrected(session: Session, testimonial: Testimonial) -> None:
    masked = testimonial.latest.account.replace("gardiens d’immeuble", "[passage masqué]")
    testimonial.propose(testimonial.latest.edited(account=masked), as_correction=True)
    session.flush()
    take(session, testimonial, Action.PUBLISH)


def new_version(session: Session, testimonial: Testimonial) -> None:
    amend(testimonial)
    session.flush()
    take(session, testimonial, Action.PUBLISH)


def set_aside(session: Session, testimonial: Testimonial) -> None:
    amend(testimonial)
    session.flush()
    take(session, testimonial, Action.SET_ASIDE)


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (corrected, Outcome.CHANGED),
        (new_version, Outcome.CHANGED),
        (set_aside, None),
        (lambda _, testimonial: amend(testimonial), None),
        (lambda _, testimonial: testimonial.withdraw(), Outcome.GONE),
    ],
)
def test_a_notice_closes_when_its_words_are_no_longer_shown(
    session: Session, act: Callable[[Session, Testimonial], None], outcome: Outcome | None
) -> None:
    testimonial, notice = noticed(session)
    act(session, testimonial)
    session.flush()
    assert notice.outcome is outcome
    assert (testimonial.noticed_at is None) is (outcome is not None)
    assert [email.facts["sentence"] for email in answers(session)] == ([outcome.sentence] if outcome else [])


def test_a_failed_email_to_a_reader_is_not_shown_as_the_author_s(app: Flask, session: Session) -> None:
    testimonial, _ = noticed(session)
    email = session.scalars(select(Email).where(Email.message == mails.NOTICE_RECEIVED)).one()
    email.due_at, email.last_refusal = None, "SMTPRecipientsRefused 550"
    session.flush()
    assert outbox.failed_about(session, testimonial.id, testimonial.email) == []
    editor = signed_in(Visitor(app), session)
    assert "ne reçoit pas nos courriels" not in editor.get(f"/moderation/{testimonial.public_id}").text


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"answer": ""}, 422, "Écrivez une phrase"),
        ({"answer": " \n"}, 422, "Écrivez une phrase"),
        ({"answer": "a" * 1501}, 422, "Retirez-en 1."),
        ({"answer": "a" * 1500}, 200, "Signalement classé sans suite par Nadia Exemple."),
        ({"revision": "x"}, 400, "Cette demande est illisible"),
        ({"revision": "9" * 400}, 400, "Cette demande est illisible"),
        ({"revision": "999"}, 409, "a changé entre-temps"),
        ({"latest": "-1"}, 422, "Ouvrez de nouveau le texte"),
        ({"latest": "0"}, 409, "a changé entre-temps"),
    ],
)
def test_an_answer_is_taken_whole_or_refused_and_changes_nothing(
    app: Flask, session: Session, changes: dict[str, str], status: int, error: str
) -> None:
    testimonial, notice = noticed(session)
    editor = signed_in(Visitor(app), session).get(f"/moderation/{testimonial.public_id}")
    fields = {"revision": str(testimonial.revision), "latest": str(notice.id), "answer": "a"} | changes
    session.rollback()
    editor.post(
        f"/moderation/{testimonial.public_id}/signalements", [*fields.items(), ("csrf_token", editor.csrf_token)]
    )
    assert editor.status == status
    assert error in editor.text
    session.rollback()
    assert notice.answer == (fields["answer"] if status == 200 else "")
    assert notice.is_open is (status != 200)
