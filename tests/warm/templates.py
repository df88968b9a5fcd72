# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compiled Jinja templates in files, for all processes of all playbooks: each task is a process that would compile its templates again.

Jinja keeps templates that it loads from files in the same way (its BytecodeCache); most of Ansible's are strings, which it does not.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import pathlib
import types
import typing as t

from jinja2 import Environment
from jinja2 import environment

from ansible._internal._templating import _jinja_bits

# What the lexer, the parser and the generator of code read of an environment, besides the names of its filters.
SETTINGS = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "line_statement_prefix",
    "line_comment_prefix",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
    "keep_trailing_newline",
    "optimized",
    "autoescape",
)


def keep_compiled(folder: str) -> None:
    """Make this process and its forks look for compiled templates in the folder, and keep there what they compile."""
    whole, expression = Environment.compile, _jinja_bits.AnsibleEnvironment.compile_expression
    compiled = _Kept(pathlib.Path(folder))

    def compile_whole(self, source, name=None, filename=None, raw=False, defer_init=False):
        make = lambda: whole(self, source, name, filename, raw, defer_init)  # noqa: E731
        if raw or defer_init:
            return make()
        if isinstance(source, str):
            return compiled.get(_key(self, source, name, filename), make)
        key = self.__dict__.pop("expression_to_compile", None)
        return compiled.get(key, make) if key else make()

    def compile_expression(self, source, undefined_to_none=True):
        key = _key(self, source, "an expression", None)
        code = compiled.read(key)
        if code is None:
            self.expression_to_compile = key  # compile_whole gets its tree
            return expression(self, source, undefined_to_none)
        made = self.template_class.from_code(self, code, self.make_globals(None), None)
        return environment.TemplateExpression(made, undefined_to_none)

    Environment.compile = compile_whole
    _jinja_bits.AnsibleEnvironment.compile_expression = compile_expression


def _key(self: Environment, source: str, name: str | None, filename: str | None) -> str:
    context = _jinja_bits._TemplateCompileContext.current(optional=True)
    filters = sorted(self.filters) if filename else ()  # those of Ansible are loaded when they are asked for
    settings = [type(self).__name__, *(getattr(self, setting) for setting in SETTINGS), *filters]
    parts = (str(settings), str(context and context.escape_backslashes), str(name), str(filename), source)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class _Kept:
    """Code objects by key, a file each."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def read(self, key: str) -> types.CodeType | None:
        try:
            return marshal.loads((self.folder / key).read_bytes())
        except FileNotFoundError:
            return None

    def get(self, key: str, make: t.Callable[[], types.CodeType]) -> types.CodeType:
        code = self.read(key)
        if code is None:
            code = make()
            new = self.folder / f"{key}.{os.getpid()}"
            new.write_bytes(marshal.dumps(code))
            new.rename(self.folder / key)  # nobody reads half of it
        return code
