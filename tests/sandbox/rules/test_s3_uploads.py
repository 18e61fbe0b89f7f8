"""What S3 refuses of uploads: whose bytes did not come in whole, and parts out of order."""

from __future__ import annotations

import base64
import hashlib

import pytest

from support.account_in_sandbox import Account, refusal


def checksum(algorithm: str, body: bytes = b"body") -> str:
    return base64.b64encode(hashlib.new(algorithm, body).digest()).decode()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ContentMD5": checksum("md5", b"other")}, "BadDigest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
        ({"ChecksumSHA256": checksum("sha256", b"other")}, "BadDigest"),
        ({"ChecksumSHA1": checksum("sha256")}, "InvalidRequest"),
        ({"ChecksumCRC32": "AAAAAA=="}, "BadDigest"),
    ],
)
def test_an_upload_is_refused_if_its_checksum_is_not_that_of_its_bytes(
    account: Account, given: dict[str, str], code: str
) -> None:
    put = account.client("s3").put_object

    assert refusal(put, Bucket="whole-bucket", Key="summed", Body=b"body", **given)[0] == code


def test_an_upload_keeps_the_checksum_that_came_with_it(account: Account) -> None:
    s3, wanted = account.client("s3"), checksum("sha256")
    summed = {"Bucket": "whole-bucket", "Key": "summed"}

    put = s3.put_object(**summed, Body=b"body", ChecksumSHA256=wanted, ContentMD5=checksum("md5"))

    assert put["ChecksumSHA256"] == wanted
    assert s3.head_object(**summed, ChecksumMode="ENABLED")["ChecksumSHA256"] == wanted


def test_parts_have_numbers_and_come_in_their_order(account: Account) -> None:
    s3, upload = account.client("s3"), {"Bucket": "whole-bucket", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [{"PartNumber": number, "ETag": "a"} for number in (2, 1)]

    refused = refusal(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})

    assert refused[0] == "InvalidPartOrder"
    assert refusal(s3.complete_multipart_upload, **upload)[0] == "InvalidRequest"
    assert refusal(s3.upload_part, **upload, PartNumber=0, Body=b"")[0] == "InvalidArgument"
    s3.abort_multipart_upload(**upload)
