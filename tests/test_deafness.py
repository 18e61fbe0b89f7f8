"""The tests hear nothing of the AWS variables of the shell that runs them."""

from __future__ import annotations

import os

import boto3
import pytest

pytestmark = pytest.mark.slow


def test_no_variable_of_aws_is_left_but_that_there_is_no_configuration() -> None:
    left = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}

    assert left == dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)


def test_boto3_finds_neither_credentials_nor_a_region() -> None:
    session = boto3.Session()

    assert session.available_profiles == []
    assert session.region_name is None
