"""The README's examples, run again: ``python tests/readme.py`` rewrites what they print."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from sco_pipeline import pipeline
from sco_pipeline.cli import app

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_CONSOLE = re.compile(r"(```console\n)(\$ \.venv/bin/sco-pipeline (?:sql|show).*?)(?=```)", re.S)
_PYTHON = re.compile(r"(```pycon\n)(.*?)(?=```)", re.S)
_COMMAND = re.compile(r"^\$ \.venv/bin/sco-pipeline (.*?[^\\])\n(?!  )", re.S | re.M)


def render(text: str, warehouse: Path) -> str:
    """Replace what the examples print by what they print over ``warehouse``."""
    text = _CONSOLE.sub(lambda block: block[1] + _run_command(block[2], warehouse), text)
    return _PYTHON.sub(lambda block: block[1] + _run_python(block[2], warehouse), text)


def _run_command(block: str, warehouse: Path) -> str:
    command = _COMMAND.match(block)
    assert command, block
    arguments = shlex.split(command[1].replace("\\\n", " "))
    result = CliRunner().invoke(app, [*arguments, "--warehouse", str(warehouse)])
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    return command[0] + "\n".join(lines) + "\n"


def _run_python(block: str, warehouse: Path) -> str:
    names: dict[str, object] = {}
    printed = []
    for line in block.splitlines():
        if not line.startswith(">>> "):
            continue
        printed.append(line)
        out = io.StringIO()
        code = line.removeprefix(">>> ").replace("warehouse/", f"{warehouse}/")
        with contextlib.redirect_stdout(out):
            exec(compile(code, "README.md", "single"), names)
        printed += [row.rstrip() for row in out.getvalue().splitlines()]
    return "\n".join(printed) + "\n"


def main() -> None:
    """Build from raw/ and rewrite README.md."""
    os.environ["COLUMNS"] = "200"
    with tempfile.TemporaryDirectory() as folder:
        pipeline.build(ROOT / "raw", Path(folder))
        README.write_text(render(README.read_text("utf-8"), Path(folder)), "utf-8")


if __name__ == "__main__":
    main()
