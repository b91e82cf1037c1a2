"""The site's own look: accent and logo, checked at start and served as static files under hashed names."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from flask import Flask

from app.web.logo import read_logo
from config import ROOT, SettingMissing

SHEET = "appearance.css"
SCHEMES = ("light", "dark")
LEAST_CONTRAST = 4.5  # of words (WCAG 2.2, criterion 1.4.3, level AA)
# Tokens of base.css on which it stands; the paper of documents (recueil.css) is as light as one, as dark as another.
GROUNDS = ("paper", "tint", "field", "waiting-tint")

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


def init_app(app: Flask) -> Mapping[str, Path]:
    """Give templates `appearance`, a `sheet` and a `logo`; return the files to serve, which are in INSTANCE/appearance.

    Raise `SettingMissing` for an accent that cannot be read, and for a logo that is none.
    """
    accents, path = app.config["COLOR_ACCENT"], app.config["LOGO"]
    logo = read_logo(path) if path else None
    files = {logo.name: logo.content} if logo else {}
    if sheet := (accent_rules(accents) if accents else "") + (MASTHEAD if logo else ""):
        files[SHEET] = sheet.encode()
    app.jinja_env.globals["appearance"] = {"sheet": SHEET if sheet else None, "logo": logo}
    return {name: stored_file(app.config["INSTANCE"] / "appearance", name, content) for name, content in files.items()}


def accent_rules(accents: Sequence[str]) -> str:
    """Return the rules of an accent; raise `SettingMissing` if it could not be read on what it stands on."""
    sheet = (ROOT / "static" / "base.css").read_text(encoding="utf-8")
    palettes = [own_palette(accent, scheme, usual_tokens(sheet, scheme)) for scheme, accent in enumerate(accents)]
    light, dark = ("".join(f"    --{name}: {value};\n" for name, value in each.items()) for each in palettes)
    return ACCENT.format(light=light, dark=dark, accents=accents)


def own_palette(accent: str, scheme: int, usual: Mapping[str, str]) -> Mapping[str, str]:
    strong = strengthened(accent, usual["ink"])
    for (name, color), ground in product((("accent", accent), ("accent-strong", strong)), GROUNDS):
        if (ratio := contrast(color, usual[ground])) < LEAST_CONTRAST:
            raise SettingMissing(
                f"COLOR_ACCENT: on {SCHEMES[scheme]} pages {name} {color} on {ground} {usual[ground]} has a contrast of"
                f" {int(ratio * 100) / 100}, and {LEAST_CONTRAST} is the least (WCAG AA): see docs/operating.md"
            )
    return {"accent": accent, "accent-strong": strong, "focus": accent, "on-accent": usual["paper"]}


def usual_tokens(sheet: str, scheme: int) -> Mapping[str, str]:
    """Return the tokens of a style sheet: on light pages those of every `:root`, on dark ones those set for dark."""
    start = ("^:root {", r"^@media \(prefers-color-scheme: dark\) {\s*:root {")[scheme]
    blocks = re.findall(start + "(.*?)}", sheet, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", "".join(blocks)))


def strengthened(accent: str, ink: str) -> str:
    """Return a colour between the accent and the ink, in sRGB: seven tenths of the first."""
    parts = (round(a * 0.7 + b * 0.3) for a, b in zip(channels(accent), channels(ink), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, from 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  # sRGB's own constants
        for part in (channel / 255 for channel in channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of « #0f5c63 », from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def stored_file(folder: Path, name: str, content: bytes) -> Path:
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
