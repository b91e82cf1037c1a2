"""./dev mutants MODULE: mutation testing; prints the small changes of a module that no test notices."""

import argparse
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache, partial
from itertools import chain
from pathlib import Path

from bench.mutants_operators import Mutant, mutants
from bench.mutants_tests import LEFT_OUT, PRODUCT, Job, ask, done, preload, record

TESTS, CACHE, ACCEPTED = Path("tests"), Path(".cache/mutants"), Path("bench/mutants.toml")
MODELS = ("test_migrations",)  # holds every column, index and key
ENOUGH = 0.95
STARTING = 30.0  # seconds, at most, before the first test


class Tests:
    """The recorded tests: the lines each executes, its usual time, the words of its file."""

    def __init__(self, files: list[Path], engine: str, at_once: int) -> None:
        helpers = sorted({*PRODUCT.rglob("*.py"), *TESTS.rglob("*.py")} - {*TESTS.rglob("test_*.py")})
        folder = CACHE / f"{engine}-{digest(*helpers)}"
        folder.mkdir(parents=True, exist_ok=True)
        records = {file: folder / f"{digest(file)}.json" for file in files}
        unknown = [file for file in files if not records[file].exists()]
        for some in (unknown[:1], unknown[1:]):
            jobs = [Job(file, partial(record, file, engine, records[file]), seconds=1200) for file in some]
            for number, _ in enumerate(done(jobs, at_once), start=1):
                say(f"noting what tests run: {number} of {len(some)} files")
            self.known = {file: json.loads(records[file].read_text()) for file in files if records[file].exists()}
            preload(dict.fromkeys(name for found in self.known.values() for name in found["modules"]))
        self.texts = {file: file.read_text(encoding="utf-8") for file in files}
        self.failing = sorted(name for found in self.known.values() for name in found["failed"])

    def of(self, module: str, mutant: Mutant) -> dict[str, float]:
        """Return the tests that may notice a mutant, with their usual times.

        Those of the module's own file, and of its tables, come first; then the likeliest, then the quickest.
        """
        statement = {module: sum(1 << line for line in mutant.statement)}
        clues = {word: lines_that_name(word) for word in telling_words(mutant)}
        first = {f"test_{Path(module).stem}", *MODELS}
        topics = [rf"\b{re.escape(topic)}\b" for topic in (".".join(Path(module).with_suffix("").parts), *clues)]
        found = []
        for file, known in self.known.items():
            # Whatever uses what is made on import may notice.
            is_shared = overlap(known["shared"], statement)
            said = sum(re.search(topic, self.texts[file]) is not None for topic in topics)
            for name, test in known["tests"].items():
                runs = overlap(test["lines"], statement)
                if runs or is_shared:
                    near = sum((word in name) + overlap(test["lines"], lines) for word, lines in clues.items())
                    found.append((file.stem not in first, -said - runs - near, test["seconds"], name))
        return {name: seconds for *_, seconds, name in sorted(found)}


def telling_words(mutant: Mutant) -> set[str]:
    """Return the words that a test of a mutant is likely to contain: its names, and the rarest that it changes."""
    old, new = (set(re.findall(r"[^\W\d]\w+", text)) for text in (mutant.before, mutant.after))
    rarest = (min(words, key=lambda word: (how_often(word), word)) for words in (old, old - new) if words)
    return {*rarest, *mutant.names[:1]}


def how_often(word: str) -> int:
    """Return how many lines of the product contain a word."""
    return sum(lines.bit_count() for lines in lines_that_name(word).values())


