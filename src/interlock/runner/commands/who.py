"""Who types a command, and the words that they give a reason in."""

import os
import pwd
import socket
from typing import Final

import click

from interlock.runner.config.problems import printable

REASON_CHARACTERS_MAX: Final = 300


def by_whom() -> str:
    """``user@host``. As the system knows them, and not as a variable says."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return printable(f"{user}@{socket.gethostname()}", 200)


def reason_given(_: click.Context, __: click.Parameter, value: str) -> str:
    """The words of ``--reason``, on one line and short. Blank ones say nothing, and are refused."""
    if not value.strip():
        raise click.BadParameter("say why: whoever finds it has to know.")
    return printable(value.strip(), REASON_CHARACTERS_MAX)
