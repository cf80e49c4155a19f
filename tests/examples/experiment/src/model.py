"""The two methods: a plain multilayer perceptron, and the same behind learned feature gates."""

import torch
from omegaconf import DictConfig
from torch import nn


class MLP(nn.Module):
    """The baseline: two hidden layers with dropout."""

    def __init__(self, num_features: int, hidden_dim: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_features, hidden_dim),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, hidden_dim),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, num_classes),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] of features [batch, features]."""
        return self.layers(features)

    def penalty(self) -> torch.Tensor:
        """What the method adds to the loss: nothing."""
        return next(self.parameters()).new_zeros(())


class GatedMLP(MLP):
    """The proposed method: each feature is scaled by a learned gate in (0, 1); open gates cost a penalty."""

    def __init__(
        self,
        num_features: int,
        hidden_dim: int,
        num_classes: int,
        dropout: float,
        gate_logit: float,
        gate_penalty: float,
    ) -> None:
        super().__init__(num_features, hidden_dim, num_classes, dropout)
        self.gate_logits = nn.Parameter(torch.full((num_features,), gate_logit))
        self.gate_penalty = gate_penalty

    def gates(self) -> torch.Tensor:
        """The gate of every feature, [features]."""
        return torch.sigmoid(self.gate_logits)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] of the gated features."""
        return super().forward(features * self.gates())

    def penalty(self) -> torch.Tensor:
        """The mean gate, weighted: its gradient closes gates that the loss does not need."""
        return self.gate_penalty * self.gates().mean()


def build_model(cfg: DictConfig, num_features: int, num_classes: int) -> MLP:
    """The model of the run's method."""
    if cfg.model.name != "mlp":
        raise ValueError(f"unknown model {cfg.model.name!r}; this experiment knows mlp")
    sizes = (num_features, cfg.model.hidden_dim, num_classes, cfg.model.dropout)
    if cfg.method == "proposed":
        return GatedMLP(*sizes, cfg.model.gate_logit, cfg.model.gate_penalty)
    if cfg.method == "comparative-1":
        return MLP(*sizes)
    raise ValueError(f"unknown method {cfg.method!r}; this experiment knows proposed and comparative-1")
