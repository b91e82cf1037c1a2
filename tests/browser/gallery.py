"""A site with something in every state, and the way to each of its pages."""

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import FilePayload, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import mails as account_mails
from app.accounts import sessions, team
from app.accounts.account_links import LinkKind
from app.accounts.gate import SESSION_KEY
from app.accounts.mails import account_page
from app.accounts.models import BoundIdentity, Passkey, Role, User
from app.accounts.permissions import AccessLevel
from app.antispam.signals import Sign
from app.articles import editing
from app.articles.call import usual_call
from app.articles.models import Article
from app.articles.sites import Site
from app.audit import SYSTEM
from app.catalog.filters import Filters
from app.catalog.synthesis.models import Statement, Synthesis, SynthesisSource
from app.db import db, now
from app.features.notices.acts import answer_right_of_reply
from app.features.questions.acts import report_question
from app.features.questions.models import ColleagueQuestion
from app.mail.outbox import Email
from app.moderation.recueils.models import Recueil
from app.moderation.review.letters import write_letter
from app.privacy.address.requests import AddressRequest
from app.territories.models import Partner, PartnerAlias
from app.testimonials.attribution import Attribution
from app.testimonials.consent import Channel, ConsentDecision
from app.testimonials.draft import DRAFT_SAVED, Draft, save_draft
from app.testimonials.lifecycle import Status
from app.testimonials.notices import NoticeKind, Outcome
from app.testimonials.refusals import InvitationRefusal
from app.testimonials.situation import PartnerKnown, Situation
from app.testimonials.testimonial import Testimonial
from app.testimonials.wordings import Purpose
from app.tokens import sign_token
from config import identity_provider
from tests.acts import a_site, a_synthesis, access, amend_text, private_token
from tests.browser.test_answering import fill_in_answer
from tests.browser.test_whole_path import fill_in
from tests.factories import (
    ASKER,
    AUTHOR,
    EDITOR,
    PASSWORD,
    QUESTION,
    SENTENCES,
    a_notice,
    a_pending_answer,
    a_question,
    a_signed_transcript,
    a_testimonial,
    a_transcript,
    an_alert,
    an_answer,
    an_editor,
    an_invitation,
    the_article,
    the_second_article,
)

ADMIN, CAREFUL = "admin@ville-exemple.fr", "prudente@ville-exemple.fr"
# The digest of an address that refuses invitations.
REFUSED = "1" * 64

# In French throughout: the HTML checker guesses the language of what it reads.
SENTENCE = (
    "Nous avons préparé ensemble trois rencontres pour les équipes du quartier, et chacune a dit ce qui l’inquiète. "
)
LONG = "Un mot-composé-très-très-long-et-insécable, https://exemple.fr/" + "chemin/" * 12 + " " + SENTENCE * 10


def opening(address: str) -> Callable[[Page], object]:
    return lambda page: page.goto(address)


def pressing(address: str, button: str, **typed: str) -> Callable[[Page], object]:
    """Return what opens an address, fills in fields by their names, be they shown or not, and presses a button."""

    def bring(page: Page) -> None:
        page.goto(address)
        for name, words in typed.items():
            page.locator(f"main [name={name}]").first.evaluate("(field, words) => { field.value = words }", words)
        page.get_by_role("button", name=button).first.click()

    return bring


def doubted(page: Page, form: str) -> None:
    """Fill in the line that nobody sees, and send."""
    page.goto(form)
    fill_in(page)
    page.locator("[name=website]").evaluate("field => { field.value = 'https://exemple.fr' }")
    page.get_by_role("button", name="Relire mon texte").click()
    page.get_by_label("Non", exact=True).check()
    page.get_by_role("button", name=re.compile("^Envoyer")).click()
    page.get_by_role("button", name=re.compile("^Oui, c’est moi")).wait_for()


def elsewhere(page: Page, form: str) -> None:
    """Preview a text whose CRPV is not the one known to cover its département."""
    page.goto(form)
    fill_in(page)
    page.get_by_label("Département").select_option("59")
    page.get_by_role("button", name="Relire mon texte").click()


# A list of partners, as pasted: an entry that is new, one that changes, one that bears the name of another.
COLUMNS = "code;nom;territoire;départements;site;source;vérifié le;certitude"
IMPORTED = (
    f"essai;Centre d’essai;{'Une agglomération ' * 6};2A,2B;;;;",
    "oriv;ORIV Grand Est;Grand Est;08,10,51;oriv.org;leur site;2026-10;à vérifier : l’adresse",
    "reso;RESO VILLES;Bretagne;22;;;;",
)

# Routes that show no page by their address alone: they need a query, a provider, or an act that `pages` does.
ELSEWHERE = {
    *("articles.partners", "embed.oembed", "monitoring.metrics", "review.any_two", "sitemap.part"),
    *("accounts.second_factor", "identity.answer", "identity.begin", "identity.end", "identity.proceed"),
}

# The statuses whose texts a page is looked for in, the first first.
SHOWN_FIRST = (Status.PUBLISHED, Status.PENDING, Status.INTERNAL, Status.PROOF_SENT)

# Lists of the queue, by what they show.
LISTS = {
    "published": "etat=published",
    "unconfirmed": "etat=unconfirmed",
    "erased": "etat=erased",
    "filtered": "mots=rencontres&accord=oui",
    "every-list": "etat=tous&mots=rencontres&coche=1",
    "nothing-found": "mots=zinzolin&region=11",
}


