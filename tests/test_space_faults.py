"""What is said of single parameters of a search space, odd and hostile ones among them."""

import pytest

from checks.facts.space_faults import faults


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"type": "LogUniform", "low": 0, "high": 1}, ["log scale"]),
        ({"type": "log-uniform", "low": -1, "high": -2}, ["above", "log scale"]),
        ({"type": "int", "low": 5, "high": 4}, ["above"]),
        ({"type": "int", "log": True, "low": 0, "high": 4}, ["log scale"]),
        ({"distribution": "categorical"}, ["no choices"]),
        ({"type": "catgorical", "choices": [1]}, ["no code knows"]),
        ({"type": "loguniform", "low": "1e-5", "high": "1e-3"}, ["`low: '1e-5'` and `high: '1e-3'` is a text"]),
        ({"type": "float", "min": "0.1", "max": 1}, ["`min: '0.1'` is a text"]),
        ({"type": "uniform", "low": 1}, ["it has no `high`"]),
        ({"type": "int", "step": 2}, ["no `low` and no `high`"]),
        ({"type": "loguniform", "low": None, "high": 1}, ["it has no `low`"]),
    ],
)
def test_says_what_is_wrong(parameter: object, said: list[str]) -> None:
    found = list(faults(parameter, ()))
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


@pytest.mark.parametrize(
    "parameter",
    [
        {"type": "int", "low": 3, "high": 3},
        {"type": "float", "low": "${a.low}", "high": 1},
        {"type": "${kind}", "low": 1},
        {"type": "categorical", "values": ["a"]},
        {"type": "categorical", "sequence": ["a"]},
        {"type": "custom", "low": 1},
        {"type": "uniform", "low": "0.1", "high": "0.5"},
        {"type": "uniform", "bounds": [0, 1]},
        {"type": "loguniform", "low": "${a}", "high": "word"},
        {"low": True, "high": False},
        {"type": ["a"], "low": float("nan"), "high": 1},
        {"type": "int", "low": 10**900, "high": 1},
        {1: 2},
        [1, 2],
        "lr",
        None,
    ],
)
def test_stays_silent_on_what_is_right_or_not_understood(parameter: object) -> None:
    assert list(faults(parameter, ("custom",))) == []
