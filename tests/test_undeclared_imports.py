"""What ``undeclared-import`` concludes from the declared distributions, and what its tables know."""

import pytest

from checks.context import Context
from checks.facts.distributions import BRINGS, IMPORTS, brought_in, providers
from checks.finding import Finding, Severity
from checks.profiles import PROFILES
from checks.rules.complete_implementation.undeclared_import import UndeclaredImport
from checks.tree import SourceTree

HEAD = '[project]\nname = "demo"\nversion = "1"\n'


def findings(pyproject: str, code: str, **others: str) -> list[Finding]:
    files = {"pyproject.toml": pyproject, "src/train.py": code, **others}
    return UndeclaredImport().findings(Context(SourceTree.of(files), PROFILES["experiment"]))


@pytest.mark.parametrize(
    ("dependencies", "code", "severity"),
    [
        ('"torch"', "import numpy", Severity.BLOCKING),
        ('"scipy"', "import numpy", Severity.ADVISORY),
        ('"peft"', "import transformers", Severity.ADVISORY),
        ('"transformers"', "import accelerate", Severity.BLOCKING),
        ('"transformers[torch]"', "import accelerate", Severity.ADVISORY),
        ('"some-lab-package"', "import numpy", Severity.ADVISORY),
        ('"hydra-core"', "from omegaconf import OmegaConf", Severity.ADVISORY),
        ('"matplotlib"', "from mpl_toolkits.mplot3d import Axes3D\nimport dateutil", Severity.ADVISORY),
        ('"torch"', "import no_such_thing.at_all", Severity.BLOCKING),
    ],
)
def test_blocks_only_what_nothing_declared_can_bring_in(dependencies: str, code: str, severity: Severity) -> None:
    found = findings(f"{HEAD}dependencies = [{dependencies}]\n", code)
    assert [finding.severity for finding in found] == [severity]


def test_dependencies_that_a_backend_adds_leave_it_open() -> None:
    found = findings(HEAD + 'dynamic = ["dependencies"]\n', "import numpy")
    assert [finding.severity for finding in found] == [Severity.ADVISORY]


def test_names_the_extra_that_is_not_installed() -> None:
    (finding,) = findings(HEAD + '[project.optional-dependencies]\ngpu = ["torch>=2"]\n', "import torch")
    assert finding.severity is Severity.BLOCKING
    assert "extra `gpu`" in finding.message


def test_a_group_that_is_not_installed_by_default_does_not_count() -> None:
    groups = '[dependency-groups]\ndev = ["pytest"]\nextra = ["torch"]\n'
    (finding,) = findings(HEAD + groups, "import torch, pytest")
    assert "group `extra`" in finding.message
    assert findings(HEAD + groups + '[tool.uv]\ndefault-groups = ["Extra", "dev"]\n', "import torch, pytest") == []
    assert findings(HEAD + groups + '[tool.uv]\ndefault-groups = "all"\n', "import torch, pytest") == []


def test_quotes_the_imports() -> None:
    (finding,) = findings(
        HEAD, "import os\nfrom yaml import (\n    safe_load,\n)\n", **{"src/main.py": "import yaml\n"}
    )
    assert [(quote.path, quote.line, quote.text) for quote in finding.evidence] == [
        ("src/main.py", 1, "import yaml"),
        ("src/train.py", 2, "from yaml import (\n    safe_load,\n)"),
    ]


def test_the_installed_project_is_its_own_module() -> None:
    build = '[build-system]\nrequires = ["hatchling"]\n'
    assert findings(HEAD + build, "import demo") == []
    assert len(findings(HEAD, "import demo")) == 1


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("sklearn.metrics", "scikit-learn"),
        ("google.protobuf.message", "protobuf"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("torch_geometric.nn", "torch-geometric"),
        ("some_Thing", "some-thing"),
    ],
)
def test_a_module_is_looked_up_by_its_longest_known_prefix(module: str, distribution: str) -> None:
    assert providers(module)[0] == distribution


def test_what_is_brought_in_is_followed_to_the_end() -> None:
    assert brought_in(["peft"])["markupsafe"] == "peft"


def test_the_tables_hold_normalised_names() -> None:
    named = {*BRINGS, *(name for names in BRINGS.values() for name in names)}
    named |= {name for names in IMPORTS.values() for name in names}
    assert [name for name in named if name != name.lower() or "_" in name or "." in name] == []
