"""The lines of an article's source at which its names stand, so that a problem says where it is."""

import re
import tomllib
from collections import Counter

TABLE = re.compile(r"\s*\[(?P<array>\[?)\s*(?P<name>[\w.\s-]+?)\s*\]")
SETTING_NAME = re.compile(r"\s*\"?(?P<key>[\w. -]+?)\"?\s*=")
# What tomllib says of its place, in English, at the end of its message.
PLACE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")
NAMED = re.compile(r"« \[?(call[\w.]*)\]? »")


class HeaderLines:
    """The line of each name of a front matter, by path: « title », « call.past.label », « themes.2.slug »."""

    def __init__(self, header: str) -> None:
        self.numbers: dict[str, int] = {}
        path, tables, number = "", Counter[str](), 1
        for number, line in enumerate(header.split("\n"), 2):
            if table := TABLE.match(line):
                path = table["name"].replace(" ", "")
                if table["array"]:
                    tables[path] += 1
                    path = f"{path}.{tables[path]}"
                self.numbers.setdefault(path, number)
            elif key := SETTING_NAME.match(line):
                for name in (key["key"], key["key"].split(".")[0]):
                    self.numbers.setdefault(f"{path}.{name}".lstrip("."), number)
        self.end = number + 1  # the line of the second fence

    def of(self, path: str) -> int:
        """Return the line of a name, else that of its table, else the first."""
        while path and path not in self.numbers:
            path = path.rpartition(".")[0]
        return self.numbers.get(path, 1)

    def at(self, path: str, sentence: str) -> str:
        return on_line(self.of(path), sentence)

    def at_named(self, sentence: str) -> str:
        """Say where a name of the call stands that a sentence quotes."""
        named = NAMED.search(sentence)
        return self.at(named[1] if named else "call", sentence)


def on_line(number: int, sentence: str) -> str:
    return f"Ligne {number} : {sentence[:1].lower()}{sentence[1:]}"


def toml_problem(error: tomllib.TOMLDecodeError, lines: HeaderLines) -> str:
    """Return where a header cannot be read; it was parsed with the end of the first fence before it."""
    place = PLACE.search(str(error))
    number, column = (int(place["line"]), place["column"]) if place else (lines.end, "1")
    return on_line(
        number,
        f"L’en-tête ne se lit pas à partir du signe {column} : vérifiez les guillemets, les crochets, les signes « = » "
        "et les noms donnés deux fois.",
    )
