"""Which release a project gets, and the tables of names that libraries lack."""

import pytest
from omegaconf import OmegaConf

from checks.context import Context
from checks.facts.gone_names import GONE_NAMES, NEVER, OMEGACONF_HAS, missing_of_omegaconf
from checks.facts.resolved_versions import resolved
from checks.finding import Severity
from checks.profiles import PROFILES
from checks.rules.complete_implementation.no_such_library_name import NoSuchLibraryName
from checks.tree import SourceTree

LIST = '[project]\nname = "x"\nversion = "1"\ndependencies = [%s]\n'


def _context(**files: str) -> Context:
    data = {name.replace("__", "/").replace("_dot_", "."): text.encode() for name, text in files.items()}
    return Context(SourceTree(data), PROFILES["experiment"])


def _lacks(project: str, since: str, **files: str) -> bool | None:
    return resolved(_context(pyproject_dot_toml=project, **files), "numpy").lacks(since)


@pytest.mark.parametrize(
    ("requirements", "since", "expected"),
    [
        ('"numpy"', "2.4", True),
        ('"numpy>=1.20"', "2.4", True),
        ('"numpy>=1.20,<2"', "2.0", False),
        ('"numpy>=1.20,<2"', "1.24", True),
        ('"numpy<1.24"', "1.24", False),
        ('"numpy==1.26.4"', "1.24", True),
        ('"numpy==1.26.*"', "1.24", True),
        ('"numpy==1.26.4"', "2.0", False),
        ('"numpy~=1.26"', "2.0", False),
        ('"numpy~=1.26"', "1.24", True),
        ('"numpy<=2.3"', "2.4", False),
        ('"numpy>2.3"', "2.4", True),
        ('"torch"', "2.4", True),
        ('"numpy", "numba"', "2.4", None),
        ('"numpy>=2.4", "numba"', "2.4", True),
        ('"numpy<2", "numba"', "2.0", False),
        ("\"NumPy[x] >= 2 ; python_version > '3'\"", "2.4", True),
        ('"numpy @ https://example.org/numpy.whl"', "2.4", True),
        ('"numpy 1.2 =="', "2.4", True),
    ],
)
def test_bounds_decide(requirements: str, since: str, expected: bool | None) -> None:
    assert _lacks(LIST % requirements, since) is expected


@pytest.mark.parametrize(
    ("constraint", "expected"), [("^1.24", False), ("^2.4", True), ("*", True), ("~2.3", False), (">=1.0", True)]
)
def test_caret_versions_of_a_table_decide(constraint: str, expected: bool) -> None:
    assert _lacks(f'[project]\nname = "x"\n[project.dependencies]\nnumpy = "{constraint}"\n', "2.4") is expected
    assert _lacks(f'[tool.poetry.dependencies]\nnumpy = "{constraint}"\n', "2.4") is expected


def test_a_lock_decides_over_the_bounds() -> None:
    lock = '[[package]]\nname = "numpy"\nversion = "%s"\n'
    assert _lacks(LIST % '"numpy"', "2.4", uv_dot_lock=lock % "2.3.5") is False
    assert _lacks(LIST % '"numpy", "numba"', "2.4", uv_dot_lock=lock % "2.4.1") is True
    assert _lacks(LIST % '"numpy"', "2.4", uv_dot_lock=lock % "2.2.6" + lock % "2.4.1") is False


@pytest.mark.parametrize("python", ['"==3.10.*"', '"<3.11"', '"~=3.9.0"'])
def test_an_old_python_may_hold_the_library_back(python: str) -> None:
    assert _lacks(f'[project]\nname = "x"\nrequires-python = {python}\ndependencies = ["numpy"]\n', "2.4") is None


def test_a_project_file_that_is_not_toml_is_no_proof() -> None:
    assert _lacks("[project", "2.4") is None


def test_the_table_is_well_formed() -> None:
    for full, gone in GONE_NAMES.items():
        assert full.count(".") >= 1
        assert gone.since == NEVER or gone.since[0].isdigit(), full
        assert gone.instead != full


@pytest.mark.parametrize(("name", "missing"), [("deepcopy", True), ("to_dict", True), ("create", False), ("x", True)])
def test_omegaconf_has_only_what_is_listed(name: str, missing: bool) -> None:
    assert (missing_of_omegaconf(f"omegaconf.OmegaConf.{name}") is not None) is missing


def test_the_installed_omegaconf_has_nothing_that_the_list_lacks() -> None:
    assert {name for name in dir(OmegaConf) if not name.startswith("_")} <= OMEGACONF_HAS


@pytest.mark.parametrize(
    ("code", "replacement"),
    [
        ("from sklearn.metrics import ttest_ind\n", "from scipy.stats import ttest_ind"),
        (
            "from sklearn.metrics import f1_score, ttest_ind as t\n",
            "from sklearn.metrics import f1_score\nfrom scipy.stats import ttest_ind as t",
        ),
        ("from scipy.integrate import trapz\n", "from scipy.integrate import trapezoid as trapz"),
        ("import numpy as np\narea = np.trapz(y, x)\n", "area = np.trapezoid(y, x)"),
        ("import numpy as np\nx = np.float(1)  # one\n", "x = float(1)  # one"),
        ("import torch.nn as nn\nopt = nn.AdamW(p)\n", None),
        ("from sklearn.metrics import (\n    ttest_ind,\n)\n", None),
    ],
)
def test_the_mend_is_exact_where_it_is_mechanical(code: str, replacement: str | None) -> None:
    context = _context(pyproject_dot_toml=LIST % '"numpy"', src__a_dot_py=code)
    (finding,) = NoSuchLibraryName().findings(context)
    assert finding.severity is Severity.BLOCKING
    assert finding.fix is not None
    assert finding.fix.replacement == replacement


def test_a_library_that_may_be_held_back_is_advice() -> None:
    context = _context(pyproject_dot_toml=LIST % '"numpy", "numba"', src__a_dot_py="import numpy\nnumpy.trapz(1)\n")
    (finding,) = NoSuchLibraryName().findings(context)
    assert finding.severity is Severity.ADVISORY
    assert "`numba` may keep an older release" in finding.message
