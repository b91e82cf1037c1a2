"""Quotations in force: an author reads what is quoted, is told in the next letter, and objects with force."""

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.articles.passages import OPENING
from app.audit import AUTHOR, CLOCK
from app.catalog import placements
from app.catalog.placements import Place, Placement
from app.catalog.synthesis import drafts
from app.db import now
from app.mail.outbox import Email
from app.testimonials import mails
from app.testimonials.lifecycle import Action, Status
from app.testimonials.objections import ObjectionUnanswered
from app.testimonials.testimonial import Testimonial
from tests.acts import (
    a_site,
    a_synthesis,
    first_place,
    private_page,
    published,
    readable,
    reload,
    send_act,
    signed_in,
    stored,
)
from tests.factories import ACCOUNT, SENTENCES, an_editor, by_editor, the_article
from tests.mail.test_outbox import deliver, plain
from tests.visitor import Visitor, words_of

ADVICE = "Commencez par une question que tout le monde se pose."
SINCE = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
OMAR = "omar@ville-exemple.fr"


def quoted(session: Session) -> Testimonial:
    """Return a text quoted beside a passage and in the synthesis by words chosen, and by its own in the opening."""
    text, by, place = published(session), by_editor(session), first_place(session)
    placements.place_testimonial(session, place, text, by=by)
    placements.place_testimonial(session, Place(the_article(session), OPENING), text, by=by)
    session.flush()
    placements.choose_quote(session, place, text, SENTENCES[1], by=by)
    made = a_synthesis(session, [(text, SENTENCES[1])], [(text, SENTENCES[0])])
    for statement in made.statements:
        statement.sources[0].quoted_at = SINCE
    session.execute(update(Placement).values(quoted_at=SINCE))
    session.execute(delete(Email))
    session.commit()
    return text


def quotations(author: Visitor) -> list[tuple[str, str]]:
    (section,) = author.page.select("section[aria-labelledby=mots-cites]") or [None]
    if section is None:
        return []
    where = [words_of(each) for each in section.select("blockquote + p.small")]
    return list(zip(map(words_of, section.select("blockquote")), where, strict=True))


def letters(app: Flask, session: Session, text: Testimonial) -> list[str]:
    folder = app.config["INSTANCE"] / "mail"
    seen = set(folder.glob("*")) if folder.exists() else set()
    text.write_to_author(mails.RENEWAL)
    for email in session.scalars(select(Email).where(Email.due_at.is_not(None))):
        email.due_at = now() - timedelta(minutes=1)
    session.commit()
    deliver(app)
    session.expire_all()
    left = [each.read_bytes() for each in set(folder.glob("*")) - seen]
    read = [plain(message_from_bytes(each, _class=EmailMessage, policy=policy.default)) for each in left]
    return [each.replace("\r\n", "\n").replace("\u00a0", " ").replace("\u202f", " ") for each in read]


def test_an_author_reads_the_exact_words_where_and_since_when(visitor: Visitor, session: Session) -> None:
    text = quoted(session)
    assert sorted(quotations(visitor.get(private_page(text)))) == [
        (f"« {SENTENCES[0]} »", "Cité dans la synthèse de l’article, depuis le lundi 2 mars 2026."),
        (f"« {ADVICE} »", "Cité en ouverture de l’article, depuis le lundi 2 mars 2026."),
        (f"« {SENTENCES[1]} »", "Cité dans la synthèse de l’article, depuis le lundi 2 mars 2026."),
        (f"« {SENTENCES[1]} »", "Cité à côté de « Qualifier et échanger », depuis le lundi 2 mars 2026."),
    ]
    assert visitor.text.count("Je ne souhaite pas être cité·e ainsi") == 3, "of three that editors chose"
    text = reload(session, text)
    text.withdraw()
    session.commit()
    assert quotations(visitor.get(private_page(text))) == []


@pytest.mark.changes_content
def test_what_readers_do_not_see_is_not_in_force(app: Flask, visitor: Visitor, session: Session) -> None:
    """In a synthesis that was taken away, once the period is over, or while the article is offline."""
    text = quoted(session)
    drafts.take_down(session, text.article, by=by_editor(session))
    session.commit()
    assert len(quotations(visitor.get(private_page(text)))) == 2, "those beside the article"
    (told,) = letters(app, session, text)
    assert SENTENCES[1] in told
    assert "dans la synthèse" not in told
    drafts.publish_draft(session, text.article, drafts.start_draft(session, text.article), by=by_editor(session))
    (again,) = letters(app, session, text)
    assert "dans la synthèse" in again, "it is quoted from now on"
    for is_over in (True, False):
        text = reload(session, text)
        text.published_until = now() + timedelta(minutes=-1 if is_over else 9)
        text.article.is_public = is_over
        session.commit()
        assert quotations(visitor.get(private_page(text))) == []


def test_the_next_letter_tells_what_is_quoted_once(app: Flask, session: Session) -> None:
    text = quoted(session)
    revision = text.revision
    (told,) = letters(app, session, text)
    assert f"> « {SENTENCES[1]} »\n> à côté de « Qualifier et échanger », depuis le lundi 2 mars 2026" in told
    assert f"> « {SENTENCES[0]} »\n> dans la synthèse de l’article, depuis le lundi 2 mars 2026" in told
    assert told.index("vous y opposer") < told.index(SENTENCES[0]) < told.rindex("\n\n"), "before the signature"
    assert text.revision == revision, "no editor's decision is stale for it"
    (other,) = letters(app, session, text)
    assert "l’équipe cite" not in other
    placements.choose_quote(session, first_place(session), text, SENTENCES[0], by=by_editor(session))
    (third,) = letters(app, session, text)
    assert [each in third for each in SENTENCES] == [True, False]


