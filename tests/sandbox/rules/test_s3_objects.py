"""What S3 refuses of objects: versions, conditions, and whose bucket they are in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account

VERSION = "096fKKXTRTtl3on89fVO.nfljtsv6qko"


def test_markers_are_no_objects_and_versions_keep_a_bucket(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    marker = s3.delete_object(Bucket="versions", Key="a")["VersionId"]
    object_ = {"Bucket": "versions", "Key": "a"}

    for version, code in (({}, "NoSuchKey"), ({"VersionId": marker}, "MethodNotAllowed")):
        with pytest.raises(ClientError) as caught:
            s3.get_object(**object_, **version)
        assert caught.value.response["Error"]["Code"] == code
        headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-amz-delete-marker"] == "true"
        assert headers["x-amz-version-id"] == marker
        assert headers.get("allow") == ("DELETE" if version else None)
    assert refusal(s3.get_object, **object_, VersionId=VERSION)[0] == "NoSuchVersion"
    source = {**object_, "VersionId": marker}
    copied = refusal(s3.copy_object, Bucket="versions", Key="b", CopySource=source)
    assert copied[0] == "InvalidRequest"
    for call, asked in ((s3.get_object_tagging, {}), (s3.put_object_acl, {"ACL": "private"})):
        assert refusal(call, **object_, **asked)[0] == "MethodNotAllowed"
    assert "You must delete all versions" in refusal(s3.delete_bucket, Bucket="versions")[1]
    assert s3.delete_object(**object_, VersionId=marker)["DeleteMarker"]
    s3.delete_bucket(Bucket="versions")


def test_a_range_in_another_unit_is_the_whole_object(account: Account) -> None:
    s3 = account.client("s3")
    s3.put_object(Bucket="whole-bucket", Key="digits", Body=b"0123456789")

    found = {}
    for written in ("bytes=0-3", "bytes=-3", "lines=0-3", "0-3", "bytes 0-3", "bytes=0-3=4"):
        answer = s3.get_object(Bucket="whole-bucket", Key="digits", Range=written)
        found[written] = (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read())

    assert (found.pop("bytes=0-3"), found.pop("bytes=-3")) == ((206, b"0123"), (206, b"789"))
    assert set(found.values()) == {(200, b"0123456789")}


def test_a_condition_on_the_tag_goes_before_one_on_the_time(account: Account) -> None:
    s3, object_ = account.client("s3"), {"Bucket": "whole-bucket", "Key": "conditional"}
    etag, long_ago = s3.put_object(**object_, Body=b"1")["ETag"], datetime(2000, 1, 1, tzinfo=UTC)

    for read in (s3.get_object, s3.head_object):
        assert read(**object_, IfMatch=etag.strip('"'), IfUnmodifiedSince=long_ago)["ETag"] == etag
        assert refusal(read, **object_, IfMatch="other")[0] in ("PreconditionFailed", "412")
        assert refusal(read, **object_, IfUnmodifiedSince=long_ago)[0] in (
            "PreconditionFailed",
            "412",
        )


def test_a_time_to_come_is_no_condition(account: Account) -> None:
    s3, object_ = account.client("s3"), {"Bucket": "whole-bucket", "Key": "conditional"}
    s3.put_object(**object_, Body=b"1")
    modified_at = s3.head_object(**object_)["LastModified"]

    for read in (s3.get_object, s3.head_object):
        read(**object_, IfModifiedSince=datetime.now(UTC) + timedelta(days=1))
        assert refusal(read, **object_, IfModifiedSince=modified_at)[0] == "304"


def test_a_delete_may_ask_whether_the_object_is_there(account: Account) -> None:
    s3, object_ = account.client("s3"), {"Bucket": "whole-bucket", "Key": "deleted"}
    s3.put_object(**object_, Body=b"1")

    assert refusal(s3.delete_object, **object_, IfMatch="other")[0] == "PreconditionFailed"
    s3.delete_object(**object_, IfMatch="*")

    assert refusal(s3.get_object, **object_)[0] == "NoSuchKey"


def test_a_copy_replaces_nothing_that_it_is_not_to(account: Account) -> None:
    s3, source = account.client("s3"), "whole-bucket/source"
    s3.put_object(Bucket="whole-bucket", Key="source", Body=b"new")
    held = {"Bucket": "whole-bucket", "Key": "held"}
    etag = s3.put_object(**held, Body=b"old")["ETag"]

    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": "other"}):
        refused = refusal(s3.copy_object, **held, CopySource=source, **condition)
        assert refused[0] == "PreconditionFailed"
    s3.copy_object(**held, CopySource=source, IfMatch=etag)

    assert s3.get_object(**held)["Body"].read() == b"new"


def test_an_upload_in_parts_is_of_one_key(account: Account) -> None:
    s3, bucket = account.client("s3"), {"Bucket": "whole-bucket"}
    upload = s3.create_multipart_upload(**bucket, Key="mine")["UploadId"]

    part = {"UploadId": upload, "PartNumber": 1, "Body": b"1"}
    assert refusal(s3.upload_part, **bucket, Key="yours", **part)[0] == "NoSuchUpload"

    s3.abort_multipart_upload(**bucket, Key="mine", UploadId=upload)


def test_a_bucket_of_somebody_else_than_expected_is_closed(account: Account) -> None:
    s3, stranger = account.client("s3"), "1" * 12
    named = {"Bucket": "whole-bucket", "Key": "owned"}
    s3.put_object(**named, Body=b"", ExpectedBucketOwner=ACCOUNT_ID)

    copy = {**named, "CopySource": "whole-bucket/owned", "ExpectedSourceBucketOwner": stranger}
    assert refusal(s3.copy_object, **copy) == ("AccessDenied", "Access Denied")
    assert refusal(s3.get_object, **named, ExpectedBucketOwner=stranger)[0] == "AccessDenied"


def test_a_read_may_override_headers_of_the_answer(account: Account) -> None:
    s3, object_ = account.client("s3"), {"Bucket": "whole-bucket", "Key": "overridden"}
    s3.put_object(**object_, Body=b"1", ContentType="text/plain", CacheControl="no-store")

    for read in (s3.get_object, s3.head_object):
        told = read(**object_, ResponseContentType="text/csv", ResponseContentDisposition="inline")
        assert (told["ContentType"], told["ContentDisposition"]) == ("text/csv", "inline")
        assert told["CacheControl"] == "no-store"


BUCKET = "whole-bucket"
NO_XML = "The XML you provided was not well-formed or did not validate against our published schema"
RULE = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
WITH_KEY = {
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "mine"}
}
FOR_A_DAY = {"Mode": "GOVERNANCE", "Days": 1}
NO_LOCKS: list[dict[str, Any]] = [
    {},
    {"Rule": {"DefaultRetention": FOR_A_DAY}},
    {"ObjectLockEnabled": "Enabled", "Rule": {}},
    {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {}}},
    {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE"}}},
    {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {**FOR_A_DAY, "Years": 1}}},
]
OWNED = {"ObjectOwnership": "ObjectWriter"}


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        (
            "get_public_access_block",
            {},
            {"Code": "NoSuchPublicAccessBlockConfiguration", "BucketName": BUCKET},
        ),
        (
            "get_object_lock_configuration",
            {},
            {"Code": "ObjectLockConfigurationNotFoundError", "BucketName": BUCKET},
        ),
        ("put_bucket_policy", {"Policy": ""}, {"Code": "MalformedPolicy"}),
        ("put_object_retention", {"Key": "a"}, {"Message": NO_XML}),
        ("put_object_retention", {"Key": "no", "Retention": {}}, {"Code": "NoSuchKey"}),
        ("put_object_legal_hold", {"Key": "a"}, {"Message": NO_XML}),
        ("put_object_legal_hold", {"Key": "a", "LegalHold": {}}, {"Message": NO_XML}),
        *(
            (
                "put_object_lock_configuration",
                {
                    "ObjectLockConfiguration": {
                        "ObjectLockEnabled": "Enabled",
                        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", **kept}},
                    }
                },
                {"Code": "InvalidArgument", "ArgumentName": next(iter(kept))},
            )
            for kept in ({"Days": 0}, {"Days": 36_501}, {"Years": 101})
        ),
        *(
            (
                "put_object_lock_configuration",
                {"ObjectLockConfiguration": configuration},
                {"Message": NO_XML},
            )
            for configuration in NO_LOCKS
        ),
        *(
            (
                operation,
                parameters,
                {"Code": "MissingSecurityHeader", "MissingHeaderName": "x-amz-acl"},
            )
            for operation, parameters in (("put_bucket_acl", {}), ("put_object_acl", {"Key": "a"}))
        ),
        ("create_bucket", {"CreateBucketConfiguration": {}}, {"Message": NO_XML}),
        *(
            (
                "put_bucket_encryption",
                {"ServerSideEncryptionConfiguration": {"Rules": rules}},
                error,
            )
            for rules, error in (
                ([RULE, RULE], {"Message": NO_XML}),
                ([WITH_KEY], {"ArgumentName": "ApplyServerSideEncryptionByDefault"}),
            )
        ),
        *(
            (
                "put_bucket_ownership_controls",
                {"OwnershipControls": {"Rules": rules}},
                {"Message": NO_XML},
            )
            for rules in ([], [OWNED, OWNED])
        ),
        *(
            (
                operation,
                {"Key": "a", "StorageClass": "OUTPOSTS"},
                {"Code": "InvalidStorageClass", "StorageClassRequested": "OUTPOSTS"},
            )
            for operation in ("put_object", "create_multipart_upload")
        ),
        ("put_object", {"Key": "a", "ACL": "mine"}, {"ArgumentName": "x-amz-acl", "Message": None}),
        (
            "create_multipart_upload",
            {"Key": "a", "ChecksumAlgorithm": "MD4"},
            {
                "Message": "Checksum algorithm provided is unsupported. Please try again with any "
                "of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            },
        ),
        (
            "create_bucket",
            {"ObjectOwnership": "Mine"},
            {"Message": "Invalid x-amz-object-ownership header: Mine", "Code": "InvalidArgument"},
        ),
        (
            "put_object",
            {"Key": "a", "ContentMD5": "short"},
            {"Code": "InvalidDigest", "Content-MD5": "short"},
        ),
        (
            "put_object",
            {"Key": "a", "Body": b"a", "ContentMD5": "CY9rzUYh03PK3k6DJie09g=="},
            {
                "ExpectedDigest": "CY9rzUYh03PK3k6DJie09g==",
                "CalculatedDigest": "DMF1ucDxtqgxw5niaXcmYQ==",
            },
        ),
    ],
)
def test_an_error_of_a_setting_names_what_is_wrong_with_it(
    account: Account, operation: str, parameters: dict[str, Any], error: dict[str, str]
) -> None:
    s3 = account.client("s3")
    s3.delete_public_access_block(Bucket=BUCKET)

    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(Bucket=BUCKET, **parameters)

    assert caught.value.response["Error"].items() >= error.items()


def test_a_bucket_with_a_period_in_its_name_is_not_accelerated(account: Account) -> None:
    s3, named = account.client("s3"), {"Bucket": "with.period"}
    s3.create_bucket(**named)

    refused = refusal(
        s3.put_bucket_accelerate_configuration,
        **named,
        AccelerateConfiguration={"Status": "Enabled"},
    )

    words = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
    assert refused == ("InvalidRequest", words)


def test_a_plus_in_the_name_of_a_source_is_a_space(account: Account) -> None:
    s3, copy = account.client("s3"), {"Bucket": BUCKET, "Key": "copied"}
    s3.put_object(Bucket=BUCKET, Key="two words", Body=b"1")

    def with_plus(params: Any, **_: Any) -> None:
        params["headers"]["x-amz-copy-source"] = f"{BUCKET}/two+words"

    s3.meta.events.register("before-call.s3.CopyObject", with_plus)
    s3.copy_object(**copy, CopySource=f"{BUCKET}/nope")
    s3.meta.events.unregister("before-call.s3.CopyObject", with_plus)

    assert s3.get_object(**copy)["Body"].read() == b"1"
