"""What is loaded by name: through aliases, helpers, constants and the configurations of the runs."""

import pytest

from checks.context import Context
from checks.facts.data_loading import data_loading, has_fallback, named
from checks.facts.hub_names import full_data_id, full_model_id, is_bare_and_unknown, is_no_id
from checks.facts.nodes import nodes
from checks.profiles import PROFILES
from checks.tree import SourceTree

MAIN = (
    "import hydra\nfrom transformers import AutoModel\n\n\n"
    "@hydra.main(version_base=None, config_path='../config', config_name='config')\ndef main(cfg):\n"
)
RUN = "run_id: a\nmodel: {name: gpt2, size: small}\ndataset: {source: 'hf://org/set'}\n"


def _context(code: str, run: str = RUN) -> Context:
    files = {
        "src/main.py": code,
        "src/names.py": "DATA = 'org/imported'\n",
        "config/config.yaml": "defaults:\n  - _self_\nrun: ???\n",
        "config/runs/a.yaml": run,
    }
    return Context(SourceTree.of(files), PROFILES["experiment"])


def _names(code: str, run: str = RUN) -> list[object]:
    context = _context(code, run)
    (load,) = context.fact(data_loading)
    return [value.value for value in named(context, load)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a/b'", ["a/b"]),
        ("f'a/{cfg.model.name}'", ["a/gpt2"]),
        ("cfg.model.name", ["gpt2"]),
        ("cfg['model']['name']", ["gpt2"]),
        ("cfg.model.get('name', 'x')", ["gpt2"]),
        ("cfg.model.get('other', 'x')", ["x"]),
        ("cfg.dataset.source.replace('hf://', '')", ["org/set"]),
        ("cfg.dataset.source.split('//')[-1].upper()", ["ORG/SET"]),
        ("{'gpt2': 'openai/gpt2'}[cfg.model.name]", ["openai/gpt2"]),
        ("{'bert': 'x'}.get(cfg.model.name, cfg.model.name)", ["gpt2"]),
        ("str(cfg.model.name)", ["gpt2"]),
        ("cfg.model.name or 'x'", ["gpt2"]),
        ("cfg.model.name if cfg.mode else 'x'", []),
        ("unknown(cfg.model.name)", []),
        ("cfg.model.name + '-x'", []),
    ],
)
def test_names_are_followed(expression: str, expected: list[object]) -> None:
    assert _names(f"{MAIN}    AutoModel.from_pretrained({expression})\n") == expected


@pytest.mark.parametrize(
    "code",
    [
        "from transformers import AutoModel as M\nM.from_pretrained(NAME)\n",
        "import transformers\ntransformers.models.auto.AutoModel.from_pretrained(NAME)\n",
        "from diffusers import UNet2DModel\nUNet2DModel.from_pretrained(NAME)\n",
        "import datasets as d\nd.load_dataset(path=NAME)\n",
        "from datasets import load_dataset\ndef f(n):\n    load_dataset(n)\nf(NAME)\n",
        "from datasets import load_dataset\ndef f(x, n=NAME):\n    load_dataset(n)\nf(1)\n",
        "from datasets import load_dataset as d\nclass A:\n  def f(self):\n    self.n = NAME\n    d(self.n)\n",
        "from huggingface_hub import snapshot_download\nsnapshot_download(repo_id=NAME)\n",
        "from transformers import A, B\ncls = A if x else B\ncls.from_pretrained(NAME)\n",
    ],
)
def test_calls_are_found(code: str) -> None:
    assert _names(f"NAME = 'org/name'\n{code}") == ["org/name"]
    assert _names(f"from src.names import DATA as NAME\n{code}") == ["org/imported"]


def test_a_name_that_is_bound_twice_is_not_known() -> None:
    assert _names("from transformers import A\nn = 'x'\nif y:\n    n = 'a/x'\nA.from_pretrained(n)\n") == []


def test_a_key_that_the_code_changes_is_not_known() -> None:
    assert _names(f"{MAIN}    cfg.model.name = full(cfg)\n    AutoModel.from_pretrained(cfg.model.name)\n") == []


@pytest.mark.parametrize(
    "code",
    [
        "net.from_pretrained('a')\n",
        "from .data import load_dataset\nload_dataset('a')\n",
        "import timm\ntimm.create_model('resnet50')\n",
        "from torchvision.datasets import FakeData\nFakeData(10)\n",
    ],
)
def test_other_calls_are_not_found(code: str) -> None:
    assert _context(code).fact(data_loading) == ()


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("    load_dataset('c')\n", True),
        ("    data = None\n", True),
        ("    raise\n", False),
        ("    print(1)\n    raise SystemExit(1)\n", False),
        ("    import sys\n    sys.exit(1)\n", False),
    ],
)
def test_a_fallback_is_told_from_giving_up(handler: str, expected: bool) -> None:
    context = _context(
        f"from datasets import load_dataset\ntry:\n    load_dataset('b')\nexcept Exception:\n{handler}", RUN
    )
    load = context.fact(data_loading)[0]
    assert has_fallback(context.fact(nodes)[load.path], load.call) is expected


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Qwen3-0.6B", "Qwen/Qwen3-0.6B"),
        ("Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("Llama-2-7b", "meta-llama/Llama-2-7b-hf"),
        ("Llama-3.2-1B", "meta-llama/Llama-3.2-1B"),
        ("Mistral-7B-v0.1", "mistralai/Mistral-7B-v0.1"),
        ("deberta-v3-base", "microsoft/deberta-v3-base"),
        ("vit-base-patch16-224", "google/vit-base-patch16-224"),
        ("opt-125m", "facebook/opt-125m"),
        ("pythia-70m", "EleutherAI/pythia-70m"),
        ("bert-base-uncased", None),
        ("distilbert-base-uncased-finetuned-sst-2-english", None),
        ("t5-small", None),
        ("gpt2-medium", None),
        ("xlm-roberta-base", None),
        ("Qwen/Qwen3-0.6B", None),
        ("outputs", None),
    ],
)
def test_families_of_models_have_their_organisation(name: str, full: str | None) -> None:
    assert full_model_id(name) == full


def test_names_that_resolve_alone_are_known() -> None:
    canonical = ["albert-base-v2", "bert-base-cased", "ctrl", "distilgpt2", "gpt2", "roberta-large", "t5-base"]
    assert not any(is_bare_and_unknown(name) or is_no_id(name) for name in canonical)
    assert [full_data_id(name) for name in ("imdb", "glue", "squad", "cifar10", "SVAMP")] == [None] * 4 + [
        "ChilleD/SVAMP"
    ]
    assert is_no_id("CLIP RN50")
    assert is_no_id("BERT (base)")


def test_a_web_of_callers_is_not_followed_for_ever() -> None:
    functions = "".join(
        f"def f{i}(n):\n" + "".join(f"    f{(i + j) % 30}(n)\n" for j in range(1, 12)) for i in range(30)
    )
    assert _names(f"from datasets import load_dataset\ndef get(n):\n    load_dataset(n)\n{functions}    get(n)\n") == []
