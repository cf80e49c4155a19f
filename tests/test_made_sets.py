"""Made up examples: what makes them, and under what circumstances they are used."""

import pytest

from checks.context import Context
from checks.facts.made_sets import Standing, made_sets
from checks.profiles import PROFILES
from checks.tree import SourceTree

HEAD = "import random\nimport numpy as np\nimport torch\nfrom torch.utils.data import Dataset, TensorDataset\n"
STORED = (
    "class A(Dataset):\n    def __init__(self):\n        self.x = torch.randn(9, 2)\n"
    "    def __getitem__(self, i):\n        return {'x': self.x[i], 'y': torch.tensor(1.0)}\nA()\n"
)
MAKER = f"{HEAD}def make_dummy_data(n):\n    return [random.random() for _ in range(n)]\n"


def _standings(code: str) -> list[Standing]:
    context = Context(SourceTree.of({"src/preprocess.py": code}), PROFILES["experiment"])
    return [each.standing for each in context.fact(made_sets)]


@pytest.mark.parametrize(
    "code",
    [
        "d = TensorDataset(torch.randn(9, 2), torch.randint(0, 2, (9,)))\n",
        "x = np.random.rand(9, 2).astype('float32') * 2 - 1\nd = TensorDataset(torch.from_numpy(x))\n",
        "rng = np.random.RandomState(0)\nd = TensorDataset(torch.tensor(rng.randn(9)))\n",
        STORED,
        "class A(torch.utils.data.IterableDataset):\n  def __iter__(self):\n    yield torch.randn(3)\nd = A()\n",
        "def get_dataset():\n  x = torch.randn(9)\n  return x, (x @ torch.randn(9) > 0).long()\nget_dataset()\n",
        "def load():\n  return TensorDataset(torch.randn(9))\nclass T:\n  def f(self):\n    return load()\nT().f()\n",
    ],
)
def test_sets_that_are_always_made_up(code: str) -> None:
    assert _standings(HEAD + code) == [Standing.ALWAYS]


@pytest.mark.parametrize(
    "code",
    [
        "x, y = load()\nd = TensorDataset(x + torch.randn(3), y)\n",
        "d = TensorDataset(x, torch.randint(0, 2, (9,)))\n",
        "def get_dataset(path):\n    return read(path)[torch.randint(0, 9, (3,))]\nget_dataset(1)\n",
        "def load_data(n):\n    return n * 2\nload_data(1)\n",
        "order = np.random.permutation(10)\nweights = torch.nn.Parameter(torch.randn(3))\n",
        "def sample_noise(n):\n    return torch.randn(n)\nsample_noise(3)\n",
    ],
)
def test_random_values_that_join_others_are_left_alone(code: str) -> None:
    assert _standings(HEAD + code) == []


@pytest.mark.parametrize(
    ("use", "standing"),
    [
        ("make_dummy_data(9)\n", Standing.ALWAYS),
        ("if cfg.debug:\n    make_dummy_data(9)\n", None),
        ("if cfg.dataset.name == 'toy':\n    make_dummy_data(9)\n", None),
        ("if not path.exists():\n    make_dummy_data(9)\n", Standing.CONDITIONAL),
        ("if cfg.name == 'cifar':\n    load()\nelse:\n    make_dummy_data(9)\n", Standing.CONDITIONAL),
        ("TABLE = {'synthetic': make_dummy_data}\n", None),
        ("try:\n    x = load()\nexcept Exception:\n    x = make_dummy_data(9)\n", Standing.FALLBACK),
        ("try:\n    x = 1 / 0\nexcept Exception:\n    x = make_dummy_data(9)\n", Standing.CONDITIONAL),
        ("def f():\n    return make_dummy_data(9)\n", None),
        ("def f():\n    return make_dummy_data(9)\nif x:\n    f()\nf()\n", Standing.ALWAYS),
        ("def a():\n    return b()\ndef b():\n    return a(), make_dummy_data(9)\na()\n", Standing.ALWAYS),
    ],
)
def test_the_circumstances_of_a_use(use: str, standing: Standing | None) -> None:
    assert _standings(MAKER + use) == ([standing] if standing else [])


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("x = np.random.rand(10)", [Standing.FALLBACK]),
        ("x = TensorDataset(torch.randn(3), torch.zeros(3))", [Standing.FALLBACK]),
        ("wait = random.uniform(1, 5)", []),
        ("wait = np.random.uniform(1, 5)", []),
        ("x = torch.nn.Parameter(torch.randn(3))", []),
    ],
)
def test_arrays_that_a_handler_draws(handler: str, expected: list[Standing]) -> None:
    assert _standings(f"{HEAD}try:\n    x = load()\nexcept Exception:\n    {handler}\n") == expected


def test_sums_of_sums_are_looked_at_once() -> None:
    chain = "x0 = torch.randn(3)\n" + "".join(f"x{i + 1} = {' + '.join([f'x{i}'] * 60)}\n" for i in range(6))
    assert _standings(f"{HEAD}{chain}d = TensorDataset(x6)\n") == []
    assert _standings(f"{HEAD}{chain}d = TensorDataset(x4)\n") == [Standing.ALWAYS]
