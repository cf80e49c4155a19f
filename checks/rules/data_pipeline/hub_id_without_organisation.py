"""``data-pipeline/hub-id-without-organisation``."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.data_loading import LOAD_DATASET, Kind, Load, data_loading, has_fallback, is_told_apart, named
from checks.facts.hub_names import full_data_id, full_model_id, is_bare_and_unknown, is_no_id
from checks.facts.nodes import nodes
from checks.facts.possible_values import Value
from checks.finding import Evidence, Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

HF = "from transformers import AutoModel, AutoTokenizer\n"
APP = (
    "import hydra\nfrom transformers import AutoModel\n\n\n"
    "@hydra.main(version_base=None, config_path='../config', config_name='config')\ndef main(cfg):\n"
)
MAIN = "defaults:\n  - _self_\nrun: ???\n"
RUN = "run_id: %s\nmodel:\n  name: Qwen3-0.6B\n"
LOOK = "PATHS = {'Qwen3-0.6B': 'Qwen/Qwen3-0.6B'}\n"


class HubIdWithoutOrganisation(Rule):
    """A model or data set is asked for under a name that the hub does not know.

    What it finds
        Names given to `from_pretrained`, `pipeline`, `load_dataset` and the downloads of the hub that lack their
        organisation (`Qwen3-0.6B`, `Llama-2-7b-hf`, `Mistral-7B-v0.1`, the data set `svamp`), and names with a space,
        brackets or another character that the hub refuses. Advisory: another name of a model without an organisation
        that a run's configuration gives. Names come from the code or from the configurations of the
        runs; one that stands in a configuration is reported there. Advisory too where the failure is caught and
        something else is loaded.

    Why it matters
        The download ends with "is not a valid model identifier" or "Repository Not Found" before the run begins.

    How to fix
        Write the full id, such as `Qwen/Qwen3-0.6B`, or look it up in a table of the code.

    What it cannot see
        Names of families that it does not know: a name such as `my-model` may be a folder. Names without an
        organisation that resolve (`bert-base-uncased`, `gpt2`, `imdb`) are left alone, and so are names that are
        completed or replaced before they are used, that are folders of the tree, and that the function compares.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "data-pipeline"}
    valid = (
        Valid(
            "full and canonical names",
            {
                "src/model.py": f"{HF}from datasets import load_dataset\nAutoModel.from_pretrained('Qwen/Qwen3-0.6B')\n"
                "AutoModel.from_pretrained('bert-base-uncased')\nAutoTokenizer.from_pretrained('gpt2')\n"
                "load_dataset('imdb')\nAutoModel.from_pretrained('outputs')\nload_dataset('csv', data_files='a b')\n"
            },
        ),
        Valid(
            "table in the code",
            {
                "src/main.py": f"{LOOK}{APP}    AutoModel.from_pretrained(PATHS.get(cfg.model.name, cfg.model.name))\n",
                "config/config.yaml": MAIN,
                "config/runs/a.yaml": RUN % "a",
            },
        ),
        Valid(
            "completed",
            {
                "src/main.py": f"{APP}    name = cfg.model.name\n    if '/' not in name:\n"
                "        name = f'Qwen/{name}'\n"
                "    AutoModel.from_pretrained(name)\n    AutoModel.from_pretrained(f'Qwen/{cfg.model.name}')\n",
                "config/config.yaml": MAIN,
                "config/runs/a.yaml": RUN % "a",
            },
        ),
        Valid("own folder", {"src/model.py": f"{HF}AutoModel.from_pretrained('phi-2')\n", "phi-2/config.json": "{}"}),
        Valid(
            "other library's names",
            {
                "src/model.py": "from sentence_transformers import SentenceTransformer\nimport timm\n"
                "SentenceTransformer('all-MiniLM-L6-v2')\ntimm.create_model('resnet-50', pretrained=True)\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "literals",
            {
                "src/model.py": f"{HF}import transformers as t\nAutoModel.from_pretrained('Llama-2-7b-hf')\n"
                "t.AutoTokenizer.from_pretrained(pretrained_model_name_or_path='phi-2')\n"
                "t.AutoTokenizer.from_pretrained('all-MiniLM-L6-v2')\n"
            },
            ("src/model.py:3", "src/model.py:4", "src/model.py:5"),
        ),
        Invalid(
            "in the run",
            {
                "src/main.py": f"{APP}    build(cfg.model)\n\n\ndef build(model_cfg):\n"
                "    return AutoModel.from_pretrained(model_cfg.name, cache_dir='.cache')\n",
                "config/config.yaml": MAIN,
                "config/runs/a.yaml": RUN % "a",
                "config/runs/b.yaml": RUN % "b",
            },
            ("config/runs/a.yaml:3",),
        ),
        Invalid(
            "refused without looking",
            {"src/model.py": f"{HF}NAME = 'BERT base (110M)'\nAutoModel.from_pretrained(NAME)\n"},
            ("src/model.py:2",),
        ),
        Invalid(
            "data set",
            {"src/preprocess.py": "from datasets import load_dataset as load\nload('SVAMP', split='train')\n"},
            ("src/preprocess.py:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each name, where it stands first."""
        found: dict[tuple[Kind, object], list[tuple[Load, Value]]] = defaultdict(list)
        for load in context.fact(data_loading):
            if load.loader.hub and not load.reads_files:
                for value in named(context, load):
                    if _is_faulty(context, load, value):
                        found[load.loader.kind, value.value].append((load, value))
        for uses in found.values():
            yield _hit(context, uses)


def _is_faulty(context: Context, load: Load, value: Value) -> bool:
    name = str(value.value)
    if not name or name.startswith((".", "/", "~")) or _is_folder(context, name) or "://" in name:
        return False
    if not _full(load, name) and not _is_refused(name) and not _is_unknown(load, value):
        return False
    tree = context.fact(nodes)[load.path]
    return not is_told_apart(tree, load, value)


def _is_refused(name: str) -> bool:
    return is_no_id(name) and name.count("/") < 2


def _is_unknown(load: Load, value: Value) -> bool:
    """Whether a run names a model by a bare name that is not known to resolve."""
    is_model = load.loader.kind is Kind.MODEL and bool(value.run) and "model" in value.key
    return is_model and is_bare_and_unknown(str(value.value))


def _full(load: Load, name: str) -> str | None:
    return full_data_id(name) if load.loader is LOAD_DATASET else full_model_id(name)


def _is_folder(context: Context, name: str) -> bool:
    return name.rstrip("/") in context.fact(_folders)


def _folders(context: Context) -> frozenset[str]:
    """Every folder of the tree that holds a file."""
    found: set[str] = set()
    for path in context.tree.files:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)


def _hit(context: Context, uses: list[tuple[Load, Value]]) -> Hit:
    load, value = uses[0]
    name, full = str(value.value), _full(load, str(value.value))
    what = "data set" if load.loader.kind is Kind.DATA else "model" if load.loader.kind is Kind.MODEL else "repository"
    why = f"the hub has it as `{full}`" if full else _why(name)
    others = len({(each.path, each.line) for _, each in uses}) - 1
    also = f"; also in {others} more line{'s' if others > 1 else ''}" if others else ""
    line = context.lines(value.path)[value.line - 1] if value.line <= len(context.lines(value.path)) else ""
    exact = line.replace(name, full) if full and line.count(name) == 1 and (value.key or f"'{name}'" in line) else None
    caught = all(has_fallback(context.fact(nodes)[each.path], each.call) for each, _ in uses)
    return Hit(
        message=f"`{name}` is no {what} of the hub: {why}. "
        f"`{load.path}:{load.call.lineno}` loads it by this name{also}.",
        path=value.path,
        line=value.line,
        evidence=_evidence(context, load, value),
        fix=Fix(summary=f"Write `{full}`." if full else f"Write the {what}'s id on the hub.", replacement=exact),
        severity=Severity.ADVISORY if caught or not (full or _is_refused(name)) else None,
        identity=name,
    )


def _why(name: str) -> str:
    if _is_refused(name):
        return "the hub takes letters, digits, `-`, `_`, `.` and one `/` alone"
    return "it names no organisation, and is none of the old names that resolve without one"


def _evidence(context: Context, load: Load, value: Value) -> tuple[Evidence, ...]:
    first = context.quote(value.path, value.line)
    same = value.path == load.path and value.line == load.call.lineno
    return (first,) if same else (first, context.quote(load.path, load.call.lineno, load.call.end_lineno))
