"""Sentence of each status, addressed to the author: status_sentence(), and editors_answer()."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import current_app

from app import french
from app.db import now
from app.kept import period
from app.testimonials.decision import Decision
from app.testimonials.erasure import kept_until
from app.testimonials.lifecycle import Action, Status
from app.testimonials.objections import (
    contestable_decision,
    is_all_masks,
    is_quotation_contested,
    is_shown_held,
    own_version,
)
from app.testimonials.private_page.answers import answered_now
from app.testimonials.private_page.objections import answer_due, is_ending, may_renew
from app.testimonials.testimonial import Testimonial
from app.testimonials.undo import call_back_deadline, decisions_in_force, has_expired


@dataclass(frozen=True)
class StatusSentence:
    """The first line of the page, and what happens next."""

    sentence: str
    next: str


def status_sentence(testimonial: Testimonial) -> StatusSentence:
    return BY_STATUS[testimonial.status](testimonial)


def editors_answer(testimonial: Testimonial) -> Decision | None:
    """Return the decision that the author is to read, if it has a reason or a message."""
    in_force = decisions_in_force(testimonial.decisions)
    is_over = {Action.UPHOLD} if testimonial.hidden_until else {Action.UPHOLD, Action.HIDE}
    decisions = [each for each in in_force if each.action not in is_over and not is_edit(testimonial, each)]
    decision = decisions[-1] if decisions else None
    if decision is None or testimonial.has_new_version or not (decision.reason or decision.message):
        return None
    return decision if decision.action in testimonial.status.facts.answers else None


def is_edit(testimonial: Testimonial, decision: Decision) -> bool:
    """Whether a decision only publishes a correction of the words already published: no answer to their author."""
    shown = decision.before.shown_number
    if decision.action is not Action.PUBLISH or decision.message or shown is None:
        return False
    return own_version(testimonial, decision.version_number) is own_version(testimonial, shown)


def unconfirmed(testimonial: Testimonial) -> StatusSentence:
    return StatusSentence(
        "Votre texte est arrivé ; il attend que vous confirmiez votre adresse.",
        "Il sera lu dès que vous aurez confirmé votre adresse, par le bouton ci-dessous. "
        f"Sans confirmation d’ici au {french.day(kept_until(testimonial))}, il sera effacé.",
    )


def pending(testimonial: Testimonial) -> StatusSentence:
    return StatusSentence(
        f"Votre texte est entre les mains de l’équipe depuis {french.since(testimonial.waiting_since)}.",
        objection_sentence(testimonial) + promised_answer(testimonial),
    )


def promised_answer(testimonial: Testimonial) -> str:
    due = testimonial.waiting_since + period("REVIEW_DELAY")
    if due < now():
        return f"Vous deviez avoir une réponse le {french.day(due)} : elle viendra, avec nos excuses pour le retard."
    if testimonial.email is None:
        return f"La réponse se lira sur cette page, avant le {french.day(due)} : revenez avec votre code."
    return f"Vous aurez une réponse par courriel avant le {french.day(due)}. Vous n’avez rien à faire."


def changes_requested(testimonial: Testimonial) -> StatusSentence:
    return StatusSentence(
        "L’équipe vous demande quelques corrections avant de publier votre texte.",
        f"Ce qu’elle demande est écrit ci-dessous.{reply_expected(testimonial)}",
    )


def proof_sent(testimonial: Testimonial) -> StatusSentence:
    return StatusSentence(
        "L’équipe vous propose une version relue de votre texte.",
        f"Elle ne paraît que si vous la signez.{reply_expected(testimonial)}",
    )


def reply_expected(testimonial: Testimonial) -> str:
    if testimonial.due_at is None:
        return ""
    if testimonial.due_at < now():
        return f" Elle attendait votre réponse pour le {french.day(testimonial.due_at)} ; vous pouvez encore la donner."
    return f" Répondez si possible avant le {french.day(testimonial.due_at)}. Rien ne change sans vous."


def published(testimonial: Testimonial) -> StatusSentence:
    if testimonial.about is not None and testimonial.hidden_until is None:
        return published_answer(testimonial)
    until = testimonial.published_until
    last_day = f" jusqu’au {french.day(until)}" if until else ""
    following = "Vous pouvez le retirer à tout moment, sans donner de raison : il disparaît aussitôt."
    if testimonial.email is None and until:
        first_day = french.day(until - period("RENEWAL_NOTICE"))
        following += f" Pour le prolonger, revenez avec votre code à partir du {first_day} : aucun rappel ne partira."
    if may_renew(testimonial):
        following = (
            "Pour qu’il paraisse au-delà, prolongez-le ci-dessous. Si vous ne faites rien, il cesse de paraître."
        )
    sentence = f"Votre texte est publié à côté de l’article{last_day}."
    if not testimonial.article.is_public:
        sentence = f"Votre texte garde sa place à côté de l’article{last_day}, mais personne ne le lit pour le moment."
    if testimonial.hidden_until is not None:
        sentence = (
            "L’équipe a masqué votre texte, le temps d’examiner un signalement : personne ne le lit d’ici au "
            f"{french.day(testimonial.hidden_until)}, au plus tard."
        )
        following = "Sans décision d’ici là, il reparaît tel qu’il était. Vous pouvez le modifier, ou le retirer."
    elif testimonial.has_new_version:
        sentence = "Votre nouvelle version est arrivée, l’équipe la lit ; celle qui paraît ne change pas."
        following = promised_answer(testimonial) + (f" {following}" if may_renew(testimonial) else "")
    return StatusSentence(sentence, objection_sentence(testimonial) + following)


def published_answer(answer: Testimonial) -> StatusSentence:
    """Return the sentence of an answer that stands under its testimonial, is to, or waits for it to be read.

    Of why a testimonial is not read nothing is told: that is its author's.
    """
    to_come, until, following = answer.readable_from, answer.published_until, "Vous pouvez la retirer à tout moment."
    if answered_now(answer) is None:
        sentence = "Le témoignage auquel vous répondez ne se lit pas en ce moment : votre réponse non plus."
        following = f"S’il reparaît, elle paraît avec lui ; sinon, vous en serez averti·e. {following}"
    elif not answer.article.is_public:
        sentence = "Votre réponse garde sa place sous le témoignage, mais personne ne la lit pour le moment."
    elif to_come is not None:
        sentence = f"L’équipe a accepté votre réponse : elle paraît sous le témoignage le {french.day(to_come)}."
        following = (
            "D’ici là, l’auteur·e du témoignage peut la lire ; si ce témoignage est retiré, votre réponse ne paraît "
            f"pas. {following}"
        )
    else:
        last_day = f" jusqu’au {french.day(until)}, et" if until else ""
        sentence = f"Votre réponse paraît sous le témoignage{last_day} tant que celui-ci paraît."
        following = "Vous pouvez la retirer à tout moment, sans donner de raison : elle disparaît aussitôt."
    if answer.has_new_version:
        waiting = "Votre nouvelle version est arrivée, l’équipe la lit ; d’ici là, la version acceptée ne change pas."
        following = f"{waiting} {promised_answer(answer)} {following}"
    if may_renew(answer):
        following += " Pour qu’elle paraisse au-delà, prolongez-la ci-dessous."
    return StatusSentence(sentence, objection_sentence(answer) + following)


def internal(testimonial: Testimonial) -> StatusSentence:
    return StatusSentence(
        "L’équipe a lu votre texte et le garde pour nourrir son travail. Il n’est pas publié.",
        f"Il sera effacé {erasure_date(testimonial)}.",
    )


def erasure_date(testimonial: Testimonial) -> str:
    return f"le {french.day(kept_until(testimonial))}, ou dès que vous le demandez"


def declined(testimonial: Testimonial) -> StatusSentence:
    return StatusSentence("L’équipe a choisi de ne pas publier votre texte.", contest_sentence(testimonial))


def unpublished(testimonial: Testimonial) -> StatusSentence:
    if has_expired(testimonial.events) and testimonial.about and testimonial.about.status is not Status.PUBLISHED:
        return StatusSentence(
            "Le témoignage auquel vous aviez répondu n’est plus publié : votre réponse ne paraît donc plus.",
            f"Nous ne pouvons pas vous dire pourquoi. Votre texte sera effacé {erasure_date(testimonial)}.",
        )
    if has_expired(testimonial.events):
        again = f"Pour le faire paraître de nouveau, écrivez à {current_app.config['CONTACT']}."
        return StatusSentence(
            "La période de publication de votre texte est achevée ; il ne paraît plus.",
            f"{objection_sentence(testimonial)}{again}"
            if testimonial.contested_at
            else f"{again} Sinon, il sera effacé {erasure_date(testimonial)}.",
        )
    return StatusSentence("Votre texte n’est plus publié.", contest_sentence(testimonial))


def contest_sentence(testimonial: Testimonial) -> str:
    if testimonial.contested_at is None:
        may_contest = contestable_decision(testimonial) is not None
        how = ", et de quoi la contester si elle vous paraît injuste" if may_contest else ""
        return f"La raison est écrite ci-dessous{how}. Le texte sera effacé {erasure_date(testimonial)}."
    return objection_sentence(testimonial, "cette décision").strip()


def objection_sentence(testimonial: Testimonial, contested: str = "une correction") -> str:
    """Return what follows from the open objection, to put before another sentence; an empty string without one."""
    due = answer_due(testimonial)
    if testimonial.contested_at is None or due is None:
        return ""
    promised = f"avant le {french.day(due)}" if due > now() else "très bientôt, avec nos excuses pour le retard"
    contested = "la façon dont vous étiez cité·e" if is_quotation_contested(testimonial) else contested
    where = "vous aurez une réponse" if testimonial.email else "la réponse se lira ici"
    sentence = (
        f"Vous avez contesté {contested} le {french.day(testimonial.contested_at)} : "
        f"{where}, avec ses raisons, {promised}, de quelqu’un d’autre si possible. "
    )
    return sentence + held_sentence(testimonial)


def held_sentence(testimonial: Testimonial) -> str:
    """Return what becomes of the contested correction until the answer."""
    if is_quotation_contested(testimonial):
        return "D’ici là, ces mots ne sont plus cités, et aucun autre n’est choisi. "
    if testimonial.contested_number is None:
        return ""
    if testimonial.status is not Status.PUBLISHED:
        return "D’ici là, la version corrigée ne peut pas paraître. "
    shown = testimonial.shown_version
    if shown is None or not is_shown_held(testimonial):
        return "D’ici là, ce sont vos mots qui paraissent. "
    renewal = " ; la publication ne peut pas être prolongée d’ici là" if is_ending(testimonial) else ""
    if not is_all_masks(testimonial, shown):
        return f"D’ici là, la version corrigée paraît encore, car elle masque des passages{renewal}. "
    return f"D’ici là, vos mots paraissent, et ce qui était masqué le reste{renewal}. "


def withdrawn(testimonial: Testimonial) -> StatusSentence:
    was_read = testimonial.published_at is not None
    gone = "Plus personne ne peut le lire à côté de l’article." if was_read else "L’équipe ne s’en sert plus."
    gone = "Plus personne ne peut le lire sous le témoignage." if was_read and testimonial.about else gone
    until = call_back_deadline(testimonial.withdrawal)
    called_back = f"Vous pouvez revenir sur ce retrait jusqu’à {until}. Sinon, il" if until else "Il"
    return StatusSentence(
        f"Vous avez retiré votre texte. {gone}", f"{called_back} sera effacé {erasure_date(testimonial)}."
    )


def erased(_: Testimonial) -> StatusSentence:
    return StatusSentence("Votre texte et vos coordonnées sont effacés.", "Il n’en reste rien que l’on puisse lire.")


# By name, each is the sentence of a status.
SENTENCES = (unconfirmed, pending, changes_requested, proof_sent, published, internal, declined, unpublished, withdrawn)
BY_STATUS: Mapping[Status, Callable[[Testimonial], StatusSentence]] = {
    Status(sentence.__name__): sentence for sentence in (*SENTENCES, erased)
}
