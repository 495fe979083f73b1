#!/usr/bin/env python3
"""Draws curves as SVG: JSON on standard input, from benches/peers/run. usage: plots.py FOLDER"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# The same numbers give the same file.
matplotlib.rcParams["svg.hashsalt"] = "mirilla"
matplotlib.rcParams["font.size"] = 11

from matplotlib import pyplot  # noqa: E402 (after the backend is chosen)

COLORS = {"Mirilla": "#0b6e4f", "OpenCV": "#b5651d", "faiss": "#3f51b5", "numpy": "#888888"}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, plot in json.load(sys.stdin).items():
        figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
        for label, points in plot["lines"].items():
            x, y = zip(*points)
            axes.plot(x, y, marker="o", markersize=4, color=COLORS[label], label=label)
        axes.set_xlabel(plot["x"])
        axes.set_ylabel("CPU time, ms")
        if plot["log"]:
            axes.set_xscale("log")
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        # White also where the page is dark.
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, facecolor="white")
        pyplot.close(figure)


if __name__ == "__main__":
    main()
