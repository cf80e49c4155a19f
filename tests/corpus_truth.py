"""What the reviewed corpus is expected to give: which rule answers for which defect, and every finding beyond those."""

COVERED: dict[str, frozenset[str]] = {
    "planner-never-trained": frozenset({"model-implementation/gradient-cut"}),
    "gates-not-trained": frozenset({"model-implementation/parameters-not-optimised"}),
    "lora-a-index": frozenset({"model-implementation/module-dict-indexed-by-number"}),
    "parameter-overwritten": frozenset({"model-implementation/parameter-overwritten"}),
    "guard-item-on-float": frozenset({"model-implementation/item-on-number"}),
    "uv-rejects-pyproject": frozenset({"complete-implementation/pyproject-rejected"}),
    "missing-module-surrogate": frozenset({"file-structure/missing-local-module"}),
    "evaluate-cli-form": frozenset({"evaluation-independence/command-not-accepted"}),
    "search-space-unused": frozenset({"configuration-files/search-space-unused"}),
    "json-dump-in-train": frozenset({"wandb/json-dump-in-train"}),
    "significance-tests-missing": frozenset({"evaluation-independence/no-significance-test"}),
    "summary-json-dict": frozenset({"evaluation-independence/summary-not-json-dict"}),
    "checkpoint-never-loaded": frozenset({"complete-core-logic/save-without-load"}),
    "placeholder-out-of-scope": frozenset({"placeholder-strategy/out-of-scope"}),
    "failed-run-ignored": frozenset({"command-line/failed-run-ignored"}),
    "hang-without-gpu": frozenset({"command-line/hangs-without-gpu"}),
    "signal-in-thread": frozenset({"command-line/signal-in-thread"}),
    "readme-missing": frozenset({"complete-implementation/readme-missing"}),
    "run-yaml-lookup-after-chdir": frozenset({"hydra/working-directory-changed"}),
    "no-such-name-ttest_ind": frozenset({"complete-implementation/no-such-library-name"}),
    "no-such-name-deepcopy": frozenset({"complete-implementation/no-such-library-name"}),
    "struct-merge": frozenset({"hydra/new-key-in-struct"}),
    "no-error-handling-in-data": frozenset({"data-pipeline/no-error-handling"}),
    "undeclared-numpy": frozenset({"complete-implementation/undeclared-import"}),
}
"""The defects that the static rung's rules answer for, by the defect's name."""
ADVISED = frozenset({"readme-missing", "undeclared-numpy", "no-error-handling-in-data"})
"""Those of them whose finding is advisory: true, and alone no reason to stop a run."""

NOT_DEFECTS: dict[str, tuple[tuple[str, str, int, int], ...]] = {
    "graff-experiment": (
        ("*", "src/preprocess.py", 88, 102),
        ("wandb/*", "src/train.py", 52, 59),
        ("complete-implementation/*", "src/train.py", 52, 59),
        ("hydra/*", "src/train.py", 52, 59),
    ),
    "metas-peft-experiment": (("*", "src/main.py", 17, 27),),
    "ohgw-base": (
        ("*", "src/model.py", 20, 40),
        ("*", "src/preprocess.py", 1, 60),
        ("*", "config/smoke_test.yaml", 1, 60),
    ),
}
"""Claims known to be false, as places that must have no blocking finding: rule pattern, file, first and last line."""

REVIEWED: dict[str, dict[tuple[str, str], str]] = {
    "graff-experiment": {
        ("wandb/json-dump-in-train", "src/train.py:189"): "true: the second place that the listed defect names",
        ("data-pipeline/configuration-name-missing", "src/preprocess.py:60"): "true: gsm8k has main and socratic",
        ("data-pipeline/configuration-name-missing", "src/preprocess.py:74"): "true: the same for the evaluation split",
        (
            "configuration-files/search-space-unused",
            "config/runs/comparative-1-iter1-Qwen3-0.6B-gsm8k.yaml:51",
        ): "true: the same loop writes these three names to the root, where nothing reads them",
    },
    "metas-peft-experiment": {
        ("hydra/new-key-in-struct", "src/train.py:255"): "true: OmegaConf says Key 'run_id' is not in struct",
        (
            "data-pipeline/hub-id-without-organisation",
            "config/runs/comparative-1-iter1-Llama-2-7B-SST-2.yaml:4",
        ): "true: no model of that name; preprocess.py:12 loads its tokenizer",
        (
            "configuration-files/search-space-unused",
            "config/runs/comparative-1-iter1-Llama-2-7B-SST-2.yaml:44",
        ): "true: no file names search_space; the ranges stand in the code",
    },
    "ohgw-base": {},
}
"""Blocking findings that match no listed defect, each read by a person, with the reason why it is right."""
