"""French dates, delays, numbers and sentences."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from app import french
from app.db import now

NIGHT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_days_are_those_of_paris() -> None:
    assert french.day(NIGHT) == "mercredi 25 novembre 2026"
    assert french.day(date(2026, 11, 24)) == "mardi 24 novembre 2026"
    assert french.short_day(NIGHT) == "25 nov. 2026"
    assert french.instant(NIGHT) == "mercredi 25 novembre 2026 à 0\u00a0h\u00a030"


def test_the_first_of_a_month_is_an_ordinal() -> None:
    assert french.day(date(2027, 1, 1)) == "vendredi 1er janvier 2027"
    assert french.short_day(date(2027, 5, 1)) == "1er mai 2027"
    assert french.short_day(date(2027, 5, 21)) == "21 mai 2027"


AFTER_DE = (
    *("d’Angers", "d’Anne", "d’Émile", "d’Île-de-France", "d’Œuilly", "d’En regard", "d’avril 2027", "d’une lectrice"),
    *("d’Hélène", "d’Henri", "d’Hubert", "d’Honorine", "d’Hirson", "d’Yves", "d’Hyères", "d’Habitat et humanisme"),
    *("de Hassan", "de Hollande", "de Houilles", "de Hautmont", "de Hem", "de Yann", "de Brest", "de mai 2027"),
    *("de l’équipe", "de L’Isle", "de La Rochelle", "de Le Goff", "de Ville-d’Avray", "de «\u00a0Angers\u00a0»", "de "),
    *("du CLSM d’Ornemare", "du Conseil local", "du GEM", "de la Ville d’Angers", "de l’Association Oxygène"),
)


def test_a_name_after_de_is_elided_or_takes_its_article() -> None:
    for words in AFTER_DE:
        name = re.sub("^(d’|du |de la (?=V)|de l’(?=A)|de )", "", words)
        assert french.of(name) == words
    assert [french.of_place(each) for each in ("Le Havre", "Les Mureaux", "Angers", "La Rochelle", "Lens")] == [
        *("du Havre", "des Mureaux", "d’Angers", "de La Rochelle", "de Lens")
    ]


def test_delays_are_written_in_words() -> None:
    assert plain(french.ago(now() - timedelta(days=3, hours=1))) == "il y a 3 jours"
    assert plain(french.since(now() - timedelta(days=3, hours=1))) == "3 jours"
    assert french.since(now()) == "quelques instants"
    assert french.ago(now() - timedelta(seconds=86)) == "il y a quelques instants"


def test_zero_is_singular() -> None:
    assert plain(french.count(0, "retour", "retours")) == "0 retour"
    assert plain(french.count(1, "retour", "retours")) == "1 retour"
    assert plain(french.count(2500, "signe", "signes")) == "2 500 signes"


def test_days_and_numbers_match_cldr() -> None:
    """CLDR through Babel, which is too large for a server to load; it has no « 1er » for the first of a month."""
    for moment in (date(2028, 1, 1) + timedelta(days=number) for number in range(366)):
        assert french.day(moment).replace(" 1er ", " 1 ") == format_date(moment, "EEEE d MMMM y", locale="fr")
        assert french.short_day(moment).replace("1er ", "1 ") == format_date(moment, "d MMM y", locale="fr")
    for period in (timedelta(seconds=round(1.2**power)) for power in range(110)):
        assert plain(french.lasting(period)) == plain(
            format_timedelta(period, threshold=french.LEAST_UNITS, locale="fr")
        )
    for value in (0, 999, 1000, 123_456, 1_234_567, -1000):
        assert french.number(value) == format_decimal(value, locale="fr")


# Each line is one sentence of its text.
SENTENCES = [
    "Plus personne ne savait dire ce qu’il en avait retenu.|On a recommencé.",
    "M. Dupont est venu avec Mme. Ferrand, le Dr. Roy et J.-C. Petit.|Puis rien.",
    "Voir cf. Annexe 2, art. 3, p. 4 et l’art. L. 3221.|Les C.L.S.M. Lyonnais aussi, etc. et d’autres, etc.|Fin.",
    "Le budget est de 3.5 millions, contre 2,8 en déc. 2024.|En 2025.|Rien.",
    "On a essayé... puis on a attendu… longtemps.|On verra…|Peut-être ?!|Oui !|Non ?",
    "Il a dit : « On arrête. »|Puis rien.|Elle : “On arrête.” et rien d’autre.",
    '« On arrête. On reprendra. » a-t-il dit.|(Voir la page 3. Non.)|"Oui. Non."|« Non ! »|Oui',
    "Plus personne ne\nsavait dire ce qu’il en avait retenu.\n|On a recommencé.",
    "Ce que nous n’avons pas fait :\n- Prévenir.\n- Inviter.\n\n|Ensuite, si.",
    "Ce que nous n’avons pas fait :\nPrévenir les élus\nInviter les habitants\n\n|Ensuite, si.|Voilà.",
    "Nous n’avons pas\n- prévenu les élus\n- invité les habitants|",
    "Trois refus : 1. Promettre. 2. Attendre.|Voilà.",
    "1. Appelez.\n|2. Écrivez.\n|- puis marchez.",
    "Un paragraphe sans point\n\n|Un autre",
    "Une affiche\nUn appel\nUne visite",
]


def test_a_text_is_cut_after_whole_sentences_alone(subtests: pytest.Subtests) -> None:
    """In doubt, two are one: neither an abbreviation, nor a quotation, nor a list, nor its announcement is cut."""
    for written in SENTENCES:
        with subtests.test(written=written):
            text = " ".join(written.split("|")).replace("\n ", "\n")
            expected = [" ".join(each.split()) for each in written.split("|") if each]
            cut = [" ".join(text[start:stop].split()) for start, stop in french.sentence_spans(text)]
            assert cut == expected


@given(st.text(alphabet='aÀ .!?…:;«»"(1\n-) ', max_size=80))
def test_sentences_lose_nothing_of_a_text_and_begin_and_end_on_words(text: str) -> None:
    spans = french.sentence_spans(text)
    assert "".join("".join(text[start:stop].split()) for start, stop in spans) == "".join(text.split())
    assert all(text[start:stop] == text[start:stop].strip() != "" for start, stop in spans)
    assert spans == sorted(spans)
