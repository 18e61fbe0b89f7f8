"""What S3 asks of objects that are encrypted by a key of the customer's own (SSE-C)."""

from __future__ import annotations

import io
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

BUCKET = {"Bucket": "whole-bucket"}
OBJECT = {**BUCKET, "Key": "secret"}
SECRET = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
OTHER = {**SECRET, "SSECustomerKey": b"o" * 32}
SOURCE = {"CopySource": "whole-bucket/secret"}
STORED = "The object was stored using a form of Server Side Encryption. The correct parameters must"
MUST = "Requests specifying Server Side Encryption with Customer provided keys must provide"


@pytest.fixture
def s3(account: Account) -> Any:
    s3 = account.client("s3")
    told = s3.put_object(**OBJECT, Body=b"1", **SECRET)
    assert (told["SSECustomerAlgorithm"], "ServerSideEncryption" in told) == ("AES256", False)
    s3.put_object(**BUCKET, Key="plain", Body=b"1")
    return s3


def test_an_object_is_read_by_the_key_that_it_was_written_with(s3: Any) -> None:
    read = s3.get_object(**OBJECT, **SECRET)

    assert (read["Body"].read(), "ServerSideEncryption" in read) == (b"1", False)
    assert s3.head_object(**OBJECT, **SECRET)["SSECustomerKeyMD5"] == read["SSECustomerKeyMD5"]
    assert refusal(s3.get_object, **OBJECT) == (
        "InvalidRequest",
        f"{STORED} be provided to retrieve the object.",
    )
    assert refusal(s3.get_object, **OBJECT, **OTHER) == (
        "AccessDenied",
        f"{MUST} the correct secret key.",
    )
    assert [refusal(s3.head_object, **OBJECT, **key)[0] for key in ({}, OTHER)] == ["400", "403"]
    assert "not applicable" in refusal(s3.get_object, **BUCKET, Key="plain", **SECRET)[1]
    assert refusal(s3.get_object_attributes, **OBJECT, ObjectAttributes=["ETag"])[1].startswith(
        STORED
    )


def test_a_copy_has_a_key_of_its_own_or_none(s3: Any) -> None:
    copied, source = (
        {**BUCKET, "Key": "copy"},
        {f"CopySource{name}": one for name, one in SECRET.items()},
    )

    assert refusal(s3.copy_object, **copied, **SOURCE)[1].startswith(STORED)
    s3.copy_object(**copied, **SOURCE, **source, **OTHER)
    assert s3.get_object(**copied, **OTHER)["Body"].read() == b"1"
    s3.copy_object(**copied, **SOURCE, **source)
    assert s3.get_object(**copied)["ServerSideEncryption"] == "AES256"


def test_each_part_of_an_upload_comes_with_the_key_of_the_upload(s3: Any) -> None:
    upload_id = s3.create_multipart_upload(**OBJECT, **SECRET)["UploadId"]
    part = {**OBJECT, "UploadId": upload_id, "PartNumber": 1, "Body": b"1"}

    assert "Subsequent part requests must include" in refusal(s3.upload_part, **part)[1]
    assert "did not match the ones used originally" in refusal(s3.upload_part, **part, **OTHER)[1]


def test_a_file_in_parts_is_read_by_its_key(s3: Any) -> None:
    written, read = io.BytesIO(b"1" * 9_000_000), io.BytesIO()

    s3.upload_fileobj(written, **OBJECT, ExtraArgs=SECRET)
    s3.download_fileobj(**OBJECT, Fileobj=read, ExtraArgs=SECRET)

    assert read.getvalue() == b"1" * 9_000_000
    assert refusal(s3.get_object, **OBJECT)[1].startswith(STORED)


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ({**SECRET, "SSECustomerAlgorithm": "aes"}, "InvalidEncryptionAlgorithmError", "AES256."),
        (
            {**SECRET, "SSECustomerKey": b"short"},
            "InvalidArgument",
            "was invalid for the specified",
        ),
        ({**SECRET, "SSECustomerKeyMD5": "AA=="}, "InvalidArgument", "did not match the hash"),
        ({"SSECustomerAlgorithm": "AES256"}, "InvalidArgument", f"{MUST} an appropriate secret"),
        ({"SSECustomerKey": b"k" * 32}, "InvalidArgument", f"{MUST} a valid encryption algorithm"),
        ({**SECRET, "ServerSideEncryption": "AES256"}, "InvalidArgument", "is incompatible with"),
    ],
)
def test_what_is_no_key_is_refused(s3: Any, key: dict[str, Any], code: str, words: str) -> None:
    refused = refusal(s3.put_object, **BUCKET, Key="other", **key)

    assert refused[0] == code
    assert words in refused[1]


def test_a_bucket_may_block_keys_of_customers(s3: Any) -> None:
    def block(kind: str) -> None:
        rule = {"BlockedEncryptionTypes": {"EncryptionType": [kind]}}
        configuration = {"Rules": [rule]}
        s3.put_bucket_encryption(**BUCKET, ServerSideEncryptionConfiguration=configuration)

    block("SSE-C")
    assert "has blocked upload requests" in refusal(s3.put_object, **OBJECT, **SECRET)[1]
    s3.get_object(**OBJECT, **SECRET)
    block("NONE")
    assert "SSECustomerAlgorithm" in s3.put_object(**OBJECT, **SECRET)
    [rule] = s3.get_bucket_encryption(**BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["NONE"]}
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
