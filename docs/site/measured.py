"""The measured tables of benchmarks/results as plots, a page of the documentation site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
DARK, LIGHT, GOAL = "#003f5c", "#8a6d00", "#a6003c"  # at least 4.5 to 1 on white
LINE = "The line is at 5%."
HEAD = """\
# The statistics, measured

How often the answers are wrong, and how often they find what is there: drawn from the tables of `benchmarks/results`
when this site was built, failures included. The drawn series (kinds A to D), seeds, versions and numbers of runs
are [with the tables](benchmarks/results/README.md); why it is done this way: [methods](docs/methods.md).
"""


def table(name: str) -> pd.DataFrame:
    """One table of the results."""
    return pd.read_csv(RESULTS / f"{name}.csv")


def size(ax: Axes) -> str:
    """Share of series without an effect in which the primary test speaks."""
    cells = table("calibration_primary")
    for place, (donors, rows) in enumerate(cells.groupby("donors")):
        spread = pd.Series(range(len(rows))) % 21 / 50 - 0.2  # so that marks do not hide each other
        ax.scatter(place + spread, rows["size"].to_numpy(), s=9, color=DARK, alpha=0.6, label=str(donors))
    donors = sorted(cells["donors"].unique())
    ax.set_xticks(range(len(donors)), [f"{n} others" for n in donors])
    ax.axhline(0.05, color=GOAL)
    ax.set(ylim=(0, 0.1), ylabel="called an effect, no effect there")
    low, high = cells["size"].min(), cells["size"].max()
    return f"{len(cells)} kinds of series, a mark each: {low:.1%} to {high:.1%} are called an effect. {LINE}"


def power(ax: Axes) -> str:
    """Power of the primary test and the most that is attainable, by the size of the true change."""
    rows = table("calibration_primary")
    rows = rows[(rows["treated"] == "random") & (rows["donors"] == 39)]
    ratios = ["1_3", "1_6", "2_5"]
    for word, color, style in (("power", DARK, "o-"), ("attainable", LIGHT, "s--")):
        means = [rows[f"{word}_{ratio}"].mean() for ratio in ratios]
        ax.plot(range(3), means, style, color=color, label={"power": "found", "attainable": "at most possible"}[word])
    ax.set_xticks(range(3), [f"calls x {ratio.replace('_', '.')}" for ratio in ratios])
    ax.set(ylim=(0, 1), ylabel="mean share found")
    ax.legend(frameon=False)
    found = [f"{rows[f'power_{ratio}'].mean():.0%} of changes by {ratio.replace('_', '.')}" for ratio in ratios]
    return f"Over all kinds of series with 39 others, on average {', '.join(found)} are found."


PEERS = {
    "ours": "kl_research",
    "newey_west": "Newey-West regression",
    "quasi_poisson": "quasi-Poisson regression",
    "causal_impact": "CausalImpact",
    "pycausalimpact": "pycausalimpact",
    "causalpy_least_squares": "CausalPy, least squares",
    "fepois_clustered": "Poisson fixed effects, clustered",
    "callaway_santanna": "Callaway & Sant'Anna",
}


def peers(ax: Axes) -> str:
    """The same, of tools as their documentation uses them."""
    cells = table("calibration_peers")
    for place, name in enumerate(PEERS):
        shares = cells[name].dropna()
        color = DARK if name == "ours" else LIGHT
        ax.plot([shares.min(), shares.max()], [place, place], color=color, lw=2)
        ax.scatter(shares, [place] * len(shares), s=22, color=color)
    ax.axvline(0.05, color=GOAL)
    ax.set_yticks(range(len(PEERS)), list(PEERS.values()))
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel="called an effect, no effect there")
    told = [f"{word} {cells[name].min():.0%} to {cells[name].max():.0%}" for name, word in PEERS.items()]
    return (
        "One municipality of 40 with an event and no effect, six kinds of series: "
        + "; ".join(told)
        + ". The line is at 5%."
    )


def real(ax: Axes) -> str:
    """Events that never were, in real data."""
    rows = table("calibration_real").dropna(subset="share_called")
    ax.barh(rows["panel"], rows["share_called"], color=DARK, height=0.6)
    ax.axvline(0.05, color=GOAL)
    ax.invert_yaxis()
    ax.set(xlim=(0, 0.1), xlabel="called an effect, no event there")
    told = [f"{row.panel} {row.share_called:.1%}" for row in rows.itertuples()]
    return f"Events at drawn months and places in public data: {'; '.join(told)}. The line is at 5%."


def growth(ax: Axes) -> str:
    """A municipality that grows by itself, told as an effect."""
    rows = table("attacks_growth")
    rows = rows[(rows["ratio"] == 1) & (rows["months_before"] == rows["months_before"].max())]
    for mean, color, style in zip(
        sorted(rows["mean"].unique()), (DARK, LIGHT, GOAL, "#444444"), ("o-", "s--", "^:", "v-."), strict=False
    ):
        one = rows[rows["mean"] == mean].sort_values("growth_percent")
        ax.plot(one["growth_percent"], one["claimed_after"], style, color=color, label=f"{mean:g} calls a month")
    ax.set(ylim=(0, 0.5), xlabel="own growth, per cent a month", ylabel="claimed as an effect")
    ax.legend(frameon=False)
    worst = rows.loc[rows["claimed_after"].idxmax()]
    return (
        f"With {rows['months_before'].iloc[0]} months before, growth of its own is claimed as an effect in "
        f"{rows['claimed_after'].min():.0%} to {worst['claimed_after']:.0%} of cases; most often with "
        f"{worst['mean']:g} calls and {worst['growth_percent']:g} per cent a month."
    )


def probability(ax: Axes) -> str:
    """How often a stated probability comes true."""
    rows = table("calibration_probability")
    rows = rows[(rows["truth"] == "right") & (rows["what"] == "rise")]
    ax.plot([0, 1], [0, 1], color=GOAL)
    ax.plot(rows["told"], rows["true"], "o", color=DARK)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of a rise that is stated", ylabel="share with a rise")
    gap = (rows["told"] - rows["true"]).abs().max()
    return f"What is stated and what came true are at most {100 * gap:.0f} points apart. On the line both are equal."


def alarms(ax: Axes) -> str:
    """False alarms of the early warning a year."""
    rows = table("alerts")
    season = rows["season"].map({True: ", season", False: ""})
    grows = rows["growth_a_month"].map(lambda share: f", grows {share:.1%}" if share else "")
    names = rows["mean_calls"].astype(str) + " calls, " + rows["noise"] + season + grows
    ax.errorbar(rows["false_alarms_per_year"], range(len(rows)), xerr=2 * rows["standard_error"], fmt="o", color=DARK)
    ax.axvline(rows["stated_rate"].iloc[0], color=GOAL)
    ax.set_yticks(range(len(rows)), names)
    ax.invert_yaxis()
    ax.set(xlim=(0, None), xlabel="false alarms a municipality and year")
    found = rows["false_alarms_per_year"]
    stated = rows["stated_rate"].iloc[0]
    return f"{stated} a year are stated, the line; {found.min():.2f} to {found.max():.2f} were measured, +- 2 errors."


PLOTS: list[tuple[str, Callable[[Axes], str], tuple[float, float], str]] = [
    ("False alarms of the primary test", size, (7, 3.6), "calibration_primary.csv"),
    ("What it finds", power, (7, 3.6), "calibration_primary.csv"),
    ("The same series through ordinary tools", peers, (7, 3.8), "calibration_peers.csv"),
    ("Fake events in real data", real, (7, 3), "calibration_real.csv"),
    ("A municipality that grows by itself", growth, (7, 3.6), "attacks_growth.csv"),
    ("Stated probabilities", probability, (4.6, 4.2), "calibration_probability.csv"),
    ("False alarms of the early warning", alarms, (7, 5.4), "alerts.csv"),
]


def write(source: Path) -> None:
    """Write the page and its plots into the folder that Sphinx reads."""
    (source / "measured").mkdir(parents=True, exist_ok=True)
    parts = [HEAD]
    with plt.rc_context(
        {
            "svg.hashsalt": "kl",
            "svg.fonttype": "none",
            "font.size": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    ):
        for title, draw, inches, file in PLOTS:
            figure, ax = plt.subplots(figsize=inches, layout="constrained")
            words = draw(ax)
            figure.savefig(source / "measured" / f"{draw.__name__}.svg", metadata={"Date": None})
            plt.close(figure)
            image = f"```{{image}} measured/{draw.__name__}.svg\n:alt: {words}\n```"
            parts.append(f"## {title}\n\n{image}\n\n{words}\n\nTable: `benchmarks/results/{file}`.\n")
    (source / "measured.md").write_text("\n".join(parts), encoding="utf-8")
