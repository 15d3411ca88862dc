"""The charts, as the library's own description of them: plain data, from which it draws in the browser.

No text that comes from data is among it but reason codes, which go through ``label``: the library reads some HTML in
what it shows.
"""

from typing import Any, Final

from interlock.core.trading_state import TradingState
from interlock.runner.report.marks import SHAPES, Mark, MarkKind
from interlock.runner.report.reading import Reading
from interlock.runner.report.reasons import Columns
from interlock.runner.report.series import Bucket, Drawn, between, drawn, milliseconds

Figure = dict[str, Any]

# In the place of the times of the buckets, which most traces share: they stand in the page once.
SHARED: Final = "@times"

# Each is told apart on white and on black; no two marks rely on them (see marks.SHAPES).
BLUE, GREEN, RED, ORANGE, PURPLE, GREY = "#3b82c4", "#2e9160", "#d0494b", "#b8741a", "#8d63c9", "#7a828c"
_COLOURS: Final = {
    MarkKind.ENTRY: GREEN,
    MarkKind.EXIT: ORANGE,
    MarkKind.DENIAL: RED,
    MarkKind.SPLIT: PURPLE,
    MarkKind.HALT: RED,
}
_STACK: Final = (BLUE, GREEN, ORANGE, PURPLE, RED, "#5b9bb5", "#a0853c", "#a35d8f", GREY)
_PATTERNS: Final = ("", "/", "x", ".", "\\", "-", "+", "|", "")
# Lines across the chart: more would hide the price.
_LINES_MAX: Final = 40
_LABEL_MAX: Final = 60


def label(text: str) -> str:
    """Text from outside as the library shows it, and takes nothing in it for HTML."""
    plain = "".join(char if char.isprintable() else "?" for char in text[:_LABEL_MAX])
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def figures(reading: Reading, into: list[Bucket]) -> dict[str, Any]:
    """``times``, the ends of the buckets in milliseconds, and ``charts`` by their names; none without a bar to draw."""
    series = reading.series
    ends = [series.times[bucket.last] for bucket in into]
    if not ends:
        return {"times": [], "charts": {}}
    price = between(series.closes, series.lows, series.highs, into)
    marks = reading.marks.over(ends)
    charts = {
        "price": _figure([*_band(price, "close", "high to low"), *_marked(marks)], "price", shapes=_lines(marks)),
        "equity": _figure(_band(drawn(series.equities, into), "equity", "range within"), "equity"),
        "drawdown": _figure(_band(drawn(series.drawdowns, into), "drawdown", "range within"), "drawdown"),
        "position": _figure(_band(drawn(series.positions, into), "position", "range within", "hv"), "units"),
        "states": _states(reading, ends[0], ends[-1]),
        "reasons": _reasons(reading.reasons.columns(len(series)), reading),
    }
    return {"times": ends, "charts": charts}


def _figure(traces: list[Figure], unit: str, **layout: Any) -> Figure:
    return {"data": traces, "layout": {"yaxis": {"title": {"text": unit}}, **layout}}


def _line(times: list[int] | str, values: list[float], name: str, shape: str, **more: Any) -> Figure:
    line = {"color": BLUE, "width": 1.5, "shape": shape}
    return {"type": "scatter", "mode": "lines", "x": times, "y": values, "name": name, "line": line, **more}


def _band(of: Drawn, name: str, within: str, shape: str = "linear") -> list[Figure]:
    """A line through the last of each bucket, and the range within each where there is one."""
    line = _line(SHARED, of.last, name, shape)
    if of.least == of.greatest:
        return [line]
    none = {"color": GREY, "width": 0, "shape": shape}
    edge = {"line": none, "hoverinfo": "skip", "showlegend": False, "legendgroup": "range"}
    upper = _line(SHARED, of.greatest, "", shape) | edge
    lower = _line(SHARED, of.least, within, shape) | edge | {"fill": "tonexty", "showlegend": True}
    return [upper, lower | {"fillcolor": "rgba(122,130,140,0.35)"}, line]


def _marked(marks: list[Mark]) -> list[Figure]:
    traces = []
    for kind, shape in SHAPES.items():
        found = [mark for mark in marks if mark.kind is kind]
        if not found:
            continue
        marker = {"symbol": shape, "size": 9, "color": _COLOURS[kind], "line": {"width": 1.5, "color": _COLOURS[kind]}}
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": kind.value,
                "x": [mark.at for mark in found],
                "y": [mark.price for mark in found],
                "text": [_mark_told(mark) for mark in found],
                "customdata": [mark.seq for mark in found],
                "hovertemplate": "%{text}<br>%{x}<br>%{y}<extra></extra>",
                "marker": marker,
            }
        )
    return traces


def _mark_told(mark: Mark) -> str:
    if mark.count == 1:
        return f"{mark.kind.value}: record {mark.seq}"
    return f"{mark.count:,} times {mark.kind.value}: records {mark.seq} to {mark.until}"


def _lines(marks: list[Mark]) -> list[Figure]:
    """A line from top to bottom at each split (dashes) and each restriction (dots)."""
    dashes = {MarkKind.SPLIT: "dash", MarkKind.HALT: "dot"}
    return [
        {
            "type": "line", "x0": mark.at, "x1": mark.at, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": _COLOURS[mark.kind], "width": 1, "dash": dashes[mark.kind]},
        }
        for mark in [mark for mark in marks if mark.kind in dashes][:_LINES_MAX]
    ]  # fmt: skip


def _states(reading: Reading, first: int, last: int) -> Figure:
    names = [state.value for state in TradingState]
    times = [max(first, milliseconds(change.at)) for change in reading.changes]
    levels = [change.state.value for change in reading.changes]
    texts = [label(change.code) or "not restricted" for change in reading.changes]
    trace = _line([*times, last], [], "trading state", "hv") | {"y": [*levels, levels[-1]], "text": [*texts, texts[-1]]}
    axis = {"type": "category", "categoryorder": "array", "categoryarray": names[::-1], "range": [-0.3, 2.3]}
    return {"data": [trace | {"hovertemplate": "%{y}: %{text}<br>%{x}<extra></extra>"}], "layout": {"yaxis": axis}}


def _reasons(columns: Columns, reading: Reading) -> Figure:
    series = reading.series
    last = len(series) - 1
    starts = [series.times[start] for start in columns.starts]
    ends = [series.times[min(start + columns.size - 1, last)] for start in columns.starts]
    middles = [(start + end) // 2 for start, end in zip(starts, ends, strict=True)]
    widths = [max(end - start, 1) for start, end in zip(starts, ends, strict=True)]
    named = [(f"{outcome.value} {label(code)}", counts) for (outcome, code), counts in columns.drawn]
    if any(columns.others):
        named.append(("all other reasons", columns.others))
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": middles,
            "y": counts,
            "width": widths,
            "marker": {"color": _STACK[place], "pattern": {"shape": _PATTERNS[place], "fillmode": "overlay"}},
        }
        for place, (name, counts) in enumerate(named)
    ]
    layout = {"barmode": "stack", "yaxis": {"title": {"text": "decisions"}}}
    return {"data": traces, "layout": layout}
