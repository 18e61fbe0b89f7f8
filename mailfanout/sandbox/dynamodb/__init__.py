"""DynamoDB at a cost that does not grow with the table, and as AWS answers."""
