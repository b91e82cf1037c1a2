"""Settings: read from the environment once, when a configuration object is made.

`Config` is production: it has no default for a secret and refuses to start without one.
`Development` is what `./dev run` uses; `Testing` is what the test suite uses.
"""

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent
SHORTEST_KEY = 32  # signs
PARIS = ZoneInfo("Europe/Paris")


class Months:
    """Calendar months, as people count them: from a day to the same day of a later month, at the same hour in Paris.

    Where that month has no such day, to the first of the next. Added to a moment, or taken from one, like a timedelta.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def __radd__(self, moment: datetime) -> datetime:
        return shifted(moment, self.number)

    def __rsub__(self, moment: datetime) -> datetime:
        return shifted(moment, -self.number)

    @property
    def years(self) -> int:
        """Return how many whole years they are."""
        return self.number // 12


def shifted(moment: datetime, months: int) -> datetime:
    """Return a moment so many months later, or earlier."""
    there = moment.astimezone(PARIS)
    years, month = divmod(there.month - 1 + months, 12)
    try:
        there = there.replace(year=there.year + years, month=month + 1)
    except ValueError:  # no such day: the 31st of February; no month that is too short is the last of its year
        there = datetime(there.year + years, month + 2, 1, tzinfo=PARIS)
    return there.astimezone(UTC)


class SettingMissing(RuntimeError):
    """A setting that production cannot do without is absent from the environment."""


class Config:
    """Production settings. Every attribute in capitals becomes a key of `app.config`."""

    ENVIRONMENT = "production"
    TESTING = False

    # Every editor must have a second factor before they can work; `REQUIRE_SECOND_FACTOR=0` lifts it.
    SECOND_FACTOR_DEFAULT = "1"
    # gunicorn listens on loopback: a proxy stands before it, and says who is really asking.
    DEFAULT_PROXIES = 1

    # A request may weigh 256 kB (more is answered 413); the same bound holds for its form.
    MAX_CONTENT_LENGTH = 256 * 1024
    MAX_FORM_MEMORY_SIZE = 256 * 1024
    MAX_FORM_PARTS = 500  # fields of one form: more is answered 413

    # The token lives as long as the browser session: a form left open over lunch must still be accepted.
    WTF_CSRF_TIME_LIMIT = None
    # The product is French; WTForms ships its own French messages, without gettext.
    WTF_I18N_ENABLED = False

    # A connection the server has closed is replaced before it is used; what people typed never reaches a log.
    SQLALCHEMY_ENGINE_OPTIONS: ClassVar[dict[str, bool]] = {"pool_pre_ping": True, "hide_parameters": True}

    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    DEVICE_COOKIE_NAME = "__Host-device"
    # How long an editor's session may rest (Flask dates the cookie and refuses an older one), and last.
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
    EDITOR_SESSION_PERIOD = timedelta(days=7)

    # argon2id, in KiB a hash (OWASP's second profile): the library's own, 64 MiB, times a few threads is a memory risk.
    ARGON2: ClassVar[dict[str, int]] = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}

    RATELIMIT_ENABLED = True
    # A form sent sooner after it was shown was filled in by a machine, or looks so (docs/decisions/0008).
    FASTEST_FORM = timedelta(seconds=6)
    # How long the same text, sent again, is told to the editors.
    SPAM_MEMORY = timedelta(days=30)

    # Keeping and forgetting (docs/rules.md): defaults, all settings.
    PUBLICATION_PERIOD = Months(3 * 12)
    REVIEW_DELAY = timedelta(days=7)
    REPLY_PERIOD = timedelta(days=14)
    REQUEST_REMINDER = timedelta(days=2)
    UNCONFIRMED_REMINDER = timedelta(days=7)
    UNCONFIRMED_PERIOD = timedelta(days=30)
    DRAFT_PERIOD = timedelta(days=30)
    TEXTS_PERIOD = Months(6)
    NOTICE_PERIOD = Months(6)  # after it was handled
    # The database itself keeps a proof this long (migration 0001): a shorter period changes nothing.
    PROOF_PERIOD = Months(5 * 12)
    RENEWAL_NOTICE = timedelta(days=30)

    # The desk: how long « je m’en occupe » is shown to colleagues, and a decision can be taken back.
    CLAIM_PERIOD = timedelta(minutes=30)
    UNDO_PERIOD = timedelta(minutes=10)

    # How long an erasure waits for those who read before the emptying of SQLite's log is left to the next one.
    SCRUB_PATIENCE = 1_000  # milliseconds

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.INSTANCE = Path(environ.get("INSTANCE", ROOT / "instance"))
        self.DEMO = self.wants_demo(environ)
        self.SECRET_KEY = self.secret_key(environ)
        self.SQLALCHEMY_DATABASE_URI = database_url(environ.get("DATABASE_URL", self.default_database()))
        self.PUBLIC_URL = self.public_url(environ).rstrip("/")
        self.SMTP_URL = self.smtp_url(environ)
        self.MAIL_FROM = self.mail_from(environ)
        # Who answers for the data (GDPR, article 13): shown on « Vos données » and in e-mails.
        self.OPERATOR = environ.get("OPERATOR", "L’équipe d’En regard")
        self.CONTACT = self.contact(environ)
        self.REQUIRE_SECOND_FACTOR = environ.get("REQUIRE_SECOND_FACTOR", self.SECOND_FACTOR_DEFAULT) != "0"
        # Who hears of a weakness (RFC 9116): an address, or a page.
        self.SECURITY_CONTACT = environ.get("SECURITY_CONTACT", self.CONTACT)
        self.TRUSTED_HOSTS = self.trusted_hosts(environ)
        self.PROXIES = int(environ.get("PROXIES", self.DEFAULT_PROXIES))
        # Where requests are counted: the database, or a Redis that all machines share.
        self.RATELIMIT_STORAGE_URI = environ.get("RATE_LIMIT_STORAGE", "") or "database://"

    def wants_demo(self, _environ: Mapping[str, str]) -> bool:
        """Say whether the demo is loaded: never in production."""
        return False

    def secret_key(self, environ: Mapping[str, str]) -> str:
        """Return the key that signs sessions and private links; production must be given one nobody can guess."""
        key = required(environ, "SECRET_KEY")
        if len(key) < SHORTEST_KEY:
            raise SettingMissing(f"SECRET_KEY must have {SHORTEST_KEY} signs at least: see docs/operating.md")
        return key

    def contact(self, environ: Mapping[str, str]) -> str:
        """Return the address people write to about their data; production must be given one that answers."""
        return required(environ, "CONTACT")

    def smtp_url(self, environ: Mapping[str, str]) -> str:
        """Return the mail server's address, or nothing: one that cannot be read would be found at the first letter."""
        url = environ.get("SMTP_URL", "")
        try:
            parts = urlsplit(url)
            is_one = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
        except ValueError:  # a port that is no number
            is_one = False
        if url and not is_one:
            raise SettingMissing("SMTP_URL must be smtp://host:port or smtps://host:port: see docs/operating.md")
        return url

    def mail_from(self, environ: Mapping[str, str]) -> str:
        """Return whom e-mails come from; a mail server is given a sender whose domain is the operator's."""
        if not self.SMTP_URL:
            return environ.get("MAIL_FROM", "En regard <ne-pas-repondre@en-regard.invalid>")
        sender = required(environ, "MAIL_FROM")
        if not all(parseaddr(sender)[1].partition("@")):
            raise SettingMissing("MAIL_FROM must hold an address: see docs/operating.md")
        return sender

    def default_database(self) -> str:
        """Return the database used when `DATABASE_URL` is not set: one SQLite file in the instance folder."""
        return f"sqlite:///{self.INSTANCE / 'en-regard.sqlite3'}"

    def public_url(self, environ: Mapping[str, str]) -> str:
        """Return the address readers use, which e-mails link to."""
        return required(environ, "PUBLIC_URL")

    def trusted_hosts(self, environ: Mapping[str, str]) -> list[str]:
        """Return the names the platform answers to: that of `PUBLIC_URL`, and those of `TRUSTED_HOSTS`, by commas."""
        own = urlsplit(self.PUBLIC_URL).hostname
        if not own:
            raise SettingMissing("PUBLIC_URL must be a whole address, https://…: see docs/operating.md")
        return [own, *(name.strip() for name in environ.get("TRUSTED_HOSTS", "").split(",") if name.strip())]


