"""Model: what the product promises, and nothing of how it keeps it. It imports nothing of the product.

People's acts and the answers they got come in; what must be true follows: which words may stand where, which letters
somebody must have had, what must be gone, which numbers are shown. A thing that is otherwise is `Broken`, with the
number of its promise in `content/promises.toml`.
"""

import copy
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.things import (
    TOKEN,
    Alert,
    Fact,
    Letter,
    Notice,
    Owed,
    Question,
    Quoted,
    Text,
    Version,
    is_in,
    tokens_in,
)

PARIS = ZoneInfo("Europe/Paris")
NOW, UNDO = timedelta(), timedelta(minutes=10)
A_ROUND = timedelta(minutes=2)  # how much later than the ten minutes a decision's letter may leave
A_DAY, A_WEEK, A_MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)

# What leads where (product.md, « A testimonial's life »).
STEPS = {
    "unconfirmed": {"confirm": "pending", "amend": "unconfirmed", "decline": "declined"},
    "pending": {
        **dict.fromkeys(["amend", "contest", "uphold", "restore"], "pending"),
        "request_changes": "changes_requested",
        "send_proof": "proof_sent",
        "publish": "published",
        "keep_internal": "internal",
        "decline": "declined",
    },
    "changes_requested": {"amend": "pending", "cancel_request": "pending"},
    "proof_sent": {"amend": "pending", "recall_proof": "pending", "sign_proof": "published", "sign_account": "pending"},
    "published": {
        **dict.fromkeys(["amend", "publish", "set_aside", "renew", "hide", "unhide"], "published"),
        **dict.fromkeys(["contest", "uphold", "restore"], "published"),
        "unpublish": "unpublished",
        "expire": "unpublished",
    },
    "internal": {"reopen": "pending", "consent_again": "pending"},
    "declined": {"reopen": "pending", "contest": "declined", "uphold": "declined"},
    "unpublished": {"reopen": "pending", "contest": "unpublished", "uphold": "unpublished"},
    "withdrawn": {"call_back": "published", "consent_again": "pending"},
}
for left, steps in STEPS.items():
    if left != "withdrawn":
        steps["withdraw"] = "withdrawn"
WAITING = {"pending", "changes_requested", "proof_sent"}
AT_REST = {"internal", "declined", "unpublished", "withdrawn"}

# What an editor decides on a text is told to its author, most of it once it can no longer be taken back; so are acts.
DECISIONS = {
    *("publish", "keep_internal", "decline", "unpublish", "set_aside"),
    *("request_changes", "cancel_request", "send_proof", "recall_proof"),
}
# What else may have happened to a text since a decision that is undone.
NOT_UNDONE = {
    *("consents", "taken_back", "moves", "public_id", "written_at", "is_asked", "quoted_by", "notices", "was_read")
}
REVERSIBLE = {*DECISIONS, "uphold"} - {"cancel_request", "recall_proof"}
TOLD = {"confirm", "sign_account", "amend", "sign_proof", "withdraw", "call_back", "hide", "unhide", "expire"}
SAME_LETTER = {"sign_account": "confirm", "sign_proof": "publish", "call_back": "unhide"}
ALWAYS_TRUE = {"confirm", "sign_account", "amend", "hide", "call_back"}
TELLING = {"edited", *DECISIONS} - {"set_aside"}  # letters that say what was corrected
# Letters to an address that nobody has shown to be theirs, or of a text that is gone: no word that was typed.
WORDLESS = {"report", "report ended", "ask", "question declined", "follow", "address"}


class Broken(AssertionError):
    """A promise that was not kept: its number, and what was seen."""

    def __init__(self, promise: int, seen: str) -> None:
        super().__init__(f"promesse {promise} : {seen}")


