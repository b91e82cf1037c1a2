"""How it is said: words about suicide that can harm, shouting, and what nobody wrote for us."""

import re
from collections.abc import Iterator

from app.testimonials.hints.kinds import Hint, HintKind
from app.testimonials.hints.patterns import UPPER, any_of, rule, whole

SMALL, ACRONYM = (whole(any_of(name, either_case=False)) for name in ("small", "acronym"))
LONG = 7  # letters; sigla are shorter
SENTENCE = re.compile(r"[^.!?\n]{40,600}+[.!?\n]?")


def is_shouted(match: re.Match[str]) -> bool:
    """Say whether words in capitals are words: two of the small ones that sigla lack, or two long ones."""
    words = [word for word in re.split(r"[^\w’']+", match[0].lower()) if word]
    ordinary = [word for word in words if SMALL.fullmatch(word) or (len(word) >= LONG and not ACRONYM.fullmatch(word))]
    return len(ordinary) > 1


RULES = (
    rule(
        HintKind.SUICIDE,
        r"[Ss][’'](?:est|était|étant|être|était-) ?(?:suicidée?s?|pendue?s?|défenestrée?|immolée?|noyée?"
        r"|donnée? la mort|tirée? une balle|ouvert les veines|taillée? les veines|empoisonnée?"
        r"|jetée? (?:du|de|d[’']|sous|par|dans|depuis)(?: \w{1,15}){0,3})(?: en \w{3,15}ant(?: (?:des|de|du|la|le|sa|son|ses)? ?\w{3,15})?)?",
    ),
    rule(
        HintKind.SUICIDE,
        r"[Ss](?:e|’être|'être) (?:suicider|suicidait|suicide|suicidée?|pendre|pendue?|défenestrer|donner la mort|jeter (?:sous|du|par)|tirer une balle)",
    ),
    rule(HintKind.SUICIDE, r"(?:met|mis|mettre|mettait|mettant) fin à (?:ses|leurs|mes|tes) jours"),
    rule(
        HintKind.SUICIDE, r"(?:retrouvée?|découverte?|mort|morte|décédée?) (?:pendue?|par pendaison|par suicide|noyée?)"
    ),
    rule(HintKind.SUICIDE, r"[Pp]endaisons?|[Dd]éfenestrations?|[Ll]ettre d[’']adieu|[Pp]acte suicidaire"),
    rule(
        HintKind.SUICIDE,
        r"[Ss]auté (?:du|de la|par la|d[’']un|sous) (?:\w{1,15} ){0,2}(?:étage|fenêtre|pont|toit|train|métro|balcon)",
    ),
    rule(
        HintKind.SUICIDE,
        r"[Ss]uicides? (?:réussis?|ratés?|manqués?|collectifs?|en série)|[Rr]éussi (?:son|leur) suicide",
    ),
    rule(
        HintKind.SUICIDE,
        r"(?:[Vv]agues?|[Éé]pidémies?|[Ss]éries?|[Ff]lambées?|[Cc]ontagions?|[Ee]xplosions?|[Vv]oie|[Hh]écatombe) (?:de|des|du) suicides?",
    ),
    rule(HintKind.SUICIDE, r"(?:commet|commis|commettre|commettant) (?:un|son|leur) suicide|[Ll]es suicidée?s"),
    rule(
        HintKind.SUICIDE,
        r"(?<=[Ff]ait )(?:une|deux|trois|plusieurs|sa|son) (?:\w{4,15} )?(?:tentatives? de suicide|TS)",
    ),
    rule(HintKind.SUICIDE, r"(?:[Ss]a|[Ss]es) (?:\w{4,15} )?(?:tentatives? de suicide|TS)|[Ss]on suicide"),
    rule(
        HintKind.SUICIDE,
        rf"[Ss]uicide (?:de |d[’'])(?:(?:un|une|son|sa|ce|cet|cette|notre|deux|trois) (?!proche)\w{{3,20}}|l[’']une? d\w{{1,3}}|[{UPPER}]\w{{2,20}}|M\.|Mme)",
    ),
    rule(
        HintKind.SUICIDE,
        r"[Aa]val(?:é|ant|ait) (?:des|ses|tous ses|une boîte de|deux boîtes de) (?:médicaments|cachets|comprimés|somnifères)",
    ),
    rule(
        HintKind.SHOUTING, rf"[{UPPER}’'\-]{{1,30}}+(?:(?: |[,:;]){{1,3}}[{UPPER}’'\-]{{1,30}}+){{2,40}}+", is_shouted
    ),
    rule(HintKind.SPAM, any_of("spam"), flags=re.IGNORECASE),
)

# These stand on signs, not on words.
SIGNS = (
    (HintKind.SHOUTING, re.compile(r"(?:[!?][\x20\xa0\u202f]?){2,60}[!?]")),
    (HintKind.SPAM, re.compile(r"([^\W\d_])\1{5,60}")),
)


def repeated(text: str) -> Iterator[Hint]:
    """Yield each sentence that has been read before in the same text: pasted twice, or by a machine."""
    seen: set[str] = set()
    for match in SENTENCE.finditer(text):
        sentence = match[0].strip()
        words = " ".join(re.findall(r"\w+", sentence.lower()))
        if words in seen:
            start = match.start() + match[0].index(sentence)
            yield Hint(start, start + len(sentence), HintKind.SPAM)
        seen.add(words)
