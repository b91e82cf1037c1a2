"""The site's own look: colours and logo, checked at start and served as static files under hashed names."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.web.colors import Palette, own_palettes
from app.web.logo import Logo, read_logo
from config import ROOT, SettingMissing

SHEET = "appearance.css"
USUAL_PAPERS = ("#fbf9f4", "#15191b")  # of light pages and of dark ones, as in base.css

# After base.css: what it sets for those who prefer more contrast holds for the owner's colours too. Printed pages are
# black on white. Documents (`on-paper`) have tokens of their own in recueil.css, and the owner's accent on paper too.
SCREEN = """@media screen {{
  :root:not(.on-paper) {{
{light}  }}
}}
@media screen and (prefers-color-scheme: dark) {{
  :root:not(.on-paper) {{
{dark}  }}
}}
@media screen and (prefers-contrast: more) {{
  :root:not(.on-paper) {{
    --ink-soft: var(--ink);
    --line: var(--edge);
    --edge: var(--ink);
    --accent: var(--accent-strong);
  }}
}}
"""
DOCUMENTS = """:root.on-paper {{
  --accent: {light};
}}
@media screen and (prefers-color-scheme: dark) {{
  :root.on-paper {{
    --accent: {dark};
  }}
}}
"""
# A logo is drawn for light paper, and stands on it on dark pages too.
LOGO = """.masthead__logo {{
  margin-inline-end: 0.75rem;
  vertical-align: middle;
}}
@media screen and (prefers-color-scheme: dark) {{
  .masthead__logo {{
    box-sizing: content-box;
    padding: 0.25rem;
    border-radius: 2px;
    background: {paper};
  }}
}}
"""


@dataclass(frozen=True)
class Appearance:
    """What templates ask: the name of the owner's style sheet, if any, the papers, and the logo."""

    sheet: str | None
    papers: tuple[str, str]
    logo: Logo | None


def init_app(app: Flask) -> Mapping[str, Path]:
    """Give templates `appearance`; return the files to serve, which are in INSTANCE/appearance.

    Raise `SettingMissing` for colours that cannot be read on each other, and for a logo that is none.
    """
    own, path = app.config["COLORS"], app.config["LOGO"]
    light, dark = own_palettes(own, (ROOT / "static" / "base.css", ROOT / "static" / "forms.css")) if own else ({}, {})
    papers = light.get("paper", USUAL_PAPERS[0]), dark.get("paper", USUAL_PAPERS[1])
    logo = read_logo(path) if path else None
    files = {logo.name: logo.content} if logo else {}
    if sheet := style_sheet(light, dark, papers[0] if logo else None):
        files[SHEET] = sheet.encode()
    app.jinja_env.globals["appearance"] = Appearance(SHEET if sheet else None, papers, logo)
    return {name: kept(app.config["INSTANCE"] / "appearance", name, content) for name, content in files.items()}


def style_sheet(light: Palette, dark: Palette, logo_paper: str | None) -> str:
    """Return the sheet of the owner's tokens, and of a logo on its paper; empty without either."""
    parts = [SCREEN.format(light=declarations(light), dark=declarations(dark))] if light else []
    if "accent" in light:
        parts.append(DOCUMENTS.format(light=light["accent"], dark=dark["accent"]))
    if logo_paper:
        parts.append(LOGO.format(paper=logo_paper))
    return "\n".join(parts)


def declarations(palette: Palette) -> str:
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
