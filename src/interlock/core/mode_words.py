"""For people: what each run mode does, row by row, beside the table that is obeyed (``modes``). Words alone."""

from typing import Final

from interlock.core.modes import RunMode

MODE_WORDS: Final[dict[str, dict[RunMode, str]]] = {
    "market data": {
        RunMode.SIM: "simulated, or a file as fast as it reads; an endless source is paced unless bounded",
        RunMode.PAPER: "a file or the simulator at a stated pace",
        RunMode.LIVE: "a live feed that is installed: none is shipped",
    },
    "clock": {
        RunMode.SIM: "follows the data",
        RunMode.PAPER: "a replay clock that runs by itself",
        RunMode.LIVE: "the system's clock",
    },
    "execution": {
        RunMode.SIM: "paper venue",
        RunMode.PAPER: "paper venue",
        RunMode.LIVE: "a live adapter that is installed, behind a gate: none is shipped",
    },
    "credentials": {
        RunMode.SIM: "never read",
        RunMode.PAPER: "those of the market data alone",
        RunMode.LIVE: "read once, and only with --live",
    },
    "durability": {
        RunMode.SIM: "records are committed in groups: nothing leaves the process",
        RunMode.PAPER: "records are committed before an order is handed to the venue",
        RunMode.LIVE: "records are committed before an order is handed to the venue",
    },
    "starts": {
        RunMode.SIM: "whenever it is asked for; a configuration that names a live adapter is refused",
        RunMode.PAPER: "where the file says so; a configuration that names a live adapter is refused",
        RunMode.LIVE: "where the file says so and --live is given, to watch and to reduce; entries need an arming",
    },
}
