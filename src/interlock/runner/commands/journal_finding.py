"""What a check of a journal found."""

from attrs import frozen


@frozen(kw_only=True)
class Finding:
    """What is wrong first: with which record, with what in it, what is there, and what should be."""

    seq: int | None
    what: str
    recorded: str
    derived: str


class Found(Exception):
    """The first thing that is wrong. ``seq`` is None where it is no record."""

    def __init__(self, seq: int | None, what: str, recorded: str = "", derived: str = "") -> None:
        super().__init__(what)
        self.finding = Finding(seq=seq, what=what, recorded=recorded, derived=derived)
