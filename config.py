"""Settings: read from the environment once, when a configuration object is made.

`Config` is production: it has no default for a secret and refuses to start without one.
`Development` is what `./dev run` uses; `Testing` is what the test suite uses.
"""

import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
SHORTEST_KEY = 32  # signs
COLORS = ("paper", "tint", "ink", "accent")  # what an owner may set, by COLOR_<NAME>
LONGEST_NUMBER = 20  # digits
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


# The periods that an owner may change, by `<name>_DAYS` in the environment: default, least and most, in days.
PERIODS: Mapping[str, tuple[int, int, int]] = {
    "DRAFT_PERIOD": (30, 7, 90),
    "UNCONFIRMED_PERIOD": (30, 8, 90),  # the reminder leaves after seven
    "REPLY_PERIOD": (14, 3, 60),  # the reminder leaves two days before its end
    "EMAIL_PERIOD": (180, 7, 365),
    "RECUEIL_FILE_PERIOD": (30, 1, 90),
    "SPAM_MEMORY": (30, 1, 90),  # how long the same text, sent again, is signalled to editors
}


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

    `second_factor`: its word counts for a second factor; it gives it by one of `acr_values`, or by `amr` without any.
    `trusts_email`: an address is verified although the provider does not say so. `pkce`: it accepts PKCE.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scopes: Sequence[str]
    acr_values: Sequence[str]
    second_factor: bool
    trusts_email: bool
    pkce: bool


class SettingMissing(RuntimeError):
    """A setting is missing from the environment, or invalid."""


