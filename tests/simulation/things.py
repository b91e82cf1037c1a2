"""Things: what people in a life make: texts and their versions, letters, reports, questions, alerts."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

TOKEN = re.compile(r"zo(?:[bdfgklmnprtv][aiou]){4}x")  # a word met nowhere else: who holds it holds what was typed
# What each signature shows of its author.
SIGNED = {"full": {"author_name", "author_role", "clsm"}, "role": {"author_role", "clsm"}, "clsm": {"clsm"}}


@dataclass(frozen=True)
class Letter:
    """A letter that arrived: its links, the words of people in it, and what it tells."""

    to: str
    kind: str  # what it is about; a subject that somebody typed
    links: list[str] = field(default_factory=list)
    tokens: frozenset[str] = frozenset()
    about: str | None = None
    tells_correction: bool = False
    tells_quotation: bool = False
    number: int | None = None  # how many new texts it says there are


# What of a version no reader sees.
STORED = dict.fromkeys(["is_approved", "is_correction", "is_mask", "editor", "is_told"])


@dataclass(eq=False)
class Version:
    """One state of what would be read: its words by question, and the signature chosen."""

    words: dict[str, str]
    attribution: str
    is_approved: bool = True
    is_correction: bool = False  # approved under the consent given: it corrects or masks what its author said
    is_mask: bool = False  # it is its author's words but for masks, to the letter
    is_spelt: bool = False  # an editor has corrected its spelling
    editor: str = ""
    is_told: bool = False  # whether a letter has told its author of this correction

    def reads_as(self, other: "Version | None") -> bool:
        return other is not None and vars(self) | STORED == vars(other) | STORED

    @property
    def title(self) -> str:
        return self.words["title"]

    def tokens(self) -> set[str]:
        """Return what of it readers may see."""
        unsigned = SIGNED["full"] - SIGNED.get(self.attribution, set())
        return {token for name, token in self.words.items() if name not in unsigned}


@dataclass(eq=False)
class Notice:
    """A reader's report of a text as it was shown; in a right of reply, the words to be read with the text."""

    version: Version
    email: str  # whom to answer; empty where nobody said
    words: set[str]
    reply: set[str]
    closed_at: datetime | None = None
    is_accepted: bool = False


