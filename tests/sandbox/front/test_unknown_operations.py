"""What moto does not know is answered once, and nothing else is done in its place."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from moto.core.utils import get_service_model
from moto.s3.responses import S3Response

from mailfanout.sandbox.calls import ApiCall, read_call
from mailfanout.sandbox.front.operations import is_taken_for_another
from mailfanout.sandbox.http.refusals import Refused
from mailfanout.target import Target
from support.calls.on_the_wire import written
from support.calls.refusals import refusal

S3: Any = get_service_model("s3")
BUCKET = {"Bucket": "stays-as-it-is"}
# Parts of objects and buckets, by what follows the question mark in the paths of operations.
OF_PARTS = {
    name: found[1]
    for name in S3.operation_names
    if (found := re.search(r"\?([\w-]+)", S3.operation_model(name).http["requestUri"]))
}
# moto finds these elsewhere than where it looks for the other parts.
FOUND_ELSEWHERE = {"DeleteObjects", "ListObjectsV2"}


@pytest.mark.slow
def test_a_part_of_a_bucket_is_not_deleted_with_its_bucket(mailfanout_target: Target) -> None:
    s3 = mailfanout_target.client("s3")
    s3.create_bucket(**BUCKET)

    refused = [
        refusal(s3.delete_bucket_metrics_configuration, **BUCKET, Id="a"),
        refusal(s3.delete_bucket_inventory_configuration, **BUCKET, Id="a"),
        refusal(s3.get_bucket_request_payment, **BUCKET),
    ]

    assert {code for code, _ in refused} == {"NotImplemented"}
    assert refused[2][1] == "The sandbox does not do s3:GetBucketRequestPayment."
    assert s3.head_bucket(**BUCKET)


@pytest.mark.parametrize("name", sorted(OF_PARTS.keys() - FOUND_ELSEWHERE))
def test_moto_knows_the_part_or_is_not_asked(name: str) -> None:
    model = S3.operation_model(name)
    whose = "key" if "{Key+}" in model.http["requestUri"] else "bucket"
    handler = getattr(S3Response, f"_{whose}_response_{model.http['method'].lower()}")
    knows = f'"{OF_PARTS[name]}"' in inspect.getsource(handler)

    assert knows is not is_taken_for_another(ApiCall("s3", name, {}, "rest-xml", "", model=model))


def test_a_service_that_has_another_name_in_boto3_is_not_taken_for_none() -> None:
    with pytest.raises(Refused) as refused:
        read_call(
            written("sqs", "ListQueues", {}),
            service="elasticmapreduce",
            region="us-east-1",
            account_id="123456789012",
        )

    assert str(refused.value) == "The sandbox does not do elasticmapreduce."
