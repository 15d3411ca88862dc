"""Hypothesis strategies for the values that everything else is made of: words, times, amounts and the market's.

>>> from hypothesis import given
>>> from interlock.testing.market_strategies import bars
>>> @given(bars())
... def a_bar_closes_within_its_range(bar):
...     assert bar.low <= bar.close <= bar.high
>>> a_bar_closes_within_its_range()
"""

from datetime import MAXYEAR, UTC, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from interlock.core.market import Bar, DeclaredSplit, Instrument, Session
from interlock.core.reasons import Reason
from interlock.core.values import DECIMAL_DIGITS_MAX, WHOLE_BITS_MAX, WHOLE_DIGITS_MAX, Numbers

# -- words, times and amounts --------------------------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8"), max_size=20)
identifiers = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)
codes = st.sampled_from(Reason) | st.just("ACME.CODE")
times = st.datetimes(timezones=st.just(UTC))
counts = st.integers(min_value=0, max_value=10**6)


@st.composite
def amounts(draw: st.DrawFn, minimum: int = 0) -> Decimal:
    """Money, prices and quantities within the digit limits, not negative, in any spelling a ``Decimal`` has.

    ``minimum=1`` leaves zero out.
    """
    exponent = draw(st.integers(-DECIMAL_DIGITS_MAX, 3) | st.just(-2))
    digits = draw(st.integers(minimum, 10 ** min(WHOLE_DIGITS_MAX - exponent, 20) - 1) | st.integers(minimum, 10**4))
    return Decimal(f"{digits}E{exponent}")


positive_amounts = amounts(minimum=1)
signed_amounts = st.builds(lambda amount, sign: amount if sign else -amount, amounts(), st.booleans())
# Text that reads like an amount, or nearly, is where a codec goes wrong.
awkward_texts = st.sampled_from(["7203", "-1", "1.50", "007", "1E+5", "1e5", "NaN", "", "٣", "2000-03-01T21:00:00Z"])
# Beyond any amount of money, since a rule or strategy may record what it likes.
any_decimals = st.decimals(allow_nan=False, allow_infinity=False) | st.just(Decimal("1E+999")) | st.just(Decimal("-0"))
whole_numbers = st.integers(1 - 2**WHOLE_BITS_MAX, 2**WHOLE_BITS_MAX - 1)
scalars = signed_amounts | any_decimals | whole_numbers | texts | awkward_texts
numbers: st.SearchStrategy[Numbers] = st.dictionaries(texts, scalars, max_size=3)

# -- the market ----------------------------------------------------------------------------------------------------


@st.composite
def bars(draw: st.DrawFn, instrument: str = "AAPL") -> Bar:
    """Any good bar of ``instrument``."""
    low, one, other, high = sorted(draw(st.tuples(*[positive_amounts] * 4)))
    opens, closes = draw(st.permutations((one, other)))
    return Bar(
        instrument=instrument,
        ts_event=draw(times),
        open=opens,
        high=high,
        low=low,
        close=closes,
        volume=draw(amounts()),
    )


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Any session of up to a day."""
    opens = draw(times.filter(lambda at: at.year < MAXYEAR))
    return Session(open=opens, close=opens + draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=1))))


instruments = st.builds(
    Instrument,
    symbol=names,
    tick_size=positive_amounts,
    lot_size=positive_amounts,
    calendar=st.sampled_from(["XNYS", "24/7"]),
    splits=st.lists(st.builds(DeclaredSplit, ex_date=st.dates(), ratio=positive_amounts), max_size=2).map(tuple),
)
