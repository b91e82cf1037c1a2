"""Rules for one person: birth date, age, name, health."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import CAPITALISED, INITIAL, SPACE, last_list_in, rule, sentence_before, word_list

MONTH = word_list("month")
DATE = rf"(?:\d{{1,2}}(?:er)? {MONTH} (?:19|20)\d\d|\d{{1,2}}(?:/|\.|-)\d{{1,2}}(?:/|\.|-)(?:(?:19|20)\d\d|\d\d))"

YEARS = rf"(?:\d{{1,3}}|(?:{word_list('ten')}(?:-| )(?:et(?:-| ))?)?{word_list('unit')}|{word_list('ten')}) ans"
# « 65 ans et plus » is a group of people, « 12 ans de pratique » a career.
NOT_A_GROUP = r"(?! (?:et plus|ou plus|et moins|de |d[’']))"

PERSON, QUALITY = word_list("person"), word_list("quality")
DETERMINER = "(?:(?:d[’'])?une? |(?:cet|cette|ce|la|le|notre|son|sa|leur|mon|ma) |l[’'])"

NAME_PARTICLES = "(?:(?:de la|de|du|des|van|von|ben|el) |d[’'])"
NAME = rf"(?:{NAME_PARTICLES})?(?:{CAPITALISED}|{INITIAL})"
NAMES = rf"(?P<name>{NAME}(?: {NAME}){{0,2}})"
# The second letter is in lower case: « la coordinatrice CLSM » is nobody's name.
CAPITALISED_WORD = rf"(?=\w(?-i:[a-zà-ÿ])){CAPITALISED}"
WHOLE_NAME = re.compile(
    rf"(?<!\w)(?:{word_list('civility')}|{word_list('trade')},?) {NAMES}, \Z".replace(" ", SPACE), re.IGNORECASE
)
# « Un homme habitant Nantes »: without a determiner before it, « habitant » is a verb.
AFTER_DETERMINER = re.compile(rf"(?<!\w){DETERMINER}\Z".replace(" ", r"\s"))
NOT_A_NAME = re.compile(word_list("no_name", "acronym"))
AFTER_PUBLIC_PLACE = re.compile(
    r"\b(?:rue|avenue|boulevard|place|hôpital|clinique|hospitalier|établissement|institut|square)\s(?:du\s)?\Z"
)

IMPERSONAL = re.compile(rf"\b{word_list('impersonal')}\s(?:\w{{1,20}}\s(?:et|ou|,)\s)?\Z")
ABOUT_EVERYONE = re.compile(
    r"(?:\b(?:personnes|majeurs|adultes|gens|usagers|patients|habitants|jeunes|ceux|celles)\b"
    r"|\btoute?s?\s(?:personne|patient|usager))[^,]{0,40}\Z"
)
ILLNESS = word_list("illness")


def is_not_of_a_group(match: re.Match[str]) -> bool:
    """Whether the sentence before is about a person rather than something that a group has founded."""
    return last_list_in(sentence_before(match)) != "collective"


def is_of_a_person(match: re.Match[str]) -> bool:
    """Whether the sentence before mentions a person: « une femme née en 1980 », but not « née en 1980 » alone."""
    return last_list_in(sentence_before(match)) in {"person", "pronoun"}


def is_name(match: re.Match[str]) -> bool:
    """Whether an apparent name is no office (« Madame la Maire »), street, hospital or acronym."""
    words = re.split(r"\s", match["name"].lower())
    return not AFTER_PUBLIC_PLACE.search(sentence_before(match)) and not any(map(NOT_A_NAME.fullmatch, words))


def is_trade_and_name(match: re.Match[str]) -> bool:
    """Whether a trade goes with a name: « un habitant, Karim », but not « habitant Nantes »."""
    is_verb = match[0].lower().startswith("habitant") and match[0][8:9].isspace()
    return is_name(match) and not (is_verb and not AFTER_DETERMINER.search(sentence_before(match)))


def follows_whole_name(match: re.Match[str]) -> bool:
    """Whether an age comes after a name that another rule finds: « Monsieur Jean Dupont, 45 ans »."""
    start = match.start("age")
    return WHOLE_NAME.search(match.string[max(0, start - 130) : start]) is not None


def is_name_of_a_person(match: re.Match[str]) -> bool:
    return is_name(match) and is_not_of_a_group(match)


def is_about_a_person(match: re.Match[str]) -> bool:
    """Whether a diagnosis is applied to people: « trouble bipolaire » alone names an illness."""
    return not IMPERSONAL.search(sentence_before(match))


def is_about_one_person(match: re.Match[str]) -> bool:
    """Whether it is not about people in general: « les majeurs sous tutelle », « toute personne suivie »."""
    return not ABOUT_EVERYONE.search(sentence_before(match))


PERSON_RULES = (
    rule(HintKind.BIRTH_DATE, rf"née? (?:le |un )?(?:{word_list('weekday')} )?{DATE}", is_not_of_a_group),
    rule(HintKind.BIRTH_DATE, rf"née? en (?:{MONTH} )?(?:19|20)\d\d", is_of_a_person),
    rule(
        HintKind.BIRTH_DATE,
        rf"(?:(?:(?:date|année) de )?naissance|ddn|né\(e\)) ?(?:le|:|est)? ?(?:le )?(?:{DATE}|(?:19|20)\d\d)",
    ),
    rule(
        HintKind.AGE,
        rf"{DETERMINER}(?:\w{{2,12}} )?{PERSON}(?: {QUALITY})?,? (?:âgée? )?(?:de|d[’']environ) {YEARS}{NOT_A_GROUP}",
    ),
    rule(HintKind.AGE, rf"âgée? (?:de|d[’']environ|d[’']à peine) {YEARS}{NOT_A_GROUP}", is_about_one_person),
    # After a name that another rule finds, the age alone: the two would overlap, and leave half a name.
    rule(
        HintKind.AGE,
        rf"(?:{CAPITALISED_WORD} )?{CAPITALISED}, (?P<age>\d\d ans(?:,|(?= \w)))",
        lambda match: not follows_whole_name(match),
    ),
    rule(HintKind.AGE, r"(?P<age>\d\d ans(?:,|(?= \w)))", follows_whole_name),
    rule(HintKind.AGE, rf"(?:{PERSON}|{CAPITALISED}|{INITIAL}) \(\d{{1,2}} ans\)"),
    rule(
        HintKind.AGE,
        rf"à {YEARS},? (?:il|elle)|(?:il|elle) (?:a|avait|n[’']a que|n[’']avait que) {YEARS}{NOT_A_GROUP}",
        is_not_of_a_group,
    ),
    rule(HintKind.AGE, rf"{DETERMINER}(?:\w{{2,12}} )?{PERSON} d[’']une {word_list('decade')} d[’']années"),
    rule(HintKind.AGE, rf"{DETERMINER}{word_list('of_an_age')}"),
    rule(HintKind.AGE, rf"(?:qui (?:a|avait)|v(?:ient|enait) d[’']avoir) {YEARS}{NOT_A_GROUP}", is_of_a_person),
    rule(HintKind.DIAGNOSIS, word_list("label"), is_about_a_person),
    rule(HintKind.DIAGNOSIS, rf"diagnostiquée? (?:comme )?(?:une? )?(?:\w{{2,15}} )?{word_list('illness', 'label')}"),
    rule(HintKind.DIAGNOSIS, "(?:il|elle|qui) entend(?:ait)? des voix"),
    rule(
        HintKind.DIAGNOSIS,
        rf"(?:souffr(?:e|ait)|atteinte?|diagnostic) (?:de |d[’'])(?:une? |la |l[’'])?(?:\w{{2,15}} ){{0,2}}{ILLNESS}",
        is_about_one_person,
    ),
    rule(HintKind.DIAGNOSIS, rf"(?:sa|son|ses) (?:\w{{2,15}} )?{ILLNESS}"),
    rule(
        HintKind.DIAGNOSIS,
        rf"(?:a|est|avait|était|fait) (?:en pleine|une?|des) (?:\w{{4,15}} )?{ILLNESS}",
        is_of_a_person,
    ),
    rule(
        HintKind.PATIENT,
        r"(?:(?:d[’'])?une?|notre|ma|mon|cet|ce|cette|son|sa|votre) patiente?"
        rf"(?= ?[,.;:!?)»]| {word_list('after_patient')}(?!\w)| (?:n|s|m|l|d|qu)[’']|\Z|\n)",
    ),
    rule(HintKind.PATIENT, "une? de (?:nos|mes|ses|vos|leurs) patiente?s"),
    rule(
        HintKind.PATIENT,
        "(?:sort|sortait|est sortie?|revient|revenait|rentrait) (?:de|d[’']une?) "
        "(?:l[’']hôpital psychiatrique|psychiatrie|hospitalisation(?: sous contrainte)?)",
    ),
    rule(HintKind.PATIENT, rf"(?:prend|prenait) (?:des|du|un) {word_list('treatment')}", is_about_one_person),
    rule(HintKind.PATIENT, rf"(?:hospitalisée?|internée?) {word_list('constraint')}", is_about_one_person),
    rule(HintKind.PATIENT, "(?:a|avait|est|était|fut) (?:été )?(?:(?:de|à) nouveau )?(?:hospitalisée?|internée?)"),
    rule(
        HintKind.PATIENT,
        rf"(?:sa|son|ses) {word_list('treatment')}(?! (?:médiatique|par|dans|du|de|des)(?!\w))",
        is_about_one_person,
    ),
    rule(
        HintKind.PATIENT,
        r"sous (?:curatelle|tutelle)(?: renforcée)?(?! (?:(?:du|des|de)(?!\w)|d[’']))",
        is_about_one_person,
    ),
    rule(HintKind.PATIENT, "sous (?:neuroleptiques|antidépresseurs|lithium|anxiolytiques)", is_about_one_person),
    # After « un », « le », « de »…, « suivi » is a noun, not a person's.
    rule(
        HintKind.PATIENT,
        rf"(?<!un )(?<!le )(?<!du )(?<!ce )(?<!de )(?<!au )(?<!en )suivie? {word_list('care')}",
        is_about_one_person,
    ),
    rule(HintKind.PATIENT, "(?:il|elle|qui) (?:a |avait )?décompens(?:é|e|ait)"),
    rule(HintKind.NAME, rf"{word_list('civility')} {NAMES}", is_name),
    rule(
        HintKind.NAME,
        rf"(?:s[’']appel(?:le|ait)|se nomm(?:e|ait)|(?:pré|dé)?nommée?|appelée?) {NAMES}",
        is_name_of_a_person,
    ),
    rule(
        HintKind.NAME,
        rf"(?P<name>{CAPITALISED_WORD} {CAPITALISED_WORD}), (?:notre |la |le |l[’'])?{word_list('trade')}",
        is_name,
    ),
    rule(HintKind.NAME, rf"{word_list('trade')},? (?P<name>{CAPITALISED_WORD}(?: {NAME})?)", is_trade_and_name),
)
