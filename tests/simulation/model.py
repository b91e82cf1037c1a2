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


READER = Viewer("reader")


@dataclass(frozen=True)
class Letter:
    """A letter that arrived: its links, and the words of people in it."""

    to: str
    subject: str
    links: list[str]
    tokens: set[str]
    about: str | None
    body: str = ""


@dataclass(eq=False)
class Version:
    """One state of what would be read: its words by question, and the signature chosen."""

    words: dict[str, str]
    attribution: str
    is_approved: bool = True
    is_correction: bool = False

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
    aside: Version | None = None
    """The amended version that editors did not take."""
    is_confirmed: bool = False
    is_hidden: bool = False
    is_contested: bool = False
    acted_at: datetime | None = None
    rests_since: datetime | None = None
    reads_until: datetime | None = None
    reminded_at: datetime | None = None
    reminders: list[str] = field(default_factory=list)
    """The reminders that were owed since the last act."""
    due_at: datetime | None = None
    """When its author is asked to answer by."""
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

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    @property
    def is_amended(self) -> bool:
        return self.shown is not None and self.latest not in (self.shown, self.aside)

    @property
    def reports(self) -> list[Notice]:
        """Return the notices that wait for an answer."""
        return [each for each in self.notices if each.closed_at is None]

    def replies(self) -> set[str]:
        return {token for notice in self.notices if notice.is_accepted for token in notice.reply}

    def tokens(self) -> set[str]:
        return {token for version in self.versions for token in version.words.values()}


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


