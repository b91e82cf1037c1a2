"""The owner's colours: four, each for light pages and for dark ones; the tokens that follow, and their contrast.

Other tokens are those of the style sheets, which are read for it: a colour has one place.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from config import SettingMissing

SCHEMES = ("light", "dark")
TEXT, GRAPHICS = 4.5, 3.0  # WCAG 2.2, criteria 1.4.3 and 1.4.11, level AA

# What each token is drawn on, and the least contrast.
CONTRASTS: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "ink": (TEXT, ("paper", "tint", "field", "waiting-tint", "given-tint", "stopped-tint")),
    "ink-soft": (TEXT, ("paper", "tint", "field")),
    "accent": (TEXT, ("paper", "tint", "field", "waiting-tint")),
    "accent-strong": (TEXT, ("paper", "tint", "field")),
    "on-accent": (TEXT, ("accent", "accent-strong")),
    "given": (TEXT, ("paper", "tint", "given-tint")),
    "waiting": (TEXT, ("paper", "tint", "waiting-tint")),
    "stopped": (TEXT, ("paper", "tint", "stopped-tint")),
    "edge": (GRAPHICS, ("paper", "tint", "field")),
    "focus": (GRAPHICS, ("paper", "tint", "field")),
}
# The paper of recueils and other documents on a screen (recueil.css), where the accent stands alone.
DOCUMENT = ("#fffefb", "#15191b")

# Where a token that follows comes from.
ORIGINS = {"field": "paper", "ink-soft": "ink", "edge": "ink", "accent-strong": "accent", "focus": "accent"}

Palette = Mapping[str, str]


def own_palettes(own: Mapping[str, tuple[str, str]], sheets: tuple[Path, ...]) -> tuple[Palette, Palette]:
    """Return the tokens that the owner's colours change, for light pages and for dark ones.

    Raise `SettingMissing` if any of them could not be read on what it stands on.
    """
    text = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    light, dark = (
        checked(own, scheme, {name: pair[scheme] for name, pair in own.items()}, usual_tokens(text, scheme))
        for scheme in range(len(SCHEMES))
    )
    return light, dark


def checked(own: Mapping[str, object], scheme: int, chosen: Palette, usual: Palette) -> Palette:
    changed = {**chosen, **following(chosen, {**usual, **chosen}, scheme)}
    tokens = {**usual, **changed, "document": DOCUMENT[scheme]}
    for name, (least, grounds) in CONTRASTS.items():
        for ground in (*grounds, "document") if name == "accent" else grounds:
            if {name, ground}.isdisjoint(changed):
                continue
            ratio = contrast(tokens[name], tokens[ground])
            if ratio < least:
                blamed = next(
                    each for each in (ORIGINS.get(name, name), ORIGINS.get(ground, ground), *own) if each in own
                )
                raise SettingMissing(
                    f"COLOR_{blamed.upper()}: on {SCHEMES[scheme]} pages {name} {tokens[name]} on {ground}"
                    f" {tokens[ground]} has a contrast of {int(ratio * 100) / 100}, and {least} is the least"
                    " (WCAG AA): see docs/operating.md"
                )
    return changed


def following(chosen: Palette, tokens: Palette, scheme: int) -> Palette:
    """Return the tokens that follow from the chosen ones: shades between the ink and the paper, and of the accent."""
    found: dict[str, str] = {}
    if {"paper", "ink"} & chosen.keys():
        paper, ink = tokens["paper"], tokens["ink"]
        found |= {"ink-soft": mixed(ink, paper, 0.8), "edge": mixed(ink, paper, 0.6), "line": mixed(ink, paper, 0.22)}
    if "paper" in chosen:
        found["field"] = mixed(tokens["paper"], ("#ffffff", "#000000")[scheme], 0.5)
        if "tint" not in chosen:
            found["tint"] = mixed(tokens["paper"], tokens["ink"], 0.94)
    if "accent" in chosen:
        found |= {"accent-strong": mixed(tokens["accent"], tokens["ink"], 0.7), "focus": tokens["accent"]}
    if {"paper", "accent"} & chosen.keys():
        found["on-accent"] = tokens["paper"]
    return found


def usual_tokens(sheets: str, scheme: int) -> Palette:
    """Return the tokens of style sheets: on light pages those of every `:root`, on dark ones those set for dark."""
    start = ("^:root {", r"^@media \(prefers-color-scheme: dark\) {\s*:root {")[scheme]
    blocks = re.findall(start + "(.*?)}", sheets, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", "".join(blocks)))


def mixed(one: str, other: str, share: float) -> str:
    """Return the colour between two, in sRGB; `share` is that of the first."""
    parts = (round(a * share + b * (1 - share)) for a, b in zip(channels(one), channels(other), strict=True))
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
