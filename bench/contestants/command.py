"""Runs a command as a process of its own and reports what it took from start to end, start-up included.

`--command=` is a JSON list in which `{folder}` stands for the folder of the run; `--copy=` names a folder whose files are
copied there first, for a command that changes them in place; `--rows=` is what the command handles.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time

from contestant import option, report, resident_bytes

folder = option("folder")
command = [part.replace("{folder}", folder) for part in json.loads(option("command"))]
copied = option("copy")
if copied:
    shutil.copytree(copied, folder, dirs_exist_ok=True)
environment = {**os.environ, "RUN_FOLDER": folder, "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}

started = time.perf_counter()
done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
seconds = time.perf_counter() - started
if done.returncode != 0:
    sys.exit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stdout[-4000:]}")
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
report(
    {
        "rows": int(option("rows")),
        "seconds": seconds,
        "cpuSeconds": spent.ru_utime + spent.ru_stime,
        "peakMemoryBytes": spent.ru_maxrss * 1024,
        "startMemoryBytes": resident_bytes(),
    }
)
