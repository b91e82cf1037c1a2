"""What tells of one person: when they were born, how old they are, their name, their health."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import CAPITALISED, INITIAL, SPACE, any_of, last_of, rule, sentence_before

MONTH = any_of("month")
DATE = rf"(?:\d{{1,2}}(?:er)? {MONTH} (?:19|20)\d\d|\d{{1,2}}(?:/|\.|-)\d{{1,2}}(?:/|\.|-)(?:(?:19|20)\d\d|\d\d))"

YEARS = rf"(?:\d{{1,3}}|(?:{any_of('ten')}(?:-| )(?:et(?:-| ))?)?{any_of('unit')}|{any_of('ten')}) ans"
# « 65 ans et plus » is a group of people, « 12 ans de pratique » a career.
ALONE = r"(?! (?:et plus|ou plus|et moins|de |d[’']))"

PERSON, QUALITY = any_of("person"), any_of("quality")
ONE = "(?:(?:d[’'])?une? |(?:cet|cette|ce|la|le|notre|son|sa|leur|mon|ma) |l[’'])"

NAME_BINDING = "(?:(?:de la|de|du|des|van|von|ben|el) |d[’'])"
NAME = rf"(?:{NAME_BINDING})?(?:{CAPITALISED}|{INITIAL})"
NAMES = rf"(?P<name>{NAME}(?: {NAME}){{0,2}})"
# The second letter is a small one: « la coordinatrice CLSM » is nobody's name.
TITLED = rf"(?=\w(?-i:[a-zà-ÿ])){CAPITALISED}"
WHOLE_NAME = re.compile(
    rf"(?<!\w)(?:{any_of('civility')}|{any_of('trade')},?) {NAMES}, \Z".replace(" ", SPACE), re.IGNORECASE
)
# « Un homme habitant Nantes »: a verb, where nobody is called « un habitant ».
CALLED_SO = re.compile(rf"(?<!\w){ONE}\Z".replace(" ", r"\s"))
NO_NAME = re.compile(any_of("no_name", "acronym"))
AFTER_PUBLIC_PLACE = re.compile(
    r"\b(?:rue|avenue|boulevard|place|hôpital|clinique|hospitalier|établissement|institut|square)\s(?:du\s)?\Z"
)

IMPERSONAL = re.compile(rf"\b{any_of('impersonal')}\s(?:\w{{1,20}}\s(?:et|ou|,)\s)?\Z")
ABOUT_ALL = re.compile(
    r"(?:\b(?:personnes|majeurs|adultes|gens|usagers|patients|habitants|jeunes|ceux|celles)\b"
    r"|\btoute?s?\s(?:personne|patient|usager))[^,]{0,40}\Z"
)
ILLNESS = any_of("illness")


def is_of_a_person(match: re.Match[str]) -> bool:
    """Say whether the sentence so far speaks of a person rather than of what a group has founded."""
    return last_of(("person", "pronoun", "collective"), sentence_before(match)) != "collective"


def is_surely_of_a_person(match: re.Match[str]) -> bool:
    """Say whether the sentence so far names somebody: « une femme née en 1980 », but not « née en 1980 » alone."""
    return last_of(("person", "pronoun", "collective"), sentence_before(match)) in {"person", "pronoun"}


def is_a_name(match: re.Match[str]) -> bool:
    """Say whether what looks like a name is no office (« Madame la Maire »), street, hospital or sigla."""
    words = re.split(r"\s", match["name"].lower())
    return not AFTER_PUBLIC_PLACE.search(sentence_before(match)) and not any(map(NO_NAME.fullmatch, words))


def is_somebody(match: re.Match[str]) -> bool:
    """Say whether a trade goes with a name: « un habitant, Karim », but not « habitant Nantes »."""
    is_verb = match[0].lower().startswith("habitant") and match[0][8:9].isspace()
    return is_a_name(match) and not (is_verb and not CALLED_SO.search(sentence_before(match)))


def follows_a_whole_name(match: re.Match[str]) -> bool:
    """Say whether an age comes after a name that is found by itself: « Monsieur Jean Dupont, 45 ans »."""
    start = match.start("age")
    return WHOLE_NAME.search(match.string[max(0, start - 130) : start]) is not None


def is_called_so(match: re.Match[str]) -> bool:
    """Say whether it is a person who bears the name, and not a project."""
    return is_a_name(match) and is_of_a_person(match)


def is_said_of_somebody(match: re.Match[str]) -> bool:
    """Say whether a label is put on people: « trouble bipolaire » names an illness."""
    return not IMPERSONAL.search(sentence_before(match))


def is_said_of_one(match: re.Match[str]) -> bool:
    """Say whether it is not said of all at once: « les majeurs sous tutelle », « toute personne suivie »."""
    return not ABOUT_ALL.search(sentence_before(match))


RULES = (
    rule(HintKind.BIRTH_DATE, rf"née? (?:le |un )?(?:{any_of('weekday')} )?{DATE}", is_of_a_person),
    rule(HintKind.BIRTH_DATE, rf"née? en (?:{MONTH} )?(?:19|20)\d\d", is_surely_of_a_person),
    rule(
        HintKind.BIRTH_DATE,
        rf"(?:(?:(?:date|année) de )?naissance|ddn|né\(e\)) ?(?:le|:|est)? ?(?:le )?(?:{DATE}|(?:19|20)\d\d)",
    ),
    rule(
        HintKind.AGE,
        rf"{ONE}(?:\w{{2,12}} )?{PERSON}(?: {QUALITY})?,? (?:âgée? )?(?:de|d[’']environ) {YEARS}{ALONE}",
    ),
    rule(HintKind.AGE, rf"âgée? (?:de|d[’']environ|d[’']à peine) {YEARS}{ALONE}", is_said_of_one),
    # After a name that is found as one, the age alone: the two would overlap, and half a name be left.
    rule(
        HintKind.AGE,
        rf"(?:{TITLED} )?{CAPITALISED}, (?P<age>\d\d ans(?:,|(?= \w)))",
        lambda match: not follows_a_whole_name(match),
    ),
    rule(HintKind.AGE, r"(?P<age>\d\d ans(?:,|(?= \w)))", follows_a_whole_name),
    rule(HintKind.AGE, rf"(?:{PERSON}|{CAPITALISED}|{INITIAL}) \(\d{{1,2}} ans\)"),
    rule(
        HintKind.AGE,
        rf"à {YEARS},? (?:il|elle)|(?:il|elle) (?:a|avait|n[’']a que|n[’']avait que) {YEARS}{ALONE}",
        is_of_a_person,
    ),
    rule(HintKind.AGE, rf"{ONE}(?:\w{{2,12}} )?{PERSON} d[’']une {any_of('decade')} d[’']années"),
    rule(HintKind.AGE, rf"{ONE}{any_of('of_an_age')}"),
    rule(HintKind.AGE, rf"(?:qui (?:a|avait)|v(?:ient|enait) d[’']avoir) {YEARS}{ALONE}", is_surely_of_a_person),
    rule(HintKind.DIAGNOSIS, any_of("label"), is_said_of_somebody),
    rule(HintKind.DIAGNOSIS, rf"diagnostiquée? (?:comme )?(?:une? )?(?:\w{{2,15}} )?{any_of('illness', 'label')}"),
    rule(HintKind.DIAGNOSIS, "(?:il|elle|qui) entend(?:ait)? des voix"),
    rule(
        HintKind.DIAGNOSIS,
        rf"(?:souffr(?:e|ait)|atteinte?|diagnostic) (?:de |d[’'])(?:une? |la |l[’'])?(?:\w{{2,15}} ){{0,2}}{ILLNESS}",
        is_said_of_one,
    ),
    rule(HintKind.DIAGNOSIS, rf"(?:sa|son|ses) (?:\w{{2,15}} )?{ILLNESS}"),
    rule(
        HintKind.DIAGNOSIS,
        rf"(?:a|est|avait|était|fait) (?:en pleine|une?|des) (?:\w{{4,15}} )?{ILLNESS}",
        is_surely_of_a_person,
    ),
    rule(
        HintKind.PATIENT,
        r"(?:(?:d[’'])?une?|notre|ma|mon|cet|ce|cette|son|sa|votre) patiente?"
        rf"(?= ?[,.;:!?)»]| {any_of('after_patient')}(?!\w)| (?:n|s|m|l|d|qu)[’']|\Z|\n)",
    ),
    rule(HintKind.PATIENT, "une? de (?:nos|mes|ses|vos|leurs) patiente?s"),
    rule(
        HintKind.PATIENT,
        "(?:sort|sortait|est sortie?|revient|revenait|rentrait) (?:de|d[’']une?) "
        "(?:l[’']hôpital psychiatrique|psychiatrie|hospitalisation(?: sous contrainte)?)",
    ),
    rule(HintKind.PATIENT, rf"(?:prend|prenait) (?:des|du|un) {any_of('treatment')}", is_said_of_one),
    rule(HintKind.PATIENT, rf"(?:hospitalisée?|internée?) {any_of('constraint')}", is_said_of_one),
    rule(HintKind.PATIENT, "(?:a|avait|est|était|fut) (?:été )?(?:(?:de|à) nouveau )?(?:hospitalisée?|internée?)"),
    rule(
        HintKind.PATIENT,
        rf"(?:sa|son|ses) {any_of('treatment')}(?! (?:médiatique|par|dans|du|de|des)(?!\w))",
        is_said_of_one,
    ),
    rule(
        HintKind.PATIENT, r"sous (?:curatelle|tutelle)(?: renforcée)?(?! (?:(?:du|des|de)(?!\w)|d[’']))", is_said_of_one
    ),
    rule(HintKind.PATIENT, "sous (?:neuroleptiques|antidépresseurs|lithium|anxiolytiques)", is_said_of_one),
    # After « un », « le », « de »…, « suivi » is a noun, and nobody's.
    rule(
        HintKind.PATIENT,
        rf"(?<!un )(?<!le )(?<!du )(?<!ce )(?<!de )(?<!au )(?<!en )suivie? {any_of('care')}",
        is_said_of_one,
    ),
    rule(HintKind.PATIENT, "(?:il|elle|qui) (?:a |avait )?décompens(?:é|e|ait)"),
    rule(HintKind.NAME, rf"{any_of('civility')} {NAMES}", is_a_name),
    rule(
        HintKind.NAME,
        rf"(?:s[’']appel(?:le|ait)|se nomm(?:e|ait)|(?:pré|dé)?nommée?|appelée?) {NAMES}",
        is_called_so,
    ),
    rule(HintKind.NAME, rf"(?P<name>{TITLED} {TITLED}), (?:notre |la |le |l[’'])?{any_of('trade')}", is_a_name),
    rule(HintKind.NAME, rf"{any_of('trade')},? (?P<name>{TITLED}(?: {NAME})?)", is_somebody),
)
