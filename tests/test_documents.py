"""docs/security.md: a line for every ASVS requirement, names that exist. CHANGELOG.md: short lines. Links of all."""

import re
import tomllib
from pathlib import Path

import pytest

from bench import house

ROOT = Path(__file__).parents[1]
SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
MAX_WORDS = 20  # in a line of the changelog

# OWASP ASVS 5.0.0: by chapter, how many requirements of levels 1 and 2 each section has; those of level 3 come last.
CHAPTERS = {
    1: (2, 9, 11, 3, 2),
    2: (3, 3, 4, 1),
    3: (0, 2, 4, 6, 5, 0, 2),
    4: (3, 1, 2, 4),
    5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4),
    7: (3, 4, 2, 5, 2, 2),
    8: (2, 3, 1, 1),
    9: (3, 4),
    10: (2, 2, 0, 0, 5),
    11: (2, 3, 3, 4, 1, 1),
    12: (3, 2, 4),
    13: (1, 5, 2, 5),
    14: (2, 4, 3),
    15: (3, 3, 7),
    16: (1, 5, 4, 3, 3),
}


def test_every_asvs_requirement_has_a_line_and_an_answer() -> None:
    lines = re.findall(r"^- (\*{0,2}\d+\.\d+\.\d+\b.*?): *(.*)$", SECURITY, re.MULTILINE)
    expected = [
        f"{chapter}.{section}.{number}"
        for chapter, sections in CHAPTERS.items()
        for section, most in enumerate(sections, 1)
        for number in range(1, most + 1)
    ]
    assert [number for names, _ in lines for number in re.findall(r"\d+\.\d+\.\d+", names)] == expected
    assert [names for names, answer in lines if not answer.strip()] == []


def test_every_file_and_test_that_security_md_names_exists() -> None:
    named = re.findall(r"`([^`]+)`", SECURITY)
    files = {
        each for each in named if re.fullmatch(r"(?:app|bench|docs|migrations|requirements|static|tests)/\S*", each)
    }
    tests = {each for each in named if each.startswith("test_")}
    assert {each for each in files if not (ROOT / each).exists()} == set()
    written = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("**/*.py"))
    assert {each for each in tests if f"def {each}(" not in written} == set()
    assert len(files) > 40
    assert len(tests) > 90


def test_every_name_of_the_code_that_security_md_quotes_with_its_file_is_there() -> None:
    named = re.findall(r"`(\w+)` in `(app/\S+\.py)`", SECURITY)
    assert [
        each for each in named if not re.search(rf"\b{each[0]}\b", (ROOT / each[1]).read_text(encoding="utf-8"))
    ] == []
    assert len(named) > 5


def test_a_change_takes_one_line_of_twenty_words_at_most() -> None:
    _, *versions = CHANGELOG.split("\n## ")
    lines = [line for version in versions for line in version.splitlines()[1:] if line]
    assert [line for line in lines if not line.startswith(("- ", "### "))] == []
    assert [line for line in lines if len(line.removeprefix("- ").split()) > MAX_WORDS] == []


def test_the_version_of_pyproject_has_its_heading_beneath_unreleased() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    first, second, *_ = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert first == "Unreleased"
    assert re.fullmatch(rf"{re.escape(version)} — \d{{4}}-\d\d-\d\d", second)


def test_every_link_of_a_document_leads_to_a_file_and_to_a_heading() -> None:
    folders = ("docs", "bench", "content")
    documents = [*ROOT.glob("*.md"), *(path for folder in folders for path in ROOT.glob(f"{folder}/**/*.md"))]
    headings, links = dict[Path, set[str]](), list[tuple[Path, str]]()
    for path in documents:
        text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        headings[path] = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}  # as forges do
        links += [(path, link) for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match("https?:|/", link)]
    assert len(links) > 50
    for path, link in links:
        name, _, heading = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), (path, link)
        assert not heading or heading in headings[target], (path, link)


def test_every_decision_that_a_file_cites_exists() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert len(numbers) == len(set(numbers)), "a number is given once; one that went leaves a gap"
    files = [
        *ROOT.glob("*.*"),
        *(path for folder in ("app", "bench", "docs", "tests") for path in ROOT.glob(f"{folder}/**/*")),
    ]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in {".md", ".py"}]
    cited = [each for text in texts for each in re.findall(r"docs/decisions/([\w-]+(?:\.md)?)|decision (\d{4})", text)]
    assert len(cited) > 10
    for path, number in cited:
        assert list((ROOT / "docs/decisions").glob(f"{path or number}*")), path or number


@pytest.mark.parametrize("recipe", house.RECIPES)
def test_a_recipe_names_each_file_and_what_stands_in_it(recipe: str) -> None:
    files, (most, _) = house.recipes()[recipe], house.RECIPES[recipe]
    assert len(files) == most
    written = {path: (ROOT / path).read_text(encoding="utf-8") for path in files if "<" not in path}
    assert {(path, name) for path, text in written.items() for name in files[path] if not contains(text, name)} == set()


def contains(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def test_every_recipe_is_counted() -> None:
    assert house.recipes().keys() == house.RECIPES.keys()
