"""What clients demand, as the note on them lists it, is held by tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
NOTE = HERE.parents[1] / "docs" / "decisions" / "0030-clients-are-tested.md"


def test_every_demand_of_clients_is_held_by_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \|[^|]+\| (.+) \|$", NOTE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    defined = {
        name
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }

    assert [int(number) for number, _ in rows] == list(range(1, 25))
    for number, tests in rows:
        named = re.findall(r"`(\w+)`", tests)
        assert named, number
        assert set(named) <= defined, number
