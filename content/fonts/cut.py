"""Cuts the two faces that pages load out of Source Serif 4: `content/fonts/cut` fetches the family and runs this.

Usage: cut.py FAMILY FOLDER, where FAMILY is the unpacked npm package and FOLDER takes the two woff2.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

# The licence reserves the name « Source »: what is derived from the family bears another.
NAME = "En regard Serif"
# One optical size, that of running text; the weight stays a range.
AXES = {"opsz": 14, "wght": (400, 400, 700)}
SIGNS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *map(ord, "ŒœŸ"),
    *map(ord, "\N{HYPHEN}\N{NON-BREAKING HYPHEN}–—‘’‚“”„‹›…•€−←↑→↓"),
    *map(ord, "\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}"),
    # Accents typed after their letter, as some keyboards do.
    *(0x300, 0x301, 0x302, 0x303, 0x308, 0x327),
]
FEATURES = ["kern", "liga", "onum", "lnum", "tnum", "pnum", "mark", "mkmk", "ccmp", "locl", "calt"]
# Numbers of the names by which programs know a face (OpenType's `name` table).
FAMILY, STYLE, UNIQUE, FULL, POSTSCRIPT, FAMILY_OF_ALL, STYLE_OF_ALL, PREFIX = 1, 2, 3, 4, 6, 16, 17, 25


def cut(source: Path, style: str) -> TTFont:
    """Return one face of the family: one optical size, the signs of French, its own name."""
    font = TTFont(source, recalcTimestamp=False)
    for table in font["cmap"].tables:
        if table.isUnicode():
            # The family has no such sign: a non-breaking hyphen is drawn as a hyphen.
            table.cmap.setdefault(0x2011, table.cmap[0x2010])
    options = Options(layout_features=FEATURES, hinting=False, name_IDs=["*"], notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=SIGNS)
    subsetter.subset(font)
    instantiateVariableFont(font, AXES, inplace=True)
    rename(font, style)
    font.flavor = "woff2"
    return font


def rename(font: TTFont, style: str) -> None:
    postscript = NAME.replace(" ", "")
    names = {
        FAMILY: NAME,
        STYLE: style,
        UNIQUE: f"{NAME} {style}, after {font['name'].getDebugName(UNIQUE)}",
        FULL: f"{NAME} {style}",
        POSTSCRIPT: f"{postscript}-{style}",
        PREFIX: postscript,
    }
    for record in list(font["name"].names):
        if record.nameID in names:
            record.string = names[record.nameID]
        elif record.nameID in (FAMILY_OF_ALL, STYLE_OF_ALL):
            font["name"].removeNames(record.nameID)


def main(family: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for source, style in (("Roman", "Regular"), ("Italic", "Italic")):
        font = cut(family / "VAR" / f"SourceSerif4Variable-{source}.ttf", style)
        font.save(folder / f"serif-{source.lower()}.woff2")
    (folder / "LICENSE.md").write_bytes((family / "LICENSE.md").read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
