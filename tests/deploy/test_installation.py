"""docs/installer.md, command by command: from the archive to a testimonial that a reader sees through nginx."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app import create_app
from config import Testing
from tests.browser.test_whole_path import fill_in
from tests.deploy.installation import (
    COMMANDS,
    NAME,
    NEXT,
    VERSION,
    Installation,
    certify,
    get,
    listening_socket,
    make_release,
    next_release,
    page_commands,
    proxy,
    trusting,
)
from tests.depth import DEPTH
from tests.factories import PASSWORD
from tests.mail.test_outbox import plain
from tests.services import postgres, smtp
from tests.services.ports import kept_port
from tests.services.server import PATIENCE, wait_until
from tests.services.tls import HOST
from tests.test_upgrade import ENGINES, database_of

pytestmark = [pytest.mark.services, pytest.mark.one_engine]

EDITOR = "prenom.nom@exemple.fr"
STOP = "systemctl stop en-regard-deliverer en-regard en-regard.socket"
START = "systemctl start en-regard.socket en-regard en-regard-deliverer"
SLOW = DEPTH.rounds(500)
ADDRESSES = 10  # that the slow ones come from: loopback has many


@pytest.fixture
def ports() -> Iterator[list[int]]:
    with ExitStack() as stack:
        yield [stack.enter_context(kept_port()) for _ in range(3)]


@pytest.mark.slow("two releases, installed and served, through nginx")
def test_the_page_leads_from_a_bare_machine_through_an_owners_year(
    tmp_path: Path, ports: list[int], postgres_server: postgres.Server, mail_server: smtp.Peer, browser: Browser
) -> None:
    """Installed, read, backed up, upgraded, gone back from, moved to PostgreSQL: each step needs those before it."""
    page = page_commands()
    first = page.pop("Installer En regard")
    assert len(first) <= COMMANDS
    packages, certificate, unpack, install, edit, start, invite, doctor = first
    assert packages.startswith("apt-get update && apt-get install --yes python3-venv nginx ")
    assert {"logrotate", "nano"} < set(packages.split()), "a bare Debian has neither"
    assert f"certonly --nginx --domain {NAME} " in certificate
    installation = Installation(tmp_path, *ports)
    certify(installation)
    (tmp_path / "opt").mkdir()

    put_in_place(installation, make_release(tmp_path), unpack)
    said = installation.run(install)
    assert "Left to fill in" in said
    assert "CONTACT" in said
    assert edit == "nano /etc/en-regard/environment"
    assert installation.settings.stat().st_mode & 0o077 == 0, "nobody else reads a secret"
    (tmp_path / "elsewhere").mkdir()
    fill_settings(installation, mail_server, JOURNAL_COPY=str(tmp_path / "elsewhere"))
    installation.run("/opt/en-regard/deploy/install")  # as the sample says, once a setting names a folder
    assert start == (
        "systemctl reload nginx; "  # whatever becomes of the first start
        "systemctl enable --now en-regard.socket en-regard en-regard-deliverer en-regard-backup.timer"
    )
    log = tmp_path / "output"
    with listening_socket(installation.port) as listening, proxy(installation) as logs, ExitStack() as running:
        service = Service(installation, log, listening)
        process = running.enter_context(service.running())
        running.enter_context(installation.unit("en-regard-deliverer.service").running(log))
        assert get(f"{installation.url}/articles/crpv")[0] == 200
        assert process.poll() is None, log.read_text()
        opened = re.findall(r"https://\S+", installation.run(invite))[-1]
        publish_one(installation, browser, mail_server, opened)
        assert_slow_senders_block_nobody(installation)
        assert_headers_and_logs(installation, logs)
        # certbot's certificates are trusted everywhere; this one is nobody's.
        trusted = {"SSL_CERT_FILE": str(tmp_path / "etc/letsencrypt/live" / HOST / "fullchain.pem")}
        assert "nothing stands against opening the platform" in installation.run(doctor, **trusted)
        assert "Example: en-regard doctor" in installation.run("en-regard doctor --help")
        assert EDITOR in mail_server.received[-1].recipients
        installation.unit("en-regard-backup.service").run("ExecStart")
        upgrade(installation, service, page.pop("Mettre à jour"), stop=running.close)
        go_back(installation, service, page.pop("Revenir en arrière"))
        move_to_postgresql(installation, service, page.pop("PostgreSQL"), postgres_server)
        serve_what_1_0_0_wrote(installation, service, postgres_server)
        for folders in (tmp_path / "etc/systemd/system").glob("*.d/folders.conf"):
            folders.unlink()
        with (
            service.running(),
            pytest.raises(AssertionError, match="fault: the server says: the second place of the journal"),
        ):
            installation.run(doctor, **trusted)
    assert page == {}, "every section of the page is walked"


def put_in_place(installation: Installation, archive: Path, unpack: str) -> None:
    """Unpack a release by the page's command, from the folder where it is typed.

    At landing its environment is that of the tests, which has what the locks name: an installation from nothing, of
    each release, takes longer than all that follows.
    """
    archive.rename(installation.root / archive.name)
    installation.run(unpack)
    if not DEPTH.full:
        (installation.root / "opt" / archive.name.removesuffix(".tar.gz") / ".venv").symlink_to(sys.prefix)


def fill_settings(installation: Installation, mail: smtp.Peer, **more: str) -> None:
    empty = re.findall(r"^([A-Z_]+)=''$", installation.settings.read_text(), re.MULTILINE)
    installation.edit(
        DISK_IS_PERMANENT="1",  # tests keep theirs in memory
        **dict.fromkeys(empty, "Une valeur d’exemple (fictive)")
        | {
            "CONTACT": "donnees@exemple.invalid",
            **dict.fromkeys(("PUBLISHER_PHONE", "HOSTING_PROVIDER_PHONE"), "01 99 00 00 00"),
            "MAIL_FROM": "En regard <bonjour@exemple.invalid>",
            "SMTP_URL": mail.url,
            "PUBLIC_URL": installation.url,
            # The walk has its codes elsewhere (tests/accounts); one step less here.
            "REQUIRE_SECOND_FACTOR": "0",
        }
        | more,
    )


@dataclass
class Service:
    """The server, as its unit runs it; each time anew from what is installed."""

    installation: Installation
    log: Path
    listening: socket.socket

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.installation.unit("en-regard.service").running(self.log, self.listening) as process:
            yield process


def upgrade(installation: Installation, service: Service, commands: list[str], stop: Callable[[], None]) -> None:
    """Upgrade while readers read without a pause: the server stops, and another starts on the same socket."""
    backup, unpack, install, restart = commands
    assert restart == "systemctl restart en-regard"
    site = installation.root / "etc/nginx/sites-available/en-regard.conf"
    changed = site.read_text() + "# Un changement de la ville.\n"
    site.write_text(changed)
    settings = installation.settings.read_text()
    answers: list[int] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            answers.append(get(f"{installation.url}/articles/crpv")[0])
            time.sleep(0.1)  # the installation needs the machine too

    readers = [threading.Thread(target=read) for _ in range(2)]
    for each in readers:
        each.start()
    installation.run(backup)
    put_in_place(installation, next_release(installation.root / f"en-regard-{VERSION}.tar.gz"), unpack)
    installation.run(install)
    wait_until_read(answers)
    stop()
    with service.running():
        wait_until_read(answers)
        ended.set()
        for each in readers:
            each.join(timeout=PATIENCE)
        assert_published(installation)
    assert set(answers) == {200}
    assert (installation.root / "opt/en-regard").readlink().name == f"en-regard-{NEXT}"
    assert installation.settings.read_text() == settings
    assert site.read_text() == changed, "an owner's own changes are kept"
    assert site.with_name("en-regard.conf.new").is_file()


def wait_until_read(answers: list[int]) -> None:
    enough = len(answers) + 20
    wait_until(lambda: len(answers) >= enough)


def go_back(installation: Installation, service: Service, commands: list[str]) -> None:
    stop, install, aside, restore, start = commands
    assert (stop, start) == (STOP, START)
    installation.run(install)
    installation.run(aside)
    newest = max((installation.root / "var/lib/en-regard-backups").iterdir())
    asked = re.findall(r"\S+\.zip", restore)[0]
    said = installation.run(restore.replace(asked, str(newest)))
    assert [line.split()[0] for line in said.splitlines()] == ["restored:", "0", "sessions", "start"]
    assert (installation.root / "opt/en-regard").readlink().name == f"en-regard-{VERSION}"
    with service.running():
        assert_published(installation)


def move_to_postgresql(
    installation: Installation, service: Service, commands: list[str], server: postgres.Server
) -> None:
    *_, stop, copy, start = commands
    assert (stop, start) == (STOP, START)
    url = server.create_database("test_installation")
    installation.run(copy.replace("postgresql:///en_regard", url))
    installation.edit(DATABASE_URL=url)
    (installation.root / "var/lib/en-regard/en-regard.sqlite3").unlink()
    with service.running():
        assert_published(installation)


def serve_what_1_0_0_wrote(installation: Installation, service: Service, server: postgres.Server) -> None:
    """Start this release's unit on the databases of 1.0.0: it upgrades them, and readers have their texts."""
    now_served = re.findall(r"^DATABASE_URL='(.*)'$", installation.settings.read_text(), re.MULTILINE)[0]
    for engine in ENGINES:
        url = database_of(engine, installation.root / "var/lib/en-regard", server)
        installation.edit(DATABASE_URL=url)
        with service.running():
            assert "15 retours" in get(f"{installation.url}/articles/crpv")[2].decode()
        installation.run("en-regard catalog rebuild && en-regard privacy verify")
    installation.edit(DATABASE_URL=now_served)


