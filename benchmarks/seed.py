"""The seed of everything the tables report. No constant of the package was chosen on it.

To choose one, draw other panels: `SEED=7 python benchmarks/attacks.py growth`, without storing the table.
"""

import os

SEED = int(os.environ.get("SEED", "20261201"))
