"""Networks by name."""

from torch import nn

REGISTRY = {}


def register(name):
    """Offer a constructor under a name."""

    def add(constructor):
        REGISTRY[name] = constructor
        return constructor

    return add


@register("tiny")
def tiny(variation, num_features, num_classes):
    """A two-layer network for the smoke test."""
    return nn.Sequential(
        nn.Linear(num_features, variation["width"]), nn.Tanh(), nn.Linear(variation["width"], num_classes)
    )


@register("MODEL_PLACEHOLDER")
def placeholder(variation, num_features, num_classes):
    """MODEL_PLACEHOLDER: replaced by the architecture under study, built from num_features and num_classes."""
    raise NotImplementedError("MODEL_PLACEHOLDER has not been replaced yet")


def create(variation, num_features, num_classes):
    """The network that the run names."""
    return REGISTRY[variation["model"]](variation, num_features, num_classes)
