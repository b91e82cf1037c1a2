"""Rules for the course of somebody's care: patients, stays, treatments, legal measures."""

import re

from app.assistant.kinds import HintKind
from app.assistant.patterns import (
    folded_rule,
    folded_words,
    is_about_one_person,
    is_in_a_personal_sentence,
    is_near_a_person,
    is_of_a_person,
    last_list_in,
    sentence_before,
    word_list,
)

PLACE, TREATMENT, MEASURE, MEDICINE = map(word_list, ("care_place", "treatment", "measure", "medicine"))
MEDICINES = word_list("medicine", "medicine_family")
TO = (
    "(?:au |a la |a l'|a |en |aux |dans (?:un|une|le|la|l'|son|sa) ?|par (?:le |la |l'|un |une |les |son |sa |"
    "notre )?|chez (?:un |une |le |la |son |sa )?|de |du |de la |de l'|d'une? |d'|des |vers (?:le |la |l'|un |"
    "une |les )?|un |une |le |la |l'|les )"
)
ADVERBS = r"(?:\w{1,12} ){0,2}"
# After these « suivi », « traité », « placé » are nouns, or of things.
NOUN_BEFORE = folded_words(
    r"(?:un|une|la|cette|les|des|le|du|ce|de|au|en|son|sujet|projet|dossier|point|theme|question|chiffres?|"
    r"action|programme|ete) \Z"
)


# « J’ai travaillé dix ans en psychiatrie », « elle est venue présenter la clinique ».
AT_WORK = folded_words(word_list("at_work"))


def is_at_work(match: re.Match[str]) -> bool:
    return AT_WORK.search(sentence_before(match, 50) + match[0]) is not None


def is_of_a_patient(match: re.Match[str]) -> bool:
    return is_of_a_person(match) and is_about_one_person(match) and not is_at_work(match)


def is_seeing_a_doctor(match: re.Match[str]) -> bool:
    """Whether who sees a psychiatrist is no colleague: « l’infirmière a rencontré le psychiatre »."""
    return is_of_a_patient(match) and last_list_in(sentence_before(match)) != "worker"


def is_of_a_patient_nearby(match: re.Match[str]) -> bool:
    is_personal = is_in_a_personal_sentence(match) or (is_near_a_person(match) and is_about_one_person(match))
    return is_personal and not is_at_work(match)


def is_a_patients(match: re.Match[str]) -> bool:
    return is_about_one_person(match) and not is_at_work(match)


def is_a_persons_participle(match: re.Match[str]) -> bool:
    """Whether « suivi », « placé » say what was done with a person, not what is the subject of an action."""
    return not NOUN_BEFORE.search(sentence_before(match, 20)) and is_a_patients(match)


# The care of a service or of a partner: « l’infirmière du CMP », « la convention avec l’hôpital ».
OF_A_SERVICE = folded_words(
    rf"{word_list('service')}(?: \w{{2,12}}){{0,2}},? (?:de |du |d'|avec |au |et )?(?:le |la |l'|les )?\Z"
)


def is_somebodys_care(match: re.Match[str]) -> bool:
    return (
        is_in_a_personal_sentence(match)
        and not is_at_work(match)
        and not OF_A_SERVICE.search(match.string[max(0, match.start("term") - 40) : match.start("term")])
    )


def is_own_care(match: re.Match[str]) -> bool:
    """Whether « son » or « ses » before a term of care is a person's, not a service's."""
    return is_a_patients(match) and not OF_A_SERVICE.search(
        match.string[max(0, match.start("term") - 40) : match.start("term")]
    )


