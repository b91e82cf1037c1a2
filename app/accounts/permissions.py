"""Who may do what: the one table, which the gate reads and a test walks, every route by every role.

A page that stands in no line opens to nobody: to give it a line is to decide who may open it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who comes, in the order of what they may do; readers and authors have no account."""

    READER = "reader"
    # Whoever holds a link made for one text, or for one account: the view opens what the link names, and nothing else.
    AUTHOR = "author"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Right:
    """What a page asks of whoever opens it: who they are, and perhaps a proof of it not older than ten minutes.

    Where one writes at length (`lengthy`), ten minutes may pass before what was typed is sent: nothing of it is thrown
    away for want of a proof, the view itself asks for it before it saves.
    """

    who: Who
    fresh: bool = False
    lengthy: bool = False

    @property
    def is_public(self) -> bool:
        """Say whether no account is needed."""
        return self.who in {Who.READER, Who.AUTHOR}


READER, AUTHOR, EDITOR, ADMIN = map(Right, Who)
EDITOR_PROVED, ADMIN_PROVED = Right(Who.EDITOR, fresh=True), Right(Who.ADMIN, fresh=True)
ADMIN_AT_LENGTH = Right(Who.ADMIN, fresh=True, lengthy=True)

RIGHTS: Mapping[str, Right] = {
    "accounts.confirm": EDITOR,
    "accounts.forgotten": READER,
    "accounts.link": AUTHOR,
    "accounts.passkey": READER,
    "accounts.second_factor": READER,
    "accounts.sign_in": READER,
    "accounts.sign_out": EDITOR,
    "administration.audit_log": ADMIN,
    "administration.audit_log_file": ADMIN_PROVED,
    "administration.emails": ADMIN,
    "administration.send_again": ADMIN,
    "administration.send_all_again": ADMIN,
    "api.all_articles": READER,
    "api.article": READER,
    "api.openapi": READER,
    "api.testimonial": READER,
    "api.testimonials": READER,
    "placements.arrange": EDITOR,
    "placements.place": EDITOR,
    "articles.articles": ADMIN_PROVED,
    "articles.begin": ADMIN_AT_LENGTH,
    "articles.begin_from_source": ADMIN_AT_LENGTH,
    "articles.settings": ADMIN_PROVED,
    "articles.source_file": ADMIN_PROVED,
    "articles.themes": ADMIN_AT_LENGTH,
    "articles.write": ADMIN_AT_LENGTH,
    "digest.choose": EDITOR,
    "disclosure.security_txt": READER,
    "drafts.erase": AUTHOR,
    "drafts.erased": READER,
    "drafts.keep": READER,
    "drafts.kept": AUTHOR,
    "drafts.resume": AUTHOR,
    "feed.atom": READER,
    "instructions.page": READER,
    "embed.fragment": READER,
    "embed.frame": READER,
    "embed.frame_of_one": READER,
    "embed.oembed": READER,
    "embed.script": READER,
    "settings.account": EDITOR,
    "settings.email": EDITOR_PROVED,
    "settings.ending": EDITOR_PROVED,
    "settings.passkey": EDITOR_PROVED,
    "settings.passkey_removal": EDITOR_PROVED,
    "settings.password": EDITOR_PROVED,
    "settings.recovery_codes": EDITOR_PROVED,
    "settings.set_up_second_factor": EDITOR_PROVED,
    "queue.chosen": EDITOR,
    "queue.claim": EDITOR,
    "review.decision": EDITOR,
    "review.dismiss_notices": EDITOR,
    "queue.done": EDITOR,
    "queue.index": EDITOR,
    "queue.release": EDITOR,
    "review.show": EDITOR,
    "queue.set_aside": EDITOR,
    "queue.take_back": EDITOR,
    "privacy.my_data": AUTHOR,
    "privacy.my_data_file": AUTHOR,
    "privacy.notice": READER,
    "privacy.notice_received": AUTHOR,
    "privacy.your_data": READER,
    "publication.article": READER,
    "publication.charter": READER,
    "publication.home": READER,
    "sitemap.robots": READER,
    "sitemap.index": READER,
    "sitemap.part": READER,
    "publication.testimonial": READER,
    "review.ask_author": EDITOR,
    "review.any_two": EDITOR,
    "review.compare": EDITOR,
    "review.edit_text": EDITOR,
    "review.note": EDITOR,
    "team.editor": ADMIN_PROVED,
    "team.editors": ADMIN_PROVED,
    "team.invitation": ADMIN_PROVED,
    "private_page.accord": AUTHOR,
    "private_page.again": AUTHOR,
    "private_page.amend": AUTHOR,
    "private_page.confirm": AUTHOR,
    "private_page.erase": AUTHOR,
    "private_page.erased": READER,
    "private_page.new_link": READER,
    "private_page.object_to": AUTHOR,
    "private_page.private": AUTHOR,
    "submission.receipt": AUTHOR,
    "private_page.renew": AUTHOR,
    "private_page.sign_proof": AUTHOR,
    "private_page.withdraw": AUTHOR,
    "submission.write": READER,
}

PUBLIC = frozenset(endpoint for endpoint, right in RIGHTS.items() if right.is_public)

# Where an editor without a second factor may go, when one is required: to set one up, or out.
SETTING_UP = frozenset({"settings.set_up_second_factor", "settings.passkey", "accounts.confirm", "accounts.sign_out"})
