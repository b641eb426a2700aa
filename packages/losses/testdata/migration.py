"""Runs the Python programs of docs/guide/migration.md and keeps what they print.

    python packages/losses/testdata/migration.py    (needs torch, lightly, pytorch-metric-learning)
"""

import contextlib
import io
import json
import pathlib
import re

root = pathlib.Path(__file__).resolve().parents[3]
page = (root / "docs/guide/migration.md").read_text()
printed = []
for program in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "migration.md", "exec"), {})
    printed.append(float(out.getvalue()))
(root / "packages/losses/testdata/migration.json").write_text(json.dumps({"printed": printed}, indent=2) + "\n")
