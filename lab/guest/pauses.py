"""Tells when this machine stood still: prints how long each pause was (ms), as it ends. Ends with its input.

It comes before every other process, so that a machine that is only busy does not seem to stand still.
"""
import os
import select
import sys
import time

INTERVAL = 0.02
NOTEWORTHY = 0.1

os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
print("ready", flush=True)
last = time.monotonic()
while not select.select([sys.stdin], [], [], INTERVAL)[0]:
    now = time.monotonic()
    if now - last > INTERVAL + NOTEWORTHY:
        print(round((now - last) * 1000), flush=True)
    last = now
