"""Models that map inputs to class logits."""

import torch
from torch import nn


class SmokeMLP(nn.Module):
    """A small network for the smoke test."""

    def __init__(self, num_features: int, hidden_dim: int, num_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(num_features, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, num_classes))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] of inputs [batch, features]."""
        return self.layers(inputs)


def build_model(settings: dict, num_features: int, num_classes: int) -> nn.Module:
    """The model that the run names."""
    if settings["name"] == "smoke_mlp":
        return SmokeMLP(num_features, settings["hidden_dim"], num_classes)
    # MODEL_PLACEHOLDER: this branch will be replaced with the construction of the chosen architecture, with
    # num_classes outputs.
    raise NotImplementedError(f"no architecture yet for the model {settings['name']!r}")
