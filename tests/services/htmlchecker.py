"""The Nu HTML checker, which says what the HTML standard says of a page."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Message:
    """One thing the checker says of a page."""

    page: str
    kind: str
    """`error`, `warning` or `info`."""
    line: int
    text: str
    extract: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.kind}: {self.text} — {self.extract!r}"


def check(pages: Mapping[str, str]) -> list[Message]:
    """Check pages, given as HTML by name, in one run of Java: starting it takes longer than checking."""
    java = shutil.which("java")
    if java is None:
        raise RuntimeError("No Java: install Debian's package default-jre-headless.")
    with tempfile.TemporaryDirectory(prefix="html-") as folder:
        names = {}
        for number, (name, html) in enumerate(pages.items()):
            file = Path(folder, f"{number}.html")
            file.write_text(html, encoding="utf-8")
            names[file.as_uri().replace("file:///", "file:/")] = name
        command = [java, "-jar", str(_jar()), "--format", "json", "--stdout", "--exit-zero-always", folder]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        Message(
            page=names[said["url"]],
            kind=said.get("subType", said["type"]) if said["type"] == "info" else said["type"],
            line=said.get("lastLine", 0),
            text=said["message"],
            extract=said.get("extract", ""),
        )
        for said in json.loads(answer.stdout)["messages"]
    ]


def _jar() -> Path:
    named = os.environ.get("VNU_JAR")
    found = [Path(named)] if named else sorted(ROOT.glob(".cache/vnu-*.jar"))
    if not found or not found[-1].exists():
        raise RuntimeError("No HTML checker: `./dev test` fetches it; or set VNU_JAR to the path of a vnu.jar.")
    return found[-1]
