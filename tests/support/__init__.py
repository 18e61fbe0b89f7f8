"""What tests share: `from support.waiting import wait_until`, wherever the test stands.

sandboxes       sandboxes to test in, what stands beside one, and an account in it
calls           calls to AWS and their answers, as boto3 and the wire have them
every_operation a call of each operation that the sandbox answers itself
parts           parts of a pipeline, and what is put into them
reliable        the reliable handlers in memory, and their stories
lessons         lessons, learners' copies and kernels; `notebooks` runs and executes them
sessions        how a run of pytest is ordered, and what it need not do twice
waiting         waiting on a condition; `ports`, `command_line`, `figures`
"""
