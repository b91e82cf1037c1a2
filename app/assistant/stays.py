"""Rules for what a place of care does with somebody, and what somebody does there: sent, kept, let out, gone."""

import re

from app.assistant.ages import LETTERS
from app.assistant.care import MEDICINE, PLACE, TO, is_a_patients, is_a_persons_participle, is_of_a_patient_nearby
from app.assistant.kinds import HintKind
from app.assistant.patterns import (
    NAME_SIGN,
    anything,
    folded_rule,
    is_about_one_person,
    is_personal,
    sentence_around,
    word_list,
)

SOMEBODY_S = (
    rf"(?:(?:du |de la |de l'|de (?:son |sa |mon |ma |notre |cet? |cette |leur )|d'une? )(?:\w{{2,12}} ){{0,1}}"
    rf"{word_list('person')}|(?:de |d')(?:{NAME_SIGN}{{2,80}}|monsieur|madame|m\.|mme))"
)
HAS = r"(?:a|ai|ont|avait|avaient|avons|aura|aurait|vient de|veut|voulait|va|allait|doit|a du)"
COUNT = rf"(?:{LETTERS}|\d{{1,3}}|plusieurs|quelques|ses|des|de longs|de longues)"


def is_done_to_somebody(match: re.Match[str]) -> bool:
    return is_personal(sentence_around(match))


