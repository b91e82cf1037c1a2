"""Admins: articles, registered sites, invitations, who edits which article; and what authors leave for later."""

import re

from tests.simulation import pages
from tests.simulation.authors import own_page
from tests.simulation.checks import check_text
from tests.simulation.editors import an_editor
from tests.simulation.model import A_MONTH, Broken
from tests.simulation.things import tokens_in
from tests.simulation.world import Browser, World, act

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


@act(0.4)
def move_article(world: World) -> None:
    """Make a second article, with an editor of its own; later take it offline, or put it online again."""
    model, is_new = world.model, SECOND not in world.model.articles
    if is_new:
        as_admin(world, "/articles/nouveau").fill(**FORM).do("Relire").do("Enregistrer")
    is_there = not is_new and SECOND not in model.offline
    as_admin(world, f"/articles/{SECOND}/mise-en-ligne").do("Mettre hors ligne" if is_there else "Mettre en ligne")
    model.articles.add(SECOND)
    (model.offline.add if is_there else model.offline.discard)(SECOND)
    for text in [text for text in model.texts if text.article == SECOND and text.shown][:3]:
        check_text(world, text)
    if is_new:
        an_editor(world, "--article", SECOND)
    world.tell(f"l’article {SECOND} est mis {'hors ligne' if is_there else 'en ligne'}")


@act(0.3)
def give_articles(world: World) -> None:
    """Give an editor other articles: what is not theirs stands on no page of theirs from then on."""
    model = world.model
    editor = world.choose(each for each in world.team if model.editors[each.email] is not None)
    given, page = world.choose(sorted(model.articles)), as_admin(world, "/equipe")
    page.get(page.tree.xpath(f"//a[contains(@href, '/equipe/')][contains(., '{editor.name}')]/@href")[0])
    boxes = page.tree.xpath("//input[@name='articles']")
    titles = {each.get("value"): " ".join(each.getparent().text_content().split()) for each in boxes}
    named = "Les maisons" if given == SECOND else "Travailler avec un centre"
    [number] = [value for value, title in titles.items() if title.startswith(named)]
    page.fill(extent="some", articles=[number]).do("Enregistrer ses articles")
    model.editors[editor.email] = (given,)
    world.tell(f"{editor.name} édite l’article {given}, et lui seul")
    for text in [text for text in model.texts if text.public_id and text.status != "erased"][-4:]:
        opened = world.review(editor, text).status == 200
        if opened is not model.may_edit(editor.email, text.article):
            raise Broken(2, f"{editor.name} {'lit' if opened else 'ne lit pas'} un texte de {text.article}")
    for path in ("?etat=tous", "/chiffres", "/recueils", "/syntheses"):
        world.at_desk(editor, f"/moderation{path}")


@act(0.3)
def use_site(world: World) -> None:
    """Register a site, look at its frame, or withdraw its key: the consent to publication suffices for its frame."""
    model, reader = world.model, Browser(world)
    if model.site is None:
        page = as_admin(world, "/sites").fill(name="Le site d’ici", host="site.example").do("Inscrire")
        model.site = page.path.removeprefix("/administration"), re.findall(r"cle=[\w-]+", page.body)[0]
    own, key = model.site
    reader.get(f"/integration/crpv/cadre?nombre=20&{key}")
    here = model.titles("site", "crpv")
    if reader.status != 200 or (len(here) <= 20 and (missing := here - reader.tokens)):
        raise Broken(4, f"le cadre d’un site inscrit répond {reader.status}, sans {sorted(missing)}")
    if world.chance(0.3):
        as_admin(world, own).do("Retirer ce site")
        if reader.get(f"/integration/crpv/cadre?nombre=20&{key}").status != 403:
            raise Broken(4, f"la clé d’un site retiré ouvre encore son cadre : {reader.status}")
        model.site = None
        world.tell("un site du réseau est retiré")


