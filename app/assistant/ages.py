"""Rules for birth dates and ages."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import (
    ACCENTS,
    NAME_SIGN,
    ONE_PERSON,
    SOMEBODY,
    folded_rule,
    folded_words,
    is_about_one_person,
    is_in_a_personal_sentence,
    is_not_of_a_group,
    is_of_a_person,
    last_list_in,
    sentence_after,
    sentence_before,
    word_list,
)

MONTH = word_list("month")
DAY = rf"(?:{word_list('weekday')} )?(?:\d{{1,2}}(?:er)?|premier)"
DATE = rf"(?:{DAY} {MONTH}(?: (?:19|20)?\d\d)?|\d{{1,2}} ?[/.\-] ?\d{{1,2}} ?[/.\-] ?(?:(?:19|20)\d\d|\d\d))"
YEAR = r"(?:(?:19|20)\d\d)"

LETTERS = rf"(?:{word_list('ten')}(?:-| )(?:et(?:-| ))?{word_list('unit')}|{word_list('ten', 'unit')})"
AGE = rf"(?:\d{{1,3}}|{LETTERS})"
# « 65 ans et plus » is a group of people, « 12 ans de pratique » a career.
YEARS = (
    rf"(?:{AGE} ?(?:ans|piges|berges|balais|printemps)(?: et (?:demi|{AGE} mois)| bien (?:sonnes|"
    rf"tasses))?)(?! (?:et plus|ou plus|et moins|de |d'|plus tard|apres|avant|dans la |a la tete))"
)
ABOUT = (
    "(?:presque |environ |a peine |tout juste |deja |seulement |bientot |plus de |que |pres de |encore |"
    "pas encore |meme pas |meme |bien |au moins |a peu pres |facilement |largement |aujourd'hui )?"
)
PERSON = word_list("person")
DETERMINER = "(?:(?:d')?une? |(?:cet|cette|ce|la|le|notre|son|sa|leur|mon|ma|du|au) |l')"
DURATION = re.compile(
    r"\b(?:depuis|pendant|durant|apres|avant|en|sur|dans|il y a|voila|au bout de|tous les|pour|d'ici|"
    r"pratique|experience|projet|"
    r"programme|convention|plan|contrat|delai|periode|duree|recul|cycle|mandat|bail|carriere|attente|"
    r"anciennete|partenariat|"
    r"retard|poste|presence|collaboration|travail|engagement|bilan|financement|feuille de route|historique|"
    r"existence)\b[^,(]{0,20}\Z"
)


SOMEBODY_BEFORE = folded_words(SOMEBODY)
# « Il a quinze ans, ce réseau ».
GROUP_AFTER = re.compile(
    rf"[^,]{{0,20}}, (?:ce|cet|cette|notre|le|la|l') ?{word_list('collective')}(?!\w)".translate(ACCENTS)
)


def is_apposition(match: re.Match[str]) -> bool:
    """Whether an age between commas or in brackets is of the person just before: « sa sœur, 43 ans, »."""
    before = sentence_before(match, 45)
    is_person = last_list_in(before) in ONE_PERSON
    is_likely_age = match["mark"][:2].isdigit() and last_list_in(before) == "" and before.rstrip(" ,(") != ""
    return (is_person or is_likely_age) and not DURATION.search(before)


def is_no_duration(match: re.Match[str]) -> bool:
    return not DURATION.search(match[0].rsplit(" de ", 1)[0] + " ") and last_list_in(match[0]) != "collective"


def is_of_someone(match: re.Match[str]) -> bool:
    """Whether « a dix ans » has a person for its subject: not a network, nor people in general."""
    return (
        (is_of_a_person(match) or SOMEBODY_BEFORE.search(sentence_before(match)) is not None)
        and not DURATION.search(sentence_before(match, 20))
        and GROUP_AFTER.match(sentence_after(match)) is None
    )


def is_of_one_person_after(match: re.Match[str]) -> bool:
    """Whether the clause after is of a person: « À vingt ans, elle »."""
    return last_list_in(sentence_after(match, 14)) == "pronoun" and "on" not in sentence_after(match, 5).split()


def is_of_somebody(match: re.Match[str]) -> bool:
    """Whether « ses 18 ans » are a person's, not a network's."""
    return is_in_a_personal_sentence(match) and last_list_in(sentence_before(match)) != "collective"


def is_told_of_somebody(match: re.Match[str]) -> bool:
    """Whether a number of years is somebody's age, by the sentence alone."""
    before = sentence_before(match, 40) + match[0][:3]
    return is_of_somebody(match) and DURATION.search(before) is None and not SPAN_BEFORE.search(before)


