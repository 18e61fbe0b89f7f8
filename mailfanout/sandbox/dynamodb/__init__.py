"""DynamoDB at a cost that does not grow with the table, and as AWS answers."""

from __future__ import annotations

from mailfanout.sandbox.dynamodb import descriptions, expressions, reads, values, writes

__all__ = ["descriptions", "expressions", "reads", "values", "writes"]
