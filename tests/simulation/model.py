"""Model: what the product promises, and nothing of how it keeps it. It imports nothing of the product.

People's acts and the answers they got come in; what must be true follows: which words may stand where, which letters
somebody must have had, what must be gone, which numbers are shown. A thing that is otherwise is `Broken`, with the
number of its promise in `content/promises.toml`.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

TOKEN = re.compile(r"zo(?:[bdfgklmnprtv][aiou]){4}x")
"""A word that is met nowhere else: what holds it holds what somebody typed."""
META = re.compile(rb"<meta [^>]*>|<script type=\"application/ld\+json\">.*?</script>", re.DOTALL)

UNDO = timedelta(minutes=10)
A_MONTH = timedelta(days=30)
A_ROUND = timedelta(minutes=2)
"""How much later than the ten minutes a decision's letter may leave."""

PARIS = ZoneInfo("Europe/Paris")
Status = str

# What leads where (product.md, « A testimonial's life »).
STEPS: dict[tuple[Status, str], Status] = {
    **{
        ("unconfirmed", act): to
        for act, to in (("confirm", "pending"), ("amend", "unconfirmed"), ("decline", "declined"))
    },
    **{("pending", act): "pending" for act in ("amend", "contest", "uphold", "restore")},
    ("pending", "request_changes"): "changes_requested",
    ("pending", "send_proof"): "proof_sent",
    ("pending", "publish"): "published",
    ("pending", "keep_internal"): "internal",
    ("pending", "decline"): "declined",
    ("changes_requested", "amend"): "pending",
    ("changes_requested", "cancel_request"): "pending",
    ("proof_sent", "amend"): "pending",
    ("proof_sent", "recall_proof"): "pending",
    ("proof_sent", "sign_proof"): "published",
    ("proof_sent", "sign_account"): "pending",
    **{
        ("published", act): "published"
        for act in ("amend", "publish", "set_aside", "renew", "hide", "unhide", "contest", "uphold", "restore")
    },
    ("published", "unpublish"): "unpublished",
    ("published", "expire"): "unpublished",
    **{(status, "reopen"): "pending" for status in ("declined", "internal", "unpublished")},
    **{(status, act): status for status in ("declined", "unpublished") for act in ("contest", "uphold")},
    **{
        (status, "withdraw"): "withdrawn"
        for status in (
            *("unconfirmed", "pending", "changes_requested", "proof_sent"),
            *("published", "internal", "declined", "unpublished"),
        )
    },
    ("withdrawn", "call_back"): "published",
    **{(status, "consent_again"): "pending" for status in ("withdrawn", "internal")},
}
REVERSIBLE = {
    "request_changes",
    "send_proof",
    "publish",
    "set_aside",
    "keep_internal",
    "decline",
    "unpublish",
    "uphold",
}
STATUSES = {status for status, _ in STEPS} | {*STEPS.values()}
WAITING = {"pending", "changes_requested", "proof_sent"}
AT_REST = {"internal", "declined", "unpublished", "withdrawn"}
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
# What each signature shows of its author.
SIGNED = {
    "full": {"author_name", "author_role", "clsm"},
    "role": {"author_role", "clsm"},
    "clsm": {"clsm"},
    "region": set(),
}
SIGNING = SIGNED["full"]

# The letters, by what they say: their subjects.
DECISIONS = {
    "publish": "Votre texte est publié",
    "keep_internal": "Votre texte est gardé, sans être publié",
    "decline": "Votre texte ne sera pas publié",
    "unpublish": "Votre texte n’est plus publié",
    "request_changes": "Quelques corrections avant de publier votre texte",
    "cancel_request": "Plus rien à corriger dans votre texte",
    "send_proof": "Une version relue de votre texte attend votre signature",
    "recall_proof": "La version relue de votre texte n’est plus à signer",
    "set_aside": "Votre texte reste publié tel qu’il est",
}
EDITED = "Une correction dans votre texte, à relire"
ANSWERED = "Une réponse à votre contestation"
# The letters that say what was corrected.
TELLING = {EDITED, *DECISIONS.values()} - {DECISIONS["set_aside"]}


REMINDERS = {
    "unconfirmed": "Votre texte attend que vous confirmiez votre adresse",
    "waiting": "Faut-il garder votre texte ?",
    "changes_requested": "Votre texte attend toujours vos corrections",
    "proof_sent": "Votre texte relu attend toujours votre signature",
    "published": "Votre texte paraît encore trente jours : le prolonger ?",
}
NEWS = "De nouveaux retours à lire"
REPORT_ANSWERED = "Une réponse à votre signalement"
SHOWN_AGAIN = "Votre texte paraît de nouveau"
# Letters to an address that nobody has shown to be theirs, or of a text that is gone: no word that was typed.
WORDLESS = {
    "Votre signalement est arrivé",
    "Le texte que vous avez signalé n’est plus là",
    "Confirmez votre adresse pour que votre question parte",
    "Une réponse à votre question",
    "Confirmez votre adresse pour suivre ces retours",
    "Ce que nous gardons de votre adresse",
}
# Letters that come again, each day.
PERIODIC = {"Ce qui attend l’équipe"}


