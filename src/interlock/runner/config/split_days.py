"""Whether the declared splits are on days on which the market trades: only its calendar can tell."""

from datetime import date

from interlock.core.ports.calendar import Calendar
from interlock.runner.config.load import Loaded
from interlock.runner.config.origins import DEFAULT
from interlock.runner.config.problems import Problem, describe


def split_problems(loaded: Loaded, calendar: Calendar, start: date, end: date) -> list[Problem]:
    """A problem for each split without a session. ``start`` and ``end`` are the days between which any is known."""
    problems: list[Problem] = []
    code = loaded.config.instrument.calendar
    for index, split in enumerate(loaded.config.instrument.splits):
        day = split.ex_date
        if calendar.session_on(day) is not None:
            continue
        key = f"instruments[0].splits[{index}].ex_date"
        origin = loaded.origins.get(key, DEFAULT)
        if start <= day <= end:
            found = f"{describe(day)}, a {day:%A} on which {code} has no session"
            expected = "the first day on which it trades at the new price"
            remedy = ""
        else:
            found = f"{describe(day)}, of which the calendar {code} knows nothing"
            expected = f"a day from {start} to {end}, the days that are known"
            remedy = "" if day < start else "declare it when the day has come nearer"
        place = origin.detail or origin.kind
        problems.append(Problem(file=place, line=origin.line, key=key, found=found, expected=expected, remedy=remedy))
    return problems