@dataclass(eq=False)
class Text:
    """A testimonial, as its author and the team know it."""

    author: str  # their address, or the word of who has none: each writes once
    article: str
    versions: list[Version]
    consents: set[str]
    submitted_at: datetime
    situation: str = ""
    public_id: str | None = None
    status: str = "unconfirmed"
    shown: Version | None = None
    aside: tuple[Version, ...] = ()  # amended versions that editors did not take, while the text stays published
    is_confirmed: bool = False
    is_hidden: bool = False
    hidden_until: datetime | None = None
    is_contested: bool = False
    contested: Version | None = None  # the correction objected to; it is not published before an answer
    masked: Version | None = None  # of it, the version whose masks alone an answer may keep
    decided_by: str = ""  # who refused or removed it; empty once that is upheld, and its author has had reasons
    is_decision_contested: bool = False
    upheld: tuple[Version, ...] = ()
    quoted_by: frozenset[str] = frozenset()
    written_at: datetime | None = None  # when the team last wrote to its author
    acted_at: datetime | None = None
    waiting_since: datetime | None = None  # the last act that moved it
    rests_since: datetime | None = None
    reads_until: datetime | None = None
    reminded_at: datetime | None = None
    is_reminded: bool = False  # whether the reminder has left, or was given up
    left_at: datetime | None = None  # when it left, until the scheduled job counts from then
    reminders: tuple[str, ...] = ()  # the reminders that were owed since the last act
    due_at: datetime | None = None  # when its author is asked to answer by
    taken_back: dict[str, datetime] = field(default_factory=dict)  # the consents withdrawn, and when last
    moves: int = 0
    last: tuple[str, datetime] | None = None
    published_at: datetime | None = None
    is_asked: bool = False  # whether its author was asked what became of their project
    first_shown_at: datetime | None = None  # published for the first time; what was undone is no publication
    was_read: bool = False  # be it for minutes
    notices: list[Notice] = field(default_factory=list)
    typists: set[str] = field(default_factory=set)  # addresses of the editors who typed what was told by voice
    before: "Text | None" = None  # what it was before the last act, which may be undone

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    @property
    def is_amended(self) -> bool:
        return self.shown is not None and self.latest not in (self.shown, *self.aside)

    def own(self, until: int | None = None) -> Version:
        """Return its author's last words, sent or signed, of the first versions."""
        own = [each for each in self.versions[:until] if each.is_approved and not each.is_correction]
        return next(each for each in reversed(own) if each not in self.aside)

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

    def is_untold(self) -> bool:
        """Whether a correction is shown that no letter has told yet; of one that is contested, its masks."""
        shown = self.shown
        is_shown = shown is not None and (shown is self.masked or not self.is_held(shown))
        return is_shown and shown is not None and shown.is_correction and not shown.is_told

    def is_shown_for(self, own: Version) -> bool:
        return self.status == "published" and self.own() is own

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

    @property
    def listed(self) -> str:
        """Promise 15: the list of the desk that it is in, one alone; to read comes before its status."""
        return "pending" if self.is_amended or self.is_contested or self.reports else self.status

    def note(self, act: str, now: datetime) -> None:
        """Count an act: what is undone later restores all but the number of moves."""
        self.acted_at = self.waiting_since = now
        self.last = (act, now)
        self.moves += 1
        self.is_confirmed = self.is_confirmed or act in {"confirm", "sign_account", "consent_again"}

    def start_reminders_anew(self) -> None:
        self.reminded_at = self.left_at = None
        self.is_reminded, self.reminders = False, ()


@dataclass(eq=False)
class Alert:
    """An address that follows the texts of an article, or of one situation."""

    email: str
    article: str
    situation: str
    told_at: datetime | None = None  # up to when it knows what was published; None until it is confirmed


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
    report: set[str] = field(default_factory=set)  # what its author says of it to the team, until that is settled


@dataclass
class Owed:
    """A letter that somebody must get, from when on, as long as it is true."""

    to: str
    kind: str
    text: Text | None
    due: datetime
    is_true: Callable[[], object]
    cause: str
    made: datetime
    is_owed: bool = True  # False: it may come, and need not
    was_tried: bool = False  # whether a round of the deliverer has been since it was due
    by: datetime | None = None  # until when it may be late, where a mail server failed

    def announces(self, letter: Letter) -> bool:
        is_its = self.text is None or self.text.public_id is None or letter.about in {None, self.text.public_id}
        return is_its and (self.to, self.kind) == (letter.to, letter.kind)


@dataclass
class Fact:
    """A token: what it is, and in which text it stands."""

    what: str
    text: Text | None = None
    readers: set[str] = field(default_factory=set)  # addresses of those who may read it, with the desk where `is_desk`
    is_desk: bool = True
    ends: datetime | None = None  # the clock that runs from then on takes it away
    is_gone: bool = False


@dataclass(eq=False)
class Quoted:
    """Sentences of a text that editors quote: in a margin, or under a statement of the synthesis, by its token."""

    text: Text
    tokens: frozenset[str]
    statement: str = ""
    is_told: bool = False  # whether a letter has told its author
    is_lost: bool = False  # they left the version shown: come back, they may be quoted again or not, and be told again

    def is_in(self, version: Version) -> bool:
        return self.tokens <= set(version.words.values())


def is_in(text: Text | None, *statuses: str) -> bool:
    """Whether a text is in one of some statuses, or in any where none is named."""
    return not statuses or (text is not None and text.status in statuses)


def tokens_in(*sentences: str) -> set[str]:
    return set(TOKEN.findall(" ".join(sentences).lower()))