class Config:
    """Production settings. Every attribute in capitals becomes a key of `app.config`."""

    ENVIRONMENT = "production"
    TESTING = False

    REQUIRED: ClassVar[tuple[str, ...]] = ("SECRET_KEY", "PUBLIC_URL", "CONTACT", *IDENTITY)

    # Of PUBLIC_URL: cookies and passkeys need TLS.
    SCHEMES: ClassVar[tuple[str, ...]] = ("https",)

    # Editors must set up a second factor before they can work, unless `REQUIRE_SECOND_FACTOR=0`.
    SECOND_FACTOR_DEFAULT = "1"
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

    # Retention (docs/rules.md). Those of the table `PERIODS` are settings; these are not, for words rest on them: each
    # consent to publication says « trois ans », letters and pages say « six mois », and authors agreed to that.
    PUBLICATION_PERIOD = Months(3 * 12)
    TEXTS_PERIOD = Months(6)
    # The database keeps an event about no text a year (migration 0028): a shorter period has no effect.
    AUDIT_PERIOD = Months(12)
    NOTICE_PERIOD = Months(6)  # after the outcome
    # Triggers keep a proof this long (migration 0001): a shorter period has no effect.
    PROOF_PERIOD = Months(5 * 12)
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
    TRANSCRIPT_NOTICE = TRANSCRIPT_PERIOD - UNCONFIRMED_REMINDER
    INVITATION_REMINDER = timedelta(days=21)  # the first letter says « trois semaines »
    INVITATION_PERIOD = Months(12)  # the letter says « un an »

    # Editors' side: how long « je m’en occupe » is shown to colleagues, and a decision can be undone.
    CLAIM_PERIOD = timedelta(minutes=30)
    UNDO_PERIOD = timedelta(minutes=10)
    # Authors' side: how long the withdrawal of a published text can be called back.
    CALL_BACK_PERIOD = timedelta(minutes=10)

    # How long an erasure waits for readers before it leaves SQLite's write-ahead log to the next erasure.
    SCRUB_PATIENCE = 1_000  # milliseconds

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        given = ["SECRET_KEY"] if separate_keys(environ) else []
        if missing := [name for name in unset(environ, self.REQUIRED) if name not in given]:
            raise SettingMissing(f"{', '.join(missing)} must be set: see docs/operating.md")
        self.INSTANCE = Path(environ.get("INSTANCE", ROOT / "instance"))
        self.DEMO = self.wants_demo(environ)
        # Older keys are accepted and sign nothing more (Flask's own name for them).
        self.SECRET_KEY, *self.SECRET_KEY_FALLBACKS = self.secret_keys(environ)
        # itsdangerous signs with the last one of several.
        self.WTF_CSRF_SECRET_KEY = [*reversed(self.SECRET_KEY_FALLBACKS), self.SECRET_KEY]
        self.SQLALCHEMY_DATABASE_URI = database_url(environ.get("DATABASE_URL", self.default_database()))
        # The second place of the erasure journal: an URL, or a folder; empty, there is none.
        self.JOURNAL_COPY = journal_copy(environ.get("JOURNAL_COPY", ""), self.INSTANCE, self.SQLALCHEMY_DATABASE_URI)
        # The owner's word that the disk of INSTANCE survives a restart, where it does not look so.
        self.INSTANCE_SURVIVES = environ.get("INSTANCE_SURVIVES", "0") == "1"
        self.PUBLIC_URL = site_address(self.public_url(environ), schemes=self.SCHEMES)
        self.SMTP_URL = self.smtp_url(environ)
        self.SITE_NAME = name_of(environ, "SITE_NAME", "En regard")
        self.MAIL_FROM = self.mail_from(environ)
        # The data controller (GDPR, article 13), shown on « Vos données » and in e-mails.
        self.OPERATOR = environ.get("OPERATOR", team_of(self.SITE_NAME))
        self.CONTACT = self.contact(environ)
        self.IDENTITY = {name: environ.get(name, fiction).strip() for name, fiction in IDENTITY.items()}
        # The publisher without its legal form, in the header and the footer.
        self.PUBLISHER_NAME = name_of(environ, "PUBLISHER_NAME", self.IDENTITY["PUBLISHER"].partition(",")[0])
        self.COLORS = own_colors(environ)
        self.LOGO = Path(logo) if (logo := environ.get("LOGO", "").strip()) else None
        self.UNSET_IDENTITY = unset(environ, IDENTITY)
        self.ACCESSIBILITY_AUDIT = accessibility_audit(environ.get("ACCESSIBILITY_AUDIT", ""))
        # The slug of the article that the home page is; empty, several articles are listed there.
        self.FRONT_ARTICLE = environ.get("FRONT_ARTICLE", "")
        self.REQUIRE_SECOND_FACTOR = environ.get("REQUIRE_SECOND_FACTOR", self.SECOND_FACTOR_DEFAULT) != "0"
        # The contact for vulnerability reports (RFC 9116): an address, or a page.
        self.SECURITY_CONTACT = environ.get("SECURITY_CONTACT", self.CONTACT)
        self.TRUSTED_HOSTS = self.trusted_hosts(environ)
        self.PROXIES = whole_number(environ, "PROXIES", self.DEFAULT_PROXIES)
        for name, bounds in PERIODS.items():
            setattr(self, name, timedelta(days=whole_number(environ, f"{name}_DAYS", *bounds)))
        self.UNCONFIRMED_NOTICE = vars(self)["UNCONFIRMED_PERIOD"] - self.UNCONFIRMED_REMINDER
        # Who may read /metrics: who has the token, or comes from an address; nobody, with neither.
        self.METRICS_TOKEN = metrics_token(environ)
        self.METRICS_ADDRESSES = networks(environ, "METRICS_ADDRESSES")
        # How long the page cache may send a page after its last look at the database, while that is away; 0: never.
        self.STALE_PAGES = whole_number(environ, "STALE_PAGES", 0, most=24 * 60 * 60)
        # The storage of rate limits: the database, or a Redis that all machines share.
        self.RATELIMIT_STORAGE_URI = environ.get("RATE_LIMIT_STORAGE", "") or "database://"

        self.IDENTITY_PROVIDER = identity_provider(environ, schemes=self.SCHEMES)

    def wants_demo(self, _environ: Mapping[str, str]) -> bool:
        return False

    def secret_keys(self, environ: Mapping[str, str]) -> list[str]:
        """Return the keys of sessions and private links, newest first; raise `SettingMissing` if one is short."""
        keys = separate_keys(environ)
        if not keys:
            return [self.secret_key(environ)]
        if environ.get("SECRET_KEY"):
            raise SettingMissing("SECRET_KEY and SECRET_KEYS are both set, keep one of them: see docs/operating.md")
        if min(map(len, keys)) < SHORTEST_KEY:
            raise SettingMissing(f"each of SECRET_KEYS must have {SHORTEST_KEY} signs at least: see docs/operating.md")
        if len(set(keys)) < len(keys):
            raise SettingMissing("SECRET_KEYS has the same key twice, keep it once: see docs/operating.md")
        return keys

    def secret_key(self, environ: Mapping[str, str]) -> str:
        """Return the only key; raise `SettingMissing` for a short one."""
        key = environ["SECRET_KEY"]
        if len(key) < SHORTEST_KEY:
            raise SettingMissing(f"SECRET_KEY must have {SHORTEST_KEY} signs at least: see docs/operating.md")
        return key

    def contact(self, environ: Mapping[str, str]) -> str:
        return environ["CONTACT"]

    def smtp_url(self, environ: Mapping[str, str]) -> str:
        """Return the mail server's URL, or an empty string; raise `SettingMissing` if it is invalid."""
        url = environ.get("SMTP_URL", "")
        if url and not (is_address(url) and urlsplit(url).scheme in {"smtp", "smtps"}):
            raise SettingMissing("SMTP_URL must be smtp://host:port or smtps://host:port: see docs/operating.md")
        return url

    def mail_from(self, environ: Mapping[str, str]) -> str:
        """Return the sender of e-mails; with a mail server it is required, on the operator's own domain."""
        if not self.SMTP_URL:
            return environ.get("MAIL_FROM", f'"{self.SITE_NAME}" <ne-pas-repondre@en-regard.invalid>')
        if unset(environ, ["MAIL_FROM"]):
            raise SettingMissing("MAIL_FROM must be set: see docs/operating.md")
        sender = environ["MAIL_FROM"]
        name, address = parseaddr(sender)
        if not all(address.partition("@")):
            raise SettingMissing("MAIL_FROM must hold an address: see docs/operating.md")
        return sender if name else f'"{self.SITE_NAME}" <{address}>'

    def default_database(self) -> str:
        return f"sqlite:///{self.INSTANCE / 'en-regard.sqlite3'}"

    def public_url(self, environ: Mapping[str, str]) -> str:
        return environ["PUBLIC_URL"]

    def trusted_hosts(self, environ: Mapping[str, str]) -> list[str]:
        """Return the accepted hosts: that of `PUBLIC_URL`, and those of `TRUSTED_HOSTS`, separated by commas."""
        own = urlsplit(self.PUBLIC_URL).hostname or ""
        return [own, *(name.strip() for name in environ.get("TRUSTED_HOSTS", "").split(",") if name.strip())]


