"""The assistant's hints against the labelled passages: recall, precision, false alarms, processor time."""

import re
import sys
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from app.assistant.detection import RULES, hints
from app.assistant.kinds import Hint, HintKind
from app.assistant.names import FIRST_NAMES
from app.assistant.patterns import WORDS

LABELLED = Path(__file__).parents[1] / "tests" / "data" / "assistant"
TUNED_ON = (
    "development",
    "held_out",
    "field",
    "field_held_out",
    "field_2",
    "field_3",
    "field_4",
    "field_5",
    "field_6",
    "field_7",
)
KEPT_APART = "kept_apart"
LABEL = re.compile(r"\[\[(\w+):(.*?)\]\]", re.DOTALL)
STRUCTURED = frozenset({HintKind.EMAIL, HintKind.PHONE, HintKind.NIR, HintKind.IBAN})

# Hostile texts: runs that make a careless pattern try every way to divide them.
WORST = (
    "a" * 10_000,
    "A " * 5_000,
    "1" * 10_000,
    "0 1 " * 2_500,
    "a." * 5_000,
    "a@" * 5_000,
    "a-" * 5_000,
    "FR76 " * 2_000,
    "M. A" * 2_500,
    "Mme de la " * 1_000,
    "rue de la rue " * 700,
    "12 rue de l’" * 800,
    "un homme seul de " * 600,
    "vingt et vingt et " * 550,
    "né le 1 janvier né " * 520,
    "http://" * 1_400,
    "!" * 10_000,
    " " * 10_000,
    "À SAINT-" * 1_250,
    "s’est jetée du suicide de " * 380,
    "Sa sa sa trouble " * 580,
    "+0-" * 3_300,
)


@dataclass
class Score:
    """Labels and hints counted per kind; `found` are labels with a hint, `right` hints with a label."""

    labels: Counter[HintKind] = field(default_factory=Counter)
    found: Counter[HintKind] = field(default_factory=Counter)
    hints: Counter[HintKind] = field(default_factory=Counter)
    right: Counter[HintKind] = field(default_factory=Counter)
    clean_words: int = 0
    false_alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)

    def recall(self, kinds: frozenset[HintKind]) -> float:
        """Return the share of labels found under these kinds."""
        return share(sum(self.found[kind] for kind in kinds), sum(self.labels[kind] for kind in kinds))

    def precision(self, kinds: frozenset[HintKind]) -> float:
        """Return the share of hints that met a label, clean passages included."""
        return share(sum(self.right[kind] for kind in kinds), sum(self.hints[kind] for kind in kinds))

    @property
    def alarms_per_500(self) -> float:
        """Return false alarms per 500 words of clean text."""
        return 500 * len(self.false_alarms) / self.clean_words


def share(part: int, whole: int) -> float:
    """Return a share; 1 of an empty whole."""
    return part / whole if whole else 1.0


def parse(labelled: str) -> tuple[str, list[Hint]]:
    """Return a passage without its labels, and the labels as hints."""
    text, labels = "", []
    for number, part in enumerate(LABEL.split(labelled)):
        match number % 3:
            case 1:
                labels.append(Hint(len(text), len(text), HintKind(part)))
            case 2:
                labels[-1] = Hint(len(text), len(text) + len(part), labels[-1].kind)
                text += part
            case _:
                text += part
    return text, labels


def common(one: Hint, other: Hint) -> int:
    """Return how many signs two hints of one kind share."""
    return max(0, min(one.end, other.end) - max(one.start, other.start)) if one.kind is other.kind else 0


def measure(name: str) -> Score:
    """Return the score of one labelled set."""
    passages = tomllib.loads((LABELLED / f"{name}.toml").read_text(encoding="utf-8"))
    score = Score()
    for labelled in passages["marked"]:
        text, labels = parse(labelled)
        given = hints(text)
        for label in labels:
            score.labels[label.kind] += 1
            if any(2 * common(label, hint) >= label.end - label.start for hint in given):
                score.found[label.kind] += 1
            else:
                score.missed.append(f"{label.kind}: {text[label.start : label.end]}")
        for hint in given:
            score.hints[hint.kind] += 1
            if any(common(label, hint) for label in labels):
                score.right[hint.kind] += 1
            else:
                score.beside.append(f"{hint.kind}: {text[hint.start : hint.end]}")
    for text in passages["clean"]:
        score.clean_words += len(text.split())
        for hint in hints(text):
            score.hints[hint.kind] += 1
            score.false_alarms.append(f"{hint.kind}: {text[hint.start : hint.end]}")
    return score


def table(name: str, score: Score) -> None:
    """Print one set's figures."""
    print(f"\n{name}: {sum(score.labels.values())} labels, {score.clean_words} clean words")
    print(f"  {'kind':<12}{'labels':>8}{'recall':>9}{'precision':>11}")
    groups: list[tuple[str, frozenset[HintKind]]] = [(kind.value, frozenset({kind})) for kind in HintKind]
    groups += [("structured", STRUCTURED), ("the rest", frozenset(HintKind) - STRUCTURED)]
    for group, kinds in groups:
        labels = sum(score.labels[kind] for kind in kinds)
        print(f"  {group:<12}{labels:>8}{score.recall(kinds):>9.2f}{score.precision(kinds):>11.2f}")
    print(f"  false alarms per 500 clean words: {score.alarms_per_500:.2f}")
    for title, cases in (("missed", score.missed), ("false alarm", score.false_alarms), ("beside", score.beside)):
        for case in cases:
            print(f"    {title:<12}{case}")


def cost(text: str) -> float:
    """Return the microseconds of processor that 1,000 signs cost; the best of five."""
    best = float("inf")
    for _ in range(5):
        before = time.process_time()
        hints(text)
        best = min(best, time.process_time() - before)
    return best * 1e9 / len(text)


def loaded_bytes() -> int:
    """Return the memory of what the rules load: first names, word lists, and the sources of the patterns."""
    lists = [*FIRST_NAMES, *(word for words in WORDS.values() for word in words), *(r.pattern.pattern for r in RULES)]
    return sys.getsizeof(FIRST_NAMES) + sum(map(sys.getsizeof, lists))


def main() -> None:
    """Print the tables, with misses and false alarms."""
    clean = ""
    for name in (*TUNED_ON, KEPT_APART):
        table(name, measure(name))
        clean += " ".join(tomllib.loads((LABELLED / f"{name}.toml").read_text(encoding="utf-8"))["clean"])
    print(f"\nfirst names: {len(FIRST_NAMES)}; loaded, with words and patterns: {loaded_bytes() / 1e6:.1f} MB")
    print(f"\ncost, µs of processor per 1,000 signs: {cost(clean):.0f}; at the worst {max(map(cost, WORST)):.0f}")
