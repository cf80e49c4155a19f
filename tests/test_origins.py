"""Where a value comes from when it is called by another name than its own."""

import pytest

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.origins import origins
from checks.profiles import PROFILES
from checks.tree import SourceTree

API = ("wandb.Api()", (".run()",))


def ends(code: str) -> set[tuple[str, tuple[str, ...]]]:
    """Where the argument of ``show`` comes from."""
    text = f"import wandb\nfrom functools import partial\napi = wandb.Api()\n{code}\n"
    context = Context(SourceTree({"src/a.py": text.encode()}), PROFILES["experiment"])
    call = next(iter(context.fact(calls)["src/a.py"].named("show")))
    return {(end.root, end.steps) for end in context.fact(origins).of("src/a.py", call.args[0])}


@pytest.mark.parametrize(
    "code",
    [
        "show(api.run(path))",
        "fetch = api.run\nshow(fetch(path))",
        "show(getattr(api, 'run')(path))",
        "fetch = partial(api.run, timeout=3)\nshow(fetch(path))",
        "fetch = lambda name: api.run('lab/gates/' + name)\nshow(fetch('a'))",
        "for run in map(api.run, paths):\n    show(run)",
        "for run in pool.map(api.run, paths):\n    show(run)",
        "ways = {'one': api.run}\nshow(ways['one'](path))",
        "def one(path):\n    return api.run(path)\n\n\nfetch = one\nshow(fetch(path))",
        "def fetcher():\n    return api.run\n\n\nshow(fetcher()(path))",
    ],
)
def test_follows_what_is_called(code: str) -> None:
    assert ends(code) == {API}


def test_is_lost_in_a_function_that_is_handed_over_out_of_sight() -> None:
    code = "def use(fetch):\n    show(fetch(path))\n"
    assert not [each for each in ends(code) if each[0]]


def test_keeps_the_method_that_is_not_called() -> None:
    assert ends("show(api.run)") == {("wandb.Api()", (".run",))}


def test_unpacks_calls_of_any_depth_without_raising() -> None:
    assert ends("f = " + "(lambda: " * 60 + "api.run" + ")" * 60 + "\nshow(f" + "()" * 61 + ")")