PROVIDER = {
    "OIDC_ISSUER": "https://identite.exemple.fr",
    "OIDC_CLIENT_ID": "en-regard",
    "OIDC_CLIENT_SECRET": "s",
    "OIDC_NAME": "Identité de la ville d’Exemple",
}


@dataclass
class Gallery:
    """A site with something in every state, and the way to each of its pages."""

    site: str
    by_status: dict[Status, Testimonial]
    draft: Draft
    account_links: dict[LinkKind, str]
    noticed: Testimonial
    network: Site
    own_pages: dict[str, Testimonial]
    recueil: int
    entry: Partner
    address_requests: dict[str, str]
    answers: dict[str, Testimonial]
    invited: str
    unsigned: Testimonial
    questions: dict[str, ColleagueQuestion]
    alerts: dict[str, str]

    def link(self, status: Status) -> str:
        testimonial = self.by_status[status]
        return f"{self.site}/mon-temoignage/{private_token(testimonial)}"

    def named(self) -> Mapping[str, Sequence[object]]:
        """Return the rows that the address of a page may name, by its parameters; tokens are of every kind of link."""
        of_status, received = self.by_status, self.questions["received"]
        told, answered = self.own_pages["told"], of_status[Status.PUBLISHED].public_id
        texts = [*(of_status[each] for each in SHOWN_FIRST), self.noticed, self.unsigned, received.testimonial]
        notice = next(each for each in self.noticed.notices if each.is_reply)
        claims = {
            "receipt": of_status[Status.UNCONFIRMED].public_id,
            "received-question": received.public_id,
            "question": self.questions["waiting"].public_id,
            "alert": self.alerts["confirmed"],
            "notice": notice.key,
            "address": self.address_requests["everything"],
        }
        tokens = [
            *(private_token(each) for each in (of_status[Status.PUBLISHED], received.testimonial, told)),
            *(sign_token(kind, [claim]) for kind, claim in claims.items()),
            *(sign_token("answer", [answered, str(uuid.uuid4()), "0" * 64]), self.draft.token),
            *(sign_token("invitation", [self.invited, "0" * 64]), DRAFT_SAVED.make(self.draft.public_id)),
            *(each.rpartition("/")[2] for each in self.account_links.values()),
        ]
        return {
            "slug": ["crpv"],
            "public_id": [each.public_id for each in texts],
            "token": tokens,
            "number": [self.entry.id, notice.id, self.recueil, self.entry.referential_id, 2, 1],
            "code": ["refus-hors_sujet"],
            "old": [1],
            "new": [2],
        }

    def routed(self, app: Flask, page: Page, *levels: AccessLevel) -> Iterator[tuple[str, Callable[[Page], object]]]:
        """Yield the page of each route of some levels, at the first address that has one or leads on to it; no file."""
        rows, passed = self.named(), set(ELSEWHERE)
        for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
            is_read = "GET" in (rule.methods or set()) and not rule.rule.endswith(".pdf")
            if not is_read or access(rule.endpoint).level not in levels or rule.endpoint in passed:
                continue
            passed.add(rule.endpoint)
            names, blank = re.findall(r"<(?:[^:>]+:)?(\w+)>", rule.rule), re.sub("<[^>]+>", "{}", rule.rule)
            addresses = (self.site + blank.format(*each) for each in product(*(rows.get(name, [1]) for name in names)))
            answers = (page.request.get(each, max_redirects=0) for each in addresses)
            answer = next((each for each in answers if each.status in {200, 301}), None)
            assert answer, f"{rule.rule} opens no page of the gallery: a row in `named`, or an act, and ELSEWHERE"
            if "<html" in answer.text():
                yield rule.endpoint, opening(answer.url)

    def pages(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        article, form = f"{self.site}/articles/crpv", f"{self.site}/articles/crpv/temoigner"

        def preview(page: Page) -> None:
            page.goto(form)
            fill_in(page)
            page.get_by_role("button", name="Relire mon texte").click()

        def refused(page: Page) -> None:
            preview(page)
            page.get_by_role("button", name=re.compile("^Envoyer")).click()

        yield "article-filtered", opening(f"{article}?situation=planned")
        yield "article-further", opening(f"{article}?apres={self.by_status[Status.PUBLISHED].public_id}")
        yield "article-words", opening(f"{article}?mots=rencontres")
        yield "article-nothing-found", opening(f"{article}?region=02")
        yield from self.given()
        yield "form-errors", pressing(form, "Relire mon texte")
        yield "preview", preview
        yield from self.unfinished(form)
        yield "preview-errors", refused
        yield "preview-doubted", lambda page: doubted(page, form)
        token = sign_token("receipt", [self.by_status[Status.PENDING].public_id])
        yield "receipt-confirmed", opening(f"{self.site}/recu/{token}")
        yield from self.private_pages()
        yield from self.answering()
        link = f"{self.site}/mon-temoignage/nouveau-lien"
        yield "new-link-sent", pressing(link, "Envoyer un nouveau lien", email="personne@exemple.fr")
        yield "dead-link", opening(f"{self.site}/mon-temoignage/rien")
        yield "gone", opening(f"{self.site}/temoignages/{self.by_status[Status.WITHDRAWN].public_id}")
        yield "unknown", opening(f"{self.site}/rien")
        yield "sign-in-errors", pressing(f"{self.site}/connexion", "Se connecter")
        yield from self.entrance()

    def checked_invitations(self, lines: str) -> Callable[[Page], object]:
        def check(page: Page) -> None:
            page.goto(f"{self.site}/administration/invitations/nouvelles")
            page.get_by_label("Article", exact=True).select_option("crpv")
            page.get_by_label("Organisations", exact=True).fill(lines)
            page.get_by_label("Le réseau écrit déjà").check()
            page.get_by_role("button", name="Vérifier la liste").click()

        return check

    def answering(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        answer = self.own_pages["answer"]

        def invitation(about: Testimonial, key: str = str(uuid.uuid4()), digest: str = "0" * 64) -> str:
            return f"{self.site}/repondre/{sign_token('answer', [about.public_id, key, digest])}"

        def preview(page: Page) -> None:
            page.goto(invitation(self.by_status[Status.PUBLISHED]))
            fill_in_answer(page)
            page.get_by_role("button", name="Relire ma réponse").click()

        def refused(page: Page) -> None:
            preview(page)
            page.get_by_role("button", name=re.compile("^Envoyer")).click()

        def too_late(page: Page) -> None:
            preview(page)
            received = invitation(self.own_pages["new-version"], answer.submission_key or "")
            page.locator("#envoi").evaluate("(form, action) => { form.action = action }", received)
            page.get_by_role("button", name="Modifier la réponse").evaluate(
                "button => { button.formAction = button.form.action }"
            )
            page.get_by_role("button", name="Modifier la réponse").click()
            page.get_by_role("heading", name="Votre réponse nous est parvenue").wait_for()

        yield "form-answer-errors", pressing(invitation(self.by_status[Status.PUBLISHED]), "Relire ma réponse")
        yield "preview-answer", preview
        yield "preview-answer-errors", refused
        yield "form-answer-too-late", too_late
        yield "answer-gone", opening(invitation(self.by_status[Status.WITHDRAWN]))
        yield "answer-refused", opening(f"{invitation(self.by_status[Status.PUBLISHED], digest=REFUSED)}/refuser")
        yield "answer-receipt", opening(f"{self.site}/recu/{sign_token('receipt', [answer.public_id])}")
        yield "answer-amend", opening(f"{self.site}/mon-temoignage/{private_token(answer)}/modifier")
        yield "answer-dead-link", opening(f"{self.site}/repondre/rien")
        for name, mark in {"form-invited": self.invited, "invitation-ended": "0" * 18}.items():
            yield name, opening(f"{self.site}/invitation/{sign_token('invitation', [mark, '0' * 64])}")
        yield from self.asking()
        yield from self.following()

    def asking(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        testimonial = self.questions["waiting"].testimonial

        def ask(page: Page, **typed: str) -> None:
            page.goto(f"{self.site}/temoignages/{testimonial.public_id}/question")
            for name, words in typed.items():
                page.locator(f"[name={name}]").fill(words)
            if typed:
                page.locator("[name=shows_address]").check()
            page.get_by_role("button", name="Continuer").click()

        typed = {"words": QUESTION, "name": "Lou Exemple", "organisation": "Ville-Voisine", "email": ASKER}
        gone = self.by_status[Status.WITHDRAWN].public_id
        yield "form-question-errors", ask
        yield "form-question-doubted", lambda page: ask(page, **typed)
        yield "question-gone", opening(f"{self.site}/temoignages/{gone}/question")
        for name, question in self.questions.items():
            yield f"question-{name}", opening(f"{self.site}/question/{sign_token('question', [question.public_id])}")
        token = sign_token("received-question", ["0" * 20])
        yield "question-letter-gone", opening(f"{self.site}/question/{token}/recue")
        yield "questions-received", opening(f"{self.site}/mon-temoignage/{private_token(testimonial)}/questions")

    def following(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        follow = f"{self.site}/articles/crpv/suivre"
        filtered = f"{follow}?situation=regular&region=53"
        yield "follow-filtered", opening(filtered)
        yield "follow-words", opening(f"{follow}?mots={LONG[:150]}")
        yield "form-follow-errors", pressing(filtered, "Recevoir la lettre", email=LONG[:300])
        for name, public_id in self.alerts.items():
            token = sign_token("alert", [public_id])
            yield f"alert-{name}", opening(f"{self.site}/suivre/{token}")
            yield f"alert-{name}-leave", opening(f"{self.site}/suivre/{token}/arreter")

    def private_pages(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        for status in Status:
            if status is not Status.ERASED:
                yield f"private-{status}", opening(self.link(status))
        for name, testimonial in self.own_pages.items():
            yield f"private-{name}", opening(f"{self.site}/mon-temoignage/{private_token(testimonial)}")
        yield from self.told()

    def told(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        told, signed = (private_token(self.own_pages[each]) for each in ("told", "told-signed"))
        yield "enter-code-errors", pressing(f"{self.site}/mon-temoignage", "Ouvrir ma page", code="0000-0000-0000-0000")
        yield "told-errors", pressing(f"{self.site}/mon-temoignage/{told}", "Je signe")
        yield "told-code", pressing(f"{self.site}/mon-temoignage/{signed}", "Tirer un autre code")

    def address(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        asked = f"{self.site}/vos-donnees/mon-adresse"
        yield "address-form-errors", pressing(asked, "Recevoir le lien", email="personne")
        yield "address-form-sent", pressing(asked, "Recevoir le lien", email="personne@exemple.fr")
        for name, public_id in self.address_requests.items():
            yield f"address-{name}", opening(f"{asked}/{sign_token('address', [public_id])}")
            yield f"address-{name}-erase", opening(f"{asked}/{sign_token('address', [public_id])}/effacer")

    def given(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        """Yield what other sites are given, each by itself (in their pages: test_integration.py)."""
        yield "framed", opening(f"{self.site}/integration/crpv/cadre?nombre=20")
        yield "framed-refused", opening(f"{self.site}/integration/rien/cadre")
        yield "integrate-with-key", opening(f"{self.site}/articles/crpv/integrer?cle={self.network.key}")
        yield "framed-with-key", opening(f"{self.site}/integration/crpv/cadre?nombre=20&cle={self.network.key}")
        yield "framed-wrong-key", opening(f"{self.site}/integration/crpv/cadre?cle=rien")

    def entrance(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        def wrong_code(page: Page) -> None:
            type_password(page, self.site, CAREFUL)
            page.get_by_label("Code").fill("000000")
            page.get_by_role("button", name="Continuer", exact=True).click()

        def with_kept_form(page: Page) -> None:
            sign_in(page, self.site)
            page.goto(f"{self.site}/moderation/courriels")
            page.context.clear_cookies(name="session")
            page.get_by_role("button", name="Garder ce choix").click()

        yield "form-sign-in-kept", with_kept_form
        forgotten = f"{self.site}/connexion/mot-de-passe-oublie"
        yield "form-forgotten-sent", pressing(forgotten, "Recevoir un lien", email="personne@exemple.fr")
        for kind, link in self.account_links.items():
            yield f"link-{kind}", opening(link)
        yield "form-link-errors", pressing(self.account_links[LinkKind.RESET], "Enregistrer", password="court")
        yield "dead-account-link", opening(f"{self.site}/connexion/lien/rien")
        yield "second-factor", lambda page: type_password(page, self.site, CAREFUL)
        yield "identity", self.proved_identity
        yield "form-second-factor-errors", wrong_code

    def proved_identity(self, page: Page) -> None:
        facts = [PROVIDER["OIDC_ISSUER"], "42", EDITOR, False, 0, "x" * 22, int(time.time()), "", ""]
        give_cookie(page, self.site, {"identity": facts})
        page.goto(f"{self.site}/connexion/identite/continuer")

    def administration(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        team = f"{self.site}/administration/equipe"
        yield "account", opening(f"{self.site}/mon-compte")
        yield "form-account-password-errors", pressing(f"{self.site}/mon-compte/mot-de-passe", "Enregistrer")
        yield "form-account-email-errors", pressing(f"{self.site}/mon-compte/courriel", "Écrire")
        yield "form-account-totp-errors", pressing(f"{self.site}/mon-compte/second-facteur", "Associer")
        yield "form-account-codes", pressing(f"{self.site}/mon-compte", "Créer dix nouveaux codes")
        yield "form-team-invitation-errors", pressing(f"{self.site}/administration/equipe/inviter", "Envoyer")
        yield "invitations-checked", self.checked_invitations("a@exemple.fr ; CLSM ; 35\nclsm@ville.example")
        yield "form-invitations-errors", self.checked_invitations(f"a@exemple.fr\n{LONG[:200]}\na@exemple.fr ; ; 9")
        for number in (1, 2, 3):
            yield f"team-editor-{number}", opening(f"{team}/{number}")
        exports = f"{self.site}/administration/exports"
        yield "exports", opening(f"{exports}?etat=tous&article=crpv&mots=exemple")
        yield "form-exports-errors", pressing(f"{self.site}/administration/exports?etat=tous", "Télécharger en CSV")
        yield "form-sites-errors", pressing(f"{self.site}/administration/sites", "Inscrire ce site")
        for number in (1, 2):
            yield f"site-{number}", opening(f"{self.site}/administration/sites/{number}")

    def reporting(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        form = f"{self.site}/temoignages/{self.by_status[Status.PUBLISHED].public_id}/signaler"

        def send(page: Page, kind: str = "named", **filled: str) -> None:
            page.goto(f"{form}?motif={kind}")
            for name, words in filled.items():
                page.locator(f"[name={name}]").evaluate("(field, words) => { field.value = words }", words)
            if filled:
                page.get_by_label("Je crois, de bonne foi").check()
            page.get_by_role("button", name="Envoyer").click()

        filled = {"words": LONG[:1500], "passage": LONG[:200], "name": "Lou Exemple", "email": "lectrice@exemple.fr"}
        yield "notice", opening(form)
        for kind in NoticeKind:
            yield f"notice-{kind}", opening(f"{form}?motif={kind}")
        yield "notice-form-errors", send
        yield "notice-form-doubted", lambda page: send(page, "illegal", website="https://exemple.fr", **filled)
        yield "notice-received", lambda page: send(page, reply=LONG[:300], **filled)

    def empty(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        yield "article-empty", opening(f"{self.site}/articles/neuf")
        yield "article-closed", opening(f"{self.site}/articles/clos")
        yield "closed", opening(f"{self.site}/articles/clos/temoigner")
        yield "offline", opening(f"{self.site}/articles/hors")

    def articles(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        listed = f"{self.site}/administration/articles"
        written = f"{listed}/crpv"

        def renaming(page: Page) -> None:
            page.goto(f"{written}/articulations")
            page.get_by_text(re.compile("^Renommer")).first.click()
            page.get_by_label("Nom").first.fill("")
            page.get_by_role("button", name="Enregistrer ce nom").first.click()

        yield "form-article-errors", pressing(written, "Relire", body="# Trop grand\n\nPlus rien.", title="")
        yield "form-article-preview", pressing(written, "Relire", title="Un titre revu, et plus long que le premier")
        yield "form-article-stale", pressing(written, "Relire", revision="0", invitation="Un appel que j’ai écrit.")
        yield "form-article-source-errors", pressing(f"{listed}/nouveau/source", "Relire", source="+++\n+++\nRien.")
        yield "article-version-first", opening(f"{written}/versions/1")
        yield "article-version", opening(f"{written}/versions/2")
        source = f"{written}/source/modifier"
        yield "form-article-source-edit-errors", pressing(source, "Relire", source="+++\n+++\nRien.")
        yield "form-article-source-edit-stale", pressing(source, "Relire", revision="0")
        yield "article-themes-few", opening(f"{listed}/clos/articulations")
        yield "form-article-themes-errors", pressing(f"{written}/articulations", "Ajouter cette articulation")
        yield "form-article-renaming-errors", renaming
        yield "article-offline", opening(f"{listed}/hors/mise-en-ligne")
        yield "article-scheduled", opening(f"{self.site}/articles/bientot")
        yield "article-scheduled-form", opening(f"{self.site}/articles/bientot/temoigner")
        backwards = {"long": "", "opens_on": "2026-12-10", "closes_on": "2026-12-09"}
        yield "form-article-call-errors", pressing(f"{written}/appel", "Enregistrer", **backwards)
        yield "form-article-settings-errors", pressing(f"{written}/reglages", "Enregistrer", slug="neuf")
        yield "form-article-settings-stale", pressing(f"{written}/reglages", "Enregistrer", revision="0")

    def referentials(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        listed = f"{self.site}/administration/listes"
        of_list = f"{listed}/{self.entry.referential_id}"

        def pasted(*lines: str) -> Callable[[Page], object]:
            content = "\n".join((COLUMNS, *lines))
            return pressing(f"{of_list}/importer", "Voir ce qui changerait", content=content)

        def workbook(page: Page) -> None:
            page.goto(f"{of_list}/importer")
            book = FilePayload(name="liste.xlsx", mimeType="text/csv", buffer=b"PK\x03\x04")
            page.get_by_label("Le fichier").set_input_files(files=[book])
            page.get_by_role("button", name="Voir ce qui changerait").click()

        yield "form-lists-errors", pressing(listed, "Créer cette liste", name="")
        yield "form-list-errors", pressing(of_list, "Renommer", name="")
        yield "form-entry-errors", pressing(f"{listed}/entrees/{self.entry.id}", "Enregistrer cette entrée", name="")
        yield "form-entry-new-errors", pressing(f"{of_list}/ajouter", "Ajouter cette entrée", name="")
        yield "form-answers-errors", pressing(f"{of_list}/reponses", "Ranger ces réponses", name="")
        yield "form-import-preview", pasted(*IMPORTED)
        yield "form-import-errors", pasted("essai;Centre d’essai;Corse;99;;;;")
        yield "form-import-workbook", workbook

    def other_partners(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        for name, slug in (("typed", "ateliers-sante-ville"), ("none", "neuf")):
            address = f"{self.site}/articles/{slug}/temoigner"
            yield f"partner-{name}", opening(address)
            yield f"form-partner-{name}-errors", pressing(address, "Relire mon texte")

    def unfinished(self, form: str) -> Iterator[tuple[str, Callable[[Page], object]]]:
        def keep(email: str) -> Callable[[Page], object]:
            return pressing(form, "Enregistrer et reprendre plus tard", email=email)

        def too_old(page: Page) -> None:
            page.goto(f"{self.site}/brouillon/{self.draft.token}")
            page.context.clear_cookies()
            page.get_by_role("button", name="Effacer ce brouillon").click()

        yield "preview-elsewhere", lambda page: elsewhere(page, form)
        yield "draft-address", keep("")
        yield "draft-address-errors", keep("camille")
        yield "draft-kept", keep(AUTHOR)
        yield "draft-old", too_old

    def recueils(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        recueils = f"{self.site}/moderation/articles/crpv/recueils"
        yield "form-recueil-errors", pressing(f"{recueils}/nouveau", "Composer ce recueil", words="zinzolin")

    def figures(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        yield "figures", opening(f"{self.site}/moderation/chiffres?article=crpv")

    def letter(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        address = f"{self.site}/moderation/{self.by_status[Status.INTERNAL].public_id}/ecrire"
        yield "form-review-letter-errors", pressing(address, "Envoyer la lettre")

    def reported(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        yield "queue-noticed", opening(f"{self.site}/moderation?signale=oui")
        noticed = f"{self.site}/moderation/{self.noticed.public_id}"

        def answered_no_reply(page: Page) -> None:
            page.goto(noticed)
            page.get_by_role("link", name="Accepter ou refuser cette réponse").click()
            page.get_by_role("button", name="Envoyer la réponse").click()

        yield "review-noticed", opening(noticed)
        yield "review-errors-reply", answered_no_reply
        yield "review-errors-noticed", pressing(noticed, "Classer sans suite")

    def recorded(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        told = f"{self.site}/moderation/{self.unsigned.public_id}"
        form = f"{self.site}/moderation/articles/crpv/recueillir"
        yield "form-transcript-errors", pressing(form, "Enregistrer et faire signer")
        yield "review-told", opening(told)
        yield "form-transcript-sheet", pressing(told, "Imprimer une autre feuille")

    def answered(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        inviting = f"{self.site}/moderation/{self.by_status[Status.PUBLISHED].public_id}/inviter"
        yield "form-invite-errors", pressing(inviting, "Envoyer l’invitation")
        for name, answer in self.answers.items():
            yield f"review-answer-{name}", opening(f"{self.site}/moderation/{answer.public_id}")
        pending = f"{self.site}/moderation/{self.answers['pending'].public_id}"
        yield "answer-edit", opening(f"{pending}/relire")
        yield "answer-ask", opening(f"{pending}/demander")
        yield "review-answered", opening(f"{self.site}/moderation/{self.noticed.public_id}#reponses")

    def desk(self) -> Iterator[tuple[str, Callable[[Page], object]]]:
        def no_reason(page: Page) -> None:
            page.goto(f"{self.site}/moderation/{self.by_status[Status.PENDING].public_id}")
            page.get_by_text("Autre décision").click()
            page.get_by_role("button", name="Refuser").click()

        shown = self.by_status[Status.PUBLISHED].public_id
        yield "arrange-one", opening(f"{self.site}/moderation/articles/crpv/en-regard?temoignage={shown}")
        yield from self.figures()
        unconfirmed = self.by_status[Status.UNCONFIRMED].public_id
        for name, query in LISTS.items():
            yield f"queue-{name}", opening(f"{self.site}/moderation?{query}")
        yield "chosen", opening(f"{self.site}/moderation/ecarter?texte={unconfirmed}")
        declined = self.by_status[Status.DECLINED].public_id
        yield "done", opening(f"{self.site}/moderation/fait?texte={declined}")
        pending = f"{self.site}/moderation/{self.by_status[Status.PENDING].public_id}"
        yield "review-just-decided", opening(f"{pending}?fait={declined}")
        for status in Status:
            yield f"review-{status}", opening(f"{self.site}/moderation/{self.by_status[status].public_id}")
        yield "review-errors", no_reason
        yield "review-errors-marked", pressing(pending, "Publier")

        def changed(page: Page) -> None:
            page.goto(f"{pending}/relire")
            page.get_by_label("Un titre").fill("Trois après-midis")
            page.get_by_label("Une correction").check()
            page.get_by_role("button", name="Voir ce qui change").click()

        yield "edit-preview", changed
        yield "ask-errors", pressing(f"{pending}/demander", "Envoyer la demande")
        erased = self.by_status[Status.ERASED].public_id
        yield "proof-erased", opening(f"{self.site}/moderation/{erased}/preuve")
        yield from self.reported()
        yield from self.answered()
        yield from self.recorded()
        yield "journal-errors", opening(f"{self.site}/administration/journal?kind=rien&since=hier")


# The pages that come of a form: asked for again, they would be others.
SENT = (
    *("form-", "notice-form-", "preview", "draft-address", "draft-old", "new-link-", "sign-in-", "address-form-"),
    *("review-errors", "edit-", "ask-"),
)


def furnished(app: Flask, session: Session, site: str) -> Gallery:
    by_status = {}
    an_editor(session).name = "Hélène Exemple"
    themes = the_article(session).themes
    for number, status in enumerate(Status):
        by_status[status] = a_testimonial(
            session,
            status=status,
            email=f"{status}@ville-exemple.fr",
            account=LONG if number % 2 else LONG[:400],
            outcome=LONG,
            other_partners="Le centre social",
            link="https://exemple.fr/" + "tres-long/" * 20,
            themes=[themes[number % len(themes)]],
            attribution=list(Attribution)[number % 4],
        )
    agreeing = by_status[Status.INTERNAL]
    agreeing.answer(Purpose.CONTACT, ConsentDecision.GIVEN, Channel.FORM)
    write_letter(session, an_editor(session), agreeing, "Une équipe voisine aimerait vous entendre", LONG)
    noticed, *_ = (
        a_testimonial(
            session,
            status=Status.PUBLISHED,
            reuse=number % 2 == 0,
            email=f"p{number}@ville-exemple.fr",
            title=f"Récit {number}",
            situation=list(Situation)[number % 3],
            themes=[themes[number % len(themes)]],
            attribution=list(Attribution)[number % 4],
        )
        for number in range(8)
    )
    a_notice(session, noticed, words=LONG, signs=[Sign.HASTY], passage="gardiens d’immeuble")
    a_notice(session, noticed, kind=NoticeKind.NAMED, words=LONG, reply=LONG[:300], at=now() - timedelta(days=4))
    a_notice(session, noticed, kind=NoticeKind.ILLEGAL, passage=LONG[:80], name=None, email=None)
    a_notice(session, noticed, words=LONG).handle(Outcome.DISMISSED, SENTENCE)
    shown = by_status[Status.PUBLISHED]
    reply = a_notice(session, shown, kind=NoticeKind.NAMED, reply=SENTENCE, name="Anne Exemple", passage="quartier")
    accepted = Outcome.REPLY_ACCEPTED
    answer_right_of_reply(an_editor(session), shown, reply, accepted, revision=shown.revision, answer=SENTENCE)
    an_editor(session).role = Role.ADMIN
    editing.change_settings(the_article(session), is_public=True, is_open=False, by=SYSTEM)
    editing.change_settings(the_article(session), is_public=True, is_open=True, by=SYSTEM)
    empty_article(session, "neuf", is_open=True)
    empty_article(session, "clos", is_open=False)
    editing.put_online(empty_article(session, "hors", is_open=True), is_public=False, by=SYSTEM)
    soon = now().date() + timedelta(days=7)
    scheduled = empty_article(session, "bientot", is_open=True)
    editing.change_settings(scheduled, is_public=True, is_open=True, days=(soon, soon), by=SYSTEM)
    for number, email in enumerate(session.scalars(select(Email).limit(4))):
        email.last_refusal, email.attempts = "SMTPRecipientsRefused 550", number + 1
        email.due_at = email.due_at if number % 2 else None
    draft = save_draft(session, the_article(session), key=str(uuid.uuid4()), email=AUTHOR, answers={"account": LONG})
    account_links = a_team(session)
    withdrawn, network = (a_site(session, f"{name}{'.tres-long' * 9}.example") for name in ("voisin", "reseau"))
    withdrawn.active_until = withdrawn.since
    own_pages = other_states(session)
    recueil = a_recueil(session)
    a_draft_of_synthesis(session, by_status[Status.PUBLISHED])
    the_second_article(session)
    entry = typed_partners(session)
    address_requests = asked_addresses(session, noticed)
    session.add(InvitationRefusal(digest=REFUSED))
    answers = {
        "pending": a_pending_answer(session, noticed, account=LONG[:2000], clsm="Le centre de ressources voisin"),
        "announced": an_answer(session, noticed, announced=True, email="annonce@exemple.fr"),
    }
    an_invited_one = an_invitation(session, LONG[:120])
    unsigned, _ = a_transcript(session, account=LONG[:2500], title=LONG[:120])
    questions, alerts = some_questions(session), some_alerts(session)
    long_words = SENTENCE.strip()
    made = a_synthesis(session, [(noticed, SENTENCES[1]), (shown, long_words)], [(shown, long_words)])
    made.statements[1].passage, made.statements[1].words = themes[0].slug, SENTENCE * 3
    session.commit()
    # Passkeys need a site with a name.
    app.config["PUBLIC_URL"] = site.replace("127.0.0.1", "localhost")
    app.config["IDENTITY_PROVIDER"] = identity_provider(PROVIDER, schemes=["https"])
    return Gallery(
        *(site, by_status, draft, account_links, noticed, network, own_pages, recueil.id, entry, address_requests),
        *(answers, an_invited_one, unsigned),
        questions,
        alerts,
    )


def some_alerts(session: Session) -> dict[str, str]:
    narrow = Filters(situation="regular", region="53")
    old = an_alert(session, narrow, email="depuis@ville-exemple.fr")
    old.confirmed_at = now() - timedelta(days=31)
    return {
        "waiting": an_alert(session, narrow, confirmed=False).public_id,
        "confirmed": an_alert(session, email="autre@ville-exemple.fr").public_id,
        "old": old.public_id,
        "gone": "0" * 20,
    }


def some_questions(session: Session) -> dict[str, ColleagueQuestion]:
    testimonial = a_testimonial(
        session,
        status=Status.PUBLISHED,
        email="questions@ville-exemple.fr",
        questions=True,
        attribution=Attribution.REGION,
    )
    questions = {
        "waiting": a_question(session, testimonial, sent=False, words=LONG[:1000], organisation=LONG[:120]),
        "received": a_question(session, testimonial, email="autre@ville-exemple.fr"),
        "reported": a_question(session, testimonial, email="tiers@ville-exemple.fr", words=LONG[:1000]),
    }
    report_question(questions["reported"], SENTENCE)
    a_question(session, testimonial, email=EDITOR, name="Éric Exemple")
    return questions


def a_draft_of_synthesis(session: Session, testimonial: Testimonial) -> None:
    source = SynthesisSource(
        testimonial_id=testimonial.id, digest=str(testimonial.shown_digest), field="account", spans=[[0, 200]]
    )
    statements = [
        Statement(position=1, words=SENTENCE, sources=[source]),
        Statement(position=2, words=SENTENCE, passage="passage_produire-a-plusieurs"),
    ]
    session.add(Synthesis(article_id=testimonial.article_id, statements=statements))


def asked_addresses(session: Session, noticed: Testimonial) -> dict[str, str]:
    """Ask for everything kept about addresses of which everything, or nothing, is kept; return the requests."""
    busy = an_editor(session).email
    an_invitation(session, "CLSM d’Ornemare", email=busy)
    a_testimonial(session, status=Status.PUBLISHED, email=busy, account=LONG, title=LONG[:120])
    save_draft(session, the_article(session), key=str(uuid.uuid4()), email=busy, answers={"account": LONG})
    a_notice(session, noticed, email=busy, words=LONG).handle(Outcome.DISMISSED, SENTENCE)
    a_notice(session, noticed, email=busy, words=LONG, name="Anne Exemple")
    requests = {"everything": AddressRequest(email=busy), "nothing": AddressRequest(email="rien@exemple.fr")}
    session.add_all(requests.values())
    session.flush()
    return {name: request.public_id for name, request in requests.items()}


def typed_partners(session: Session) -> Partner:
    """Have authors type partners; return the entry that admins recognised in one."""
    entry = session.scalars(select(Partner).where(Partner.slug == "reso-villes")).one()
    session.add(PartnerAlias(article_id=the_article(session).id, typed="Le réso", partner_id=entry.id))
    session.flush()
    for number, name in enumerate(("Le réso", "Une mission locale", LONG[:60])):
        facts = {"partner": None, "partner_known": PartnerKnown.OTHER, "partner_other": name}
        a_testimonial(session, status=Status.PUBLISHED, email=f"t{number}@ville-exemple.fr", **facts)
    return entry


def a_recueil(session: Session) -> Recueil:
    article, editor = the_article(session), an_editor(session)
    recueil = Recueil(article=article, author=editor, title="Ce que nous avons appris", introduction=SENTENCE * 3)
    session.add(recueil)
    session.flush()
    return recueil


def other_states(session: Session) -> dict[str, Testimonial]:
    """Return texts in the states of a private page that are no status: a just withdrawn one is among the statuses."""
    amended = a_testimonial(session, status=Status.PUBLISHED, email="nouvelle@ville-exemple.fr", account=LONG)
    amend_text(amended, {Purpose.REUSE: True}, title="Une version plus courte", account=LONG[:600])
    withdrawn = a_testimonial(session, status=Status.WITHDRAWN, email="retiree@ville-exemple.fr")
    if withdrawn.withdrawal is not None:
        withdrawn.withdrawal.at -= timedelta(minutes=11)
    refusing = a_testimonial(session, publish=False, email="refus@ville-exemple.fr")
    answer = a_pending_answer(session, amended, clsm=LONG[:120], account=LONG)
    read = an_answer(session, amended, account=LONG, email="lue@exemple.fr")
    answered = a_testimonial(session, status=Status.PUBLISHED, email="suivie@ville-exemple.fr")
    announced = an_answer(session, answered, announced=True, email="annonce@exemple.fr")
    told, _ = a_transcript(session, account=LONG, email="racontee@ville-exemple.fr")
    return {
        "told": told,
        "told-signed": a_signed_transcript(session, account=LONG),
        "new-version": amended,
        "withdrawn-over": withdrawn,
        "refusing": refusing,
        "answer": answer,
        "answer-read": read,
        "answer-announced": announced,
    }


def empty_article(session: Session, slug: str, *, is_open: bool) -> Article:
    facts = {
        "title": "Un article que personne n’a complété",
        "summary": "Personne n’y a répondu.",
    }
    call = replace(usual_call(), title="Et vous ?", invitation="Dites.")
    text = editing.ArticleWords(
        **facts, call=call, published_on=date(2020, 1, 1), body="## Veiller ensemble\n\nSur le quartier.\n"
    )
    article = editing.create_article(session, slug, text, by=SYSTEM)
    editing.add_theme(article, "Veiller ensemble", "Une veille commune", "", by=SYSTEM)
    editing.change_settings(article, is_public=True, is_open=is_open, by=SYSTEM)
    return article


def a_team(session: Session) -> dict[LinkKind, str]:
    an_editor(session, email=ADMIN, role=Role.ADMIN)
    careful = an_editor(session, email=CAREFUL)
    careful.name = "Anne-Sophie-Marguerite de La Tour-d’Auvergne-et-Lauraguais"
    careful.totp_secret, careful.totp_counter = "A" * 32, 1
    invited = team.invite(session, SYSTEM, email="invitee@exemple.fr", name="Invitée", role=Role.EDITOR)
    chosen = {
        LinkKind.INVITATION: invited,
        LinkKind.RESET: account_mails.send_link(session, careful, LinkKind.RESET, to=CAREFUL),
    }
    for kind in (LinkKind.LEAVE_ADDRESS, LinkKind.TAKE_ADDRESS):
        chosen[kind] = account_mails.send_link(
            session, careful, kind, to=CAREFUL, email="une.nouvelle.adresse@ville-exemple.fr"
        )
    return {kind: account_page(link.public_id) for kind, link in chosen.items()}


def sign_in(page: Page, site: str, email: str = EDITOR) -> None:
    """Give a page the session of an editor, by its row and its cookie; `type_password` does it by the form."""
    with Session(db.engine) as session:
        editor = session.scalars(select(User).where(User.email == email)).one()
        identifier = sessions.open_session(session, editor, "")
        session.commit()
        give_cookie(page, site, {"_user_id": str(editor.id), SESSION_KEY: identifier})


def sign_out(page: Page) -> None:
    page.locator(".doors__more.doors__wide summary").click()
    page.get_by_role("button", name="Se déconnecter").click()


def give_cookie(page: Page, site: str, values: dict[str, object]) -> None:
    signer = SecureCookieSessionInterface().get_signing_serializer(current_app)
    assert signer is not None
    page.context.add_cookies([{"name": "session", "value": signer.dumps(values), "url": site}])


def type_password(page: Page, site: str, email: str = EDITOR) -> None:
    page.goto(f"{site}/connexion")
    page.get_by_label("Courriel").fill(email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Se connecter").click()


def give_passkey(session: Session, email: str) -> None:
    session.rollback()  # the desk has written since this session last read
    owner = session.scalars(select(User).where(User.email == email)).one()
    owner.passkeys.append(Passkey(name="Mon téléphone", credential_id="AAAA", public_key=b"x", sign_count=0))
    owner.identities.append(BoundIdentity(issuer=PROVIDER["OIDC_ISSUER"], subject="42"))
    session.commit()
