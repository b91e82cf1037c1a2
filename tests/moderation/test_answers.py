"""The partner's answer at the desk: the invitation, the review of an answer, and of what it is about."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import Tag
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit import ActorKind, AuditEvent, Kind
from app.catalog.placements import PlacementRefused, place_testimonial
from app.db import now
from app.french import PARIS, date_in_words, short_day
from app.mail.outbox import Email
from app.testimonials import erasure
from app.testimonials.approval import Approval
from app.testimonials.lifecycle import Status
from app.testimonials.private_page.consent_changes import call_back
from app.testimonials.responses import mails
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import AMPLE_PERIOD
from tests.acts import amend_with, first_place, hide, published, readable, reload, stored, unpublish
from tests.factories import (
    ANSWER_WORDS,
    a_notice,
    a_pending_answer,
    a_testimonial,
    an_answer,
    an_editor,
    by_editor,
    the_second_article,
)
from tests.mail.test_outbox import composed, deliver
from tests.page_cache.workers import recorded_statements
from tests.visitor import Visitor, words_of

ORGANISATION = "contact@centre.example"


def answers_section(editor: Visitor) -> Tag:
    (section,) = editor.page.select("section[aria-labelledby=reponses]")
    return section


@pytest.fixture
def answer(session: Session) -> Testimonial:
    """An answer that waits for editors, about a published testimonial; committed."""
    answer = a_pending_answer(session, published(session))
    session.commit()
    return answer


def invite(editor: Visitor, text: Testimonial, email: str = ORGANISATION) -> Visitor:
    return editor.get(f"/moderation/{text.public_id}/inviter").fill(email=email).press("Envoyer l’invitation")


def invitations(session: Session) -> list[Email]:
    return [each for each in stored(session, Email) if each.message is mails.ANSWER_INVITED]


def invited_events(session: Session) -> list[AuditEvent]:
    return [each for each in stored(session, AuditEvent) if each.kind is Kind.ANSWER_INVITED]


def test_an_organisation_is_invited_from_the_review_page(editor: Visitor, session: Session) -> None:
    text = readable(session)
    page = editor.get(f"/moderation/{text.public_id}").page
    (link,) = [each for each in page.select("main a") if words_of(each) == "Inviter une organisation à répondre"]
    editor.get(str(link["href"]))
    assert stored(session, Testimonial)[0].events[-1].kind is not Kind.ANSWER_INVITED, "reading invites nobody"
    editor.fill(email=" Contact@Centre.example ").press("Envoyer l’invitation")
    assert editor.path == f"/moderation/{text.public_id}"
    (email,) = invitations(session)
    assert (email.recipient, email.testimonial_id) == (ORGANISATION, text.id)
    assert email.facts["answers"][0] == text.public_id
    assert "Une invitation à répondre est partie" in words_of(answers_section(editor))


def test_the_address_stands_in_the_email_alone(editor: Visitor, session: Session) -> None:
    text = readable(session)
    invite(editor, text)
    (event,) = invited_events(session)
    assert (event.user_id, event.testimonial_id) == (an_editor(session).id, text.id)
    tables = Email.metadata.sorted_tables
    holding = {
        table.name
        for table in tables
        for row in session.execute(table.select()).all()
        if any(ORGANISATION in str(value) for value in row)
    }
    assert holding == {"email"}
    assert ORGANISATION not in editor.get(f"/moderation/{text.public_id}").text


@pytest.mark.parametrize(("email", "sentence"), [("", "Indiquez l’adresse"), ("centre", "Vérifiez ce courriel")])
def test_a_wrong_address_stays_and_invites_nobody(editor: Visitor, session: Session, email: str, sentence: str) -> None:
    invite(editor, readable(session), email)
    assert editor.status == 422
    assert sentence in editor.text
    assert editor.page.select_one("[name=email]")["value"] == email  # type: ignore[index]  # there is one
    assert (len(invitations(session)), len(invited_events(session))) == (0, 0)


def test_a_second_invitation_says_that_one_was_sent_and_is_the_last(editor: Visitor, session: Session) -> None:
    text = readable(session)
    page = f"/moderation/{text.public_id}/inviter"
    assert "Une invitation est déjà partie" not in editor.get(page).text
    invite(editor, text)
    assert "Une invitation est déjà partie" in editor.get(page).text
    editor.fill(email="autre@centre.example").press("Envoyer l’invitation")
    assert [each.recipient for each in invitations(session)] == [ORGANISATION, "autre@centre.example"]
    assert editor.get(page).status == 409
    assert "Inviter une organisation" not in editor.get(f"/moderation/{text.public_id}").text


def test_a_button_pressed_twice_invites_once(editor: Visitor, session: Session) -> None:
    text = readable(session)
    twice = editor.get(f"/moderation/{text.public_id}/inviter").fill(email=ORGANISATION)
    form = {each["name"]: each.get("value", "") for each in twice.page.select("main form input")}
    sent = [editor.client.post(twice.path, data=form | {"email": ORGANISATION}).status_code for _ in range(2)]
    assert sent == [303, 422]
    assert len(invitations(session)) == 1


def test_an_invitation_has_no_word_of_the_text(editor: Visitor, session: Session) -> None:
    text = readable(session)
    shown = text.shown
    assert shown is not None
    invite(editor, text)
    (email,) = invitations(session)
    letter = composed(email)
    parts = [part.get_content() for part in letter.walk() if not part.is_multipart()]
    said = " ".join([*letter.values(), *parts])
    assert len(parts) == 2
    for words in (shown.heading, shown.byline):
        assert words not in str(email.facts)
        assert words not in said


@pytest.mark.changes_content
@pytest.mark.parametrize("leaves", ["withdrawn", "hidden", "offline"])
def test_an_invitation_to_what_is_not_read_never_leaves(
    app: Flask, editor: Visitor, session: Session, leaves: str
) -> None:
    text = readable(session)
    invite(editor, text)
    session.rollback()
    if leaves == "withdrawn":
        text.withdraw()
    elif leaves == "hidden":
        hide(session, text)
    else:
        text.article.is_public = False
    app.config["CALL_BACK_PERIOD"] = app.config["UNDO_PERIOD"] = -AMPLE_PERIOD
    assert sent_to_the_organisation(app, session) == []
    assert invitations(session) == []


def test_an_invitation_leaves_if_the_withdrawal_is_called_back(app: Flask, editor: Visitor, session: Session) -> None:
    text = readable(session)
    invite(editor, text)
    session.rollback()
    text.withdraw()
    assert sent_to_the_organisation(app, session) == []
    assert len(invitations(session)) == 1, "it waits"
    call_back(text)
    session.execute(update(Email).values(due_at=now()))
    assert len(sent_to_the_organisation(app, session)) == 1
    assert invitations(session) == []


def sent_to_the_organisation(app: Flask, session: Session) -> list[Path]:
    session.commit()
    deliver(app)
    session.rollback()
    letters = (app.config["INSTANCE"] / "mail").glob("*.eml")
    return [each for each in letters if f"To: {ORGANISATION}" in each.read_text(encoding="utf-8")]


UNANSWERABLE: dict[str, Callable[[Session, Testimonial], object]] = {
    "hidden": hide,
    "withdrawn": lambda _, text: text.withdraw(),
    "erased": lambda _, text: erasure.erase_testimonial(text),
    "answered": an_answer,
    "announced": lambda session, text: an_answer(session, text, announced=True),
}


@pytest.mark.parametrize("made", [*UNANSWERABLE, "pending", "an answer itself"])
def test_nobody_is_invited_to_answer_what_cannot_be(editor: Visitor, session: Session, made: str) -> None:
    other = published(session, 1)
    text = a_testimonial(session) if made == "pending" else published(session)
    session.flush()
    if made in UNANSWERABLE:
        UNANSWERABLE[made](session, text)
    elif made == "an answer itself":
        text = an_answer(session, text)
    session.commit()
    editor.get(f"/moderation/{other.public_id}/inviter")
    form = {each["name"]: each.get("value", "") for each in editor.page.select("main form input")}
    page = f"/moderation/{text.public_id}/inviter"
    assert editor.get(page).status == 409
    assert "On ne peut pas inviter à répondre à ce texte" in editor.text
    assert editor.page.find("a", href=f"/moderation/{text.public_id}") is not None
    assert editor.client.post(page, data=form | {"email": ORGANISATION}).status_code == 409
    assert (len(invitations(session)), len(invited_events(session))) == (0, 0)
    assert "Inviter une organisation" not in editor.get(f"/moderation/{text.public_id}").text


def test_the_review_page_of_a_text_lists_its_answers(editor: Visitor, answer: Testimonial) -> None:
    assert answer.about is not None
    editor.get(f"/moderation/{answer.about.public_id}")
    listed = answers_section(editor)
    (link,) = [each for each in listed.select("a") if "inviter" not in str(each["href"])]
    assert (link["href"], words_of(link)) == (f"/moderation/{answer.public_id}", "Réponse : Labo exemple")
    assert "À relire" in words_of(listed)


def masked(editor: Visitor, answer: Testimonial) -> None:
    words = ANSWER_WORDS.strip().replace("ces trois", "[[ces trois]]", 1)
    editor.get(f"/moderation/{answer.public_id}/relire").fill(account=words, kind="correction").press("Enregistrer")
    assert editor.path == f"/moderation/{answer.public_id}"


def test_a_masked_answer_is_announced_as_any_other(editor: Visitor, session: Session, answer: Testimonial) -> None:
    masked(editor, answer)
    editor.press("Publier").press("Publier quand même")
    assert reload(session, answer).status is Status.PUBLISHED
    assert answer.shown is not None
    assert answer.shown.approval is Approval.UNDER_CONSENT
    assert answer.readable_from is not None


@pytest.mark.parametrize("announced", [True, False])
def test_a_correction_of_an_answer_shows_it_neither_earlier_nor_later(
    editor: Visitor, session: Session, announced: bool
) -> None:
    answer = an_answer(session, published(session), announced=announced)
    session.commit()
    until = answer.readable_from
    assert (until is not None) is announced
    masked(editor, answer)
    assert (reload(session, answer).shown_number, answer.readable_from) == (2, until)


def test_new_words_of_an_answer_wait_even_corrected(editor: Visitor, session: Session) -> None:
    answer = an_answer(session, published(session))
    words = answer.latest.edited(account=ANSWER_WORDS.replace("voisine", "voisine et amie"))
    words.made_by = ActorKind.AUTHOR
    amend_with(answer, words)
    session.commit()
    editor.get(f"/moderation/{answer.public_id}/relire").fill(
        account=words.account.replace("ces trois", "[[ces trois]]", 1), kind="correction"
    ).press("Enregistrer")
    editor.press("Publier la nouvelle version").press("Publier quand même")
    assert reload(session, answer).shown_number == 3
    assert answer.readable_from is not None


def test_the_last_notice_set_aside_shows_no_announced_answer(editor: Visitor, session: Session) -> None:
    answer = an_answer(session, published(session), announced=True)
    a_notice(session, answer)
    session.commit()
    editor.get(f"/moderation/{answer.public_id}").fill(answer="Rien à changer.").press("Classer sans suite")
    assert reload(session, answer).noticed_at is None
    assert answer.readable_from is not None


# The names of the questions of a testimonial that an answer has not.
NOT_ASKED = ("Situation", "Département", "Types de collaboration", "Titre", "Freins", "conseil", "Année", "Structures")


@pytest.mark.parametrize("page", ["relire", "demander"])
def test_the_pages_of_an_answer_have_its_questions_alone(editor: Visitor, answer: Testimonial, page: str) -> None:
    (form,) = editor.get(f"/moderation/{answer.public_id}/{page}").page.select("main form.edit")
    fields = {str(each["name"]) for each in form.select("[name]")}
    own = {"clsm", "account", "author_name", "author_role", "attribution"}
    if page == "relire":
        assert fields == own | {"csrf_token", "revision", "marks", "kind", "message", "due", "step"}
        signatures = [str(each["value"]) for each in form.select("[name=attribution]")]
        assert signatures == ["full", "role", "clsm"]
    else:
        assert {each for each in fields if each.startswith("ask_")} == {f"ask_{each}" for each in own}
    words = words_of(form)
    assert "Organisation" in words
    assert "La réponse" in words
    assert [each for each in NOT_ASKED if each in words] == []


def test_editors_ask_for_changes_of_an_answer(editor: Visitor, session: Session, answer: Testimonial) -> None:
    editor.get(f"/moderation/{answer.public_id}/demander").fill(ask_clsm="Le nom entier ?").press("Envoyer la demande")
    assert (reload(session, answer).status, answer.asked) == (Status.CHANGES_REQUESTED, {"clsm": "Le nom entier ?"})
    assert "Le nom entier ?" in editor.get(f"/moderation/{answer.public_id}").text


def test_a_rewriting_of_an_answer_is_sent_as_a_proof(editor: Visitor, session: Session, answer: Testimonial) -> None:
    editor.get(f"/moderation/{answer.public_id}/relire").fill(
        account="Tout autre chose, récrit d’un bout à l’autre.", attribution="clsm", kind="rewriting"
    )
    editor.press("Voir ce qui change")
    assert "Ce que les lectrices et lecteurs verraient" in editor.text
    editor.press("Enregistrer")
    assert reload(session, answer).status is Status.PROOF_SENT
    version = answer.latest
    assert (version.account, version.clsm) == ("Tout autre chose, récrit d’un bout à l’autre.", "Labo exemple")
    assert (version.attribution.value, version.author_name) == ("clsm", answer.versions[0].author_name)
    assert version.department is answer.versions[0].department
    page = editor.get(f"/moderation/{answer.public_id}/versions/1-2").text
    assert "Tout autre chose" in page
    assert [each for each in ("Situation", "Région", "Articulations") if each in page] == []


def test_what_readers_see_is_the_same_edited_and_as_it_was(editor: Visitor, session: Session) -> None:
    """An edit that changes nothing is refused: every field comes back as it was."""
    answer = a_pending_answer(session, published(session), account=ANSWER_WORDS.strip())
    session.commit()
    editor.get(f"/moderation/{answer.public_id}/relire").fill(kind="correction").press("Enregistrer")
    assert editor.status == 422
    assert "Rien n’a changé" in editor.text


def test_the_review_page_of_an_answer_links_what_it_is_about(editor: Visitor, session: Session) -> None:
    text = published(session, clsm="CLSM du Pays de Caux")
    answer = a_pending_answer(session, text)
    session.commit()
    page = editor.get(f"/moderation/{answer.public_id}").page
    (head,) = page.select(".review__head")
    (link,) = head.select(f"a[href='/moderation/{text.public_id}']")
    assert words_of(link) == "Récit 00"
    (folded,) = head.select("details")
    assert "open" not in folded.attrs
    assert "gardiens d’immeuble" in words_of(folded), "its words"
    words = words_of(page.select("main")[0])
    assert "Dans la marge" not in words
    assert "Placer en regard" not in words
    assert [each for each in ("Ville", "Situation choisie") if each in words_of(page.select(".full-text")[0])] == []


def test_publishing_an_answer_says_from_which_day_it_is_read(
    editor: Visitor, session: Session, answer: Testimonial
) -> None:
    effect = words_of(editor.get(f"/moderation/{answer.public_id}").page.select("#effet-publish")[0])
    editor.press("Publier").press("Publier quand même")
    session.rollback()
    until = answer.readable_from
    assert until is not None
    assert timedelta(days=7) <= until - now() <= timedelta(days=8)
    assert until.astimezone(PARIS).hour == 0
    told = "sous le témoignage ; son auteur·e et celui du témoignage en sont averti·es."
    assert effect == f"Elle paraît le {date_in_words(until)}, {told}"


def another_answer(session: Session, text: Testimonial) -> None:
    an_answer(session, text, announced=True, email="seconde@exemple.fr")


NO_PLACE: dict[Callable[[Session, Testimonial], object], str] = {
    unpublish: "Le témoignage auquel elle répond n’est pas publié",
    another_answer: "Une autre réponse à ce témoignage est déjà publiée ou annoncée",
}


@pytest.mark.parametrize("happens", NO_PLACE, ids=lambda each: each.__name__)
def test_an_answer_without_a_place_is_not_offered_for_publication(
    editor: Visitor, session: Session, answer: Testimonial, happens: Callable[[Session, Testimonial], object]
) -> None:
    page = f"/moderation/{answer.public_id}"
    assert [each for each in NO_PLACE.values() if each in editor.get(page).text] == []
    assert answer.about is not None
    happens(session, answer.about)
    session.commit()
    editor.press("Publier").press("Publier quand même")
    assert editor.status == 403
    editor.get(page)
    assert NO_PLACE[happens] in editor.text
    assert not editor.page.select("[name=action][value=publish]")


def test_an_announced_answer_says_so_and_cannot_be_shown_earlier(editor: Visitor, session: Session) -> None:
    answer = an_answer(session, published(session), announced=True)
    session.commit()
    until = answer.readable_from
    assert until is not None
    words = words_of(editor.get(f"/moderation/{answer.public_id}").page.select(".review__head")[0])
    assert f"Annoncée à l’auteur·e du témoignage ; paraît le {date_in_words(until)}" in words
    assert not editor.page.select("[name=action][value=unhide]")
    assert "Masqué" not in words
    row = words_of(editor.get("/moderation?etat=published&tri=age").page.select(".row")[1])
    assert "Annoncée à l’auteur·e du témoignage depuis" in row
    assert f"paraît le {short_day(until)}" in row


def test_a_row_of_the_queue_links_what_an_answer_is_about(editor: Visitor, session: Session) -> None:
    text = published(session)
    a_pending_answer(session, text)
    session.commit()
    (row,) = editor.get("/moderation").page.select(".row")
    (link,) = row.select(f"a[href='/moderation/{text.public_id}']")
    assert words_of(link) == "Récit 00"
    assert "Réponse à « Récit 00 »" in words_of(row)
    assert "Labo exemple" in words_of(row)
    assert "Déjà collaboré" not in words_of(row), "the situation is that of what is answered"
    assert text.latest.department.name not in words_of(row)


def test_a_list_of_answers_costs_no_more_for_many(app: Flask, editor: Visitor, session: Session) -> None:
    counts = []
    for number in range(4):
        a_pending_answer(session, published(session, number), email=f"r{number}@exemple.fr")
        session.commit()
        editor.get("/moderation")
        with recorded_statements(app) as seen:
            assert len(editor.get("/moderation").page.select(".row")) == number + 1
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts


def test_several_answers_are_declined_at_once_and_undone(
    editor: Visitor, session: Session, answer: Testimonial
) -> None:
    editor.get(f"/moderation/ecarter?texte={answer.public_id}")
    assert "Réponse à « Récit 00 »" in words_of(editor.page.select(".row")[0])
    editor.fill(raison="indesirable").press("Écarter")
    assert {each.status for each in stored(session, Testimonial)} == {Status.PUBLISHED, Status.DECLINED}
    editor.press("Annuler")
    assert {each.status for each in stored(session, Testimonial)} == {Status.PUBLISHED, Status.PENDING}


def test_an_answer_is_never_placed_beside_the_article(editor: Visitor, session: Session) -> None:
    text = published(session)
    answer = an_answer(session, text)
    session.commit()
    page = "/moderation/articles/crpv/en-regard"
    offered = editor.get(f"{page}?temoignage={answer.public_id}").text
    assert "Labo exemple" not in offered
    assert answer.public_id not in offered
    form = {each["name"]: each.get("value", "") for each in editor.page.select("main form")[0].select("input")}
    sent = form | {"testimonial": answer.public_id, "act": "place", "passage": "opening"}
    assert editor.client.post(page, data=sent).status_code == 422
    with pytest.raises(PlacementRefused):
        place_testimonial(session, first_place(session), answer, by=by_editor(session))


@pytest.mark.changes_content
def test_the_choice_of_articles_counts_testimonials_alone(editor: Visitor, session: Session) -> None:
    an_answer(session, published(session))
    second = the_second_article(session)
    second.is_public = True
    session.commit()
    words = words_of(editor.get("/moderation/articles").page.select("main")[0])
    assert "1 retour publié" in words
    assert "2 retours publiés" not in words
