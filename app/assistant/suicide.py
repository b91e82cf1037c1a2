"""Rules for suicide: means, places and wordings that the Papageno programme advises against."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import (
    NAME_SIGN,
    folded_rule,
    folded_words,
    is_in_a_personal_sentence,
    is_of_a_person,
    last_list_in,
    sentence_around,
    sentence_before,
    word_list,
)

# « le suicide d’un proche » is general; a neighbour's, a pupil's or a named person's is one person's.
SOMEBODY = (
    rf"(?:(?:une?|son|sa|ce|cet|cette|notre|deux|trois|leur|mon|ma) (?!proche)\w{{3,20}}|{NAME_SIGN}{{2,80}}|m\.|mme)"
)

SILENT = re.compile(r"(?:salle|assemblee|public|voix|amphi|foule|chambre|table)\w{0,2} \Z")


def is_one_persons_death(match: re.Match[str]) -> bool:
    """Whether « s’est tue » is of a person, rather than of a room that fell silent."""
    return is_of_a_person(match) and not SILENT.search(sentence_before(match, 30))


# « Un pendu dans la pièce de théâtre », « restreindre l’accès au viaduc ».
PREVENTION = folded_words(word_list("prevention"))


def is_no_prevention(match: re.Match[str]) -> bool:
    """Whether the sentence is not of what is done against suicide, nor of a play."""
    return PREVENTION.search(sentence_around(match)) is None


def is_one_persons_act(match: re.Match[str]) -> bool:
    return is_in_a_personal_sentence(match) and is_no_prevention(match)


IDIOM = re.compile(r"a l'eau|dans (?:l'a|la b|le b|le p)")


def is_no_idiom(match: re.Match[str]) -> bool:
    """Whether it is no network that « s’est jeté à l’eau »."""
    return not (IDIOM.search(match[0]) and last_list_in(sentence_before(match)) == "collective")


SUICIDE_RULES = (
    folded_rule(HintKind.SUICIDE, r"s'(?:est|etait) tuee?(?! a (?:la|le|petit|force))", is_one_persons_death),
    folded_rule(
        HintKind.SUICIDE,
        r"pour (?:mourir|en finir|se tuer|ne plus se reveiller|tout arreter)",
        is_in_a_personal_sentence,
        words_before=4,
    ),
    folded_rule(HintKind.SUICIDE, word_list("suicide_term"), is_one_persons_act, words_before=2),
    folded_rule(HintKind.SUICIDE, word_list("suicide"), is_no_prevention),
    folded_rule(
        HintKind.SUICIDE,
        rf"(?:(?:a |avait |ait )?(?:va|vais|veut|veux|peut|tent|menac|essay|parl|voul|promet|pens|jur|fini|faill|all|"
        rf"chois|décid|cherch|envisag|préfér)\w{{0,4}} "
        rf"(?:(?:encore|deja|vraiment|\w{{4,9}} fois) )?(?:de |d'|a |par )?)?(?:(?:[sc][' ]?|m')(?:est|etait|etant|"
        rf"etre|ait|en est|suis|etais) (?:bel et bien |presque |"
        rf"finalement )?|(?:se|me|s'|m') ?(?:sont |soit |seraient |serait )?){word_list('self_harm')}"
        r"(?: (?:en|avec|dans|a l'aide d'|au|depuis|chez|sous|a|devant) ?\w{2,15}(?: (?:des|de|du|la|le|sa|"
        r"son|ses|un|une|d') ?\w{3,15})?)?",
        is_no_idiom,
    ),
    folded_rule(HintKind.SUICIDE, rf"(?:le )?suicide (?:de |d'){SOMEBODY}"),
)
