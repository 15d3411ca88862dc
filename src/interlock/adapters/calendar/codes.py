"""The names that a calendar may have, known without the library that brings the calendars."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

# Codes and aliases of exchange_calendars 4.13: a table of ours, for asking it costs a second (it imports pandas).
CODES: Final = frozenset(
    """
    24/5 24/7 AIXK ARCX ASEX ASX BATS BMF BSE BVB BVMF CBOT CFE CME CMES COMEX FWB HKEX ICE ICEUS IEPA JKT JPX LSE LUXSE
    NASDAQ NYFE NYMEX NYSE OOTC OSE SIX SSE TASE TSX XAMS XASE XASX XBDA XBEL XBKK XBOG XBOM XBRA XBRU XBSE XBUD XBUE
    XCBF XCSE XCYS XDUB XDUS XEEE XETR XEUR XFRA XHAM XHEL XHKG XICE XIDX XIST XJSE XKAR XKLS XKRX XLIM XLIS XLIT XLJU
    XLON XLUX XMAD XMEX XMIL XMOS XNAS XNYS XNZE XOSL XPAR XPHS XPRA XRIS XSAU XSES XSGO XSHG XSTO XSTU XSWX XTAE XTAI
    XTAL XTKS XTSE XTSX XWAR XWBO XZAG us_futures
    """.split()  # noqa: SIM905 - a list of strings would be a hundred lines
)
_NEAR_MAX: Final = 3


def advice(code: str, codes: Collection[str] = CODES) -> str:
    """What was probably meant by ``code``, which is no calendar."""
    near = get_close_matches(code.upper(), sorted(codes), n=_NEAR_MAX, cutoff=0.5)
    if not near:
        return "New York is XNYS, London XLON, a market without end 24/7"
    # Of those that are equally near, the one that begins alike: a slip is rarely in the first letters.
    near.sort(key=lambda each: -_alike(code.upper(), each))
    return f"did you mean {' or '.join(near)}?"


def _alike(one: str, other: str) -> int:
    """How many letters the two begin with alike."""
    pairs = list(zip(one, other, strict=False))
    return next((place for place, (left, right) in enumerate(pairs) if left != right), len(pairs))
