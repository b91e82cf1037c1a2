"""Building blocks of the rules' patterns, and the word lists of words/ as alternations.

No pattern takes more than a time proportional to the text: every repetition is bounded or possessive. A test reads
the patterns to check it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.assistant.kinds import HintKind

# French spaces may be narrow, non-breaking, or both: patterns use plain ones, which `whole_words` replaces.
SPACE = r"[\x20\xa0\u202f]"
UPPER = "A-ZÀÂÄÁÃÅÇÉÈÊËÍÎÏÑÓÔÖØÙÚÛÜŸŒÆŠŽŚŹŻŁŃĆĘĄČĎĚĽŇŘŤŮŐŰŞĞĀĒĪŌŪĐİ"
LOWER = "a-zàâäáãåçéèêëíîïñóôöøùúûüÿœæšžığşćłśźżńęąčďěľňřťůőűāēīōūđȇțșă"

# Patterns ignore case, except these.
CAPITALISED = rf"(?-i:[{UPPER}][{LOWER}{UPPER}’'\-]{{1,40}}+)"
# The particles between the words of a name: « du Pont », « de la Ville », « d’Or ».
PARTICLES = "(?:(?:(?:de la|de|du|des|la|les|le|aux|au|et|en|sur|sous|lès) |(?:de )?[dl][’'])){0,2}"

WORDS: dict[str, list[str]] = {
    name: words
    for path in sorted(Path(__file__).with_name("words").glob("*.toml"))
    for name, words in tomllib.loads(path.read_text(encoding="utf-8")).items()
}

# In a folded text each name that was found is written with this sign, so that a rule sees a person there.
NAME_SIGN = "ƿ"
# The same for an organisation that the article's call names: no person.
ORGANISATION_SIGN = "ꝏ"
ACCENTS = {
    code: unicodedata.normalize("NFD", chr(code))[0]
    for code in range(0xC0, 0x250)
    if unicodedata.decomposition(chr(code))
}
SMALL_LETTERS = {code: chr(code).lower() for code in range(0x250) if len(chr(code).lower()) == 1}
FOLDED_SIGNS = {
    **SMALL_LETTERS,
    **{code: letter.lower() for code, letter in ACCENTS.items()},
    **dict.fromkeys((0xA0, 0x202F), " "),
    0x2019: "'",
    ord("İ"): "i",
}


def folded(text: str) -> str:
    """Return a text of the same length in lower case, without accents, with plain spaces and apostrophes."""
    return text.translate(FOLDED_SIGNS)


# The word before, unless it is a name.
LAST_WORD = re.compile(r"(?<![\w'\-])[a-z0-9œæ']{1,14} \Z")

# The means or the place, after an act of suicide: « dans son hangar », « avec un couteau de cuisine ».
COMPLEMENT = re.compile(
    r"(?: (?:dans|avec|sous|a l'aide de|aux?|par|sur|depuis|du|en|contre|devant|chez|juste a|a|de|au bout de) "
    r"(?:(?:le|la|les|un|une|des|son|sa|ses|sa propre|leur|toute?s? l[ea]s?) )?(?:[ld]')?[a-z]{3,15}"
    r"(?: (?:de|du|de la) (?!la |l')[a-z]{3,15})?){1,2}"
)


@dataclass(frozen=True)
class Rule:
    """A pattern of a kind; `accepts` checks what a pattern cannot, such as a checksum or the words before.

    The pattern reads the folded text if `is_folded`, else the text as written. Its group `mark`, if it has one, is the
    passage; else the whole match is.
    """

    kind: HintKind
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool]
    is_folded: bool
    words_before: int = 0

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """Return start and end of the passage, with at most `words_before` words before the match."""
        start, end = match.span("mark") if "mark" in self.pattern.groupindex else match.span()
        if self.kind is HintKind.SUICIDE and self.is_folded and (complement := COMPLEMENT.match(match.string, end)):
            end = complement.end()
        for _ in range(self.words_before):
            if not (word := LAST_WORD.search(match.string, max(0, start - 16), start)):
                break
            start = word.start()
        return start, end


def anything(_match: re.Match[str]) -> bool:
    return True


def rule(kind: HintKind, pattern: str, accepts: Callable[[re.Match[str]], bool] = anything) -> Rule:
    """Return a rule that reads the text as written, for patterns that depend on capitals."""
    return Rule(kind, whole_words(pattern), accepts, is_folded=False)


def folded_rule(
    kind: HintKind, pattern: str, accepts: Callable[[re.Match[str]], bool] = anything, words_before: int = 0
) -> Rule:
    """Return a rule that reads the folded text: half the time, and words without their accents count."""
    return Rule(kind, folded_words(pattern), accepts, is_folded=True, words_before=words_before)


def whole_words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that starts and ends at word boundaries, in any case, with any French space for a space."""
    return re.compile(rf"(?<!\w)(?:{pattern.replace(' ', SPACE)})(?!\w)", re.IGNORECASE)