STAY_RULES = (
    # « L’hôpital l’a remise dehors », « le service a gardé mon frère ».
    folded_rule(
        HintKind.PATIENT,
        rf"(?:hopital|service|clinique|psychiatrie|urgences|unite|pavillon|cmp|psy|hp|asile|epsm) (?:n')?(?:l'|le |"
        rf"la )?(?P<mark>(?:n')?(?:l'|le |la )?{HAS} (?:\w{{3,10}} )?{word_list('hospital_act')}"
        rf"(?: (?:dehors|sortir|a la rue|chez (?:lui|elle)|a la porte|sur le trottoir))?)",
        is_done_to_somebody,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:re)?(?:mise?|jetee?|foutue?|flanquee?|poussee?|lachee?|laissee?) (?:dehors|sortir|a la rue|"
        r"sur le trottoir) "
        r"(?:par|de) (?:l'|la |le )?(?:hopital|service|clinique|psychiatrie|urgences|unite|pavillon|psy|hp)",
        is_about_one_person,
    ),
    # « Les pompiers l’emmènent au CAC », « l’adresser au CMP ».
    folded_rule(
        HintKind.PATIENT,
        rf"(?:l'|le |la |lui |m'|me )(?:(?:a|ai|ont|avait|avons|avaient|aurait|fait|faire) )?{word_list('send')} "
        rf"(?:\w{{2,12}} ){{0,2}}{TO}{PLACE}",
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:(?:va|vient d'|vient de|a pu|doit|a fini par|devait|voulait|veut|refuse d'|refuse de|accepte d'|"
        rf"accepte de|a|avait|pour|de|d') ?)?{word_list('join')} {TO}?{PLACE}",
        is_of_a_patient_nearby,
    ),
    # « Quarante ans d’asile », « deux électrochocs ».
    folded_rule(
        HintKind.PATIENT,
        rf"{COUNT} (?:\w{{4,10}} )?(?:ans|annees|mois|semaines|jours|nuits|heures|sejours?|passages?|hospitalisations?|"
        rf"allers-retours|internements?|cures?) (?:de |d'|en |au |a |aux |a l'|chez |dans |sous |entre )"
        rf"(?:les |la |le |l'|un |une |son |sa )?(?:{PLACE}|{MEDICINE}|{word_list('medicine_family', 'measure')}|"
        rf"camisole|traitement|cachets|medicaments|soins|silence)",
        is_a_patients,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?!des )(?!ses )(?!\d{{2}}){COUNT} (?:electrochocs|internements|hospitalisations(?! evit)|injections|"
        rf"piqures)",
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:gard|enferm|hospitalis|intern|attach|sangl|isol|sed)ee? (?:pendant |durant |encore |toute? )?"
        rf"(?:{LETTERS}|\d{{1,3}}|plusieurs|une) (?:jours?|semaines?|mois|ans?|annees?|heures?|nuits?)",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:a|ai|avait|est|etait|aurait) ete (?:\w{4,12} )?(?:attachee?|sanglee?|ligotee?|contenue?|enfermee?|"
        r"shootee?|"
        r"assommee?|abrutie?|sedatee?|sedee?|maitrisee?|piquee?|camisolee?|embarquee?)(?! (?:a|aux?) (?:ce|notre|"
        r"cette|la|l'|un))(?: (?:de force|au lit|a son lit|aux medicaments|par les pompiers|en urgence))?",
        is_of_a_patient_nearby,
    ),
    # « Le psychiatre suit ma fille », « l’ambulance est venue chercher M. Petit ».
    folded_rule(
        HintKind.PATIENT,
        rf"(?:equipe mobile|cmp|psychiatre|psychologue|psy|infirmiere?|ambulance|samu|pompiers|hopital|medecin|service|"
        rf"addictologue|hdj|clinique) (?P<mark>(?:est venue? |sont venus |vient |viennent )?{word_list('care_for')} "
        rf"(?=(?:une?|ma|mon|sa|son|notre|ce|cet|cette|le|la|leur) (?:\w{{3,10}} )?{word_list('person')}(?!\w)|"
        rf"{NAME_SIGN}|m\. |mme )(?:une?|ma|mon|sa|son|notre|ce|cet|cette|le|la|leur)?(?: \w{{3,12}})?)",
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:le|la|ce|cette|notre|sa|son|mon|ma) patiente?(?= (?:m'|nous |lui |l'|s'|ne |n')?(?:a|avait|est|etait|ete|"
        r"voulait|"
        r"disait|raconte|racontait|refuse|vit|habite)(?!\w)(?! (?:au centre|un|une|le|la|au coeur|acteur|expert|"
        r"droit)))",
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:dans|depuis|de|vers|a travers|derriere|sous) (?:le|la|son|sa|l'|un|une) ?{word_list('ward')}",
        is_of_a_patient_nearby,
    ),
    # « Le traitement du voisin », « la curatrice de Mme B. ».
    folded_rule(
        HintKind.PATIENT,
        rf"(?:le |la |l'|les |une? |ce |cette )?{word_list('of_a_patient')} (?={SOMEBODY_S})",
        is_about_one_person,
    ),
    # « Stabilisé sous Xeplion 150 », « sous Xanax et Tercian ».
    folded_rule(
        HintKind.PATIENT,
        rf"(?:(?:re)?(?:stabilisee?|equilibree?|sevree?|calmee?|tranquille|abrutie?|assommee?|shootee?|bourree?|mise?|"
        rf"gavee?|maintenue?) )?(?:(?:sous|par|au|a la|de|d'|a|aux|du|son|sa|ses|les|le|la|"
        rf"l') ?)?(?:\w{{3,8}} de )?{MEDICINE}"
        rf"(?: \d{{1,4}}(?: ?mg)?)?(?:(?: et |, | puis | ou | plus |/)(?:du |de l'|le |la )?{MEDICINE})*+",
        anything,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:(?:lui|m'|leur|l'|me) ?)?(?:(?:a|ai|avait|ont|avons|ne|n'a|n'avait) (?:plus |pas |"
        rf"encore )?)?{word_list('prescribe')} "
        rf"(?:plus |pas |jamais )?(?:(?:du |de la |de l'|de |d'|des |son |sa |ses |un |une |le |la |les |"
        rf"l')(?:\w{{3,10}} )?)?"
        rf"(?:{MEDICINE}|{word_list('medicine_family')}|traitements?|medicaments?|medocs|cachets|piqures?|injections?|"
        rf"pilules|gouttes|"
        r"gelules|comprimes|ordonnance|doses?)(?! (?:de questions|d'humour|mediatique))",
        is_of_a_patient_nearby,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:infirmiers?|infirmieres?|ambulances?|ambulanciers?|pompiers|samu|blouses blanches|police|gendarmes|smur) "
        r"(?P<mark>(?:\w{3,10} ){0,3}(?:le |la |l')(?:chercher|emmener|embarquer|prendre|recuperer|conduire|piquer|"
        r"maitriser|"
        r"attacher|calmer|evacuer|emportent|emmenent|embarquent)(?: chez (?:lui|elle)| de force| a l'hopital)?)",
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:(?:du|faut|fallu|fallait|voulait|voulaient|devait|fini par|pour|de) )?(?:l'|le |la )(?:attacher|interner|"
        r"hospitaliser|sangler|contentionner|sedater|rehospitaliser|reinterner|faire (?:interner|hospitaliser|"
        r"soigner))",
    ),
    # Who lives in a place of care.
    folded_rule(
        HintKind.PATIENT,
        rf"(?:une?|cet|cette|ce|la|le|l'|notre) ?(?:ancien |ancienne |jeune )?(?:residente?|pensionnaire|"
        rf"hospitalisee?|patiente?|"
        rf"internee?|malade)(?= (?:de |du |de la |de l'|des |au |a l'|en )(?:{PLACE}|maison relais|pension de famille|"
        rf"foyer|appartement|structure|service|unite))",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:l'a|l'ont|l'avait|l'avons|ont|avait|a|a du|faut|fallait|faire|fait|faisait|se|me|de|veut|"
        r"voulait) (?:\w{3,8} )?"
        r"(?:fait |faire )?(?:interner|hospitaliser|reinterner|rehospitaliser|enfermer en psy\w{0,8})(?! (?:les|"
        r"des)(?!\w))",
        is_of_a_patient_nearby,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:fugu(?:e|ee?|ait|er)|evade|echappee?|sauvee?|enfuie?|sortie?|ressortie?|relachee?|liberee?|renvoyee?|"
        r"mise? dehors|viree?|exclue?) (?:trois fois |deux fois |encore )?(?:de |du |de la |de l'|d'|des )"
        rf"(?:son |sa )?{PLACE}",
        is_a_persons_participle,
    ),
)
