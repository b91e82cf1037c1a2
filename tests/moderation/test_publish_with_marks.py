"""« Publier » says what is still marked, and asks once before it publishes a text with marks."""

import pytest
from sqlalchemy.orm import Session

from app.assistant.kinds import HintKind
from app.assistant.passages import NOUNS, Passage, marks_in_words
from app.testimonials.lifecycle import Status
from tests.acts import amend_text, committed, reload
from tests.factories import ACCOUNT
from tests.visitor import Visitor, words_of

MARKED = f"{ACCOUNT} Merci à Mme Exemple et au Dr Exemple. Appelez le 01 99 00 35 17."
SENTENCE = "3 passages à regarder : deux noms, un numéro de téléphone"


def passages(*kinds: HintKind) -> list[Passage]:
    return [Passage(number, "account", kind, 0, 1, "x") for number, kind in enumerate(kinds, 1)]


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([], ""),
        ([HintKind.NAME], "un nom"),
        ([HintKind.PHONE, HintKind.NAME, HintKind.NAME], "deux noms, un numéro de téléphone"),
        ([HintKind.PLACE] * 2 + [HintKind.PATIENT] * 2, "deux parcours de soins, deux lieux précis"),
        ([HintKind.BIRTH_DATE] * 3, "trois dates de naissance"),
    ],
)
def test_marks_are_counted_by_kind_in_french(kinds: list[HintKind], words: str) -> None:
    assert marks_in_words(passages(*kinds)).replace("\u00a0", " ") == words


def test_each_kind_has_a_noun_in_both_numbers() -> None:
    assert {*NOUNS} == {*HintKind}
    assert all(one and many for one, many in NOUNS.values())


def test_the_marks_are_told_at_the_head_in_the_list_and_beside_publier(editor: Visitor, session: Session) -> None:
    page = editor.get(f"/moderation/{committed(session, account=MARKED).public_id}").page
    head, bar, marks = (page.select(each)[0] for each in (".review__head", ".bar", ".review__marks"))
    assert SENTENCE in words_of(head)
    assert SENTENCE in words_of(bar)
    assert [words_of(each) for each in marks.select("h3")] == ["Téléphone", "Nom d’une personne"]
    assert [words_of(each) for each in marks.select("a")] == [
        "« 01 99 00 35 17 », dans le texte",
        "« Mme Exemple », dans le texte",
        "« Dr Exemple », dans le texte",
    ]
    assert page.select(".review__marks ~ .review__text"), "the marks come before the text"


def test_publishing_with_marks_asks_once_and_keeps_what_was_typed(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    following = committed(session, email="b@exemple.fr")
    editor.get(f"/moderation/{text.public_id}").fill(message="Merci pour ce récit.").press("Publier")
    assert editor.status == 422
    (question,) = editor.page.select(".summary--question")
    assert words_of(question.select("h2")[0]) == "Publier avec 3 passages à regarder ?"
    assert [words_of(each) for each in question.select("li")] == [
        "Téléphone : « 01 99 00 35 17 »",
        "Nom d’une personne : « Mme Exemple », « Dr Exemple »",
    ]
    assert reload(session, text).status is Status.PENDING
    assert text.decisions == []
    editor.press("Publier quand même")
    assert editor.path == f"/moderation/{following.public_id}"
    assert reload(session, text).status is Status.PUBLISHED
    assert text.decisions[-1].message == "Merci pour ce récit."


def test_the_button_of_the_bar_publishes_too_once_asked(editor: Visitor, session: Session) -> None:
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}").press("Publier")
    editor.tree.find_class("summary--question")[0].drop_tree()
    editor.press("Publier")
    assert reload(session, text).status is Status.PUBLISHED


def test_a_proof_with_marks_asks_once_nobody_reads_after_its_signature(editor: Visitor, session: Session) -> None:
    text, other = committed(session, account=MARKED), committed(session, email="b@exemple.fr")
    editor.get(f"/moderation/{text.public_id}/relire").fill(title="Un tout autre titre", kind="rewriting")
    editor.press("Enregistrer")
    assert editor.status == 422
    assert "Il reste à regarder, dans ce qui part à la signature" in editor.text
    assert "« Mme Exemple »" in editor.text
    assert reload(session, text).status is Status.PENDING
    editor.press("Enregistrer")
    assert reload(session, text).status is Status.PROOF_SENT
    editor.get(f"/moderation/{text.public_id}").press("Rappeler le bon à tirer")
    editor.get(f"/moderation/{text.public_id}").press("Envoyer le bon à tirer")
    assert words_of(editor.page.select(".summary--question h2")[0]) == (
        "Envoyer le bon à tirer avec 3 passages à regarder ?"
    )
    editor.press("Envoyer quand même")
    assert reload(session, text).status is Status.PROOF_SENT
    editor.get(f"/moderation/{other.public_id}/relire").fill(title="Un tout autre titre", kind="rewriting")
    editor.press("Enregistrer")
    assert reload(session, other).status is Status.PROOF_SENT, "without marks nothing is asked"


def test_only_publishing_asks(editor: Visitor, session: Session) -> None:
    kept, declined = committed(session, account=MARKED), committed(session, account=MARKED, email="b@exemple.fr")
    editor.get(f"/moderation/{kept.public_id}").press("Garder")
    assert reload(session, kept).status is Status.INTERNAL
    editor.get(f"/moderation/{declined.public_id}").fill(reason="promotion").press("Refuser")
    assert reload(session, declined).status is Status.DECLINED


def test_a_new_version_with_marks_asks_before_it_replaces_the_published_one(editor: Visitor, session: Session) -> None:
    text = committed(session, status=Status.PUBLISHED)
    amend_text(text, account=MARKED)
    session.commit()
    editor.get(f"/moderation/{text.public_id}").press("Publier la nouvelle version")
    assert editor.status == 422
    assert reload(session, text).shown_number == 1
    editor.press("Publier quand même")
    assert reload(session, text).shown_number == 2


def test_other_marks_than_those_asked_about_are_asked_about(editor: Visitor, session: Session) -> None:
    """The assistant's rules may have improved between the question and the answer."""
    text = committed(session, account=MARKED)
    editor.get(f"/moderation/{text.public_id}")
    for told, status in (("2", 422), ("3", 200)):
        sent = {"action": "publish", "revision": str(text.revision), "marks": told, "csrf_token": editor.csrf_token}
        session.rollback()
        assert editor.post(f"/moderation/{text.public_id}", [*sent.items()]).status == status


def test_a_published_text_says_which_marks_were_left(editor: Visitor, session: Session) -> None:
    page = editor.get(f"/moderation/{committed(session, status=Status.PUBLISHED, account=MARKED).public_id}").page
    assert "3 passages laissés : deux noms, un numéro de téléphone." in words_of(page.select(".review__head")[0])
    assert words_of(page.select(".review__marks h2")[0]) == "Laissé à la publication"


def test_an_error_of_the_decision_opens_the_bar(editor: Visitor, session: Session) -> None:
    text = committed(session)
    assert not editor.get(f"/moderation/{text.public_id}").page.select(".bar details[data-closes][open]")
    editor.press("Refuser")
    assert editor.page.select(".bar details[data-closes][open] #reason-error")
