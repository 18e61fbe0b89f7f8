"""What S3 refuses of buckets, keys and notifications."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account, queue_arn

BAD_NAMES = [
    *("My_Bucket", "ab", "192.168.5.4", "a..b", "xn--bucket", "sthree-bucket"),
    *("amzn-s3-demo-bucket", "bucket-s3alias", "bucket--ol-s3", "bucket.mrap", "bucket--table-s3"),
]
TAG = {"Key": "a", "Value": "b"}
MANY_TAGS = [{"Key": str(number), "Value": ""} for number in range(51)]
OTHER = "arn:aws:s3:::other-bucket/*"
NO_SERVICE = {"Service": "no-such-service.amazonaws.com"}


def policy(**more: Any) -> str:
    """One that denies all of the bucket's objects."""
    resource = "arn:aws:s3:::whole-bucket/*"
    return json.dumps(
        {"Statement": {"Effect": "Deny", "Action": "*", "Resource": resource, **more}}
    )


def notify(account: Account, *destinations: dict[str, Any], **options: Any) -> Any:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in destinations:
        kind = next(name for name in one if name.endswith("Arn")).removesuffix("Arn")
        kinds.setdefault(f"{kind}Configurations", []).append(
            {"Events": ["s3:ObjectCreated:*"], **one}
        )
    account.client("s3").put_bucket_notification_configuration(
        Bucket="whole-bucket", NotificationConfiguration=kinds, **options
    )


CORS = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example.*"]}


def function(*rules: tuple[str, str]) -> dict[str, Any]:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:recorder"
    found = [{"Name": name, "Value": value} for name, value in rules]
    return {"LambdaFunctionArn": arn, "Filter": {"Key": {"FilterRules": found}}}


@pytest.mark.parametrize(
    ("destinations", "words"),
    [
        ([function(("prefix", "in/")), function(("prefix", "in/a/"))], "Configurations overlap"),
        ([function(("prefix", "a"), ("prefix", "b"))], "more than one prefix rule"),
        ([function(("middle", "a"))], "must be either prefix or suffix"),
        ([function(("prefix", "あ" * 342))], "cannot exceed 1024 bytes"),
        (
            [{**function((name, "a")), "Id": "same"} for name in ("prefix", "suffix")],
            "IDs must be unique",
        ),
        ([{**function(), "Events": ["s3:Nope"]}], "event is not supported for notifications"),
        ([function(("prefix", f"{n}/")) for n in range(101)], "at most 100 event notifications"),
        ([{"QueueArn": "queue"}], "The ARN could not be parsed"),
        ([{"QueueArn": queue_arn()}], "Unable to validate the following destination"),
        ([{"QueueArn": queue_arn("open.fifo")}], "Unable to validate the following destination"),
        ([{"QueueArn": queue_arn("nope")}], "Unable to validate the following destination"),
        (
            [{"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:nope"}],
            "Unable to validate the following destination",
        ),
    ],
)
def test_a_notification_that_s3_does_not_take_is_refused(
    account: Account, destinations: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidArgument.*{words}"):
        notify(account, *destinations)


@pytest.mark.parametrize("name", ["prefix", "Prefix", "PREFIX"])
def test_names_of_filter_rules_are_taken_in_any_case(account: Account, name: str) -> None:
    without_a_value = ("suffix", "")
    wanted = function((name, "in/"), without_a_value)
    notify(account, wanted, SkipDestinationValidation=True)

    kept = account.client("s3").get_bucket_notification_configuration(Bucket="whole-bucket")
    rules = kept["LambdaFunctionConfigurations"][0]["Filter"]["Key"]["FilterRules"]
    assert rules == [{"Name": "Prefix", "Value": "in/"}]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bucket_names_that_s3_does_not_take_are_refused(account: Account, name: str) -> None:
    create = account.client("s3").create_bucket

    assert refusal(create, Bucket=name)[0] == "InvalidBucketName"


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("put_object", {"Key": "a", "Metadata": {"a": "x" * 2048}}, "MetadataTooLarge"),
        ("put_object", {"Key": "a", "Tagging": "a=1&%61=2"}, "InvalidArgument"),
        ("put_object", {"Key": "a", "Tagging": "&".join(f"{n}=" for n in range(11))}, "BadRequest"),
        ("put_object_tagging", {"Key": "a", "Tagging": {"TagSet": MANY_TAGS[:11]}}, "BadRequest"),
        ("put_bucket_policy", {"Policy": "{"}, "MalformedPolicy"),
        ("put_bucket_policy", {"Policy": policy()}, "MalformedPolicy"),
        ("put_bucket_policy", {"Policy": policy(Principal="*", Resource=OTHER)}, "MalformedPolicy"),
        ("put_bucket_policy", {"Policy": policy(Principal="*", Resource=[5])}, "MalformedPolicy"),
        ("put_bucket_policy", {"Policy": policy(Principal=NO_SERVICE)}, "MalformedPolicy"),
        (
            "put_bucket_policy",
            {"Policy": policy(Principal={"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/nope"})},
            "MalformedPolicy",
        ),
        ("put_bucket_policy", {"Policy": policy(Effect="Allow", Principal="*")}, "AccessDenied"),
        ("put_bucket_tagging", {"Tagging": {"TagSet": [TAG, TAG]}}, "InvalidTag"),
        ("put_object_tagging", {"Key": "a", "Tagging": {"TagSet": [TAG, TAG]}}, "InvalidTag"),
        ("put_bucket_tagging", {"Tagging": {"TagSet": MANY_TAGS}}, "BadRequest"),
        ("put_object", {"Key": "a", "Tagging": f"{'k' * 129}=1"}, "InvalidTag"),
        ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": [CORS]}}, "InvalidRequest"),
        ("put_bucket_tagging", {}, "MissingRequestBodyError"),
        ("delete_objects", {}, "MissingRequestBodyError"),
        ("put_bucket_acl", {"ACL": "public-read"}, "AccessControlListNotSupported"),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "a"}] * 1001}}, "MalformedXML"),
        ("list_objects_v2", {"MaxKeys": -1}, "InvalidArgument"),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "On"}}, "MalformedXML"),
        (
            "put_bucket_versioning",
            {"VersioningConfiguration": {"Status": "Enabled", "MFADelete": "Enabled"}},
            "AccessDenied",
        ),
        (
            "put_bucket_versioning",
            {"VersioningConfiguration": {}},
            "IllegalVersioningConfigurationException",
        ),
    ],
)
def test_what_s3_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], code: str
) -> None:
    call = getattr(account.client("s3"), operation)

    assert refusal(call, Bucket="whole-bucket", **parameters)[0] == code