def folded_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern.translate(ACCENTS)})(?!\w)")


def word_list(*names: str) -> str:
    return alternation([word for name in names for word in WORDS[name]])


def alternation(words: Iterable[str]) -> str:
    """Return words as an alternation, the longest first, so that « trouble » does not hide « troubles anxieux ».

    Words that begin with the same letters share them: the engine tries a letter once, not a word after another. For
    that, « (?:le|la) pont » is written « le pont », « la pont ».
    """
    spread = [form for word in words for form in spread_out(word)]
    return nested(sorted(spread, key=len, reverse=True)).replace("’", "[’']")


LEADING_GROUP = re.compile(r"\(\?:(?P<choices>[^()\[\]\\]{1,400}+)\)(?P<optional>\??)(?![{*+])")


def spread_out(word: str, depth: int = 3) -> list[str]:
    """Return a word's forms, each of its leading groups replaced by one of its choices."""
    match = LEADING_GROUP.match(word)
    if match is None or not depth:
        return [word]
    choices = [*match["choices"].split("|"), *([""] if match["optional"] else [])]
    return [form for choice in choices for form in spread_out(choice + word[match.end() :], depth - 1)]


def nested(words: list[str]) -> str:
    """Return an alternation, its words grouped by their first letter, and so on within each group."""
    groups: dict[str, list[str]] = {}
    for word in words:
        is_letter = PLAIN_START.match(word) is not None
        groups.setdefault(word[0] if is_letter else "(" + word, []).append(word[1:] if is_letter else word)
    parts = [rest[0] if first[0] == "(" else first + nested(rest) for first, rest in groups.items()]
    return parts[0] if len(parts) == 1 and len(words) == 1 else f"(?:{'|'.join(parts)})"


PLAIN_START = re.compile(r"[\w ](?![?{*+])")


def sentence_before(match: re.Match[str], length: int = 80) -> str:
    """Return the text before a match in its sentence, folded, at most `length` signs."""
    before = match.string[max(0, match.start() - length) : match.start()]
    return folded(re.split(r"(?<!\b[Mm])(?<!\b[Dd]r)(?<!\b[Mm]me)[.!?]\s|\n", before)[-1])


def sentence_after(match: re.Match[str], length: int = 80) -> str:
    """Return the text after a match in its sentence, folded, at most `length` signs."""
    return folded(re.split(r"[.!?](?=\s)|\n", match.string[match.end() : match.end() + length])[0])


def last_list_in(text: str) -> str:
    """Return which list of `LIST_PATTERNS` has the last word in a folded text; the empty string if none has any."""
    last_start, last_name = -1, ""
    for name, pattern in LIST_PATTERNS.items():
        for match in pattern.finditer(text):
            if match.start() > last_start:
                last_start, last_name = match.start(), name
    return last_name


ONE_PERSON = frozenset({"person", "worker", "pronoun"})
LIST_PATTERNS = {
    "person": folded_words(word_list("person")),
    "worker": folded_words(word_list("worker")),
    "pronoun": folded_words(word_list("pronoun")),
    "collective": folded_words(word_list("collective")),
}


def is_not_of_a_group(match: re.Match[str]) -> bool:
    """Whether the sentence before is about a person rather than something that a group has founded."""
    return last_list_in(sentence_before(match)) != "collective"


def is_of_a_person(match: re.Match[str]) -> bool:
    """Whether the sentence before mentions a person: « une femme née en 1980 », but not « née en 1980 » alone."""
    return last_list_in(sentence_before(match)) in ONE_PERSON


