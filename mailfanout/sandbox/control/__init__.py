"""The one door to the sandbox: its process, its client, and its faults."""
