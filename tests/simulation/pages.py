"""Pages: what the product's pages and letters look like. The one file that knows them: when one changes, it does."""

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from tests.services import smtp
from tests.simulation.things import TOKEN, Letter, Text, tokens_in

if TYPE_CHECKING:
    from tests.simulation.world import Browser

PLAIN = str.maketrans({"\u2011": "-", "\u00a0": " ", "\u202f": " "})
LINK = re.compile(r"http://localhost(/\S+)")
META = re.compile(r"<meta [^>]*>|<script type=\"application/ld\+json\">.*?</script>", re.DOTALL)
NEW_TEXTS = re.compile(r"(\d+) nouveaux? retours?")
MISSPELT, SPELT = "recontres", "rencontres"  # in each account, until an editor corrects it
WRITE = "/articles/{}/temoigner"
PILES = {
    "À relire": "pending",
    "À confirmer": "unconfirmed",
    "Corrections demandées": "changes_requested",
    "Bon à tirer envoyé": "proof_sent",
    "Publié": "published",
    "Usage interne": "internal",
    "Refusé": "declined",
    "Dépublié": "unpublished",
    "Retiré par l’auteur·e": "withdrawn",
    "Effacé": "erased",
}


LETTERS = {
    "Votre texte est publié": "publish",
    "Votre texte est gardé, sans être publié": "keep_internal",
    "Votre texte ne sera pas publié": "decline",
    "Votre texte n’est plus publié": "unpublish",
    "Quelques corrections avant de publier votre texte": "request_changes",
    "Plus rien à corriger dans votre texte": "cancel_request",
    "Une version relue de votre texte attend votre signature": "send_proof",
    "La version relue de votre texte n’est plus à signer": "recall_proof",
    "Votre texte reste publié tel qu’il est": "set_aside",
    "Une correction dans votre texte, à relire": "edited",
    "Une réponse à votre contestation": "answered",
    "Confirmez votre adresse pour que votre texte soit lu": "send",
    "Votre texte est entre nos mains": "confirm",
    "Votre nouvelle version est arrivée": "amend",
    "Votre texte est retiré": "withdraw",
    "Votre accord est changé": "consent",
    "Votre texte est masqué, le temps d’examiner un signalement": "hide",
    "Votre texte paraît de nouveau": "unhide",
    "La publication de votre texte est achevée": "expire",
    "Votre texte attend que vous confirmiez votre adresse": "remind unconfirmed",
    "Ce que vous avez raconté attend toujours votre signature": "remind told",
    "Faut-il garder votre texte ?": "remind waiting",
    "Votre texte attend toujours vos corrections": "remind changes_requested",
    "Votre texte relu attend toujours votre signature": "remind proof_sent",
    "Votre texte paraît encore trente jours : le prolonger ?": "remind published",
    "Qu’est devenu votre projet ?": "ask sequel",
    "Votre nouveau lien privé": "link",
    "Ce que vous avez raconté attend votre signature": "record",
    "Votre texte vous attend": "draft",
    "Une réponse paraît sous votre texte": "reply shown",
    "Votre signalement est arrivé": "report",
    "Une réponse à votre signalement": "report answered",
    "Le texte que vous avez signalé n’est plus là": "report ended",
    "Confirmez votre adresse pour que votre question parte": "ask",
    "Une réponse à votre question": "question declined",
    "Confirmez votre adresse pour suivre ces retours": "follow",
    "De nouveaux retours à lire": "news",
    "Ce que nous gardons de votre adresse": "address",
    "Votre expérience a sa place à côté d’un article": "invite",
    "Votre expérience est toujours attendue": "remind invited",
    "Vous êtes invité·e à relire les retours d’expérience": "invite editor",
    "On vous nomme dans une note": "note",
    "Un rappel n’a pas pu partir": "reminder lost",
    "Un texte recueilli, lu par qui l’avait écrit": "decided alone",
    "Ce qui attend l’équipe": "digest",
}
"""What each letter is about, by its subject."""


