"""Random panels against the attack of tests/findings/test_release.py: `python -m benchmarks.disclosure`."""

from __future__ import annotations

from tests.findings.test_release import draw, recovered

PANELS = 1000


def main() -> None:
    """Print how many panels gave a small count away, and which."""
    found = {seed: lost for seed in range(1000, 1000 + PANELS) if (lost := recovered(draw(seed), "461"))}
    print(f"{PANELS} panels, {len(found)} with a small count recovered")
    for seed, lost in found.items():
        print(seed, lost)


if __name__ == "__main__":
    main()