@dataclass
class Model:
    """What is promised at this moment of a world."""

    now: datetime
    texts: list[Text] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)
    editors: dict[str, Viewer] = field(default_factory=dict)
    periodic: dict[tuple[str, str], datetime] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    asking: set[str] = field(default_factory=set)
    """Addresses about which somebody has asked what is kept: noted until the clock has run."""
    articles: set[str] = field(default_factory=set)
    offline: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    """Addresses whose mail server refuses them for good."""
    is_mail_well: bool = True

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
        return {token for text in self.visible(outlet) if text.shown for token in text.shown.tokens() | text.replies()}

    def look(self, viewer: Viewer, path: str, body: bytes, kind: str) -> None:
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
        return text is None or (viewer.articles is None or text.article in viewer.articles)

    def blame(self, tokens: set[str], where: str, promise: int) -> None:
        told = ", ".join(f"{token} ({self.described(token)})" for token in sorted(tokens)[:4])
        raise Broken(promise, f"{where} montre {told}")

    def described(self, token: str) -> str:
        fact = self.facts.get(token)
        if fact is None:
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
        if act not in {"contest", "uphold", "hide", "unhide"} and (text.before.status, act) != ("unconfirmed", "amend"):
            text.reminded_at, text.reminders = None, []
        text.due_at = self.now + timedelta(days=14) if act in {"request_changes", "send_proof"} else None
        text.moves += 1
        text.last = (act, self.now)

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
        text.moves, text.public_id, text.last = moves + 1, public_id, None

    def show(self, text: Text) -> None:
        if text.before and text.before.status != "published":
            text.published_at, text.first_shown_at = self.now, text.first_shown_at or self.now
        text.shown, text.is_hidden = text.latest, False
        text.reads_until = text.reads_until or months_after(self.now, 36)

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
        told = re.search(r"(\d+)\snouveaux? retours?", letter.body)
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
        is_true: Callable[[], object] | None = None,
    ) -> None:
        self.owed.append(Owed(to, subject, text, self.now + after, is_true or (lambda: True), cause))

    def receive(self, letter: Letter) -> None:
        """Promise 16: a letter arrives once, not before its time, and only while it is true."""
        if strange := letter.tokens - self.told_by(letter):
            self.blame(strange, f"« {letter.subject} » à {letter.to}", 4)
        if letter.subject in PERIODIC:
            before = self.periodic.get((letter.to, letter.subject))
            if before and self.now - before < timedelta(hours=1):
                raise Broken(16, f"« {letter.subject} » est arrivée deux fois à {letter.to}")
            self.periodic[letter.to, letter.subject] = self.now
            return
        for owed in self.owed:
            is_its = owed.text is None or owed.text.public_id is None or letter.about in {None, owed.text.public_id}
            if owed.to == letter.to and owed.subject == letter.subject and is_its:
                break
        else:
            raise Broken(16, f"« {letter.subject} » est arrivée à {letter.to}, que rien n’annonçait (ou deux fois)")
        if self.now < owed.due:
            raise Broken(16, f"« {letter.subject} » est partie avant les dix minutes")
        if not owed.is_true():
            raise Broken(16, f"« {letter.subject} » est partie à {letter.to}, et n’est plus vraie")
        self.owed.remove(owed)
        self.arrived_for_readers(letter, owed.cause)
        if owed.text is not None and owed.cause == "remind":
            owed.text.reminded_at = self.now
        if letter.about and owed.text is not None:
            owed.text.public_id = letter.about

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
            end, notice = text.submitted_at + timedelta(days=30), 23 if text.status == "unconfirmed" else 0
        elif text.status in WAITING and text.acted_at:
            end, notice = months_after(text.acted_at, 12), 30
        elif text.status in AT_REST and text.rests_since:
            end, notice = months_after(text.rests_since, 6), 0
        elif text.status == "published" and text.reads_until:
            end, notice = text.reads_until, 30
        else:
            return None
        if notice and text.author not in self.closed:
            if text.reminded_at is None:
                return None
            end = max(end, text.reminded_at + timedelta(days=notice))
        return end, "expire" if text.status == "published" else "erase"

    def clock_ran(self) -> None:
        """Promise 14: what comes to an end is told before; a reminder is owed once for what it reminds of."""
        self.clock_ran_for_readers()
        for text in self.texts:
            if (subject := self.reminder_of(text)) and subject not in text.reminders:
                text.reminders.append(subject)
                self.owe(
                    text,
                    text.author,
                    subject,
                    "remind",
                    is_true=partial(self.is_its_reminder, text, subject),
                )
            if text.due_at and (subject := REMINDERS.get(text.status)) and subject not in text.reminders:
                left, status = text.due_at - self.now, text.status
                # « Deux jours avant », counted by days.
                if timedelta(days=-1) < left < timedelta(days=3):
                    text.reminders.append(subject)
                    self.owe(
                        text,
                        text.author,
                        subject,
                        "request",
                        is_true=partial(is_in, text, status),
                    )
                    self.owed[-1].is_owed = timedelta(hours=12) < left < timedelta(hours=36)

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
        if text.status in WAITING and text.is_confirmed and text.acted_at and near >= months_after(text.acted_at, 11):
            return REMINDERS["waiting"]
        if text.status == "published" and text.reads_until and near >= text.reads_until - timedelta(days=30):
            return REMINDERS["published"]
        return None

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

    def erased_tokens(self) -> set[str]:
        gone = {token for token, fact in self.facts.items() if fact.is_gone or is_in(fact.text, "erased")}
        gone -= {token for email in self.asking for token in TOKEN.findall(email)}
        return gone | {token for text in self.texts if text.status == "erased" for token in text.tokens()}

    # ── numbers ──

    def piles(self, viewer: Viewer) -> dict[str, int]:
        """Promise 15: how many texts each list of the desk has."""
        own = [each for each in self.texts if viewer.articles is None or each.article in viewer.articles]
        piles = {label: sum(self.listed(each) == status for each in own) for label, status in PILES.items()}
        return piles | {"Signalés": sum(bool(each.reports) for each in own)}

    @staticmethod
    def listed(text: Text) -> Status:
        """Return the list of the desk that a text is in: one alone, « À relire » before that of its status."""
        return "pending" if text.is_amended or text.is_contested or text.reports else text.status


def is_in(text: Text | None, status: Status) -> bool:
    return text is not None and text.status == status


def outlet_of(path: str) -> str:
    """Return which consent the words on a reader's page need: `page`, `site` or `open`."""
    if path.startswith("/integration/"):
        return "site" if "cle=" in path else "open"
    return "open" if path.startswith(("/api/", "/oembed")) or "flux.atom" in path else "page"


def months_after(moment: datetime, number: int) -> datetime:
    years, month = divmod(moment.month - 1 + number, 12)
    day = min(moment.day, 28)
    return moment.replace(year=moment.year + years, month=month + 1, day=day) + timedelta(days=moment.day - day)
