"""Calls to AWS and their answers, as boto3 and the wire have them."""
