"""The research context: both of its forms, what is not one yet, and anything else that may stand in the file."""

import json
import random

import pytest

from checks.context import Context
from checks.facts.metric_direction import Direction, direction
from checks.facts.research import parse_research, research, written
from checks.loaders import load
from checks.profiles import PROFILES
from checks.tree import RESEARCH_HISTORY, SourceTree

HIGHER = [
    "Exact-match accuracy after 20 minutes of training.", "top-1 accuracy (mean of 3 seeds)", "macro-F1", "F1-score",
    "mean IoU on the test split", "BLEU-4", "recall@10", "energy efficiency", "accuracy per Joule", "AUC", "win rate",
    "FID (higher is better)", "best_val_acc", "PSNR", "R2", "pass@1",
]  # fmt: skip
LOWER = [
    "FID @256", "validation error rate", "perplexity", "word error rate", "WER", "time to 90 % accuracy", "val_loss",
    "score ↓", "negative log-likelihood", "peak memory", "Latency (ms)", "score (lower is better)",
    "False positive rate", "accuracy, to be minimised",
]  # fmt: skip
OPEN = [
    "", "score", "accuracy and latency", "accuracy/energy trade-off", "accuracy drop", "1 - accuracy", "neg_loss",
    "error reduction", "(i) accuracy; (ii) latency",
    "lower is better for loss, higher is better for accuracy", "the number of stars", "-energy",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wanted"),
    [*((n, Direction.HIGHER) for n in HIGHER), *((n, Direction.LOWER) for n in LOWER), *((n, None) for n in OPEN)],
)  # fmt: skip
def test_direction_of_a_metric(name: str, wanted: Direction | None) -> None:
    assert direction(name) is wanted


def test_json_history() -> None:
    runs = [{"run_id": "proposed-a", "method_name": "proposed", "model_name": None, "run_config": {"lr": 1}}]
    session = {
        "hypothesis": {"primary_metric": "test perplexity", "method": "ours", "expected_result": "less"},
        "iterations": [
            {"experiment_runs": [{"run_id": "proposed-old"}]},
            {
                "method": "ours, second try",
                "experimental_design": {
                    "evaluation_metrics": ["perplexity", "tokens/s"],
                    "proposed_method": "a gate",
                    "comparative_methods": ["no gate"],
                    "external_resources": {"hugging_face": {"models": [{"id": "gpt2"}], "datasets": [{"id": "x/y"}]}},
                },
                "experiment_runs": runs,
            },
        ],
    }
    found = parse_research(json.dumps({"queries": [], "research_session": session}))
    assert (found.fault, found.primary_metric, found.direction) == ("", "test perplexity", Direction.LOWER)
    assert [(run.run_id, run.method_name, run.model_name) for run in found.runs] == [("proposed-a", "proposed", "")]
    assert found.earlier_runs == {"proposed-old"}
    assert (found.models, found.datasets, found.comparative_methods) == (("gpt2",), ("x/y",), ("no gate",))
    assert (found.method, found.proposed_method, found.runs[0].run_config) == (
        "ours, second try",
        "a gate",
        '{"lr": 1}',
    )


def test_direction_comes_from_the_metrics_where_no_primary_one_is_named() -> None:
    def of(*metrics: str) -> Direction | None:
        iteration = {"experimental_design": {"evaluation_metrics": metrics}}
        return parse_research(json.dumps({"research_session": {"iterations": [iteration]}})).direction

    assert of("Accuracy") is Direction.HIGHER
    assert of("Accuracy", "macro F1") is Direction.HIGHER
    assert of("Accuracy", "latency") is None


def test_markdown() -> None:
    text = (
        "# Hypothesis\n\nopen_problems='it\\'s slow' method='a\\ngate' primary_metric=\"the model's accuracy at 1 h\" "
        "expected_result='more'\n\n# Experimental Design\n\n- Strategy: x\n- Proposed Method: a gate\nof two lines\n"
        "- Evaluation Metrics: ['accuracy', 'time']\n\n# Experiment Runs\n- run_id: proposed-a\n- run_id='baseline-b'\n"
    )
    found = parse_research(text, "research_context.md")
    assert (found.primary_metric, found.direction) == ("the model's accuracy at 1 h", Direction.HIGHER)
    assert (found.method, found.proposed_method) == ("a\ngate", "a gate\nof two lines")
    assert found.metrics == ("accuracy", "time")
    assert [run.run_id for run in found.runs] == ["proposed-a", "baseline-b"]


@pytest.mark.parametrize("text", ["", "  \n", "{}", "{ }\n", "null", "[]", "\ufeff{}"])
def test_nothing_written_yet(text: str) -> None:
    tree = SourceTree({RESEARCH_HISTORY: text.encode(), "research_context.md": b"primary_metric='WER'"})
    assert written(tree) == "primary_metric='WER'"
    found = research(Context(tree, PROFILES["experiment"]))
    assert (found.path, found.direction) == ("research_context.md", Direction.LOWER)


def test_the_path_is_found_for_a_text_that_was_handed_over() -> None:
    tree = SourceTree({"notes/design.json": b'{"research_session": {"hypothesis": {"primary_metric": "FID"}}}\n'})
    handed = Context(tree, PROFILES["experiment"], research=tree.files["notes/design.json"].decode().strip())
    assert (handed.fact(research).path, handed.fact(research).direction) == ("notes/design.json", Direction.LOWER)


@pytest.mark.parametrize(
    "document",
    [[], 1, "text", {"research_session": []}, {"research_session": {"iterations": {}}}, {"iterations": [3]},
     {"iterations": [{"experiment_runs": [{"run_id": ["a"]}]}]}, {"iterations": [{"experiment_runs": [{}]}]},
     {"iterations": [{"experimental_design": "x"}]}, {"hypothesis": [1]}],
)  # fmt: skip
def test_wrong_types_are_a_fault(document: object) -> None:
    assert parse_research(json.dumps(document), "a.json").fault


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"a":' * 100_000, '{"research_session": {"hypothesis": {"primary_metric": ' + "9" * 5000 + "}}}",
     "{", "\x00", "# " * 100_000, "primary_metric='" * 50_000, "\n" * 300_000, "- Proposed Method: " * 20_000,
     '{"iterations": [{"experiment_runs": [{"run_id": "\\ud800"}]}]}'],
)  # fmt: skip
def test_hostile_text_never_raises(text: str) -> None:
    for path in (None, "a.json", "b.md"):
        found = parse_research(text, path)
        repr(found).encode()


def test_random_bytes_never_raise() -> None:
    rng = random.Random(0)
    for _ in range(200):
        text = rng.randbytes(rng.randrange(200)).decode("utf-8", "replace")
        assert parse_research(text, rng.choice([None, "a.json"])).runs == ()


def test_a_history_of_several_megabytes_is_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / ".research"
    folder.mkdir()
    papers = ["x" * 1_000_000] * 4
    session = {"hypothesis": {"primary_metric": "FID"}}
    (folder / "research_history.json").write_text(json.dumps({"papers": papers, "research_session": session}))
    assert research(Context(load(str(tmp_path)), PROFILES["experiment"])).direction is Direction.LOWER
