"""The synthesis as editors write it: words pasted and found, versions, the board, and what is refused."""

import html
import re
import unicodedata

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.articles.passages import OPENING, passages
from app.audit import AuditEvent, Kind
from app.catalog.synthesis.claims import load_synthesis
from app.catalog.synthesis.drafts import MOST_CLAIMS
from app.catalog.synthesis.models import Synthesis, SynthesisClaim, SynthesisSource
from app.moderation.synthesis import board
from app.testimonials.models import Testimonial
from tests.acts import amend_with, private_page, published, readable, signed_in, stored
from tests.factories import a_version, an_answer, an_editor, another_article, the_article
from tests.visitor import Visitor

PAGE, BOARD = "/moderation/articles/crpv/synthese", "/moderation/syntheses"
WORDS = "On y parlait de ce qui inquiète"
CLAIM = "On se parle autrement, plusieurs le disent."


def act(editor: Visitor, name: str, **fields: object) -> Visitor:
    """Act on the synthesis, as its page was last read."""
    return act_as_read(editor.get(PAGE), name, **fields)


def act_as_read(editor: Visitor, name: str, **fields: object) -> Visitor:
    """Act as the page that the editor looks at says."""
    read = next((str(each["value"]) for each in editor.page.select("main [name=read]")), "0")
    sent = {"csrf_token": editor.csrf_token, "act": name, "read": read, "passage": ""} | fields
    return editor.post(PAGE, [(name, str(value)) for name, value in sent.items()])


def draft_with(editor: Visitor, session: Session, *texts: Testimonial, words: str = WORDS) -> SynthesisClaim:
    """Return a claim of a new draft, that cites words found in each text."""
    session.commit()
    act(editor, "start")
    act(editor, "add", words=CLAIM)
    (claim,) = [each for each in stored(session, SynthesisClaim) if each.words == CLAIM][-1:]
    for _ in texts:
        act(editor, "cite", claim=claim.id, quote=words)
    return claim


def shown(session: Session) -> dict[str, list[str]]:
    session.rollback()
    synthesis = load_synthesis(session, the_article(session).id)
    return {each.words: [cited.words for cited in each.sources] for each in synthesis.claims} if synthesis else {}


def test_an_editor_writes_cites_and_publishes_a_synthesis_by_its_page(editor: Visitor, session: Session) -> None:
    """With its forms alone: words are pasted, and the text that they come from is found."""
    text = readable(session, title="Un lieu où se dire")
    editor.get(BOARD)
    assert "Aucune version publiée." in editor.text
    editor.get(PAGE).press("Commencer la synthèse")
    editor.fill(words=CLAIM).press("Ajouter ce constat")
    assert "sans source : personne ne le lit" in editor.text
    assert "Un lieu où se dire" in editor.text
    editor.fill(quote=WORDS.replace(" ", "\u00a0\n", 1)).press("Citer ces mots")
    assert editor.status == 200
    assert shown(session) == {}, "a draft is read by no one"
    editor.press("Publier cette version")
    assert shown(session) == {CLAIM: [WORDS]}
    assert "Version 1, publiée le" in editor.text
    assert [each.kind for each in stored(session, AuditEvent)][-2:] == [Kind.CITED, Kind.SYNTHESIS_PUBLISHED]
    assert "cite des mots de votre texte dans la synthèse" in editor.get(private_page(text)).text
    assert "Version 1, publiée le" in editor.get(BOARD).text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("On y parlait de ce qui rassure", "dans aucun retour publié"),
        ("n y parlait de ce qui inquiète", "dans aucun retour publié"),
        ("On y", "au moins 10 signes"),
        ("", "au moins 10 signes"),
        ("mot " * 100, "280 suffisent"),
    ],
)
def test_words_that_are_not_there_are_refused_and_kept(
    editor: Visitor, session: Session, words: str, sentence: str
) -> None:
    text = published(session)
    claim = draft_with(editor, session)
    assert text.shown is not None
    act(editor, "cite", claim=claim.id, quote=words)
    assert editor.status == 422
    assert sentence in editor.text
    (box,) = editor.page.select(f"#constat-{claim.id} textarea[name=quote]")
    assert " ".join(box.get_text().split()) == " ".join(words.split())
    assert stored(session, SynthesisSource) == []


