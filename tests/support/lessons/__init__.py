"""Lessons, learners' copies and kernels."""
