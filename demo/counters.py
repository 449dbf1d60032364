"""Bytes that providers have sent to the site: python3 -c SOURCE NAMESPACE... Prints a JSON line four times a second until
its input ends: seconds since the start, and each namespace's counter. Reading a helper's /proc costs less than entering."""
import json
import select
import subprocess
import sys
import time

helpers = {name: subprocess.Popen(["ip", "netns", "exec", name, "sleep", "600"]) for name in sys.argv[1:]}


def sent(process):
    with open("/proc/%d/net/dev" % process.pid) as table:
        for line in table:
            name, _, numbers = line.partition(":")
            if name.strip() == "line":
                return int(numbers.split()[8])
    # Not inside its namespace yet.
    return None


while None in [sent(process) for process in helpers.values()]:
    time.sleep(0.05)
origin = time.monotonic()
tick = 0
try:
    while True:
        print(json.dumps({"at": time.monotonic() - origin, "bytes": {n: sent(p) for n, p in helpers.items()}}), flush=True)
        tick += 1
        if select.select([sys.stdin], [], [], max(0, origin + tick * 0.25 - time.monotonic()))[0]:
            break
finally:
    for process in helpers.values():
        process.kill()
