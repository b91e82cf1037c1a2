"""Where somebody is: postal addresses, and places so small that their people know each other."""

from app.assistant.kinds import HintKind
from app.assistant.patterns import BINDING, CAPITALISED, any_of, rule

# « Fontaine-aux-Loups », « Paul Éluard », « du 8 mai 1945 ».
MORE = rf"(?: {BINDING}{CAPITALISED}){{0,3}}"
STREET_NAME = rf"{BINDING}(?:{CAPITALISED}{MORE}|\d{{1,2}} \w{{3,12}} \d{{4}})"
# No sigla, no person, no public body: « foyer ADOMA », « la résidence de Mme B. », « l’école de la Ville ».
PLACE_NAME = (
    rf"{BINDING}(?:« ?)?(?!(?:mme|mlle|madame|monsieur|mr|villes?|mairie|département|état)\b)"
    rf"(?=\w(?-i:[a-zà-ÿ’'])){CAPITALISED}{MORE}"
)
NUMBER = r"\d{1,4}(?: ?(?:bis|ter|quater|(?-i:[A-D])(?!\w)))?,? "
TOWN = rf"(?:,? ?\d{{5}} {CAPITALISED}(?: {CAPITALISED})?)?"
SCHOOL = f"(?: {any_of('of_school')})?"
A = "(?:d[’'])?(?:une?|le|la|notre|son|sa)"

RULES = (
    rule(
        HintKind.ADDRESS, rf"{NUMBER}{any_of('street')} (?:{STREET_NAME}|{BINDING}[\w\-]{{3,30}}(?: \w{{4,20}})?){TOWN}"
    ),
    # « 2 cours de français » is none: after these a name is needed.
    rule(HintKind.ADDRESS, rf"{NUMBER}{any_of('way')} {STREET_NAME}{TOWN}"),
    rule(HintKind.ADDRESS, rf"(?:0[1-9]|[1-8]\d|9[0-8])\d{{3}} {CAPITALISED}(?: cedex)?"),
    rule(HintKind.PLACE, rf"{any_of('place')}{SCHOOL} {PLACE_NAME}"),
    rule(HintKind.PLACE, rf"{any_of('street')} {PLACE_NAME}"),
    rule(HintKind.PLACE, r"(?:bâtiment|bât\.?|tour|cage|escalier|entrée|immeuble) (?:(?-i:[A-H])|\d{1,3})"),
    rule(HintKind.PLACE, rf"(?-i:[àÀ] Sainte?-)(?!{any_of('large_saint')}(?![\w\-]))[\w’'\-]{{2,50}}+"),
    rule(
        HintKind.PLACE,
        rf"{A} (?:petite? )?(?:village|bourg|commune|bourgade|hameau|îlot)(?: rurale?)?"
        r" de (?:\w{3,10} )?\d{2,3} (?:habitants|âmes)",
    ),
)
