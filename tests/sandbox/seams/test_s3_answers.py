"""What S3 says beside: the ids of a request, and of what an object's checksum is."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest

from mailfanout.sandbox.ids import host_id
from mailfanout.target import Target
from support.calls.refusals import refusal
from support.parts.bucket_notifications import BUCKET

OBJECT = {"Bucket": BUCKET, "Key": "k"}


@pytest.mark.parametrize(("key", "headers"), [("gone", {}), ("k", {"Range": "bytes=9-"})])
def test_an_error_has_the_ids_of_its_head(s3: Any, key: str, headers: dict[str, str]) -> None:
    s3.put_object(**OBJECT, Body=b"1")
    url = s3.generate_presigned_url("get_object", Params={**OBJECT, "Key": key})

    with pytest.raises(HTTPError) as refused:
        urlopen(Request(url, headers=headers))

    with refused.value as answer:
        told = ElementTree.fromstring(answer.read())
    request_id = answer.headers["x-amz-request-id"]
    assert (told.findtext("RequestId"), told.findtext("HostId")) == (
        request_id,
        host_id(request_id),
    )
    assert answer.headers["x-amz-id-2"] == host_id(request_id)


def test_a_reader_is_told_nothing_that_only_uploads_ask_for(s3: Any) -> None:
    s3.put_object(**OBJECT, Body=b"1", ChecksumAlgorithm="SHA256")

    headers = s3.get_object(**OBJECT)["ResponseMetadata"]["HTTPHeaders"]

    assert not {"x-amz-sdk-checksum-algorithm", "x-amzn-requestid"} & headers.keys()


def test_of_a_checksum_is_told_what_it_is_of(s3: Any) -> None:
    s3.put_object(**OBJECT, Body=b"1", ChecksumAlgorithm="CRC32")

    found = s3.get_object_attributes(**OBJECT, ObjectAttributes=["Checksum"])["Checksum"]

    assert found == {"ChecksumCRC32": found["ChecksumCRC32"], "ChecksumType": "FULL_OBJECT"}


def test_a_bucket_elsewhere_is_refused_if_nobody_says_where(mailfanout_target: Target) -> None:
    s3 = mailfanout_target.session.client(
        "s3", region_name="eu-west-1", endpoint_url=mailfanout_target.endpoint_url
    )

    assert refusal(s3.create_bucket, Bucket="elsewhere") == (
        "IllegalLocationConstraintException",
        "The unspecified location constraint is incompatible for the region specific endpoint "
        "this request was sent to.",
    )


def test_what_is_done_with_a_bucket_is_answered_as_s3_does(s3: Any) -> None:
    allowed = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject"}
    statement = {**allowed, "Resource": f"arn:aws:s3:::{OBJECT['Bucket']}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    told = s3.put_bucket_policy(Bucket=OBJECT["Bucket"], Policy=policy)["ResponseMetadata"]
    head = s3.head_bucket(Bucket=OBJECT["Bucket"])["ResponseMetadata"]

    assert told["HTTPStatusCode"] == 204
    assert head["HTTPHeaders"]["x-amz-access-point-alias"] == "false"


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("get_bucket_versioning", "VersioningConfiguration"),
        ("get_bucket_accelerate_configuration", "AccelerateConfiguration"),
        ("list_parts", "ListPartsResult"),
    ],
)
def test_an_answer_has_the_name_that_s3_gives_it(s3: Any, operation: str, name: str) -> None:
    upload = s3.create_multipart_upload(**OBJECT)["UploadId"]
    more = {"Key": OBJECT["Key"], "UploadId": upload} if operation == "list_parts" else {}
    found = []
    s3.meta.events.register_first(
        "after-call.s3", lambda http_response, **_: found.append(http_response.content), "name"
    )

    getattr(s3, operation)(Bucket=OBJECT["Bucket"], **more)
    s3.meta.events.unregister("after-call.s3", unique_id="name")

    assert ElementTree.fromstring(found[0]).tag.endswith(f"}}{name}")
