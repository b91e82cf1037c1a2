"""Admins: articles, registered sites, invitations, who edits which article; and what authors leave for later."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.simulation import pages
from tests.simulation.authors import own_page, taken
from tests.simulation.checks import check_text, tokens_at
from tests.simulation.editors import an_editor
from tests.simulation.model import READER, Broken, Fact, Viewer
from tests.simulation.world import Author, Browser, World

SECOND = "maisons"
FORM = {
    "title": "Les maisons de santé",
    "slug": SECOND,
    "summary": "Ce que font ensemble deux maisons.",
    "published_on": "2021-01-04",
    "body": "Elles travaillent ensemble.\n\n## Comment faire\n\nEn se voyant.",
    "call_title": "Et vous, où en êtes-vous ?",
    "invitation": "Dites-nous ce que vous faites.",
}


def as_admin(world: World, path: str) -> Browser:
    return world.at_desk(world.editors[0], f"/administration{path}")


def move_article(world: World) -> bool:
    """Make a second article, with an editor of its own; later take it offline, or put it online again."""
    model, is_new = world.model, SECOND not in world.model.articles
    if is_new:
        as_admin(world, "/articles/nouveau").fill(**FORM).press("Relire").press("Enregistrer")
    is_there = not is_new and SECOND not in model.offline
    page = as_admin(world, f"/articles/{SECOND}/mise-en-ligne")
    taken(page.press("Mettre hors ligne" if is_there else "Mettre en ligne"), "Mettre en ligne")
    model.articles.add(SECOND)
    (model.offline.add if is_there else model.offline.discard)(SECOND)
    for text in [text for text in model.texts if text.article == SECOND and text.shown][:3]:
        check_text(world, text)
    if is_new:
        an_editor(world, admin=False, article=SECOND)
    world.tell(f"l’article {SECOND} est mis {'hors ligne' if is_there else 'en ligne'}")
    return True


def give_articles(world: World) -> bool:
    """Give an editor other articles: what is not theirs stands on no page of theirs from then on."""
    scoped = [each for each in world.team if each not in world.editors]
    if not scoped:
        return False
    editor, given = world.rng.choice(scoped), world.rng.choice(sorted(world.model.articles))
    page = as_admin(world, "/equipe")
    [link] = [
        each for each in page.tree.xpath("//a[contains(@href, '/equipe/')]") if editor.name in each.text_content()
    ]
    page.get(link.get("href"))
    numbers = {
        " ".join(box.getparent().text_content().split()): box.get("value")
        for box in page.tree.xpath("//input[@name='articles']")
    }
    [number] = [value for title, value in numbers.items() if title.startswith("Les maisons") is (given == SECOND)]
    taken(page.fill(extent="some", articles=[number]).press("Enregistrer ses articles"), "Enregistrer ses articles")
    editor.viewer = editor.browser.viewer = replace(editor.viewer, articles=(given,))
    world.model.editors[editor.viewer.email] = editor.viewer
    world.tell(f"{editor.name} édite l’article {given}, et lui seul")
    for text in [text for text in world.model.texts if text.public_id and text.status != "erased"][-4:]:
        opened = world.at_desk(editor, f"/moderation/{text.public_id}").status == 200
        if opened is not world.model.may_edit(editor.viewer, text.article):
            raise Broken(2, f"{editor.name} {'lit' if opened else 'ne lit pas'} un texte de {text.article}")
    for path in ("/moderation?etat=tous", "/moderation/chiffres", "/moderation/recueils", "/moderation/syntheses"):
        world.at_desk(editor, path)
    return True


def use_site(world: World) -> bool:
    """Register a site, look at its frame, or withdraw its key: the consent to publication suffices for its frame."""
    model, reader = world.model, Browser(world, READER)
    if model.site_key is None:
        page = as_admin(world, "/sites").fill(name="Le site d’ici", host="site.example").press("Inscrire")
        assert page.answer is not None
        model.site_key = re.findall(r"cle=[\w-]+", page.answer.get_data(as_text=True))[0]
        model.site_page = page.path
    path = f"/integration/crpv/cadre?nombre=20&{model.site_key}"
    there = tokens_at(reader, path)
    here = {text.shown.words["title"] for text in model.visible("site", "crpv") if text.shown}
    if reader.status != 200 or (len(here) <= 20 and (missing := here - there)):
        raise Broken(4, f"le cadre d’un site inscrit répond {reader.status}, sans {sorted(missing)}")
    if world.rng.random() < 0.3:
        taken(as_admin(world, model.site_page.removeprefix("/administration")).press("Retirer ce site"), "Retirer")
        if tokens_at(reader, path) or reader.status != 403:
            raise Broken(4, f"la clé d’un site retiré ouvre encore son cadre : {reader.status}")
        model.site_key = None
        world.tell("un site du réseau est retiré")
    return True


def invite(world: World) -> bool:
    """Invite organisations, with some who were invited before: once each, and never who has refused."""
    model, rng = world.model, world.rng
    new = [f"{world.token()}@ville.example" for _ in range(2)]
    known = rng.sample(sorted(model.invited), min(1, len(model.invited)))
    for email in new:
        model.facts[email.partition("@")[0]] = Fact("invitation", None, {email})
        world.people[email] = Author("Une organisation", email, Browser(world, Viewer("author", email)))
    page = as_admin(world, "/invitations/nouvelles")
    fields = {"article": "crpv"} if page.tree.xpath("//select[@name='article']") else {}
    page.fill(lines="\n".join(new + known), known="y", **fields).press("Vérifier").press("Envoyer 2 invitations")
    taken(page, "Envoyer les invitations")
    for email in new:
        model.invited[email] = world.now
        model.owe(None, email, "Votre expérience a sa place à côté d’un article", "invite")
    world.tell(f"deux organisations sont invitées, et {len(known)} l’étaient déjà")
    return True


def refuse_invitation(world: World) -> bool:
    invited = [each for each in world.model.invited if each not in world.model.refused and world.people[each].letters]
    if not invited:
        return False
    email = world.rng.choice(invited)
    person = world.people[email]
    person.browser.get(f"{person.letters[-1].links[0]}/refuser").press("Ne plus être invité")
    taken(person.browser, "Ne plus être invité·e")
    world.model.refused.add(email)
    world.tell(f"{email} ne veut plus être invitée")
    return True


def keep_draft(world: World) -> bool:
    token, word = world.token(), world.token()
    email = f"{token}@ville.example"
    person = Author("Quelqu’un", email, Browser(world, Viewer("author", email)))
    for each in (token, word):
        world.model.facts[each] = Fact("brouillon", None, {email}, is_desk=False)
    world.people[email] = person
    world.model.drafts[email] = (world.now, word)
    page = person.browser.get(pages.WRITE.format("crpv")).fill(title=f"Reprendre {word}", email=email)
    taken(page.press("Enregistrer et reprendre"), "Enregistrer et reprendre plus tard")
    world.model.owe(None, email, "Votre texte vous attend", "draft")
    world.tell(f"{email} garde un brouillon")
    return True


def resume_draft(world: World) -> bool:
    """Promises 7, 12 and 14: a draft opens by its link for thirty days, and no more once it is erased."""
    kept = [each for each in world.model.drafts if world.people[each].letters]
    if not kept:
        return False
    email = world.rng.choice(kept)
    kept_at, word = world.model.drafts[email]
    person = world.people[email]
    page = person.browser.get(person.letters[-1].links[0])
    is_there, assumed = page.status == 200, world.now < kept_at + timedelta(days=30)
    if is_there is not assumed:
        raise Broken(14, f"un brouillon du {kept_at:%d/%m/%Y} {'s’ouvre' if is_there else 'ne s’ouvre pas'}")
    if not is_there:
        return False
    if page.find("Effacer ce brouillon") is None or word not in str(page.tree.xpath("//input[@name='title']/@value")):
        raise Broken(7, f"un brouillon ne rend pas ses mots : {page.text[:200]}")
    if world.rng.random() < 0.4:
        page.press("Effacer ce brouillon")
        taken(page, "Effacer ce brouillon")
        world.model.forget_draft(email)
        if page.get(person.letters[-1].links[0]).status == 200:
            raise Broken(12, "le lien d’un brouillon effacé l’ouvre encore")
        world.tell(f"{email} efface son brouillon")
    return True


def ask_link(world: World) -> bool:
    """Promise 6: a new link voids the former one; the page is the same, if nobody has written from the address."""
    texts = [each for each in world.model.texts if each.public_id and each.status != "erased" and "@" in each.author]
    if not texts:
        return False
    text = world.rng.choice(texts)
    author: Author = world.people[text.author]
    former = author.private_link(text)
    said = []
    for email in (text.author, f"{world.token()}@ville.example"):
        world.model.facts.setdefault(email.partition("@")[0], Fact("adresse", None, {email}))
        page = Browser(world, Viewer("person", email)).get("/mon-temoignage/nouveau-lien").fill(email=email)
        said.append(page.press("Envoyer un nouveau lien").text.replace(email, ""))
    if said[0] != said[1]:
        raise Broken(6, "la page d’un nouveau lien dit si une adresse a écrit")
    for each in world.model.texts:
        if each.author == text.author and each.status != "erased":
            world.model.owe(each, text.author, "Votre nouveau lien privé", "link")
    world.wait(minutes=1)
    world.round()
    if former and author.browser.get(former).status == 200:
        raise Broken(6, "un lien remplacé ouvre encore la page privée")
    own_page(world, author, text)
    world.tell(f"{author.name} demande un nouveau lien")
    return True


ACTS: dict[str, tuple[float, Callable[[World], bool]]] = {
    "move_article": (0.3, move_article),
    "give_articles": (0.3, give_articles),
    "use_site": (0.3, use_site),
    "invite": (0.25, invite),
    "refuse_invitation": (0.2, refuse_invitation),
    "keep_draft": (0.35, keep_draft),
    "resume_draft": (0.5, resume_draft),
    "ask_link": (0.3, ask_link),
}
