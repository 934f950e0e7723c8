"""What every recorded comparison says of the machine, and how it is written."""

import datetime
import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path


def check_output(command):
    result = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.stderr.write(result.stderr)
        raise SystemExit(f"{command[0]} {command[1]} failed with {result.returncode}")
    return result.stdout


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def document(experiment, packages, binaries):
    """An experiment without rows; the machine as the engine's own documents describe it."""
    command = [Path(binaries) / "repvgg-bench", "system", "--format", "json"]
    return {
        "schema_version": 1, "experiment": experiment,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "cpu": cpu_name(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "system": json.loads(check_output(command))["system"], "rows": [],
    }


def write(path, contents):
    """The file is whole at any time."""
    temporary = Path(f"{path}.part")
    temporary.write_text(json.dumps(contents, indent=1) + "\n")
    os.replace(temporary, path)
