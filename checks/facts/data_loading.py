"""Every call that loads data or a model by name: which, from where, and into which folder.

``context.fact(data_loading)`` gives the loads in order of file and line. Values of arguments are asked of
``possible_values``, so a name may come from the code or from the runs' configurations.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.guards import last_name
from checks.facts.hub import FROM_FILES
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes
from checks.facts.possible_values import Value, possible_values
from checks.facts.syntax import keyword


class Kind(StrEnum):
    """What a call loads."""

    DATA = "data"
    MODEL = "model"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Loader:
    """How a library's function is called.

    Args:
        kind: what it loads.
        names: keyword names of the argument that says what; the first positional argument is the same.
        folders: keyword names of the argument that says where to keep it.
        place: position of the folder's argument; -1 where it has none.
        configuration: position of the configuration's name; -1 where there is none.
        hub: whether what it loads is named as on the hub.
        source: position of the argument that says what.
    """

    kind: Kind
    names: tuple[str, ...]
    folders: tuple[str, ...] = ("cache_dir",)
    place: int = -1
    configuration: int = -1
    hub: bool = True
    source: int = 0


LOAD_DATASET = Loader(Kind.DATA, ("path",), ("cache_dir",), configuration=1)
PRETRAINED = Loader(Kind.MODEL, ("pretrained_model_name_or_path", "pretrained_model_name"))
SKLEARN = Loader(Kind.DATA, ("name",), ("data_home",), hub=False)
VISION = Loader(Kind.DATA, (), ("root", "data_dir"), place=0, hub=False, source=-1)
LOADERS: Mapping[str, Loader] = {
    "datasets.load_dataset": LOAD_DATASET,
    "datasets.load.load_dataset": LOAD_DATASET,
    "datasets.load_dataset_builder": LOAD_DATASET,
    "huggingface_hub.snapshot_download": Loader(Kind.FILES, ("repo_id",), ("cache_dir", "local_dir")),
    "huggingface_hub.hf_hub_download": Loader(Kind.FILES, ("repo_id",), ("cache_dir", "local_dir")),
    "sentence_transformers.SentenceTransformer": Loader(
        Kind.MODEL, ("model_name_or_path",), ("cache_folder", "cache_dir"), hub=False
    ),
    "sentence_transformers.CrossEncoder": Loader(
        Kind.MODEL, ("model_name", "model_name_or_path"), ("cache_folder", "cache_dir"), hub=False
    ),
    "transformers.pipeline": Loader(Kind.MODEL, ("model",), ("model_kwargs",), source=1),
    "timm.create_model": Loader(Kind.MODEL, ("model_name",), ("cache_dir",), hub=False),
    "nltk.download": Loader(Kind.FILES, ("info_or_id",), ("download_dir",), place=1, hub=False),
    **{
        f"sklearn.datasets.{name}": SKLEARN
        for name in ("fetch_openml", "fetch_20newsgroups", "fetch_20newsgroups_vectorized", "fetch_california_housing",
                     "fetch_covtype", "fetch_lfw_people", "fetch_lfw_pairs", "fetch_olivetti_faces", "fetch_rcv1",
                     "fetch_kddcup99")
    },
}  # fmt: skip
"""Functions by the origin of what is called."""
PRETRAINED_OWNERS = ("transformers.", "diffusers.")
VISION_OWNERS = ("torchvision.datasets.", "torchaudio.datasets.")
LOCAL_SETS = frozenset({"ImageFolder", "DatasetFolder", "FakeData", "VisionDataset"})
"""Classes of torchvision that read what is there already, or make it up."""
FOLDERS = frozenset({"data_files", "data_dir"})
FALLS_BACK = frozenset({"Exception", "BaseException", "ValueError", "OSError", "EnvironmentError", "RuntimeError"})


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """One call that loads something.

    Args:
        path: the file.
        call: the call.
        origin: the dotted origin of what is called.
        loader: how that function is called.
        source: the expression that says what is loaded; None where it is not given plainly.
        unpacked: whether the call is also given arguments that are not written there (``**options``).
    """

    path: str
    call: ast.Call
    origin: str
    loader: Loader
    source: ast.expr | None
    unpacked: bool

    @property
    def folder(self) -> ast.expr | None:
        """The argument that says where to keep what is loaded; None where there is none."""
        named = (keyword(self.call, name) for name in self.loader.folders)
        found = next((value for value in named if value is not None), None)
        return found if found is not None else _positional(self.call, self.loader.place)

    @property
    def configuration(self) -> ast.expr | None:
        """The argument that names the data set's configuration; None where there is none."""
        return keyword(self.call, "name") or _positional(self.call, self.loader.configuration)

    @property
    def reads_files(self) -> bool:
        """Whether what is loaded are files that the call names itself."""
        named = any(word.arg in FOLDERS for word in self.call.keywords) or _positional(self.call, 2) is not None
        first = self.source
        of_files = isinstance(first, ast.Constant) and first.value in FROM_FILES
        return self.loader is LOAD_DATASET and (named or of_files)