def test_a_destination_that_is_not_to_be_validated_may_be_missing(account: Account) -> None:
    notify(account, {"QueueArn": queue_arn("nope")}, SkipDestinationValidation=True)

    kept = account.client("s3").get_bucket_notification_configuration(Bucket="whole-bucket")
    assert kept["QueueConfigurations"][0]["QueueArn"] == queue_arn("nope")


UPLOAD = {"UploadId": "nope", "PartNumber": 1}
VERSION = "096fKKXTRTtl3on89fVO.nfljtsv6qko"


def tagging(key: str, value: str = "") -> dict[str, Any]:
    return {"Tagging": {"TagSet": [{"Key": key, "Value": value}]}}


@pytest.mark.parametrize(
    ("operation", "parameters", "error"),
    [
        ("put_bucket_tagging", tagging("a,b"), {"Code": "InvalidTag", "TagKey": "a,b"}),
        ("put_bucket_tagging", tagging("a", "b,c"), {"Code": "InvalidTag", "TagValue": "b,c"}),
        ("put_bucket_tagging", tagging("aws:a"), {"Code": "InvalidTag", "TagKey": "aws:a"}),
        ("put_object_tagging", {"Key": "a", **tagging("b" * 129)}, {"Code": "InvalidTag"}),
        ("put_object_tagging", {"Key": "a", **tagging("b")}, {"Code": "NoSuchKey", "Key": "a"}),
        ("delete_object_tagging", {"Key": "a"}, {"Code": "NoSuchKey", "Key": "a"}),
        ("put_object", {"Key": "a", "Tagging": "b=c,d"}, {"ArgumentName": "x-amz-tagging"}),
        ("upload_part", {"Key": "a", **UPLOAD}, {"Code": "NoSuchUpload", "UploadId": "nope"}),
        *(
            (operation, {"Key": "a", "UploadId": "nope"}, {"Code": "NoSuchUpload"})
            for operation in ("abort_multipart_upload", "complete_multipart_upload", "list_parts")
        ),
        *(
            ("list_objects_v2", {"ContinuationToken": one}, {"ArgumentName": "continuation-token"})
            for one in ("x", "")
        ),
        (
            "list_object_versions",
            {"EncodingType": "x"},
            {"ArgumentName": "encoding-type", "ArgumentValue": "x"},
        ),
        ("put_object", {"Key": "a", "IfNoneMatch": "x"}, {"Code": "NotImplemented"}),
        ("put_object", {"Key": "a", "IfMatch": "*"}, {"Header": "If-Match"}),
        (
            "put_object",
            {"Key": "a", "IfMatch": "x", "IfNoneMatch": "*"},
            {"Code": "NotImplemented", "Header": "If-Match,If-None-Match"},
        ),
        (
            "put_object",
            {"Key": "a", "StorageClass": "FAST"},
            {"Code": "InvalidStorageClass", "StorageClassRequested": "FAST"},
        ),
        *(
            (
                "copy_object",
                {"Key": "a", "CopySource": "whole-bucket/a", f"{name}Directive": "KEEP"},
                {"Message": f"Unknown {name.lower()} directive.", "ArgumentValue": "KEEP"},
            )
            for name in ("Metadata", "Tagging")
        ),
        ("copy_object", {"Key": "a", "CopySource": "whole-bucket"}, {"Code": "InvalidArgument"}),
        ("put_object", {"Key": "a", "IfMatch": "x"}, {"Code": "NoSuchKey", "Key": "a"}),
        (
            "create_bucket",
            {"CreateBucketConfiguration": {"LocationConstraint": "us-east-1"}},
            {"Code": "InvalidLocationConstraint", "LocationConstraint": "us-east-1"},
        ),
        ("get_object", {"Key": "a", "VersionId": VERSION}, {"ArgumentValue": VERSION}),
        ("delete_object", {"Key": "a", "VersionId": "nope"}, {"ArgumentName": "versionId"}),
        ("get_object", {"Key": "a", "VersionId": "null"}, {"Code": "NoSuchVersion", "Key": "a"}),
        *(
            (operation, {"Key": "b", **more, "CopySource": f"whole-bucket/{source}"}, error)
            for operation, more in (("copy_object", {}), ("upload_part_copy", UPLOAD))
            for source, error in (
                ("a", {"Code": "NoSuchKey", "Key": "a"}),
                ("a?versionId=nope", {"Code": "InvalidArgument", "ArgumentValue": "nope"}),
                ("a?versionId=null", {"Code": "NoSuchVersion", "Key": "a"}),
            )
        ),
        (
            "copy_object",
            {"Key": "b", "CopySource": "no-such-bucket/a"},
            {"Code": "NoSuchBucket", "BucketName": "no-such-bucket"},
        ),
        (
            "get_object",
            {"Key": "a", "Range": "bytes=0-1", "PartNumber": 1},
            {"Message": "Cannot specify both Range header and partNumber query parameter"},
        ),
        *(
            (
                "put_bucket_policy",
                {"Policy": written},
                {"Code": "MalformedPolicy", "Message": words},
            )
            for written, words in (
                ('{"Version": "2012-10-17"}', "Missing required field Statement"),
                (policy(Effect="Maybe", Principal="*"), "Invalid effect: Maybe"),
            )
        ),
        ("list_object_versions", {"VersionIdMarker": VERSION}, {"ArgumentValue": VERSION}),
        (
            "list_object_versions",
            {"KeyMarker": "a", "VersionIdMarker": ""},
            {"ArgumentName": "version-id-marker"},
        ),
        ("list_objects_v2", {"MaxKeys": -1}, {"ArgumentName": "maxKeys", "ArgumentValue": "-1"}),
        ("list_multipart_uploads", {"MaxUploads": -1}, {"ArgumentName": "max-uploads"}),
        ("put_object", {"Key": "k" * 1025}, {"MaxSizeAllowed": "1024", "Size": "1025"}),
    ],
)
def test_an_error_names_what_it_is_about(
    account: Account, operation: str, parameters: dict[str, Any], error: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(account.client("s3"), operation)(Bucket="whole-bucket", **parameters)

    assert caught.value.response["Error"].items() >= error.items()


@pytest.mark.parametrize("part", ["bytes=2-1", "bytes=-1", "bytes=0-3", "bytes=3-4"])
def test_part_of_a_copy_that_its_source_does_not_have_is_refused(
    account: Account, part: str
) -> None:
    s3, copy = account.client("s3"), {"Bucket": "whole-bucket", "Key": "copy"}
    s3.put_object(Bucket="whole-bucket", Key="abc", Body=b"abc")
    source = {"CopySource": "whole-bucket/abc", "CopySourceRange": part}

    code = "InvalidRequest" if part == "bytes=3-4" else "InvalidArgument"
    assert refusal(s3.upload_part_copy, **copy, **UPLOAD, **source)[0] == code


def test_destinations_that_cannot_be_told_are_named(account: Account) -> None:
    missing = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:nope"

    with pytest.raises(ClientError) as caught:
        notify(account, {"QueueArn": queue_arn()}, {"TopicArn": missing, "Events": ["s3:Test"]})
    with pytest.raises(ClientError) as refused:
        removed = {"TopicArn": missing, "Events": ["s3:ObjectRemoved:*"]}
        notify(account, {"QueueArn": queue_arn()}, removed)

    assert "not supported" in caught.value.response["Error"]["Message"]
    error: Any = refused.value.response["Error"]
    assert error["ArgumentName1"] == queue_arn()
    assert error["ArgumentValue1"].startswith("Permissions on the destination queue do not allow")
    assert error["ArgumentName2"] == missing
    assert error["ArgumentValue2"] == "The destination topic does not exist"
