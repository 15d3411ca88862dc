"""What the check of a journal came to, or of a part of it."""

from typing import Any

import attrs
from attrs import Factory, define

from interlock.adapters.journal.snapshot_table import told
from interlock.adapters.journal.tally_table import PassedOver
from interlock.adapters.journal.tally_table import told as tallies_told
from interlock.runner.commands.journal_finding import Finding


# mutable: it counts
@define
class Checked:
    """What a check came to. ``chain_only`` says, by the run's record, which decisions were not made once more, and
    why; ``builds`` by which other builds records were made, ``said`` what was found out about the chapter before,
    ``passed_over`` which snapshots a start would not use, by the reason why, and ``tallies_passed_over`` which tallies
    a reader would not."""

    records: int = 0
    rederived: int = 0
    chain_only: dict[int, str] = Factory(dict)
    builds: list[str] = Factory(list)
    said: list[str] = Factory(list)
    passed_over: dict[str, list[int]] = Factory(dict)
    tallies_passed_over: PassedOver = Factory(dict)
    finding: Finding | None = None

    @property
    def notes(self) -> list[str]:
        """What was said, and what a start would say of the snapshots, and a reader of the tallies."""
        snapshots = (told(why, seqs) for why, seqs in self.passed_over.items())
        tallies = (tallies_told(why, firsts) for why, firsts in self.tallies_passed_over.items())
        return [*self.said, *snapshots, *tallies]

    def pass_over(self, why: object, seqs: list[int]) -> None:
        """Snapshots that cannot be used."""
        self.passed_over.setdefault(str(why), []).extend(seqs)

    def go_on(self, after: "Checked") -> None:
        """Add what the check of the next part came to. This one has found nothing wrong."""
        self.records += after.records
        self.rederived += after.rederived
        self.chain_only |= after.chain_only
        self.said += after.said
        self.builds += [build for build in after.builds if build not in self.builds]
        for why, seqs in after.passed_over.items():
            self.pass_over(why, seqs)
        for why, firsts in after.tallies_passed_over.items():
            self.tallies_passed_over.setdefault(why, []).extend(firsts)
        self.finding = after.finding

    def as_data(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "records": self.records,
            "rederived": self.rederived,
            "chain_only": [{"seq": seq, "why": why} for seq, why in self.chain_only.items()],
            "builds": self.builds,
            "notes": self.notes,
            "finding": attrs.asdict(self.finding) if self.finding is not None else None,
        }
