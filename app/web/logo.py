"""The owner's logo: an SVG that can do nothing but be seen, or a PNG, as high as a line of the header."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from config import SettingMissing

HEIGHT = 44  # pixels
MAX_BYTES = 64 * 1024  # readers download it once
NARROWEST, WIDEST = 0.25, 6.0  # width by height; wider, it would leave no room on a telephone

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"  # its scripts and frames do within a drawing what they do in a page
ACTIVE = frozenset({f"{SVG}{name}" for name in ("script", "foreignObject", "a", "animate", "set", "handler")})
# What an address may be: a part of the drawing itself, or a picture within it.
WITHIN = re.compile(r"#|data:image/(png|jpeg|gif|webp);", re.IGNORECASE)
# A backslash writes any of them otherwise.
ELSEWHERE = re.compile(r"@import|image-set\(|url\(\s*[\"']?(?!#)|\\", re.IGNORECASE)
LENGTH = re.compile(r"\s*([0-9.]+)(px)?\s*", re.ASCII)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Logo:
    """A picture, the name it is served under, and its size on the page in pixels."""

    name: str
    content: bytes
    width: int
    height: int = HEIGHT


def read_logo(path: Path) -> Logo:
    """Return the logo in a file; raise `SettingMissing` with what to mend."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise refusal(f"cannot be read ({error.strerror}: {path})") from None
    if len(content) > MAX_BYTES:
        raise refusal(f"must weigh {MAX_BYTES // 1024} kB at most")
    if content.startswith(PNG):
        name, (width, height) = "logo.png", png_size(content)
    else:
        name, (width, height) = "logo.svg", svg_size(content)
    if not (height > 0 and NARROWEST <= width / height <= WIDEST):
        raise refusal(f"must be from {NARROWEST} to {WIDEST} times as wide as it is high, not {width:g} by {height:g}")
    return Logo(name, content, round(HEIGHT * width / height))


def refusal(what: str) -> SettingMissing:
    return SettingMissing(f"LOGO {what}: see docs/operating.md")


def png_size(content: bytes) -> tuple[float, float]:
    """Return the width and height of a PNG (ISO/IEC 15948) whose chunks are whole."""
    try:
        (head, size), *_, (end, _) = png_chunks(content)
        width, height = struct.unpack_from(">II", size)
    except (struct.error, ValueError):
        width = height = 0
        head = end = b""
    if (head, end) != (b"IHDR", b"IEND"):
        raise refusal("must be a whole PNG file: this one is damaged")
    return width, height


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's kind and data; raise `struct.error` or `ValueError` where one is cut or its CRC is wrong."""
    place = len(PNG)
    while place < len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + size]
        (told,) = struct.unpack_from(">I", content, place + 8 + size)
        if told != zlib.crc32(kind + data):
            raise ValueError
        yield kind, data
        place += 12 + size


def svg_size(content: bytes) -> tuple[float, float]:
    """Return the width and height of an SVG, once it is known to run and to fetch nothing."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise refusal("must be an SVG file, in UTF-8, or a PNG file") from None
    if "<!ENTITY" in text:
        raise refusal("must be an SVG without entities")
    if "<?xml-stylesheet" in text:
        raise refusal("must be an SVG that fetches nothing: its style is within it")
    try:
        root = ET.fromstring(text)  # noqa: S314  # without entities, and bounded
    except ET.ParseError:
        raise refusal("must be an SVG file, in UTF-8, or a PNG file") from None
    if root.tag != f"{SVG}svg":
        raise refusal("must be an SVG file, in UTF-8, or a PNG file")
    for element in root.iter():
        refuse_activity(element)
    return drawn_size(root)


def refuse_activity(element: ET.Element) -> None:
    """Raise `SettingMissing` for an element that runs, leads or fetches."""
    tag = str(element.tag)
    if tag in ACTIVE or tag.startswith(HTML):
        raise refusal(f"must be an SVG that only draws, without <{tag.rpartition('}')[2]}>")
    for name, value in element.attrib.items():
        local = name.rpartition("}")[2].lower()
        if local.startswith("on"):
            raise refusal(f"must be an SVG that only draws, without {local}=")
        if local in {"href", "src"} and not WITHIN.match(value.strip()):
            raise refusal("must be an SVG that fetches nothing: its pictures are within it (data:)")
        if "}" not in name and ELSEWHERE.search(value):  # those of drawing programs hold names of files
            raise refusal("must be an SVG that fetches nothing: no url() but of its own parts")
    if element.tag == f"{SVG}style" and ELSEWHERE.search("".join(element.itertext())):
        raise refusal("must be an SVG that fetches nothing: no @import, no url() but of its own parts")


def drawn_size(root: ET.Element) -> tuple[float, float]:
    """Return the size of a drawing: its `viewBox`, else its width and height in pixels."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = (
        box[2:] if len(box) == len(("x", "y", "width", "height")) else [root.get("width", ""), root.get("height", "")]
    )
    parts = [LENGTH.fullmatch(side) for side in sides]
    try:
        width, height = (float(part[1]) for part in parts if part)
    except ValueError:  # one is missing, or « 1.2.3 »
        raise refusal("must be an SVG with a viewBox, or a width and a height in pixels") from None
    return width, height
