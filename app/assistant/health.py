"""Rules for the health of a person: labels, illnesses, and what shows them."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import (
    NAME_SIGN,
    folded_rule,
    folded_words,
    is_about_one_person,
    is_in_a_personal_sentence,
    is_near_a_person,
    is_of_a_person,
    sentence_before,
    word_list,
)

ILLNESS, LABEL = word_list("illness"), word_list("label")
SOME = "(?:une? |des |la |le |les |l'|de la |du |de l'|d'une? |de |d'|son |sa |ses )"
WORDS_BETWEEN = r"(?:\w{2,15} ){0,2}"
IMPERSONAL = folded_words(rf"{word_list('impersonal')} (?:\w{{1,20}} (?:et|ou|,) )?\Z")


def is_about_a_person(match: re.Match[str]) -> bool:
    """Whether a label is applied to a person: « trouble bipolaire » alone names an illness."""
    return not IMPERSONAL.search(sentence_before(match, 40))


def is_one_persons_label(match: re.Match[str]) -> bool:
    return is_about_a_person(match) and is_about_one_person(match)


def is_one_persons(match: re.Match[str]) -> bool:
    return is_of_a_person(match) and is_about_one_person(match)


ABOUT_A_SUBJECT = folded_words(
    r"(?:sur|contre|autour de|theme de|sujet de|parler de|prevention de|association) (?:la |le |les |l')?\Z"
)


def is_somebodys_health(match: re.Match[str]) -> bool:
    return is_in_a_personal_sentence(match) and not ABOUT_A_SUBJECT.search(sentence_before(match, 30))


HEALTH_RULES = (
    folded_rule(
        HintKind.DIAGNOSIS,
        r"(?:(?:est|etait|a|avait|fait|faisait|en) )?"
        r"(?:(?:un|une|le|la|des|de|du|grande?|gros|grosse|forte?|severe|lourde?|completement|un peu|tres|assez|plutot|"
        r"vieux|ancien|ancienne) )?(?:\w{4,12} et )?"
        rf"(?P<illness>{word_list('illness_stem')})(?: (?:severe|aigue?|profonde?|chronique|"
        rf"debutante?|massive?|latente?|lourde?|post-\w{{4,12}}))?",
        is_somebodys_health,
    ),
    folded_rule(HintKind.DIAGNOSIS, word_list("symptom"), is_in_a_personal_sentence),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"{LABEL}(?: (?:de type \w{{1,3}}|stabilisee?|severe|chronique|non verbale?|non verbal|notoire))?",
        is_one_persons_label,
    ),
    folded_rule(HintKind.DIAGNOSIS, word_list("labels"), is_about_a_person),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:diagnostiquee?|etiquetee?|cataloguee?|reconnue?|declaree?|jugee?|consideree?|"
        rf"prise? pour) (?:comme )?(?:une? )?{WORDS_BETWEEN}(?:{ILLNESS}|{LABEL})",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:souffr(?:e|ait|ant|ir|i)|atteinte?|victime|malade|guerie?|sortie? d'une?|rongee?|"
        rf"handicapee?) (?:depuis \w{{2,15}} (?:\w{{2,10}} )?)?(?:par )?{SOME}{WORDS_BETWEEN}{ILLNESS}",
        is_about_one_person,
    ),
    folded_rule(HintKind.DIAGNOSIS, rf"diagnostic {SOME}{WORDS_BETWEEN}{ILLNESS}", is_about_one_person),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:sa|son|ses) {WORDS_BETWEEN}(?!troubles? (?:de|du|des|d'))(?!angoisses? de)(?:{ILLNESS})",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:a|ai|avait|ait|aurait|eu|fait|fais|faisait|refait|vit avec|vivait avec|developpe|developpait|"
        rf"presente|presentait|traverse|traversait|connait|cumule|lutte contre|combat|cache|cachait|"
        rf"se bat(?:tait)? contre|se remet(?:tait)? d'|sort(?:ait)? d'|tombee? (?:en|dans)|plongee? dans|"
        rf"sombr\w{{1,4}} dans|etouffe|diagnostique|vient de|garde|est en|etait en|entre en|en pleine?|en pleins?) ?"
        rf"(?:tres |encore |aussi |toujours |deja )?{SOME}?{WORDS_BETWEEN}(?:{ILLNESS})",
        is_one_persons,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:suivie?|soignee?|traitee?|hospitalisee?|internee?|arretee?|en arret|placee?|prise? en charge|"
        rf"en cure|en traitement) (?:\w{{2,12}} ){{0,2}}(?:pour|a cause d'|a la suite d'|"
        rf"suite a) ?{SOME}?{WORDS_BETWEEN}{ILLNESS}",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:est |etait |se mettre |mise? )?en arret (?:maladie |longue maladie )?(?:depuis|"
        rf"pour) {WORDS_BETWEEN}\w{{3,15}}",
        is_one_persons,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:une?|des|l'|la) {ILLNESS} (?:diagnostique|decele|decouvert|pris|repere|"
        rf"apparu)e? (?:\w{{2,10}} ){{0,2}}(?:chez|a) (?:lui|elle|sa|son|ce|cette|une?|notre|{NAME_SIGN})",
    ),
    folded_rule(
        HintKind.DIAGNOSIS, r"enten(?:d|dait|dre) (?:encore |toujours )?(?:des|les|ses) voix", is_near_a_person
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        r"(?:tient|tenait|tenir|tenant) des (?:propos|discours) (?:\w{2,10} )?(?:incoherents?|delirants?|"
        r"decousus?|etranges|bizarres)|delir(?:e|ait) (?:completement|sur|a|depuis|la|le|au|toute)|"
        r"se (?:croit|croyait|sent|sentait|disait|dit) (?:\w{2,10} )?(?:persecutee?|surveillee?|suivie?|"
        r"espionnee?|possedee?|ecoutee?|empoisonnee?|investie?)|(?:persuadee?|convaincue?|"
        r"certaine?) (?:d'etre|qu'on|que) .{3,40}(?!\w)",
        is_near_a_person,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        rf"(?:consomm|fum|sniff|inject|pren|revend)(?:e|ait|er|d|ant)(?: \w{{4,12}})? (?:du |de la |de l'|"
        rf"des |de |trop de |son |ses )?{word_list('drug')}",
        is_one_persons,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        r"se (?:drogue|droguait|droguer|pique|piquait|shoote|shootait|defonce|defoncait)|(?:boit|"
        r"buvait)(?! (?:un|une|du|des|le) (?:cafe|the|verre d'eau|jus|eau))(?= ?(?:[,.;!?]|\Z|\n|beaucoup|"
        r"trop|depuis|des le matin|du matin|en cachette|seule?|plus que|et |tous|chaque|pour oublier|"
        r"enormement|jour|sans|comme|une bouteille|deux))(?: (?:beaucoup|trop|en cachette|enormement))?|"
        r"(?:est|etait) (?:\w{2,10} )?(?:ivre|alcoolisee?|saoule?|soule?|accro|addicte?|dependante?|"
        r"toxicomane)|(?:a|avait) (?:replonge|rechute)e?",
        is_one_persons,
    ),
    folded_rule(
        HintKind.DIAGNOSIS,
        r"(?:perd|perdait|a perdu|avait perdu|perdre) (?:completement |un peu )?(?:la tete|la raison|"
        r"la boule|pied|la memoire)|(?:pete|petait|peter|a pete) (?:les plombs|un cable|un plomb)|"
        r"(?:devient|devenait|est devenue?|etait) (?:completement )?(?:folle|fou)",
        is_one_persons,
    ),
)
