"""The site's own look: accent and logo, checked at start and served as static files under hashed names."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.web.colors import own_palettes
from app.web.logo import Logo, read_logo
from config import SettingMissing

SHEET = "appearance.css"

# After base.css: what it sets for those who prefer more contrast holds for the owner's accent too. Printed pages are
# black on white. Documents (`on-paper`) have tokens of their own in recueil.css, and the owner's accent on paper too.
ACCENT = """@media screen {{
  :root:not(.on-paper) {{
{light}  }}
}}
@media screen and (prefers-color-scheme: dark) {{
  :root:not(.on-paper) {{
{dark}  }}
}}
@media screen and (prefers-contrast: more) {{
  :root:not(.on-paper) {{
    --accent: var(--accent-strong);
  }}
}}

:root.on-paper {{
  --accent: {accents[0]};
}}
@media screen and (prefers-color-scheme: dark) {{
  :root.on-paper {{
    --accent: {accents[1]};
  }}
}}
"""
# A logo is drawn for light paper, and stands on it on dark pages too.
MASTHEAD = """.masthead__logo {
  margin-inline-end: 0.75rem;
  vertical-align: middle;
}
@media screen and (prefers-color-scheme: dark) {
  .masthead__logo {
    box-sizing: content-box;
    padding: 0.25rem;
    border-radius: 2px;
    background: #fbf9f4;
  }
}
"""


@dataclass(frozen=True)
class Appearance:
    """What templates ask: the name of the owner's style sheet, if any, and the logo."""

    sheet: str | None
    logo: Logo | None


def init_app(app: Flask) -> Mapping[str, Path]:
    """Give templates `appearance`; return the files to serve, which are in INSTANCE/appearance.

    Raise `SettingMissing` for an accent that cannot be read, and for a logo that is none.
    """
    accents, path = app.config["COLOR_ACCENT"], app.config["LOGO"]
    logo = read_logo(path) if path else None
    files = {logo.name: logo.content} if logo else {}
    if sheet := (accent_rules(accents) if accents else "") + (MASTHEAD if logo else ""):
        files[SHEET] = sheet.encode()
    app.jinja_env.globals["appearance"] = Appearance(SHEET if sheet else None, logo)
    return {name: kept(app.config["INSTANCE"] / "appearance", name, content) for name, content in files.items()}


def accent_rules(accents: Sequence[str]) -> str:
    light, dark = map(declarations, own_palettes(accents))
    return ACCENT.format(light=light, dark=dark, accents=accents)


def declarations(palette: Mapping[str, str]) -> str:
    return "".join(f"    --{name}: {value};\n" for name, value in palette.items())


def kept(folder: Path, name: str, content: bytes) -> Path:
    """Return a file with this content, under a name of its own: servers of another release read the former one."""
    path = folder / f"{hashlib.sha256(content).hexdigest()[:12]}-{name}"
    try:
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = folder / f"{os.getpid()}-{name}"
            aside.write_bytes(content)
            aside.replace(path)
    except OSError as error:
        raise SettingMissing(
            f"INSTANCE must be a folder to write in ({error.strerror}): see docs/operating.md"
        ) from None
    return path
