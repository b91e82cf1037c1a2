"""Rules for suicide: means, places and wordings that the Papageno programme advises against."""

from app.assistant.kinds import HintKind
from app.assistant.patterns import NAME_SIGN, folded_rule, is_in_a_personal_sentence, word_list

# « le suicide d’un proche » is general; a neighbour's, a pupil's or a named person's is one person's.
SOMEBODY = (
    rf"(?:(?:une?|son|sa|ce|cet|cette|notre|deux|trois|leur|mon|ma) (?!proche)\w{{3,20}}|{NAME_SIGN}{{2,80}}|m\.|mme)"
)

SUICIDE_RULES = (
    folded_rule(HintKind.SUICIDE, rf"(?:[\w']{{2,14}} ){{0,2}}?{word_list('suicide_term')}", is_in_a_personal_sentence),
    folded_rule(HintKind.SUICIDE, word_list("suicide")),
    folded_rule(
        HintKind.SUICIDE,
        rf"(?:(?:s'|m')(?:est|etait|etant|etre|ait|en est|suis|etais) (?:bel et bien |presque |"
        rf"finalement )?|(?:se|me|s'|m') ?(?:sont |soit |seraient |serait )?){word_list('self_harm')}"
        r"(?: (?:en|avec|dans|a l'aide d'|au|depuis|chez|sous|a|devant) ?\w{2,15}(?: (?:des|de|du|la|le|sa|"
        r"son|ses|un|une|d') ?\w{3,15})?)?",
    ),
    folded_rule(HintKind.SUICIDE, rf"(?:le )?suicide (?:de |d'){SOMEBODY}"),
)
