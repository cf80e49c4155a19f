"""What common calls do with a module or parameter that they are given, for following it through the code."""

RETURNS_SELF = frozenset({"to", "cuda", "cpu", "train", "eval", "float", "half", "double", "bfloat16", "apply", "type"})
"""Methods of a module that hand back the module."""
PARAMETERS = frozenset({"parameters", "named_parameters"})
FREEZING = frozenset({"requires_grad_", "requires_grad", "eval", "load_state_dict", "freeze", "unfreeze", "train"})
HARMLESS_METHODS = frozenset(
    {"state_dict", "zero_grad", "keys", "index", "count", "buffers", "named_buffers", "extra_repr", "clear", "sort",
     "register_forward_hook", "register_full_backward_hook"}
)  # fmt: skip
"""Methods of a module, or of a list of modules, that neither run it nor give its parameters to anything."""
ITEMS_OF = frozenset({"values", "items", "get", "pop", "setdefault", "popitem", "copy"})
"""Methods of a container that give what it holds."""
FILLING = frozenset({"append", "add", "insert", "extend", "appendleft", "setdefault", "update", "put"})
"""Methods of a container that take something in."""
LOOKING = frozenset({"print", "len", "isinstance", "type", "id", "str", "repr", "hasattr", "callable", "bool", "any"})
"""Builtins that only look."""
PASSING = frozenset({"list", "tuple", "sorted", "reversed", "iter", "next", "set", "enumerate", "zip", "dict"})
"""Builtins that give what they are given, or a container of it."""
HARMLESS_CALLS = frozenset({"wandb.watch", "torch.save", "torchinfo.summary", "torchsummary.summary"})
CLIPPING = frozenset({"clip_grad_norm_", "clip_grad_value_", "clip_grad_norm", "get_total_norm"})
"""Functions that take parameters and do not train them."""
COMPUTING = frozenset(
    {"abs", "add", "clamp", "clip", "cos", "div", "exp", "expm1", "log", "log1p", "log_softmax", "matmul", "mul", "neg",
     "norm", "pow", "reciprocal", "relu", "rsqrt", "sigmoid", "sin", "softmax", "sqrt", "square", "sub", "tanh"}
)  # fmt: skip
"""Methods of a parameter that compute something new of it, through which a gradient flows."""
