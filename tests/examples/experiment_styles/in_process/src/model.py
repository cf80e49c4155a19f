"""Both methods behind one registry."""

import torch
import torch.nn as nn


def perceptron(num_features, hidden_dim, num_classes, dropout):
    """Two hidden layers with dropout."""
    widths = [num_features, hidden_dim, hidden_dim]
    blocks = [
        layer
        for inputs, outputs in zip(widths, widths[1:])
        for layer in (nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout))
    ]
    return nn.Sequential(*blocks, nn.Linear(hidden_dim, num_classes))


class Baseline(nn.Module):
    """The plain network."""

    def __init__(self, cfg, num_features, num_classes):
        super().__init__()
        self.net = perceptron(num_features, cfg.model.hidden_dim, num_classes, cfg.model.dropout)

    def forward(self, features):
        return self.net(features)

    def penalty(self):
        """Nothing to add to the loss."""
        return 0.0


class Gated(Baseline):
    """The network behind a learned gate per feature."""

    def __init__(self, cfg, num_features, num_classes):
        super().__init__(cfg, num_features, num_classes)
        self.gate = nn.Parameter(torch.empty(num_features))
        nn.init.constant_(self.gate, cfg.model.gate_logit)
        self.weight = cfg.model.gate_penalty

    def forward(self, features):
        return self.net(features * self.gate.sigmoid())

    def penalty(self):
        """Mean openness of the gates, weighted."""
        return self.weight * self.gate.sigmoid().mean()


METHODS = {"proposed": Gated, "comparative-1": Baseline}


def build_model(cfg, num_features, num_classes):
    """An instance of the run's method."""
    if cfg.model.name != "mlp":
        raise ValueError(f"unknown model {cfg.model.name!r}")
    return METHODS[cfg.method](cfg, num_features, num_classes)
