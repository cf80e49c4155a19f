"""Profiles are data; this table is the one list of them, and ``choose`` picks by the files present."""

from checks.profiles.base import BASE
from checks.profiles.experiment import EXPERIMENT
from checks.profiles.profile import Command, Criterion, Profile
from checks.tree import SourceTree, TreeError

PROFILES: dict[str, Profile] = {profile.name: profile for profile in (BASE, EXPERIMENT)}

AUTO = "auto"


def choose(name: str, tree: SourceTree) -> Profile:
    """The profile to judge a tree by.

    Args:
        name: a profile's name, or ``auto`` to choose by the files present.
        tree: the tree; only its paths are looked at.

    Raises:
        TreeError: the name is unknown, or ``auto`` found neither profile's files, or both.
    """
    if name != AUTO:
        if name not in PROFILES:
            raise TreeError(f"no profile is called {name!r}; choose one of {', '.join((AUTO, *PROFILES))}")
        return PROFILES[name]
    fitting = [profile for profile in PROFILES.values() if any(tree.paths(*profile.signature))]
    if len(fitting) == 1:
        return fitting[0]
    looked = "; ".join(f"{profile.name}: {', '.join(profile.signature)}" for profile in PROFILES.values())
    if fitting:
        both = " and ".join(profile.name for profile in fitting)
        raise TreeError(f"the files fit more than one profile ({both}; looked for {looked}); name one with --profile")
    raise TreeError(f"no profile fits {tree.origin or 'this tree'}: looked for {looked}; name one with --profile")


__all__ = ["AUTO", "PROFILES", "Command", "Criterion", "Profile", "choose"]
