"""What tells of one person: when they were born, how old they are, their name, their health."""

import re

from app.testimonials.hints.kinds import HintKind
from app.testimonials.hints.patterns import (
    APOSTROPHE,
    CAPITALISED,
    UPPER,
    alternation,
    any_of,
    last_of,
    rule,
    sentence_before,
    whole,
)

MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
DATE = (
    rf"(?:\d{{1,2}}(?:er)? {alternation(MONTHS)} (?:19|20)\d\d"
    r"|\d{1,2}(?:/|\.|-)\d{1,2}(?:/|\.|-)(?:(?:19|20)\d\d|\d\d))"
)

UNITS = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
TENS = "dix vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingts quatre-vingt-dix".split()
YEARS = (
    rf"(?:\d{{1,3}}|(?:{alternation(TENS, either_case=False)}(?:(?:-| )(?:et(?:-| ))?)?)?"
    rf"{alternation(UNITS, either_case=False)}|{alternation(TENS, either_case=False)}) ans"
)
# « plus de 60 ans », « 65 ans et plus »: a group of people.
NO_GROUP = r"(?! (?:et plus|ou plus|et moins|d[’']expérience|d[’']existence|de ))"
PERSON, QUALITY = any_of("person", either_case=False), any_of("quality", either_case=False)
ONE = rf"(?:(?:un|une|cet|cette|ce|la|le|notre|son|sa|leur|mon|ma|d[’']un|d[’']une) |l{APOSTROPHE})"

INITIAL = rf"[{UPPER}]\.?(?:-?[{UPPER}]\.)?"
NAME_BINDING = "(?:(?:de la|de|du|des|van|von|ben|el) |d[’'])"
NAME = rf"(?:{NAME_BINDING})?(?:{CAPITALISED}|{INITIAL})"
NAMES = rf"(?P<name>{NAME})(?: {NAME}){{0,2}}"
NO_NAME = re.compile(f"{any_of('no_name', either_case=False)}|{any_of('acronym', either_case=False)}")
AFTER_PUBLIC_PLACE = re.compile(
    r"(?:rue|avenue|boulevard|place|hôpital|clinique|hospitalier|établissement|institut|square)\s(?:du\s)?\Z"
)


def is_of_a_person(match: re.Match[str]) -> bool:
    """Say whether the sentence so far speaks of a person rather than of what a group has founded."""
    return last_of(("person", "pronoun", "collective"), sentence_before(match)) != "collective"


def is_surely_of_a_person(match: re.Match[str]) -> bool:
    """Say whether the sentence so far names somebody: « une femme née en 1980 », but not « née en 1980 » alone."""
    return last_of(("person", "pronoun", "collective"), sentence_before(match)) in {"person", "pronoun"}


def is_a_name(match: re.Match[str]) -> bool:
    """Say whether what looks like a name is not an office (« Madame la Maire ») nor that of a street or a hospital."""
    words = re.split(r"\s", match[0][match.start("name") - match.start() :].lower())
    in_public = AFTER_PUBLIC_PLACE.search(sentence_before(match))
    return not in_public and not any(NO_NAME.fullmatch(word) for word in words)


def is_called_so(match: re.Match[str]) -> bool:
    """Say whether it is a person who bears the name, and not a project."""
    return is_a_name(match) and is_of_a_person(match)


def is_of_somebody(match: re.Match[str]) -> bool:
    """Say whether a label is put on people: « trouble bipolaire » names an illness."""
    return not IMPERSONAL.search(sentence_before(match))


def is_not_about_all(match: re.Match[str]) -> bool:
    """Say whether it is not said of all at once: « les majeurs sous tutelle », « toute personne suivie »."""
    return not ABOUT_ALL.search(sentence_before(match))


IMPERSONAL = re.compile(rf"(?<!\w){any_of('impersonal', either_case=False)}\s(?:\w{{1,20}}\s(?:et|ou|,)\s)?\Z")
ABOUT_ALL = re.compile(
    r"(?:\b(?:personnes|majeurs|adultes|gens|usagers|patients|habitants|jeunes|ceux|celles)\b"
    r"|\btoute?s?\s(?:personne|patient|usager))[^,]{0,40}\Z"
)
ILLNESS = any_of("illness", either_case=False)
CARE = (
    r"(?:au cmp|au cattp|en psychiatrie|à l[’']hôpital|en hôpital de jour|en addictologie|par le cmp|par un psychiatre"
    r"|par une psychiatre|par le secteur|par la psychiatrie|au centre médico-psychologique)"
)

