"""``data-pipeline/synthetic-data``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.hydra_commands import effective_config, run_ids
from checks.facts.made_sets import SAID, MadeSet, Standing, made_sets
from checks.facts.placeholders import leaves
from checks.facts.research import research
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

DATA = "src/preprocess.py"
TORCH = "import torch\nfrom torch.utils.data import DataLoader, Dataset, TensorDataset\n"
RANDOM_SET = (
    f"{TORCH}class Examples(Dataset):\n    def __len__(self):\n        return 100\n"
    "    def __getitem__(self, i):\n        return torch.randn(3, 32, 32), torch.randint(0, 10, (1,))\n"
)
FALLBACK = (
    "import random\nfrom datasets import load_dataset\ndef load(cfg):\n    try:\n"
    "        return load_dataset(cfg.name, cache_dir='.cache')\n    except Exception:\n"
    "        return make_examples(10)\n%s\ndef make_examples(n):\n    return [random.randint(0, 9) for _ in range(n)]\n"
    "load(cfg)\n"
)


class SyntheticData(Rule):
    """Made up examples stand in for the data set that the experiment names.

    What it finds
        A `Dataset` that returns nothing but random values, a `TensorDataset` of them, scikit-learn's `make_...`,
        torchvision's `FakeData`, and functions of data that return random values or say by their name that their data
        is synthetic, dummy or fake, where the code uses them: always, or in an `except` around loading, so that a
        failed download goes on with invented data. Advisory where a condition decides, such as the mode or a missing
        file, and where the research text speaks of synthetic data.

    Why it matters
        The results would be about noise. A fallback does so without anybody noticing.

    How to fix
        Load the named data set, and let the run end with an error where that fails.

    What it cannot see
        Examples that are written out or drawn by other means, such as templates of text without a random draw. Random
        values that only join loaded ones (noise, masks, splits), data made when a choice asks for it by name
        (`dataset.name: synthetic`) and trees whose runs or research name a synthetic task are left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "data-pipeline"}
    valid = (
        Valid(
            "noise and splits",
            {
                DATA: f"{TORCH}class Noisy(Dataset):\n    def __init__(self, base):\n        self.base = base\n"
                "    def __getitem__(self, i):\n        x, y = self.base[i]\n"
                "        return x + torch.randn(3) * 0.1, y\nd = Noisy(load())\n"
                "order = torch.randperm(10)\nmask = torch.rand(10) > 0.5\n"
            },
        ),
        Valid("never used", {DATA: RANDOM_SET}),
        Valid(
            "asked for by name",
            {
                DATA: f"{RANDOM_SET}def build(cfg):\n    if cfg.dataset.name == 'synthetic':\n"
                "        return Examples()\nTABLE = {'dummy': Examples}\nbuild(cfg)\n"
            },
        ),
        Valid(
            "latent samples",
            {"src/model.py": "import torch\ndef sample(m, n):\n    return m(torch.randn(n, 64))\nsample(model, 1)\n"},
        ),
        Valid(
            "task of the runs",
            {
                DATA: f"{RANDOM_SET}DataLoader(Examples())\n",
                "config/runs/a.yaml": "run_id: a\ndataset:\n  name: gaussian-mixture\n",
            },
        ),
        Valid(
            "failure is an error",
            {DATA: (FALLBACK % "").replace("        return make_examples(10)", "        raise")},
        ),
    )
    invalid = (
        Invalid(
            "random data set",
            {DATA: f"{RANDOM_SET}def build_loaders(cfg):\n    return DataLoader(Examples())\nbuild_loaders(cfg)\n"},
            (f"{DATA}:3",),
        ),
        Invalid(
            "tensors",
            {
                DATA: "import numpy as np\nimport torch\nimport torch.utils.data as data\n"
                "rng = np.random.default_rng(0)\n"
                "x = torch.tensor(rng.normal(size=(100, 8)), dtype=torch.float32)\ny = (x.sum(1) > 0).long()\n"
                "train = data.TensorDataset(x, y)\n"
            },
            (f"{DATA}:7",),
        ),
        Invalid(
            "generators",
            {
                DATA: "from sklearn.datasets import make_classification as mk\nimport torchvision\n"
                "X, y = mk(n_samples=100)\ntrain = torchvision.datasets.FakeData(10)\n"
            },
            (f"{DATA}:3", f"{DATA}:4"),
        ),
        Invalid("fallback", {DATA: FALLBACK % ""}, (f"{DATA}:7",)),
        Invalid(
            "function of data",
            {
                DATA: "import numpy as np\ndef load_data(cfg):\n    x = np.random.randn(9, 2)\n"
                "    y = np.random.randint(0, 2, 9)\n    return x, y\nload_data(1)\n"
            },
            (f"{DATA}:2",),
        ),
        Invalid(
            "under a condition",
            {
                DATA: f"{RANDOM_SET}def build(cfg):\n    if cfg.mode == 'trial':\n        return Examples()\n"
                "    return load(cfg)\nbuild(cfg)\n"
            },
            (f"{DATA}:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each set of examples."""
        found = context.fact(made_sets)
        if not found or _is_named(context):
            return
        spoken = "synthetic" in (context.research or "").lower()
        for each in found:
            yield _hit(each, spoken)


def _is_named(context: Context) -> bool:
    """Whether the runs, or the research, name a task that is made up."""
    plan = context.fact(research)
    names = [*plan.datasets, *(run.dataset_name for run in plan.runs)]
    for run in run_ids(context):
        section = effective_config(context, run).get("dataset")
        names += [str(value) for _, value in leaves(section)] if section is not None else []
    return any(SAID.search(name) for name in names)


def _hit(each: MadeSet, spoken: bool) -> Hit:
    where = {
        Standing.FALLBACK: "when loading fails, made up examples take the place of the data set",
        Standing.CONDITIONAL: "under a condition, they take the place of the data set",
        Standing.ALWAYS: "they take the place of the data set",
    }[each.standing]
    sure = each.standing is Standing.FALLBACK or (each.standing is Standing.ALWAYS and not spoken)
    return Hit(
        message=f"{each.what[0].upper()}{each.what[1:]}: {where}.",
        path=each.path,
        line=each.node.lineno,
        end_line=each.node.end_lineno,
        fix=Fix(summary="Load the data set that the run names, and raise an error where that fails."),
        severity=None if sure else Severity.ADVISORY,
    )
