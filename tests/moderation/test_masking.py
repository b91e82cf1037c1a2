"""Masking in one press on the review page: a correction under consent, refused where it would be no correction."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import ActorKind, Kind
from app.mail.outbox import Email
from app.moderation.review.masks import words_between
from app.testimonials import mails
from app.testimonials.approval import Approval
from app.testimonials.lifecycle import Status
from app.testimonials.testimonial import Testimonial
from tests.acts import committed, private_page, reload, signed_in
from tests.factories import ACCOUNT, a_testimonial
from tests.visitor import Visitor, words_of

MASK = "[passage masqué]"
MARKED = f"{ACCOUNT} Merci à Mme Exemple. Appelez d’abord le 01 99 00 35 17."


def test_a_press_masks_the_passage_as_a_correction_under_consent(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}").press("Masquer « Mme Exemple »")
    assert (editor.status, editor.path) == (200, f"/moderation/{text.public_id}")
    latest = reload(session, text).latest
    assert latest.account == f"{ACCOUNT} Merci à {MASK}. Appelez d’abord le 01 99 00 35 17."
    assert (latest.number, latest.made_by, latest.approval) == (2, ActorKind.EDITOR, Approval.UNDER_CONSENT)
    assert text.versions[0].account == MARKED, "the author's words are kept"
    assert text.status is Status.PENDING
    assert text.events[-1].kind is Kind.EDITED
    marks = editor.page.select(".review__marks")[0]
    assert [words_of(each) for each in marks.select("h3")] == ["Téléphone", "Masqué"]
    assert "« Mme Exemple »" in words_of(marks)
    assert "1 passage à regarder : un numéro de téléphone." in words_of(editor.page.select(".review__head")[0])


def test_once_all_is_masked_nothing_is_asked(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}").press("Masquer").press("Masquer")
    assert "Il ne reste rien à regarder." in editor.text
    editor.press("Publier")
    assert reload(session, text).status is Status.PUBLISHED
    assert text.shown is not None
    assert text.shown.account == f"{ACCOUNT} Merci à {MASK}. Appelez d’abord le {MASK}."


def test_the_author_is_told_of_a_mask(editor: Visitor, session: Session, app: Flask) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}").press("Masquer « Mme Exemple »").press("Masquer").press("Publier")
    reload(session, text)
    messages = session.scalars(select(Email.message).where(Email.testimonial_id == text.id)).all()
    assert {mails.EDITED, mails.PUBLISHED} & {*messages}
    (corrections,) = Visitor(app).get(private_page(text)).page.select("section[aria-labelledby=corrections]")
    assert MASK in words_of(corrections)


def test_masked_words_come_back_in_one_press(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}").press("Masquer « Mme Exemple »")
    editor.press("Rétablir « Mme Exemple »")
    latest = reload(session, text).latest
    assert latest.account == MARKED
    assert latest.approval is Approval.SENT, "these are the author's own words again"
    assert "Masqué" not in [words_of(each) for each in editor.page.select(".review__marks h3")]


def test_what_reads_as_shouting_or_junk_has_no_mask(editor: Visitor, session: Session) -> None:
    text = committed(session, account=f"{ACCOUNT} VENEZ TOUS À LA RÉUNION !!!!")
    marks = editor.get(f"/moderation/{text.public_id}").page.select(".review__marks")[0]
    assert marks.select("a[href^='#passage-']")
    assert marks.select("button") == []
    assert "masqué" not in words_of(marks)


UNEDITED: list[dict[str, Any]] = [
    *({"status": each} for each in (Status.DECLINED, Status.INTERNAL, Status.PROOF_SENT, Status.CHANGES_REQUESTED)),
    {"publish": False},
]


@pytest.mark.parametrize("facts", UNEDITED, ids=str)
def test_a_text_that_is_not_edited_has_no_mask(editor: Visitor, session: Session, facts: dict[str, Any]) -> None:
    text = committed(session, account=MARKED, **facts)
    assert editor.get(f"/moderation/{text.public_id}").page.select(".review__marks button") == []
    number = text.current_number
    assert sent_mask(editor, session, text, passage=place(MARKED, "Mme Exemple")) == 409
    assert reload(session, text).current_number == number


def place(text: str, words: str) -> str:
    """Return what the button sends of words of the account."""
    return f"account-{text.index(words)}-{text.index(words) + len(words)}"


def sent_mask(editor: Visitor, session: Session, text: Testimonial, **passage: str) -> int:
    """Return the status of the answer to a mask that no button may have sent."""
    editor.get(f"/moderation/{text.public_id}")
    sent = {"revision": str(text.revision), "csrf_token": editor.csrf_token} | passage
    session.rollback()
    return editor.post(f"/moderation/{text.public_id}/masquer", [*sent.items()]).status


@pytest.mark.parametrize("key", ["account-0-12", "account-x", "author_name-0-7", "1", "a" * 500])
def test_only_a_marked_passage_is_masked(editor: Visitor, session: Session, key: str) -> None:
    text = committed(session, account=MARKED)
    assert sent_mask(editor, session, text, passage=key) == 409
    assert reload(session, text).current_number == 1


def test_a_stale_mask_is_refused(editor: Visitor, session: Session, app: Flask) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}")
    signed_in(Visitor(app), session).get(f"/moderation/{text.public_id}").press("Masquer « 01 99")
    editor.press("Masquer « Mme Exemple »")
    assert editor.status == 409
    assert "a changé entre-temps" in editor.text
    assert "Mme Exemple" in reload(session, text).latest.account


def test_a_mask_of_an_erased_text_is_refused(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}")
    text.withdraw()
    session.commit()
    assert editor.press("Masquer").status == 409


def test_a_mask_without_a_passage_is_refused(editor: Visitor, session: Session) -> None:
    assert sent_mask(editor, session, committed(session, account=MARKED)) == 422


def test_a_mask_keeps_the_list_one_came_from(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}?reperes=oui").press("Masquer")
    assert editor.answer is not None
    assert "reperes=oui" in editor.answer.request.full_path


@pytest.mark.parametrize(
    "words", ["un deux trois quatre cinq six sept huit neuf dix onze douze treize", "qui ne vient plus"]
)
def test_a_mask_that_hides_too_much_is_not_offered(editor: Visitor, session: Session, words: str) -> None:
    text = a_testimonial(session, account=f"{MARKED} Il y a là {words}.")
    start = text.latest.account.index(words)
    text.latest.hints = [("account", "name", start, start + len(words))]
    session.commit()
    marks = editor.get(f"/moderation/{text.public_id}").page.select(".review__marks")[0]
    assert "Trop long pour un masque, ou avec une négation : passez par « Relire et corriger »." in words_of(marks)
    assert marks.select("button") == []


def test_masks_hide_a_quarter_of_the_words_in_all(editor: Visitor, session: Session) -> None:
    text = a_testimonial(session, account="Jean Modèle vient. " + "Le centre ouvre. " * 12, advice="")
    account = text.latest.account
    places = [account.index("centre", start) for start in range(19, 19 + 17 * 12, 17)]
    text.latest.hints = [("account", "name", place, place + len("centre ouvre")) for place in places]
    session.commit()
    editor.get(f"/moderation/{text.public_id}")
    pressed = 0
    while editor.page.select(".review__marks button[value^='account-']:-soup-contains('Masquer')"):
        editor.press("Masquer")
        pressed += 1
        latest = reload(session, text).latest
        latest.hints = [
            ("account", "name", place, place + len("centre ouvre"))
            for place in range(len(latest.account))
            if latest.account.startswith("centre ouvre", place)
        ]
        session.commit()
        editor.get(f"/moderation/{text.public_id}")
    # 39 words of the account, 3 of the title, 4 of the CLSM, 2 of the name, 1 of the function: twelve may be hidden.
    assert pressed == 6
    assert "Plus d’un quart du texte serait masqué" in editor.text


@pytest.mark.parametrize(
    ("text", "kept", "hidden"),
    [
        ("Merci à A, B et C.", ["Merci à ", ", ", " et C."], ["A", "B"]),
        ("A, puis B", ["", ", puis ", ""], ["A", "B"]),
        ("Merci à A.", ["Merci à ", "."], ["A"]),
        ("Merci à A.", ["Mercy à ", "."], None),
        ("Merci à A.", ["Merci à ", " ou ", "."], None),
        ("ab", ["ab", "b"], None),
    ],
)
def test_hidden_words_are_found_between_what_is_kept(text: str, kept: list[str], hidden: list[str] | None) -> None:
    assert words_between(text, kept) == hidden


def test_a_mask_beside_a_correction_is_told_without_its_words(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}").press("Masquer « Mme Exemple »")
    editor.get(f"/moderation/{text.public_id}/relire")
    (field,) = editor.page.select("[name=account]")
    corrected = field.get_text().strip().replace("inquiète", "inquiète,")
    editor.fill(account=corrected, kind="correction").press("Enregistrer")
    rows = [words_of(each) for each in editor.page.select(".review__marks h3 + ul li")]
    assert rows == ["Un passage"]