RULES = (
    rule(HintKind.BIRTH_DATE, rf"[Nn]ée? (?:le |un )?(?:{any_of('weekday')} )?{DATE}", is_of_a_person),
    rule(HintKind.BIRTH_DATE, rf"[Nn]ée? en (?:{alternation(MONTHS)} )?(?:19|20)\d\d", is_surely_of_a_person),
    rule(
        HintKind.BIRTH_DATE,
        rf"(?:(?:date|année) de naissance|ddn|né\(e\)|naissance) ?(?:le|:|est)? ?(?:le )?(?:{DATE}|(?:19|20)\d\d)",
        flags=re.IGNORECASE,
    ),
    rule(
        HintKind.AGE,
        rf"{ONE}(?:\w{{2,12}} )?{PERSON}(?: {QUALITY})?,? (?:âgée? )?(?:de|d[’']environ) {YEARS}{NO_GROUP}",
        flags=re.IGNORECASE,
    ),
    rule(HintKind.AGE, rf"[âÂ]gée? (?:de|d[’']environ|d[’']à peine) {YEARS}{NO_GROUP}", is_not_about_all),
    rule(HintKind.AGE, rf"[{UPPER}][a-zà-ÿ]{{2,20}}+, \d\d ans(?:,|(?= [a-zà-ÿ]))"),
    rule(HintKind.AGE, rf"(?:{PERSON}|{CAPITALISED}|{INITIAL}) \(\d{{1,2}} ans\)"),
    rule(
        HintKind.AGE,
        rf"[àÀ] {YEARS},? (?:il|elle)|(?:[Ii]l|[Ee]lle) (?:a|avait|n[’']a que|n[’']avait que) {YEARS}{NO_GROUP}",
        is_of_a_person,
    ),
    rule(HintKind.DIAGNOSIS, any_of("label"), is_of_somebody),
    rule(
        HintKind.DIAGNOSIS,
        rf"(?:[Ss]ouffr(?:e|ait)|(?:[Aa]tteinte?|[Dd]iagnostic)) (?:de |d[’'])(?:un |une |la |l[’'])?(?:\w{{2,15}} ){{0,2}}{ILLNESS}",
        is_not_about_all,
    ),
    rule(HintKind.DIAGNOSIS, rf"(?:[Ss]a|[Ss]on|[Ss]es) (?:\w{{2,15}} )?{ILLNESS}"),
    rule(
        HintKind.DIAGNOSIS,
        rf"(?:a|est|avait|était) (?:en pleine|une|un|fait une|fait un|des) (?:\w{{4,15}} )?{ILLNESS}",
        is_surely_of_a_person,
    ),
    rule(
        HintKind.PATIENT,
        rf"(?:[Uu]n|[Uu]ne|[Nn]otre|[Mm]a|[Mm]on|[Cc]e|[Cc]ette|[Ss]on|[Ss]a|[Dd]’un|[Dd]’une|[Vv]otre) patiente?"
        rf"(?= ?[,.;:!?)»]| {any_of('after_patient', either_case=False)}(?!\w)| (?:n|s|m|l|d|qu)[’']|\Z|\n)",
    ),
    rule(
        HintKind.PATIENT,
        r"(?:[Hh]ospitalisée?|[Ii]nternée?) (?:d[’']office|sous contrainte|sans (?:son )?consentement|en urgence|de force"
        r"|à la demande d[’']un tiers|en psychiatrie|en soins sous contrainte)",
        is_not_about_all,
    ),
    rule(
        HintKind.PATIENT, r"(?:a|avait|est|était|fut) (?:été )?(?:de nouveau |à nouveau )?(?:hospitalisée?|internée?)"
    ),
    rule(
        HintKind.PATIENT,
        r"(?:[Ss]on|[Ss]a) (?:hospitalisation|internement|sortie d[’']hôpital|psychiatre|injection|décompensation)",
    ),
    rule(
        HintKind.PATIENT,
        r"(?:[Ss]on traitement|[Ss]es médicaments|[Ss]es neuroleptiques)(?! (?:médiatique|par|dans|du|de|des)(?!\w))",
    ),
    rule(HintKind.PATIENT, r"[Ss]ous (?:curatelle|tutelle)(?: renforcée)?(?! (?:du|des|de|d[’']))", is_not_about_all),
    rule(
        HintKind.PATIENT, r"[Ss]ous (?:neuroleptiques|antidépresseurs|lithium|anxiolytiques|camisole)", is_not_about_all
    ),
    rule(
        HintKind.PATIENT,
        rf"(?<!un )(?<!le )(?<!du )(?<!ce )(?<!de )(?<!au )(?<!en )[Ss]uivie? {CARE}",
        is_not_about_all,
        re.IGNORECASE,
    ),
    rule(HintKind.PATIENT, r"(?:[Ii]l|[Ee]lle|qui) (?:a |avait )?décompens(?:é|e|ait)"),
    rule(HintKind.NAME, rf"{any_of('civility')} {NAMES}", is_a_name),
    rule(
        HintKind.NAME,
        rf"(?:s[’']appelle|s[’']appelait|se nomme|se nommait|(?:pré|dé)nommée?|appelée?|nommée?) {NAMES}",
        is_called_so,
    ),
    rule(HintKind.NAME, rf"{any_of('trade')},? (?P<name>[{UPPER}][a-zà-ÿ][\w\-]{{1,30}}+)(?: {NAME})?", is_a_name),
)
