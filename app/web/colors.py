"""The owner's accent, for light pages and for dark ones: the shades that follow from it, and their contrast."""

import re
from collections.abc import Mapping, Sequence
from itertools import product

from config import ROOT, SettingMissing

SCHEMES = ("light", "dark")
LEAST_CONTRAST = 4.5  # of words (WCAG 2.2, criterion 1.4.3, level AA)
# Tokens of base.css on which it stands; the paper of documents (recueil.css) is as light as one, as dark as another.
GROUNDS = ("paper", "tint", "field", "waiting-tint")

Palette = Mapping[str, str]


def own_palettes(accents: Sequence[str]) -> list[Palette]:
    """Return the tokens that the owner's accent changes, for light pages and for dark ones.

    Raise `SettingMissing` if it could not be read on what it stands on.
    """
    sheet = (ROOT / "static" / "base.css").read_text(encoding="utf-8")
    return [own_palette(accent, scheme, usual_tokens(sheet, scheme)) for scheme, accent in enumerate(accents)]


def own_palette(accent: str, scheme: int, usual: Palette) -> Palette:
    strong = strengthened(accent, usual["ink"])
    for (name, color), ground in product((("accent", accent), ("accent-strong", strong)), GROUNDS):
        if (ratio := contrast(color, usual[ground])) < LEAST_CONTRAST:
            raise SettingMissing(
                f"COLOR_ACCENT: on {SCHEMES[scheme]} pages {name} {color} on {ground} {usual[ground]} has a contrast of"
                f" {int(ratio * 100) / 100}, and {LEAST_CONTRAST} is the least (WCAG AA): see docs/operating.md"
            )
    return {"accent": accent, "accent-strong": strong, "focus": accent, "on-accent": usual["paper"]}


def usual_tokens(sheet: str, scheme: int) -> Palette:
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
