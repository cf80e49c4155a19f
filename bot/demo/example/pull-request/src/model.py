"""The network of both methods, and the penalty that makes them differ."""

import torch
from omegaconf import DictConfig
from torch import nn


class DigitMLP(nn.Module):
    """Two hidden layers on 64 pixels; returns logits of shape (batch, 10)."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 10),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


def build_model(cfg: DictConfig) -> nn.Module:
    return DigitMLP(cfg.model.hidden, cfg.model.dropout)


def consistency_penalty(model: nn.Module, images: torch.Tensor, noise: float) -> torch.Tensor:
    """Squared distance between the predictions for two noisy copies of the same images."""
    # TODO: implement the penalty; see equation 3 of the draft
    pass
