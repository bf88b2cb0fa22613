"""The heavy imports of a worker, at half their price: imported for its effect, by the server workers are forked from.

jsonschema builds the grammar of internationalised addresses when it finds the package `rfc3987_syntax`, which
JupyterLab brings along: 1.3 s for a format no notebook has. While these imports last the package is taken as
absent, a case jsonschema is made for; nothing installed is changed.
"""

from __future__ import annotations

import sys

_SLOW = "rfc3987_syntax"
_hidden = _SLOW not in sys.modules
if _hidden:
    sys.modules[_SLOW] = None  # type: ignore[assignment]
try:
    import papermill  # noqa: F401

    from kl_research.batch import engine  # noqa: F401
finally:
    if _hidden:
        del sys.modules[_SLOW]
