"""What a person sees while it runs: one sentence for each thing that happened, and why."""

from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from typing_extensions import override

from interlock.core.decision import Outcome
from interlock.core.explain import did_something, why
from interlock.core.observations import ConfigurationChanged, JournalResumed
from interlock.core.records import Record, TradingStateChanged
from interlock.core.reports import OrderAccepted
from interlock.masking import masked
from interlock.runner.amounts import when
from interlock.runner.repetition import Repetition, reason_of
from interlock.runner.restriction import TO_DO

__all__ = ["NO_BAR", "Narrator", "PeopleConsole", "when"]


class PeopleConsole(Console):
    """A rich console that goes quiet when whoever read it has gone (rich's own would end the process)."""

    @override
    def on_broken_pipe(self) -> None:
        self.quiet = True


_STYLES: Final = {"halt": "bold red", "denied": "yellow", "approved": "green", "plain": "", "quiet": "dim"}
_DONE: Final = 1_000
# Stands where a time would stand, and is as wide.
NO_BAR: Final = "no bar came yet  "


class Narrator:
    """Tells the run on the console (stderr). Colour only on a terminal, and not where NO_COLOR is set.

    The same denial, or the same fault, bar after bar is told once; how often it came again is told when something else
    happens. A console that has gone, or a full disk behind it, never ends a run: from then on the log alone tells it.
    """

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self._console = console
        # Asked once: it looks into the environment, and asks the system.
        self._is_terminal = console.is_terminal
        self._verbose = verbose
        self._repetition = Repetition()
        self._progress: Progress | None = None

    def say(self, text: str, style: str = "plain") -> None:
        """One line as it is, but for secrets, and for control characters, which could write over other lines."""
        text = masked(text)
        if not text.isprintable():
            text = "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)
        try:
            if self._is_terminal:
                self._console.print(text, style=_STYLES[style], markup=False, highlight=False, soft_wrap=True)
            else:
                # A file has no colours and no bar to draw around: laying the line out would cost ten times as much.
                self._console.file.write(f"{text}\n")
        except OSError:
            self._console.quiet = True

    @property
    def is_lost(self) -> bool:
        """Whether nobody can be told anything any more."""
        return self._console.quiet

    def tell(self, record: Record, words: str | None = None, *, remedy: str = "", dated: bool = True) -> None:
        """One record, if it is worth a line; ``remedy`` stands beneath it.

        ``words`` is ``why(record)``, where that is known already. ``dated`` is False while no bar has said what time
        it is.
        """
        if isinstance(record.observation, (JournalResumed, ConfigurationChanged)):
            return  # a start has said it already, in words of its own
        if not self._verbose and (not did_something(record) or isinstance(record.observation, OrderAccepted)):
            return
        # What comes with something to do is always told, and with -v each is.
        reason = reason_of(record)
        key = reason if not (self._verbose or remedy) else None
        at = when(record.ts_init) if dated else NO_BAR
        if self._repetition.is_again(key, at):
            return
        self.flush_repeats()
        self._repetition.begin(reason, at)
        told = why(record) if words is None else words
        if told:
            self.say(f"{at}  {told}", _style(record))
        if remedy:
            self.say(f"    {TO_DO}{remedy}", _style(record))

    def flush_repeats(self) -> None:
        """Say how often what was told last came again."""
        again = self._repetition.told()
        self._repetition.begin(None, "")
        if again:
            self.say(f"    {again}", "quiet")

    def start_progress(self, share: Callable[[], float | None], what: str) -> None:
        """Show a bar for a source whose length is known; only on a terminal."""
        if not self._is_terminal or share() is None:
            return
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._progress.add_task(what, total=_DONE)
        self._progress.start()

    def update_progress(self, share: float | None) -> None:
        """Move the bar."""
        if self._progress is not None and share is not None and not self.is_lost:
            self._progress.update(self._progress.task_ids[0], completed=share * _DONE)

    def close(self) -> None:
        """End the bar and say what was left to say."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        self.flush_repeats()


def _style(record: Record) -> str:
    if any(isinstance(event, TradingStateChanged) for event in record.events):
        return "halt"
    if record.decision is None:
        return "plain"
    if record.decision.outcome is Outcome.APPROVED:
        return "approved"
    return "quiet" if record.decision.outcome is Outcome.NO_ACTION else "denied"
