"""The words of the corpus: invented towns and people, and sentences that could have been written."""

import random
from itertools import product

FIRST_NAMES = (
    *("Camille", "Nadia", "Anaïs", "Loïc", "Maëlle", "Fatou", "Hélène", "Yann", "Inès", "Gaëtan", "Mélissa", "Noémie"),
    *(
        "Étienne",
        "Zoé",
        "Raphaëlle",
        "Aïcha",
        "Benoît",
        "Cécile",
        "Ousmane",
        "Soizic",
        "Théo",
        "Agnès",
        "Farid",
        "Joël",
    ),
)
LAST_NAMES = tuple(
    f"{first}{second}"
    for first, second in product(
        ("Bel", "Cor", "Dau", "Fer", "Gar", "Hau", "Joli", "Ker", "La", "Mon", "Nor", "Per", "Quer", "Roche", "Sau"),
        ("ban", "bert", "cœur", "delle", "fond", "gnac", "hérault", "lande", "morin", "nay", "pré", "rac", "teil"),
    )
)
TOWNS = tuple(
    f"{first}{second}"
    for first, second in product(
        ("Villa", "Font", "Saint-", "Mont", "Cham", "Haute-", "Beau", "Grand", "Ker", "Roque", "Val-", "Neuf", "Aigue"),
        ("brune", "cenis", "drezac", "été", "feuille", "garde", "hameau", "île", "loup", "mare", "noyer", "osier"),
    )
)
ROLES = (
    "Coordinatrice du CLSM",
    "Coordinateur du CLSM",
    "Médiatrice santé",
    "Chargée de mission santé mentale",
    "Élue à la santé",
    "Psychologue, référente du conseil local",
    "Infirmière en psychiatrie",
)

WHO = (
    *("les gardiens d’immeuble", "les agents d’accueil", "une élue et deux médiatrices", "l’équipe du centre social"),
    *("les bailleurs", "les conseils citoyens", "deux associations d’habitant·es", "les enseignantes du quartier"),
    *("les travailleurs sociaux", "une bibliothécaire", "l’équipe mobile de psychiatrie", "les animatrices jeunesse"),
)
WHAT = (
    *("une demi-journée d’échange", "un diagnostic partagé", "une formation aux premiers secours en santé mentale"),
    *("un groupe de parole", "une exposition", "trois cafés-débats", "un livret de douze pages", "une cartographie"),
    *("un séminaire sur l’isolement", "des visites croisées", "une marche exploratoire", "un ciné-débat"),
)
WHEN = ("au printemps", "en 2021", "dès l’automne", "pendant deux ans", "chaque trimestre", "après l’été", "en janvier")
HOW = (
    *("sans budget propre", "avec un petit financement du contrat de ville", "sur le temps de chacune et chacun"),
    *("grâce à une convention", "à la demande des habitantes", "malgré le départ de la référente", "par étapes"),
)
SO = (
    *("on se téléphone plus tôt", "la confiance est venue lentement", "personne n’a quitté la table", "on s’écoute"),
    *(
        "les orientations sont plus justes",
        "le réseau tient sans nous",
        "les mots ont changé",
        "le groupe s’est élargi",
    ),
)
BRAKE = (
    *("le temps a manqué", "les postes ont tourné", "le financement était annuel", "la salle était trop loin"),
    *("chacun parlait sa langue", "les horaires excluaient les soignants", "il fallait tout réexpliquer"),
)
SENTENCES = (
    "Avec {who}, nous avons préparé {what} {when}, {how}.",
    "Le centre de ressources a réuni {who} autour d’{what}.",
    "{when}, {who} ont proposé {what}.",
    "Nous cherchions comment associer {who} ; {what} nous a servi de prétexte.",
    "Au bout de quelques mois, {so}.",
    "Ce n’était pas gagné : {brake}, et pourtant {so}.",
    "La coordinatrice a tenu le calendrier ; {who} ont tenu le reste.",
    "Nous avons repris {what} {when}, parce que {so}.",
)
ADVICE = (
    "Commencez par {what}, même modeste.",
    "N’attendez pas que {who} viennent : allez les voir.",
    "Dites dès le début ce que {who} peuvent en attendre.",
    "Gardez une trace de {what}, elle servira à d’autres.",
)


def a_text(chance: random.Random) -> tuple[str, str, str, str, str]:
    """Return an account, what it brought, what slowed it, an advice, and years."""
    return (
        " ".join(say(chance.choice(SENTENCES), chance) for _ in range(chance.randrange(4, 9))),
        say("Aujourd’hui, {so} ; {who} le disent aussi.", chance) if chance.random() < 0.7 else "",  # noqa: PLR2004
        say("{brake}.", chance) if chance.random() < 0.5 else "",  # noqa: PLR2004  # half answer
        say(chance.choice(ADVICE), chance) if chance.random() < 0.8 else "",  # noqa: PLR2004  # most answer
        f"{chance.randrange(2015, 2024)}–{chance.randrange(2024, 2027)}",
    )


def say(sentence: str, chance: random.Random) -> str:
    """Fill a sentence in, and begin it with a capital."""
    said = sentence.format(
        who=chance.choice(WHO),
        what=chance.choice(WHAT),
        when=chance.choice(WHEN),
        how=chance.choice(HOW),
        so=chance.choice(SO),
        brake=chance.choice(BRAKE),
    )
    return said[0].upper() + said[1:]
