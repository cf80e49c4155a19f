"""Data loaders."""

import torch
from torch.utils.data import DataLoader, Dataset, Subset


class SyntheticSpirals(Dataset):
    """Two noisy spirals, generated: what the smoke test trains on."""

    def __init__(self, size, seed):
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, 2, (size,), generator=generator)
        radius = torch.rand(size, generator=generator)
        angle = 4 * radius + torch.pi * self.labels
        points = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
        self.points = points + 0.02 * torch.randn(size, 2, generator=generator)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.points[index], self.labels[index]


def open_dataset(variation):
    """The data set of a run, with its numbers of features and classes."""
    name = variation["dataset"]
    if name == "DATASET_PLACEHOLDER":
        # DATASET_PLACEHOLDER: replaced by the real data set's loading and tokenisation or augmentation. Must return
        # a torch Dataset of (features, label), the number of features and the number of classes.
        raise NotImplementedError("DATASET_PLACEHOLDER has not been replaced yet")
    return SyntheticSpirals(variation["num_samples"], variation["seed"]), 2, 2


def loaders(variation):
    """A loader per split, 60/20/20."""
    dataset, num_features, num_classes = open_dataset(variation)
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(variation["seed"])).tolist()
    a, b = int(0.6 * len(order)), int(0.8 * len(order))
    parts = {"train": order[:a], "val": order[a:b], "test": order[b:]}
    result = {
        split: DataLoader(Subset(dataset, indices), batch_size=variation["batch_size"], shuffle=split == "train")
        for split, indices in parts.items()
    }
    return {**result, "num_features": num_features, "num_classes": num_classes}
