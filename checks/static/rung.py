"""The static rung: starts its child, and starts it again without whatever killed it."""

from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from checks.finding import RungName
from checks.rung import Material
from checks.static.child import DiedError, child
from checks.static.climb import Climb
from checks.static.limits import DEFAULT_CHILD_LIMITS, ChildLimits
from checks.static.wire import Request
from checks.verdict import RungReport, RungResult, RungStatus


@dataclass(frozen=True, slots=True)
class StaticRung:
    """Runs every static rule of the profile over the files.

    A file that kills the child is withheld and the rest judged again; a rule that does is left out and its criterion
    stays undecided. Neither can end in a pass.

    Args:
        limits: what the child may use.
        registry: ``module:function`` that gives the rules of a profile by its name.
    """

    name: ClassVar[RungName] = RungName.STATIC
    limits: ChildLimits = DEFAULT_CHILD_LIMITS
    registry: str = "checks.registry:rules_for"

    def run(self, material: Material) -> RungResult:
        """Judge the files; takes at most the limits' total time and a little."""
        began = monotonic()
        climb = Climb(material)
        for _ in range(self.limits.restarts + 1):
            if self._attempt(material, climb, began + self.limits.total_seconds):
                break
        findings, undecided = climb.outcome()
        return RungResult(
            report=RungReport(
                name=self.name,
                status=RungStatus.INCOMPLETE if climb.gave_up else RungStatus.ANSWERED,
                seconds=round(monotonic() - began, 3),
                detail=climb.detail(),
            ),
            findings=findings,
            undecided=undecided,
            looked=climb.looked(),
        )

    def _attempt(self, material: Material, climb: Climb, deadline: float) -> bool:
        """One child's life. True when no other is to follow."""
        climb.begin()
        request = Request(climb.tree, material.profile, material.research, self.registry, climb.settled)
        try:
            with child(request, self.limits, deadline) as running:
                for message in running.messages():
                    climb.take(message)
        except DiedError as died:
            climb.bury(str(died))
            return monotonic() >= deadline or not climb.worth_another
        climb.finish()
        return True
