"""Names of persons: runs of capitalised words, judged by first names, titles and the words around them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.assistant.kinds import Hint, HintKind
from app.assistant.patterns import LOWER, SPACE, UPPER, WORDS, folded, folded_words, last_list_in, word_list

FOLDER = Path(__file__).parents[2] / "content" / "first_names"
LONGEST = 4  # words of a name
SHORTEST_IN_CAPITALS = 4  # letters of a first name that stands alone in capitals: « EVA » may be an acronym
CONTEXT = 60  # signs read before and after


def first_names() -> frozenset[str]:
    """Return the first names of content/first_names, folded; its README.md gives the sources."""
    lines = [line for path in FOLDER.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def folded_set(name: str) -> frozenset[str]:
    """Return a word list in both its forms, folded: « élue? » stands for « elu » and « elue »."""
    return frozenset(
        folded(form) for word in WORDS[name] for form in (word.replace("?", ""), re.sub(r"\w\?", "", word))
    )


FIRST_NAMES = first_names() | folded_set("nickname")
ORDINARY, STARTERS, NO_NAMES, ACRONYMS, PLACE_WORDS = map(
    folded_set, ("ordinary", "starter", "no_name", "acronym", "public_place")
)
LABEL = re.compile(folded(word_list("label")))
PUBLIC_FIGURES = tuple(sorted(folded_set("public_figure")))

# « N’Diaye », « Jean-Luc », « GUILLEMOT »; « J. », « J.-P. », and « M » without its stop.
WORD = rf"(?:[DMNO][’'](?=[{UPPER}]))?[{UPPER}](?:[{LOWER}{UPPER}\-]|[’'](?=[{UPPER}])){{1,40}}+"
INITIAL = rf"(?:[{UPPER}]|[CPTG]h|Fr|Cl|Chr|Jos|Ph)\.(?:-?[{UPPER}]\.)?|M(?={SPACE}[{UPPER}])"
CAPITAL_WORD = re.compile(
    rf"(?<![\w\-.@/])(?:(?:[LJSCTdlnmstjc]|[Qq]u)[’'](?=[{UPPER}]))?(?P<word>{INITIAL}|{WORD})(?![\w@])"
)
PARTICLE = (
    "(?:de la |du |des |de |d'|d[aoi]s? |della |van de[rn]? |van |von |der |den |ten |el |al |ben |bin |ait |"
    "le |la |l')"
)
GAP = re.compile(rf" {PARTICLE}?")

CIVILITY = re.compile(folded(word_list("civility")))
TITLE_BEFORE = folded_words(rf"{word_list('civility', 'trade')},? {PARTICLE}?\Z")
WEAK_TITLE_BEFORE = re.compile(
    r"\b(?:petite?|jeune|feu|amie?|(?<!le )fils|(?<!la )fille|responsable|principale?|agente?|generale) \Z"
)
NAMING_BEFORE = folded_words(rf"{word_list('naming')} {PARTICLE}?\Z")
CREDIT_BEFORE = folded_words(rf"{word_list('credit')},?\s{{1,3}}(?:d')?\Z")
PERSON_BEFORE = folded_words(rf"{word_list('person_before')} (?:d')?\Z")
LETTERED_BEFORE = folded_words(rf"{word_list('lettered')} \Z")
PLACE_BEFORE = folded_words(
    rf"(?:{word_list('public_place')}(?: {word_list('place_adjective')}){{0,2}} ?(?:« ?|du )?"
    rf"|{word_list('eponym')} (?:de |d'))\Z"
)
# « Un homme habitant Nantes »: without a determiner before it, « habitant » is a verb.
VERB_BEFORE = re.compile(r"(?<!un )(?<!une )(?<!cet )(?<!cette )(?<!notre )(?<!l')habitante? \Z")
ARTICLE_BEFORE = re.compile(r"\b(?:des?|du|la|les?|aux?|a|en) \Z")
AGE_AFTER = re.compile(r",? \(?(?:\d\d|[a-z\-]{4,20}) ans")
FUNCTION_AFTER = folded_words(
    rf",? ?\(?(?:(?:et|alors) )?(?:notre |sa |son |la |le |l'|une? |mon |"
    rf"ma )?(?:\w{{3,12}} )?{word_list('trade', 'function')}"
)
APPOSITION_AFTER = folded_words(
    rf", (?:notre |sa |son |la |le |l'|une? |mon |"
    rf"ma )(?:\w{{3,12}} )?{word_list('trade', 'function', 'person', 'worker')}"
)
ORGANISATION_AFTER = re.compile(r" \([a-z][a-z' \-]{1,40}\)")
# « Demandez à fred lacombe », « mme dupont », without a capital.
LOWER_NAME = folded_words(
    r"(?P<name>(?P<title>mme|mlle|mr|dr)\.? (?!(?:avec|pour|nous|dans)(?!\w))[a-z]{4,15})|"
    r"(?:demandez? a|demander a|voir avec|contactez?|appelez|merci a|"
    r"grace a) (?P<lower>(?P<first>[a-z]{4,12}) [a-z]{4,15})"
)
ACTING_AFTER = folded_words(rf" (?:ne |n'|m'|nous |lui |se |s')?{word_list('acting')}")
ROLE_AFTER = folded_words(rf", (?:{word_list('trade')}|chef(?:fe)? de \w{{4,12}}|qui (?:m'a|nous a|m'avait|lui a))")
PERSON_AFTER = folded_words(rf" {word_list('person_verb')}|,? \(?\d\d ans|,? (?:elle|lui|sans qui|et moi)")


class Token(NamedTuple):
    """A capitalised word or an initial, and its folded letters."""

    start: int
    end: int
    word: str
    is_upper: bool


def names(text: str, plain: str) -> Iterator[Hint]:
    """Yield the names of persons in a text, of which `plain` is the folded form; each again where it is alone."""
    found = list(first_mentions(text, plain))
    yield from found
    for match in LOWER_NAME.finditer(plain):
        if match["title"] or match["first"] in FIRST_NAMES - ORDINARY - STARTERS - NO_NAMES:
            yield Hint(*match.span("name" if match["title"] else "lower"), HintKind.NAME)
    surnames = {plain[hint.start : hint.end].rsplit(" ", 1)[-1] for hint in found} - ORDINARY - NO_NAMES - FIRST_NAMES
    for match in CAPITAL_WORD.finditer(text):
        start, end = match.span("word")
        if plain[start:end] in surnames and not PLACE_BEFORE.search(plain[max(0, start - CONTEXT) : start]):
            yield Hint(start, end, HintKind.NAME)


def first_mentions(text: str, plain: str) -> Iterator[Hint]:
    """Yield the names that what is beside them shows."""
    for run in runs(text, plain):
        index = 0
        while index < len(run):
            start, after = name_at(run, index, plain)
            if start is not None:
                yield Hint(start, run[after - 1].end, HintKind.NAME)
            index = after


def runs(text: str, plain: str) -> Iterator[list[Token]]:
    """Yield tokens in the runs that only particles join: « Bruno da Conceição »."""
    run: list[Token] = []
    for match in CAPITAL_WORD.finditer(text):
        start, end = match.span("word")
        token = Token(start, end, plain[start:end], text[start:end].isupper())
        if run and not GAP.fullmatch(plain, run[-1].end, start):
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def name_at(run: list[Token], index: int, plain: str) -> tuple[int | None, int]:
    """Return where a name starts whose first word is this token, or None; and the index of the token to go on with."""
    token = run[index]
    if CIVILITY.fullmatch(token.word):
        return titled_name(run, index)
    before = plain[max(0, token.start - CONTEXT) : token.start]
    after = name_end(run, index)
    if after == index:
        return None, index + 1
    if (start := title_start(token, before)) is not None:
        return start, after
    if is_public_figure(run, index) or PLACE_BEFORE.search(before):
        return None, after
    following = plain[run[after - 1].end : run[after - 1].end + CONTEXT]
    if is_first_name(token):
        is_name = after - index > 1 or stands_alone(token, before, following)
        return (token.start if is_name else None), after
    return other_name(run, index, after, before, following)


def titled_name(run: list[Token], index: int) -> tuple[int | None, int]:
    """Judge a civility in capitals and what follows: « Mme B. », but not « Madame la Préfète »."""
    after = name_end(run, index + 1) if index + 1 < len(run) else index + 1
    return (run[index].start, after) if after > index + 1 else (None, index + 1)


def title_start(token: Token, before: str) -> int | None:
    """Return where a title, a trade or « s’appelle » starts before a token; None without any."""
    if match := TITLE_BEFORE.search(before):
        # « La coordinatrice CLSM » is nobody's name.
        is_likely = not token.is_upper and not WEAK_TITLE_BEFORE.search(before)
        if (is_likely or is_first_name(token)) and not VERB_BEFORE.search(before):
            return token.start - len(before) + match.start()
    elif (match := NAMING_BEFORE.search(before)) and last_list_in(before) != "collective":
        return token.start - len(before) + match.start()
    return None


def other_name(run: list[Token], index: int, after: int, before: str, following: str) -> tuple[int | None, int]:
    """Judge a name whose first word is no known first name."""
    token = run[index]
    if is_initial(token):
        is_name = after > index + 1 and not LETTERED_BEFORE.search(before) and run[index + 1].word not in STARTERS
        return (token.start if is_name else None), (after if is_name else index + 1)
    if token.word in STARTERS or token.word in PLACE_WORDS or LABEL.fullmatch(token.word):
        return None, (index + 1 if token.word in STARTERS else after)
    if after > index + 1 and is_first_name(run[index + 1]) and not token.word.endswith(("er", "ez", "ons", "ent")):
        return token.start, after
    is_plain_pair = after > index + 1 and not token.is_upper
    is_name = (
        (AGE_AFTER.match(following) and not ARTICLE_BEFORE.search(before))
        or is_in_apposition(before, following)
        or is_acting(token, before, following)
        or (is_plain_pair and is_credited(before, following))
    )
    return (token.start, after) if is_name else (None, index + 1)


def is_credited(before: str, following: str) -> bool:
    """Whether a pair of words is named by thanks, a signature, a function or an organisation beside it."""
    return bool(
        CREDIT_BEFORE.search(before)
        or FUNCTION_AFTER.match(following)
        or ORGANISATION_AFTER.match(following)
        or ACTING_AFTER.match(following)
    )


def is_in_apposition(before: str, following: str) -> bool:
    """Whether a word is named by what is beside it: « Amparo, notre cuisinière », « un ancien de l’usine, Dédé, »."""
    sentence = re.split(r"[.!?\n:]", before)[-1]
    if not sentence.strip(" «\"'-"):
        return APPOSITION_AFTER.match(following) is not None
    return before.endswith(", ") and following.startswith(",") and last_list_in(sentence) in {"person", "worker"}


def is_acting(token: Token, before: str, following: str) -> bool:
    """Whether a word that opens a sentence does what only a person does: « Kowalczyk a râlé »."""
    is_opening = not re.split(r"[.!?\n:]", before)[-1].strip(" «\"'-")
    is_told_apart = ACTING_AFTER.match(following) if is_opening else ROLE_AFTER.match(following)
    return is_told_apart is not None and not token.is_upper and not ARTICLE_BEFORE.search(before)


def name_end(run: list[Token], index: int) -> int:
    """Return the index after the words of a name from this token on; the same index if it can be no name."""
    after = index
    for token in run[index : index + LONGEST]:
        is_acronym = token.is_upper and not is_initial(token) and token.word in ACRONYMS
        if is_acronym or token.word in NO_NAMES or CIVILITY.fullmatch(token.word):
            break
        after += 1
    return after


def is_initial(token: Token) -> bool:
    return token.word.endswith(".")


def is_first_name(token: Token) -> bool:
    """Whether each part is a first name: « Anne-Laure », but not « Jules-Ferry »."""
    return all(part in FIRST_NAMES for part in token.word.split("-"))


def is_public_figure(run: list[Token], index: int) -> bool:
    """Whether a name is one that streets bear: « Louise-Michel »."""
    words = " ".join(token.word for token in run[index : index + LONGEST]).replace("-", " ")
    return words.startswith(PUBLIC_FIGURES)


def stands_alone(token: Token, before: str, following: str) -> bool:
    """Whether a first name with nothing after it is a person: « Karim », but « Rose » only by the words around it."""
    if token.is_upper and len(token.word) < SHORTEST_IN_CAPITALS:
        return False
    if token.word not in ORDINARY:
        return True
    is_first_word = not before.rstrip(" «\"'-") or before.rstrip(" «\"'-")[-1] in ".!?\n:"
    follows = bool(PERSON_AFTER.match(following) or FUNCTION_AFTER.match(following))
    precedes = bool(PERSON_BEFORE.search(before) or CREDIT_BEFORE.search(before))
    return follows if is_first_word else follows or precedes