class Development(Config):
    """Settings for `./dev run`: a key created on the first run, plain http on loopback, the demo unless `DEMO=0`."""

    ENVIRONMENT = "development"
    REQUIRED = ()
    SCHEMES = ("https", "http")
    DEFAULT_PROXIES = 0
    SESSION_COOKIE_NAME = "session"
    SESSION_COOKIE_SECURE = False
    DEVICE_COOKIE_NAME = "device"
    SECOND_FACTOR_DEFAULT = "0"

    def wants_demo(self, environ: Mapping[str, str]) -> bool:
        return environ.get("DEMO", "1") != "0"

    def secret_key(self, environ: Mapping[str, str]) -> str:
        """Return `SECRET_KEY`, or the key in the instance folder, created on the first run."""
        if key := environ.get("SECRET_KEY"):
            return key
        self.INSTANCE.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.INSTANCE / "secret_key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()

    def default_database(self) -> str:
        # A separate file, so that fiction never mixes with real testimonials.
        return f"sqlite:///{self.INSTANCE / 'demo.sqlite3'}" if self.DEMO else super().default_database()

    def contact(self, environ: Mapping[str, str]) -> str:
        return environ.get("CONTACT", "contact@en-regard.invalid")

    def public_url(self, environ: Mapping[str, str]) -> str:
        # A name: no browser makes a passkey for an address of the network.
        return environ.get("PUBLIC_URL", f"http://localhost:{whole_number(environ, 'PORT', 8000, most=65_535)}")

    def trusted_hosts(self, environ: Mapping[str, str]) -> list[str]:
        return [*super().trusted_hosts(environ), "localhost", "127.0.0.1"]


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
        fixed = {"SECRET_KEY": "only-for-tests", "DEMO": "0", "PUBLIC_URL": "http://localhost"}
        super().__init__({"INSTANCE": str(instance), "DATABASE_URL": database, **fixed, **settings})


