"""``data-pipeline/cache-folder-missing``."""

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.data_loading import LOADERS, VISION, Kind, Load, data_loading, named
from checks.facts.guards import last_name
from checks.facts.imports import imports
from checks.facts.possible_values import possible_values
from checks.facts.rewrite import with_argument
from checks.facts.syntax import text_of, walk
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

CACHE_VARIABLES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "TRANSFORMERS_CACHE", "TORCH_HOME", "XDG_CACHE_HOME")
"""Environment variables that move the cache of the hub's libraries."""
CACHE = ".cache"
UNSURE = frozenset({LOADERS["nltk.download"], LOADERS["timm.create_model"]})
"""Small helpers of a library, or an argument that only its newer releases take."""
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
        Calls of ``load_dataset``, ``from_pretrained``, ``snapshot_download``, ``hf_hub_download``,
        ``SentenceTransformer``, ``pipeline`` with a model's name and scikit-learn's ``fetch_...`` without
        ``cache_dir`` (or their own word for it) or with None for it, in a tree that sets no cache folder in any other
        way either (an environment variable such as ``HF_HOME``); and calls, those of torchvision's data sets among
        them, that are given a folder outside ``.cache``, in the code or by a run's configuration, or one in the home
        directory (``~/.cache``). Advisory where what is loaded is named as a path, where other calls of the
        tree have a folder and the name is not known, for ``nltk.download`` and ``timm``, and for a
        ``local_dir``: the call may read what is already on the disk.

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
            "folders-below",
            {
                "src/preprocess.py": "import os\nfrom pathlib import Path\nfrom torchvision import datasets as tv\n"
                f"{HUB}"
                "ROOT = './.cache/hf'\nload_dataset('a', cache_dir=ROOT)\ntv.CIFAR10(root='.cache', download=True)\n"
                "tv.MNIST(str(Path('.cache') / 'mnist'))\ntv.SVHN(os.path.join(root, 'x'))\ntv.FakeData(10)\n"
            },
        ),
        Valid(
            "model-object-in-a-pipeline",
            {"src/model.py": "from transformers import pipeline\npipeline('text-generation', model=model)\n"},
        ),
        Valid(
            "not-the-hub",
            {"src/train.py": "from .data import load_dataset\nload_dataset('a')\nnet.from_pretrained('p')\n"},
        ),
    )
    invalid = (
        Invalid(
            "another-folder",
            {
                "src/preprocess.py": f"from torchvision.datasets import CIFAR10\nimport sklearn.datasets as sk\n{HUB}"
                "DATA = './data'\nCIFAR10(DATA, train=True, download=True)\nload_dataset('a/b', cache_dir='cache')\n"
                "sk.fetch_openml('mnist_784', data_home='data')\nsk.fetch_openml('iris')\n"
            },
            at=("src/preprocess.py:5", "src/preprocess.py:6", "src/preprocess.py:7", "src/preprocess.py:8"),
        ),
        Invalid(
            "pipeline-with-a-name",
            {"src/model.py": "from transformers import pipeline\npipeline('text-generation', model='org/m')\n"},
            at=("src/model.py:2",),
        ),
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
        """One hit for each call without a cache folder, unless the tree sets one for all calls, or with another one."""
        mentioned = context.fact(words).values()
        moved = any(each.mention(*CACHE_VARIABLES) for each in mentioned)
        others = any(each.mention("cache_dir", CACHE) for each in mentioned)
        for load in context.fact(data_loading):
            if load.unpacked or load.reads_files:
                continue
            if _is_given(load):
                yield from _elsewhere(context, load)
            elif not moved and load.loader is not VISION and _downloads(context, load):
                yield _missing(context, load, others)


def _is_given(load: Load) -> bool:
    folder = load.folder
    return folder is not None and not (isinstance(folder, ast.Constant) and folder.value is None)


def _downloads(context: Context, load: Load) -> bool:
    if load.origin == "transformers.pipeline":
        return bool(named(context, load))
    return load.source is None or not _is_local(load.source)


def _missing(context: Context, load: Load, others: bool) -> Hit:
    word = load.loader.folders[0]
    unsure = others and not named(context, load)
    path_like = load.source is not None and _mentions(load.source, EITHER)
    added = 'model_kwargs={"cache_dir": ".cache/"}' if word == "model_kwargs" else f'{word}=".cache/"'
    exact = with_argument(context, load.path, load.call, added) if load.folder is None else None
    return Hit(
        message=f"`{text_of(load.call.func)[:80]}` has no `{word}`; downloads belong in `.cache/`.",
        path=load.path,
        line=load.call.lineno,
        end_line=load.call.end_lineno,
        fix=Fix(summary=f"Pass `{added}`.", replacement=exact),
        severity=Severity.ADVISORY if unsure or path_like or load.loader in UNSURE else None,
    )


def _elsewhere(context: Context, load: Load) -> Iterator[Hit]:
    """The hit for a folder that is known and lies outside ``.cache``."""
    if load.folder is None:
        return
    found = context.fact(possible_values).of(load.path, load.folder)
    outside = [each for each in found if isinstance(each.value, str) and not _is_cache(each.value)]
    home = _is_home(context, load.path, load.folder)
    if home or (found and len(outside) == len(found) and not _names_cache(load.folder)):
        shown = outside[0].value if outside else text_of(load.folder)[:60]
        what = "data set" if load.loader.kind is Kind.DATA else "model"
        local = any(word.arg == "local_dir" for word in load.call.keywords)
        where = f" (`{outside[0].key}` in `{outside[0].path}`)" if outside and outside[0].key else ""
        yield Hit(
            message=f"The {what} is kept in `{shown}`{where}; data sets and models belong in `.cache/` here.",
            path=load.path,
            line=load.call.lineno,
            end_line=load.call.end_lineno,
            fix=Fix(summary="Give `.cache/`, or a folder below it."),
            severity=Severity.ADVISORY if local or load.loader in UNSURE else None,
        )


def _is_cache(text: str) -> bool:
    parts = text.replace("\\", "/").split("/")
    return CACHE in parts and not parts[0].startswith("~")


def _is_home(context: Context, path: str, folder: ast.expr) -> bool:
    """Whether a folder is put together from the user's home directory."""
    known = context.fact(imports)[path]
    given = [each for each in walk(folder) if isinstance(each, ast.Name | ast.Call)][:20]
    values = [known.assigned(each) if isinstance(each, ast.Name) else each for each in given]
    calls = [call for each in values if each is not None for call in walk(each) if isinstance(call, ast.Call)]
    origins = [known.resolve(call.func) for call in calls]
    asks = [
        call.args[0]
        for call, origin in zip(calls, origins, strict=True)
        if origin == "os.path.expanduser" and call.args
    ]
    tilde = any(isinstance(each, ast.Constant) and str(each.value).startswith("~") for each in asks)
    return tilde or "pathlib.Path.home" in origins


def _names_cache(folder: ast.expr) -> bool:
    return any(isinstance(node, ast.Constant) and CACHE in str(node.value) for node in walk(folder))


def _is_local(source: ast.expr) -> bool:
    """Whether what is loaded is a place on the disk: a path that is put together, or a name for one."""
    if isinstance(source, ast.BinOp) and isinstance(source.op, ast.Div):
        return True
    return _mentions(source, LOCAL)


def _mentions(source: ast.AST, names: re.Pattern[str]) -> bool:
    return any(names.search(last_name(node)) for node in walk(source) if isinstance(node, ast.Name | ast.Attribute))
