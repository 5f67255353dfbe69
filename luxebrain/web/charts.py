"""Charts as server-side SVG: readable without JavaScript, each with its figures in a table behind a toggle.

The one thing to know: positions across are percentages and heights are pixels, so that a chart fills any width while its text
keeps its size. Only paths need a coordinate system of their own: they lie in a nested, stretched SVG.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from markupsafe import Markup

TOP, PLOT, BOTTOM = 14, 180, 22  # pixels: above the highest line, the plot, the labels below
GRID_LINES = 4
MOST_LABELS = 8

Written = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """`is_open`: the period still runs, so its bar is drawn lighter."""

    label: str
    value: float
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """`value` None is a gap; `lower` and `upper` bound the interval of an estimate."""

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None


def bars(series: Sequence[Bar], *, title: str, unit: str, written: Written = "{:,.0f}".format) -> Markup:
    """A bar per entry, from zero. `title` is the finding, `unit` names the axis, `written` writes a figure."""
    if not series:
        return Markup("")
    top = _scale_top(max(bar.value for bar in series))
    step = 100 / len(series)
    drawn = Markup("").join(_bar(bar, at=index * step, width=step, top=top, written=written) for index, bar in enumerate(series))
    rows = Markup("").join(_row(bar.label + (" (so far)" if bar.is_open else ""), written(bar.value)) for bar in series)
    return _figure(title, unit, [_grid(top, written), drawn, _labels([bar.label for bar in series])], _table([unit], rows))


def line(series: Sequence[Point], *, title: str, unit: str, written: Written = "{:,.0f}".format) -> Markup:
    """A line with its interval as a band; a gap where a value is missing."""
    known = [figure for point in series for figure in (point.value, point.upper) if figure is not None]
    if not known:
        return Markup("")
    top = _scale_top(max(known))
    paths = Markup('<svg y="{}" width="100%" height="{}" viewBox="0 0 100 100" preserveAspectRatio="none">{}{}</svg>').format(
        TOP, PLOT, _band(series, top), _strokes(series, top)
    )
    rows = Markup("").join(
        _row(point.label, *(_maybe(figure, written) for figure in (point.value, point.lower, point.upper))) for point in series
    )
    table = _table([unit, "from", "to"], rows)
    return _figure(title, unit, [_grid(top, written), paths, _labels([point.label for point in series])], table)


def _scale_top(largest: float) -> float:
    """The next of 1, 2, 2.5, 4, 5, 8, 10 times a power of ten: grid lines then fall on figures that people like."""
    if largest <= 0:
        return 1.0
    magnitude: float = 10.0 ** floor(log10(largest))
    return next(factor * magnitude for factor in (1, 2, 2.5, 4, 5, 8, 10) if factor * magnitude >= largest)


def _bar(bar: Bar, *, at: float, width: float, top: float, written: Written) -> Markup:
    height = max(0.0, bar.value) / top * PLOT
    shape = Markup('<rect class="bar{}" x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}" rx="2"><title>{}: {}</title></rect>')
    box = (at + width * 0.12, TOP + PLOT - height, width * 0.76, height)
    return shape.format(" is-open" if bar.is_open else "", *box, bar.label, written(bar.value))


def _grid(top: float, written: Written) -> Markup:
    shape = Markup(
        '<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text class="scale" x="-8" y="{text:.1f}" text-anchor="end">{label}</text>'
    )
    heights = [(index / GRID_LINES, TOP + PLOT * (1 - index / GRID_LINES)) for index in range(1, GRID_LINES + 1)]
    lines = Markup("").join(shape.format(y=y, text=y + 4, label=written(top * share)) for share, y in heights)
    return lines + Markup('<line class="axis" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=TOP + PLOT)


def _labels(labels: Sequence[str]) -> Markup:
    every = max(1, -(-len(labels) // MOST_LABELS))
    shape = Markup('<text class="label{}" x="{:.2f}%" y="{}" text-anchor="middle">{}</text>')
    step, y = 100 / len(labels), TOP + PLOT + BOTTOM - 5
    shown = range(every // 2, len(labels), every)
    return Markup("").join(
        shape.format(" is-second" if nth % 2 else "", (index + 0.5) * step, y, labels[index]) for nth, index in enumerate(shown)
    )


def _strokes(series: Sequence[Point], top: float) -> Markup:
    path, pen_is_down = [], False
    for index, point in enumerate(series):
        if point.value is not None:
            path.append(f"{'L' if pen_is_down else 'M'}{_x(index, series):.2f} {_y(point.value, top):.2f}")
        pen_is_down = point.value is not None
    return Markup('<path class="line" d="{}"/>').format("".join(path))


def _band(series: Sequence[Point], top: float) -> Markup:
    bounded = [(at, point.lower, point.upper) for at, point in enumerate(series) if point.lower is not None and point.upper is not None]
    if len(bounded) < 2:
        return Markup("")
    there = [f"{_x(index, series):.2f} {_y(upper, top):.2f}" for index, _, upper in bounded]
    back = [f"{_x(index, series):.2f} {_y(lower, top):.2f}" for index, lower, _ in reversed(bounded)]
    return Markup('<path class="band" d="M{}Z"/>').format("L".join(there + back))


def _x(index: int, series: Sequence[Point]) -> float:
    return (index + 0.5) * 100 / len(series)


def _y(value: float, top: float) -> float:
    return 100 - max(0.0, value) / top * 100


def _maybe(value: float | None, written: Written) -> str:
    return "–" if value is None else written(value)


def _row(label: str, *figures: str) -> Markup:
    cells = Markup("").join(Markup('<td class="figure">{}</td>').format(figure) for figure in figures)
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(label, cells)


def _table(columns: Sequence[str], rows: Markup) -> Markup:
    heads = Markup("").join(Markup('<th scope="col" class="figure">{}</th>').format(column) for column in columns)
    head = Markup('<thead><tr><th scope="col">Period</th>{}</tr></thead>').format(heads)
    scroller = Markup('<div class="table-scroll is-short" tabindex="0" role="region" aria-label="Figures of the chart">{}</div>')
    table = Markup('<table class="table">{}<tbody>{}</tbody></table>').format(head, rows)
    return Markup('<details class="chart-table"><summary>Show the figures</summary>{}</details>').format(scroller.format(table))


def _figure(title: str, unit: str, drawing: Sequence[Markup], table: Markup) -> Markup:
    caption = Markup("<figcaption><strong>{}</strong> <span>{}</span></figcaption>").format(title, unit)
    height = TOP + PLOT + BOTTOM
    svg = Markup('<svg class="plot" width="100%" height="{}" role="img" aria-label="{}. {}.">').format(height, title, unit)
    return Markup('<figure class="chart">') + caption + svg + Markup("").join(drawing) + Markup("</svg>") + table + Markup("</figure>")
