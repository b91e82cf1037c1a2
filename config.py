"""Settings: read from the environment once, when a configuration object is made; an empty one is unset.

`Config` is production: it has no default for a secret and refuses to start without one.
`Demo` and `Development` are what `./dev run` uses; `Testing` is what the test suite uses.
"""

import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
SHORTEST_KEY = 32  # signs
LONGEST_NAME = 60  # signs, of the site and of its publisher in the header
FORBIDDEN_IN_NAMES = frozenset('"<>\\@')  # signs of an address in a header (RFC 5322)
PARIS = ZoneInfo("Europe/Paris")


class Months:
    """Calendar months, added to a moment or subtracted from it like a timedelta: same day and hour in Paris.

    A day that the month does not have becomes the first of the next month.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def __radd__(self, moment: datetime) -> datetime:
        return shifted(moment, self.number)

    def __rsub__(self, moment: datetime) -> datetime:
        return shifted(moment, -self.number)

    @property
    def years(self) -> int:
        return self.number // 12


def shifted(moment: datetime, months: int) -> datetime:
    there = moment.astimezone(PARIS)
    years, month = divmod(there.month - 1 + months, 12)
    try:
        there = there.replace(year=there.year + years, month=month + 1)
    except ValueError:  # no such day: the 31st of February; December, the last month, has them all
        there = datetime(there.year + years, month + 2, 1, tzinfo=PARIS)
    return there.astimezone(UTC)


ALL_CRITERIA = 100  # per cent


@dataclass(frozen=True)
class AccessibilityAudit:
    """An audit of the site against the RGAA: its day, and the criteria that are met, in per cent."""

    day: date
    rate: int


# What mentions légales must tell (law 2004-575, LCEN, article 1-1, I, as law 2024-449 of 21 May 2024 wrote it; formerly
# article 6, III): the publisher (1° or 2°), the director of publication (3°), the host (4°). Each with a fiction.
IDENTITY: Mapping[str, str] = {
    "PUBLISHER": "L’association d’exemple, loi de 1901 (fictive)",
    "PUBLISHER_ADDRESS": "1 rue de l’Exemple, 00000 Exemple",
    "PUBLISHER_PHONE": "01 99 00 00 00",  # 01 99 00: reserved for fiction (Arcep)
    "PUBLICATION_DIRECTOR": "La personne qui préside l’association d’exemple",
    "HOSTING_PROVIDER": "L’hébergeur d’exemple, société par actions simplifiée (fictive)",
    "HOSTING_PROVIDER_ADDRESS": "2 rue de l’Exemple, 00000 Exemple",
    "HOSTING_PROVIDER_PHONE": "01 99 00 00 01",
}


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """An OpenID Connect provider by which editors may sign in; `name` is what its button says.

    What its word counts for: `trusts_email`, an address of which it does not say whether it is verified; `trusts_mfa`,
    two factors proved there (`amr`); `levels`, a level of assurance (`acr`) that is asked for, as a second factor.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    trusts_email: bool
    trusts_mfa: bool
    levels: Sequence[str]


class SettingMissing(RuntimeError):
    """A setting is missing from the environment, or invalid."""


Settings = Mapping[str, Any]  # what has a value, as its kind reads it


@dataclass(frozen=True)
class Kind:
    """A kind of setting: what a refusal says of it, what fits, and how it is read; a `ValueError` of either refuses."""

    must: str = ""
    fits: Callable[[str], object] = bool
    read: Callable[[str], Any] = str.strip


def matching(pattern: str, must: str) -> Kind:
    return Kind(must, re.compile(pattern).fullmatch)


def number(least: int, most: int) -> Kind:
    must = f"must be a whole number from {least} to {most}"
    return Kind(must, lambda value: re.fullmatch("[0-9]+", value) and least <= int(value) <= most, int)


def is_mail_server(value: str) -> bool:
    return is_address(value) and urlsplit(value).scheme in {"smtp", "smtps"}


def is_name(value: str) -> bool:
    return len(value) <= LONGEST_NAME and value.isprintable() and FORBIDDEN_IN_NAMES.isdisjoint(value)


