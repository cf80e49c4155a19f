"""Which of the things that WandB's public API gives an expression is: a run, its summary, its history, a row of it."""

from collections.abc import Mapping
from typing import Literal

from checks.facts.origins import End, Steps

Store = Literal["history", "summary"]
MAKERS = ("wandb.Api", "wandb.apis.public.Api")
APIS = tuple(f"{each}()" for each in MAKERS)
KEEP_ROWS = frozenset(
    {
        ".dropna()", ".fillna()", ".sort_values()", ".sort_index()", ".copy()", ".head()", ".tail()", ".ffill()",
        ".bfill()", ".drop_duplicates()", ".interpolate()", ".set_index()", ".query()", ".reset_index()", ".sample()",
    }
)  # fmt: skip
"""Methods of a table that leave its columns as they are."""
ROWS = ((".iterrows()", "*", "#1"), (".to_dict()", "*"), (".to_dict()", "[]"), (".iloc", "[]"), (".iloc", "[0]"))
"""Steps from a table to one of its rows."""


STORES_TO_READ: tuple[Store, ...] = ("history", "summary")
STORES: Mapping[str, Store] = {"history": "history", "row": "history", "columns": "history", "summary": "summary"}


def kind_of(end: End) -> str:
    """What an end stands for among the things that WandB's API gives; empty for anything else."""
    if end.root not in APIS:
        return ""
    steps = end.steps
    if not steps:
        return "api"
    if steps[0] == ".run()":
        return _of_run(steps[1:])
    if steps[0] == ".runs()" and steps[1:2] and steps[1][0] in "*[":
        return _of_run(steps[2:])
    return ""


def _of_run(steps: Steps) -> str:
    if not steps:
        return "run"
    if steps[0] == ".summary":
        rest = steps[1:]
        return "summary" if rest in ((), ("._json_dict",)) else ""
    if steps[0] == ".scan_history()":
        return "row" if steps[1:2] in (("*",), ("[]",)) and len(steps) == 2 else ""
    if steps[0] != ".history()":
        return ""
    rest = tuple(step for step in steps[1:] if step not in KEEP_ROWS)
    if not rest:
        return "history"
    if rest in ((".columns",), (".columns", ".tolist()"), (".keys()",)):
        return "columns"
    return "row" if rest in ROWS or (rest[0] == ".iloc" and len(rest) == 2) else ""
