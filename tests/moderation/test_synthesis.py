"""The synthesis as editors write it: words pasted and found, versions, the board, and what is refused."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles.passages import OPENING, passages
from app.audit import AuditEvent, Kind
from app.catalog.quotations import QuoteMissing
from app.catalog.synthesis import drafts
from app.catalog.synthesis.drafts import MOST_STATEMENTS
from app.catalog.synthesis.models import Statement, Synthesis, SynthesisSource
from app.catalog.synthesis.statements import load_synthesis
from app.testimonials.testimonial import Testimonial
from tests.acts import amend_with, private_page, published, readable, signed_in, stored
from tests.factories import a_version, an_answer, an_editor, another_article, the_article
from tests.moderation.test_placements import ticked
from tests.visitor import Visitor

PAGE = "/moderation/articles/crpv/synthese"
WORDS = "On y parlait de ce qui inquiète, de ce qui soulage, et de qui appeler."
STATEMENT = "On se parle autrement, plusieurs le disent."


def act(editor: Visitor, name: str, **fields: Any) -> Visitor:
    """Act on the synthesis, as its page was last read."""
    return act_as_read(editor.get(PAGE), name, **fields)


def act_as_read(editor: Visitor, name: str, **fields: Any) -> Visitor:
    """Act as the page that the editor looks at says."""
    read = next((str(each["value"]) for each in editor.page.select("main [name=read]")), "0")
    sent = {"csrf_token": editor.csrf_token, "act": name, "read": read, "passage": ""} | fields
    sentences = [("sentence", each) for each in sent.pop("sentences", [])]
    return editor.post(PAGE, [*((name, str(value)) for name, value in sent.items()), *sentences])


def cite(editor: Visitor, statement: Statement, text: Testimonial, *sentences: str) -> Visitor:
    return act(editor, "cite", claim=statement.id, testimonial=text.public_id, sentences=sentences)


def draft_with(editor: Visitor, session: Session, *texts: Testimonial, words: str = WORDS) -> Statement:
    """Return a statement of a new draft, that cites words found in each text."""
    session.commit()
    act(editor, "start")
    act(editor, "add", words=STATEMENT)
    (statement,) = [each for each in stored(session, Statement) if each.words == STATEMENT][-1:]
    for text in texts:
        cite(editor, statement, text, words)
    return statement


def shown(session: Session) -> dict[str, list[str]]:
    session.rollback()
    synthesis = load_synthesis(session, the_article(session).id)
    return {each.words: [cited.words for cited in each.sources] for each in synthesis.statements} if synthesis else {}


def test_an_editor_writes_cites_and_publishes_a_synthesis_by_its_page(editor: Visitor, session: Session) -> None:
    """With its forms alone."""
    text = readable(session, title="Un lieu où se dire")
    editor.get(PAGE).press("Commencer la synthèse")
    editor.fill(words=STATEMENT).press("Ajouter ce constat")
    assert "sans source : personne ne le lit" in editor.text
    assert "Un lieu où se dire" in editor.text
    editor.fill(sentence=[WORDS]).press("Citer ces phrases")
    assert editor.status == 200
    assert shown(session) == {}, "a draft is read by no one"
    editor.press("Publier cette version")
    assert shown(session) == {STATEMENT: [WORDS]}
    assert "Version 1, publiée le" in editor.text
    assert [each.kind for each in stored(session, AuditEvent)][-2:] == [Kind.CITED, Kind.SYNTHESIS_PUBLISHED]
    assert "cite des mots de votre texte dans la synthèse" in editor.get(private_page(text)).text


def test_a_claim_sent_twice_is_added_once(editor: Visitor, session: Session) -> None:
    editor.get(PAGE).press("Commencer la synthèse")
    editor.fill(words=STATEMENT)
    fields = [*editor.fields(editor.form_of("Ajouter ce constat")), ("act", "add")]
    for _ in range(2):
        editor.post(PAGE, fields)
    assert [each.words for each in stored(session, Statement)] == [STATEMENT]


def test_a_cut_is_refused_and_what_was_ticked_stays(editor: Visitor, session: Session) -> None:
    """The cut that said the contrary of its author: « plus personne ne » left out. The domain refuses it too."""
    whole = "Plus personne ne savait dire ce qu’il en avait retenu."
    text = published(session, account=f"{whole} Un récit sans rien de commun. {'Encore un. ' * 20}", advice="Osez.")
    statement = draft_with(editor, session)
    for sentences in ([whole[17:]], [whole[17:], "Osez."], [whole, "Osez."], ["Osez"], [f"{whole} […] Encore un."], []):
        cite(editor, statement, text, *sentences)
        assert editor.status == 422
        assert ticked(editor) == [each for each in sentences if each in (whole, "Osez.")]
        assert stored(session, SynthesisSource) == []
    statement, text = session.get_one(Statement, statement.id), session.get_one(Testimonial, text.id)
    draft = session.get_one(Synthesis, 1)
    for words in (whole[17:], f"{whole} […] Un récit sans rien de commun.", f"{whole} Osez."):
        with pytest.raises(QuoteMissing):
            drafts.cite(draft, statement, text, words)
    cite(editor, statement, text, whole, "Encore un.")
    assert "280 : décochez-en" not in editor.text
    assert editor.status == 200


def test_sentences_that_do_not_follow_are_one_source_with_a_mark_between(editor: Visitor, session: Session) -> None:
    text = published(session, account=f"Un 🙂. Deux.\n\nTrois. {'Un récit assez long ' * 20}", advice="Osez.")
    statement = draft_with(editor, session)
    cite(editor, statement, text, "Osez.")
    cite(editor, statement, text, "Trois.", "Un 🙂.")
    (source,) = stored(session, SynthesisSource)
    assert (source.testimonial_id, source.field, source.spans) == (text.id, "account", [[0, 5], [13, 19]])
    act(editor, "publish")
    assert shown(session) == {STATEMENT: ["Un 🙂. […] Trois."]}


def test_an_editor_of_another_article_neither_sees_nor_changes_it(
    app: Flask, editor: Visitor, session: Session
) -> None:
    draft_with(editor, session, published(session))
    session.rollback()
    own = an_editor(session, email="seul@ville-exemple.fr")
    own.edits_all = False
    session.commit()
    limited = signed_in(Visitor(app), session, email="seul@ville-exemple.fr")
    assert limited.get(PAGE).status in {403, 404}


@pytest.mark.changes_content
def test_words_of_another_article_are_not_cited(editor: Visitor, session: Session) -> None:
    text = published(session)
    text.article = another_article(session)
    statement = draft_with(editor, session)
    cite(editor, statement, text, WORDS)
    assert (editor.status, stored(session, SynthesisSource)) == (422, [])


def test_the_page_offers_what_can_be_done(editor: Visitor, session: Session) -> None:
    """No button leads to a refusal: a draft without a source is not published, a full one takes no more statements."""
    text = published(session)
    statement = draft_with(editor, session)
    assert not editor.get(PAGE).page.select("button[value=publish]")
    assert "dès qu’un constat cite des phrases publiées" in editor.text
    cite(editor, statement, text, WORDS)
    act(editor, "publish")
    assert editor.page.select_one('#version a[href="/articles/crpv/synthese"]')
    act(editor, "start")
    assert ": la lire. Le brouillon ci-dessous" in " ".join(editor.page.select("#version")[0].get_text().split())
    act(editor, "discard")
    session.rollback()
    text.withdraw()
    session.commit()
    assert "dont plus aucun constat ne se lit." in editor.get(PAGE).text
    act(editor, "start")
    for number in range(MOST_STATEMENTS - 1):
        act(editor, "add", words=f"Un constat, le {number}.")
    assert not editor.get(PAGE).page.select("button[value=add]")


def test_what_an_editor_types_is_text_and_no_tag(editor: Visitor, session: Session, app: Flask) -> None:
    statement = draft_with(editor, session, published(session))
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    act(editor, "rewrite", claim=statement.id, words=hostile)
    act(editor, "publish")
    reader = app.test_client()
    for path in ("/articles/crpv/synthese", "/articles/crpv/flux.atom", "/articles/crpv"):
        answer = reader.get(path)
        assert answer.status_code == 200
        assert not re.search(r"<script>alert|<img src=x", html.unescape(answer.text) if "flux" in path else answer.text)
    assert "<img src=x" not in editor.client.get(PAGE).text
    assert reader.get("/api/v1/articles/crpv/synthesis").get_json()["claims"][0]["words"] == hostile


def test_neither_an_unpublished_text_nor_an_answer_nor_a_signature_is_cited(editor: Visitor, session: Session) -> None:
    text, gone = published(session, 1, account="Un récit sans rien de commun. " * 8), published(session, 2)
    answer = an_answer(session, text, account="Une réponse du partenaire, entière et publiée. " * 5)
    gone.withdraw()
    statement = draft_with(editor, session)
    for cited, words in (
        (gone, WORDS),
        (answer, "Une réponse du partenaire, entière et publiée."),
        (text, text.latest.clsm),
    ):
        cite(editor, statement, cited, words)
        assert (editor.status, stored(session, SynthesisSource)) == (422, []), words


def test_a_claim_left_without_a_source_is_on_the_board_with_what_is_missing(editor: Visitor, session: Session) -> None:
    text = published(session, title="Celui qui part")
    draft_with(editor, session, text)
    act(editor, "publish")
    assert "personne ne le lit" not in editor.get(PAGE).text
    session.rollback()
    text.withdraw()
    session.commit()
    assert shown(session) == {}
    board = editor.get(PAGE).text
    for words in ("personne ne le lit", STATEMENT, "retiré par son auteur·e"):
        assert words in board
    assert WORDS not in editor.get(PAGE).text


def test_a_new_version_replaces_the_one_before_whose_claims_are_deleted(editor: Visitor, session: Session) -> None:
    draft_with(editor, session, published(session))
    act(editor, "publish")
    act(editor, "start")
    (statement,) = [each for each in stored(session, Statement) if each.id > 1]
    act(editor, "rewrite", claim=statement.id, words="On se parle mieux.")
    assert shown(session) == {STATEMENT: [WORDS]}, "a draft is read by no one"
    act(editor, "publish")
    assert shown(session) == {"On se parle mieux.": [WORDS]}
    before, now = stored(session, Synthesis)
    assert (before.number, before.statements, before.ended_at is not None) == (1, [], True)
    assert (now.number, len(now.statements), now.ended_at) == (2, 1, None)
    assert [each.kind for each in stored(session, AuditEvent)].count(Kind.CITED) == 1, "told once"
    assert "1 version précédente" in editor.get(PAGE).text


def test_a_synthesis_that_is_taken_down_is_a_draft_again(editor: Visitor, session: Session) -> None:
    draft_with(editor, session, published(session))
    act(editor, "publish")
    act(editor, "take_down")
    assert shown(session) == {}
    assert [len(each.statements) for each in stored(session, Synthesis) if each.is_draft] == [1]
    act(editor, "publish")
    assert shown(session) == {STATEMENT: [WORDS]}
    assert max(each.number for each in stored(session, Synthesis)) == 2


def test_claims_are_raised_and_removed_and_sources_too(editor: Visitor, session: Session) -> None:
    draft_with(editor, session, published(session))
    act(editor, "add", words="Un autre constat.")
    first, second = [each.id for each in stored(session, Statement)]
    act(editor, "raise", claim=second)
    (draft,) = stored(session, Synthesis)
    assert [each.id for each in draft.statements] == [second, first]
    (source,) = stored(session, SynthesisSource)
    act(editor, "uncite", claim=first, source=source.id)
    act(editor, "remove", claim=second)
    assert [*stored(session, SynthesisSource), *(each.id for each in stored(session, Statement))] == [first]
    act(editor, "remove", claim=second)
    assert editor.status == 409


def test_the_second_of_two_editors_overwrites_nothing_and_keeps_what_was_typed(
    editor: Visitor, session: Session
) -> None:
    statement = draft_with(editor, session)
    read = str(editor.page.select("main [name=read]")[0]["value"])
    act(editor, "rewrite", claim=statement.id, words="Les mots du premier.")
    act(editor, "rewrite", claim=statement.id, words="Les mots du second.", read=read)
    assert editor.status == 422
    assert "Quelqu’un d’autre a changé cette synthèse entre-temps" in editor.text
    assert "Les mots du second." in editor.page.select(f"#constat-{statement.id} textarea[name=words]")[0].get_text()
    assert [each.words for each in stored(session, Statement)] == ["Les mots du premier."]


def test_there_are_so_many_claims_and_so_many_signs(editor: Visitor, session: Session) -> None:
    draft_with(editor, session)
    for words, sentence in (("", "Écrivez ce constat"), ("x" * 301, "300 suffisent")):
        act(editor, "add", words=words)
        assert (editor.status, sentence in editor.text) == (422, True)
    for number in range(MOST_STATEMENTS - 1):
        act(editor, "add", words=f"Un constat, le {number}.")
    act(editor, "add", words="Un constat de trop.")
    assert (editor.status, len(stored(session, Statement))) == (409, MOST_STATEMENTS)


@pytest.mark.changes_content
def test_claims_follow_their_passage_and_are_of_the_whole_without_it(editor: Visitor, session: Session) -> None:
    article = the_article(session)
    heading = next(each for each in passages(article) if each.anchor == "passage_produire-a-plusieurs")
    statement = draft_with(editor, session)
    act(editor, "rewrite", claim=statement.id, words=STATEMENT, passage=heading.anchor)
    assert stored(session, Statement)[0].passage == heading.anchor
    article = the_article(session)
    body = article.body
    assert heading.heading in body
    article.body = body.replace(heading.heading, "Un titre tout autre")
    session.commit()
    assert stored(session, Statement)[0].passage == "passage_un-titre-tout-autre"
    article = the_article(session)
    article.body = "Rien que des lignes."
    session.commit()
    assert stored(session, Statement)[0].passage == OPENING


def test_an_amended_text_that_waits_is_cited_as_it_is_shown(editor: Visitor, session: Session) -> None:
    text = published(session)
    amend_with(text, a_version(session, account="Un tout autre récit, encore à relire. " * 8))
    statement = draft_with(editor, session)
    cite(editor, statement, text, "Un tout autre récit, encore à relire.")
    assert editor.status == 422
    cite(editor, statement, text, WORDS)
    assert [each.digest for each in stored(session, SynthesisSource)] == [text.shown_digest]