CARE_RULES = (
    folded_rule(
        HintKind.PATIENT,
        rf"(?:son|sa|ses) (?!portes|locaux)(?:\w{{2,12}} ){{0,3}}(?:{TO})?(?P<term>{word_list('care_term')})",
        is_own_care,
    ),
    folded_rule(
        HintKind.PATIENT, rf"(?:[ldsnmj]')?(?P<term>{word_list('care_term')})", is_somebodys_care, words_before=4
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:(?:d')?une?|notre|ma|mon|cet|ce|cette|son|sa|votre) (?:\w{4,10} )?patiente?"
        rf"(?= ?[,.;:!?)»]| {word_list('after_patient')}(?!\w)| (?:n|s|m|l|d|qu)'|\Z|\n)",
    ),
    folded_rule(
        HintKind.PATIENT,
        "(?:le|la|au|du|ce) patiente?(?= (?:avait|etait|n'avait|n'etait|s'est|s'etait|n'a|sortante?|"
        "voulait|disait|refusait|vivait|criait|venait))",
    ),
    folded_rule(HintKind.PATIENT, "une? (?:de (?:nos|mes|ses|vos|leurs)|des) patiente?s"),
    # Stays.
    folded_rule(
        HintKind.PATIENT,
        rf"(?:re-?)?(?:hospitalisee?|internee?(?! (?:au|a|a la|en|dans un) (?:lycee|college|l'ecole|cfa|"
        rf"mfr))) (?:a nouveau |de nouveau )?{word_list('constraint')}",
        is_a_patients,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:a|ai|avait|est|etait|fut|aurait|ait|etre|"
        r"avoir) (?:\w{4,12} )?(?:ete )?(?:\w{4,12} )?(?:(?:de|a) nouveau )?(?:re-?)?(?:hospitalisee?|"
        r"internee?(?! (?:au|a|a la|en|dans un) (?:lycee|college|l'ecole|maternelle|cfa|mfr|segpa|erea))|"
        r"desintoxiquee?|contentionnee?|sedatee?|sevree?)",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:re-?)?hospitalisee?(?= ?[,.;:!?])|rehospitalisee?|l'hospitaliser|l'a hospitalisee?|"
        r"l'avait hospitalisee?|l'interner|l'ont hospitalisee?|le faire (?:hospitaliser|interner|soigner)|"
        r"la faire (?:hospitaliser|interner|soigner)|(?:se|me) faire (?:hospitaliser|interner|soigner)|"
        r"refait hospitaliser|fait (?:hospitaliser|interner)(?: (?:son|sa) \w{3,12})?",
        is_of_a_patient,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:suivie?|soignee?|traitee?|stabilisee?|prise? en charge|accueillie?|accompagnee?|admise?|"
        rf"readmise?|transferee?|transportee?|conduite?|emmenee?|amenee?|orientee?|adressee?|envoyee?|"
        rf"placee?|mise?|entree?|sortie?|revenue?|retournee?|passee?|restee?|gardee?|enfermee?|"
        rf"vue?) {ADVERBS}{TO}{PLACE}(?! (?:du|de la|de) (?:secteur|ville|"
        r"commune))(?: depuis (?:\w{1,12}[ ']){0,3}\w{2,15})?",
        is_a_persons_participle,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:suivie?|soignee?|traitee?) (?:depuis (?:\w{2,15} ){1,3}|pour \w{3,15}|par (?:une?|son|sa|le|"
        r"la|l') ?(?:psychiatre|psychologue|psy|addictologue|infirmiere?|equipe mobile|therapeute|"
        r"neurologue|medecin|pedopsychiatre|docteur|dr|service|equipe|hopital|centre|generaliste|hdj|cmp|pedopsy|"
        r"addicto|neuropsychologue|psychotherapeute|orthophoniste)|sur le plan psy\w{0,12}|a domicile par)",
        is_a_persons_participle,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:va|vais|allait|vont|frequente|frequentait|se rend|se rendait|retourne|retournait|revient|"
        rf"revenait|rentre|rentrait|sort|sortait|ressort|sortir|entre|entrait|sejourne|sejournait|passe|"
        rf"passait|passer|vient|venait|est|etait|finit|finir|finissait|atterrit|atterrissait|quitte|"
        rf"quittait|quitter|integre|integrait|attend|attendait|a integre|a frequente|a quitte|suit|suivait|"
        rf"commence|commencait|entame|termine|reste|restait|dort|dormait|vivait|vit|demande|refuse|"
        rf"refusait|accepte) {ADVERBS}{TO}{PLACE}(?! (?:du secteur|a signe|et nous))",
        is_of_a_patient,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|plusieurs|\d{{1,3}}|quelques|ses|son|"
        rf"sa) )(?:\w{{4,12}} )?(?:ans?|annees?|mois|semaines?|jours?|nuits?|sejours?|passages?|"
        rf"hospitalisations?|internements?|allers-retours) {TO}(?:{PLACE}|internement)",
        is_of_a_patient_nearby,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:(?:une|deux|trois|quatre|cinq|plusieurs|\d|quelques|sa|premiere|nouvelle|derniere|enieme|"
        r"longue) ){1,2}(?:hospitalisations?|decompensations?|internements?|"
        r"cures?(?: de \w{5,15})?)(?! (?:sous|sans|evitables?))",
        is_of_a_patient,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:mise?|placee?|mettre|placer|mis|maintenue?) (?:a l'isolement|en isolement|sous contention|"
        rf"en contention|en chambre d'isolement|en chambre fermee|sous {MEASURE}|sous traitement|"
        rf"sous neuroleptiques|en soins \w{{4,15}}|en cure|en {MEASURE})|attachee? (?:a son lit|"
        rf"sur son lit|au lit|sur un brancard|a un brancard)",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"connue? (?:du|de la|des|par le|de l'|de notre|par la|aupres du) ?(?:{PLACE}|"
        rf"services? (?:de soins|psychiatriques?)|infirmiers?|equipe)",
        is_about_one_person,
    ),
    folded_rule(HintKind.PATIENT, r"(?:il|elle|qui|a|avait) (?:a |avait )?decompens(?:ee?|e|ait|er)"),
    folded_rule(
        HintKind.PATIENT,
        rf"{word_list('person', 'worker')} (?P<mark>(?:\w{{3,12}} )?(?:en |au |sous |a l')(?:{PLACE}|{MEASURE}))",
        is_a_patients,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:a|avait|vient|s'est|doit) (?:ete |d'etre |fait |se faire |etre )operee?r?",
        is_of_a_patient,
    ),
    # Measures and rights.
    folded_rule(
        HintKind.PATIENT,
        rf"(?:en|sous|d'une?|une|sa|la|l'|son|un|en|par|avait une|de|par une) ?{MEASURE}(?! (?:du |des |"
        rf"de |d'|restent?|ont|reste|est (?:un|une|mal)|sans consentement))",
        is_of_a_patient_nearby,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"sous (?:curatelle|tutelle|sauvegarde de justice|habilitation familiale)(?: renforcee|"
        r" simple)?(?! (?:(?:du|des|de)(?!\w)|d'))",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:touche|touchait|percoit|percevait|beneficie de|beneficiait de|vit de|vivait de|obtenu|demande|"
        r"demandait|a eu|vit avec|a) (?:l'|son |une |la |sa )?(?:aah|"
        r"allocation (?:aux )?adultes? handicapee?s?|pension d'invalidite|invalidite|rqth|pch|ald|"
        r"reconnaissance (?:de )?travailleur handicape)|reconnue? (?:travailleur handicape|"
        r"travailleuse handicapee|handicapee?|invalide|en invalidite|inapte|a \d\d %)|en (?:invalidite|"
        r"longue maladie|affection longue duree|ald)",
        is_of_a_patient,
    ),
    # Treatments.
    folded_rule(
        HintKind.PATIENT,
        rf"(?:sa|son|ses) {ADVERBS}{TREATMENT}(?! (?:mediatique|par|dans|des? (?:situations?|dossiers?|"
        rf"demandes?|plaintes?))(?!\w))",
        is_about_one_person,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:sous|prend|prenait|prendre|prends|prenant|avale|avalait|recoit|recevait|a recu|refuse|"
        rf"refusait|arrete|arretait|arreter|stoppe|cesse|oublie|supporte|reprend|repris|change de|"
        rf"injecte) (?:\w{{3,8}} )?(?:plus |pas )?(?:son |sa |ses |des |du |de l'|de la |de |d'|un |une |"
        rf"les |le |l')?(?:\w{{3,10}} )?(?:\w{{3,10}} de )?(?:{MEDICINES}|medicaments?|"
        rf"traitements?(?: de fond)?|cachets|piqures?|injections?|perfusions?)(?! (?:mediatique|de (?:texte|faveur)))",
        is_of_a_patient_nearby,
    ),
    folded_rule(
        HintKind.PATIENT,
        rf"(?:\d{{1,3}}|\w{{3,10}}) (?:mg|gouttes|milligrammes|comprimes|cachets|gelules|grammes|"
        rf"ampoules) (?:de |d'|par |le |matin|chaque|tous)(?:{MEDICINES}|\w{{3,10}})?",
        is_of_a_patient_nearby,
    ),
    folded_rule(
        HintKind.PATIENT, rf"(?:du |de l'|de la |d'|de |son |des |l'|le |au |les )?{MEDICINES}", is_of_a_patient_nearby
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:en )?(?:rupture|arret|refus|abandon) (?:de |des |du |d')(?:soins?|traitements?|suivi|"
        r"prise en charge)|(?:accept|refus|arret|repren|interromp|abandonn|suspend|fui|rejet|demand|"
        r"quitt)\w{0,5} (?:\w{3,10} )?(?:les|des|tout|ses|de|toute?) (?:soins?|se (?:faire )?soigner|"
        r"prise en charge|suivi|traitement|consultations?)|(?:accepte|refuse|refusait|acceptait|vouloir|"
        r"veut|voulait) (?:de |d')?(?:(?:se (?:faire )?|etre )(?:soign|hospitalis|suivr|trait)\w{1,3}|"
        r"l'hospitalisation|la consultation|un suivi|le suivi)|non[ -]compliante?|non observante?|perdue? de vue par",
        is_of_a_patient,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"(?:voit|voyait|consulte|consultait|a vu|a consulte|rencontre|rencontrait|voir|consulter|"
        r"a rencontre|revoit) (?:\w{3,12} )?(?:une?|sa|son|le|la|des) (?:psychiatre|psy|psychologue|"
        r"addictologue|therapeute|pedopsychiatre|neurologue|psychiatres|psys)|(?:change|changer|changeait|"
        r"change) de (?:psychiatre|traitement|psy|medicaments?|therapeute)|(?:rendez-vous|consultations?|"
        r"seances?) (?:au cmp|chez (?:le|la|un|une|son|sa) psy\w{0,8}|avec (?:le|la|un|une|son|"
        r"sa) psy\w{0,8}|en addictologie)|en (?:analyse|psychanalyse|therapie|psychotherapie|soins psychiatriques)",
        is_seeing_a_doctor,
    ),
    folded_rule(
        HintKind.PATIENT,
        r"dossier (?:medical|psychiatrique) (?:de|d')|certificat (?:medical )?du psychiatre",
        is_of_a_patient,
    ),
)
