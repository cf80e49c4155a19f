"""What the static rung knows so far, kept across the lives of its children."""

from collections import Counter

from checks.finding import Finding, RungName
from checks.rung import Material
from checks.static.tidy import clipped
from checks.static.wire import Message
from checks.tree import Unread, WhyUnread


class Climb:
    """Takes in what the children say, and decides what the next one leaves out.

    Args:
        material: what the rung was given.
    """

    def __init__(self, material: Material) -> None:
        self.tree = material.tree
        self._off = material.rules_off
        self._progress = material.progress
        self._paths = frozenset(material.tree.files)
        self._done: dict[str, tuple[Finding, ...]] = {}
        self._spoke: dict[str, str] = {}
        self._undecided: dict[str, tuple[str, str]] = {}
        self._open: dict[str, tuple[str, str]] = {}
        self._blind: dict[str, str] = {}
        self._withheld: list[str] = []
        self._left_off = 0
        self._file: str | None = None
        self._rule: tuple[str, str] | None = None
        self._unfinished = "it was not started"
        self.worth_another = True

    def begin(self) -> None:
        """A new child starts."""
        self._blind.clear()
        self._idle()

    @property
    def settled(self) -> tuple[str, ...]:
        """The rules that the next child leaves out: already run, or not to be run again."""
        return (*self._done, *self._undecided, *self._off)

    @property
    def gave_up(self) -> bool:
        """Whether the rung gives no answer as a whole."""
        return bool(self._unfinished or self._unmentioned())

    def take(self, message: Message) -> None:
        """Take in one message."""
        if message.kind == "file":
            self._file = message.name if message.name in self._paths else None
            if self._file:
                self._progress(RungName.STATIC, f"reading {self._file}")
        elif message.kind == "rule" and message.name:
            self._file, self._rule = None, (message.name, message.criterion)
            self._progress(RungName.STATIC, f"rule {message.name}")
        elif message.kind == "blind":
            self._blind[message.criterion] = clipped(message.error, 300)
        elif message.kind == "done" and message.name:
            self._done[message.name] = message.findings
            self._spoke[message.name] = message.criterion
            self._left_off += message.left_off
            if message.undecided:
                self._open[message.name] = (message.criterion, f"rule {message.name} cannot tell: {message.undecided}")
            self._idle()
        elif message.kind == "failed" and message.name:
            self._undecided[message.name] = (message.criterion, f"rule {message.name} stopped with {message.error}")
            self._idle()

    def _idle(self) -> None:
        self._file, self._rule = None, None

    def bury(self, how: str) -> None:
        """The child died; work out what to leave out.

        Args:
            how: a clause that begins with "it".
        """
        self._unfinished = how
        if self._file is not None:
            self._withheld.append(self._file)
            why = Unread(WhyUnread.KILLED_THE_ANALYSIS, f"the analysis did not survive it: {how}")
            self.tree = self.tree.without([self._file], why)
            self._done.clear()
            self._open.clear()
            self._left_off = 0
        elif self._rule is not None:
            name, criterion = self._rule
            self._undecided[name] = (criterion, f"rule {name} gave no answer: {how}")
        else:
            self.worth_another = False

    def finish(self) -> None:
        """The child said that it was done."""
        self._unfinished = "" if self.settled else "the profile has no rules"

    def outcome(self) -> tuple[tuple[Finding, ...], dict[str, str]]:
        """All findings, and for each criterion that is undecided the reason."""
        reasons: dict[str, list[str]] = {}
        for criterion, reason in (*self._blind.items(), *self._undecided.values(), *self._open.values()):
            reasons.setdefault(criterion, []).append(reason)
        findings = tuple(finding for name in sorted(self._done) for finding in self._done[name])
        return findings, {criterion: "; ".join(texts) for criterion, texts in sorted(reasons.items())}

    def looked(self) -> dict[str, str]:
        """For each criterion how many rules were run over how many files."""
        counts = Counter(self._spoke[name] for name in self._done)
        files = len(self.tree.files)
        return {criterion: f"{count} static rules over {files} files" for criterion, count in sorted(counts.items())}

    def detail(self) -> str:
        """What was looked at, in a sentence."""
        parts = [f"{len(self.tree.files)} files, {len(self._done)} rules"]
        if self._withheld:
            parts.append(f"without {', '.join(self._withheld)}, which the analysis did not survive")
        if self._left_off:
            parts.append(f"{self._left_off} further findings of the same rules are left off")
        if self._unfinished:
            parts.append(f"gave up: {self._unfinished}")
        elif missing := self._unmentioned():
            parts.append(f"no rule speaks for {', '.join(missing)}")
        return "; ".join(parts)

    def _unmentioned(self) -> list[str]:
        """Withheld files that no blocking finding names: without one, leaving them out could end in a pass."""
        named = {finding.path for findings in self._done.values() for finding in findings if finding.blocks}
        return [path for path in self._withheld if path not in named]