class Development(Config):
    """On one's own machine: a key made on the first run, plain http at loopback, demo data unless `DEMO=0`."""

    ENVIRONMENT = "development"
    DEFAULT_PROXIES = 0
    SESSION_COOKIE_NAME = "session"
    SESSION_COOKIE_SECURE = False
    DEVICE_COOKIE_NAME = "device"
    SECOND_FACTOR_DEFAULT = "0"

    def wants_demo(self, environ: Mapping[str, str]) -> bool:
        """Say whether the demo is loaded: unless `DEMO=0`."""
        return environ.get("DEMO", "1") != "0"

    def secret_key(self, environ: Mapping[str, str]) -> str:
        """Return `SECRET_KEY`, or the key kept in the instance folder, made on the first run."""
        if key := environ.get("SECRET_KEY"):
            return key
        self.INSTANCE.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self.INSTANCE / "secret_key"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(32))
        return kept.read_text()

    def default_database(self) -> str:
        """Return a file of its own for the demo, so that fiction never mixes with what people send."""
        return f"sqlite:///{self.INSTANCE / 'demo.sqlite3'}" if self.DEMO else super().default_database()

    def contact(self, environ: Mapping[str, str]) -> str:
        """Return an address that leads nowhere."""
        return environ.get("CONTACT", "contact@en-regard.invalid")

    def public_url(self, environ: Mapping[str, str]) -> str:
        """Return loopback on the port that `./dev run` listens on."""
        return environ.get("PUBLIC_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}")

    def trusted_hosts(self, environ: Mapping[str, str]) -> list[str]:
        """Return the names of one's own machine too."""
        return [*super().trusted_hosts(environ), "localhost", "127.0.0.1"]


