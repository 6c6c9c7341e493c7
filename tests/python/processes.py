"""Code that needs a Python of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def in_process(code: str, **env: str) -> str:
    """What the code prints. It must end well."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **env},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