SPAN_BEFORE = folded_words(
    r"(?:les|ces|des|nos|moins|plus|ces|premiers?|dernieres?|il y a|y a|fait|tous les|entre|et|ou|de|a|ans|an) .{0,3}\Z"
)


def is_opening(match: re.Match[str]) -> bool:
    """Whether an age opens a sentence about somebody: « 17 ans, trois foyers », not « Dix ans, et toujours rien »."""
    return not sentence_before(match).strip(" «\"'-,") and (match["mark"][:2].isdigit() or "-" in match["mark"])


AGE_RULES = (
    folded_rule(HintKind.BIRTH_DATE, rf"nee?(?:\(e\))? (?:a \w{{2,20}},? )?(?:le |un |en )?{DATE}", is_not_of_a_group),
    folded_rule(
        HintKind.BIRTH_DATE,
        rf"nee?(?:\(e\))? (?:a \w{{2,20}},? )?(?:en |vers |aux alentours de |fin |debut |mi-|"
        rf"courant )(?:{MONTH} )?(?:{YEAR}|\d\d)",
        is_of_a_person,
    ),
    folded_rule(
        HintKind.BIRTH_DATE,
        rf"(?:(?:(?:date|annee|jour) de )?naissance|ddn|dn|d\.n\.|nee?\(e\)|nee?),? ?(?:le|:|est|du|"
        rf"au)? ?(?:le )?(?:{DATE}|{YEAR})",
    ),
    folded_rule(
        HintKind.BIRTH_DATE, rf"{DATE},? \(?(?:(?:c'est |est )?(?:sa |sa date de |date de |jour de sa )?naissance)"
    ),
    folded_rule(
        HintKind.BIRTH_DATE,
        rf"(?:(?:il|elle|{NAME_SIGN}{{2,80}}) (?:est|etait) |)(?:de la classe |du cru |de l'annee )(?:{YEAR}|\d\d)",
        is_of_a_person,
    ),
    folded_rule(
        HintKind.BIRTH_DATE,
        rf"(?:il|elle|{NAME_SIGN}{{2,80}}|{PERSON}) (?:est |etait |doit etre |, )(?P<mark>(?:de |du |"
        rf"d')(?:(?:{DAY} )?{MONTH} )?(?:{YEAR}|\d\d(?!\w| ?(?:ans|%|euros|m|km|minutes|heures))))",
    ),
    folded_rule(HintKind.BIRTH_DATE, rf"(?:il|elle|{NAME_SIGN}{{2,80}}) (?:est|etait) (?P<mark>d[eu] ?(?:{DATE}))"),
    folded_rule(
        HintKind.AGE,
        rf"(?:frol|approch|depass|attei|flirt|avoisin|touch|pass|fet|souffl|accus|affich|port|fai)\w{{0,6}} (?:a |"
        rf"avec |de |bien |deja |a peine |allegrement )?(?:les |ses )?{ABOUT}{YEARS}",
        is_of_someone,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:dans|vers|autour de|pas loin de|aux alentours de) les {AGE}(?: ans)?(?! (?:de |jours|mois))",
        is_of_someone,
    ),
    folded_rule(
        HintKind.AGE, rf"(?:ont|avaient|avons) (?P<mark>{AGE}(?:, {AGE})?,? (?:et|ou|a) {YEARS})", is_about_one_person
    ),
    folded_rule(HintKind.BIRTH_DATE, rf"nee? en {YEAR}", is_of_somebody),
    folded_rule(
        HintKind.AGE, r"(?<=, )a [1-9]\d ans(?: a peine| passes)?(?=,)(?!, (?:on|nous|le|la|les) )", is_of_somebody
    ),
    folded_rule(HintKind.AGE, r"dans (?:sa|ma) \w{4,22}ieme annee", is_of_someone),
    folded_rule(
        HintKind.AGE,
        rf"(?:donc |soit |seulement )?{ABOUT}[1-9]\d ans(?: a peine| passes| environ| tout juste| revolus)?(?! (?:de |"
        rf"d'|et plus|ou plus|apres|plus tard|avant|que |qu'))",
        is_told_of_somebody,
    ),
    folded_rule(HintKind.AGE, rf"age(?: reel| declare| estime| approximatif)? ?[:=] ?(?P<mark>{AGE})(?: ans)?"),
    folded_rule(
        HintKind.AGE,
        rf"(?:a |a pas )?(?P<mark>{ABOUT}{YEARS})(?=,(?! (?:on|c'est|nous|le|la|les)(?!\w)))",
        is_opening,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:ses|mes) (?:presque )?{AGE} (?:ans|piges|berges|balais|printemps)(?! (?:de |d'))",
        is_of_somebody,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:{AGE} (?:piges|berges|balais)|(?:une?|le|la|cet|cette|ce) (?:gamine?|gosse|mome|minote?|bebe|mineure?|"
        rf"ado\w{{0,9}}|"
        rf"gar(?:con|s)|fille|fillette) de (?:pas |a peine |meme pas )?{AGE} (?:ans|piges|berges|mois))(?! (?:et plus|"
        rf"ou plus))",
    ),
    folded_rule(HintKind.AGE, rf"(?:majeur|majeure|adulte|retraitee?) depuis {AGE} (?:jours|mois|semaines)"),
    folded_rule(HintKind.BIRTH_DATE, rf"(?:son|ses|leur) anniversaires? (?:est |tombe |: )?,? ?(?:le |est le )?{DATE}"),
    folded_rule(HintKind.BIRTH_DATE, rf"(?:fete|fetait) (?:son anniversaire|ses {AGE} ans) le {DATE}"),
    folded_rule(
        HintKind.AGE,
        rf"agee?s? (?:de |d'|tout juste de |seulement de |aujourd'hui de ){ABOUT}(?:{AGE} (?:et|a|ou) )?{YEARS}",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.AGE,
        rf"{DETERMINER}(?:\w{{2,15}} ){{0,2}}{PERSON}(?: \w{{2,15}}){{0,2}},? (?:de |d'){ABOUT}{YEARS}",
        is_no_duration,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:une?|cet|cette|ce|notre|mon|ma) (?:\w{{3,18}} ){{1,3}}de (?:1[3-9]|[2-9]\d|"
        rf"{LETTERS}) ans(?! (?:et plus|de |d'))",
        is_no_duration,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?<=, )(?P<mark>{ABOUT}{YEARS})(?: a peine| passes| tout juste| environ| exactement| revolus| bien sonnes|"
        rf" bien tasses| sonnes| au compteur)?(?= ?(?:[,.;:!?)]|\Z|\n| et ))",
        is_apposition,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:{NAME_SIGN}{{2,80}}|{PERSON}) ?[,:]? (?P<mark>{ABOUT}\d\d ?(?:ans|piges|berges|balais))(?! (?:de |d'))",
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?<=\()(?P<mark>(?:{AGE}(?:, | et | puis )){{0,5}}{ABOUT}{YEARS})(?=[^)]{{0,40}}\))",
        is_apposition,
    ),
    folded_rule(HintKind.AGE, rf"(?<=\()(?:{AGE}, ){{0,5}}{AGE} et {YEARS}"),
    folded_rule(
        HintKind.AGE,
        rf"(?:deux|trois|quatre|ses|mes|leurs|"
        rf"des) (?:\w{{3,12}} ){{1,3}},?(?:agee?s )?de (?P<mark>(?:{AGE}, ){{0,4}}{AGE} et {YEARS})",
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:a|a l'age de|vers|des|avant|jusqu'a) {ABOUT}{YEARS}(?=,? (?:il|elle|je|j'|{NAME_SIGN}{NAME_SIGN}))",
        is_of_one_person_after,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:(?<!y )(?<!y')(?:a|avait|ayant|il a|elle a)(?: eu)?|ait|aurait|n'a que|n'avait que|n'a pas|"
        rf"n'avait pas|aura|qui a|qui avait|approche(?:ait)? (?:de|les)) (?:ses )?{ABOUT}{YEARS}",
        is_of_someone,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:v(?:ient|enait) (?:juste )?d'avoir|(?:va|allait) sur ses|(?:pour|de|du haut de|malgre|avec|a|vers|des|"
        rf"jusqu'a|avant|"
        rf"fete(?:r|ait)?|fetera(?:it)?|souffl(?:e|er|ait)) ses|a l'age de|arrivee? a|partie? a|mariee? a|mere a|"
        rf"pere a|decedee? a|morte? a|en a|en avait) {ABOUT}{YEARS}",
        is_of_someone,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:d'|a |dans )?(?:une |la )(?:petite |bonne )?{word_list('decade')}(?: d'annees| bien sonnee|"
        rf" passee)?(?! de )(?=\W|\Z)",
        is_of_a_person,
    ),
    folded_rule(
        HintKind.AGE,
        rf"(?:presque |quasi |tout juste )?{word_list('of_an_age')}s?(?! (?:du |de )(?!quartier|village|bourg|"
        rf"la (?:tour|commune|rue|cite)|l'immeuble|rez|bloc))",
        is_about_one_person,
    ),
)
