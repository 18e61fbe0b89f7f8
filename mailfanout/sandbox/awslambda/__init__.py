"""AWS Lambda: which functions there are, what may be asked of them, and their invocations."""