def test_words_of_several_texts_are_refused_and_words_of_one_alone_are_cited(editor: Visitor, session: Session) -> None:
    _one, two = published(session, 1), published(session, 2, advice="Osez poser la question qui fâche, en premier.")
    claim = draft_with(editor, session)
    act(editor, "cite", claim=claim.id, quote=WORDS)
    assert (editor.status, "dans plusieurs retours" in editor.text) == (422, True)
    act(editor, "cite", claim=claim.id, quote="la question qui fâche, en premier")
    (source,) = stored(session, SynthesisSource)
    assert source.testimonial_id == two.id
    act(editor, "cite", claim=claim.id, quote="Osez poser la question")
    (source,) = stored(session, SynthesisSource)
    assert (source.start, source.stop) == (0, len("Osez poser la question")), "one source a testimonial"


@pytest.mark.parametrize(
    "pasted",
    [
        "Osez « vite », l’été 🙂 : c’est possible",
        unicodedata.normalize("NFD", "Osez « vite », l’été 🙂 : c’est possible"),
        "\u2003Osez\u00a0«\u202fvite\u202f»,\r\nl’été\t🙂\u202f: c’est possible\u200b ",
        "Osez « vite », l’é\u00adté 🙂 : c’est possi\u00adble",
        "«\u202fOsez « vite », l’été 🙂 : c’est possible\u202f»",
        "“Osez « vite », l’été 🙂 : c’est possible”",
    ],
    ids=["as-written", "decomposed", "spaces", "soft-hyphens", "guillemets", "quotes"],
)
def test_words_pasted_from_a_page_are_found(editor: Visitor, session: Session, pasted: str) -> None:
    """A page sets them between guillemets, a word processor decomposes letters: the author's words are the same."""
    text = published(session, advice="Osez « vite », l’été 🙂 : c’est possible !")
    claim = draft_with(editor, session)
    act(editor, "cite", claim=claim.id, quote=pasted)
    (source,) = stored(session, SynthesisSource)
    assert (source.testimonial_id, source.field, source.start, source.stop) == (text.id, "advice", 0, 39)


PASTED = [
    "pose. Osez poser la question",
    "«««««««««Osez»»»»»»»»",
    "«»«»«»«»«»«»",
    "Osez poser la question\u2028 qui fâche ; --",
    "(?:Osez|.*) poser la question",
    "Osez poser la [passage masqué]",
    "o" * 200_000,
]


def test_other_words_are_refused_in_a_sentence(editor: Visitor, session: Session, subtests: pytest.Subtests) -> None:
    published(
        session, account="Une question que tout le monde se pose. " * 6, advice="Osez poser la question qui fâche."
    )
    claim = draft_with(editor, session)
    for pasted in PASTED:
        with subtests.test(pasted=pasted):
            act(editor, "cite", claim=claim.id, quote=pasted)
            assert (editor.status, stored(session, SynthesisSource)) == (422, [])


