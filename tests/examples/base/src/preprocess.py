"""Data sets as tensors, split and batched."""

from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


@dataclass(frozen=True)
class Data:
    """Batches of (inputs, label) for each split, and the sizes a model needs."""

    train: DataLoader
    val: DataLoader
    test: DataLoader
    num_features: int
    num_classes: int


def load_dataset(settings: dict, seed: int) -> tuple[Dataset, int, int]:
    """The whole data set, its number of features and its number of classes."""
    if settings["name"] == "synthetic":
        return synthetic_clusters(settings, seed)
    # DATASET_PLACEHOLDER: this branch will be replaced with the loading and preprocessing of the chosen data set,
    # returning the same three things as the synthetic one above.
    raise NotImplementedError(f"no loader yet for the data set {settings['name']!r}")


def synthetic_clusters(settings: dict, seed: int) -> tuple[Dataset, int, int]:
    """One noisy Gaussian cluster a class, for the smoke test."""
    generator = torch.Generator().manual_seed(seed)
    samples, features, classes = settings["num_samples"], settings["num_features"], settings["num_classes"]
    centres = torch.randn(classes, features, generator=generator)
    labels = torch.randint(classes, (samples,), generator=generator)
    inputs = centres[labels] + 1.5 * torch.randn(samples, features, generator=generator)
    return TensorDataset(inputs, labels), features, classes


def build_data(run: dict) -> Data:
    """Random 60/20/20 split of the run's data set, the same for every run with the same seed."""
    dataset, num_features, num_classes = load_dataset(run["dataset"], run["seed"])
    generator = torch.Generator().manual_seed(run["seed"])
    train, val, test = random_split(dataset, [0.6, 0.2, 0.2], generator=generator)
    size = run["training"]["batch_size"]
    return Data(
        train=DataLoader(train, batch_size=size, shuffle=True, generator=generator),
        val=DataLoader(val, batch_size=size),
        test=DataLoader(test, batch_size=size),
        num_features=num_features,
        num_classes=num_classes,
    )
