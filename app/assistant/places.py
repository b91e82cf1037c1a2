"""Rules for places: postal addresses, and places so small that their people know each other."""

from app.assistant.kinds import HintKind
from app.assistant.patterns import CAPITALISED, PARTICLES, rule, word_list

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

PLACE_RULES = (
    rule(
        HintKind.ADDRESS,
        rf"{NUMBER}{word_list('street')} (?:{STREET_NAME}|{PARTICLES}[\w\-]{{3,30}}(?: \w{{4,20}})?){TOWN}",
    ),
    # « 2 cours de français » is no address: after these words a name is needed.
    rule(HintKind.ADDRESS, rf"{NUMBER}{word_list('way')} {STREET_NAME}{TOWN}"),
    rule(HintKind.ADDRESS, rf"(?:0[1-9]|[1-8]\d|9[0-8])\d{{3}} {CAPITALISED}(?: cedex)?"),
    rule(HintKind.PLACE, rf"{word_list('place')}{SCHOOL} {PLACE_NAME}"),
    rule(HintKind.PLACE, rf"{word_list('street')} {PLACE_NAME}"),
    rule(HintKind.PLACE, r"(?:bâtiment|bât\.?|tour|cage|escalier|entrée|immeuble) (?:(?-i:[A-H])|\d{1,3})"),
    rule(HintKind.PLACE, rf"(?-i:[àÀ] Sainte?-)(?!{word_list('large_saint')}(?![\w\-]))[\w’'\-]{{2,50}}+"),
    rule(
        HintKind.PLACE,
        rf"{DETERMINER} (?:petite? )?(?:village|bourg|commune|bourgade|hameau|îlot)(?: rurale?)?"
        r" de (?:\w{3,10} )?\d{2,3} (?:habitants|âmes)",
    ),
)