class Broken(AssertionError):
    """A promise that was not kept: its number, and what was seen."""

    def __init__(self, promise: int, seen: str) -> None:
        super().__init__(f"promesse {promise} : {seen}")
        self.promise = promise


@dataclass(frozen=True)
class Viewer:
    """Who looks: a reader, or somebody with an address; editors have the articles they edit, None for all."""

    kind: str
    email: str = ""
    articles: tuple[str, ...] | None = None
    is_admin: bool = False


READER = Viewer("reader")


@dataclass(frozen=True)
class Letter:
    """A letter that arrived: its links, and the words of people in it."""

    to: str
    subject: str
    links: list[str]
    tokens: set[str]
    about: str | None
    says: str


@dataclass(eq=False)
class Version:
    """One state of what would be read: its words by question, and the signature chosen."""

    words: dict[str, str]
    attribution: str
    is_approved: bool = True
    is_correction: bool = False
    """Approved under the consent given: it corrects or masks what its author said."""
    is_mask: bool = False
    """It is its author's words but for masks, to the letter."""
    editor: str = ""
    is_told: bool = False
    """Whether a letter has told its author of this correction."""

    def tokens(self) -> set[str]:
        """Return what of it readers may see."""
        unsigned = SIGNING - SIGNED[self.attribution]
        return {token for name, token in self.words.items() if name not in unsigned}


@dataclass(eq=False)
class Notice:
    """A reader's report of a text as it was shown; in a right of reply, the words to be read with the text."""

    version: Version
    email: str
    """Whom to answer; empty where nobody said."""
    words: set[str]
    reply: set[str]
    closed_at: datetime | None = None
    is_accepted: bool = False


@dataclass(eq=False)
class Text:
    """A testimonial, as its author and the team know it."""

    author: str
    article: str
    versions: list[Version]
    consents: set[str]
    submitted_at: datetime
    public_id: str | None = None
    status: Status = "unconfirmed"
    shown: Version | None = None
    aside: tuple[Version, ...] = ()
    """The amended versions that editors did not take, as long as the text stays published."""
    is_confirmed: bool = False
    is_hidden: bool = False
    is_contested: bool = False
    contested: Version | None = None
    """The correction objected to; it is not published before an answer."""
    masked: Version | None = None
    """Of it, the version whose masks alone an answer may keep."""
    decided_by: str = ""
    """Who refused or removed it; empty once that is upheld, and its author has had reasons."""
    is_decision_contested: bool = False
    upheld: tuple[Version, ...] = ()
    quoted_by: frozenset[str] = frozenset()
    letters: list[datetime] = field(default_factory=list)
    """When the team wrote to its author, who agrees to it."""
    told_until: datetime | None = None
    """Until when its quotations were told."""
    acted_at: datetime | None = None
    rests_since: datetime | None = None
    reads_until: datetime | None = None
    reminded_at: datetime | None = None
    is_reminded: bool = False
    """Whether the reminder has left, or was given up."""
    reminders: list[str] = field(default_factory=list)
    """The reminders that were owed since the last act."""
    due_at: datetime | None = None
    """When its author is asked to answer by."""
    taken_back: set[str] = field(default_factory=set)
    """The consents that were ever withdrawn."""
    moves: int = 0
    """How often it moved: what was opened before an act is stale after it."""
    last: tuple[str, datetime] | None = None
    situation: str = ""
    published_at: datetime | None = None
    first_shown_at: datetime | None = None
    """Published for the first time; what was undone is no publication."""
    hidden_until: datetime | None = None
    notices: list[Notice] = field(default_factory=list)
    before: "Text | None" = None
    """What it was before the last act, which may be undone."""
    typists: set[str] = field(default_factory=set)
    """Addresses of the editors who typed what was told by voice."""

    @property
    def key(self) -> tuple[str, datetime]:
        return self.author, self.submitted_at

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    @property
    def is_amended(self) -> bool:
        return self.shown is not None and self.latest not in (self.shown, *self.aside)

    def own(self, until: int | None = None) -> Version:
        """Return its author's last words, sent or signed, of the first versions."""
        return next(
            each
            for each in reversed(self.versions[:until])
            if each.is_approved and not each.is_correction and each not in self.aside
        )

    def is_held(self, version: Version) -> bool:
        """Promise 3: what its author objects to is not published before an answer."""
        if self.contested is None or not version.is_correction:
            return False
        own = self.own(self.versions.index(self.contested) + 1)
        return self.versions.index(version) > self.versions.index(own)

    @property
    def used(self) -> Version | None:
        """The version that readers see, or would see."""
        if self.status == "published":
            return self.shown
        return next((each for each in reversed(self.versions) if each.is_approved and not self.is_held(each)), None)

    def unsigned(self) -> bool:
        """Whether it was told by voice, and who told it has not answered."""
        return bool(self.typists) and self.status == "proof_sent" and not self.is_confirmed

    @property
    def reports(self) -> list[Notice]:
        """Return the notices that wait for an answer."""
        return [each for each in self.notices if each.closed_at is None]

    def replies(self) -> set[str]:
        return {token for notice in self.notices if notice.is_accepted for token in notice.reply}

    def tokens(self) -> set[str]:
        return {token for version in self.versions for token in version.words.values()}