def outlet_of(path: str) -> str:
    """Return which consent the words on a reader's page need: `page`, `site` or `open`."""
    if path.startswith("/integration/"):
        return "site" if "cle=" in path else "open"
    return "open" if path.startswith(("/api/", "/oembed")) or "flux.atom" in path else "page"


def address(path: str) -> str:
    """Return an address without what it names, for it to be counted."""
    return re.sub(r"[0-9a-f]{20}[\w-]*|Wy[\w.-]{30,}|(?<=articles/)\w+|(?<=integration/)\w+|\?.*", "…", path)


def in_head(body: str) -> set[str]:
    """Return the words of people in what other sites take from the head of a page."""
    return tokens_in(*[re.sub(r"http://localhost[^\s\"]*", "", each) for each in META.findall(body)])


def letter(received: smtp.Received) -> Letter:
    part = received.message.get_body(("plain",))
    assert part is not None
    body = part.get_content()
    said, links = " ".join(body.translate(PLAIN).split()), LINK.findall(body)
    subject = str(received.message["Subject"]).translate(PLAIN)
    number = NEW_TEXTS.search(said)
    return Letter(
        received.recipients[0],
        LETTERS.get(subject, subject),
        links,
        frozenset(tokens_in(body)),
        about=next((text_of(each) for each in links if each.startswith("/mon-temoignage/")), None),
        tells_correction="L’équipe a corrigé votre texte" in said,
        tells_quotation="Voici ce que l’équipe cite de votre texte" in said,
        number=int(number[1]) if number else None,
    )


def text_of(link: str) -> str:
    """Return the identifier of the text that a private link names."""
    payload = re.split("[./]", link.removeprefix("/mon-temoignage/"))[0]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[0])


def write(page: "Browser", article: str, fields: dict[str, Any], answers: dict[str, Any]) -> None:
    """Fill the form, read it again, and send it."""
    page.get(WRITE.format(article)).fill(**asked(page, fields)).do("Relire mon texte")
    page.fill(**answers).do("Envoyer")


def asked(page: "Browser", fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a form asks for: a call without a partner, or with other themes, asks for less."""
    if page.tree.xpath("//*[@name='partner']"):
        return fields
    return {name: value for name, value in fields.items() if name != "partner"} | {"themes": ["autre"]}


def decide(page: "Browser", act: str, **given: str) -> str:
    """Press the button of a decision on the page of a text; answer the question about marks; return the refusal."""
    for _ in range(2):
        if page.find(name="action", value=act) is None:
            return page.refusal or f"no button {act}"
        page.fill(**{name: value for name, value in given.items() if page.tree.xpath(f"//*[@name='{name}']")})
        page.press(name="action", value=act)
        if "data-marks" not in page.text and not page.refusal:
            return ""
    return page.refusal


def edit(page: "Browser", changed: dict[str, str], kind: str) -> str:
    """Save an edited version, as a correction or as a rewriting; return the refusal."""
    page.fill(**changed).press("Voir ce qui change")
    return page.fill(kind=kind).press("Enregistrer").refusal


def sentences_form(page: "Browser", text: Text) -> tuple[Any, list[str]]:
    """Return the form that quotes a text, and those of its sentences that nobody corrects, with a token each."""
    for form in page.forms(".//input[@name='sentence']"):
        if form.xpath(".//input[@name='testimonial']/@value") == [text.public_id]:
            return form, [each for each in form.xpath(".//input[@name='sentence']/@value") if " avec zo" in each]
    return None, []


def tokens_of(fields: dict[str, Any]) -> dict[str, str]:
    """Return the words of what is typed, by question, numbered where a question has several."""
    found = {}
    for name, value in fields.items():
        for number, token in enumerate(TOKEN.findall(value.lower()) if isinstance(value, str) else []):
            found[f"{name}{number or ''}"] = token
    return {name: token for name, token in found.items() if name != "email"}