def test_words_are_looked_for_in_all_texts_that_have_them_in_another_order(
    editor: Visitor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that has them is found behind many, and so is a second one, of which they are too."""
    monkeypatch.setattr(board, "PAGE_SIZE", 2)
    old = published(session, 1, advice="Une heure de radio par mois.")
    for number in range(2, 6):
        published(session, number, advice="Par mois, une radio de plus, une heure.")
    claim = draft_with(editor, session)
    act(editor, "cite", claim=claim.id, quote="heure de radio par mois")
    assert [each.testimonial_id for each in stored(session, SynthesisSource)] == [old.id]
    readable(session, 6, advice="Une heure de radio par mois, à deux.")
    act(editor, "cite", claim=claim.id, quote="une heure de radio par mois")
    assert editor.status == 422
    act(editor, "cite", claim=claim.id, quote="heure de radio par mois")
    assert (editor.status, "dans plusieurs retours" in editor.text) == (422, True)


def test_an_editor_of_another_article_neither_sees_nor_changes_it(
    app: Flask, editor: Visitor, session: Session
) -> None:
    draft_with(editor, session, published(session))
    session.rollback()
    own = an_editor(session, email="seul@ville-exemple.fr")
    own.edits_all = False
    session.commit()
    limited = signed_in(Visitor(app), session, email="seul@ville-exemple.fr")
    assert CLAIM not in limited.get(BOARD).text
    assert "/synthese" not in str(limited.page.select("main"))
    assert limited.get(PAGE).status in {403, 404}


@pytest.mark.changes_content
def test_words_of_another_article_are_not_cited(editor: Visitor, session: Session) -> None:
    text = published(session)
    text.article = another_article(session)
    claim = draft_with(editor, session)
    act(editor, "cite", claim=claim.id, quote=WORDS)
    assert (editor.status, stored(session, SynthesisSource)) == (422, [])


def test_the_page_offers_what_can_be_done(editor: Visitor, session: Session) -> None:
    """No button leads to a refusal: a draft without a source is not published, a full one takes no more claims."""
    text = published(session)
    claim = draft_with(editor, session)
    assert not editor.get(PAGE).page.select("button[value=publish]")
    assert "dès qu’un constat cite des mots publiés" in editor.text
    act(editor, "cite", claim=claim.id, quote=WORDS)
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
    for _ in range(MOST_CLAIMS - 1):
        act(editor, "add", words="Un constat.")
    assert not editor.get(PAGE).page.select("button[value=add]")


def test_what_an_editor_types_is_text_and_no_tag(editor: Visitor, session: Session, app: Flask) -> None:
    claim = draft_with(editor, session, published(session))
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    act(editor, "rewrite", claim=claim.id, words=hostile)
    act(editor, "publish")
    reader = app.test_client()
    for path in ("/articles/crpv/synthese", "/articles/crpv/flux.atom", "/articles/crpv"):
        answer = reader.get(path)
        assert answer.status_code == 200
        assert not re.search(r"<script>alert|<img src=x", html.unescape(answer.text) if "flux" in path else answer.text)
    for path in (PAGE, BOARD):
        assert "<img src=x" not in editor.client.get(path).text
    assert reader.get("/api/v1/articles/crpv/synthesis").get_json()["claims"][0]["words"] == hostile


def test_neither_an_unpublished_text_nor_an_answer_nor_a_signature_is_cited(editor: Visitor, session: Session) -> None:
    text, gone = published(session, 1, account="Un récit sans rien de commun. " * 8), published(session, 2)
    an_answer(session, text, account="Une réponse du partenaire, entière et publiée. " * 5)
    gone.withdraw()
    claim = draft_with(editor, session)
    for words in (WORDS, "Une réponse du partenaire", "CLSM de Ville-Exemple"):
        act(editor, "cite", claim=claim.id, quote=words)
        assert (editor.status, stored(session, SynthesisSource)) == (422, []), words


def test_a_claim_left_without_a_source_is_on_the_board_with_what_is_missing(editor: Visitor, session: Session) -> None:
    text = published(session, title="Celui qui part")
    draft_with(editor, session, text)
    act(editor, "publish")
    assert "montré à personne" not in editor.get(BOARD).text
    session.rollback()
    text.withdraw()
    session.commit()
    assert shown(session) == {}
    board = editor.get(BOARD).text
    assert "Sans source, et montré à personne" in board
    assert CLAIM in board
    assert "Celui qui part , retiré par son auteur·e." in board
    assert WORDS not in editor.get(PAGE).text


def test_a_new_version_replaces_the_one_before_whose_claims_are_deleted(editor: Visitor, session: Session) -> None:
    draft_with(editor, session, published(session))
    act(editor, "publish")
    act(editor, "start")
    (claim,) = [each for each in stored(session, SynthesisClaim) if each.id > 1]
    act(editor, "rewrite", claim=claim.id, words="On se parle mieux.")
    assert shown(session) == {CLAIM: [WORDS]}, "a draft is read by no one"
    act(editor, "publish")
    assert shown(session) == {"On se parle mieux.": [WORDS]}
    before, now = stored(session, Synthesis)
    assert (before.number, before.claims, before.ended_at is not None) == (1, [], True)
    assert (now.number, len(now.claims), now.ended_at) == (2, 1, None)
    assert [each.kind for each in stored(session, AuditEvent)].count(Kind.CITED) == 1, "told once"
    assert "1 version précédente" in editor.get(PAGE).text


def test_a_synthesis_that_is_taken_down_is_a_draft_again(editor: Visitor, session: Session) -> None:
    draft_with(editor, session, published(session))
    act(editor, "publish")
    act(editor, "take_down")
    assert shown(session) == {}
    assert [len(each.claims) for each in stored(session, Synthesis) if each.is_draft] == [1]
    act(editor, "publish")
    assert shown(session) == {CLAIM: [WORDS]}
    assert max(each.number for each in stored(session, Synthesis)) == 2


def test_a_draft_without_a_standing_claim_is_not_published(editor: Visitor, session: Session) -> None:
    draft_with(editor, session)
    act(editor, "publish")
    assert (editor.status, shown(session)) == (409, {})
    act(editor, "discard")
    assert stored(session, Synthesis) == []


def test_claims_are_raised_and_removed_and_sources_too(editor: Visitor, session: Session) -> None:
    draft_with(editor, session, published(session))
    act(editor, "add", words="Un autre constat.")
    first, second = [each.id for each in stored(session, SynthesisClaim)]
    act(editor, "raise", claim=second)
    (draft,) = stored(session, Synthesis)
    assert [each.id for each in draft.claims] == [second, first]
    (source,) = stored(session, SynthesisSource)
    act(editor, "uncite", claim=first, source=source.id)
    act(editor, "remove", claim=second)
    assert (stored(session, SynthesisSource), [each.id for each in stored(session, SynthesisClaim)]) == ([], [first])
    act(editor, "remove", claim=second)
    assert editor.status == 409


def test_the_second_of_two_editors_overwrites_nothing_and_keeps_what_was_typed(
    editor: Visitor, session: Session
) -> None:
    claim = draft_with(editor, session)
    read = str(editor.page.select("main [name=read]")[0]["value"])
    act(editor, "rewrite", claim=claim.id, words="Les mots du premier.")
    act(editor, "rewrite", claim=claim.id, words="Les mots du second.", read=read)
    assert editor.status == 422
    assert "entre-temps" in editor.text
    assert "Les mots du second." in editor.page.select(f"#constat-{claim.id} textarea[name=words]")[0].get_text()
    assert [each.words for each in stored(session, SynthesisClaim)] == ["Les mots du premier."]


def test_there_are_so_many_claims_and_so_many_signs(editor: Visitor, session: Session) -> None:
    draft_with(editor, session)
    for words, sentence in (("", "Écrivez ce constat"), ("x" * 301, "300 suffisent")):
        act(editor, "add", words=words)
        assert (editor.status, sentence in editor.text) == (422, True)
    for _ in range(MOST_CLAIMS - 1):
        act(editor, "add", words="Un constat.")
    act(editor, "add", words="Un constat de trop.")
    assert (editor.status, len(stored(session, SynthesisClaim))) == (409, MOST_CLAIMS)


@pytest.mark.changes_content
def test_claims_follow_their_passage_and_are_of_the_whole_without_it(editor: Visitor, session: Session) -> None:
    article = the_article(session)
    heading = next(each for each in passages(article) if each.anchor == "passage_produire-a-plusieurs")
    claim = draft_with(editor, session)
    act(editor, "rewrite", claim=claim.id, words=CLAIM, passage=heading.anchor)
    assert stored(session, SynthesisClaim)[0].passage == heading.anchor
    article = the_article(session)
    body = article.body
    assert heading.heading in body
    article.body = body.replace(heading.heading, "Un titre tout autre")
    session.commit()
    assert stored(session, SynthesisClaim)[0].passage == "passage_un-titre-tout-autre"
    article = the_article(session)
    article.body = "Rien que des lignes."
    session.commit()
    assert stored(session, SynthesisClaim)[0].passage == OPENING


def test_an_amended_text_that_waits_is_cited_as_it_is_shown(editor: Visitor, session: Session) -> None:
    text = published(session)
    amend_with(text, a_version(session, account="Un tout autre récit, encore à relire. " * 8))
    claim = draft_with(editor, session)
    act(editor, "cite", claim=claim.id, quote="Un tout autre récit")
    assert editor.status == 422
    act(editor, "cite", claim=claim.id, quote=WORDS)
    assert [each.digest for each in stored(session, SynthesisSource)] == [text.shown_digest]
