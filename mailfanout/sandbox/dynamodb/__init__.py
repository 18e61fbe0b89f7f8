"""DynamoDB at a cost that does not grow with the table, and as AWS answers."""

from __future__ import annotations

from mailfanout.sandbox.dynamodb import expressions, reads, values, writes

__all__ = ["expressions", "reads", "values", "writes"]