def read_audit(value: str) -> AccessibilityAudit:
    day, rate = value.split(" ")
    audit = AccessibilityAudit(date.fromisoformat(day), int(rate))
    if not (
        rate.isascii() and rate.isdigit() and audit.rate <= ALL_CRITERIA and audit.day <= datetime.now(PARIS).date()
    ):
        raise ValueError(value)
    return audit


def words_of(value: str) -> list[str]:
    """Return words that commas or spaces separate."""
    return value.replace(",", " ").split()


EMAIL = r"[^\s@<>,;:]+@[\w-]+(\.[\w-]+)*"

AS_IS, WORDS = Kind(read=str), Kind()
FLAG = Kind("must be 0 or 1", {"0", "1"}.__contains__, lambda value: value.strip() == "1")
PHONE = matching(r"\+?[0-9(][0-9\s().-]{2,}", "must be a telephone number, 01 99 00 00 00")
UNFIT = " ".join(sorted(FORBIDDEN_IN_NAMES))
NAME = Kind(f"must be one line of {LONGEST_NAME} signs at most, without any of {UNFIT}", is_name)

# Every setting, by its name in the environment. Those that depend on others, or on the kind of start, are looked at
# again in `Config`.
SETTINGS: Mapping[str, Kind] = {
    **dict.fromkeys(("EN_REGARD_ENV", "SECRET_KEY", "PUBLIC_URL", "DATABASE_URL"), AS_IS),
    **dict.fromkeys(("JOURNAL_COPY", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"), AS_IS),
    **dict.fromkeys(("DATA_CONTROLLER", *IDENTITY, "LOGO", "OIDC_NAME"), WORDS),
    **dict.fromkeys(("PUBLISHER_PHONE", "HOSTING_PROVIDER_PHONE"), PHONE),
    **dict.fromkeys(("SITE_NAME", "PUBLISHER_NAME"), NAME),
    **dict.fromkeys(("DISK_IS_PERMANENT", "REQUIRE_SECOND_FACTOR"), FLAG),
    "SECRET_KEY_FALLBACKS": Kind(
        f"must be keys of {SHORTEST_KEY} signs at least each, separated by commas or spaces",
        lambda value: min(map(len, words_of(value))) >= SHORTEST_KEY,
        words_of,
    ),
    "OIDC_TRUSTS": Kind(read=words_of),
    "PROXIES": number(0, 10),
    "INSTANCE": matching("/.*", "must be a folder by its whole path, /var/lib/en-regard"),
    "CONTACT": matching(EMAIL, "must be an address, contact@exemple.fr"),
    "SMTP_URL": Kind("must be smtp://host:port or smtps://host:port", is_mail_server),
    "MAIL_FROM": matching(rf"(.*<)?{EMAIL}>?", "must hold an address"),
    "METRICS_TOKEN": matching(
        rf"[!-~]{{{SHORTEST_KEY},}}", f"must have {SHORTEST_KEY} signs at least, letters and digits"
    ),
    "COLOR_ACCENT": matching(
        r"#[0-9a-fA-F]{6}[ ,]+#[0-9a-fA-F]{6}",
        "must be two colours, for light pages and for dark ones, #0f5c63 #8bcdd2",
    ),
    "ACCESSIBILITY_AUDIT": Kind("must be a past day and a rate from 0 to 100, 2026-03-01 81", read=read_audit),
}

# Names of 1.0.0, read until 2.0 where the setting has no value under its own.
FORMER_NAMES = {"DATA_CONTROLLER": "OPERATOR", "DISK_IS_PERMANENT": "INSTANCE_SURVIVES"}


class Config:
    """Production settings. Every attribute in capitals becomes a key of `app.config`."""

    ENVIRONMENT = "production"
    TESTING = False
    DEMO = False

    REQUIRED: ClassVar[tuple[str, ...]] = ("SECRET_KEY", "PUBLIC_URL", "CONTACT", "DATA_CONTROLLER", *IDENTITY)

    # Of PUBLIC_URL: cookies and passkeys need TLS.
    SCHEMES: ClassVar[tuple[str, ...]] = ("https",)

    # Editors must set up a second factor before they can work, unless `REQUIRE_SECOND_FACTOR=0`.
    SECOND_FACTOR_DEFAULT = True
    LOCAL_HOSTS: ClassVar[tuple[str, ...]] = ()  # accepted beside that of PUBLIC_URL
    # gunicorn listens on loopback, behind a proxy that tells the client's address.
    DEFAULT_PROXIES = 1

    # A request over 256 kB gets 413; the same bound holds for its form.
    MAX_CONTENT_LENGTH = 256 * 1024
    MAX_FORM_MEMORY_SIZE = 256 * 1024
    MAX_FORM_PARTS = 500  # fields of one form; more get 413

    # The CSRF token is valid as long as the browser session: a form left open over lunch must still be accepted.
    WTF_CSRF_TIME_LIMIT = None
    # WTForms ships its own French messages, without gettext.
    WTF_I18N_ENABLED = False

    # A connection that the server closed is replaced before it is used; parameters of statements are never logged.
    SQLALCHEMY_ENGINE_OPTIONS: ClassVar[dict[str, bool]] = {"pool_pre_ping": True, "hide_parameters": True}

    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    DEVICE_COOKIE_NAME = "__Host-device"
    # How long an editor's session may be idle (Flask dates the cookie and refuses an older one), and last.
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
    EDITOR_SESSION_PERIOD = timedelta(days=7)

    # argon2id with 19 MiB a hash (OWASP's second profile): the library's default, 64 MiB, is a risk in several threads.
    ARGON2: ClassVar[dict[str, int]] = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}

    RATELIMIT_ENABLED = True
    # A form sent sooner after it was shown is signalled as a machine's (docs/decisions/0008).
    FASTEST_FORM = timedelta(seconds=6)

    # Retention (product rule 14). No period is a setting, for words rest on them: each consent to publication says
    # « trois ans », letters and pages say « six mois », and authors agreed to that.
    PUBLICATION_PERIOD = Months(3 * 12)
    TEXTS_PERIOD = Months(6)
    # The database keeps an event about no text a year (migration 0028): a shorter period has no effect.
    AUDIT_PERIOD = Months(12)
    NOTICE_PERIOD = Months(6)  # after the outcome
    # Triggers keep a proof this long (migration 0001): a shorter period has no effect.
    PROOF_PERIOD = Months(5 * 12)
    DRAFT_PERIOD = timedelta(days=30)
    UNCONFIRMED_PERIOD = timedelta(days=30)
    REPLY_PERIOD = timedelta(days=14)
    EMAIL_PERIOD = timedelta(days=180)
    RECUEIL_FILE_PERIOD = timedelta(days=30)
    SPAM_MEMORY = timedelta(days=30)  # how long the same text, sent again, is signalled to editors
    RENEWAL_NOTICE = timedelta(days=30)  # the reminder says « trente jours »
    # From the last act of either side, of a text that waits: the desk is told, the author is asked, it is erased.
    WAITING_TOLD = Months(3)
    WAITING_PERIOD = Months(12)  # letters say « un an »
    WAITING_NOTICE = Months(1)
    UPDATE_DELAY = Months(12)  # from a publication to the question of what became of the project
    TRANSCRIPT_PERIOD = timedelta(days=30)  # of a text told by voice, until its teller answers
    REVIEW_DELAY = timedelta(days=7)
    HIDING_PERIOD = timedelta(days=7)  # of a text masked while a notice is examined
    # Between the e-mail to who is answered and the answer on the page; the invitation says « une semaine ».
    ANSWER_NOTICE = timedelta(days=7)
    OBJECTION_DELAY = timedelta(days=7)  # then an author's objection is overdue
    NOTICE_DELAY = timedelta(days=7)  # the answer to a reader's notice
    RIGHT_OF_REPLY_DELAY = timedelta(days=3)  # LCEN (loi 2004-575), article 1-1, III
    REQUEST_REMINDER = timedelta(days=2)
    UNCONFIRMED_REMINDER = timedelta(days=7)
    UNCONFIRMED_NOTICE = UNCONFIRMED_PERIOD - UNCONFIRMED_REMINDER
    TRANSCRIPT_NOTICE = TRANSCRIPT_PERIOD - UNCONFIRMED_REMINDER
    INVITATION_REMINDER = timedelta(days=21)  # the first letter says « trois semaines »
    INVITATION_PERIOD = Months(12)  # the letter says « un an »

    # Editors' side: how long « je m’en occupe » is shown to colleagues, and a decision can be undone.
    HOLD_PERIOD = timedelta(minutes=30)
    UNDO_PERIOD = timedelta(minutes=10)
    # Authors' side: how long the withdrawal of a published text can be called back.
    CALL_BACK_PERIOD = timedelta(minutes=10)

    # How long an erasure waits for readers before it leaves SQLite's write-ahead log to the next erasure.
    SCRUB_PATIENCE = 1_000  # milliseconds

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        given = read_settings(environ)
        if environ.get("SECRET_KEYS", "").strip():
            raise SettingMissing(
                "SECRET_KEYS is read no more: set its newest key as SECRET_KEY, and the others as SECRET_KEY_FALLBACKS:"
                " see docs/operating.md"
            )
        if missing := unset(given, self.REQUIRED):
            raise SettingMissing(f"{', '.join(missing)} must be set: see docs/operating.md")
        self.INSTANCE = Path(given.get("INSTANCE", ROOT / "instance"))
        # Older keys are accepted and sign nothing more (Flask's own name for them).
        self.SECRET_KEY, self.SECRET_KEY_FALLBACKS = self.secret_key(given), given.get("SECRET_KEY_FALLBACKS", [])
        if len({self.SECRET_KEY, *self.SECRET_KEY_FALLBACKS}) <= len(self.SECRET_KEY_FALLBACKS):
            raise SettingMissing("SECRET_KEY and SECRET_KEY_FALLBACKS have the same key twice: see docs/operating.md")
        # itsdangerous signs with the last one of several.
        self.WTF_CSRF_SECRET_KEY = [*reversed(self.SECRET_KEY_FALLBACKS), self.SECRET_KEY]
        self.SQLALCHEMY_DATABASE_URI = database_url(given.get("DATABASE_URL", self.default_database()))
        if self.ENVIRONMENT == "production" and re.match("sqlite:(?!////)", self.SQLALCHEMY_DATABASE_URI):
            raise SettingMissing("DATABASE_URL must be postgresql://… or sqlite:////folder/file: see docs/operating.md")
        # The second place of the erasure journal: an URL, or a folder; empty, there is none.
        self.JOURNAL_COPY = journal_copy(given.get("JOURNAL_COPY", ""), self.INSTANCE, self.SQLALCHEMY_DATABASE_URI)
        # The owner's word that the disk of INSTANCE survives a restart, where it does not look so.
        self.DISK_IS_PERMANENT = given.get("DISK_IS_PERMANENT", False)
        self.PUBLIC_URL = site_address(self.public_url(given), schemes=self.SCHEMES)
        self.SMTP_URL = given.get("SMTP_URL", "")
        self.SITE_NAME = given.get("SITE_NAME", "En regard")
        self.MAIL_FROM = self.mail_from(given)
        # The data controller (GDPR, article 13), shown on « Vos données » and in e-mails.
        self.DATA_CONTROLLER = given.get("DATA_CONTROLLER", team_of(self.SITE_NAME))
        self.CONTACT = given.get("CONTACT", "contact@en-regard.invalid")
        self.IDENTITY = {name: given.get(name, fiction) for name, fiction in IDENTITY.items()}
        # The publisher without its legal form, in the header and the footer.
        short = {"PUBLISHER_NAME": self.IDENTITY["PUBLISHER"].partition(",")[0]}
        self.PUBLISHER_NAME = given.get("PUBLISHER_NAME") or read_settings(short).get("PUBLISHER_NAME", "")
        # The colour of links and buttons, on light pages and on dark ones; empty, that of the sheets.
        self.COLOR_ACCENT = re.findall(r"#\w+", given.get("COLOR_ACCENT", "").lower())
        self.LOGO = Path(given["LOGO"]) if "LOGO" in given else None
        self.UNSET_IDENTITY = unset(given, IDENTITY)
        self.ACCESSIBILITY_AUDIT = given.get("ACCESSIBILITY_AUDIT")
        self.REQUIRE_SECOND_FACTOR = given.get("REQUIRE_SECOND_FACTOR", self.SECOND_FACTOR_DEFAULT)
        self.TRUSTED_HOSTS = [urlsplit(self.PUBLIC_URL).hostname, *self.LOCAL_HOSTS]  # any other is a 400
        self.PROXIES = given.get("PROXIES", self.DEFAULT_PROXIES)
        # Who may read /metrics: who has the token; nobody, without one.
        self.METRICS_TOKEN = given.get("METRICS_TOKEN", "")
        self.IDENTITY_PROVIDER = identity_provider(given, schemes=self.SCHEMES)

    def secret_key(self, given: Settings) -> str:
        """Return the key that signs; raise `SettingMissing` for a short one."""
        key = str(given["SECRET_KEY"])
        if len(key) < SHORTEST_KEY:
            raise SettingMissing(f"SECRET_KEY must have {SHORTEST_KEY} signs at least: see docs/operating.md")
        return key

    def mail_from(self, given: Settings) -> str:
        """Return the sender of e-mails; with a mail server it is required, on the operator's own domain."""
        if not self.SMTP_URL:
            return str(given.get("MAIL_FROM", f'"{self.SITE_NAME}" <ne-pas-repondre@en-regard.invalid>'))
        if "MAIL_FROM" not in given:
            raise SettingMissing("MAIL_FROM must be set: see docs/operating.md")
        name, address = parseaddr(given["MAIL_FROM"])
        return str(given["MAIL_FROM"]) if name else f'"{self.SITE_NAME}" <{address}>'

    def default_database(self) -> str:
        return f"sqlite:///{self.INSTANCE / 'en-regard.sqlite3'}"

    def public_url(self, given: Settings) -> str:
        return str(given["PUBLIC_URL"])


class Development(Config):
    """Settings for `DEMO=0 ./dev run`: a key created on the first run, plain http on loopback."""

    ENVIRONMENT = "development"
    REQUIRED = ()
    SCHEMES = ("https", "http")
    LOCAL_HOSTS = ("localhost", "127.0.0.1")
    DEFAULT_PROXIES = 0
    SESSION_COOKIE_NAME = "session"
    SESSION_COOKIE_SECURE = False
    DEVICE_COOKIE_NAME = "device"
    SECOND_FACTOR_DEFAULT = False

    def secret_key(self, given: Settings) -> str:
        """Return `SECRET_KEY`, or the key in the instance folder, created on the first run."""
        if "SECRET_KEY" in given:
            return str(given["SECRET_KEY"])
        self.INSTANCE.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.INSTANCE / "secret_key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()

    def public_url(self, given: Settings) -> str:
        # A name: no browser makes a passkey for an address of the network.
        return str(given.get("PUBLIC_URL", "http://localhost:8000"))


class Demo(Development):
    """Settings for `./dev run`: the demo, in a database of its own, so that fiction never mixes with real texts."""

    DEMO = True

    def default_database(self) -> str:
        return f"sqlite:///{self.INSTANCE / 'demo.sqlite3'}"


class Testing(Development):
    """Settings for tests: the caller gives the folder and the database; nothing is read from the environment."""

    ENVIRONMENT = "testing"
    TESTING = True

    # Tests fill in forms faster than people do; those of antispam set it themselves.
    FASTEST_FORM = timedelta(0)

    # A test often reads while its visitor erases.
    SCRUB_PATIENCE = 50  # milliseconds

    # The cheapest that argon2 accepts: passwords of tests protect nothing.
    ARGON2: ClassVar[dict[str, int]] = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}

    def __init__(self, *, instance: Path, database: str, **settings: str) -> None:
        fixed = {"SECRET_KEY": "only-for-tests", "PUBLIC_URL": "http://localhost"}
        super().__init__({"INSTANCE": str(instance), "DATABASE_URL": database, **fixed, **settings})


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that have a value, each as its kind reads it; raise `SettingMissing` for a wrong one."""
    given = {}
    for name, kind in SETTINGS.items():
        names = name, FORMER_NAMES.get(name, name)
        value = next((environ[each] for each in names if environ.get(each, "").strip()), "")
        if stripped := value.strip():
            try:
                fits = kind.fits(stripped)
                given[name] = kind.read(value)
            except ValueError:
                fits = False
            if not fits:
                raise SettingMissing(f"{name} {kind.must}: see docs/operating.md")
    return given


def team_of(site: str) -> str:
    """Return the team of a site by its name: « de », elided before a vowel."""
    first = unicodedata.normalize("NFD", site)[0].casefold()
    return f"L’équipe {'d’' if first in 'aeiou' else 'de '}{site}"


def unset(given: Settings, names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in given]


def identity_provider(given: Settings, *, schemes: Sequence[str]) -> IdentityProvider | None:
    """Return the provider of `OIDC_ISSUER`, None without; raise `SettingMissing` if a setting is missing or wrong."""
    if "OIDC_ISSUER" not in given:
        return None
    issuer = given["OIDC_ISSUER"]
    if not is_address(issuer) or "@" in issuer or urlsplit(issuer).scheme not in schemes:
        raise SettingMissing(
            f"OIDC_ISSUER must be {' or '.join(schemes)}://… as the provider writes it: see docs/operating.md"
        )
    if missing := unset(given, ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME"]):
        raise SettingMissing(f"{', '.join(missing)} must be set where OIDC_ISSUER is: see docs/operating.md")
    if not all(map(find_spec, ("authlib", "requests"))):
        raise SettingMissing("OIDC_ISSUER needs the packages of requirements/oidc.txt: see docs/operating.md")
    trusts = given.get("OIDC_TRUSTS", [])
    return IdentityProvider(
        issuer=issuer,
        client_id=given["OIDC_CLIENT_ID"],
        client_secret=given["OIDC_CLIENT_SECRET"],
        name=given["OIDC_NAME"],
        trusts_email="email" in trusts,
        trusts_mfa="mfa" in trusts,
        levels=[each for each in trusts if each not in {"email", "mfa"}],
    )


def site_address(url: str, *, schemes: Sequence[str]) -> str:
    """Return an address without its final slash; raise `SettingMissing` unless it is a scheme, a host and a port."""
    url = url.removesuffix("/")
    if not is_address(url) or "@" in url or url.count("/") > len("//"):
        raise SettingMissing("PUBLIC_URL must be a scheme and a host of its own, without a path: see docs/operating.md")
    if urlsplit(url).scheme not in schemes:
        raise SettingMissing(f"PUBLIC_URL must begin with {' or '.join(schemes)}://: see docs/operating.md")
    return url


def is_address(url: str) -> bool:
    """Whether an URL has a host, and a port that is a number or none; without query or fragment."""
    try:
        parts = urlsplit(url)
        is_host = re.fullmatch(r"[\w.:-]+", parts.hostname or "")
        return bool(parts.scheme and is_host) and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:
        return False


def database_url(url: str, name: str = "DATABASE_URL") -> str:
    """Add our driver to a PostgreSQL URL: hosting providers give out `postgres://` and `postgresql://`.

    Raise `SettingMissing` for a database of another kind, or a port that is no number.
    """
    url = re.sub("^postgres(ql)?://", "postgresql+psycopg://", url)
    try:
        is_ours = make_url(url).drivername in {"postgresql+psycopg", "sqlite"}
    except (ArgumentError, ValueError):
        is_ours = False
    if not is_ours:
        raise SettingMissing(f"{name} must be postgresql://… or sqlite:///…: see docs/operating.md")
    return url


def journal_copy(place: str, instance: Path, database: str) -> str:
    """Return the second place of the erasure journal, with our driver where it is a database.

    Raise `SettingMissing` for what is no place, and for one that would be lost with the first or with the database.
    """
    if "://" in place:
        url = database_url(place, "JOURNAL_COPY")
        if url == database:
            raise SettingMissing("JOURNAL_COPY must be another database than DATABASE_URL: see docs/operating.md")
        return url
    if place and not Path(place).is_absolute():
        raise SettingMissing(
            "JOURNAL_COPY must be a folder (/…), postgresql://… or sqlite:////…: see docs/operating.md"
        )
    if place and Path(place).resolve().is_relative_to(instance.resolve()):
        raise SettingMissing("JOURNAL_COPY must be a folder outside INSTANCE: see docs/operating.md")
    return place


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    name = environ.get("EN_REGARD_ENV", "").strip() or "production"
    try:
        kind = {"production": Config, "development": Development, "demo": Demo}[name]
    except KeyError:
        raise SettingMissing(f"EN_REGARD_ENV is {name!r}: production, development or demo") from None
    return kind(environ)
