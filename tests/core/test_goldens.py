"""What people read on GitHub is what was agreed on, word for word."""

import pytest

from tests.core.goldens import FOLDER, texts

TEXTS = texts()


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_as_agreed(name: str) -> None:
    agreed = (FOLDER / name).read_text("utf-8")
    assert TEXTS[name] + "\n" == agreed, (
        "if the change is meant, run `python -m tests.core.goldens` and look at the diff"
    )


def test_no_golden_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(TEXTS)