def assert_published(installation: Installation) -> None:
    status, _, page = get(f"{installation.url}/articles/crpv")
    assert status == 200
    assert "CLSM de Ville-Exemple" in page.decode()


def publish_one(installation: Installation, browser: Browser, mail: smtp.Peer, invitation: str) -> None:
    author, editor, reader = (
        browser.new_context(ignore_https_errors=True, locale="fr-FR").new_page() for _ in range(3)
    )
    editor.goto(invitation)
    editor.get_by_label("Mot de passe").fill(PASSWORD)
    editor.get_by_role("button", name="Enregistrer ce mot de passe").click()
    expect(editor.get_by_label("Courriel")).to_be_visible()

    author.goto(f"{installation.url}/articles/crpv/temoigner")
    fill_in(author)
    author.get_by_role("button", name="Relire mon texte").click()
    author.get_by_role("radio", name=re.compile("^Oui")).check()
    author.get_by_label(re.compile("J’atteste")).check()
    author.get_by_role("button", name=re.compile("^Envoyer")).click()
    arrived = author.get_by_role("heading", name="Votre texte est arrivé")
    # A form that is filled in within six seconds is a machine's: this one is, unless the machine is a slow one.
    doubted = author.get_by_role("button", name=re.compile("^Oui, c’est moi"))
    expect(arrived.or_(doubted)).to_be_visible()
    if doubted.is_visible():
        doubted.click()
    expect(arrived).to_be_visible()
    author.goto(delivered_link(mail))
    author.get_by_role("button", name=re.compile("Confirmer")).click()
    expect(author.get_by_text("entre les mains de l’équipe").first).to_be_visible()

    editor.goto(f"{installation.url}/moderation")
    editor.get_by_label("Courriel").fill(EDITOR)
    editor.get_by_label("Mot de passe").fill(PASSWORD)
    editor.get_by_role("button", name="Se connecter").click()
    editor.get_by_role("link", name=re.compile("Ville-Exemple")).first.click()
    editor.get_by_role("button", name="Publier", exact=True).click()
    expect(editor.get_by_text(re.compile("Texte publié par"))).to_be_visible()

    reader.goto(f"{installation.url}/articles/crpv")
    expect(reader.get_by_text("Coordinatrice, CLSM de Ville-Exemple").first).to_be_attached()
    for page in (author, editor, reader):
        page.context.close()


