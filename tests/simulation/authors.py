"""Authors: what they write, and what they do from their private page."""

import re
from collections.abc import Callable
from typing import Any

from tests.simulation import pages
from tests.simulation.model import A_DAY, PARIS, STEPS, Broken
from tests.simulation.things import Text, Version
from tests.simulation.world import Browser, Nothing, Person, World, act

FIRST_NAMES = ["Maëlle", "Camille", "Yann", "Inès", "Solène", "Malik", "Lucie", "Noé", "Élise", "Bao", "Nora", "Hugo"]
DEPARTMENTS = ["35", "69", "13", "33", "59", "67", "75", "974"]
THEMES = ["qualification", "conseils-citoyens", "valorisation", "culture-commune", "reseaux"]
SENTENCES = [
    "Nous avons préparé ensemble quatre après-midi dans les quartiers du nord de la ville",
    "Les habitantes sont venues nombreuses, et beaucoup reviennent depuis",
    "Le centre de ressources nous a prêté ses méthodes, et une salle quand il le fallait",
    "Chacun a pris le temps de dire ce que son service sait faire, et ce qu’il ne sait pas",
    "Un atelier par trimestre suffit, à condition que les mêmes personnes y reviennent",
    "La première année a servi à se connaître, la seconde à travailler",
    "Rien de tout cela ne coûtait cher, mais tout demandait du temps",
    "Le plus utile fut de marcher ensemble dans le quartier avant d’écrire quoi que ce soit",
]
PURPOSES = ["reuse", "contact", "questions"]
SIGNATURES = ["full", "role", "clsm", "region"]


def words(world: World, *, whole: bool) -> dict[str, str]:
    """Return new words for the questions of a text, each with a token."""
    word, rng = world.token, world.rng
    told = " ".join(f"{each} avec {word()}." for each in rng.sample(SENTENCES, 4))
    fields = {
        "title": f"Avec {word()}",
        "account": f"Nos {pages.MISSPELT} & « échanges » s’appellent {word()} <ensemble>. {told}",
        "outcome": f"Nous en avons gardé {word()} au moins.",
        "obstacles": f"Il a manqué {word()} au début.",
        "advice": f"Commencez par {word()}.",
    }
    left = [] if whole else rng.sample(["outcome", "obstacles", "advice"], 2)
    return {name: value for name, value in fields.items() if name not in left}


def answers_of_a_text(world: World, *, whole: bool) -> dict[str, Any]:
    """Return what the form asks of who writes, or of who tells somebody who types."""
    rng = world.rng
    return {
        **words(world, whole=whole),
        "situation": rng.choice(["past", "regular", "planned"]),
        "department": rng.choice(DEPARTMENTS),
        "partner": rng.choice(["autre", "labo-cites"]),
        "themes": rng.sample(THEMES, rng.randint(1, 3)),
        "clsm": f"CLSM de {world.token().capitalize()}",
        "author_name": f"{rng.choice(FIRST_NAMES)} {world.token().capitalize()}",
        "author_role": f"Coordination {world.token()}",
    }


def consents_drawn(world: World, page: Browser | None = None) -> tuple[set[str], dict[str, str]]:
    """Draw what somebody agrees to, of what a page asks; return it, and how the form is answered."""
    boxes = [each for each in PURPOSES if page is None or page.tree.xpath(f"//input[@name='{each}']")]
    boxes = [each for each in boxes if world.chance(0.6)]
    may_publish = world.chance(0.85)
    given = {"publish": "yes", "attest": "y"} if may_publish else {"publish": "no"}
    return {*boxes, *["publication"] * may_publish}, given | dict.fromkeys(boxes, "y")


@act(3)
def send_text(world: World) -> None:
    rng, model = world.rng, world.model
    fields = answers_of_a_text(world, whole=world.chance(0.7))
    fields["attribution"] = attribution = rng.choice(SIGNATURES)
    person = world.somebody(fields["author_name"], "auteur·e", is_desk=True)
    fields["email"] = person.email
    consents, answers = consents_drawn(world)
    article = rng.choice(sorted(model.articles - model.offline))
    version = Version(pages.tokens_of(fields), attribution)
    text = Text(person.email, article, [version], consents, world.now, fields["situation"])
    model.add(text)
    pages.write(person.browser, article, fields, answers)
    model.owe("send", text, "send")
    world.tell(
        f"{person.name} envoie « {version.title} » ({attribution}, {', '.join(sorted(consents)) or 'sans accord'})"
    )