@dataclass
class Model:
    """What is promised at this moment of a world."""

    now: datetime
    texts: list[Text] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)
    editors: dict[str, tuple[str, ...] | None] = field(default_factory=dict)  # the articles of each, None for all
    admins: set[str] = field(default_factory=set)
    digests: dict[str, datetime] = field(default_factory=dict)
    has_others: bool = False  # whether there are texts that nobody in this world wrote, which numbers count too
    alerts: list[Alert] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    asking: set[str] = field(default_factory=set)  # whose data were asked for: noted until the clock has run
    articles: set[str] = field(default_factory=lambda: {"crpv"})
    offline: set[str] = field(default_factory=set)
    months: dict[str, int] = field(default_factory=lambda: {"published": 36, "rest": 6, "waiting": 12, "update": 12})
    quoted: list[Quoted] = field(default_factory=list)
    syntheses: set[str] = field(default_factory=set)  # the articles whose synthesis is read
    recueils: list[int] = field(default_factory=list)
    site: tuple[str, str] | None = None  # a registered site: the page of it, and its key
    invited: dict[str, datetime] = field(default_factory=dict)
    reminded: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    drafts: dict[str, str] = field(default_factory=dict)  # the word of a draft, by address
    closed: set[str] = field(default_factory=set)  # addresses whose mail server refuses them for good
    is_mail_well: bool = True
    reached: Counter[str] = field(default_factory=Counter)

    # ── what may be read, and where ──

    def is_visible(self, text: Text) -> bool:
        """Promise 1: published, agreed to, approved, not hidden, and its article online."""
        is_read = text.status == "published" and text.shown is not None and text.shown.is_approved
        is_up = not text.is_hidden and text.article not in self.offline
        in_time = text.reads_until is None or self.now < text.reads_until
        return is_read and is_up and in_time and "publication" in text.consents

    def visible(self, outlet: str, article: str | None = None) -> list[Text]:
        """Promises 1 and 4: the texts whose words an outlet may show; an open one asks for the consent to reuse."""
        here = [text for text in self.texts if self.is_visible(text) and article in {None, text.article}]
        return [text for text in here if outlet != "open" or "reuse" in text.consents]

    def titles(self, outlet: str, article: str | None = None) -> set[str]:
        return {text.shown.title for text in self.visible(outlet, article) if text.shown}

    def readable(self, outlet: str) -> set[str]:
        words = {token for text in self.visible(outlet) if text.shown for token in text.shown.tokens() | text.replies()}
        return words | {each.statement for each in self.quoted if each.statement and self.stands(each, outlet)}

    def look(self, email: str, outlet: str, where: str, tokens: set[str]) -> None:
        """Promises 1, 4, 6 and 12: nobody reads what is not theirs to read; who has no address is a reader."""
        allowed = {each for each in tokens if self.may_read(email, each)} if email else self.readable(outlet)
        if strange := tokens - allowed:
            self.blame(strange, where, 4 if outlet == "open" else 1)

    def may_read(self, email: str, token: str) -> bool:
        fact = self.facts.get(token)
        if fact is None or fact.is_gone or is_in(fact.text, "erased"):
            return False
        if email in fact.readers or token in self.readable("page"):
            return True
        return email in self.editors and fact.is_desk and (fact.text is None or self.may_edit(email, fact.text.article))

    def may_edit(self, email: str, article: str) -> bool:
        articles = self.editors[email]
        return articles is None or article in articles

    def blame(self, tokens: set[str], where: str, promise: int) -> None:
        told = ", ".join(f"{token} ({self.described(token)})" for token in sorted(tokens)[:4])
        raise Broken(promise, f"{where} montre {told}")

    def described(self, token: str) -> str:
        fact = self.facts.get(token, Fact("mot inconnu"))
        return f"{fact.what}, {fact.text.author}, {fact.text.status}, {fact.text.consents}" if fact.text else fact.what

    # ── acts on texts ──

    def add(self, text: Text) -> None:
        self.texts.append(text)
        self.know(text, *text.versions)
        self.facts[TOKEN.findall(text.author)[0]] = Fact("adresse", text, {text.author})

    def know(self, text: Text, *versions: Version) -> None:
        """Note who may read the words of versions that are about to be sent."""
        for name, token in [pair for version in versions for pair in version.words.items()]:
            self.facts.setdefault(token, Fact(name, text, {text.author}))

    def act(self, text: Text, act: str, by: str = "", tells: str = "") -> None:
        """Promise 2: an act that was taken follows an arrow of the table; what it changes follows, and its letter."""
        if act not in STEPS.get(text.status, {}):
            raise Broken(2, f"« {act} » a été accepté d’un texte {text.status}")
        self.reached[f"arrow {text.status} {act}"] += 1
        self.owed = [each for each in self.owed if each.text is not text or each.is_true()]  # an older act stays
        was, is_response = copy.copy(text), act in self.answers(text)
        was.versions, was.consents = [*text.versions], {*text.consents}
        text.before, text.status = was, STEPS[text.status][act]
        text.note(act, self.now)
        if text.status != was.status and text.status in AT_REST:
            text.rests_since = self.now
        self.follow_objection(text, act)
        stays = text.status == was.status and text.status in {"published", "unconfirmed"}
        if act == "renew" or not (stays or act in {"contest", "uphold"}):
            text.start_reminders_anew()
        text.due_at = self.now + timedelta(days=14) if act in {"request_changes", "send_proof"} else None
        self.follow_publication(text, act)
        if act in {"decline", "unpublish"}:
            text.decided_by = by
        self.tell_author(text, act, "answered" if is_response else tells)

    def follow_publication(self, text: Text, act: str) -> None:
        if text.status != "published":
            text.shown, text.reads_until, text.is_hidden = None, None, False
        elif act in {"publish", "sign_proof"}:
            self.show(text)
        elif act == "set_aside" and text.shown:
            text.aside += tuple(text.versions[text.versions.index(text.shown) + 1 :])
        elif act in {"hide", "unhide"}:
            text.is_hidden = act == "hide"
        elif act == "renew":
            text.reads_until = months_after(text.reads_until or self.now, self.months["published"])

    def tell_author(self, text: Text, act: str, tells: str) -> None:
        """Promise 16: a decision is told after ten minutes, as long as it holds."""
        after = UNDO if act in REVERSIBLE else NOW
        is_told = act in TOLD or (act in DECISIONS and text.is_confirmed)
        if tells == "answered":
            self.owe(tells, text, act, after=after, is_in=STEPS.keys() - {"withdrawn"})
        if tells == "edited":
            self.owe(tells, text, act, after=after, is_true=text.is_untold)
        elif act == "set_aside":
            self.owe(act, text, act, after=after, is_true=partial(text.is_shown_for, text.own()))
        elif is_told:
            holds = [] if act in ALWAYS_TRUE else [text.status]
            self.owe(SAME_LETTER.get(act, act), text, act, after=after, is_in=holds)

    def touch(self, text: Text) -> None:
        """Count what is kept from now: somebody did something for it, though it moved nowhere."""
        text.moves += 1
        if text.status in WAITING:
            text.acted_at = self.now
            text.start_reminders_anew()

    def undo(self, text: Text) -> None:
        """A decision taken back, or a withdrawal called back: all is as it was before, and its letter never leaves."""
        assert text.before is not None
        assert text.last is not None
        act, at = text.last
        if self.now - at > UNDO:
            raise Broken(16, f"« {act} » a été annulé après dix minutes")
        self.owed = [each for each in self.owed if not (each.text is text and each.cause == act and each.made >= at)]
        for owed in [each for each in self.owed if each.text is text]:
            owed.by = self.now + UNDO + A_ROUND  # what is true again has waited
        for notice in text.notices:
            if notice.closed_at and notice.closed_at >= at:
                notice.closed_at = None
                self.end(notice.words, None)
        since = {name: vars(text)[name] for name in NOT_UNDONE}
        if act == "withdraw":
            since |= {"consents": since["consents"] | text.before.consents}
        vars(text).update(vars(text.before) | since, last=None)
        self.touch(text)
        self.note_losses(text)
        if act == "withdraw":
            self.reached["arrow withdrawn call_back"] += 1
            self.owe("unhide", text, "call_back")

    def show(self, text: Text) -> None:
        if text.before and text.before.status != "published":
            text.published_at, text.first_shown_at = self.now, text.first_shown_at or self.now
        text.shown, text.is_hidden, text.was_read = text.latest, False, True
        text.reads_until = text.reads_until or months_after(self.now, self.months["published"])
        self.note_losses(text)

    def withdraw(self, text: Text) -> None:
        self.act(text, "withdraw")
        self.take_back(text, {"publication"} | ({"reuse"} & text.consents))

    def take_back(self, text: Text, purposes: set[str]) -> None:
        text.taken_back = text.taken_back | dict.fromkeys(purposes, self.now)
        text.consents -= purposes

    def erase(self, text: Text) -> None:
        self.reached[f"arrow {text.status} erase"] += 1
        answered = {each.to for each in self.owed if each.text is text and each.kind == "report answered"}
        for notice in text.notices:
            if notice.email and (notice.closed_at is None or notice.email in answered):
                self.owe("report ended", None, "erased", to=notice.email)
            elif notice.email:
                self.forget(tokens_in(notice.email))
        text.notices.clear()
        text.status = "erased"
        text.is_contested = text.is_hidden = False
        text.shown = text.last = text.due_at = None
        text.moves += 1
        self.owed = [each for each in self.owed if each.text is not text]
        self.quoted = [each for each in self.quoted if each.text is not text]

    # ── objections ──

    def follow_objection(self, text: Text, act: str) -> None:
        """Promise 11: an answer takes the mark away, or the author's signature or withdrawal, and nothing else."""
        was = text.before
        assert was is not None
        is_response = act in {"uphold", "reopen"} and text.is_decision_contested
        if text.status != "published":
            text.aside = ()
        quoted_no_more = was.status == "published" != text.status and text.contested is None
        if is_response or quoted_no_more or act == "withdraw":
            text.is_contested = False
        elif act in {"uphold", "restore", "sign_proof"}:
            kept = (text.latest, text.contested, text.masked) if act == "uphold" and text.contested else ()
            text.upheld += tuple(each for each in kept if each)
            text.is_contested, text.contested, text.masked = False, None, None
        if text.status != was.status or is_response:
            text.decided_by, text.is_decision_contested = "", False
        if text.status in {"pending", "published"} and text.contested is not None:
            text.is_contested = True
        if act == "restore":
            own = text.own()
            if (text.latest.words, text.latest.attribution) != (own.words, own.attribution):
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
        text.is_contested, text.is_decision_contested = True, corrected is None
        if corrected is None:
            return
        own = text.own()
        text.contested, text.masked = corrected, corrected if corrected.is_mask else None
        if text.status == "published" and not corrected.is_mask:
            keeps = corrected.words != own.words
            words = dict(corrected.words)
            text.versions.append(Version(words, own.attribution, is_correction=keeps, is_mask=keeps))
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
            contested = {*text.quoted_by}
        else:
            last = text.versions.index(text.contested) + 1
            contested = {each.editor for each in text.versions[text.versions.index(text.own(last)) : last]}
        here = {email for email in self.editors if self.may_edit(email, text.article)}
        return here - contested or here

    # ── quotations ──

    def note_losses(self, text: Text) -> None:
        for each in self.quoted:
            if each.text is text and text.shown and not each.is_in(text.shown):
                each.is_lost = True

    def stands(self, quoted: Quoted, outlet: str) -> bool:
        """Promise 13: words are quoted while they are read, in the version shown."""
        text = quoted.text
        is_up = not quoted.statement or text.article in self.syntheses
        return is_up and text.shown is not None and quoted.is_in(text.shown) and text in self.visible(outlet)

    def told(self, text: Text, letter: Letter) -> None:
        """Promises 3 and 13: a letter tells what was corrected, and what is quoted, once."""
        used = text.used
        is_due = letter.kind in TELLING and used is not None and used.is_correction and not used.is_told
        if letter.tells_correction is not is_due:
            raise Broken(3, f"« {letter.kind} » {'ne dit pas' if is_due else 'dit sans raison'} ce qui est corrigé")
        if is_due and used is not None:
            for version in text.versions[: text.versions.index(used) + 1]:
                version.is_told = True
        here = [each for each in self.quoted if each.text is text and text.status == "published" and not text.is_hidden]
        due = [each for each in here if not each.is_lost and not each.is_told and self.stands(each, "told")]
        is_told = letter.tells_quotation
        if (due and not is_told) or (is_told and not due and not any(each.is_lost for each in here)):
            raise Broken(13, f"« {letter.kind} » à {letter.to} {'ne dit pas' if due else 'dit encore'} ce qui est cité")
        for each in due:
            each.is_told = True

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
        return not (fact.is_gone or (fact.ends and fact.ends <= self.now) or is_in(fact.text, "erased"))

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
        self.invited.pop(email, None)
        self.forget(tokens_in(email, self.drafts.pop(email, "")))

    def close(self, text: Text, notice: Notice, cause: str, at: datetime, after: timedelta = NOW) -> None:
        """A notice has its answer; its words go six months later, those of an accepted reply with the text."""
        notice.closed_at = at
        kept = notice.reply if notice.is_accepted else set()
        self.end(notice.words - kept, months_after(at, 6) + A_DAY)
        if notice.email:
            self.owe("report answered", text, cause, to=notice.email, after=at + after - self.now)

    def settle(self) -> None:
        """A notice has its answer once the words that it is about are read no more, whatever ended them."""
        for text in self.texts:
            for notice in text.reports:
                if text.status != "published" or not notice.version.reads_as(text.shown):
                    act, at = text.last or ("undone", self.now)
                    self.close(text, notice, act, at, UNDO if act in REVERSIBLE | {"withdraw"} else NOW)

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
        quoted = {each.shown.title for each in news if each.shown and "reuse" in each.consents}
        if letter.number != len(news) or (len(quoted) <= 5 and not quoted <= letter.tokens):
            raise Broken(15, f"la lettre à {alert.email} dit {letter.number} textes pour {len(news)}, dont {quoted}")
        alert.told_at = self.now - UNDO

    # ── letters ──

    def owe(
        self, kind: str, text: Text | None, cause: str, to: str = "", after: timedelta = NOW, **while_: Any
    ) -> Owed:
        """Owe a letter, to an author unless to somebody else; while its text `is_in` a status, or a thing `is_true`."""
        is_true = while_.get("is_true") or partial(is_in, text, *while_.get("is_in", ()))
        owed = Owed(to or (text.author if text else ""), kind, text, self.now + after, is_true, cause, self.now)
        if "@" in owed.to:  # who has a code alone is not written to
            self.owed.append(owed)
        return owed

    def drop(self, text: Text, cause: str) -> None:
        """Promise 4: what rests on a consent never leaves once that is withdrawn."""
        self.owed = [each for each in self.owed if not (each.text is text and each.cause == cause)]

    def receive(self, letter: Letter) -> None:
        """Promise 16: a letter arrives once, not before its time, and only while it is true."""
        if strange := {*letter.tokens} - self.told_by(letter):
            self.blame(strange, f"« {letter.kind} » à {letter.to}", 4)
        if letter.kind == "digest":
            before = self.digests.get(letter.to)
            if before and self.is_mail_well and self.now - before < timedelta(hours=1):
                raise Broken(16, f"« {letter.kind} » est arrivée deux fois à {letter.to}")
            self.digests[letter.to] = self.now
            return
        owed = self.announced(letter)
        for alert in [each for each in self.alerts if letter.kind == "news" and each.email == letter.to]:
            self.read_news(alert, letter)
        if owed.cause == "erased":
            self.forget(tokens_in(letter.to))
        if owed.text and owed.cause == "remind":
            owed.text.left_at = self.now
        if owed.text and letter.to == owed.text.author:
            owed.text.public_id = letter.about or owed.text.public_id
            self.told(owed.text, letter)

    def announced(self, letter: Letter) -> Owed:
        fits = [each for each in self.owed if each.announces(letter)]
        owed = min(fits, key=lambda each: (not each.is_owed, not each.is_true()), default=None)
        if owed is None:
            raise Broken(16, f"« {letter.kind} » est arrivée à {letter.to}, que rien n’annonçait (ou deux fois)")
        if self.now < owed.due:
            raise Broken(16, f"« {letter.kind} » est partie avant les dix minutes")
        if not owed.is_true():
            raise Broken(16, f"« {letter.kind} » est partie à {letter.to}, et n’est plus vraie")
        self.owed.remove(owed)
        return owed

    def told_by(self, letter: Letter) -> set[str]:
        """Return the words that a letter may hold: what its reader may read, what all may read elsewhere, or none."""
        if letter.kind == "news":
            return self.readable("open")
        return {each for each in letter.tokens if letter.kind not in WORDLESS and self.may_read(letter.to, each)}

    def round_done(self) -> None:
        """Promise 16: after a round of the deliverer, what was due and true has left."""
        for owed in [each for each in self.owed if each.due <= self.now]:
            owed.was_tried = True
            settled = owed.text is None or owed.text.last is None or self.now - owed.text.last[1] > UNDO + A_ROUND
            if not owed.is_true():
                if settled and (owed.is_owed or owed.cause != "request"):
                    self.owed.remove(owed)
            elif not self.is_mail_well:
                owed.by = self.now + timedelta(days=2)
            elif settled and owed.is_owed and owed.to not in self.closed and self.now > (owed.by or owed.due + A_ROUND):
                told = f"« {owed.kind} » n’est jamais partie à {owed.to} (due le {owed.due:%d/%m/%Y %H:%M})"
                raise Broken(16, told)

    # ── time ──

    def term(self, text: Text) -> tuple[datetime, datetime, int, str] | None:
        """Promise 14: when a text ends; from when its author is told so, how many days before, and by which letter."""
        sent = text.submitted_at
        if text.status == "published" and text.reads_until:
            return text.reads_until, text.reads_until - A_MONTH, 30, "published"
        if text.unsigned() or text.status == "unconfirmed":
            return sent + A_MONTH, sent + A_WEEK, 23, "told" if text.typists else "unconfirmed"
        if text.status in WAITING and text.acted_at and not text.is_contested:
            end, first = (months_after(text.acted_at, self.months["waiting"] - less) for less in (0, 1))
            return end, first, 30, "waiting"
        if text.status in AT_REST and text.rests_since and not text.is_contested:
            end = months_after(text.rests_since, self.months["rest"]) if text.is_confirmed else sent + A_MONTH
            return end, end, 0, ""
        return None

    def end_of(self, text: Text) -> datetime | None:
        """Promise 14: when a text ends; never before its reminder has left and its days have passed."""
        if (term := self.term(text)) is None:
            return None
        end, _, notice, _ = term
        if not notice or "@" not in text.author:
            return end
        is_told = text.reminded_at is not None and text.is_reminded
        return max(end, text.reminded_at + timedelta(days=notice)) if is_told and text.reminded_at else None

    def clock_ran(self) -> None:
        """Promise 14: what comes to an end is told before; a reminder is owed once for what it reminds of."""
        for text in self.texts:
            if text.is_hidden and text.hidden_until and text.hidden_until <= self.now:
                self.act(text, "unhide")
        self.forget({token for token, fact in self.facts.items() if fact.ends and fact.ends <= self.now})
        self.asking.clear()
        self.tell_followers()
        self.give_up_reminders()
        for email, at in self.invited.items():
            if at <= self.now - 3 * A_WEEK and self.still(email) and email not in self.refused | self.reminded:
                self.reminded.add(email)
                self.owe("remind invited", None, "remind", to=email, is_true=partial(self.is_invited, email))
        for text in self.texts:
            self.remind(text)
            self.ask_sequel(text)

    def tell_followers(self) -> None:
        self.alerts = [each for each in self.alerts if not self.facts[TOKEN.findall(each.email)[0]].is_gone]
        told = {each.to for each in self.owed if each.kind == "news"}
        for alert in self.alerts:
            if alert.told_at and alert.told_at <= self.now - A_WEEK and alert.email not in told and self.news(alert):
                self.owe("news", None, "news", to=alert.email, is_true=partial(self.news, alert))

    def give_up_reminders(self) -> None:
        """Promise 14: where a reminder cannot leave, the team knows."""
        refused = [each for each in self.owed if each.cause == "remind" and each.to in self.closed and each.was_tried]
        for owed in refused:
            self.owed.remove(owed)
            if owed.text:
                self.count_reminder(owed.text, self.now)
            for email in self.admins:
                self.owe("reminder lost", owed.text, "lost", email).is_owed = False

    def ask_sequel(self, text: Text) -> None:
        """Owe the question of what became of a project, once, to who agreed to be written to."""
        if not text.is_asked and self.is_time_to_ask(text) and self.is_unsaid(text, own := text.own()):
            text.is_asked = True
            self.owe("ask sequel", text, "contact", is_true=partial(self.is_unsaid, text, own))

    def is_time_to_ask(self, text: Text) -> bool:
        is_plan = text.situation == "planned" and text.status == "published" and "sequel" not in text.latest.words
        since = text.published_at and months_after(text.published_at, self.months["update"])
        return is_plan and since is not None and self.now >= since

    @staticmethod
    def is_unsaid(text: Text, own: Version) -> bool:
        return text.status == "published" and not text.is_hidden and "contact" in text.consents and text.own() is own

    def is_invited(self, email: str) -> bool:
        return email not in self.refused

    def remind(self, text: Text) -> None:
        """Owe what an author is told before an end, or before the day that was asked; what is contested is held."""
        is_held = text.status == "published" and text.masked and not text.is_reminded
        if is_held and text.reads_until and text.reads_until <= self.now + A_DAY:
            text.reads_until = self.now + A_MONTH
        if "@" in text.author and (due := self.reminder_of(text)) and due not in text.reminders:
            text.reminders += (due,)
            self.count_reminder(text)
            # Who refuses to be written to is asked in the reminder of the end, or never.
            text.is_asked = text.is_asked or ("contact" not in text.consents and self.is_time_to_ask(text))
            self.owe(due, text, "remind", is_true=partial(self.is_its_reminder, text, due))
        if text.due_at and (kind := f"remind {text.status}") not in text.reminders:
            left = text.due_at - self.now
            if -A_DAY < left < 3 * A_DAY:  # « deux jours avant », counted by days
                text.reminders += (kind,)
                owed = self.owe(kind, text, "request", is_in=[text.status])
                owed.is_owed = A_DAY / 2 < left < A_DAY * 1.5

    def count_reminder(self, text: Text, at: datetime | None = None) -> None:
        """Count the days of a reminder from now, or since it left: a published text is read until they have passed."""
        text.is_reminded, text.reminded_at, text.left_at = text.is_reminded or at is not None, at or self.now, None
        if text.status == "published" and text.reads_until:
            text.reads_until = max(text.reads_until, text.reminded_at + A_MONTH)

    def is_its_reminder(self, text: Text, kind: str) -> bool:
        return self.reminder_of(text) == kind

    def reminder_of(self, text: Text) -> str | None:
        """Return the letter that a text's author must have had by now; what is contested is not renewed meanwhile."""
        term = self.term(text)
        if term is None or self.now < term[1] or not term[3] or (term[3] == "published" and text.masked):
            return None
        return f"remind {term[3]}"

    # ── backups ──

    def restored(self, before: "Model") -> "Model":
        """Promise 12: all is as at the backup, but what was erased or withdrawn since stays so, and its letters."""
        since = {text.author: text for text in self.texts}
        waiting = {(owed.to, owed.kind) for owed in self.owed}
        for text in self.texts:
            if text.author not in {each.author for each in before.texts}:  # never stored, as far as this database knows
                text.status = "erased"
        before.now, before.closed, before.is_mail_well = self.now, self.closed, self.is_mail_well
        for token, fact in self.facts.items():
            if token not in before.facts:
                fact.is_gone = True  # lost with the database
            elif fact.is_gone and not before.facts[token].is_gone:
                before.facts[token].ends = self.now
        before.facts, before.reached = self.facts | before.facts, self.reached
        before.refused |= self.refused
        for owed in before.owed:
            owed.is_owed = owed.is_owed and (owed.to, owed.kind) in waiting
        for text in before.texts:
            before.replay(text, since[text.author])
        return before

    def replay(self, text: Text, later: Text) -> None:
        """Take back of a restored text what its author took back since the backup."""
        text.public_id = text.public_id or later.public_id
        if text.status == "erased":
            return
        if later.status == "erased":
            self.erase(text)
            return
        if text.unsigned():  # nothing was agreed to yet: silence erases it
            return
        since = {purpose for purpose, at in later.taken_back.items() if text.taken_back.get(purpose) != at}
        taken_back = since & {*text.consents, "publication"}
        if "publication" in taken_back and text.status != "withdrawn":
            self.withdraw(text)
            text.last = ("replay", self.now)  # by nobody: it is not called back
        if text.consents & taken_back:
            text.consents -= taken_back
            self.touch(text)
        self.owed = [each for each in self.owed if not (each.text is text and each.cause == "withdraw")]
        for kind in ("withdraw", *["consent"] * len(taken_back)):
            self.owe(kind, text, "replay").is_owed = False

    def erased_tokens(self) -> set[str]:
        """Return the words that must be nowhere any more."""
        gone = {token for token, fact in self.facts.items() if fact.is_gone or is_in(fact.text, "erased")}
        gone |= {token for text in self.texts if text.status == "erased" for token in text.tokens()}
        return gone - tokens_in(*self.asking)


def months_after(moment: datetime, number: int) -> datetime:
    """Return the same hour in Paris, some months later."""
    local = moment.astimezone(PARIS)
    years, month = divmod(local.month - 1 + number, 12)
    day = min(local.day, 28)
    later = local.replace(year=local.year + years, month=month + 1, day=day) + timedelta(days=local.day - day)
    return later.astimezone(UTC)  # days are counted from there in hours