def separate_keys(environ: Mapping[str, str]) -> list[str]:
    """Return the keys of `SECRET_KEYS`, which commas or spaces separate."""
    return environ.get("SECRET_KEYS", "").replace(",", " ").split()


def team_of(site: str) -> str:
    """Return the team of a site by its name: « de », elided before a vowel."""
    first = unicodedata.normalize("NFD", site)[0].casefold()
    return f"L’équipe {'d’' if first in 'aeiou' else 'de '}{site}"


def unset(environ: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Return the names of the settings that have no value, or an empty one."""
    return [name for name in names if not environ.get(name, "").strip()]


def name_of(environ: Mapping[str, str], setting: str, default: str) -> str:
    """Return a name of one line, which headers of e-mails and pages show; raise `SettingMissing` for another."""
    name = environ.get(setting, "").strip() or default
    if len(name) > LONGEST_NAME or not name.isprintable() or not FORBIDDEN_IN_NAMES.isdisjoint(name):
        unfit = " ".join(sorted(FORBIDDEN_IN_NAMES))
        bounds = f"one line of {LONGEST_NAME} signs at most, without any of {unfit}"
        raise SettingMissing(f"{setting} must be {bounds}: see docs/operating.md")
    return name


def own_colors(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the owner's colours by the token they set, for light and for dark pages; raise `SettingMissing`."""
    colors = {}
    for token in COLORS:
        setting = f"COLOR_{token.upper()}"
        if value := environ.get(setting, "").strip().lower():
            if not (pair := re.fullmatch(r"(#[0-9a-f]{6})[ ,]+(#[0-9a-f]{6})", value, re.ASCII)):
                raise SettingMissing(
                    f"{setting} must be two colours, for light pages and for dark ones, #0f5c63 #8bcdd2:"
                    " see docs/operating.md"
                )
            colors[token] = (pair[1], pair[2])
    return colors


def accessibility_audit(value: str) -> AccessibilityAudit | None:
    """Return the audit of « 2027-03-01 81 », none of an empty value; raise `SettingMissing` for anything else."""
    if not value:
        return None
    refusal = "ACCESSIBILITY_AUDIT must be a past day and a rate from 0 to 100, 2026-03-01 81: see docs/operating.md"
    if not (parts := re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d{1,3})", value, re.ASCII)):
        raise SettingMissing(refusal)
    try:
        audit = AccessibilityAudit(date.fromisoformat(parts[1]), int(parts[2]))
    except ValueError:  # no such day
        raise SettingMissing(refusal) from None
    if audit.rate > ALL_CRITERIA or audit.day > datetime.now(PARIS).date():
        raise SettingMissing(refusal)
    return audit


def identity_provider(environ: Mapping[str, str], *, schemes: Sequence[str]) -> IdentityProvider | None:
    """Return the provider of `OIDC_ISSUER`, None without; raise `SettingMissing` if a setting is missing or wrong."""
    if unset(environ, ["OIDC_ISSUER"]):
        return None
    issuer = environ["OIDC_ISSUER"]
    if not is_address(issuer) or "@" in issuer or urlsplit(issuer).scheme not in schemes:
        raise SettingMissing(
            f"OIDC_ISSUER must be {' or '.join(schemes)}://… as the provider writes it: see docs/operating.md"
        )
    if missing := unset(environ, ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME"]):
        raise SettingMissing(f"{', '.join(missing)} must be set where OIDC_ISSUER is: see docs/operating.md")
    scopes = environ.get("OIDC_SCOPES", "openid email").split()
    if "openid" not in scopes:
        raise SettingMissing("OIDC_SCOPES must hold openid: see docs/operating.md")
    if not all(map(find_spec, ("authlib", "requests"))):
        raise SettingMissing("OIDC_ISSUER needs the packages of requirements/oidc.txt: see docs/operating.md")
    return IdentityProvider(
        issuer=issuer,
        client_id=environ["OIDC_CLIENT_ID"],
        client_secret=environ["OIDC_CLIENT_SECRET"],
        name=environ["OIDC_NAME"].strip(),
        scopes=scopes,
        acr_values=environ.get("OIDC_ACR_VALUES", "").split(),
        second_factor=environ.get("OIDC_SECOND_FACTOR", "0") == "1",
        trusts_email=environ.get("OIDC_TRUSTS_EMAIL", "0") == "1",
        pkce=environ.get("OIDC_PKCE", "1") != "0",
    )


def whole_number(environ: Mapping[str, str], name: str, default: int, least: int = 0, most: int = 1_000) -> int:
    """Return a setting, from `least` to `most`; raise `SettingMissing` for anything else."""
    value = environ.get(name, str(default))
    # Of a thousand digits `int` would refuse to make a number.
    if not (value.isascii() and value.isdigit() and len(value) < LONGEST_NUMBER and least <= int(value) <= most):
        bounds = f"a whole number from {least} to {most}, not {value[:LONGEST_NUMBER]!r}"
        raise SettingMissing(f"{name} must be {bounds}: see docs/operating.md")
    return int(value)


def metrics_token(environ: Mapping[str, str]) -> str:
    """Return the token that opens /metrics, or an empty string; raise `SettingMissing` for a short one."""
    token = environ.get("METRICS_TOKEN", "")
    if token and not re.fullmatch(rf"[!-~]{{{SHORTEST_KEY},}}", token):
        signs = f"{SHORTEST_KEY} signs at least, letters and digits"
        raise SettingMissing(f"METRICS_TOKEN must have {signs}: see docs/operating.md")
    return token


def networks(environ: Mapping[str, str], name: str) -> list[IPv4Network | IPv6Network]:
    """Return a setting's networks, separated by commas or spaces; raise `SettingMissing` for what is none."""
    try:
        return [ip_network(each) for each in environ.get(name, "").replace(",", " ").split()]
    except ValueError:
        raise SettingMissing(
            f"{name} must be addresses or networks, 10.0.0.7 or 192.168.1.0/24: see docs/operating.md"
        ) from None


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
        return bool(parts.scheme and parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment
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
    scheme = place.partition("://")[0] if "://" in place else ""
    if scheme in {"s3", "s3+http"}:
        if not names_bucket(place):
            raise SettingMissing("JOURNAL_COPY must be s3://key:secret@host/bucket: see docs/operating.md")
        return place
    if scheme:
        url = database_url(place, "JOURNAL_COPY")
        if url == database:
            raise SettingMissing("JOURNAL_COPY must be another database than DATABASE_URL: see docs/operating.md")
        return url
    if place and not Path(place).is_absolute():
        raise SettingMissing(
            "JOURNAL_COPY must be a folder (/…), postgresql://…, sqlite:////… or s3://key:secret@host/bucket: "
            "see docs/operating.md"
        )
    if place and Path(place).resolve().is_relative_to(instance.resolve()):
        raise SettingMissing("JOURNAL_COPY must be a folder outside INSTANCE: see docs/operating.md")
    return place


def names_bucket(url: str) -> bool:
    """Whether an URL has a key, its secret, a host and a bucket."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname and parts.username and parts.password and parts.path.strip("/")) and parts.port != 0
    except ValueError:  # brackets, as of an address in IPv6, or a port that is no number
        return False


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    name = environ.get("EN_REGARD_ENV", "production")
    try:
        kind = {"production": Config, "development": Development}[name]
    except KeyError:
        raise SettingMissing(f"EN_REGARD_ENV is {name!r}: production or development") from None
    return kind(environ)
