"""An answer of a feed that is no item of the port: who gave it."""

from interlock.core.faults import WrongAnswer
from interlock.core.ports import MarketDataPort


def no_item(feed: MarketDataPort, answer: object) -> WrongAnswer:
    """What to raise: it would be taken for nothing, again and again, without a word. The adapter is named, and nothing
    that we put around it."""
    # Here, for hardly any run needs them, and most have none of them.
    from interlock.adapters.market_data.masked import MaskedFeed
    from interlock.adapters.market_data.on_worker import OnWorker
    from interlock.adapters.market_data.wrapping import WrappingFeed

    while isinstance(feed, WrappingFeed | MaskedFeed | OnWorker):  # ends: each stands around another
        feed = feed._feed
    return WrongAnswer(f"{type(feed).__name__}.next", f"answered with a {type(answer).__name__}")
