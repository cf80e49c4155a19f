"""The digits of scikit-learn as tensors, split once and for all by the seed."""

from dataclasses import dataclass

import numpy as np
import torch
from omegaconf import DictConfig
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Splits:
    """Loaders for the labelled, validation and test images; ``unlabelled`` has the rest of the training images."""

    labelled: DataLoader
    unlabelled: torch.Tensor
    validation: DataLoader
    test: DataLoader


def build_splits(cfg: DictConfig) -> Splits:
    """Scale the pixels to [0, 1] and split 60/20/20, stratified by digit."""
    try:
        images, labels = load_digits(return_X_y=True)
    except OSError as error:
        raise RuntimeError("the digits that come with scikit-learn cannot be read; reinstall it") from error
    images = (images / 16.0).astype(np.float32)
    train_x, rest_x, train_y, rest_y = train_test_split(
        images, labels, test_size=0.4, stratify=labels, random_state=cfg.seed
    )
    val_x, test_x, val_y, test_y = train_test_split(
        rest_x, rest_y, test_size=0.5, stratify=rest_y, random_state=cfg.seed
    )
    few_x, other_x, few_y, _ = train_test_split(
        train_x, train_y, train_size=cfg.dataset.labelled_fraction, stratify=train_y, random_state=cfg.seed
    )
    size = cfg.dataset.batch_size
    return Splits(
        labelled=_loader(few_x, few_y, size, shuffle=True),
        unlabelled=torch.from_numpy(other_x),
        validation=_loader(val_x, val_y, size, shuffle=False),
        test=_loader(test_x, test_y, size, shuffle=False),
    )


def _loader(images: np.ndarray, labels: np.ndarray, size: int, *, shuffle: bool) -> DataLoader:
    data = TensorDataset(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))
    return DataLoader(data, batch_size=size, shuffle=shuffle)