def test_the_next_letter_names_once_the_sites_that_came_after_the_consent(app: Flask, session: Session) -> None:
    a_site(session, "ancien.exemple").since = now() - timedelta(days=9)
    agreed, refused = readable(session), readable(session, 1, reuse=False)
    refused.sites_consent = False
    a_site(session, "nouveau.exemple")
    session.execute(delete(Email))
    session.commit()
    (told,) = letters(app, session, agreed)
    named = "un site du réseau inscrit depuis votre accord : Le site de nouveau.exemple (nouveau.exemple)."
    assert named in " ".join(told.split())
    assert "ancien.exemple" not in told
    for text in (agreed, refused):
        (other,) = letters(app, session, text)
        assert "nouveau.exemple" not in other


def test_a_letter_that_did_not_leave_has_told_nothing(app: Flask, session: Session) -> None:
    text, url = quoted(session), app.config["SMTP_URL"]
    app.config["SMTP_URL"] = "smtp://127.0.0.1:1"
    assert letters(app, session, text) == []
    app.config["SMTP_URL"] = url
    session.execute(delete(Email))
    (told,) = letters(app, session, text)
    assert SENTENCES[1] in told


@pytest.mark.both_engines
def test_words_objected_to_give_way_at_once_and_no_others_are_chosen(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    text = quoted(session)
    send_act(visitor, text, "citation", words=SENTENCES[1])
    assert [words for words, _ in quotations(visitor)] == [f"« {ADVICE} »", f"« {SENTENCES[0]} »", f"« {ADVICE} »"]
    assert "D’ici là, ces mots ne sont plus cités" in visitor.text
    assert f"Je ne souhaite pas être cité·e ainsi : « {SENTENCES[1]} »" in visitor.text.replace("\u202f", " ")
    assert [each.quote for each in stored(session, Placement)] == ["", ""]
    page = Visitor(app).get("/articles/crpv/synthese")
    assert [words_of(each) for each in page.page.select("blockquote")] == [f"« {SENTENCES[0]} »"]
    text = session.get_one(Testimonial, text.id)
    with pytest.raises(ObjectionUnanswered):
        placements.choose_quote(session, first_place(session), text, SENTENCES[0], by=by_editor(session))
    draft = drafts.start_draft(session, the_article(session))
    session.flush()
    with pytest.raises(ObjectionUnanswered):
        drafts.cite(draft, draft.statements[0], text, SENTENCES[0])


@pytest.mark.parametrize("words", [ADVICE, "D’autres mots.", "", ACCOUNT])
def test_an_objection_to_words_that_nobody_chose_changes_nothing(
    visitor: Visitor, session: Session, words: str
) -> None:
    text = quoted(session)
    send_act(visitor, text, "citation", words=words)
    assert visitor.status == 200
    assert len(quotations(visitor)) == 4
    assert reload(session, text).contested_at is None


def test_another_editor_answers_with_reasons_and_sentences_are_chosen_again(app: Flask, session: Session) -> None:
    text, author, editor = quoted(session), Visitor(app), signed_in(Visitor(app), session)
    send_act(author, text, "citation", words=SENTENCES[1])
    session.rollback()
    an_editor(session, email=OMAR).name = "Omar Exemple"
    session.commit()
    page = f"/moderation/{text.public_id}"
    assert "C’est une citation qui est contestée" in editor.get(page).text
    assert "Une autre personne de l’équipe doit répondre" in editor.text, "Nadia placed it"
    other = signed_in(Visitor(app), session, email=OMAR)
    other.get(page).fill(message="Nous citerons votre conseil.").press("Répondre sur la citation")
    assert other.status == 200
    assert "Nous citerons votre conseil." in author.get(private_page(text)).text
    (letter,) = [each for each in stored(session, Email) if each.message is mails.OBJECTION_ANSWERED]
    assert letter.facts["sentence"] == "L’équipe vous répond sur ces mots cités."
    text = session.get_one(Testimonial, text.id)
    assert (text.contested_at, text.status) == (None, Status.PUBLISHED)
    placements.choose_quote(session, first_place(session), text, SENTENCES[1], by=by_editor(session))


@pytest.mark.parametrize("action", [Action.UNPUBLISH, Action.EXPIRE, Action.WITHDRAW])
def test_an_objection_to_a_quotation_ends_with_the_publication(
    visitor: Visitor, session: Session, action: Action
) -> None:
    """Nothing of it is quoted any more: no answer is awaited, and its erasure does not wait for one."""
    text = quoted(session)
    send_act(visitor, text, "citation", words=SENTENCES[1])
    text = reload(session, text)
    by = {Action.UNPUBLISH: by_editor(session), Action.EXPIRE: CLOCK, Action.WITHDRAW: AUTHOR}[action]
    text.perform(action, by=by)
    session.flush()
    assert text.contested_at is None