def always() -> bool:
    return True


@dataclass(eq=False)
class Alert:
    """An address that follows the texts of an article, or of one situation."""

    email: str
    article: str
    situation: str
    told_at: datetime | None = None
    """Up to when it knows what was published; None until it is confirmed."""


@dataclass(eq=False)
class Question:
    """What a colleague asks the author of a text."""

    text: Text
    email: str
    name: str
    words: set[str]
    asked_at: datetime
    confirmed_at: datetime | None = None
    is_answered: bool = False
    report: set[str] = field(default_factory=set)
    """What its author says of it to the team, until the team has settled it."""


@dataclass
class Owed:
    """A letter that somebody must get, from when on, as long as it is true."""

    to: str
    subject: str
    text: Text | None
    due: datetime
    is_true: Callable[[], object]
    cause: str
    is_owed: bool = True
    """False: it may come, and need not."""
    was_tried: bool = False
    """Whether a round of the deliverer has been since it was due."""
    by: datetime | None = None
    """Until when it may be late, where a mail server failed."""

    def announces(self, letter: Letter) -> bool:
        is_its = self.text is None or self.text.public_id is None or letter.about in {None, self.text.public_id}
        return is_its and (self.to, self.subject) == (letter.to, letter.subject)


@dataclass
class Fact:
    """A token: what it is, and in which text it stands."""

    what: str
    text: Text | None = None
    readers: set[str] = field(default_factory=set)
    """Addresses of those who may read it, beside the desk where `is_desk`."""
    is_desk: bool = True
    ends: datetime | None = None
    """The clock that runs from then on takes it away."""
    is_gone: bool = False


@dataclass(eq=False)
class Quoted:
    """Sentences of a text that editors quote: in a margin, or under a claim of the synthesis, which its token names."""

    text: Text
    tokens: frozenset[str]
    since: datetime
    claim: str = ""
    is_lost: bool = False
    """They left the version shown: come back, they may be quoted again or not, and be told again."""

    def is_in(self, version: Version) -> bool:
        return self.tokens <= set(version.words.values())


