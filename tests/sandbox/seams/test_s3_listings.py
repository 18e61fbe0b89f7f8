"""The pages in which S3 lists objects, their versions, and buckets."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.parts.bucket_notifications import BUCKET
from support.sandboxes.account_in_sandbox import Account

KEYS = ["a", "b/1", "b/2", "c d", "c%2F"]
# By what parameter a page begins, and where the page before tells it.
MARKERS = {
    "list_objects": {"Marker": "NextMarker"},
    "list_objects_v2": {"ContinuationToken": "NextContinuationToken"},
    "list_object_versions": {"KeyMarker": "NextKeyMarker"},
}


@pytest.fixture
def keys(s3: Any) -> list[str]:
    """Those of the bucket's objects; one more was there, and is deleted."""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    return KEYS


def names(page: Any) -> list[str]:
    found = [one["Key"] for name in ("Contents", "Versions") for one in page.get(name, [])]
    return [*found, *(one["Prefix"] for one in page.get("CommonPrefixes", []))]


@pytest.mark.parametrize("operation", MARKERS)
def test_pages_follow_each_other_and_name_what_keys_have_in_common_once(
    s3: Any, keys: list[str], operation: str
) -> None:
    pages: list[Any] = []
    begin: dict[str, str] = {}
    while not pages or pages[-1]["IsTruncated"]:
        page = getattr(s3, operation)(Bucket=BUCKET, Delimiter="/", MaxKeys=1, **begin)
        assert begin.items() <= page.items()
        pages.append(page)
        begin = {name: page[told] for name, told in MARKERS[operation].items() if told in page}

    assert [names(page) for page in pages] == [["a"], ["b/"], ["c d"], ["c%2F"]]


def test_objects_give_a_next_marker_only_where_keys_are_put_together(
    s3: Any, keys: list[str]
) -> None:
    assert "NextMarker" not in s3.list_objects(Bucket=BUCKET, MaxKeys=1)
    within = s3.list_objects(Bucket=BUCKET, MaxKeys=1, Delimiter="/", Marker="b/1")
    assert (names(within), within["NextMarker"]) == (["c d"], "c d")


def test_a_token_goes_before_the_key_to_start_after(s3: Any, keys: list[str]) -> None:
    first = s3.list_objects_v2(Bucket=BUCKET, StartAfter="a", MaxKeys=1)
    assert (names(first), first["StartAfter"]) == (["b/1"], "a")

    token = first["NextContinuationToken"]
    rest = s3.list_objects_v2(Bucket=BUCKET, StartAfter="c d", ContinuationToken=token)
    assert (names(rest), "StartAfter" in rest) == (["b/2", "c d", "c%2F"], False)


def test_names_are_encoded_where_that_is_asked_for(s3: Any, keys: list[str]) -> None:
    asked = {"Prefix": "c", "StartAfter": "c d", "Delimiter": "%", "EncodingType": "url"}
    page = s3.list_objects_v2(Bucket=BUCKET, **asked)
    assert names(page) == ["c%25"]
    assert (page["StartAfter"], page["Delimiter"]) == ("c%20d", "%25")


def test_what_is_deleted_is_listed_among_no_objects(s3: Any, keys: list[str]) -> None:
    for key in ("b/1", "b/2", "c d"):
        s3.delete_object(Bucket=BUCKET, Key=key)

    assert names(s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")) == ["a", "c%2F"]


def test_versions_go_on_where_the_marker_was_deleted_meanwhile(s3: Any, keys: list[str]) -> None:
    for _ in range(2):
        s3.put_object(Bucket=BUCKET, Key="a", Body=b"x")
    page = s3.list_object_versions(Bucket=BUCKET, MaxKeys=2)
    for one in page["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])

    markers = {name: page[f"Next{name}"] for name in ("KeyMarker", "VersionIdMarker")}
    assert names(s3.list_object_versions(Bucket=BUCKET, **markers)) == keys


def test_buckets_are_told_with_their_region_where_anything_is_asked_for(
    account: Account, s3: Any
) -> None:
    listed = [s3.list_buckets(**asked)["Buckets"] for asked in ({}, {"ContinuationToken": ""})]

    assert [[one.get("BucketRegion") for one in some] for some in listed] == [
        [None],
        ["us-east-1"],
    ]
    words = "Argument value eu-east-1 is not a valid AWS Region"
    assert refusal(s3.list_buckets, BucketRegion="eu-east-1") == ("InvalidArgument", words)


@pytest.mark.parametrize(
    ("settings", "location"),
    [
        ({}, "/a-new-bucket"),
        (
            {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
            "http://a-new-bucket.s3.amazonaws.com/",
        ),
    ],
)
def test_a_bucket_outside_the_oldest_region_is_told_by_its_address(
    s3: Any, settings: dict[str, Any], location: str
) -> None:
    assert s3.create_bucket(Bucket="a-new-bucket", **settings)["Location"] == location


@pytest.fixture
def uploads(s3: Any) -> dict[str, str]:
    """The ids of uploads, by their keys; the first has two."""
    found = {}
    for key in ["b/1", "a", "b/2", "a"]:
        found[key] = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    return found


def upload_keys(page: Any) -> list[str]:
    return [one["Key"] for one in page.get("Uploads", [])]


def test_pages_of_uploads_follow_each_other(s3: Any, uploads: dict[str, str]) -> None:
    pages = [*s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET, MaxUploads=1)]

    assert [upload_keys(page) for page in pages] == [["a"], ["a"], ["b/1"], ["b/2"]]
    assert [page["IsTruncated"] for page in pages] == [True, True, True, False]
    assert pages[1]["Uploads"][0]["UploadId"] == uploads["a"]  # the younger one
    assert pages[-1]["NextUploadIdMarker"] == uploads["b/2"]
    assert pages[0]["Uploads"][0]["Initiated"] <= pages[1]["Uploads"][0]["Initiated"]


def test_uploads_are_listed_by_what_their_keys_have_in_common(
    s3: Any, uploads: dict[str, str]
) -> None:
    page = s3.list_multipart_uploads(Bucket=BUCKET, Delimiter="/")
    assert (upload_keys(page), page["CommonPrefixes"]) == (["a", "a"], [{"Prefix": "b/"}])
    page = s3.list_multipart_uploads(Bucket=BUCKET, Prefix="b/", KeyMarker="b/1")
    assert upload_keys(page) == ["b/2"]
    assert "Prefix" not in s3.list_multipart_uploads(Bucket=BUCKET)


def test_an_upload_to_begin_after_is_one_of_the_key(s3: Any, uploads: dict[str, str]) -> None:
    other = {"Bucket": BUCKET, "UploadIdMarker": uploads["a"]}

    assert refusal(s3.list_multipart_uploads, KeyMarker="b/1", **other) == (
        "InvalidArgument",
        "Invalid uploadId marker",
    )
    assert len(upload_keys(s3.list_multipart_uploads(**other))) == 4


def test_a_page_is_told_with_its_region_and_begins_at_the_start_if_nothing_is_said(s3: Any) -> None:
    upload = {"Bucket": BUCKET, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    s3.upload_part(**upload, PartNumber=1, Body=b"1")

    for list_objects in (s3.list_objects, s3.list_objects_v2):
        headers = list_objects(Bucket=BUCKET)["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-amz-bucket-region"] == "us-east-1"
    assert len(s3.list_parts(**upload, PartNumberMarker="", MaxParts="")["Parts"]) == 1
