"""One style for every figure: few inks, told apart by lightness, line and marker as well as by hue."""

from __future__ import annotations

from typing import Any

# Okabe-Ito hues, darkened so that each has 3:1 against white and against the dark page; ink follows the text colour.
INK = "#1a1a1a"
PAPER = "#ffffff"
# On a filled tile the text must not follow the page into dark mode.
INK_FIXED = "#111111"
PAPER_FIXED = "#fefefe"
QUIET = "#767676"
BLUE = "#2a78b5"
PALE = "#7f9fbb"
ORANGE = "#c4621a"
GRID = "#8c8c8c"

WIDTH = 6.0
HEIGHT = 3.4

RC: Any = {
    "svg.hashsalt": "kl_research",  # the same figure gives the same bytes
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name with dollar signs is a name
    "font.size": 10,
    "font.family": ["DejaVu Sans"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "grid.alpha": 0.35,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.figsize": (WIDTH, HEIGHT),
    "figure.constrained_layout.use": True,
}


def load_backend() -> None:
    """Load matplotlib's backend before the style is put on for a while.

    In a notebook the first figure loads it, which turns drawing at the end of a cell on; that would be undone with
    the style, and the reader's own figures would not show.
    """
    import matplotlib.pyplot as plt

    plt.draw_if_interactive()
