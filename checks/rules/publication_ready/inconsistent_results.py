"""``publication-ready/inconsistent-results``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.may_hold import may_hold
from checks.facts.nodes import nodes
from checks.facts.reach import reachable
from checks.facts.syntax import keyword
from checks.facts.unseen_code import unseen_code
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE, TRAIN = "src/evaluate.py", "src/train.py"
FILE = re.compile(r"(?:^|[/*\\])([\w-]+(?:\.[\w-]+)*\.(?:jsonl?|csv|tsv|npy|npz|pkl|pickle|parquet|ya?ml))$")
"""A text that ends in a file's name."""
READS = frozenset(
    {
        "exists", "glob", "iglob", "is_file", "isfile", "load", "loadtxt", "read_bytes", "read_csv", "read_json",
        "read_parquet", "read_pickle", "read_text", "rglob", "safe_load",
    }
)  # fmt: skip
WRITES = frozenset(
    {
        "dump", "safe_dump", "save", "savetxt", "savez", "to_csv", "to_json", "to_parquet", "to_pickle", "write_bytes",
        "write_text",
    }
)  # fmt: skip
OF_PATHS = frozenset({"open", "exists", "is_file", "read_bytes", "read_text", "write_bytes", "write_text"})
"""Methods of a path, which is what they are called on."""
MOST = 50
"""Names that are looked for; an evaluation with more is left alone."""
READER = "import json\nfrom pathlib import Path\n\nfor run in Path('out').iterdir():\n"


class InconsistentResults(Rule):
    """The evaluation reads a file that nothing writes.

    What it finds
        A file name (JSON, CSV, NumPy, pickle, YAML) that ``src/evaluate.py`` opens or looks for, and that no text of
        any other code or configuration file has in it, while the evaluation does not write it itself.

    Why it matters
        Training keeps its results under one name and the evaluation looks for another: it finds nothing to compare,
        and ends without figures or with an error.

    How to fix
        Write and read the results under the same name, best by one constant or key of the configuration.

    What it cannot see
        Names that are put together in the code: where another file holds the bare ending of such a name, as in
        ``f"{name}.json"``, it is silent.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "publication-ready"}
    valid = (
        Valid(
            "same-name",
            {
                EVALUATE: f"{READER}    print(json.loads((run / 'results.json').read_text()))\n",
                TRAIN: "import json\njson.dump({}, open(f'{out}/results.json', 'w'))\n",
            },
        ),
        Valid(
            "name-put-together",
            {
                EVALUATE: f"{READER}    print(json.load(open(run / 'results.json')))\n",
                TRAIN: "def keep(kind, out):\n    open(f'{out}/{kind}.json', 'w').write('{}')\n",
            },
        ),
        Valid(
            "its-own-output",
            {
                EVALUATE: "import json\n\nwith open('comparison.json', 'w') as f:\n    json.dump({}, f)\n"
                "print(open('comparison.json').read())\n",
                TRAIN: "x = 1\n",
            },
        ),
        Valid(
            "name-in-the-configuration",
            {
                EVALUATE: f"{READER}    print((run / 'm.csv').exists())\n",
                TRAIN: "save(cfg.file)\n",
                "config/smoke_test.yaml": "file: m.csv\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "another-name",
            {
                EVALUATE: f"{READER}    print(json.loads((run / 'results.json').read_text()))\n",
                TRAIN: "import json\njson.dump({}, open('out/history.json', 'w'))\n",
            },
            at=(f"{EVALUATE}:5",),
        ),
        Invalid(
            "through-a-variable",
            {
                EVALUATE: "import pandas as pd\n\nNAME = 'metrics.csv'\n\n\ndef load(run):\n"
                "    path = f'{run}/{NAME}'\n"
                "    return pd.read_csv(path)\n",
                TRAIN: "frame.to_csv('history.csv')\n",
            },
            at=(f"{EVALUATE}:3",),
        ),
        Invalid(
            "looked-for-by-a-pattern",
            {
                EVALUATE: "from glob import glob\nfound = glob('out/*/final.jsonl')\n",
                TRAIN: "open('out/a/log.jsonl', 'w')\n",
            },
            at=(f"{EVALUATE}:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each name, where it is written out."""
        if EVALUATE not in context.tree.files or context.fact(unseen_code):
            return
        read, written = _names(context)
        others = _elsewhere(context)
        if context.fact(may_hold).exhausted or len(read) > MOST:
            return
        for name, (path, text_node) in read.items():
            ending = name[name.rindex(".") :]
            told = any(name in text or name.partition(".")[0] == text for text in others)
            if name in written or told or any(text.endswith(ending) and _is_computed(text) for text in others):
                continue
            yield Hit(
                message=f"The evaluation reads `{name}`, and nothing else in the tree names such a file.",
                path=path,
                line=text_node.lineno,
                fix=Fix(summary="Write and read the results under the same name."),
            )


def _is_computed(text: str) -> bool:
    """Whether a text is the end of a name that the code puts together."""
    return not FILE.search(text)


def _elsewhere(context: Context) -> set[str]:
    """The texts of all code but the evaluation's, and the lines of the configuration."""
    found = {text for path, each in context.fact(words).items() if path != EVALUATE for text in each.texts}
    for path in context.tree.files:
        if path.startswith("config/"):
            found.update(context.lines(path)[:5000])
    return found


def _names(context: Context) -> tuple[dict[str, tuple[str, ast.Constant]], set[str]]:
    """The names that the evaluation reads, each with where it is written out, and those that it writes."""
    read: dict[str, tuple[str, ast.Constant]] = {}
    written: set[str] = set()
    for piece in reachable(context, EVALUATE):
        if piece.path != EVALUATE:
            continue
        for call in context.fact(nodes)[piece.path].under(piece.node, ast.Call):
            kind = _kind(call)
            named = _files(context, piece.path, call) if kind else {}
            if kind == "write":
                written.update(named)
            else:
                read = named | read
    return read, written


def _kind(call: ast.Call) -> str:
    """``read``, ``write`` or nothing, by what is called and by the mode."""
    name = called_name(call)
    if name in WRITES:
        return "write"
    if name != "open":
        return "read" if name in READS else ""
    own = isinstance(call.func, ast.Attribute)
    given = call.args[0] if own and call.args else (call.args[1] if len(call.args) > 1 else keyword(call, "mode"))
    mode = given.value if isinstance(given, ast.Constant) else ("r" if given is None else "?")
    return "write" if isinstance(mode, str) and set(mode) & set("wax+?") else "read"


def _files(context: Context, path: str, call: ast.Call) -> dict[str, tuple[str, ast.Constant]]:
    """The file names that may be in what names the file of a call, each with its text."""
    name = called_name(call)
    own = isinstance(call.func, ast.Attribute) and name in OF_PATHS
    given: list[ast.expr] = [call.func.value] if own and isinstance(call.func, ast.Attribute) else []
    given += call.args[1:2] if "dump" in name else call.args[:1] if not own or name in ("exists", "open") else []
    found: dict[str, tuple[str, ast.Constant]] = {}
    for each in given:
        for where, node in context.fact(may_hold).parts(path, each):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                ending = FILE.search(node.value)
                if ending:
                    found.setdefault(ending.group(1), (where, node))
    return found
