"""The permissions table: the access level of each endpoint. The gate reads it, a test walks every route by every role.

An endpoint without a line, of its own or of its blueprint, is closed to all: adding it decides who may open the page. A
line also says where an address names an article, by its slug or by one of its testimonials: an editor of other articles
is refused there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class AccessLevel(StrEnum):
    """The kinds of people, by ascending rights; readers and authors have no account."""

    READER = "reader"
    # The holder of a link to one text or one account: the view opens the target of the link, and nothing else.
    AUTHOR = "author"
    EDITOR = "editor"
    ADMIN = "admin"


# The parameter of an address that names an article: its slug, or one of its testimonials.
Parameter = Literal["slug", "public_id"]


@dataclass(frozen=True)
class Permission:
    """The access level of an endpoint, and whether it asks for a proof of identity of the last ten minutes.

    Where `fresh` is « change », what a stolen session must not change asks for the proof, and reading does not.
    `names`: the article that one must edit. Without it, the page itself narrows what it shows (`queries.within`).
    """

    level: AccessLevel
    fresh: Literal["", "open", "change"] = ""
    names: Parameter | None = None


READER, AUTHOR, EDITOR, ADMIN = map(Permission, AccessLevel)
OF_ARTICLE = Permission(AccessLevel.EDITOR, names="slug")
OF_TESTIMONIAL = Permission(AccessLevel.EDITOR, names="public_id")
EDITOR_FRESH = Permission(AccessLevel.EDITOR, fresh="open")
ADMIN_FRESH = Permission(AccessLevel.ADMIN, fresh="change")

# Of every page of these blueprints.
OF_BLUEPRINTS: Mapping[str, Permission] = {
    **dict.fromkeys(("articles", "exports", "invitations", "referentials", "sentences", "sites", "team"), ADMIN_FRESH),
    "former": EDITOR,
    **dict.fromkeys(("notices_desk", "review"), OF_TESTIMONIAL),
}

PERMISSIONS: Mapping[str, Permission] = {
    "accounts.confirm": EDITOR,
    "accounts.forgotten": READER,
    "accounts.link": AUTHOR,
    "accounts.passkey": READER,
    "accounts.second_factor": READER,
    "accounts.sign_in": READER,
    "accounts.sign_out": EDITOR,
    "administration.overview": ADMIN,
    "administration.audit_log": ADMIN,
    "administration.audit_log_file": ADMIN_FRESH,
    "administration.emails": ADMIN,
    "administration.send_again": ADMIN,
    "administration.send_all_again": ADMIN,
    "address.ask": READER,
    "address.erase": AUTHOR,
    "address.erased": READER,
    "address.kept": AUTHOR,
    "address.kept_file": AUTHOR,
    "alerts.subscribe": AUTHOR,
    "alerts.follow": READER,
    "alerts.leave": AUTHOR,
    "alerts.sent": READER,
    "invited.refuse_answering": AUTHOR,
    "responses.write": AUTHOR,
    "api.all_articles": READER,
    "api.article": READER,
    "api.openapi": READER,
    "synthesis_api.document": READER,
    "api.testimonial": READER,
    "api.testimonials": READER,
    "colleague_questions.ask": READER,
    "colleague_questions.confirm": AUTHOR,
    "colleague_questions.sent": READER,
    "placements.arrange": OF_ARTICLE,
    "placements.place": OF_ARTICLE,
    "digest.choose": EDITOR,
    "disclosure.security_txt": READER,
    "drafts.erase": AUTHOR,
    "drafts.erased_draft": READER,
    "drafts.save": READER,
    "drafts.saved": AUTHOR,
    "drafts.resume": AUTHOR,
    "feed.atom": READER,
    "figures.index": EDITOR,
    "hub.articles": EDITOR,
    "hub.text": OF_ARTICLE,
    "guide.page": EDITOR,
    "instructions.page": READER,
    "easy_read.consent": READER,
    "easy_read.data": READER,
    "easy_read.contents": READER,
    "easy_read.reading": READER,
    "easy_read.reporting": READER,
    "easy_read.writing": READER,
    "embed.element": READER,
    "embed.frame": READER,
    "embed.frame_of_one": READER,
    "embed.oembed": READER,
    "embed.script": READER,
    "invited.refuse": AUTHOR,
    "invited.open_form": AUTHOR,
    "settings.account": EDITOR,
    "settings.email": EDITOR_FRESH,
    "settings.ending": EDITOR_FRESH,
    "settings.identity_removal": EDITOR_FRESH,
    "settings.passkey": EDITOR_FRESH,
    "settings.passkey_removal": EDITOR_FRESH,
    "settings.password": EDITOR_FRESH,
    "settings.recovery_codes": EDITOR_FRESH,
    "settings.set_up_second_factor": EDITOR_FRESH,
    "register.own_proof": AUTHOR,
    "register.own_proof_pdf": AUTHOR,
    "register.own_proof_record": AUTHOR,
    "register.proof": OF_TESTIMONIAL,
    "register.proof_pdf": OF_TESTIMONIAL,
    "register.proof_record": OF_TESTIMONIAL,
    "recueils.of_article": OF_ARTICLE,
    "recueils.compose": OF_ARTICLE,
    "recueils.document": OF_ARTICLE,
    "recueils.file": OF_ARTICLE,
    "recueils.make_again": OF_ARTICLE,
    "recueils.recueil": OF_ARTICLE,
    "recueils.remove": OF_ARTICLE,
    "identity.answer": READER,
    "identity.begin": READER,
    "identity.end": READER,
    "identity.farewell": READER,
    "identity.proceed": READER,
    "synthesis_desk.change": OF_ARTICLE,
    "synthesis_desk.edit": OF_ARTICLE,
    "queue.chosen": EDITOR,
    "queue.hold": OF_TESTIMONIAL,
    "queue.done": EDITOR,
    "queue.index": EDITOR,
    "queue.release": OF_TESTIMONIAL,
    "queue.search": EDITOR,
    "queue.set_aside": EDITOR,
    "queue.take_back": EDITOR,
    "pages.accessibility": READER,
    "pages.legal_notice": READER,
    "pages.resources": READER,
    "privacy.my_data": AUTHOR,
    "privacy.my_data_file": AUTHOR,
    "privacy.object_to_quotation": AUTHOR,
    "privacy.your_data": READER,
    "notices.report": READER,
    "notices.received": AUTHOR,
    "monitoring.health": READER,
    "monitoring.metrics": READER,  # by a token or an address of its own
    "monitoring.ready": READER,
    "printed.desk_page": OF_ARTICLE,
    "printed.one_page": READER,
    "printed.one_page_pdf": OF_ARTICLE,
    "printed.poster": OF_ARTICLE,
    "printed.poster_pdf": OF_ARTICLE,
    "publication.article": READER,
    "publication.article_list": READER,
    "publication.charter": READER,
    "publication.promises": READER,
    "synthesis.read": READER,
    "publication.home": READER,
    "sitemap.robots": READER,
    "sitemap.index": READER,
    "sitemap.part": READER,
    "publication.testimonial": READER,
    "response_invitation.compose": OF_TESTIMONIAL,
    "voice_desk.choose_article": EDITOR,
    "voice_desk.correct": OF_TESTIMONIAL,
    "voice_desk.sheet": OF_TESTIMONIAL,
    "voice_desk.write_transcript": OF_ARTICLE,
    "updates.choose_day": OF_TESTIMONIAL,
    "question_reports.overview": EDITOR,
    "question_reports.settle": EDITOR,
    "received_questions.decline_or_report": AUTHOR,
    "received_questions.from_letter": AUTHOR,
    "received_questions.received": AUTHOR,
    "private_page.capitalisation": AUTHOR,
    "private_page.capitalisation_file": AUTHOR,
    "private_page.change_consent": AUTHOR,
    "private_page.consent_again": AUTHOR,
    "private_page.amend": AUTHOR,
    "private_page.confirm": AUTHOR,
    "private_page.erase": AUTHOR,
    "private_page.erased": READER,
    "private_page.new_link": READER,
    "private_page.contest": AUTHOR,
    "private_page.private": AUTHOR,
    "submission.receipt": AUTHOR,
    "private_page.renew": AUTHOR,
    "private_page.sign_proof": AUTHOR,
    "private_page.choose_day": AUTHOR,
    "private_page.update": AUTHOR,
    "private_page.withdraw": AUTHOR,
    "private_page.call_back": AUTHOR,
    "submission.write": READER,
    "voice.answer": AUTHOR,
    "voice.enter_code": READER,
    "voice.new_code": AUTHOR,
}


def permission_of(endpoint: str) -> Permission | None:
    return PERMISSIONS.get(endpoint) or OF_BLUEPRINTS.get(endpoint.partition(".")[0])


PUBLIC = frozenset(endpoint for endpoint, permission in PERMISSIONS.items() if permission in {READER, AUTHOR})

# Open to an editor who lacks the required second factor: to set one up, or to sign out.
SETUP_ENDPOINTS = frozenset(
    {"settings.set_up_second_factor", "settings.passkey", "accounts.confirm", "accounts.sign_out"}
)
