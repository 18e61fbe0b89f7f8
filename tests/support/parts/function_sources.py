"""Functions' sources, for whoever invokes them."""

from __future__ import annotations

ECHO = "def lambda_handler(event, context):\n    return event\n"
PROCESS_ID = "import os\ndef lambda_handler(event, context):\n    return os.getpid()\n"
# Says that it runs, then waits for a file's deletion: its event is the file's name.
HOLD = """
import os, time
def lambda_handler(event, context):
    open(event, "w").close()
    while os.path.exists(event):
        time.sleep(0.005)
    return os.getpid()
"""
FAIL = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"
CONTEXT = """
def lambda_handler(event, context):
    return {
        "arn": context.invoked_function_arn,
        "version": context.function_version,
        "stream": context.log_stream_name,
        "group": context.log_group_name,
    }
"""
