"""The known faults that the simulation has to find: each patch can still be put back."""

import subprocess

from bench.known_faults import HEADER, ROOT, patches


def test_each_known_fault_still_applies_to_the_product_alone() -> None:
    known = patches([])
    assert [path.name[:2] for path in known] == [f"{number:02}" for number in range(1, 21)]
    for path in known:
        text = path.read_text(encoding="utf-8")
        assert {"Fault", "Rule"} <= dict(HEADER.findall(text)).keys(), path
        changed = [line for line in text.splitlines() if line.startswith("+++ ")]
        assert all(line.startswith(("+++ b/app/", "+++ b/templates/")) for line in changed), path
        command = ["git", "apply", "--check", str(path)]
        checked = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603  # git, and a file of ours
        assert checked.returncode == 0, checked.stderr
