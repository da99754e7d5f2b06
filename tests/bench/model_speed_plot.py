# SPDX-License-Identifier: Apache-2.0
"""The plot of model_speed.py: seconds as images, prompt tokens and sequences grow, with the least that the machine's read
bandwidth and products allow. SVG by hand, so that no test needs a plotting library."""

WIDTH, HEIGHT, PANEL, LEFT, TOP = 1140, 380, 320, 60, 60
COLOURS = {"f32": "#555555", "bf16": "#1f6fb4", "int8": "#c8501e", "int4": "#2a8f4a"}
PANELS = (("vision", "images of depth 4", lambda entry: entry["depth"] == 4), ("prefill", "tokens of the prompt", lambda entry: True),
          ("decode", "sequences, one token each", lambda entry: True))


def points(figures, kind, wanted):
    """(size, median, lowest, highest, seconds of bytes, seconds of operations), of one step for decode."""
    limits = figures["limits"]
    operations = max(limits["f32_operations_per_s"], limits["bf16_operations_per_s"])
    for entry in figures["runs"]:
        if entry["kind"] == kind and wanted(entry):
            steps = entry["per_s"] * entry["median_s"] / entry["size"] if kind == "decode" else 1
            yield (entry["size"], *(value / steps for value in (entry["median_s"], entry["lowest_s"], entry["highest_s"],
                                                                entry["bytes"] / limits["read_bytes_per_s"],
                                                                entry["operations"] / operations)))


def ticks(largest):
    """Round numbers from 0 to above the largest."""
    step = next(base * 10 ** power for power in range(-6, 6) for base in (1, 2, 5) if base * 10 ** power * 5 >= largest)
    return [step * i for i in range(6)]


def text(x, y, words, anchor="middle", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def line(pairs, colour, dashes=""):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dashed}/>'


def panel(series, kind, title, wanted, left):
    bottom, right = HEIGHT - 60, left + PANEL - 60
    drawn = {name: list(points(figures, kind, wanted)) for name, figures in series.items()}
    every = [point for list_of in drawn.values() for point in list_of]
    if not every:
        return
    across, up = ticks(max(point[0] for point in every)), ticks(max(point[3] for point in every))

    def place(size, seconds):
        return left + (right - left) * size / across[-1], bottom - (bottom - TOP) * seconds / up[-1]

    yield f'<rect x="{left}" y="{TOP}" width="{right - left}" height="{bottom - TOP}" fill="none" stroke="#999999"/>'
    for value in across:
        yield text(place(value, 0)[0], bottom + 16, f"{value:g}")
    for value in up:
        yield text(left - 5, place(0, value)[1] + 4, f"{value:.3g}", "end")
    yield text((left + right) / 2, bottom + 36, title)
    for name, list_of in drawn.items():
        colour = COLOURS[name]
        yield line([place(point[0], point[4]) for point in list_of], colour, "2,3")
        yield line([place(point[0], point[5]) for point in list_of], colour, "7,4")
        yield line([place(point[0], point[1]) for point in list_of], colour)
        for size, median, lowest, highest, _, _ in list_of:
            (x, y), (_, top), (_, low) = place(size, median), place(size, highest), place(size, lowest)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{low:.1f}" stroke="{colour}"/>'


def svg(series):
    """series: type -> figures of one model."""
    first = next(iter(series.values()))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(LEFT, 22, f"Seconds; {first['model']}; {first['processor']}, {first['threads']} threads. Solid: measured. "
                  "Dotted: bytes, dashed: operations, at the machine's limits.", "start", 13)]
    for i, name in enumerate(series):
        parts.append(f'<rect x="{LEFT + 90 * i}" y="34" width="12" height="12" fill="{COLOURS[name]}"/>')
        parts.append(text(LEFT + 90 * i + 17, 45, name, "start"))
    for i, (kind, title, wanted) in enumerate(PANELS):
        parts.extend(panel(series, kind, title, wanted, LEFT + i * (PANEL + 50)))
    return "\n".join([*parts, "</svg>", ""])
