"""Authors: what they write, and what they do from their private page."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.simulation import pages
from tests.simulation.model import DECISIONS, READER, STEPS, TOKEN, Broken, Fact, Text, Version, Viewer, is_in
from tests.simulation.world import Author, Browser, World

FIRST_NAMES = [
    "Maëlle",
    "Camille",
    "Yann",
    "Inès",
    "Solène",
    "Malik",
    "Lucie",
    "Noé",
    "Ambre",
    "Tiago",
    "Jeanne",
    "Rachid",
    "Élise",
    "Bao",
    "Nora",
    "Hugo",
]
DEPARTMENTS = ["35", "69", "13", "33", "59", "67", "75", "974"]
THEMES = ["qualification", "conseils-citoyens", "valorisation", "culture-commune", "reseaux"]
SENTENCES = [
    "Nous avons préparé ensemble quatre après-midi dans les quartiers du nord de la ville",
    "Les habitantes sont venues nombreuses, et beaucoup reviennent depuis",
    "Le centre de ressources nous a prêté ses méthodes, et une salle quand il le fallait",
    "Chacun a pris le temps de dire ce que son service sait faire, et ce qu’il ne sait pas",
    "Un atelier par trimestre suffit, à condition que les mêmes personnes y reviennent",
    "La première année a servi à se connaître, la seconde à travailler",
    "Nos élus ont suivi le projet de près et l’ont soutenu devant le conseil",
    "Rien de tout cela ne coûtait cher, mais tout demandait du temps",
    "Nous tenons un tableau des demandes, que chaque partenaire remplit à son tour",
    "Le plus utile fut de marcher ensemble dans le quartier avant d’écrire quoi que ce soit",
    "Deux associations nous ont rejoints en cours de route et portent désormais une partie des actions",
    "Les réunions commencent toujours par une situation concrète, racontée sans nommer personne",
]
MISSPELT, SPELT = "recontres", "rencontres"


def words(world: World, text_of: str, *, whole: bool) -> dict[str, str]:
    """Return new words for the questions of a text, each with a token."""
    rng = world.rng
    tokens = {name: world.token() for name in ("title", "account", "outcome", "obstacles", "advice")}
    told = rng.sample(SENTENCES, 4)
    told = [f"{each} avec {world.token()}." for each in told]
    account = f"Nos {MISSPELT} & « échanges » s’appellent {tokens['account']} <ensemble>. {' '.join(told)}"
    fields = {
        "title": f"Avec {tokens['title']}",
        "account": account,
        "outcome": f"Nous en avons gardé {tokens['outcome']} au moins.",
        "obstacles": f"Il a manqué {tokens['obstacles']} au début.",
        "advice": f"Commencez par {tokens['advice']}.",
    }
    if not whole:
        for name in rng.sample(["outcome", "obstacles", "advice"], 2):
            del fields[name], tokens[name]
    return fields


def tokens_of(fields: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name, value in fields.items():
        if isinstance(value, str) and name != "email":
            for number, token in enumerate(TOKEN.findall(value.lower())):
                found[f"{name}{number or ''}"] = token
    return found


# ── authors ──


def send_text(world: World) -> bool:
    rng = world.rng
    first = rng.choice(FIRST_NAMES)
    family, role, clsm = world.token(), world.token(), world.token()
    email = f"{world.token()}@ville.example"
    browser = Browser(world, Viewer("author", email))
    author = Author(f"{first} {family.capitalize()}", email, browser)
    article = rng.choice(sorted(world.model.articles - world.model.offline))
    attribution = rng.choice(["full", "role", "clsm", "region"])
    told = words(world, email, whole=rng.random() < 0.7)
    fields: dict[str, Any] = {
        **told,
        "situation": rng.choice(["past", "regular", "planned"]),
        "department": rng.choice(DEPARTMENTS),
        "partner": rng.choice(["autre", "labo-cites"]),
        "themes": rng.sample(THEMES, rng.randint(1, 3)),
        "clsm": f"CLSM de {clsm.capitalize()}",
        "author_name": author.name,
        "author_role": f"Coordination {role}",
        "email": email,
        "attribution": attribution,
    }
    publish = rng.random() < 0.85
    answers: dict[str, Any] = {"publish": "yes", "attest": "y"} if publish else {"publish": "no"}
    consents = {"publication"} if publish else set()
    for box, purpose in (("reuse", "reuse"), ("contact", "contact"), ("questions", "questions")):
        if rng.random() < 0.6:
            answers[box] = "y"
            consents.add(purpose)
    text = Text(email, article, [Version(tokens_of(fields), attribution)], consents, world.now)
    text.situation = fields["situation"]
    world.model.add(text, email)
    pages.write(browser, article, fields, answers)
    if browser.refusal:
        raise Broken(7, f"le formulaire de {author.name} est refusé : {browser.refusal}")
    world.people[email] = author
    world.model.owe(text, email, "Confirmez votre adresse pour que votre texte soit lu", "send")
    agreed = ", ".join(sorted(consents)) or "aucun accord"
    world.tell(f"{author.name} envoie « {text.latest.words['title']} » ({attribution}, {agreed})")
    return True


def own_page(world: World, author: Author, text: Text) -> Browser | None:
    link = author.private_link(text)
    if link is None:
        return None
    author.browser.get(link)
    if author.browser.status != 200:
        raise Broken(7, f"la page privée de {author.name} ne s’ouvre plus : un texte {text.status}")
    return author.browser


def pick(world: World, is_fit: Callable[[Text], bool]) -> tuple[Author, Text, Browser] | None:
    """Draw a text whose author has its link, and open its private page."""
    is_told = is_fit is Text.unsigned
    fits = [text for text in world.model.texts if text.public_id and text.author in world.people]
    fits = [text for text in fits if text.unsigned() is is_told and is_fit(text)]
    if not fits:
        return None
    text = world.rng.choice(fits)
    author = world.people[text.author]
    page = own_page(world, author, text)
    return (author, text, page) if page else None


def taken(page: Browser, what: str) -> None:
    if page.refusal:
        raise Broken(10, f"« {what} » est refusé à qui en a le bouton : {page.refusal}")


def confirm(world: World) -> bool:
    drawn = pick(world, lambda text: text.status == "unconfirmed")
    if drawn is None:
        return False
    author, text, page = drawn
    page.press("Confirmer mon adresse")
    taken(page, "Confirmer")
    text_is_confirmed(world, text)
    world.tell(f"{author.name} confirme son adresse")
    return True


def text_is_confirmed(world: World, text: Text, act: str = "confirm") -> None:
    world.model.act(text, act)
    text.is_confirmed = True
    world.model.owe(text, text.author, "Votre texte est entre nos mains", act)


def withdraw(world: World) -> bool:
    drawn = pick(world, lambda text: ((text.status, "withdraw")) in STEPS)
    if drawn is None:
        return False
    author, text, page = drawn
    button = "Retirer mon texte" if page.find("Retirer mon texte") is not None else "Je retire"
    page.press(button)
    taken(page, "Retirer")
    was_shown = text.shown is not None and text.status == "published"
    world.model.withdraw(text)
    world.tell(f"{author.name} retire son texte")
    world.model.owe(text, text.author, "Votre texte est retiré", "withdraw", is_true=partial(is_in, text, "withdrawn"))
    if was_shown and world.rng.random() < 0.3:
        world.wait(minutes=world.rng.choice([2, 6, 9]))
        world.round()
        own_page(world, author, text)
        page.press("Revenir sur ce retrait")
        taken(page, "Revenir sur ce retrait")
        world.model.undo(text)
        world.reach("arrow withdrawn call_back")
        world.model.owe(text, text.author, "Votre texte paraît de nouveau", "call_back")
        world.tell(f"{author.name} revient sur ce retrait")
    return True


def erase(world: World) -> bool:
    drawn = pick(world, lambda text: text.status != "erased")
    if drawn is None:
        return False
    author, text, page = drawn
    link = author.private_link(text)
    page.get(f"{link}/effacer")
    page.press("Effacer")
    taken(page, "Effacer")
    world.reach(f"arrow {text.status} erase")
    world.model.erase(text)
    world.tell(f"{author.name} efface tout")
    return True


def change_consent(world: World) -> bool:
    drawn = pick(world, lambda text: text.status in {"pending", "published", "proof_sent", "changes_requested"})
    if drawn is None:
        return False
    return change_consent_of(world, *drawn, world.rng.choice(["reuse", "contact", "questions"]))


def change_consent_of(world: World, author: Author, text: Text, page: Browser, purpose: str) -> bool:
    gives = purpose not in text.consents
    form = page.tree.xpath(f"//form[.//input[@name='purpose'][@value='{purpose}']]")
    if not form:
        return False
    page.send(form[0], answer="yes" if gives else "no")
    taken(page, f"accord {purpose}")
    (text.consents.add if gives else text.consents.discard)(purpose)
    text.taken_back |= set() if gives else {purpose}
    world.model.touch(text)
    if not gives:
        world.model.drop(text, "question" if purpose == "questions" else purpose)
    world.model.owe(text, text.author, "Votre accord est changé", "consent")
    world.tell(f"{author.name} {'donne' if gives else 'retire'} l’accord « {purpose} »")
    return True


def amend(world: World) -> bool:
    amendable = {"unconfirmed", "pending", "changes_requested", "proof_sent", "published"}
    drawn = pick(world, lambda text: text.status in amendable)
    if drawn is None:
        return False
    author, text, page = drawn
    page.get(f"{author.private_link(text)}/modifier")
    told = words(world, text.author, whole=True)
    version = Version({**text.latest.words, **tokens_of(told)}, text.latest.attribution)
    text.versions.append(version)
    world.model.know(text)
    text.versions.remove(version)
    if page.find("Relire mon texte") is None:
        raise Broken(4, f"un texte {text.status} ne peut être changé : {page.text[:200]}")
    page.fill(**told).press("Relire mon texte")
    if page.find("Envoyer") is None:
        raise Broken(7, f"changer un texte {text.status} est refusé : {page.refusal or page.text[:300]}")
    if page.tree.xpath("//input[@name='attest']"):
        page.fill(attest="y")
    page.press("Envoyer")
    taken(page, "Changer le texte")
    world.model.act(text, "amend")
    text.versions.append(version)
    world.model.owe(text, text.author, "Votre nouvelle version est arrivée", "amend")
    world.tell(f"{author.name} change son texte : « {version.words['title']} »")
    return True


def sign(world: World) -> bool:
    drawn = pick(world, lambda text: text.status == "proof_sent")
    if drawn is None:
        return False
    author, text, page = drawn
    page.press("Je signe")
    taken(page, "Signer")
    text.latest.is_approved = True
    world.model.act(text, "sign_proof")
    world.reach("arrow proof_sent sign_proof")
    world.model.show(text)
    world.model.owe(text, text.author, DECISIONS["publish"], "sign_proof", is_true=partial(is_in, text, "published"))
    world.tell(f"{author.name} signe")
    return True


def contest(world: World) -> bool:
    """Object to a correction, or contest a refusal or a removal."""
    drawn = pick(world, world.model.is_contestable)
    if drawn is None:
        return False
    author, text, page = drawn
    form = page.tree.xpath("//form[contains(@action, '/contester')]")
    if not form:
        raise Broken(11, f"le texte {text.status} de {author.name} ne peut être contesté")
    token = world.token()
    world.model.facts[token] = Fact("contestation", text, {text.author})
    page.fill(words=f"Je ne suis pas d’accord : {token}.").send(form[0])
    taken(page, "Contester")
    world.reach(f"arrow {text.status} contest")
    world.model.contest(text)
    reader = Browser(world, READER).get(f"/temoignages/{text.public_id}")
    if text in world.model.visible("page") and text.shown is not text.contested and MISSPELT not in reader.text:
        raise Broken(3, "une correction contestée reste publiée")
    world.tell(f"{author.name} conteste ({text.status})")
    return True


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "send_text": (3, send_text),
    "confirm": (5, confirm),
    "withdraw": (0.7, withdraw),
    "erase": (0.4, erase),
    "change_consent": (1.5, change_consent),
    "amend": (1.5, amend),
    "sign": (0.7, sign),
    "contest": (2, contest),
}
