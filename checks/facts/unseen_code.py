"""Whether some of the experiment's code is hidden from the rules, so that "nothing does this" cannot be said."""

from checks.context import Context
from checks.facts.layout import is_python
from checks.facts.python import modules
from checks.tree import WhyUnread


def unseen_code(context: Context) -> bool:
    """Whether Python code is there that was not read or does not parse, or none is there at all.

    Use it as ``context.fact(unseen_code)`` in a rule that concludes from absence.
    """
    found = context.fact(modules)
    hidden = any(
        is_python(path) or path == "src" or unread.why is WhyUnread.UNLISTED
        for path, unread in context.tree.unread.items()
    )
    return hidden or not found or any(module.tree is None for path, module in found.items() if is_python(path))
