"""Create and delete the AWS resources of the pipeline: each by its function, or all at once."""
