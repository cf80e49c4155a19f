"""``evaluation-independence/command-not-accepted``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.pair_refusal import Refusal, refusal
from checks.finding import Evidence, Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"

FIX = Fix(
    summary="Read the arguments as `key=value` pairs: `args = dict(a.split('=', 1) for a in sys.argv[1:])`, then "
    "`args['results_dir']` and `json.loads(args['run_ids'])`. `OmegaConf.from_cli()` gives `run_ids` as a list already."
)


class CommandNotAccepted(Rule):
    """The evaluation does not accept its documented arguments.

    What it finds
        A ``src/evaluate.py`` that cannot take ``results_dir=PATH run_ids='["run-1"]'``: argparse, click or typer with
        options alone, a positional argument whose text goes with its prefix into ``json.loads`` or a path, ``sys.argv``
        indexed the same way, a file that never looks at its arguments, or one that calls nothing when it is started.

    Why it matters
        The evaluation is started with exactly these two arguments. argparse refuses what no argument takes, and a
        positional receives the text ``results_dir=PATH`` itself: the run stops, or writes into a folder of that name.

    How to fix
        Take the pairs apart before using them, for example with ``OmegaConf.from_cli()`` or by splitting each argument
        at its first equals sign. Parse a text with ``json.loads`` afterwards; OmegaConf gives a list already.

    What it cannot see
        Whether code that does split at an equals sign does it rightly; running the command on the preflight rung shows.
        Anything less certain than the cases above is left to that rung too.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "pairs-split-by-hand",
            {
                EVALUATE: "import json, sys\n\n\ndef main():\n"
                "    args = dict(a.split('=', 1) for a in sys.argv[1:])\n"
                "    print(json.loads(args['run_ids']), args['results_dir'])\n\n\nmain()\n"
            },
        ),
        Valid(
            "omegaconf-from-cli",
            {EVALUATE: "from omegaconf import OmegaConf as O\ncfg = O.from_cli()\nprint(cfg.results_dir)\n"},
        ),
        Valid(
            "positionals-stripped-of-their-prefix",
            {
                EVALUATE: "import argparse, json\n"
                "p = argparse.ArgumentParser()\n"
                "p.add_argument('results_dir')\n"
                "p.add_argument('run_ids')\n"
                "args = p.parse_args()\n"
                "ids = json.loads(args.run_ids.removeprefix('run_ids='))\n"
            },
        ),
        Valid(
            "helper-of-another-file",
            {
                EVALUATE: "from src.preprocess import read_pairs\n\nprint(read_pairs())\n",
                "src/preprocess.py": "import sys\n\n\ndef read_pairs():\n"
                "    return dict(a.partition('=')[::2] for a in sys.argv[1:])\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "positional-used-with-its-prefix",
            {
                EVALUATE: "import argparse\nimport json\n\n\ndef main():\n"
                "    parser = argparse.ArgumentParser()\n"
                "    parser.add_argument('results_dir')\n"
                "    parser.add_argument('run_ids')\n"
                "    args = parser.parse_args()\n"
                "    print(json.loads(args.run_ids))\n\n\n"
                "if __name__ == '__main__':\n    main()\n"
            },
            at=("src/evaluate.py:7",),
        ),
        Invalid(
            "options-only",
            {
                EVALUATE: "from argparse import ArgumentParser\n"
                "p = ArgumentParser()\n"
                "p.add_argument('--results_dir', required=True)\n"
                "p.add_argument('--run_ids', required=True)\n"
                "print('=' * 80, p.parse_args())\n"
            },
            at=("src/evaluate.py:3",),
        ),
        Invalid(
            "arguments-never-read",
            {EVALUATE: "def main():\n    print('results')\n\n\nif __name__ == '__main__':\n    main()\n"},
            at=("src/evaluate.py",),
        ),
        Invalid(
            "nothing-is-called",
            {EVALUATE: "import hydra\n\n\n@hydra.main(config_path='../config')\ndef main(cfg):\n    print(cfg)\n"},
            at=("src/evaluate.py",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the first argument that is declared wrongly, or the whole file."""
        with context.reading(EVALUATE):
            found = refusal(context, EVALUATE)
        if found is not None:
            yield Hit(
                message=f"The arguments `results_dir=... run_ids=...` are not accepted. {found.reason}",
                path=found.path,
                line=found.line,
                end_line=found.end_line,
                evidence=_evidence(context, found),
                fix=FIX.model_copy(update={"replacement": found.mend}),
            )


def _evidence(context: Context, found: Refusal) -> tuple[Evidence, ...]:
    if found.line is None:
        return ()
    quoted = [context.quote(found.path, found.line, found.end_line)]
    if found.use is not None and found.use.line != found.line:
        quoted.append(context.quote(found.path, found.use.line, found.use.end_line))
    return tuple(quoted)
