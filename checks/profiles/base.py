"""The ``base`` profile: eight files, placeholders for data set and model, a smoke test that starts one run per GPU."""

from checks.finding import RungName as R
from checks.profiles.profile import CODE, EVALUATE, MAIN, TRAIN, Command, Criterion, Profile

BASE = Profile(
    name="base",
    version="1",
    title="base code",
    ready_field="is_base_code_ready",
    issue_field="base_code_issue",
    files=(
        "src/train.py",
        "src/evaluate.py",
        "src/preprocess.py",
        "src/model.py",
        "src/main.py",
        "pyproject.toml",
        "config/smoke_test.yaml",
        "config/full_experiment.yaml",
    ),
    signature=("config/smoke_test.yaml", "config/full_experiment.yaml"),
    run_configs=None,
    commands=(
        Command("smoke-test", "src.main", ("--smoke-test", "--results-dir", "{results_dir}")),
        Command("full-experiment", "src.main", ("--full-experiment", "--results-dir", "{results_dir}")),
    ),
    criteria=(
        Criterion(1, "complete-core-logic", "Complete core logic", (R.STATIC, R.SEMANTIC), CODE),
        Criterion(2, "placeholder-strategy", "Placeholder strategy", (R.STATIC, R.SEMANTIC), CODE),
        Criterion(3, "file-structure", "File structure", (R.STATIC,)),
        Criterion(
            4,
            "command-line",
            "Command line and modules",
            (R.STATIC, R.TRIAL),
            (MAIN, TRAIN, EVALUATE),
        ),
        Criterion(5, "publication-ready", "Publication-ready output", (R.STATIC, R.TRIAL), (EVALUATE,)),
        Criterion(6, "pytorch-only", "PyTorch only", (R.STATIC,), CODE),
        Criterion(7, "no-premature-specialization", "No premature specialization", (R.STATIC, R.SEMANTIC), CODE),
    ),
)