def data_loading(context: Context) -> tuple[Load, ...]:
    """Every call that loads data or a model by name, in order of file and line."""
    found = []
    for path, some in context.fact(calls).items():
        file = context.fact(imports)[path]
        if file.all:
            loads = [load for call in some if (load := _load(path, file, some, call))]
            found += sorted(loads, key=lambda load: load.call.lineno)
    return tuple(found)


def named(context: Context, load: Load) -> tuple[Value, ...]:
    """What the call loads, as far as every possible name is known."""
    if load.source is None:
        return ()
    return tuple(
        value for value in context.fact(possible_values).of(load.path, load.source) if isinstance(value.value, str)
    )


def has_fallback(tree: Nodes, call: ast.Call) -> bool:
    """Whether a failure of the call is caught there and something else is done instead."""
    inner: ast.AST = call
    for outer in tree.above(call):
        if isinstance(outer, ast.Try) and inner in outer.body:
            for handler in outer.handlers:
                if _catches(handler.type) and not _gives_up(tree, handler):
                    return True
        elif isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            return False
        inner = outer
    return False


def is_told_apart(tree: Nodes, load: Load, value: Value) -> bool:
    """Whether the function, or the file's top level, compares something with this name, so that it may be handled."""
    whole = tree.function(load.call) or tree.tree
    name = str(value.value).lower()
    if whole is None or isinstance(load.source, ast.Constant):
        return False
    every: list[ast.Compare | ast.MatchValue] = [*tree.under(whole, ast.Compare), *tree.under(whole, ast.MatchValue)]
    for compare in every:
        if isinstance(compare, ast.Compare) and all(isinstance(operator, ast.NotEq) for operator in compare.ops):
            continue
        for constant in tree.under(compare, ast.Constant):
            text = constant.value.lower() if isinstance(constant.value, str) else ""
            if text and (text in name or name in text):
                return True
    return False


def _load(path: str, file: Imports, some: Calls, call: ast.Call) -> Load | None:
    name = called_name(call)
    origin = some.origin(call) or ""
    if not origin and name == "from_pretrained" and isinstance(call.func, ast.Attribute):
        origin = _chosen(file, call.func)
    loader = LOADERS.get(origin)
    if loader is None and origin.endswith(".from_pretrained") and origin.startswith(PRETRAINED_OWNERS):
        loader = PRETRAINED
    elif loader is None and origin.startswith(VISION_OWNERS) and origin.count(".") == 2 and name[:1].isupper():
        loader = VISION if name not in LOCAL_SETS else None
    elif loader is None and origin.startswith("sentence_transformers.") and origin.rpartition(".")[2] in (
        "SentenceTransformer", "CrossEncoder",
    ):  # fmt: skip
        loader = LOADERS[f"sentence_transformers.{origin.rpartition('.')[2]}"]
    if loader is None or (origin == "timm.create_model" and not _is_true(keyword(call, "pretrained"))):
        return None
    given = (keyword(call, word) for word in loader.names)
    source = next((each for each in given if each is not None), None) or _positional(call, loader.source)
    unpacked = any(word.arg is None for word in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args)
    return Load(path, call, origin, loader, source, unpacked)


def _chosen(file: Imports, func: ast.Attribute) -> str:
    """The origin of ``cls.from_pretrained`` where ``cls`` is one of a library's classes, chosen before."""
    value = file.assigned(func.value) if isinstance(func.value, ast.Name) else func.value
    if isinstance(value, ast.IfExp):
        origin = file.resolve(value.body) or ""
        return f"{origin}.from_pretrained" if origin.startswith(PRETRAINED_OWNERS) else ""
    return ""


def _positional(call: ast.Call, index: int) -> ast.expr | None:
    if index < 0 or len(call.args) <= index or any(isinstance(each, ast.Starred) for each in call.args[: index + 1]):
        return None
    return call.args[index]


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _catches(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or last_name(each) in FALLS_BACK or last_name(each).endswith("Error") for each in kinds)


def _gives_up(tree: Nodes, handler: ast.ExceptHandler) -> bool:
    """Whether the handler ends in an exception, or ends the program."""
    last: Iterator[ast.Raise] = tree.under(handler, ast.Raise)
    ends = isinstance(handler.body[-1], ast.Raise) or any(
        called_name(call) in ("exit", "_exit", "quit", "abort") for call in tree.under(handler.body[-1], ast.Call)
    )
    loads = any("load" in called_name(c) or "pretrained" in called_name(c) for c in tree.under(handler, ast.Call))
    return (ends or next(last, None) is not None) and not loads
