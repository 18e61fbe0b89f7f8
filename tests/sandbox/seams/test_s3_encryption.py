"""By which keys S3 encrypts objects: those of KMS are named by their ARN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, REGION
from support.sandboxes.account_in_sandbox import Account

BUCKET = {"Bucket": "kept-by-kms"}
OBJECT = {**BUCKET, "Key": "k"}
KEYS = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
BY_KMS = {"ServerSideEncryption": "aws:kms"}
BY_KEY = {**BY_KMS, "SSEKMSKeyId": KEY_ID}


@pytest.fixture
def s3(account: Account) -> Any:
    s3 = account.client("s3")
    s3.create_bucket(**BUCKET)
    s3.put_object(**BUCKET, Key="plain", Body=b"1")
    return s3


def upload_in_parts(s3: Any, **encryption: str) -> list[Any]:
    """Upload an object; returns what is told of it on the way."""
    begun = s3.create_multipart_upload(**OBJECT, **encryption)
    upload = {**OBJECT, "UploadId": begun["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"1")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    return [begun, part, s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})]


WAYS: dict[str, Callable[..., list[Any]]] = {
    "put": lambda s3, **by: [s3.put_object(**OBJECT, Body=b"1", **by)],
    "copied": lambda s3, **by: [s3.copy_object(**OBJECT, CopySource="kept-by-kms/plain", **by)],
    "in parts": upload_in_parts,
}


def encryption_told(s3: Any, answers: list[Any]) -> set[tuple[str, str | None]]:
    """The kinds and keys that the answers name, and those who read the object are told."""
    read = [s3.get_object(**OBJECT), s3.head_object(**OBJECT)]
    return {(one["ServerSideEncryption"], one.get("SSEKMSKeyId")) for one in [*answers, *read]}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "asked", [BY_KEY, {**BY_KEY, "SSEKMSKeyId": f"{KEYS}{KEY_ID}"}], ids=["id", "ARN"]
)
def test_a_key_is_named_by_its_arn(s3: Any, way: str, asked: dict[str, str]) -> None:
    answers = WAYS[way](s3, **asked)

    assert encryption_told(s3, answers) == {("aws:kms", f"{KEYS}{KEY_ID}")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["aws:kms", "aws:kms:dsse"])
def test_without_a_key_it_is_the_accounts_own_of_s3(
    account: Account, s3: Any, way: str, kind: str
) -> None:
    answers = WAYS[way](s3, ServerSideEncryption=kind)

    found = account.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert found.startswith(KEYS)
    assert encryption_told(s3, answers) == {(kind, found)}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_said_the_bucket_says(s3: Any, way: str) -> None:
    assert encryption_told(s3, WAYS[way](s3)) == {("AES256", None)}

    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"{KEYS}{KEY_ID}"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
    s3.put_bucket_encryption(**BUCKET, ServerSideEncryptionConfiguration=rules)

    assert encryption_told(s3, WAYS[way](s3)) == {("aws:kms", f"{KEYS}{KEY_ID}")}
    by_s3 = WAYS[way](s3, ServerSideEncryption="AES256")
    assert encryption_told(s3, by_s3) == {("AES256", None)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "asked",
    [
        {"SSEKMSKeyId": KEY_ID},
        {"SSEKMSEncryptionContext": "e30="},
        {**BY_KEY, "ServerSideEncryption": "AES256"},
    ],
)
def test_a_key_of_kms_is_for_kms(s3: Any, way: str, asked: dict[str, str]) -> None:
    assert refusal(WAYS[way], s3, **asked) == (
        "InvalidArgument",
        "Server Side Encryption with AWS KMS managed key requires HTTP header "
        "x-amz-server-side-encryption : aws:kms",
    )


def test_a_key_of_the_buckets_own_that_is_not_used_is_not_told_of(s3: Any) -> None:
    put = s3.put_object(**OBJECT, Body=b"1", **BY_KMS, BucketKeyEnabled=False)

    assert "BucketKeyEnabled" not in put | s3.head_object(**OBJECT)
