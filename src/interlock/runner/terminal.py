"""Words for people: where they go, and whether in colour."""

import os
import sys
from typing import TextIO

import click

from interlock.runner import streams


class Console:
    """Writes lines for people to stdout, or to stderr while stdout belongs to ``--json``.

    Colour only on a terminal, and never where ``NO_COLOR`` is set or the terminal is dumb. Words on stderr that cannot
    be written are lost: they are beside the answer.
    """

    def __init__(self, *, to_stderr: bool = False) -> None:
        self._is_beside = to_stderr
        self._stream: TextIO = sys.stderr if to_stderr else sys.stdout
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def say(self, text: str = "") -> None:
        """One line, or several."""
        if self._is_beside:
            streams.told(lambda: click.echo(text, file=self._stream, color=self._coloured))
        else:
            click.echo(text, file=self._stream, color=self._coloured)

    def heading(self, text: str) -> None:
        """A line that begins a part."""
        self.say(click.style(text, bold=True))

    @staticmethod
    def good(text: str) -> str:
        """A word that says all is well."""
        return click.style(text, fg="green")

    @staticmethod
    def bad(text: str) -> str:
        """A word that says something is not."""
        return click.style(text, fg="red")

    @staticmethod
    def faint(text: str) -> str:
        """Words that stand back."""
        return click.style(text, dim=True)
