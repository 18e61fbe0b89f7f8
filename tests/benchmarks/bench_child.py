"""The least that can run a function in another process: JSON lines over a pipe."""

import json
import sys


def handler(event):
    return event


for line in sys.stdin:
    print(json.dumps(handler(json.loads(line))), flush=True)
