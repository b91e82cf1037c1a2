"""docs/installer.md, command by command: from the archive to a testimonial that a reader sees through nginx."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_whole_path import fill_in
from tests.deploy.installation import (
    COMMANDS,
    NAME,
    Installation,
    Unit,
    certify,
    get,
    listening_socket,
    make_release,
    page_commands,
    proxy,
    trusting,
)
from tests.factories import PASSWORD
from tests.mail.test_outbox import plain
from tests.services import postgres, smtp
from tests.services.ports import kept_port
from tests.services.server import PATIENCE
from tests.services.tls import HOST

pytestmark = [pytest.mark.services, pytest.mark.one_engine]

EDITOR = "prenom.nom@exemple.fr"
SLOW = 500
RESTARTS = 3
ADDRESSES = 10  # that the slow ones come from: loopback has many


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """Give three ports: the server's, the proxy's, and its plain one."""
    with ExitStack() as stack:
        yield [stack.enter_context(kept_port()) for _ in range(3)]


def test_eight_commands_lead_from_a_bare_machine_to_production(
    tmp_path: Path, ports: list[int], postgres_server: postgres.Server, mail_server: smtp.Peer, browser: Browser
) -> None:
    """One path is one test: each step needs those before it."""
    commands = page_commands()
    assert len(commands) <= COMMANDS
    packages, certificate, unpack, install, edit, start, invite, doctor = commands
    assert packages.startswith("apt-get install --yes python3-venv nginx ")
    assert f"certonly --nginx --domain {NAME} " in certificate
    installation = Installation(tmp_path, *ports)

    archive = make_release(tmp_path)
    (tmp_path / "opt").mkdir()
    certify(installation)
    asked = re.findall(r"\S+\.tar\.gz", unpack)[0]
    installation.run(unpack.replace(asked, str(archive)))
    folder = archive.name.removesuffix(".tar.gz")
    said = installation.run(install.replace(asked.removesuffix(".tar.gz"), folder))
    assert "Left to fill in" in said
    assert "CONTACT" in said
    assert edit == "nano /etc/en-regard/environment"
    assert installation.settings.stat().st_mode & 0o077 == 0, "nobody else reads a secret"
    fill_settings(installation, postgres_server, mail_server)

    # `systemctl enable --now` of these; the timer's own service is run below.
    assert start == (
        "systemctl enable --now en-regard.socket en-regard en-regard-deliverer en-regard-backup.timer"
        " && systemctl reload nginx"
    )
    server, deliverer = installation.unit("en-regard.service"), installation.unit("en-regard-deliverer.service")
    log = tmp_path / "output"
    assert installation.unit("en-regard.socket").one("ListenStream") == f"127.0.0.1:{installation.port}"
    with listening_socket(installation.port) as listening, proxy(installation) as logs:
        with server.running(log, listening) as process, deliverer.running(log):
            assert get(f"{installation.url}/articles/crpv")[0] == 200
            assert process.poll() is None, log.read_text()
            opened = re.findall(r"https://\S+", installation.run(invite))[-1]
            publish_one(installation, browser, mail_server, opened)
            assert_slow_senders_block_nobody(installation)
            assert_headers_and_logs(installation, logs)
            assert "mail" in installation.run(doctor)
            installation.unit("en-regard-backup.service").run("ExecStart")
            assert list((tmp_path / "var/lib/en-regard-backups").iterdir())
        assert_restarts_fail_no_request(installation, server, log, listening)


def fill_settings(installation: Installation, database: postgres.Server, mail: smtp.Peer) -> None:
    """Fill in what `deploy/install` says is left, and choose PostgreSQL."""
    fiction = "Une valeur d’exemple (fictive)"
    empty = re.findall(r"^([A-Z_]+)=''$", installation.settings.read_text(), re.MULTILINE)
    installation.edit(
        INSTANCE_SURVIVES="1",  # tests keep theirs in memory
        **dict.fromkeys(empty, fiction)
        | {
            "CONTACT": "donnees@exemple.invalid",
            "MAIL_FROM": "En regard <bonjour@exemple.invalid>",
            "SMTP_URL": mail.url,
            "PUBLIC_URL": installation.url,
            "DATABASE_URL": database.create_database("test_installation"),
            # The walk has its codes elsewhere (tests/accounts); one step less here.
            "REQUIRE_SECOND_FACTOR": "0",
        },
    )


def publish_one(installation: Installation, browser: Browser, mail: smtp.Peer, invitation: str) -> None:
    """Walk a testimonial through the proxy: sent, confirmed by the letter's link, published, read."""
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
    """Return the private link of the first letter, once the deliverer has sent it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for each in mail.received:
            if found := re.findall(r"https://\S+/mon-temoignage/\S+", plain(each.message)):
                return str(found[0])
        time.sleep(0.1)
    raise AssertionError("the deliverer has sent no link")


def assert_slow_senders_block_nobody(installation: Installation) -> None:
    """Five hundred begin a form and send a byte a second; others are served meanwhile."""
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
            time.sleep(1)
        for each in senders:
            each.sendall(b"a")  # none was cut off: all are still under way
    finally:
        for each in senders:
            each.close()


def assert_headers_and_logs(installation: Installation, logs: Path) -> None:
    """TLS and its redirection, compressed style; in the log neither a private link, nor a search, nor a Referer."""
    status, headers, _ = get(f"http://{HOST}:{installation.plain_port}/articles/crpv?mots=soin")
    assert (status, headers["Location"]) == (301, f"https://{HOST}/articles/crpv?mots=soin")
    headers = get(f"{installation.url}/articles/crpv", **{"Accept-Encoding": "gzip"})[1]
    assert headers["Content-Encoding"] == "gzip"
    style = re.findall(r'href="(/static/[^"]+\.css)"', get(f"{installation.url}/articles/crpv")[2].decode())[0]
    assert get(installation.url + style, **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip"
    assert get(f"{installation.url}/metrics")[0] == 404

    secret = "WyJzZWNyZXQiXQ.0123456789abcdefghijklmnop"
    for door in doors():
        get(
            f"{installation.url}{door.replace('<token>', secret)}?mots=schizo",
            Referer=f"{installation.url}/recu/{secret}",
        )
    for wanted in (f"/mon-temoignage/{secret}/retirer", "/articles/crpv"):
        get(f"{installation.url}{wanted}?mots=schizo")
    written = "".join(path.read_text() for path in logs.iterdir())
    assert "/mon-temoignage/* " in written
    assert "/articles/crpv" in written
    for never in (secret, "schizo", "mots="):
        assert never not in written


def doors() -> list[str]:
    """Return the addresses that hold a token, from the table that says who may open each."""
    table = (Path(__file__).parents[1] / "accounts" / "test_roles_by_article.py").read_text()
    found = re.findall(r"/\S+<token>\S*", table)
    assert len(found) > 20, "the table has moved"
    return found


def assert_restarts_fail_no_request(
    installation: Installation, server: Unit, log: Path, listening: socket.socket
) -> None:
    """Ask for a page without a pause while servers follow one another on the socket: each answer is a page."""
    answers: list[int] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            answers.append(get(f"{installation.url}/articles/crpv")[0])

    readers = [threading.Thread(target=ask) for _ in range(2)]
    for turn in range(RESTARTS):
        with server.running(log, listening):
            before = len(answers)
            if turn == 0:
                for each in readers:
                    each.start()
            wait_until(partial(more_than, answers, before + 20))
            if turn == RESTARTS - 1:
                ended.set()
                for each in readers:
                    each.join(timeout=PATIENCE)
    assert set(answers) == {200}


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "nothing is answered"
        time.sleep(0.05)


def more_than(answers: list[int], number: int) -> bool:
    return len(answers) > number
