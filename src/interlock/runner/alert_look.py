"""A look at the alert command before a run: whether there is one, and whether it can be found.

A run would start without it: an alert that is lost never stops trading, nor does it let anything through.
"""

from interlock.runner.config import Loaded
from interlock.runner.look import Look
from interlock.runner.program_look import program_look


def alert_looks(loaded: Loaded) -> tuple[Look, ...]:
    """Nothing where no command is configured: console and log are told then. The command is not started."""
    alerts = loaded.config.alerts
    if not alerts.command:
        return ()
    return (
        program_look(
            "alerts",
            alerts.command[0],
            what="an alert",
            when=f"and may take {format(alerts.seconds, 'f')} s",
            remedy="install it, or take the command away: a run starts, and tells console and log alone",
        ),
    )