def own_page(world: World, text: Text, beside: str = "") -> Browser:
    """Return an author's browser on their private page, or on a page beside that."""
    author = world.author(text)
    if not (link := author.private_link(text)):
        raise Nothing
    if author.browser.get(link + beside).status != 200:
        raise Broken(7, f"la page privée de {author.name} ne s’ouvre plus : un texte {text.status}")
    if not beside and not text.unsigned():
        check_page(world, text, author.browser)
    return author.browser


def check_page(world: World, text: Text, page: Browser) -> None:
    """Promises 11 and 14: a private page offers to contest what can be, and says until when a text is read."""
    may_contest = bool(page.forms("contains(@action, '/contester')"))
    if may_contest is not world.model.is_contestable(text) and not text.is_amended:  # what is shown still may be, then
        raise Broken(
            11, f"le texte {text.status} de {text.author} {'peut' if may_contest else 'ne peut'} être contesté"
        )
    is_read = text.reads_until and text.reads_until > world.now and not text.is_hidden
    until = text.reads_until.astimezone(PARIS) if text.reads_until and is_read else None
    if until and not re.search(rf"\b{until.day}(er)? \S+ {until.year}", page.text):
        raise Broken(14, f"la page de {text.author} ne dit pas {until:%d/%m/%Y} : {page.text[:400]}")


def of_author(world: World, is_fit: Callable[[Text], object]) -> tuple[Person, Text, Browser]:
    """Draw a text whose author has its link, and open its private page; what is not signed yet has acts of its own."""
    is_told = is_fit == Text.unsigned
    fits = [each for each in world.model.texts if each.public_id and each.status != "erased"]
    text = world.choose(each for each in fits if each.unsigned() is is_told and is_fit(each))
    return world.author(text), text, own_page(world, text)


def may(act: str) -> Callable[[Text], bool]:
    return lambda text: act in STEPS[text.status]


@act(5)
def confirm(world: World) -> None:
    author, text, page = of_author(world, may("confirm"))
    page.do("Confirmer mon adresse")
    world.model.act(text, "confirm")
    world.tell(f"{author.name} confirme son adresse")


@act(0.9)
def withdraw(world: World) -> None:
    author, text, page = of_author(world, may("withdraw"))
    page.do("Retirer mon texte" if page.find("Retirer mon texte") is not None else "Je retire")
    was_shown = text.status == "published"
    world.model.withdraw(text)
    world.tell(f"{author.name} retire son texte")
    if was_shown and world.chance(0.7):
        world.wait(minutes=world.rng.choice([2, 6, 9]))
        if world.chance(0.7):
            world.choose([world.round, world.clock])()
        own_page(world, text).do("Revenir sur ce retrait")
        world.model.undo(text)
        world.tell(f"{author.name} revient sur ce retrait")


@act(0.4)
def erase(world: World) -> None:
    author, text, page = of_author(world, lambda _text: True)
    page.get(f"{author.private_link(text)}/effacer").press("Effacer")  # refused where a server that died had done it
    world.model.erase(text)
    world.tell(f"{author.name} efface tout")


@act(1.5)
def change_consent(world: World) -> None:
    _, text, page = of_author(
        world, lambda text: text.status in {"pending", "changes_requested", "published", "proof_sent"}
    )
    change_consent_of(world, text, page, world.rng.choice(PURPOSES))


def change_consent_of(world: World, text: Text, page: Browser, purpose: str) -> None:
    gives = purpose not in text.consents
    form = world.choose(page.forms(f".//input[@name='purpose'][@value='{purpose}']"))
    page.send(form, ("answer", "yes" if gives else "no")).is_taken(f"accord {purpose}")
    world.model.touch(text)
    if gives:
        text.consents.add(purpose)
    else:
        world.model.take_back(text, {purpose})
        world.model.drop(text, "question" if purpose == "questions" else purpose)
    world.model.owe("consent", text, "consent")
    world.tell(f"{world.author(text).name} {'donne' if gives else 'retire'} l’accord « {purpose} »")


@act(1.5)
def amend(world: World) -> None:
    _, text, page = of_author(world, may("amend"))
    amend_text(world, text, page)


