"""What a person had before their eyes when they asked for a release: of anything later they do not speak."""

from pathlib import Path

from attrs import frozen

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.core.commands import KillSwitchSeen
from interlock.core.reasons import sentence
from interlock.core.records import TradingStateChanged
from interlock.runner.kill_switch_files import Identity, identities
from interlock.runner.operator_files import restricted_anew


@frozen(kw_only=True)
class FirstLook:
    """The kill switch files that were there, and the last record: -1 while there was none."""

    files: dict[str, Identity]
    seq: int

    @classmethod
    def at(cls, folder: Path, journal: Path, asked_at_ns: int) -> "FirstLook":
        """The files first: whoever halts puts theirs before anything is on record.

        One that came after the person had asked, at ``asked_at_ns`` by this machine's clock, they have not seen, though
        we do. Raises what keeps a journal from being read.
        """
        files = {name: each for name, each in identities(folder).items() if each[-1] <= asked_at_ns}
        # One that is empty is still to be made.
        if not journal.exists() or not journal.stat().st_size:
            return cls(files=files, seq=-1)
        with RawJournal(journal) as rows:
            return cls(files=files, seq=rows.last_seq())

    def anew(self, journal: Path, until: int) -> tuple[str, ...]:
        """What has restricted trading since, up to the record ``until``, in words.

        Also where trading was as tight before: somebody meant it anew. The latch of a file that was seen is no news.
        Raises what keeps a journal from being read.
        """
        codes: dict[str, None] = {}
        with RawJournal(journal) as rows:
            for _, kind, body, _ in rows.checked(until, self.seq + 1):
                record = decode(kind, body)
                seen = record.observation
                if isinstance(seen, KillSwitchSeen) and seen.found in self.files:
                    continue
                changes = (event for event in record.events if isinstance(event, TradingStateChanged))
                codes.update((event.code, None) for event in changes)
        return tuple(sentence(each.code, each.numbers) for each in map(restricted_anew, codes))
