"""Where somebody is: postal addresses, and places so small that their people know each other."""

from app.testimonials.hints.kinds import HintKind
from app.testimonials.hints.patterns import BINDING, CAPITALISED, LOWER, UPPER, any_of, rule

# « Fontaine-aux-Loups », « Le Clos des Lilas », « Paul Éluard ».
NAMED = rf"(?:{CAPITALISED}|\d{{1,2}} [a-zà-ÿ]{{3,12}}+ \d{{4}})(?: (?:{BINDING}){{0,2}}[{UPPER}][{LOWER}{UPPER}’'\-]{{1,40}}+){{0,3}}"
NOT_A_CIVILITY = r"(?!(?:Mme|Mlle|Madame|Monsieur|Mr|Ville|Villes|Mairie|Département|État|CLSM|CRPV)\b)"
PROPER = rf"{NOT_A_CIVILITY}[{UPPER}](?=[{LOWER}’'])[{LOWER}{UPPER}’'\-]{{1,40}}+"
PLACE_NAME = rf"«? ?(?:{PROPER})(?: (?:{BINDING}){{0,2}}[{UPPER}][{LOWER}’'\-]{{1,40}}+){{0,3}}"
NUMBER = r"\d{1,4}(?: ?(?:bis|ter|quater|[A-D](?!\w)))?,? "
TOWN = rf"(?:,? ?(?:F-)?\d{{5}} {CAPITALISED}(?: {CAPITALISED})?)?"

RULES = (
    rule(HintKind.ADDRESS, rf"{NUMBER}{any_of('street')} (?:{BINDING}){{0,2}}(?:{NAMED}|[a-zà-ÿ\-]{{3,30}}+){TOWN}"),
    rule(HintKind.ADDRESS, rf"{NUMBER}{any_of('way')} (?:{BINDING}){{0,2}}{NAMED}{TOWN}"),
    rule(HintKind.ADDRESS, rf"(?:0[1-9]|[1-8]\d|9[0-8])\d{{3}} {CAPITALISED}(?: (?:Cedex|cedex|CEDEX))?"),
    rule(
        HintKind.PLACE,
        rf"(?:(?:[Aa]u|[Àà] la|[Àà] l[’']|[Ll]e|[Ll]a|[Ll][’']|[Dd]u|[Uu]ne?|[Ll]es) ?)?{any_of('place')}(?: (?:élémentaire|primaire|maternelle|publique|privée|professionnel|HLM|général|universitaire))? (?:{BINDING}){{0,2}}{PLACE_NAME}",
    ),
    rule(HintKind.PLACE, rf"[Rr]ue (?:{BINDING}){{0,2}}{PLACE_NAME}"),
    rule(HintKind.PLACE, rf"{any_of('street')} (?:{BINDING}){{0,2}}{PLACE_NAME}"),
    rule(
        HintKind.PLACE, r"(?:[Bb]âtiment|[Bb]ât\.?|[Tt]our|[Cc]age|[Ee]scalier|[Ee]ntrée|[Ii]mmeuble) (?:[A-H]|\d{1,3})"
    ),
    rule(
        HintKind.PLACE, rf"[àÀ] Sainte?-(?!(?i:{any_of('large_saint', either_case=False)})(?![\w\-]))[\w’'\-]{{2,50}}+"
    ),
    rule(
        HintKind.PLACE,
        r"(?:[Uu]n|[Uu]ne|[Ll]e|[Ll]a|[Nn]otre|[Ss]on|[Dd]’un|[Dd]’une) (?:petite? )?(?:village|bourg|commune|bourgade|hameau|îlot)(?: rurale?)? de (?:\w{3,10} )?\d{2,3} (?:habitants|âmes)",
    ),
)
