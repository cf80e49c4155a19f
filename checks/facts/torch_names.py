"""What PyTorch's own names stand for, as far as the rules on models need it; seen with torch 2.13."""

MODULE = frozenset(
    {
        "torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module", "lightning.LightningModule",
        "lightning.pytorch.LightningModule", "pytorch_lightning.LightningModule", "transformers.PreTrainedModel",
    }
)  # fmt: skip
"""Classes whose ``__setattr__`` keeps parameters, submodules and buffers apart."""
PARAMETER = frozenset({"torch.nn.Parameter", "torch.nn.parameter.Parameter"})
NO_LAYER = frozenset({"Parameter", "UninitializedParameter", "UninitializedBuffer", "Buffer", "Module", "DataParallel"})
"""Capitalised names of ``torch.nn`` whose calls make no ready layer."""
HANDS_ON = frozenset({"Identity", "Sequential", "Flatten", "Unflatten", "ModuleList", "ModuleDict", "ParameterList"})
"""Layers that may return what they were given, beside the dropouts, or that cannot be called."""
WITH_PARAMETERS = frozenset(
    {
        "Linear", "Bilinear", "LazyLinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d",
        "ConvTranspose3d", "Embedding", "EmbeddingBag", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell",
        "LayerNorm", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "MultiheadAttention", "Transformer",
        "TransformerEncoder", "TransformerEncoderLayer", "TransformerDecoder", "TransformerDecoderLayer", "PReLU",
    }
)  # fmt: skip
"""Layers of ``torch.nn`` that have weights of their own to train."""

NEW_TENSOR = frozenset(
    {
        "abs", "add", "amax", "amin", "arange", "argmax", "argmin", "bmm", "cat", "ceil", "chunk", "clamp", "clip",
        "clone", "concat", "cos", "cosine_similarity", "cross_entropy", "cumprod", "cumsum", "detach", "diag", "div",
        "dot", "einsum", "empty", "empty_like", "eq", "erf", "exp", "eye", "floor", "from_numpy", "full", "full_like",
        "gather", "gelu", "gt", "index_select", "l1_loss", "layer_norm", "le", "leaky_relu", "lerp", "linspace", "log",
        "log1p", "log_softmax", "logsumexp", "lt", "matmul", "max", "maximum", "mean", "median", "min", "minimum", "mm",
        "mse_loss", "mul", "multinomial", "neg", "new_full", "new_ones", "new_tensor", "new_zeros", "nll_loss", "norm",
        "normal", "normalize", "one_hot", "ones", "ones_like", "outer", "pow", "prod", "rand", "rand_like", "randint",
        "randn", "randn_like", "randperm", "reciprocal", "relu", "rsqrt", "scatter", "sigmoid", "sign", "silu", "sin",
        "softmax", "softplus", "sort", "sqrt", "square", "squeeze", "stack", "std", "sub", "sum", "tanh", "tensor",
        "topk", "transpose", "tril", "triu", "unsqueeze", "var", "where", "zeros", "zeros_like", "index_add", "view",
    }
)  # fmt: skip
"""Functions of ``torch`` and methods of tensors that never return the very object that they were given."""

NUMBER_FREE = frozenset(
    {
        "T", "abs", "argmax", "argmin", "backward", "bool", "clamp", "clamp_", "clip", "clone", "contiguous", "cpu",
        "cuda", "data", "detach", "detach_", "device", "dim", "double", "dtype", "exp", "expand", "flatten", "float",
        "grad", "half", "int", "item", "log", "long", "max", "mean", "min", "mul_", "ndim", "new_full", "norm", "numel",
        "numpy", "permute", "pow", "requires_grad", "requires_grad_", "reshape", "round", "shape", "sigmoid", "size",
        "softmax", "sqrt", "squeeze", "std", "sum", "tanh", "to", "tolist", "transpose", "type", "unsqueeze", "var",
        "view", "zero_",
    }
)  # fmt: skip
"""Attributes of a tensor that no ``int``, ``float`` or ``bool`` has."""

TRAINERS = frozenset(
    {
        "accelerate", "allennlp", "avalanche", "catalyst", "composer", "deepspeed", "fairscale", "fastai", "fvcore",
        "higher", "ignite", "learn2learn", "lightly", "lightning", "mmengine", "opacus", "poutyne", "pytorch_lightning",
        "setfit", "skorch", "torchbearer", "torchmeta", "torchopt", "torchtnt", "torchtune", "trl", "unsloth",
        "adapters", "axolotl", "flwr", "optimum", "ray", "sentence_transformers", "stable_baselines3", "tianshou",
        "torchrl", "pfrl",
    }
)  # fmt: skip
"""Top-level modules of libraries that may run a training loop of their own."""