def digest(*files: Path) -> str:
    """Return a digest of the contents of some files."""
    told = hashlib.sha256()
    for file in files:
        told.update(f"{file}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return told.hexdigest()[:16]


def overlap(some: Mapping[str, int], others: Mapping[str, int]) -> bool:
    """Say whether lines of modules have any in common."""
    return any(some.get(module, 0) & lines for module, lines in others.items())


@cache
def lines_that_name(word: str) -> dict[str, int]:
    """Return the lines of the product that contain a word, by module."""
    naming, found = re.compile(rf"\b{word}\b"), {}
    for file in PRODUCT.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if word in text:
            lines = enumerate(text.splitlines(), start=1)
            found[str(file)] = sum(1 << number for number, line in lines if naming.search(line))
    return found


def within(tests: dict[str, float], seconds: float) -> dict[str, float]:
    """Return the first of some tests, as many as usually take no longer than that together; one at least."""
    chosen: dict[str, float] = {}
    for name, usual in tests.items():
        if chosen and sum(chosen.values()) + usual > seconds:
            break
        chosen[name] = usual
    return chosen


def sides(mutant: Mutant) -> tuple[str, str]:
    """Return the lines that a mutant changes, before and after, as they are listed."""
    before, after = ("\n".join(map(str.strip, text.splitlines())) for text in (mutant.before, mutant.after))
    return before, after


def shown(before: str, after: str) -> str:
    """Return the lines of a difference."""
    return "\n".join([f"- {line}" for line in before.splitlines()] + [f"+ {line}" for line in after.splitlines()])


def say(progress: str) -> None:
    """Print the progress on a line that the next call overwrites."""
    print(f"\r{progress}\r", end="", file=sys.stderr, flush=True)


def report_on(module: Path, *, files: list[Path], lines: str, engine: str, seconds: float, at_once: int) -> int:
    """Run the tests of each mutant of a module, and report; return 0 when enough mutants are killed."""
    first, last = (int(end or 1 << 30) for end in (lines or "0-").split("-"))
    every = [each for each in mutants(module.read_text(encoding="utf-8")) if first <= each.line <= last]
    tests = Tests(files or sorted(TESTS.rglob("test_*.py")), engine, at_once)
    known = [tests.of(str(module), mutant) for mutant in every]
    asked = [within(each, seconds) for each in known]
    jobs = [
        Job(number, partial(ask, module, mutant.text, [*asked[number]]), STARTING + 10 * sum(asked[number].values()))
        for number, mutant in enumerate(every)
        if asked[number]
    ]
    listed = tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).get("accepted", []) if ACCEPTED.exists() else []
    accepted = {(each["before"], each["after"]) for each in listed if each["module"] == str(module)}
    ends: dict[int, int | None] = {number: 0 for number in range(len(every)) if not asked[number]}
    for number, end in chain(list(ends.items()), done(jobs, at_once)):
        ends[number] = end
        say(f"{len(ends)} of {len(every)} mutants")
        if end is None or (end == 0 and sides(every[number]) not in accepted):
            how = "survived" if end == 0 else "took too long for"
            print(f"{module}:{every[number].line} {how} {len(asked[number])} of {len(known[number])} tests")
            print(shown(every[number].before, every[number].after), flush=True)
    alive = {sides(every[number]) for number, end in ends.items() if end == 0}
    for before, after in sorted(accepted - alive) if not (lines or files) else ():
        how = "is killed" if (before, after) in map(sides, every) else "does not exist any more"
        print(f"{ACCEPTED}: a mutant listed for {module} {how}", shown(before, after), sep="\n")
    for name in tests.failing:
        print(f"not asked, because it fails although nothing is mutated: {name}")
    killed = sum(end != 0 for end in ends.values())
    survived = sum(end == 0 and sides(every[number]) not in accepted for number, end in ends.items())
    share = killed / (killed + survived) if killed + survived else 1.0
    print(
        f"{module}: {len(every)} mutants, {killed} killed ({sum(end is None for end in ends.values())} took too long),"
        f" {len(every) - killed - survived} equivalent or accepted, {survived} survived: {share:.1%} of those to kill"
    )
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./dev mutants", description=__doc__)
    parser.add_argument("module", type=Path)
    parser.add_argument(
        "--tests", type=Path, nargs="+", default=[], dest="files", help="the files of tests to ask: all"
    )
    parser.add_argument("--lines", default="", metavar="FIRST-LAST", help="the lines to mutate: all")
    parser.add_argument("--engine", choices=LEFT_OUT, default="sqlite", help="whose tests are asked")
    parser.add_argument("--seconds", type=float, default=60.0, help="of tests, at most, are asked of one mutant")
    parser.add_argument("--jobs", type=int, default=2, dest="at_once", help="mutants tried at once")
    sys.exit(report_on(**vars(parser.parse_args())))
