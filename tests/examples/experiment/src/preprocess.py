"""The handwritten digits: load through a cache, split, standardise, batch."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from omegaconf import DictConfig
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Loaders:
    """Batches of (pixels, label) for each split, and the shape a model needs."""

    train: DataLoader
    val: DataLoader
    test: DataLoader
    num_features: int
    num_classes: int


def load_arrays(cache_dir: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels [1797, 64] in 0..16 and labels [1797], kept under the cache directory after the first call."""
    cached = Path(cache_dir) / "digits.npz"
    try:
        if cached.exists():
            with np.load(cached) as arrays:
                return arrays["pixels"], arrays["labels"]
        pixels, labels = load_digits(return_X_y=True)
        cached.parent.mkdir(parents=True, exist_ok=True)
        part = cached.with_name(f"digits-{os.getpid()}.npz")
        np.savez_compressed(part, pixels=pixels, labels=labels)
        part.replace(cached)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise RuntimeError(f"cannot read the digits through {cached}: {error}; remove that file and retry") from error
    return pixels, labels


def build_loaders(cfg: DictConfig) -> Loaders:
    """Stratified splits, standardised like the training split; what is held out is half validation, half test."""
    if cfg.dataset.name != "digits":
        raise ValueError(f"unknown dataset {cfg.dataset.name!r}; this experiment knows digits")
    pixels, labels = load_arrays(cfg.dataset.cache_dir)
    if len(pixels) != len(labels) or not np.isfinite(pixels).all():
        raise ValueError("the digits are damaged: pixels and labels disagree or are not finite")
    seed = cfg.dataset.split_seed
    train_x, rest_x, train_y, rest_y = train_test_split(
        pixels, labels, test_size=cfg.dataset.held_out, stratify=labels, random_state=seed
    )
    val_x, test_x, val_y, test_y = train_test_split(rest_x, rest_y, test_size=0.5, stratify=rest_y, random_state=seed)
    scaler = StandardScaler().fit(train_x)
    limit = cfg.dataset.max_eval_samples
    shuffling = torch.Generator().manual_seed(cfg.training.seed)
    size = cfg.training.batch_size
    return Loaders(
        train=DataLoader(
            _tensors(scaler.transform(train_x), train_y), batch_size=size, shuffle=True, generator=shuffling
        ),
        val=DataLoader(_tensors(scaler.transform(val_x)[:limit], val_y[:limit]), batch_size=size),
        test=DataLoader(_tensors(scaler.transform(test_x)[:limit], test_y[:limit]), batch_size=size),
        num_features=train_x.shape[1],
        num_classes=int(labels.max()) + 1,
    )


def _tensors(pixels: np.ndarray, labels: np.ndarray) -> TensorDataset:
    return TensorDataset(torch.from_numpy(pixels).float(), torch.from_numpy(labels).long())