def delivered_link(mail: smtp.Peer) -> str:
    def links() -> list[str]:
        letters = "\n".join(plain(each.message) for each in mail.received)
        return re.findall(r"https://\S+/mon-temoignage/\S+", letters)

    wait_until(lambda: bool(links()))
    return links()[0]


def assert_slow_senders_block_nobody(installation: Installation) -> None:
    """Many begin a form, and send a byte now and then; others are served meanwhile."""
    begun = f"POST /connexion HTTP/1.1\r\nHost: {HOST}:{installation.proxy_port}\r\nContent-Length: 500\r\n\r\n"
    senders = []
    try:
        for number in range(SLOW):
            source = f"127.0.2.{number % ADDRESSES + 1}"
            plain_socket = socket.create_connection(
                (HOST, installation.proxy_port), timeout=PATIENCE, source_address=(source, 0)
            )
            senders.append(trusting().wrap_socket(plain_socket))
            senders[-1].sendall(begun.encode())
        for _ in range(3):
            for each in senders:
                each.sendall(b"a")
            assert get(f"{installation.url}/articles/crpv")[0] == 200
            assert get(f"{installation.url}/connexion")[0] == 200
        for each in senders:
            each.sendall(b"a")  # none was cut off: all are still under way
    finally:
        for each in senders:
            each.close()


def assert_headers_and_logs(installation: Installation, logs: Path) -> None:
    """TLS and its redirection, what is compressed; in the log neither a private link, nor a search, nor a Referer."""
    status, headers, _ = get(f"http://{HOST}:{installation.plain_port}/articles/crpv?mots=soin")
    assert (status, headers["Location"]) == (301, f"https://{HOST}/articles/crpv?mots=soin")
    headers = get(f"{installation.url}/articles/crpv", **{"Accept-Encoding": "gzip"})[1]
    assert headers["Content-Encoding"] == "gzip"
    style = re.findall(r'href="(/static/[^"]+\.css)"', get(f"{installation.url}/articles/crpv")[2].decode())[0]
    assert get(installation.url + style, **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip"
    # What shows the words of the request beside a token leaves plain (docs/decisions/0051).
    plain_page = get(f"{installation.url}/mon-temoignage/nouveau-lien", **{"Accept-Encoding": "gzip, br"})[1]
    assert "Content-Encoding" not in plain_page
    assert get(f"{installation.url}/metrics")[0] == 404

    secret = "WyJzZWNyZXQiXQ.0123456789abcdefghijklmnop"
    for door in doors(installation.root / "doors"):
        get(
            f"{installation.url}{door.replace('<token>', secret)}?mots=schizo",
            Referer=f"{installation.url}/recu/{secret}",
        )
    for wanted in (f"/mon-temoignage/{secret}/retirer", "/articles/crpv"):
        get(f"{installation.url}{wanted}?mots=schizo")
    written = "".join(path.read_text() for path in logs.iterdir())
    assert "/mon-temoignage/* " in written
    assert "/articles/crpv" in written
    for never in (secret, "schizo", "mots=", HOST):
        assert never not in written


def doors(folder: Path) -> list[str]:
    rules = create_app(Testing(instance=folder, database="sqlite://")).url_map.iter_rules()
    return [rule.rule for rule in rules if "token" in rule.arguments]
