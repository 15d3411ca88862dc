"""What a test tells the loopback venue to do, over a connection of its own."""

from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Final, Self

from interlock.core.reports import ExecutionReport
from interlock.testing.loopback.dialogue import Dialogue
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.protocol import report_said

SECONDS: Final = 20


class Commands:
    """Each command is carried out when its method returns."""

    def __init__(self, port: int) -> None:
        self._dialogue = Dialogue(port, SECONDS)

    def plan(self, move: Move, *, order: int = 0, orders: int = 1) -> None:
        """Do so with ``orders`` orders, from the one that reaches the wire as number ``order`` on; 0 is the next."""
        self._dialogue.ask({"do": "plan", "move": move, "order": order, "orders": orders}, SECONDS)

    def fill(self, client_order_id: str, quantity: Decimal, price: Decimal, now: datetime) -> None:
        """Fill an order now, truly or not: it may have ended, and have less left."""
        request = {"do": "fill", "client_order_id": client_order_id, "quantity": quantity, "price": price, "now": now}
        self._dialogue.ask(request, SECONDS)

    def tell(self, report: ExecutionReport) -> None:
        """Tell this as if it had happened."""
        self._dialogue.ask({"do": "tell", "report": report_said(report)}, SECONDS)

    def say(self, line: str, *, times: int = 1) -> None:
        """Say this line to everybody who trades, whatever it is; repeated, it is longer than a line may be."""
        self._dialogue.ask({"do": "say", "line": line, "times": times}, SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        self._dialogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