@act(0.4)
def invite(world: World) -> None:
    """Invite organisations, with some who were invited before: once each, and never who has refused."""
    model = world.model
    new = [world.somebody("Une organisation", "invitation", is_desk=True).email for _ in range(2)]
    known = [each for each, at in sorted(model.invited.items()) if model.still(each) and world.now - at < 12 * A_MONTH]
    known = world.rng.sample(known, min(1, len(known)))
    page = as_admin(world, "/invitations/nouvelles")
    fields = {"article": "crpv"} if page.tree.xpath("//select[@name='article']") else {}
    page.fill(lines="\n".join(new + known), known="y", **fields).do("Vérifier").do("Envoyer 2 invitations")
    for email in new:
        model.invited[email] = world.now
        model.owe("invite", None, "invite", email)
    world.tell(f"deux organisations sont invitées, et {len(known)} l’étaient déjà")


@act(0.3)
def refuse_invitation(world: World) -> None:
    model = world.model
    email = world.choose(
        each for each in model.invited if each not in model.refused and world.people[each].link("invite")
    )
    world.people[email].browser.get(f"{world.people[email].link('invite')}/refuser").do("Ne plus être invité")
    model.refused.add(email)
    world.tell(f"{email} ne veut plus être invitée")


@act(0.4)
def save_draft(world: World) -> None:
    person = world.somebody("Quelqu’un", "brouillon")
    word = world.word("brouillon", person.email, is_desk=False)
    page = person.browser.get(pages.WRITE.format("crpv")).fill(title=f"Reprendre {word}", email=person.email)
    page.do("Enregistrer et reprendre")
    world.model.drafts[person.email] = word
    world.model.end({word, *tokens_in(person.email)}, world.now + A_MONTH)
    world.model.owe("draft", None, "draft", person.email)
    world.tell(f"{person.email} garde un brouillon")


@act(0.6)
def resume_draft(world: World) -> None:
    """Promises 7, 12 and 14: a draft opens by its link for thirty days, and no more once it is erased."""
    model = world.model
    email = world.choose(each for each in model.drafts if world.people[each].link("draft"))
    word, person = model.drafts[email], world.people[email]
    link = person.link("draft")
    page = person.browser.get(link)
    if (is_there := page.status == 200) is not model.still(email):
        raise Broken(14, f"un brouillon {'s’ouvre encore' if is_there else 'ne s’ouvre pas'}")
    if not is_there:
        del model.drafts[email]
        return
    if page.find("Effacer ce brouillon") is None or word not in str(page.tree.xpath("//input[@name='title']/@value")):
        raise Broken(7, f"un brouillon ne rend pas ses mots : {page.text[:200]}")
    if world.chance(0.4):
        page.press("Effacer ce brouillon")  # refused where a server that died had done it
        model.forget({word, *tokens_in(person.email)})
        del model.drafts[email]
        if page.get(link).status == 200:
            raise Broken(12, "le lien d’un brouillon effacé l’ouvre encore")
        world.tell(f"{email} efface son brouillon")


@act(0.4)
def ask_link(world: World) -> None:
    """Promise 6: a new link voids the former one; the page is the same, if nobody has written from the address."""
    model = world.model
    texts = [each for each in model.texts if each.public_id and each.status != "erased" and "@" in each.author]
    texts = [
        each for each in texts if each.author not in model.closed and model.is_mail_well
    ]  # else no link would come
    text, said = world.choose(texts), []
    former = world.author(text).private_link(text)
    for email in (text.author, world.somebody("Quelqu’un", "lien").email):
        page = world.people[email].browser.get("/mon-temoignage/nouveau-lien").fill(email=email)
        said.append(page.press("Envoyer un nouveau lien").text.replace(email, ""))
    if said[0] != said[1]:
        raise Broken(6, "la page d’un nouveau lien dit si une adresse a écrit")
    model.owe("link", text, "link")
    world.soon()
    if former and world.author(text).browser.get(former).status == 200:
        raise Broken(6, "un lien remplacé ouvre encore la page privée")
    own_page(world, text)
    world.tell(f"{world.author(text).name} demande un nouveau lien")
