"""What a screen calls a scheme, and how a long label stands above its column."""

from __future__ import annotations

import pytest

from tests.command import run

SUPPLIER = "suppliers[1].fulfilled_amount=300万元..900万元:300万元"


@pytest.mark.parametrize("form", ["table", "markdown"])
@pytest.mark.parametrize("command", ["estimate examples/big-plant.toml -s g13", f"whatif examples/big-plant.toml -s g13 --vary {SUPPLIER}"])
def test_a_scheme_out_of_force_is_named_as_such(command: str, form: str) -> None:
    """Where its name stands, not behind all its figures."""
    for day, said in (("2023-04-15", ""), ("2023-04-16", "（已失效）"), ("2023-02-23", "（未生效）")):
        lines = run([*command.split(), "--as-of", day, "--format", form]).out.splitlines()
        first = next(line for line in lines if "产业强链补链协同奖励" in line)
        assert first.strip("# ").split() == ["g13", f"产业强链补链协同奖励{said}"]


def test_a_long_label_leaves_room_for_the_columns_beside_it() -> None:
    out = run(["whatif", "examples/big-plant.toml", "-s", "g13", "--as-of", "2023-03-01", "--vary", SUPPLIER]).out
    rows = [line for line in out.splitlines() if "█" in line]
    assert len(rows) == 3 and all(line.endswith("强链补链协同奖励") for line in rows)
