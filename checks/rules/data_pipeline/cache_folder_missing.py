"""``data-pipeline/cache-folder-missing``."""

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.guards import last_name
from checks.facts.hub import FROM_FILES
from checks.facts.imports import Imports, imports
from checks.facts.syntax import text_of, walk
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

CACHE_VARIABLES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "TRANSFORMERS_CACHE", "TORCH_HOME", "XDG_CACHE_HOME")
"""Environment variables that move the cache of the hub's libraries."""

HUB_DOWNLOADS = frozenset({"huggingface_hub.snapshot_download", "huggingface_hub.hf_hub_download"})
FOLDERS = frozenset({"cache_dir", "cache_folder", "local_dir"})
"""Keyword arguments that name the folder, each of the functions its own."""
LOCAL = re.compile(
    r"(?:^|_)(?:dir|folder|ckpt|checkpoint|best|save|saved|out|output|local)(?:_|$)|^(?:join|Path)$", re.IGNORECASE
)
"""Names of places on the disk."""
EITHER = re.compile(r"(?:^|_)path$", re.IGNORECASE)
"""Names of what may be a place on the disk or a name on the hub."""
HUB = "from datasets import load_dataset\n"


class CacheFolderMissing(Rule):
    """Data or a model is downloaded without the cache folder ``.cache/``.

    What it finds
        Calls of ``load_dataset``, ``from_pretrained``, ``snapshot_download``, ``hf_hub_download`` and
        ``SentenceTransformer`` without ``cache_dir`` (or their own word for it) or with None for it, in a tree that
        sets no cache folder in any other way either (an environment variable such as ``HF_HOME``). Where other calls of
        the tree have one, or what is loaded is named as a path, the finding is advisory: the call may read what is
        already on the disk.

    Why it matters
        Runners keep ``.cache/`` between jobs. A download that goes to the home directory is repeated by every run, and
        fails where only the repository's folder is writable.

    How to fix
        Pass ``cache_dir=".cache/"`` to the call.

    What it cannot see
        A folder passed in keyword arguments that are built elsewhere. What is loaded from a path that is put together
        or a variable named like a folder or a checkpoint is taken for a local copy.
    """

    criteria: ClassVar = {"experiment": "data-pipeline"}
    valid = (
        Valid("folder-given", {"src/preprocess.py": f"{HUB}load_dataset('imdb', cache_dir='.cache/')\n"}),
        Valid("local-files", {"src/preprocess.py": f"{HUB}load_dataset('json', data_files='a.json')\n"}),
        Valid("folder-of-files", {"src/preprocess.py": f"{HUB}load_dataset(builder, data_dir=cfg.dataset.folder)\n"}),
        Valid(
            "variable-set",
            {
                "src/main.py": "import os\nos.environ['HF_HOME'] = '.cache/'\n",
                "src/preprocess.py": f"{HUB}load_dataset('a')\n",
            },
        ),
        Valid("unpacked-options", {"src/preprocess.py": f"{HUB}o = {{'cache_dir': 'c'}}\nload_dataset('a', **o)\n"}),
        Valid(
            "own-checkpoint",
            {
                "src/train.py": "from transformers import AutoModel as A\nA.from_pretrained(out / 'best')\n"
                "A.from_pretrained(cfg.output_dir)\nA.from_pretrained(str(best_ckpt))\n"
            },
        ),
        Valid(
            "not-the-hub",
            {"src/train.py": "from .data import load_dataset\nload_dataset('a')\nnet.from_pretrained('p')\n"},
        ),
    )
    invalid = (
        Invalid("plain", {"src/preprocess.py": f"{HUB}load_dataset('imdb')\n"}, at=("src/preprocess.py:2",)),
        Invalid(
            "pretrained-under-an-alias",
            {"src/model.py": "import transformers as hf\nm = hf.AutoModel.from_pretrained(cfg.model.name)\n"},
            at=("src/model.py:2",),
        ),
        Invalid(
            "other-downloads",
            {
                "src/model.py": "import huggingface_hub as hub\nfrom sentence_transformers import SentenceTransformer\n"
                f"{HUB}hub.snapshot_download('a/b')\nSentenceTransformer('a')\nload_dataset('x', cache_dir=None)\n"
            },
            at=("src/model.py:4", "src/model.py:5", "src/model.py:6"),
        ),
        Invalid(
            "forgotten-in-one-place",
            {
                "src/preprocess.py": f"{HUB}a = load_dataset('x', cache_dir='.cache')\n"
                "b = load_dataset(name, split='test')\n"
            },
            at=("src/preprocess.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call without a cache folder, unless the tree sets one for all calls."""
        mentioned = context.fact(words).values()
        if any(each.mention(*CACHE_VARIABLES) for each in mentioned):
            return
        severity = Severity.ADVISORY if any(each.mention("cache_dir", ".cache") for each in mentioned) else None
        for path, file in context.fact(imports).items():
            with context.reading(path):
                calls = [node for node in file.module.walk() if isinstance(node, ast.Call)]
                found = [call for call in calls if _downloads(file, call) and not _names_folder(call)]
            for call in found:
                yield Hit(
                    message=f"`{text_of(call.func)[:80]}` has no `cache_dir`; downloads belong in `.cache/`.",
                    path=path,
                    line=call.lineno,
                    end_line=call.end_lineno,
                    fix=Fix(summary='Pass `cache_dir=".cache/"`.'),
                    severity=Severity.ADVISORY if any(_mentions(a, EITHER) for a in call.args[:1]) else severity,
                )


def _downloads(file: Imports, call: ast.Call) -> bool:
    name = file.called(call) or ""
    first = call.args[0] if call.args else None
    if name == "datasets.load_dataset":
        reads_files = any(word.arg in {"data_files", "data_dir"} for word in call.keywords)
        return not reads_files and not (isinstance(first, ast.Constant) and first.value in FROM_FILES)
    if name in HUB_DOWNLOADS or name.startswith("sentence_transformers.SentenceTransformer"):
        return first is None or not _is_local(first)
    is_pretrained = name.startswith("transformers.") and name.endswith(".from_pretrained")
    return is_pretrained and (first is None or not _is_local(first))


def _is_local(source: ast.expr) -> bool:
    """Whether what is loaded is a place on the disk: a path that is put together, or a name for one."""
    if isinstance(source, ast.BinOp) and isinstance(source.op, ast.Div):
        return True
    return _mentions(source, LOCAL)


def _mentions(source: ast.AST, names: re.Pattern[str]) -> bool:
    return any(names.search(last_name(node)) for node in walk(source) if isinstance(node, ast.Name | ast.Attribute))


def _names_folder(call: ast.Call) -> bool:
    return any(
        word.arg is None
        or (word.arg in FOLDERS and not (isinstance(word.value, ast.Constant) and word.value.value is None))
        for word in call.keywords
    )
