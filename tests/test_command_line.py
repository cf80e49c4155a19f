"""Spellings of a command line that the documented arguments do, or do not, get through."""

import pytest

from checks.context import Context
from checks.facts.pair_refusal import refusal
from checks.profiles import PROFILES
from checks.tree import SourceTree

EVALUATE = "src/evaluate.py"

REFUSED = {
    "click options": """
import click
@click.command()
@click.option("--results_dir")
@click.option("--run_ids")
def main(results_dir, run_ids):
    print(results_dir, run_ids)
main()
""",
    "click arguments used as they stand": """
import json
import click
@click.command()
@click.argument("results_dir")
@click.argument("run_ids")
def main(results_dir, run_ids):
    print(json.loads(run_ids))
main()
""",
    "typer options": """
import typer
app = typer.Typer()
@app.command()
def main(results_dir: str = typer.Option(...), run_ids: str = "[]"):
    print(results_dir, run_ids)
app()
""",
    "typer arguments": """
import typer, json
def main(results_dir: str, run_ids: str):
    print(json.loads(run_ids))
typer.run(main)
""",
    "indexed argv": """
import json
from sys import argv
import sys
def main():
    folder, ids = sys.argv[1], sys.argv[2]
    print(json.loads(ids), folder)
main()
""",
    "vars of what was parsed": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
args = vars(p.parse_args())
print(json.loads(args["run_ids"]))
""",
    "vars where it is read, by get": """
import argparse, json
def main(argv=None):
    p = argparse.ArgumentParser()
    p.add_argument("results_dir")
    p.add_argument("run_ids")
    args = p.parse_args(argv)
    print(vars(args))
    print(json.loads(vars(args).get("run_ids")))
main()
""",
    "__dict__ and getattr": """
import argparse, pathlib
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run-ids")
args = p.parse_args()
values = args.__dict__
out = pathlib.Path(values["results_dir"])
ids = getattr(args, "run-ids")
""",
    "argv under a name": """
import json, sys
argv = sys.argv[1:]
if len(argv) < 2:
    raise SystemExit("usage: evaluate RESULTS RUNS")
print(json.loads(argv[1]))
""",
    "argv unpacked": """
import json, sys
results_dir, run_ids = sys.argv[1:]
print(json.loads(run_ids))
""",
    "first two of argv unpacked": """
from pathlib import Path
from sys import argv as given
results_dir, run_ids = given[1:3]
print(Path(results_dir))
""",
    "argv handed to main": """
import json, sys
def main(arguments):
    folder = arguments[0]
    print(json.loads(arguments[-1]), folder)
if __name__ == "__main__":
    main(sys.argv[1:])
""",
    "rest of parse_known_args thrown away": """
import argparse
def read():
    p = argparse.ArgumentParser()
    p.add_argument("--results_dir", default="results")
    args, _ = p.parse_known_args()
    return args
print(read())
""",
    "aliased parser in a group, main(argv=None)": """
import argparse as ap
def main(argv=None):
    p = ap.ArgumentParser()
    g = p.add_argument_group("in")
    g.add_argument("--results-dir", dest="results_dir")
    g.add_argument("--run-ids")
    args = p.parse_args(argv)
    print(f"results={args.results_dir}")
if __name__ == "__main__":
    main()
""",
    "positional handed on to another function": """
import argparse, json
def evaluate(folder, ids):
    for one in json.loads(ids):
        print(one)
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids", type=str)
a = p.parse_args()
evaluate(a.results_dir, a.run_ids)
""",
    "json.loads as the type": """
import argparse, json, os
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids", type=json.loads)
a = p.parse_args()
os.makedirs(a.results_dir, exist_ok=True)
""",
    "only from the environment": """
import os, json
if __name__ == "__main__":
    print(json.loads(os.environ["RUN_IDS"]))
""",
}

ACCEPTED = {
    "overrides taken as a list": """
import argparse
p = argparse.ArgumentParser()
p.add_argument("overrides", nargs="*")
pairs = {k: v for k, _, v in (o.partition("=") for o in p.parse_args().overrides)}
""",
    "rest of parse_known_args split": """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--results_dir")
p.add_argument("--run_ids")
args, rest = p.parse_known_args()
for item in rest:
    key, value = item.split("=", 1)
    setattr(args, key, value)
""",
    "argv rewritten with dashes": """
import argparse, sys
sys.argv[1:] = ["--" + a for a in sys.argv[1:]]
p = argparse.ArgumentParser()
p.add_argument("--results_dir")
p.add_argument("--run_ids")
print(p.parse_args())
""",
    "dashes put before each argument": """
import argparse, sys
p = argparse.ArgumentParser()
p.add_argument("--results_dir")
p.add_argument("--run_ids")
print(p.parse_args([f"--{a}" for a in sys.argv[1:]]))
""",
    "type strips the prefix": """
import argparse, json
def value(text):
    return text[text.index("=") + 1:]
p = argparse.ArgumentParser()
p.add_argument("results_dir", type=value)
p.add_argument("run_ids", type=value)
a = p.parse_args()
print(json.loads(a.run_ids))
""",
    "last part after the sign": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
a = p.parse_args()
print(json.loads(a.run_ids.split("=")[-1]))
""",
    "sliced by a number": """
import sys, json
print(json.loads(sys.argv[2][8:]), sys.argv[1][12:])
""",
    "separator in a constant": """
import sys
SEPARATOR = "="
print(dict(a.split(SEPARATOR) for a in sys.argv[1:]))
""",
    "hydra": """
import hydra
@hydra.main(version_base=None, config_path="../config", config_name="config")
def main(cfg):
    print(cfg.results_dir)
if __name__ == "__main__":
    main()
""",
    "hydra compose from the arguments": """
import sys
from hydra import compose, initialize
with initialize(config_path="../config"):
    print(compose("config", overrides=sys.argv[1:]))
""",
    "regular expression": """
import re, sys
found = dict(re.match(r"(\\w+)=(.*)", a).groups() for a in sys.argv[1:])
""",
    "another library": """
import fire
def main(*pairs):
    print(pairs)
fire.Fire(main)
""",
    "class of its own": """
import argparse
class Parser(argparse.ArgumentParser):
    def parse_args(self):
        return read_pairs()
p = Parser()
p.add_argument("--run_ids")
p.parse_args()
""",
    "query string": """
import sys
from urllib.parse import parse_qsl
print(dict(parse_qsl("&".join(sys.argv[1:]))))
""",
    "namespace cleaned by a function": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
def clean(ns):
    return argparse.Namespace(results_dir=ns.results_dir[12:], run_ids=ns.run_ids[8:])
args = clean(p.parse_args())
print(json.loads(args.run_ids))
""",
    "namespace cleaned where it is made": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
from types import SimpleNamespace
def read():
    ns = p.parse_args()
    return rebuild(ns)
args = read()
print(json.loads(args.run_ids))
""",
    "cleaned under the same name": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
args = p.parse_args()
args = tidy(args)
print(json.loads(args.run_ids))
""",
    "set by name": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
args = p.parse_args()
for name in ("results_dir", "run_ids"):
    setattr(args, name, getattr(args, name)[len(name) + 1:])
print(json.loads(args.run_ids))
""",
    "vars walked through": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
args = vars(p.parse_args())
args = {name: text[len(name) + 1:] for name, text in args.items()}
print(json.loads(args["run_ids"]))
""",
    "vars written to": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
args = vars(p.parse_args())
args["run_ids"] = args["run_ids"][8:]
print(json.loads(args["run_ids"]))
""",
    "vars given away": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
args = p.parse_args()
tidy(vars(args))
print(json.loads(args.run_ids))
""",
    "named tuple of its own": """
import argparse, json
p = argparse.ArgumentParser()
p.add_argument("results_dir")
p.add_argument("run_ids")
class Arguments:
    def __init__(self, run_ids):
        self.ids = run_ids
ns = p.parse_args()
args = Arguments(run_ids=ns.run_ids[8:])
""",
    "argv rebuilt under a name": """
import json, sys
argv = sys.argv[1:]
argv = [tidy(a) for a in argv]
print(json.loads(argv[1]))
""",
    "argv changed under a name": """
import json, sys
argv = sys.argv[1:]
argv[1] = argv[1][8:]
print(json.loads(argv[1]))
""",
    "argv tidied in place": """
import json, sys
argv = sys.argv[1:]
tidy(argv)
print(json.loads(argv[1]))
""",
    "argv tidied in place by a function of the file": """
import json, sys
def tidy(given):
    for i in range(len(given)):
        given[i] = given[i][PREFIX[i]:]
argv = sys.argv[1:]
tidy(argv)
print(json.loads(argv[1]))
""",
    "argv indexed and sliced": """
import json, sys
argv = sys.argv[1:]
print(json.loads(argv[1][8:]))
""",
    "only the program's own name": """
import sys
from pathlib import Path
here = Path(sys.argv[0]).parent
print(read(sys.argv[1:]))
""",
    "does not parse": "def main(:\n",
}


def refused(text: str, **others: str) -> bool:
    files = {EVALUATE: text, **{f"src/{name}.py": content for name, content in others.items()}}
    return refusal(Context(SourceTree.of(files), PROFILES["experiment"]), EVALUATE) is not None


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_reports_a_command_line_that_cannot_work(text: str) -> None:
    assert refused(text)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_stays_silent_where_it_may_work(text: str) -> None:
    assert not refused(text)


def test_follows_helpers_through_other_files() -> None:
    helper = "import sys\ndef pairs():\n    return split(sys.argv[1:])\n"
    main = "from .preprocess import pairs\nprint(pairs())\n"
    split = "def split(argv):\n    return dict(a.split('=') for a in argv)\n"
    assert not refused(main, preprocess=helper + split)
    assert not refused(main, preprocess=f"from .model import split\n{helper}", model=split)


def test_ignores_what_an_imported_file_does_elsewhere() -> None:
    train = "import hydra\n@hydra.main()\ndef main(cfg):\n    print(cfg)\ndef load():\n    return 1\n"
    assert refused("from src.train import load\nif __name__ == '__main__':\n    print(load())\n", train=train)


def test_a_missing_file_is_not_this_fault() -> None:
    context = Context(SourceTree.of({"src/main.py": ""}), PROFILES["experiment"])
    assert refusal(context, EVALUATE) is None
