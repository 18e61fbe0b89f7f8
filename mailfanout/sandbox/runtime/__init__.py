"""Execution environments: child processes that run functions, one event at a time."""
