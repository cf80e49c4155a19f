"""The ``experiment`` profile: seven files and run configurations, driven through Hydra and watched through WandB."""

from checks.finding import RungName as R
from checks.profiles.profile import CODE, EVALUATE, MAIN, MODEL, PREPROCESS, TRAIN, Command, Criterion, Profile

EXPERIMENT = Profile(
    name="experiment",
    version="1",
    title="experiment repository",
    ready_field="is_code_ready",
    issue_field="code_issue",
    files=(
        "src/train.py",
        "src/evaluate.py",
        "src/preprocess.py",
        "src/model.py",
        "src/main.py",
        "pyproject.toml",
        "config/config.yaml",
    ),
    signature=("config/config.yaml", "config/runs/*.yaml", "config/run/*.yaml"),
    run_configs="config/runs/*.yaml",
    commands=(
        Command("train", "src.main", ("run={run_id}", "results_dir={results_dir}", "mode={mode}"), ("full", "trial")),
        Command("evaluate", "src.evaluate", ("results_dir={results_dir}", "run_ids={run_ids}")),
    ),
    criteria=(
        Criterion(1, "complete-implementation", "Complete implementation", (R.STATIC, R.PREFLIGHT), CODE),
        Criterion(2, "hydra", "Hydra integration", (R.STATIC, R.PREFLIGHT, R.TRIAL), (MAIN, TRAIN)),
        Criterion(
            3,
            "data-pipeline",
            "Complete data pipeline",
            (R.STATIC, R.TRIAL, R.SEMANTIC),
            (PREPROCESS, TRAIN),
        ),
        Criterion(
            4,
            "model-implementation",
            "Model implementation",
            (R.STATIC, R.TRIAL, R.SEMANTIC),
            (MODEL, TRAIN),
        ),
        Criterion(5, "file-structure", "File structure", (R.STATIC,)),
        Criterion(6, "wandb", "WandB integration", (R.STATIC, R.TRIAL), (TRAIN,)),
        Criterion(7, "configuration-files", "Configuration files", (R.STATIC,)),
        Criterion(8, "evaluation-independence", "Independent evaluation", (R.STATIC, R.PREFLIGHT), (EVALUATE,)),
        Criterion(9, "modes", "Mode-based behaviour", (R.STATIC, R.TRIAL), (MAIN, TRAIN)),
    ),
)