class Testing(Development):
    """For the suite: the caller names the folder and the database; nothing is read from the outside."""

    ENVIRONMENT = "testing"
    TESTING = True

    # Tests fill in forms faster than people do; those of the walls set it otherwise.
    FASTEST_FORM = timedelta(0)

    # A test often reads while its visitor erases.
    SCRUB_PATIENCE = 50  # milliseconds

    # The passwords of tests protect nothing: the least that argon2 takes.
    ARGON2: ClassVar[dict[str, int]] = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}

    def __init__(self, *, instance: Path, database: str, **settings: str) -> None:
        super().__init__(
            {
                "INSTANCE": str(instance),
                "DATABASE_URL": database,
                "SECRET_KEY": "only-for-tests",
                "DEMO": "0",
                "PUBLIC_URL": "http://localhost",
                **settings,
            }
        )


def required(environ: Mapping[str, str], name: str) -> str:
    """Return a setting, or raise `SettingMissing` with its name."""
    if not (value := environ.get(name)):
        raise SettingMissing(f"{name} must be set: see docs/operating.md")
    return value


def database_url(url: str) -> str:
    """Name our PostgreSQL driver in an address that does not: hosts hand out `postgres://` and `postgresql://`."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration that `EN_REGARD_ENV` names; production when it names none."""
    name = environ.get("EN_REGARD_ENV", "production")
    try:
        kind = {"production": Config, "development": Development}[name]
    except KeyError:
        raise SettingMissing(f"EN_REGARD_ENV is {name!r}: production or development") from None
    return kind(environ)