def is_near_a_person(match: re.Match[str]) -> bool:
    return is_of_a_person(match) or (is_about_one_person(match) and last_list_in(sentence_after(match)) in ONE_PERSON)


GENERAL = folded_words(word_list("general"))


def is_about_one_person(match: re.Match[str]) -> bool:
    """Whether it is not about people in general: « les majeurs sous tutelle », « toute personne suivie »."""
    before = sentence_before(match, 50)
    return not before.endswith(("une personne ", "la personne ")) and not GENERAL.search(before)


SENTENCE_END = re.compile(r"[.!?]\s|\n")
LONGEST_SENTENCE = 400  # signs read on each side of a match
# « Une dame », « mon voisin du dessus »; not « une personne sur cent », « un patient peut ».
SOMEBODY = (
    rf"(?:(?!(?:une|la|toute) personne)(?:une?|ce|cet|cette|notre|mon|ma|son|sa|leur|le|la|du|"
    rf"au) (?:\w{{2,12}} ){{0,2}}|[ld]'){word_list('person')}"
    r"(?!\w| (?:sur (?:deux|trois|quatre|cinq|dix|cent|mille)|peut|peuvent|doit|doivent|qui le|d'origine))"
)
HE_OR_SHE = rf"(?:{word_list('pronoun_alone')}) (?!{word_list('of_a_group')})"
# « On l’a trouvé », « cela lui évite », « pour elle », « à son sujet »; « Ses allers et retours » at the start.
OF_THEM = (
    "(?:on|nous|ils|police|pompiers|voisins) (?:l'|le |la |lui )|lui (?=[a-z])|(?:pour|chez|avec|sans|d'|"
    "de|sur|a) (?:elle|lui)(?!\\w)|le diagnostic est tombe|(?:madame|monsieur) (?!la |le |l')(?=\\w)|"
    "l'(?:emmener|accompagner|hospitaliser|interner|conduire|soigner|aider|amener|retrouver|enfermer|"
    "suivre|convaincre|placer)(?!\\w)|"
    "(?:personne|qui) (?:ne )?l'attend|je suis|j'ai ete|moi-meme|a son (?:sujet|propos|egard)"
    rf"|l'(?:a|ai|avait|ont|avaient|avons|avions|aura|aurait) (?:\w{{3,10}} )?{word_list('done_to_somebody')}"
    rf"|(?:sa|son|ses) (?:\w{{4,10}} )?{word_list('belonging')}(?!\w)|(?:celui|celle)(?:-ci|-la| qui| que| dont)(?!\w)"
    "|(?:le|la) (?:garder|reprendre|recevoir|reloger|admettre|hospitaliser|interner|placer|soigner|calmer|"
    "voir|visiter|suivre|soigner|rencontrer|chercher|trouver|laisser|conduire|emmener|accompagner)(?!\\w)"
)
OPENING = re.compile(
    rf"[ «\"'-]{{0,4}}(?:(?:sa|son|ses) |(?:a |de )?(?:nouveau )?(?:aussitot |vite )?{word_list('opening')}(?!\w|"
    rf" (?:des|du))"
    r"|(?:a (?:bientot |presque |pas )?)?(?:\d\d|[a-z]{4,12}(?:[ -][a-z]{2,6}){0,2}) ans(?: et demi)?,)".translate(
        ACCENTS
    )
)
PERSONAL = re.compile(rf"(?<!\w)(?:{SOMEBODY}|{HE_OR_SHE}|{OF_THEM}|{NAME_SIGN}{{2,80}})".translate(ACCENTS))


def sentence_around(match: re.Match[str]) -> str:
    start, end = match.span()
    before = match.string[max(0, start - LONGEST_SENTENCE) : start]
    after = match.string[end : end + LONGEST_SENTENCE]
    return SENTENCE_END.split(before)[-1] + match[0] + SENTENCE_END.split(after)[0]


@lru_cache(maxsize=32)
def is_personal(sentence: str) -> bool:
    """Whether a folded sentence is about one person: « une dame », « mon frère », « elle » but no network."""
    return OPENING.match(sentence) is not None or PERSONAL.search(sentence) is not None


def is_in_a_personal_sentence(match: re.Match[str]) -> bool:
    return is_about_one_person(match) and is_personal(sentence_around(match))
