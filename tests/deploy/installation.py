"""An installation made by the commands of docs/installer.md, beneath a folder: archive, files, units, proxy.

What a machine's own service manager would do is done here from the units themselves: their commands, settings, folder,
socket and what they may write to are read from the files that were installed, and nothing of them is written twice.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

from tests.services.server import PATIENCE, ROOT, wait_until
from tests.services.tls import HOST, write_certificate

PAGE = ROOT / "docs" / "installer.md"
NAME = "retours.exemple.fr"  # on the page; here the address on loopback is the name
COMMANDS = 8
VERSION, NEXT = "1.0.0", "1.1.0"  # on the page
# The address in the units and in the proxy's site; another process of the machine may have it.
LISTENS = "127.0.0.1:8000"


# The first folder is mounted read-only for what follows « -- », and those after it for writing, where they are.
SANDBOX = """
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
shift
while [[ $1 != -- ]]; do
  if [[ -e $1 ]]; then mount --bind "$1" "$1"; mount -o remount,bind,rw "$1"; fi
  shift
done
shift
cd "$PWD"
exec "$@"
"""


def page_commands() -> dict[str, list[str]]:
    """Return the commands of the page by section: the first, without a title, leads to production."""
    found: dict[str, list[str]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## "):
        for block in re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
            found.setdefault(section.splitlines()[0].removeprefix("# "), []).extend(block.splitlines())
    return found


def make_release(folder: Path) -> Path:
    """Commit the working tree to a copy, run `./dev release` there, and return the archive."""
    copy = folder / "copy"
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@exemple.invalid"]
    subprocess.run(["git", "init", "--quiet", str(copy)], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    project, changes = copy / "pyproject.toml", copy / "CHANGELOG.md"
    project.write_text(re.sub(r'^version = ".*"', f'version = "{VERSION}"', project.read_text(), flags=re.MULTILINE))
    changes.write_text(changes.read_text().replace("## Unreleased", f"## {VERSION}", 1))
    subprocess.run([*git, "add", "--all"], cwd=copy, check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "Copy"], cwd=copy, check=True)
    subprocess.run([*git, "tag", "--annotate", f"v{VERSION}", "--message", VERSION], cwd=copy, check=True)
    # The list of parts is made by this environment's tool: another one would take minutes to install.
    subprocess.run(
        [str(copy / "dev"), "release"], check=True, capture_output=True, env={**os.environ, "VENV": sys.prefix}
    )
    assert (copy / "dist" / f"en-regard-{VERSION}.cdx.json").is_file()
    (archive,) = (copy / "dist").glob("*.tar.gz")
    return archive


def next_release(archive: Path) -> Path:
    """Return the archive of the next version, which differs in its number alone: its list of parts is not made anew."""
    folder = archive.parent / "next"
    folder.mkdir()
    subprocess.run(["tar", "--extract", "--file", archive, "--directory", folder], check=True)
    release = (folder / f"en-regard-{VERSION}").rename(folder / f"en-regard-{NEXT}")
    project = release / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{VERSION}"', f'version = "{NEXT}"'))
    made = archive.with_name(f"{release.name}.tar.gz")
    subprocess.run(["tar", "--create", "--gzip", "--file", made, "--directory", folder, release.name], check=True)
    return made


@dataclass
class Installation:
    """What `deploy/install` has put beneath a folder."""

    root: Path
    port: int
    proxy_port: int
    plain_port: int

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.proxy_port}"

    def placed(self, text: str) -> str:
        """Move a text's paths beneath the folder, and its address to a port that is free."""
        moved = re.sub(r"(?<![\w.])/(opt|etc|usr/local|var/(?:lib|log))\b", rf"{self.root}/\1", text)
        return moved.replace(LISTENS, f"127.0.0.1:{self.port}")

    def run(self, command: str, **environment: str) -> str:
        """Run a command of the page; return what it prints. Raises `AssertionError` where it fails."""
        done = subprocess.run(
            ["/bin/bash", "-euc", self.placed(command.replace(NAME, HOST))],
            check=False,
            env=self.environment(environment),
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return a shell's own: nothing of the tests' settings, and the installed commands first."""
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
        return {**kept, "PATH": f"{self.root}/usr/local/bin:{os.environ['PATH']}", "DESTDIR": str(self.root), **more}

    @property
    def settings(self) -> Path:
        return self.root / "etc" / "en-regard" / "environment"

    def edit(self, **values: str) -> None:
        """Fill in the settings as an owner does; a line that is not there is added."""
        text = self.settings.read_text()
        for name, value in values.items():
            line = f"{name}='{value}'"
            text, lines = re.subn(rf"^{name}='.*'$", line, text, flags=re.MULTILINE)
            text += "" if lines else f"{line}\n"
        self.settings.write_text(text)

    def unit(self, name: str) -> "Unit":
        """Return a unit with its drop-ins (systemd.unit(5)): those of its name, and of its name up to each hyphen."""
        folder = self.root / "etc" / "systemd" / "system"
        stem = name.removesuffix(".service")
        names = [stem, *(stem[: hyphen.end()] for hyphen in re.finditer("-", stem))]
        found = [folder / name, *(file for each in names for file in (folder / f"{each}.service.d").glob("*.conf"))]
        return Unit.read(self.placed("\n".join(file.read_text() for file in found)), self.root)


@dataclass(frozen=True)
class Unit:
    """What a systemd unit says of a process: each setting, with its values in their order."""

    said: Mapping[str, list[str]]
    root: Path | None = None

    @classmethod
    def read(cls, text: str, root: Path | None = None) -> "Unit":
        said: dict[str, list[str]] = {}
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.startswith(("#", ";")):
                said.setdefault(name, []).append(value)
        return cls(said, root)

    @property
    def sandbox(self) -> list[str]:
        """Return what a command begins with so that it can write, of all that is installed, where the unit says."""
        assert self.one("ProtectSystem") == "strict"
        assert self.root is not None
        own = [f"{self.root}/var/lib/{name}" for name in self.one("StateDirectory").split()]
        opened = [shlex.split(path)[0].removeprefix("-") for path in self.said.get("ReadWritePaths", [])]
        mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
        command = ["unshare", "--mount", *mapped, "/bin/bash", "-euc", SANDBOX, "bash"]
        return [*command, str(self.root), *own, *opened, "--"]

    def one(self, name: str) -> str:
        (value,) = self.said[name]
        return value

    @property
    def environment(self) -> dict[str, str]:
        """Return its variables, then those of its settings file, read as systemd.exec(5) says."""
        lines = [*self.said["Environment"], *Path(self.one("EnvironmentFile")).read_text().splitlines()]
        pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
        return {name: shlex.split(value)[0] if value else "" for name, _, value in pairs}

    def run(self, setting: str) -> None:
        """Run the commands of a setting, one after the other; raise `AssertionError` for one that fails."""
        for command in self.said.get(setting, []):
            done = subprocess.run(
                [*self.sandbox, *shlex.split(command)],
                check=False,
                cwd=self.one("WorkingDirectory"),
                env=self.whole_environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout + done.stderr

    @property
    def whole_environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return {**kept, **self.environment}

    @contextmanager
    def running(self, output: Path, listening: socket.socket | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """Run its commands until the block ends; hand a socket over as systemd does (sd_listen_fds(3))."""
        self.run("ExecStartPre")
        command = shlex.split(self.one("ExecStart"))
        passed = []
        if listening is not None:
            passed = [listening.fileno()]
            handed = f'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&{listening.fileno()}'
            command = ["/bin/bash", "-c", handed, "bash", *command]
        with output.open("ab") as file:
            process = subprocess.Popen(
                [*self.sandbox, *command],
                cwd=self.one("WorkingDirectory"),
                env=self.whole_environment,
                stdout=file,
                stderr=file,
                pass_fds=passed,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE)


@contextmanager
def listening_socket(port: int) -> Iterator[socket.socket]:
    """Listen as the socket's unit does: connections wait there, whether a server runs or not."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(2048)
        yield listening


@contextmanager
def proxy(installation: Installation) -> Iterator[Path]:
    """Run nginx with the installed site for as long as the block lasts; give the folder of its logs."""
    folder = installation.root / "nginx"
    folder.mkdir()
    site = installation.placed((installation.root / "etc/nginx/sites-available/en-regard.conf").read_text())
    for port, other in ((443, installation.proxy_port), (80, installation.plain_port)):
        site = re.sub(rf"listen {port}\b", f"listen {HOST}:{other}", site)
        site = re.sub(rf" *listen \[::\]:{port}.*\n", "", site)
    (folder / "site.conf").write_text(site)
    # Debian's own main file, but for its folders.
    (folder / "nginx.conf").write_text(
        f"worker_processes auto; pid {folder}/pid; error_log {folder}/error.log;\n"
        + ("user root;\n" if os.geteuid() == 0 else "")
        + "events { worker_connections 768; }\n"
        + "http {\n"
        + "".join(
            f"{each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"access_log off;\ninclude {folder}/site.conf;\n}}\n"
    )
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    tested = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr, tested.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        wait_until(lambda: is_listening(installation.proxy_port))
        yield installation.root / "var" / "log" / "en-regard"
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=PATIENCE)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def certify(installation: Installation) -> None:
    live = installation.root / "etc" / "letsencrypt" / "live" / HOST
    live.mkdir(parents=True)
    both = write_certificate(live)
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(both, live / name)


def trusting() -> ssl.SSLContext:
    """Return a context for the proxy's certificate, which nobody has signed but itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def get(url: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting()), Unfollowed)
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # our own address on loopback
    with opener.open(request, timeout=PATIENCE) as answer:
        return answer.status, answer.headers, answer.read()


class Unfollowed(urllib.request.HTTPErrorProcessor):
    """Returns a redirection, or an error, as it is."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:  # noqa: ARG002  # its caller's name for it
        return response

    https_response = http_response
