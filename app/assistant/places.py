"""Rules for places: postal addresses, and places so small that their people know each other."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import (
    CAPITALISED,
    PARTICLES,
    folded,
    folded_words,
    is_near_a_person,
    rule,
    sentence_after,
    sentence_before,
    word_list,
)

# « Fontaine-aux-Loups », « Paul Éluard », « du 8 mai 1945 ».
MORE_NAMES = rf"(?: {PARTICLES}{CAPITALISED}){{0,3}}"
STREET_NAME = rf"{PARTICLES}(?:{CAPITALISED}{MORE_NAMES}|\d{{1,2}} \w{{3,12}} \d{{4}})"
# Not an acronym, a person or a public body: « foyer ADOMA », « la résidence de Mme B. », « l’école de la Ville ».
PLACE_NAME = (
    rf"{PARTICLES}(?:« ?)?(?!(?:mme|mlle|madame|monsieur|mr|villes?|mairie|département|état)\b)"
    rf"(?=\w(?-i:[a-zà-ÿ’'])){CAPITALISED}{MORE_NAMES}"
)
NUMBER = r"\d{1,4}(?: ?(?:bis|ter|quater|(?-i:[A-D])(?!\w)))?,? "
TOWN = rf"(?:,? ?\d{{5}} {CAPITALISED}(?: {CAPITALISED})?)?"
SCHOOL = f"(?: {word_list('of_school')})?"
DETERMINER = "(?:d[’'])?(?:une?|le|la|notre|son|sa)"


def is_where_a_person_is(match: re.Match[str]) -> bool:
    """Whether somebody is there: « elle enseigne au collège Louise-Weiss », not « une réunion au collège »."""
    return (is_near_a_person(match) or is_a_situation(match)) and not MEETING.search(
        folded(match.string[max(0, match.start() - 90) : match.end() + 60])
    )


def is_a_situation(match: re.Match[str]) -> bool:
    """Whether the sentence tells what happened there, or who lives there."""
    return SITUATION.search(sentence_before(match) + " / " + sentence_after(match)) is not None


SITUATION = folded_words(word_list("situation"))
MEETING = folded_words(word_list("meeting"))

PLACE_RULES = (
    rule(
        HintKind.ADDRESS,
        rf"{NUMBER}{word_list('street')} (?:{STREET_NAME}|{PARTICLES}[\w\-]{{3,30}}(?: \w{{4,20}})?){TOWN}",
    ),
    rule(
        HintKind.ADDRESS,
        rf"(?:(?:la |l[’'])?(?:résidence|immeuble|bâtiment|bât\.?|tour|cité|apt\.?|appt\.?|appartement|escalier|"
        rf"esc\.?|porte|étage)[^,.;!?\n]{{0,25}}, ?){{1,4}}(?:(?:bât\.?|apt\.?|appt\.?|"
        rf"esc\.?) ?\w{{1,5}}, ?){{0,3}}{NUMBER}{word_list('street', 'way')} {STREET_NAME}{TOWN}",
    ),
    # « 2 cours de français » is no address: after these words a name is needed.
    rule(HintKind.ADDRESS, rf"{NUMBER}{word_list('way')} {STREET_NAME}{TOWN}"),
    rule(HintKind.ADDRESS, rf"(?:0[1-9]|[1-8]\d|9[0-8])\d{{3}} {CAPITALISED}(?: cedex)?"),
    rule(HintKind.PLACE, rf"{word_list('small_place')}{SCHOOL} {PLACE_NAME}"),
    rule(HintKind.PLACE, rf"{word_list('street', 'public_building')}{SCHOOL} {PLACE_NAME}", is_where_a_person_is),
    rule(
        HintKind.PLACE,
        rf"(?:petite? |minuscule )(?:village|bourg|commune|île|ville|hameau|"
        rf"paroisse)(?: \w{{4,12}})? (?:de |d[’']){CAPITALISED}",
    ),
    rule(
        HintKind.PLACE,
        rf"(?:sur |de |à |dans )?l[’']île (?:de |d[’']|aux |des |"
        rf"du )(?:la )?(?!{word_list('large_island')}(?!\w)){CAPITALISED}",
    ),
    rule(HintKind.PLACE, rf"(?:à|sur|de|d[’']) ?{word_list('small_island')}(?![\w\-])"),
    rule(
        HintKind.PLACE,
        rf"(?:bourg|gare|église|mairie|cimetière|port|plage|salle des fêtes|épicerie|boulangerie|poste|"
        rf"marché|stade|pont|moulin|château|presbytère|café|bar)"
        rf" (?:de |d[’'])(?!{word_list('large_town')}(?![\w\-])){CAPITALISED}",
        is_where_a_person_is,
    ),
    # « Montreval-les-Eaux », « Saint-Ouarn »: small communes, where the sentence is about somebody.
    rule(
        HintKind.PLACE,
        rf"(?-i:[àÀ]|[dD]e|[dD][’']|vers|sur|"
        rf"[pP]rès de) ?(?!{word_list('large_compound')}(?![\w\-]))(?-i:[A-ZÉÈ])[\w’']{{2,20}}"
        r"-(?:les?|la|lès|lez|sur|sous|en|aux?|du|des?|d[’']|l[’'])-?[\w’'\-]{2,30}",
        is_where_a_person_is,
    ),
    rule(
        HintKind.PLACE,
        rf"(?<!hôpital )(?<!clinique )(?<!collège )(?<!lycée )(?-i:de|vers|"
        rf"sur) (?-i:Sainte?-)(?!{word_list('large_saint')}(?![\w\-]))"
        r"[\w’'\-]{2,50}+",
        is_where_a_person_is,
    ),
    rule(
        HintKind.PLACE,
        rf"(?:la |le |l[’'])?(?:viaduc|barrage|phare|étang|écluse|rocher|ravin|gorges|pointe|calanque) (?:de |d[’']|"
        rf"du |des )(?:la )?{CAPITALISED}",
        is_where_a_person_is,
    ),
    rule(HintKind.PLACE, rf"(?:la )?falaises? (?:de |d[’']|du |des )(?:la )?{CAPITALISED}"),
    rule(HintKind.PLACE, r"(?:bâtiment|bât\.?|tour|cage|escalier|entrée|immeuble) (?:(?-i:[A-H])|\d{1,3})"),
    rule(HintKind.PLACE, rf"(?-i:[àÀ] Sainte?-)(?!{word_list('large_saint')}(?![\w\-]))[\w’'\-]{{2,50}}+"),
    rule(
        HintKind.PLACE,
        rf"{DETERMINER} (?:petite? )?(?:village|bourg|commune|bourgade|hameau|îlot)(?: rurale?)?"
        r" de (?:(?:\w{3,10} )?\d{2,3}|(?:deux|trois|quatre|cinq|six|sept|huit|neuf) cents|vingt|trente|"
        r"quarante|cinquante|soixante|cent) (?:habitants|âmes|feux|foyers|maisons)",
    ),
)
