"""Words by which code calls itself unfinished, and the innocent ones beside them."""

import pytest

from checks.facts.unfinished_words import Certainty, judge_name, judge_text


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("TODO: warm up", Certainty.SURE),
        ("the rest is omitted for brevity", Certainty.SURE),
        ("A simplified version of the loss", Certainty.CLAIM),
        ("simplified GRPO implementation", Certainty.CLAIM),
        ("Simplistic policy-gradient variant", Certainty.CLAIM),
        ("mock implementation", Certainty.CLAIM),
        ("policy-gradient baseline (simplified)", Certainty.CLAIM),
        ("for demonstration purposes only", Certainty.CLAIM),
        ("In a real experiment we would average over seeds", Certainty.CLAIM),
        ("placeholder logic", Certainty.CLAIM),
        ("use dummy data here", Certainty.UNSURE),
        ("in practice, you would tune this", Certainty.UNSURE),
        ("not a simplified version", None),
        ("Complete code, no placeholder logic, no simplified version", None),
        ("replaces the dummy implementation of the base class", None),
        ("Simplified Chinese tokens", None),
        ("simplified by Jensen's inequality", None),
        ("to simplify the notation", None),
        ("dummy input for tracing", None),
        ("demonstrations of the prompt", None),
        ("in practice this converges", None),
        ("fake quantisation of weights", None),
    ],
)
def test_text_is_judged(text: str, certainty: Certainty | None) -> None:
    found = judge_text(text, opens=False)
    assert (found[1] if found else None) is certainty


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("Simplified transformer encoder.", Certainty.CLAIM),
        ("Toy planner.", Certainty.CLAIM),
        ("Placeholder evaluation of the model.", Certainty.CLAIM),
        ("Dummy input for tracing.", None),
        ("Simplified Chinese tokeniser.", None),
        ("Dummy variables of a category.", None),
        ("Fake tokens are masked.", None),
        ("Trains the model.", None),
    ],
)
def test_how_a_docstring_begins_is_judged(text: str, certainty: Certainty | None) -> None:
    found = judge_text(text, opens=True)
    assert (found[1] if found else None) is certainty


@pytest.mark.parametrize(
    ("name", "certainty"),
    [
        ("MockModel", Certainty.CLAIM),
        ("dummy_loss", Certainty.CLAIM),
        ("FakePolicy", Certainty.CLAIM),
        ("Dummy", Certainty.UNSURE),
        ("mock_data", Certainty.UNSURE),
        ("DummyScaler", None),
        ("DummyLogger", None),
        ("dummy_input", None),
        ("FakeQuantize", None),
        ("Model", None),
        ("StubbornOptimizer", None),
    ],
)
def test_names_are_judged(name: str, certainty: Certainty | None) -> None:
    assert judge_name(name) is certainty