@dataclass
class Model:
    """What is promised at this moment of a world."""

    now: datetime
    texts: list[Text] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)
    editors: dict[str, Viewer] = field(default_factory=dict)
    periodic: dict[tuple[str, str], datetime] = field(default_factory=dict)
    has_others: bool = False
    """Whether there are texts that nobody in this world wrote, which numbers count too."""
    alerts: list[Alert] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    asking: set[str] = field(default_factory=set)
    """Addresses about which somebody has asked what is kept: noted until the clock has run."""
    articles: set[str] = field(default_factory=set)
    months: dict[str, int] = field(default_factory=lambda: {"published": 36, "rest": 6, "waiting": 12, "update": 12})
    """How long texts are read, rest, wait; and until an author is asked what became of a project."""
    offline: set[str] = field(default_factory=set)
    quoted: list[Quoted] = field(default_factory=list)
    syntheses: set[str] = field(default_factory=set)
    """The articles whose synthesis is read."""
    recueils: list[int] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    """Addresses whose mail server refuses them for good."""
    is_mail_well: bool = True
    site_key: str | None = None
    site_page: str = ""
    invited: dict[str, datetime] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    reminded: set[str] = field(default_factory=set)
    drafts: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """By address: when it was kept, and its word."""
    forgotten: set[str] = field(default_factory=set)

    # ── what may be read, and where ──

    def is_visible(self, text: Text) -> bool:
        """Promise 1: published, agreed to, approved, not hidden, and its article online."""
        return (
            text.status == "published"
            and "publication" in text.consents
            and text.shown is not None
            and text.shown.is_approved
            and not text.is_hidden
            and text.article not in self.offline
            and (text.reads_until is None or self.now < text.reads_until)
        )

    def visible(self, outlet: str, article: str | None = None) -> list[Text]:
        """Promises 1 and 4: the texts whose words an outlet may show; an open one asks for the consent to reuse."""
        return [
            text
            for text in self.texts
            if self.is_visible(text)
            and (outlet != "open" or "reuse" in text.consents)
            and (article is None or text.article == article)
        ]

    def readable(self, outlet: str) -> set[str]:
        words = {token for text in self.visible(outlet) if text.shown for token in text.shown.tokens() | text.replies()}
        return words | {each.claim for each in self.quoted if each.claim and self.stands(each, outlet)}

    def look(self, viewer: Viewer, path: str, body: bytes) -> None:
        """Promises 1, 4, 6 and 12: nobody reads what is not theirs to read."""
        lowered = body.lower()
        tokens = set(TOKEN.findall(lowered.decode("utf-8", "replace"))) - set(TOKEN.findall(path))
        if not tokens:
            return
        if viewer.kind == "reader":
            outlet = outlet_of(path)
            in_head = {
                token for part in META.findall(lowered) for token in TOKEN.findall(part.decode("utf-8", "replace"))
            }
            if outlet == "page" and (open_words := in_head - self.readable("open")):
                self.blame(open_words, f"les métadonnées de {path}", 4)
            strange = tokens - self.readable(outlet)
        else:
            strange = {token for token in tokens if not self.may_read(viewer, token)}
        if strange:
            self.blame(strange, f"{path} ({viewer.kind} {viewer.email})", 1)

    def may_read(self, viewer: Viewer, token: str) -> bool:
        fact = self.facts.get(token)
        if fact is None or fact.is_gone:
            return False
        text = fact.text
        if text is not None and text.status == "erased":
            return False
        if viewer.email in fact.readers or token in self.readable("page"):
            return True
        if viewer.kind != "editor" or not fact.is_desk:
            return False
        return text is None or self.may_edit(viewer, text.article)

    @staticmethod
    def may_edit(viewer: Viewer, article: str) -> bool:
        return viewer.articles is None or article in viewer.articles

    def blame(self, tokens: set[str], where: str, promise: int) -> None:
        told = ", ".join(f"{token} ({self.described(token)})" for token in sorted(tokens)[:4])
        raise Broken(promise, f"{where} montre {told}")

    def described(self, token: str) -> str:
        fact = self.facts.get(token)
        if fact is None or token in self.forgotten:
            return "mot inconnu"
        text = fact.text
        return f"{fact.what}, {text.author}, {text.status}, {sorted(text.consents)}" if text else fact.what

    # ── acts on texts ──

    def add(self, text: Text, email: str) -> None:
        self.texts.append(text)
        self.know(text)
        self.facts.setdefault(TOKEN.findall(email)[0], Fact("adresse", text, {email}))

    def know(self, text: Text) -> None:
        for version in text.versions:
            for name, token in version.words.items():
                self.facts.setdefault(token, Fact(name, text, {text.author}))

    def find(self, public_id: str) -> Text:
        return next(text for text in self.texts if text.public_id == public_id)

    def act(self, text: Text, act: str) -> None:
        """Promise 2: an act that was taken follows an arrow of the table."""
        target = STEPS.get((text.status, act))
        if target is None:
            raise Broken(2, f"« {act} » a été accepté d’un texte {text.status}")
        text.before = copy.copy(text)
        text.before.versions, text.before.consents = list(text.versions), set(text.consents)
        if target != text.status and target in AT_REST:
            text.rests_since = self.now
        text.status = target
        text.acted_at = self.now
        self.follow_objection(text, act)
        stays = text.before.status == text.status and text.status in {"published", "unconfirmed"}
        if act == "renew" or not (stays or act in {"contest", "uphold"}):
            text.reminded_at, text.is_reminded, text.reminders = None, False, []
        text.due_at = self.now + timedelta(days=14) if act in {"request_changes", "send_proof"} else None
        text.moves += 1
        text.last = (act, self.now)

    def touch(self, text: Text) -> None:
        """Count what is kept from now: somebody did something for it, though it moved nowhere."""
        text.moves += 1
        if text.status in WAITING:
            text.acted_at = self.now
            text.reminded_at, text.is_reminded, text.reminders = None, False, []

    def undo(self, text: Text) -> None:
        """A decision taken back, or a withdrawal called back: all is as it was before, and its letter never leaves."""
        assert text.before is not None
        assert text.last is not None
        act, at = text.last
        if self.now - at > UNDO:
            raise Broken(16, f"« {act} » a été annulé après dix minutes")
        self.owed = [each for each in self.owed if not (each.text is text and each.cause == act and each.due >= at)]
        for notice in text.notices:
            if notice.closed_at and notice.closed_at >= at:
                notice.closed_at = None
                self.end(notice.words, None)
        moves, public_id = text.moves, text.public_id
        vars(text).update(vars(text.before))
        text.moves, text.public_id, text.last = moves, public_id, None
        self.touch(text)
        self.note_losses(text)

    def show(self, text: Text) -> None:
        if text.before and text.before.status != "published":
            text.published_at, text.first_shown_at = self.now, text.first_shown_at or self.now
        text.shown, text.is_hidden = text.latest, False
        text.reads_until = text.reads_until or months_after(self.now, self.months["published"])
        self.note_losses(text)

    # ── objections ──

    def follow_objection(self, text: Text, act: str) -> None:
        """Promise 11: an answer takes the mark away, or the author's signature or withdrawal, and nothing else."""
        assert text.before is not None
        was = text.before
        is_answer = act in {"uphold", "reopen"} and text.is_decision_contested
        if text.status != "published":
            text.aside = ()
        quoted_no_more = was.status == "published" != text.status and text.contested is None
        if is_answer or quoted_no_more:
            text.is_contested = False
        elif act in {"uphold", "restore", "sign_proof"}:
            text.upheld += tuple(
                each for each in (text.latest, text.contested, text.masked) if each and act == "uphold"
            )
            text.is_contested, text.contested, text.masked = False, None, None
        if text.status != was.status or is_answer:
            text.decided_by, text.is_decision_contested = "", False
        if text.status in {"pending", "published"} and text.contested is not None:
            text.is_contested = True
        if act == "restore":
            own = text.own()
            if text.latest is not own:
                text.versions.append(Version(dict(own.words), own.attribution))
            if text.status == "published":
                self.show(text)

    def is_contestable(self, text: Text) -> bool:
        if text.status in {"declined", "unpublished"}:
            return bool(text.decided_by) and text.is_confirmed and not text.is_decision_contested
        used = text.used if text.status in {"pending", "published"} and not text.is_amended else None
        return used is not None and used.is_correction and text.contested is None and used not in text.upheld

    def contest(self, text: Text) -> None:
        """Promise 3: of a correction that is read, what is no mask gives way at once to its author's words."""
        corrected = text.used if text.status in {"pending", "published"} else None
        self.act(text, "contest")
        text.is_contested = True
        if corrected is None:
            text.is_decision_contested = True
            return
        own = text.own()
        text.contested, text.masked = corrected, corrected if corrected.is_mask else None
        if text.status == "published" and not corrected.is_mask:
            keeps = corrected.words != own.words
            text.versions.append(
                Version(dict(corrected.words), own.attribution, True, is_correction=keeps, is_mask=keeps)
            )
            text.shown, text.masked = text.latest, text.latest if keeps else None
            self.note_losses(text)

    def answers(self, text: Text) -> list[str]:
        """Return how an objection may be answered: what was decided, or masks alone, may be kept with reasons."""
        if text.is_decision_contested:
            return ["uphold", "reopen"]
        if text.contested is None:
            return ["uphold"] if text.is_contested else []
        keeps = text.masked is not None and text.masked in (text.shown, text.latest)
        return (["restore"] + ["uphold"] * keeps) * (text.status in {"pending", "published"})

    def answering(self, text: Text) -> set[str]:
        """Promise 11: who may answer: not who did what is contested, unless nobody else edits the article."""
        if text.is_decision_contested:
            contested = {text.decided_by}
        elif text.contested is None:
            contested = set(text.quoted_by)
        else:
            last = text.versions.index(text.contested) + 1
            contested = {each.editor for each in text.versions[text.versions.index(text.own(last)) : last]}
        here = {email for email, each in self.editors.items() if each.articles is None or text.article in each.articles}
        return here - contested or here

    # ── quotations ──

    def note_losses(self, text: Text) -> None:
        for each in self.quoted:
            if each.text is text and text.shown and not each.is_in(text.shown):
                each.is_lost = True

    def stands(self, quoted: "Quoted", outlet: str) -> bool:
        """Promise 13: words are quoted while they are read, in the version shown."""
        text = quoted.text
        is_up = not quoted.claim or text.article in self.syntheses
        return is_up and text.shown is not None and quoted.is_in(text.shown) and text in self.visible(outlet)

    def told(self, text: Text, letter: Letter) -> None:
        """Promises 3 and 13: a letter tells what was corrected, and what is quoted, once."""
        used, since = text.used, text.told_until or text.submitted_at
        is_due = letter.subject in TELLING and used is not None and used.is_correction and not used.is_told
        if ("L’équipe a corrigé votre texte" in letter.says) is not is_due:
            raise Broken(3, f"« {letter.subject} » {'ne dit pas' if is_due else 'dit sans raison'} ce qui est corrigé")
        if is_due and used is not None:
            for each in text.versions[: text.versions.index(used) + 1]:
                each.is_told = True
        here = [each for each in self.quoted if each.text is text and text.status == "published" and not text.is_hidden]
        due = [each for each in here if not each.is_lost and each.since > since and self.stands(each, "told")]
        is_told = "Voici ce que l’équipe cite de votre texte" in letter.says
        if (due and not is_told) or (is_told and not due and not any(each.is_lost for each in here)):
            raise Broken(13, f"« {letter.subject} » {'ne dit pas' if due else 'dit encore'} ce qui est cité")
        text.told_until = self.now

    # ── what readers send ──

    def end(self, tokens: set[str], when: datetime | None) -> None:
        for token in tokens:
            self.facts[token].ends = when

    def forget(self, tokens: set[str]) -> None:
        """Promise 12: words, or an address, that were erased by themselves."""
        for token in tokens:
            self.facts[token].is_gone = True

    def still(self, email: str) -> bool:
        """Whether an address is kept, and what it sent has not had its time."""
        fact = self.facts[TOKEN.findall(email)[0]]
        is_over = fact.is_gone or (fact.ends and fact.ends <= self.now) or is_in(fact.text, "erased")
        return not is_over

    def forget_address(self, email: str) -> None:
        """Promise 12: all that an address has sent is erased, at its owner's request."""
        for text in self.texts:
            for notice in [each for each in text.notices if each.email == email]:
                text.notices.remove(notice)
                text.moves += 1
                self.forget(notice.words | notice.reply)
            if text.author == email and text.status != "erased":
                self.erase(text)
        for question in [each for each in self.questions if each.email == email]:
            self.forget(question.words | question.report)
            self.questions.remove(question)
        self.alerts = [each for each in self.alerts if each.email != email]
        self.owed = [each for each in self.owed if each.to != email]
        self.forget(set(TOKEN.findall(email)))

    def close(self, text: Text, notice: Notice, cause: str, at: datetime, after: timedelta = timedelta()) -> None:
        """A notice has its answer; its words go six months later, those of an accepted reply with the text."""
        notice.closed_at = at
        kept = notice.reply if notice.is_accepted else set()
        self.end(notice.words - kept, months_after(at, 6) + timedelta(days=1))
        if notice.email:
            self.owe(text, notice.email, REPORT_ANSWERED, cause, after=at + after - self.now)

    def settle(self) -> None:
        """A notice has its answer once the words that it is about are read no more, whatever ended them."""
        for text in self.texts:
            for notice in text.reports:
                if text.last and not (text.status == "published" and notice.version is text.shown):
                    act, at = text.last
                    self.close(text, notice, act, at, UNDO if act in REVERSIBLE | {"withdraw"} else timedelta())

    def news(self, alert: Alert) -> list[Text]:
        """What a weekly letter tells: what is read, was never told, and can no longer be undone."""
        return [
            text
            for text in self.visible("page", alert.article)
            if alert.situation in {"", text.situation} and text.first_shown_at and text.published_at
            if alert.told_at and text.first_shown_at > alert.told_at and text.published_at <= self.now - UNDO
        ]

    def read_news(self, alert: Alert, letter: Letter) -> None:
        """Promises 4 and 15: the letter counts each, and quotes those who agreed to reuse."""
        news = self.news(alert)
        told = re.search(r"(\d+) nouveaux? retours?", letter.says)
        quoted = {each.shown.words["title"] for each in news if each.shown and "reuse" in each.consents}
        if not told or int(told[1]) != len(news) or (len(quoted) <= 5 and not quoted <= letter.tokens):
            raise Broken(15, f"la lettre à {alert.email} dit {told and told[1]} textes pour {len(news)}, dont {quoted}")
        alert.told_at = self.now - UNDO

    # ── letters ──

    def owe(
        self,
        text: Text | None,
        to: str,
        subject: str,
        cause: str,
        *,
        after: timedelta = timedelta(),
        is_true: Callable[[], object] = always,
        is_owed: bool = True,
    ) -> None:
        if "@" in to:  # who has a code alone is not written to
            self.owed.append(Owed(to, subject, text, self.now + after, is_true, cause, is_owed))

    def drop(self, text: Text, cause: str) -> None:
        """Promise 4: what rests on a consent never leaves once that is withdrawn."""
        self.owed = [each for each in self.owed if not (each.text is text and each.cause == cause)]

    def receive(self, letter: Letter) -> None:
        """Promise 16: a letter arrives once, not before its time, and only while it is true."""
        if strange := letter.tokens - self.told_by(letter):
            self.blame(strange, f"« {letter.subject} » à {letter.to}", 4)
        if letter.subject in PERIODIC:
            before = self.periodic.get((letter.to, letter.subject))
            if before and self.is_mail_well and self.now - before < timedelta(hours=1):
                raise Broken(16, f"« {letter.subject} » est arrivée deux fois à {letter.to}")
            self.periodic[letter.to, letter.subject] = self.now
            return
        fits = sorted(self.owed, key=lambda each: (not each.is_owed, not each.is_true()))
        owed = next((each for each in fits if each.announces(letter)), None)
        if owed is None:
            raise Broken(16, f"« {letter.subject} » est arrivée à {letter.to}, que rien n’annonçait (ou deux fois)")
        if self.now < owed.due:
            raise Broken(16, f"« {letter.subject} » est partie avant les dix minutes")
        if not owed.is_true():
            raise Broken(16, f"« {letter.subject} » est partie à {letter.to}, et n’est plus vraie")
        self.owed.remove(owed)
        self.arrived_for_readers(letter, owed.cause)
        if owed.text is None:
            return
        if owed.cause == "remind":
            owed.text.is_reminded = True
            self.count_reminder(owed.text)
        if letter.about:
            owed.text.public_id = letter.about
            self.told(owed.text, letter)

    def told_by(self, letter: Letter) -> set[str]:
        """Return the words that a letter may hold: what its reader may read, what all may read elsewhere, or none."""
        if letter.subject == NEWS:
            return self.readable("open")
        viewer = self.editors.get(letter.to, Viewer("person", letter.to))
        return {each for each in letter.tokens if letter.subject not in WORDLESS and self.may_read(viewer, each)}

    def arrived_for_readers(self, letter: Letter, cause: str) -> None:
        for alert in self.alerts:
            if letter.subject == NEWS and alert.email == letter.to:
                self.read_news(alert, letter)
        if cause == "erased":
            self.forget(set(TOKEN.findall(letter.to)))

    def round_done(self) -> None:
        """Promise 16: after a round of the deliverer, what was due and true has left."""
        for owed in list(self.owed):
            if owed.due > self.now:
                continue
            owed.was_tried = True
            settled = owed.text is None or owed.text.last is None or self.now - owed.text.last[1] > UNDO + A_ROUND
            if not owed.is_true():
                if settled and (owed.is_owed or owed.cause != "request"):
                    self.owed.remove(owed)
                continue
            if not self.is_mail_well:
                owed.by = self.now + timedelta(days=2)
            elif settled and owed.is_owed and owed.to not in self.closed and self.now > (owed.by or owed.due + A_ROUND):
                raise Broken(
                    16, f"« {owed.subject} » n’est jamais partie à {owed.to} (due le {owed.due:%d/%m/%Y %H:%M})"
                )

    # ── time ──

    def end_of(self, text: Text) -> tuple[datetime, str] | None:
        """Promise 14: when a text ends, and how; never before its reminder has left and its days have passed."""
        if text.is_contested and text.status in AT_REST:
            return None
        if not text.is_confirmed and text.status != "erased":
            end, notice = (
                text.submitted_at + timedelta(days=30),
                23 if text.unsigned() or text.status == "unconfirmed" else 0,
            )
        elif text.status in WAITING and text.acted_at:
            end, notice = months_after(text.acted_at, self.months["waiting"]), 30
        elif text.status in AT_REST and text.rests_since:
            end, notice = months_after(text.rests_since, self.months["rest"]), 0
        elif text.status == "published" and text.reads_until:
            end, notice = text.reads_until, 30
        else:
            return None
        if notice and "@" in text.author:
            if text.reminded_at is None or not text.is_reminded:
                return None
            end = max(end, text.reminded_at + timedelta(days=notice))
        return end, "expire" if text.status == "published" else "erase"

    def clock_ran(self) -> None:
        """Promise 14: what comes to an end is told before; a reminder is owed once for what it reminds of."""
        self.clock_ran_for_readers()
        for owed in self.owed:
            if owed.cause == "remind" and owed.to in self.closed and owed.was_tried and owed.text:
                owed.text.is_reminded = True  # given up, and told to admins
                self.count_reminder(owed.text)
        for email, at in self.invited.items():
            if timedelta(days=21) <= self.now - at and email not in self.refused | self.reminded:
                self.reminded.add(email)
                is_true = partial(self.is_invited, email)
                self.owe(None, email, "Votre expérience est toujours attendue", "remind", is_true=is_true)
        for email, (at, _) in list(self.drafts.items()):
            if self.now >= at + timedelta(days=30):
                self.forget_draft(email)
        for text in self.texts:
            self.remind(text)

    def remind(self, text: Text) -> None:
        """Owe what an author is told before an end, or before the day that was asked; what is contested is held."""
        is_held = text.status == "published" and text.masked and not text.is_reminded
        if is_held and text.reads_until and text.reads_until <= self.now + timedelta(days=1):
            text.reads_until = self.now + A_MONTH
        if (subject := self.reminder_of(text)) and subject not in text.reminders:
            text.reminders.append(subject)
            self.count_reminder(text)
            self.owe(text, text.author, subject, "remind", is_true=partial(self.is_its_reminder, text, subject))
        if text.due_at and (subject := REMINDERS.get(text.status)) and subject not in text.reminders:
            left = text.due_at - self.now
            if timedelta(days=-1) < left < timedelta(days=3):  # « deux jours avant », counted by days
                text.reminders.append(subject)
                is_true, is_owed = partial(is_in, text, text.status), timedelta(hours=12) < left < timedelta(hours=36)
                self.owe(text, text.author, subject, "request", is_true=is_true, is_owed=is_owed)

    def count_reminder(self, text: Text) -> None:
        """Count the days of a reminder from now: a published text is read until they have passed."""
        text.reminded_at = self.now
        if text.status == "published" and text.reads_until:
            text.reads_until = max(text.reads_until, self.now + timedelta(days=30))

    def is_invited(self, email: str) -> bool:
        return email not in self.refused

    def forget_draft(self, email: str) -> None:
        self.forgotten |= {self.drafts.pop(email)[1], email.partition("@")[0]}

    def clock_ran_for_readers(self) -> None:
        """What is hidden is shown again at its date, what has had its time is forgotten, and news are told weekly."""
        for text in self.texts:
            if text.is_hidden and text.status == "published" and text.hidden_until and text.hidden_until <= self.now:
                self.show_again(text)
        self.forget({token for token, fact in self.facts.items() if fact.ends and fact.ends <= self.now})
        self.asking.clear()
        self.alerts = [each for each in self.alerts if not self.facts[TOKEN.findall(each.email)[0]].is_gone]
        told = {each.to for each in self.owed if each.subject == NEWS}
        for alert in self.alerts:
            is_due = alert.told_at and alert.told_at <= self.now - timedelta(days=7)
            if is_due and alert.email not in told and self.news(alert):
                self.owe(None, alert.email, NEWS, "news", is_true=partial(self.news, alert))

    def show_again(self, text: Text) -> None:
        self.act(text, "unhide")
        text.is_hidden = False
        self.owe(text, text.author, SHOWN_AGAIN, "unhide", is_true=partial(is_in, text, "published"))

    def is_its_reminder(self, text: Text, subject: str) -> bool:
        return self.reminder_of(text) == subject

    def reminder_of(self, text: Text) -> str | None:
        """Return the letter that a text's author must have had by now, since nothing has happened."""
        near = self.now
        if text.status == "unconfirmed" and near >= text.submitted_at + timedelta(days=7):
            return REMINDERS["unconfirmed"]
        if text.unsigned() and near >= text.submitted_at + timedelta(days=7):
            return "Ce que vous avez raconté attend toujours votre signature"
        if (
            text.status in WAITING
            and text.is_confirmed
            and text.acted_at
            and near >= months_after(text.acted_at, self.months["waiting"] - 1)
        ):
            return REMINDERS["waiting"]
        is_held = text.masked is not None  # what is contested is not renewed until it is answered
        if text.status == "published" and text.reads_until and not is_held and near >= text.reads_until - A_MONTH:
            return REMINDERS["published"]
        return None

    def restored(self, before: "Model") -> "Model":
        """Promise 12: all is as at the backup, but what was erased or withdrawn since stays so, and its letters."""
        since = {text.key: text for text in self.texts}
        waiting = {(owed.to, owed.subject) for owed in self.owed}
        kept = {text.key for text in before.texts}
        for text in self.texts:
            if text.key not in kept:  # never stored, as far as this database knows
                text.status = "erased"
        before.now, before.closed, before.is_mail_well = self.now, self.closed, self.is_mail_well
        before.facts = self.facts | before.facts
        for owed in before.owed:
            owed.is_owed = owed.is_owed and (owed.to, owed.subject) in waiting
        for text in before.texts:
            before.replay(text, since[text.key])
        return before

    def replay(self, text: Text, later: Text) -> None:
        """Take back of a restored text what its author took back since the backup."""
        text.public_id = text.public_id or later.public_id
        if text.status == "erased":
            return
        if later.status == "erased":
            self.erase(text)
            return
        taken_back = (later.taken_back - text.taken_back) & {*text.consents, "publication"}
        if "publication" in taken_back and text.status != "withdrawn":
            self.withdraw(text)
        text.consents -= taken_back
        for subject in ("Votre texte est retiré", "Votre accord est changé"):
            self.owe(text, text.author, subject, "replay", is_owed=False)

    def withdraw(self, text: Text) -> None:
        self.act(text, "withdraw")
        text.taken_back |= {"publication"} | ({"reuse"} & text.consents)
        text.consents -= {"publication", "reuse"}
        text.shown, text.reads_until, text.is_hidden, text.is_contested = None, None, False, False

    def erase(self, text: Text) -> None:
        answered = {each.to for each in self.owed if each.text is text and each.subject == REPORT_ANSWERED}
        for notice in text.notices:
            if notice.email and (notice.closed_at is None or notice.email in answered):
                self.owe(None, notice.email, "Le texte que vous avez signalé n’est plus là", "erased")
            elif notice.email:
                self.forget({TOKEN.findall(notice.email)[0]})
        text.notices.clear()
        text.status, text.shown, text.is_contested = "erased", None, False
        text.moves += 1
        self.owed = [each for each in self.owed if each.text is not text]
        self.quoted = [each for each in self.quoted if each.text is not text]

    def erased_tokens(self) -> set[str]:
        gone = {token for token, fact in self.facts.items() if fact.is_gone or is_in(fact.text, "erased")}
        gone -= {token for email in self.asking for token in TOKEN.findall(email)}
        return (
            gone | self.forgotten | {token for text in self.texts if text.status == "erased" for token in text.tokens()}
        )

    # ── numbers ──

    def piles(self, viewer: Viewer) -> dict[str, int]:
        """Promise 15: how many texts each list of the desk has."""
        own = [each for each in self.texts if viewer.articles is None or each.article in viewer.articles]
        counted = {label: sum(self.listed(each) == status for each in own) for label, status in PILES.items()}
        counted["Contestations"] = sum(each.is_contested for each in own)
        return counted | {"Signalés": sum(bool(each.reports) for each in own)}

    @staticmethod
    def listed(text: Text) -> Status:
        """Return the list of the desk that a text is in: one alone, « À relire » before that of its status."""
        return "pending" if text.is_amended or text.is_contested or text.reports else text.status


def is_untold(text: Text, version: Version) -> bool:
    """Whether a correction is shown, and no letter has told it yet."""
    return text.shown is version and not version.is_told and not text.is_held(version)


def is_in(text: Text | None, *statuses: Status) -> bool:
    return text is not None and text.status in statuses


def outlet_of(path: str) -> str:
    """Return which consent the words on a reader's page need: `page`, `site` or `open`."""
    if path.startswith("/integration/"):
        return "site" if "cle=" in path else "open"
    return "open" if path.startswith(("/api/", "/oembed")) or "flux.atom" in path else "page"


def months_after(moment: datetime, number: int) -> datetime:
    years, month = divmod(moment.month - 1 + number, 12)
    day = min(moment.day, 28)
    return moment.replace(year=moment.year + years, month=month + 1, day=day) + timedelta(days=moment.day - day)
