"""Recipients: checked as they come from a CSV file or a DataFrame, and in the pipeline's table."""
