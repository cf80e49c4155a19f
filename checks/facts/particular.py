"""Calls and references by which code takes one particular data set or pretrained model."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.hub import FROM_FILES
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword

SYNTHETIC = frozenset(
    {
        "Data", "Dataset", "DatasetFolder", "FakeData", "ImageFolder", "InMemoryDataset", "Planetoid", "VisionDataset",
    }
)  # fmt: skip
"""Names of the collections that stand for no particular data set by themselves."""
COLLECTIONS = frozenset(
    {
        "dgl.data", "keras.datasets", "tensorflow.keras.datasets", "torch_geometric.datasets", "torchaudio.datasets",
        "torchtext.datasets", "torchvision.datasets",
    }
)  # fmt: skip
"""Modules whose classes are one data set each."""
BY_NAME = frozenset(
    {
        "datasets.load_dataset", "datasets.load_dataset_builder", "datasets.get_dataset_config_names",
        "huggingface_hub.hf_hub_download", "huggingface_hub.snapshot_download", "kagglehub.dataset_download",
        "open_clip.create_model", "open_clip.create_model_and_transforms", "seaborn.load_dataset",
        "sentence_transformers.SentenceTransformer", "sklearn.datasets.fetch_openml", "tensorflow_datasets.load",
        "timm.create_model", "torch.hub.load", "torch_geometric.datasets.Planetoid",
        "ogb.nodeproppred.PygNodePropPredDataset", "ogb.graphproppred.PygGraphPropPredDataset",
    }
)  # fmt: skip
"""Functions that load what a text names."""
NAME_ARGUMENTS = frozenset(
    {"path", "pretrained_model_name_or_path", "model_name", "repo_or_dir", "repo_id", "name", "handle", "model"}
)
SECOND = frozenset({"torch_geometric.datasets.Planetoid"})
"""Those whose name is the second argument."""
PLACEHOLDER = "PLACEHOLDER"


@dataclass(frozen=True, slots=True)
class Particular:
    """One place that takes a particular data set or model.

    Args:
        path: the file.
        node: the call, or the name that stands for a data set's class.
        name: what is taken.
    """

    path: str
    node: ast.expr
    name: str


def particulars(context: Context) -> Iterator[Particular]:
    """Every such place, file by file."""
    for path, file in context.fact(imports).items():
        with context.reading(path):
            found = context.fact(nodes)[path]
            called: set[ast.AST] = set()
            for call in context.fact(calls)[path]:
                name = _loaded(file, call)
                if name:
                    called.add(call.func)
                    yield Particular(path, call, name)
            yield from (Particular(path, node, name) for node, name in _referred(file, found, called))
            yield from _taken(path, file, context.fact(calls)[path], called)


def _taken(path: str, file: Imports, found: Calls, called: set[ast.AST]) -> Iterator[Particular]:
    """Classes of data sets that ``getattr`` takes by a written name, called later or not."""
    for call in found.named("getattr"):
        name = _class(_attribute(file, call)) if call not in called else None
        if name:
            yield Particular(path, call, name)


def _referred(file: Imports, found: Nodes, called: set[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    """Classes of data sets that are named without being called: in a mapping, as a base, handed on."""
    if not any(each.module.startswith(tuple(COLLECTIONS)) or each.top == "torchvision" for each in file):
        return
    names: Iterator[ast.expr] = found.of(ast.Attribute, ast.Name)
    for node in names:
        if node not in called and isinstance(getattr(node, "ctx", None), ast.Load):
            name = _class(file.resolve(node) or "")
            if name and not _annotates(found, node):
                yield node, name


def _annotates(found: Nodes, node: ast.expr) -> bool:
    outer = found.parent(node)
    if isinstance(outer, ast.BinOp | ast.Subscript | ast.Tuple):
        outer = found.parent(outer)
    called = isinstance(outer, ast.Call) and called_name(outer) == "isinstance"
    return called or isinstance(outer, ast.arg | ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef)


def _class(origin: str) -> str | None:
    module, _, name = origin.rpartition(".")
    return name if module in COLLECTIONS and name[:1].isupper() and name not in SYNTHETIC else None


def _loaded(file: Imports, call: ast.Call) -> str | None:
    """What a call loads, where it is one particular thing."""
    origin = _origin(file, call)
    module, _, name = origin.rpartition(".")
    if origin in BY_NAME or (module.startswith("transformers.") and name == "from_pretrained"):
        return _fixed(file, call, origin)
    if origin == "transformers.pipeline":
        return _pipeline(file, call)
    if module in ("torchvision.models", "torchvision.models.segmentation", "torchvision.models.detection"):
        return f"{name} with pretrained weights" if _pretrained(file, call) else None
    if module == "sklearn.datasets" and name.startswith(("load_", "fetch_")):
        return None if "svmlight" in name or name == "load_files" else name
    return _class(origin)


def _origin(file: Imports, call: ast.Call) -> str:
    """What is called, ``getattr(datasets, "MNIST")`` among it."""
    func = call.func
    return (_attribute(file, func) if isinstance(func, ast.Call) else "") or file.called(call) or ""


def _attribute(file: Imports, call: ast.Call) -> str:
    """What ``getattr(module, "name")`` gives; empty for any other call."""
    match call:
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str(name)), *_]):
            return f"{file.resolve(owner)}.{name}"
    return ""


def _text(file: Imports, node: ast.AST | None) -> str | None:
    """A text that is written, or that a variable holds which the file assigns once."""
    given = file.assigned(node) if isinstance(node, ast.Name) else node
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _fixed(file: Imports, call: ast.Call, origin: str) -> str | None:
    first = call.args[1:2] if origin in SECOND else call.args[:1]
    for node in (*first, *(word.value for word in call.keywords if word.arg in NAME_ARGUMENTS)):
        fixed = _text(file, node)
        if fixed:
            local = fixed in FROM_FILES or fixed.startswith((".", "/"))
            return None if local or PLACEHOLDER in fixed.upper() else fixed
    return None


def _pipeline(file: Imports, call: ast.Call) -> str | None:
    """The model of a transformers pipeline; without one, the task's own is downloaded."""
    given = call.args[1] if len(call.args) > 1 else keyword(call, "model")
    if given is None:
        task = _text(file, call.args[0] if call.args else keyword(call, "task"))
        return f"the model of the `{task}` pipeline" if task and PLACEHOLDER not in task.upper() else None
    fixed = _text(file, given)
    return None if not fixed or PLACEHOLDER in fixed.upper() or fixed.startswith((".", "/")) else fixed


def _pretrained(file: Imports, call: ast.Call) -> bool:
    """Whether weights are certainly asked for."""
    flag = keyword(call, "pretrained")
    if isinstance(flag, ast.Constant) and flag.value is True:
        return True
    weights = keyword(call, "weights")
    if weights is None:
        return False
    return _text(file, weights) is not None or (file.resolve(weights) or "").startswith("torchvision.")
