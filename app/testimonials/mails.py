"""E-mails about a text: to its author, and to who reported it."""

from typing import Any

from app import tokens
from app.audit import Kind
from app.mail.messages import Facts, Mail, link_to, page, page_url, private_page, signed_page
from app.testimonials.lifecycle import GONE, TRANSITIONS, UNDERWAY, Status
from app.testimonials.wordings import Purpose

ANNOUNCED = "Votre réponse va paraître"


def pages_of_published(facts: Facts) -> dict[str, str]:
    permalink = page_url("publication.testimonial", public_id=facts.get("answered", facts["public_id"]))
    return private_page(facts) | {"permalink": permalink}


def draft_page(facts: Facts) -> dict[str, str]:
    return link_to("drafts.resume", token=tokens.sign_draft_link(facts["public_id"]))


def to_author(name: str, subject: str, *true_in: Status, **differing: Any) -> Mail:
    return Mail(name, subject, true_in=frozenset(true_in), **differing)


def of_decision(name: str, subject: str, status: Status, **differing: Any) -> Mail:
    """Return the e-mail of an act of the team, true in the status that follows it."""
    return to_author(name, subject, status, tells_corrections=True, **differing)


# An author's own acts. The acknowledgements leave at once, and stay a receipt: only those of a withdrawal and of its
# calling back can become untrue.
RECEIPT = to_author("receipt", "Confirmez votre adresse pour que votre texte soit lu")
NEW_LINK = to_author("new_link", "Votre nouveau lien privé")
DRAFT = to_author("draft", "Votre texte vous attend", opens="Reprendre votre texte", links=draft_page)
CONFIRMED = to_author("confirmed", "Votre texte est entre nos mains", acknowledges=True)
CONSENT = to_author("consent", "Votre accord est changé", acknowledges=True)
AMENDED = to_author("amended", "Votre nouvelle version est arrivée", acknowledges=True)
WITHDRAWN = to_author("withdrawn", "Votre texte est retiré", Status.WITHDRAWN, acknowledges=True)
SHOWN_AGAIN = "Votre texte paraît de nouveau"
CALLED_BACK = to_author("called_back", SHOWN_AGAIN, Status.PUBLISHED, acknowledges=True, announces=ANNOUNCED)

# Decisions, and what follows them.
PUBLISHED = of_decision(
    *("published", "Votre texte est publié", Status.PUBLISHED), links=pages_of_published, announces=ANNOUNCED
)
KEPT_INTERNAL = of_decision("kept_internal", "Votre texte est gardé, sans être publié", Status.INTERNAL)
DECLINED = of_decision("declined", "Votre texte ne sera pas publié", Status.DECLINED)
UNPUBLISHED = of_decision("unpublished", "Votre texte n’est plus publié", Status.UNPUBLISHED)
CHANGES_REQUESTED = of_decision(
    "changes_requested", "Quelques corrections avant de publier votre texte", Status.CHANGES_REQUESTED
)
REQUEST_CANCELLED = of_decision("request_cancelled", "Plus rien à corriger dans votre texte", Status.PENDING)
PROOF_SENT = of_decision("proof_sent", "Une version relue de votre texte attend votre signature", Status.PROOF_SENT)
PROOF_RECALLED = of_decision("proof_recalled", "La version relue de votre texte n’est plus à signer", Status.PENDING)
CORRECTED = "Une correction dans votre texte, à relire"
EDITED = of_decision("edited", CORRECTED, Status.PUBLISHED, ended_by={Kind.PUBLISH})
LEFT = "Votre texte reste publié tel qu’il est"
SET_ASIDE = to_author("set_aside", LEFT, Status.PUBLISHED, ended_by={Kind.AMEND})
HIDDEN = to_author("hidden", "Votre texte est masqué, le temps d’examiner un signalement")
UNHIDDEN = to_author("unhidden", SHOWN_AGAIN, Status.PUBLISHED, ended_by={Kind.HIDE})
REPLY_SHOWN = to_author("reply_shown", "Une réponse paraît sous votre texte")
# The answer to an objection is owed wherever the text has gone since, unless its author took it away.
OBJECTION_ANSWERED = to_author("objection_answered", "Une réponse à votre contestation", *frozenset(Status) - GONE)
LETTER = to_author("letter", "Une lettre de l’équipe", rests_on=Purpose.CONTACT, takes_replies=True)
TRANSCRIPT = to_author("transcript", "Ce que vous avez raconté attend votre signature", Status.PROOF_SENT)

# The clock.
UPDATE_ASKED = to_author(
    *("update_asked", "Qu’est devenu votre projet ?", Status.PUBLISHED),
    ended_by={Kind.AMEND, Kind.UPDATE_DATED},
    rests_on=Purpose.CONTACT,
)
CONFIRM_REMINDER = to_author(
    "confirm_reminder", "Votre texte attend que vous confirmiez votre adresse", Status.UNCONFIRMED
)
CHANGES_REMINDER = to_author(
    "changes_reminder", "Votre texte attend toujours vos corrections", Status.CHANGES_REQUESTED
)
PROOF_REMINDER = to_author("proof_reminder", "Votre texte relu attend toujours votre signature", Status.PROOF_SENT)
TRANSCRIPT_REMINDER = to_author(
    "transcript_reminder", "Ce que vous avez raconté attend toujours votre signature", Status.PROOF_SENT
)
RENEWAL = to_author(
    *("renewal", "Votre texte paraît encore trente jours : le prolonger ?", Status.PUBLISHED), ended_by={Kind.RENEW}
)
# Any act of either side answers it; one that was revoked has put its author's answer off, all the same.
ANSWERING = {Kind(action.value) for status, action in TRANSITIONS if status in UNDERWAY}
KEEP_ASKED = to_author(
    *("keep_asked", "Faut‑il garder votre texte ?"),
    *UNDERWAY,
    ended_by=ANSWERING | {Kind.KEPT_WAITING, Kind.EDITED, Kind.WRITTEN_TO},
)
EXPIRED = to_author("expired", "La publication de votre texte est achevée", Status.UNPUBLISHED)

# To readers who reported a text; an outcome may be contested (DSA, article 16.5).
NOTICE_RECEIVED = Mail(
    *("notice_received", "Votre signalement est arrivé", "Relire votre signalement"),
    signed_page("notices.received", "notice", "notice"),
)
CHARTER = "Lire ce que nous publions", page("publication.charter")
NOTICE_ANSWERED = Mail("notice_answered", "Une réponse à votre signalement", *CHARTER, takes_replies=True)
GONE_SINCE = "Le texte que vous avez signalé n’est plus là"
NOTICE_ENDED = Mail("notice_ended", GONE_SINCE, *CHARTER, takes_replies=True, forgets=True)
