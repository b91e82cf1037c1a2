"""The price of a question: a patch of few files adds one, and everything has it (recipe of CONTRIBUTING.md)."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.known_faults import ROOT, copy_with

PATCH = ROOT / "tests/data/added_question.patch"


@pytest.mark.slow("it runs the tests of a changed copy of the tree")
def test_a_question_is_added_in_few_files_and_is_everywhere(tmp_path: Path) -> None:
    assert PATCH.read_text(encoding="utf-8").count("\n+++ b/") <= 12
    copy_with(PATCH, tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/testimonials/test_duration.py"]
    asked = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)  # noqa: S603  # ours
    assert asked.returncode == 0, asked.stdout[-3000:]
