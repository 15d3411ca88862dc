"""Decisions chosen from a journal, counted over all of it, a page at a time.

Whatever is asked for, stretches whose tally says enough are not read: a page costs a few stretches, however long the
journal is. What is read is held against the chain.
"""

from collections import Counter
from datetime import datetime
from typing import Final

from attrs import Factory, define, frozen

from interlock.adapters.journal.decision_codec import Decided, decode_decided
from interlock.adapters.journal.raw_rows import RawJournal, Row
from interlock.adapters.journal.tallies import Stretch, Tally
from interlock.adapters.journal.tally_table import PassedOver
from interlock.core.decision import Outcome

# Outcome and code.
Key = tuple[str, str]

# Each of these has an order of its own: never told together with the next.
_APPROVED: Final = Outcome.APPROVED.value
_DENIED: Final = Outcome.DENIED.value


@frozen(kw_only=True)
class Wanted:
    """Which decisions; None asks for any. ``since`` and ``until`` are inside. ``rule`` is one that denied."""

    since: datetime | None = None
    until: datetime | None = None
    outcome: str | None = None
    code: str | None = None
    rule: str | None = None

    def takes(self, decided: Decided) -> bool:
        """Whether this is one of them."""
        decision = decided.decision
        return (
            decision is not None
            and (self.outcome is None or decision.outcome == self.outcome)
            and (self.code is None or decision.code == self.code)
            and (self.since is None or decided.ts_init >= self.since)
            and (self.until is None or decided.ts_init <= self.until)
            and (self.rule is None or self.rule in decided.rules)
        )

    def among(self, tally: Tally | None) -> Counter[Key] | None:
        """How many there are in a stretch, by outcome and code; None where the tally does not tell."""
        if tally is None:
            return None
        if (self.since is not None and tally.latest < self.since) or (
            self.until is not None and tally.earliest > self.until
        ):
            return Counter()
        if (self.since is not None and tally.earliest < self.since) or (
            self.until is not None and tally.latest > self.until
        ):
            return None
        counted = (
            tally.decisions
            if self.rule is None
            else [(_DENIED, code, times) for code, rule, times in tally.denials if rule == self.rule]
        )
        return Counter(
            {
                (outcome, code): times
                for outcome, code, times in counted
                if self.outcome in (None, outcome) and self.code in (None, code)
            }
        )


# mutable: it grows while those that are told with it are found
@define(kw_only=True)
class Entry:
    """A decision, and how many of the same outcome and reason are told with it: itself and those right after it among
    the chosen. ``last_seq`` and ``last_ts`` are of the last of them."""

    row: Row
    decided: Decided
    key: Key
    last_seq: int
    last_ts: datetime
    count: int = 1
    # Where the last of them is, while nobody has looked which record it is.
    within: Stretch | None = None


@frozen(kw_only=True)
class Page:
    """``counts`` are over all that was chosen: ``before`` of them come before the page, ``more`` after it."""

    counts: Counter[Key]
    entries: list[Entry]
    before: int
    more: int

    @property
    def last_seq(self) -> int | None:
        """The record after which the next page begins."""
        return self.entries[-1].last_seq if self.entries else None


def page_of(
    rows: RawJournal,
    wanted: Wanted,
    *,
    limit: int,
    after: int | None = None,
    newest: bool = False,
    together: bool = False,
    passed_over: PassedOver | None = None,
) -> Page:
    """The first ``limit`` of what is ``wanted``, oldest first, or ``newest`` first, behind record ``after`` in that
    order. ``together``: those in a row with one outcome and reason, and without an order, are one entry.

    Raises ``JournalUnavailable`` where what has to be read cannot be, or was changed.
    """
    paging = _Paging(rows, wanted, limit, after, newest, together)
    for stretch in rows.stretches(rows.last_seq(), newest=newest, passed_over=passed_over):
        paging.take(stretch)
    return paging.page()


def names_in(rows: RawJournal) -> tuple[set[str], set[str]]:
    """Every code of a decision in the journal, and every rule that denied."""
    codes: set[str] = set()
    rules: set[str] = set()
    for stretch in rows.stretches(rows.last_seq()):
        if (tally := stretch.tally) is not None:
            codes.update(code for _, code, _ in tally.decisions)
            rules.update(rule for _, rule, _ in tally.denials)
            continue
        for _, kind, body, _ in rows.checked(stretch.last, stretch.first):
            decided = decode_decided(kind, body)
            if decided.decision is not None:
                codes.add(decided.decision.code)
                rules.update(decided.rules)
    return codes, rules


# mutable: it walks
@define
class _Paging:
    _rows: RawJournal
    _wanted: Wanted
    _limit: int
    _after: int | None
    _newest: bool
    _together: bool
    _counts: Counter[Key] = Factory(Counter)
    _entries: list[Entry] = Factory(list)
    _before: int = 0
    _more: int = 0

    def take(self, stretch: Stretch) -> None:
        found = self._wanted.among(stretch.tally)
        if found is not None:
            self._counts.update(found)
            if self._is_told(stretch, found):
                return
        for row, decided in self._chosen(stretch):
            decision = decided.decision
            if decision is None:
                continue
            key = decision.outcome, decision.code
            if found is None:
                self._counts[key] += 1
            self._place(row, decided, key)

    def page(self) -> Page:
        if self._entries:
            self._find_the_last(self._entries[-1])
        return Page(counts=self._counts, entries=self._entries, before=self._before, more=self._more)

    def _is_told(self, stretch: Stretch, found: Counter[Key]) -> bool:
        """Whether the counts say all that the page needs of this stretch."""
        total = sum(found.values())
        if not total:
            return True
        nearest, furthest = (stretch.last, stretch.first) if self._newest else (stretch.first, stretch.last)
        if self._is_before(furthest):
            self._before += total
        elif self._is_before(nearest):
            return False  # the page begins within
        elif self._more:
            self._more += total
        elif len(found) == 1 and self._goes_on(next(iter(found))):
            entry = self._entries[-1]
            entry.count += total
            entry.within = stretch
        else:
            return False
        return True

    def _place(self, row: Row, decided: Decided, key: Key) -> None:
        if self._is_before(row[0]):
            self._before += 1
        elif self._more:
            self._more += 1
        elif self._goes_on(key):
            entry = self._entries[-1]
            entry.count += 1
            entry.last_seq, entry.last_ts, entry.within = row[0], decided.ts_init, None
        elif len(self._entries) < self._limit:
            if self._entries:
                self._find_the_last(self._entries[-1])
            self._entries.append(Entry(row=row, decided=decided, key=key, last_seq=row[0], last_ts=decided.ts_init))
        else:
            self._more += 1

    def _is_before(self, seq: int) -> bool:
        if self._after is None:
            return False
        return seq >= self._after if self._newest else seq <= self._after

    def _goes_on(self, key: Key) -> bool:
        return self._together and bool(self._entries) and self._entries[-1].key == key and key[0] != _APPROVED

    def _find_the_last(self, entry: Entry) -> None:
        if entry.within is not None:
            for row, decided in self._chosen(entry.within):
                entry.last_seq, entry.last_ts = row[0], decided.ts_init
            entry.within = None

    def _chosen(self, stretch: Stretch) -> list[tuple[Row, Decided]]:
        read = ((row, decode_decided(row[1], row[2])) for row in self._rows.checked(stretch.last, stretch.first))
        chosen = [(row, decided) for row, decided in read if self._wanted.takes(decided)]
        return chosen[::-1] if self._newest else chosen
