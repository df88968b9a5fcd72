#!/bin/sh
# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# Finds a Python that really runs (3.11 or newer, with venv) and hands over to tools/dev.py.
# PYTHON=/path/to/python3 chooses one.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

# A name on PATH proves nothing: pyenv leaves shims for versions that are not selected. Run it, and ask for its real path.
real() {
    "$1" -I -c 'import sys
import ensurepip, venv
assert sys.version_info >= (3, 11)
print(getattr(sys, "_base_executable", None) or sys.executable)' 2>/dev/null
}

choose() {
    for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3.13 python3.14 python3 \
        "${PYENV_ROOT:-${HOME:-/}/.pyenv}"/versions/3.1[1-4]*/bin/python3 /opt/homebrew/bin/python3 /usr/local/bin/python3; do
        if real "$candidate"; then
            return 0
        elif [ "$candidate" = "${PYTHON:-}" ]; then
            echo "PYTHON=$PYTHON does not run, is older than 3.11 or lacks the modules venv and ensurepip." >&2
            return 1
        fi
    done
    echo "Python 3.11 or newer with venv and ensurepip was not found (on Debian: apt-get install python3 python3-venv)." >&2
    echo "Set PYTHON=/path/to/python3 to choose one." >&2
    return 1
}

PYTHON=$(choose) || exit 2
export PYTHON
exec "$PYTHON" -I -B "$here/dev.py" "$@"
