"""A PDF as its readers get it: the text in the order of its tags, what carries it, and the faces it is set in."""

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, IndirectObject

NEEDS_PANGO = "no PDF: ./dev test installs what makes them (libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"

# Tags that only group the words of the one above.
INLINE = {"/Span", "/NonStruct", "/Link", "/Reference"}


class TaggedPdf:
    """A file, its words read through its structure tree, as assistive technologies do."""

    def __init__(self, content: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(content), strict=True)
        self.root: Any = self.reader.trailer["/Root"]
        self.pages = len(self.reader.pages)
        self.words: dict[tuple[int, int], str] = {}
        self.untagged: list[str] = []
        for number, page in enumerate(self.reader.pages):
            self.collect(number, page)

    def collect(self, number: int, page: PageObject) -> None:
        """Note the words of a page by their mark in the structure; those of an artifact have none."""
        marks: list[tuple[str, int | None]] = []

        def operand(operator: bytes, operands: Any, _cm: object, _tm: object) -> None:
            if operator == b"BDC":
                marks.append((str(operands[0]), operands[1].get("/MCID")))
            elif operator == b"BMC":
                marks.append((str(operands[0]), None))
            elif operator == b"EMC":
                marks.pop()

        def text(words: str, *_others: object) -> None:
            mark = next((mcid for _, mcid in reversed(marks) if mcid is not None), None)
            if mark is not None:
                self.words[number, mark] = self.words.get((number, mark), "") + words
            elif words.strip() and all(name != "/Artifact" for name, _ in marks):
                self.untagged.append(words)

        page.extract_text(visitor_operand_before=operand, visitor_text=text)

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """The words in reading order, by block: its tag (« H1 », « P », « LI ») and its text, with plain spaces."""
        return [(tag, words) for tag, words, _ in self.placed]

    @property
    def placed(self) -> list[tuple[str, str, list[int]]]:
        """The blocks, each with the pages (from 0) that it stands on."""
        blocks: list[tuple[object, str, str, list[int]]] = []
        for element, tag, words, number in self.walk(self.root["/StructTreeRoot"], None, "/Document"):
            if not blocks or blocks[-1][0] is not element:
                blocks.append((element, tag, "", []))
            _, _, before, pages = blocks[-1]
            blocks[-1] = (element, tag, f"{before} {words}", sorted({*pages, number}))
        return [(tag[1:], plain(words), pages) for _, tag, words, pages in blocks if words.strip()]

    @property
    def text(self) -> str:
        return "\n".join(words for _, words in self.blocks)

    def running(self, number: int) -> set[str]:
        """Return the words of a page (from 0) that its structure leaves out: running heads, its number."""
        page = self.reader.pages[number].indirect_reference
        read = {
            int(kid.get_object())
            for element in self.elements(self.root["/StructTreeRoot"])
            if "/Pg" in element and element.raw_get("/Pg") == page
            for kid in as_list(element.get("/K", []))
            if isinstance(kid.get_object(), int)
        }
        return {plain(words) for (on, mark), words in self.words.items() if on == number and mark not in read}

    @property
    def headings(self) -> list[tuple[int, str]]:
        return [(int(tag[1]), words) for tag, words in self.blocks if re.fullmatch("H[1-6]", tag)]

    @property
    def links(self) -> list[str]:
        """The addresses that the file leads to, elsewhere than to its own pages."""
        annotations: list[Any] = [each.get_object() for page in self.reader.pages for each in page.annotations or ()]
        return [str(each["/A"]["/URI"]) for each in annotations if "/URI" in each.get("/A", {})]

    @property
    def faces(self) -> set[str]:
        faces = set()
        for page in self.reader.pages:
            resources: Any = page["/Resources"]
            for font in resources.get("/Font", {}).values():
                descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
                assert {"/FontFile2", "/FontFile3"} & descriptor.keys(), "a face is embedded"
                faces.add(str(descriptor["/FontFamily"]))
        return faces

    @property
    def tags(self) -> set[str]:
        return {str(each["/S"])[1:] for each in self.elements(self.root["/StructTreeRoot"])}

    def elements(self, node: Any) -> Iterator[Any]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for each in node:
                yield from self.elements(each)
        elif hasattr(node, "get"):
            if "/S" in node:
                yield node
            if "/K" in node:
                yield from self.elements(node["/K"])

    def walk(self, node: Any, block: Any, tag: str, page: Any = None) -> Iterator[tuple[object, str, str, int]]:
        reference = node
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for each in node:
                yield from self.walk(each, block, tag, page)
        elif isinstance(node, int):
            number = self.number(page)
            yield block, tag, self.words.get((number, node), ""), number
        elif "/MCID" in node:
            number = self.number(node.get("/Pg", page))
            yield block, tag, self.words.get((number, node["/MCID"]), ""), number
        elif "/K" in node:
            name = str(node.get("/S", "/Document"))
            if name not in INLINE:
                block, tag = (reference.idnum if isinstance(reference, IndirectObject) else id(node)), name
            page = node.raw_get("/Pg") if "/Pg" in node else page
            yield from self.walk(node["/K"], block, tag, page)

    def number(self, page: Any) -> int:
        return next(n for n, each in enumerate(self.reader.pages) if each.indirect_reference == page)


def as_list(kids: Any) -> list[Any]:
    return list(kids) if isinstance(kids, ArrayObject) else [kids]


def plain(words: str) -> str:
    return " ".join(words.replace("\u202f", " ").replace("\u00a0", " ").split())
