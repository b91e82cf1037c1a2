"""Easy-to-read pages, read against the measurable rules of « L’information pour tous » (Inclusion Europe, 2009)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from config import ROOT, Months
from tests.pdf import plain
from tests.visitor import Visitor

INDEX = "/facile-a-lire"
PATHS = [INDEX, *(f"{INDEX}/{name}" for name in ("lire", "signaler", "ecrire", "votre-accord", "vos-donnees"))]

MAX_WORDS = 15  # in a sentence; « l’équipe » is two
MAX_ITEMS = 7  # of a list
MAX_BLOCKS = 10  # of a chapter: paragraphs and lists beneath a heading
CAPITALS = {"CLSM", "CNIL"}
# Signs that few people read: of lists within sentences, of asides, of computers.
HARD_SIGNS = re.compile(r"[;()\[\]…&%#/*·–—_|<>=+\"]")
SPELLED = re.compile(
    r"\b(deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante|soixante|cent|mille"
    r"|premi[eè]re?s?|seconde?s?|deuxième|troisième)\b",
    re.IGNORECASE,
)
FAMILIAR = re.compile(r"\b(tu|te|toi|ton|ta|tes|tien)\b", re.IGNORECASE)
# A word that not everybody knows, and the sentence that explains it on each page that says it.
EXPLAINED = {
    r"témoignages?": "Un témoignage est un texte",
    r"articles?": "Un article est",
    r"équipe": "L’équipe est le groupe",
    r"publi(?:er|ée?|ons|cation)": "Publier veut dire",
    r"signatures?": "La signature est",
    r"signaler": "Signaler veut dire",
    r"signalements?": "Un signalement est",
    r"santé mentale": "La santé mentale est",
    r"patients?": "Un patient est",
    r"courriels?": "Votre courriel est",
    r"lien privé": "Votre lien privé ouvre",
    r"données": "Vos données sont",
    r"cookies?": "Un cookie est",
    r"accords?": "Donner son accord veut dire",
    r"réseau": "Les sites du réseau sont",
    r"facultatif": "Facultatif veut dire",
}


def blocks(page: Tag) -> list[tuple[str, str]]:
    """Return the headings, the paragraphs and the items of a page, each with its tag, in order."""
    return [(each.name, plain(each.get_text())) for each in page.select("h1, h2, h3, p, li")]


def word_list(text: str) -> list[str]:
    """Cut a text into words; an elided word counts, an address is one."""
    return [word for word in re.split(r"[\s’]+", text) if re.search(r"\w", word)]


def unlabelled(text: str) -> str:
    """Take away the names of buttons and pages, which stand in guillemets as the site says them."""
    return re.sub(r"« [^»]* »", "", text)


def faults(page: Tag) -> Iterator[str]:
    for tag, text in blocks(page):
        if len(word_list(text)) > MAX_WORDS:
            yield f"long: {text}"
        if tag[0] != "h" and not re.search(r"[.,:?]$", text) and not is_link(page, text):
            yield f"no end: {text}"
        if re.search(r"[.!?] \S", text):
            yield f"several sentences: {text}"
        if signs := HARD_SIGNS.findall(text):
            yield f"sign {signs}: {text}"
        if SPELLED.search(unlabelled(text)):
            yield f"number in words: {text}"
        if FAMILIAR.search(text):
            yield f"familiar: {text}"
    yield from capitals(page)
    yield from hard_elements(page)
    yield from unexplained(page)


def capitals(page: Tag) -> Iterator[str]:
    """Yield the words in capitals that are not listed, and abbreviations not explained where they come first."""
    said = blocks(page)
    for _, text in said:
        yield from (
            f"capitals {each}: {text}" for each in re.findall(r"\b[A-ZÀÉÈ]{2,}\b", text) if each not in CAPITALS
        )
    for word in sorted(CAPITALS):
        uses = [number for number, (_, text) in enumerate(said) if re.search(rf"\b{word}\b", text)]
        meaning = [number for number in uses if said[number][1].startswith(f"{word} veut dire : ")]
        if uses and not (meaning and meaning[0] <= uses[0] + 1):
            yield f"not explained at once: {word}"


def is_link(page: Tag, text: str) -> bool:
    return any(plain(each.get_text()) == text for each in page.select("li > a, p > a"))


def hard_elements(page: Tag) -> Iterator[str]:
    if page.select("em, i, u, small, sup, abbr, table, .small"):
        yield "italic, small or raised words, or a table"
    for each in page.select("ul, ol"):
        if len(each.select("li")) > MAX_ITEMS:
            yield f"long list: {plain(each.get_text())}"
    for heading in page.select("h2, h3"):
        chapter = 0
        for following in heading.find_next_siblings():
            if following.name in {"h2", "h3"}:
                break
            chapter += 1
        if not 0 < chapter <= MAX_BLOCKS:
            yield f"chapter of {chapter}: {plain(heading.get_text())}"


def unexplained(page: Tag) -> Iterator[str]:
    """Yield the difficult words that a page says without their meaning, the titles of pages aside."""
    texts = [unlabelled(text) for tag, text in blocks(page) if tag in {"p", "li"} and not is_link(page, text)]
    words = " ".join(texts)
    for pattern, meaning in EXPLAINED.items():
        if re.search(rf"\b{pattern}\b", words, re.IGNORECASE) and meaning not in words:
            yield f"not explained: {pattern}"


def easy(html: str) -> Tag:
    (page,) = BeautifulSoup(html, "html.parser").select("main > .easy")
    return page


@pytest.mark.one_engine
@pytest.mark.parametrize("path", PATHS)
def test_an_easy_page_keeps_the_rules(app: Flask, path: str) -> None:
    page = easy(app.test_client().get(path).text)
    assert list(faults(page)) == []
    assert len(blocks(page)) > 10
    assert "Aucune personne avec un handicap intellectuel n’a encore relu ces pages." in plain(page.get_text())
    assert "FALC" not in page.get_text(), "the label is given by readers whom these pages have not had"


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("<p>Vous pouvez aussi nous écrire un long message et attendre ici la réponse de notre bureau.</p>", "long"),
        ("<p>Vous lisez. Vous écrivez.</p>", "several sentences"),
        ("<p>Vous lisez</p>", "no end"),
        ("<p>Vous lisez ; vous écrivez.</p>", "sign"),
        ("<p>Vous lisez (un peu).</p>", "sign"),
        ("<p>La moitié, 50 %.</p>", "sign"),
        ("<p>Vous êtes lecteur·ice.</p>", "sign"),
        ("<p>Vous avez sept jours.</p>", "number in words"),
        ("<p>Tu lis ton texte.</p>", "familiar"),
        ("<p>Le RGPD vous protège.</p>", "capitals RGPD"),
        ("<p>La CNIL vous protège.</p>", "not explained at once: CNIL"),
        ("<p>Le <em>site</em> est là.</p>", "italic"),
        (f"<ul>{'<li>Un mot.</li>' * 8}</ul>", "long list"),
        (f"<h2>Un titre</h2>{'<p>Un mot.</p>' * 11}", "chapter of 11"),
        ("<h2>Un titre</h2>", "chapter of 0"),
        ("<p>Le site met un cookie.</p>", "not explained: cookies?"),
    ],
)
def test_each_rule_sees_what_breaks_it(planted: str, fault: str) -> None:
    found = list(faults(easy(f'<main><article class="easy"><h1>Un titre</h1>{planted}</article></main>')))
    assert len(found) == 1, found
    assert found[0].startswith(fault)


@pytest.mark.one_engine
def test_the_names_in_guillemets_are_those_of_the_site(app: Flask) -> None:
    elsewhere = [path for path in ROOT.glob("templates/**/*.html") if "easy_read" not in path.as_posix()]
    site = plain(
        unescape(" ".join(path.read_text(encoding="utf-8") for path in [*elsewhere, *ROOT.glob("app/**/*.py")]))
    )
    pages = " ".join(plain(easy(app.test_client().get(path).text).get_text(" ")) for path in PATHS)
    named = set(re.findall(r"« ([^»]+) »", pages))
    assert len(named) > 12
    assert {each for each in named if not re.search(rf"[>\"'] ?{re.escape(each)}", site)} == set()


# A sentence of a page, its period as it is, and as other settings make it.
PERIODS = (
    ("/signaler", "L’équipe vous répond dans les {} jours, et dit pourquoi.", "7", "9"),
    ("/signaler", "L’équipe vous répond dans les {} jours.", "3", "4"),
    ("/signaler", "Nous gardons votre message {} mois après la décision.", "6", "1"),
    ("/ecrire", "Nous gardons votre texte {} jours.", "30", "20"),
    ("/ecrire", "Confirmez dans les {} jours.", "30", "10"),
    ("/votre-accord", "Votre texte reste publié {}.", "3 ans", "18 mois"),
    ("/votre-accord", "Vous pouvez annuler pendant {} minutes.", "10", "15"),
    ("/vos-donnees", "Un texte refusé ou retiré : {}.", "6 mois", "1 an"),
    ("/vos-donnees", "La preuve de vos accords : {} ans après leur retrait.", "5", "6"),
)


@pytest.mark.one_engine
def test_periods_are_those_of_the_settings(app: Flask) -> None:
    def is_said(path: str, sentence: str) -> bool:
        return sentence in [text for _, text in blocks(easy(app.test_client().get(f"{INDEX}{path}").text))]

    for path, sentence, usual, _ in PERIODS:
        assert is_said(path, sentence.format(usual)), sentence
    app.config |= {
        "PUBLICATION_PERIOD": Months(18),
        "TEXTS_PERIOD": Months(12),
        "NOTICE_PERIOD": Months(1),
        "PROOF_PERIOD": Months(72),
        "REVIEW_DELAY": timedelta(days=9),
        "NOTICE_DELAY": timedelta(days=9),
        "RIGHT_OF_REPLY_DELAY": timedelta(days=4),
        "DRAFT_PERIOD": timedelta(days=20),
        "UNCONFIRMED_PERIOD": timedelta(days=10),
        "CALL_BACK_PERIOD": timedelta(minutes=15),
    }
    for path, sentence, _, changed in PERIODS:
        assert is_said(path, sentence.format(changed)), sentence


def test_every_easy_page_is_reached_and_leads_to_pages_that_answer(visitor: Visitor) -> None:
    for path, easier in (("/charte", INDEX), ("/vos-donnees", f"{INDEX}/vos-donnees")):
        assert easier in [each["href"] for each in visitor.get(path).page.select("main a")]
    assert [each["href"] for each in visitor.get(INDEX).page.select(".easy__pages a")] == PATHS[1:]
    for path in PATHS:
        links = [str(each["href"]) for each in visitor.get(path).page.select("main a")]
        assert set(PATHS) - {path} <= set(links), path
        for link in links:
            if link.startswith("/"):
                assert visitor.get(link).status == 200, link