def amend_text(world: World, text: Text, page: Browser) -> None:
    author = world.author(text)
    page.get(f"{author.private_link(text)}/modifier")
    told = words(world, whole=True)
    base = text.latest if text.is_amended or not text.shown else text.own() if text.contested else text.shown
    version = Version({**base.words, **pages.tokens_of(told)}, base.attribution)
    world.model.know(text, version)
    if page.find("Relire mon texte") is None:
        raise Broken(4, f"un texte {text.status} ne peut être changé : {page.text[:200]}")
    page.fill(**told).do("Relire mon texte")
    page.fill(**{"attest": "y"} if page.tree.xpath("//input[@name='attest']") else {}).do("Envoyer")
    world.model.act(text, "amend")
    text.versions.append(version)
    world.tell(f"{author.name} change son texte : « {version.title} »")


@act(0.7)
def sign(world: World) -> None:
    author, text, page = of_author(world, may("sign_proof"))
    page.do("Je signe")
    text.latest.is_approved = True
    world.model.act(text, "sign_proof")
    world.tell(f"{author.name} signe")


@act(2)
def contest(world: World) -> None:
    """Object to a correction, or contest a refusal or a removal."""
    author, text, page = of_author(world, world.model.is_contestable)
    [form] = page.forms("contains(@action, '/contester')")
    token = world.word("contestation", text.author, text=text)
    page.fill(words=f"Je ne suis pas d’accord : {token}.").send(form).is_taken("Contester")
    world.model.contest(text)
    world.tell(f"{author.name} conteste ({text.status})")


@act(0.4)
def read_data(world: World) -> None:
    """An author reads all that is kept of a text, and the proof of their consents: of nobody else."""
    author, text, page = of_author(world, lambda _text: True)
    for path in ("mes-donnees", "mes-donnees.json", "preuve", "preuve.json"):
        missing = missing_of(world, page.get(f"{author.private_link(text)}/{path}"), text)
        if page.status != 200 or (missing and "mes-donnees" in path):
            raise Broken(12, f"{path} de {author.name} répond {page.status}, sans {missing}")
    world.tell(f"{author.name} lit ce qui est gardé de son texte")


def missing_of(world: World, page: Browser, text: Text | None = None) -> set[str]:
    """Return the words of somebody that a page of theirs should have, and has not; the model looks at the others."""
    kept = {token: fact for token, fact in world.model.facts.items() if page.email in fact.readers}
    kept = {
        token: fact
        for token, fact in kept.items()
        if text in {None, fact.text} and world.model.may_read(page.email, token)
    }
    soon = world.now + A_DAY
    theirs = {token for token, fact in kept.items() if fact.ends is None or fact.ends > soon}
    return {each for each in theirs - page.tokens if not kept[each].what.startswith(("adresse", "mots de l’équipe"))}


@act(3)
def prolong(world: World) -> None:
    """Have a text read three years more, or kept another year while it waits."""
    author, text, page = of_author(world, lambda text: text.reminders)
    offered = [each for each in ("Prolonger de trois ans", "Oui, gardez mon texte") if page.find(each) is not None]
    page.do(world.choose(offered))
    if text.status == "published":
        world.model.act(text, "renew")
    else:
        world.model.touch(text)
    world.tell(f"{author.name} fait garder son texte, {text.status}")


@act(1.2)
def consent_again(world: World) -> None:
    """Agree to publication after all, or once more."""
    author, text, page = of_author(world, lambda text: "publication" not in text.consents)
    offered = [each for each in ("Accepter la publication", "Remettre mon texte") if page.find(each) is not None]
    page.fill(attest="y").do(world.choose(offered))
    if may("consent_again")(text):
        world.model.act(text, "consent_again")
    text.consents.add("publication")
    world.model.touch(text)
    world.model.owe("consent", text, "consent")
    world.tell(f"{author.name} accepte la publication")


@act(1.2)
def tell_sequel(world: World) -> None:
    """Say what a project has become: a new version, which editors read."""
    author, text, page = of_author(world, lambda text: text.situation == "planned" and text.status == "published")
    if text.is_amended or text.is_contested:
        raise Nothing
    page.get(f"{author.private_link(text)}/suite")
    shown = text.shown or text.latest
    words = {**shown.words, "sequel": world.word("suite", text.author, text=text)}
    version = Version(words, shown.attribution, is_spelt=shown.is_spelt)
    sequel = f"Trois après-midi ont eu lieu, et {words['sequel']}."
    page.fill(became=world.choose(["done", "otherwise"]), sequel=sequel).do("Relire").fill(attest="y").do("Envoyer")
    world.model.act(text, "amend")
    text.versions.append(version)
    world.tell(f"{author.name} dit ce que son projet est devenu")
