"""Where the pipeline runs: the sandbox, another endpoint, or AWS; and how AWS is waited for."""
