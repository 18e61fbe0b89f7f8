"""Versions of objects and markers of their deletion, as S3 keeps and lists them."""

from __future__ import annotations

import re
from typing import Any

from support.calls.refusals import refusal
from support.parts.bucket_notifications import BUCKET
from support.sandboxes.account_in_sandbox import Account

MISSING = "096fKKXTRTtl3on89fVO.nfljtsv6qko"


def version(s3: Any, status: str) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})


def put(s3: Any, key: str = "a") -> Any:
    return s3.put_object(Bucket=BUCKET, Key=key, Body=b"x").get("VersionId")


def listed(s3: Any, **options: Any) -> list[tuple[str, bool]]:
    answer = s3.list_object_versions(Bucket=BUCKET, **options)
    return [
        (one["VersionId"], one["IsLatest"])
        for kind in ("DeleteMarkers", "Versions")
        for one in answer.get(kind, [])
    ]


def test_suspended_bucket_keeps_all_versions_and_one_that_is_null(s3: Any) -> None:
    put(s3)
    version(s3, "Enabled")
    first = put(s3)
    version(s3, "Suspended")
    assert put(s3) is None
    assert re.fullmatch(r"[A-Za-z0-9._]{32}", first)

    copied = s3.copy_object(Bucket=BUCKET, Key="a", CopySource=f"{BUCKET}/a?versionId={first}")
    assert copied["VersionId"] == "null"
    assert listed(s3) == [("null", True), (first, False)]
    assert s3.get_object(Bucket=BUCKET, Key="a")["VersionId"] == "null"

    deletion = s3.delete_object(Bucket=BUCKET, Key="a")
    assert (deletion["DeleteMarker"], deletion["VersionId"]) == (True, "null")
    assert listed(s3) == [("null", True), (first, False)]
    assert s3.get_object(Bucket=BUCKET, Key="a", VersionId=first)["Body"].read() == b"x"


def test_objects_are_deleted_by_markers_and_versions_for_good(s3: Any) -> None:
    version(s3, "Enabled")
    first = put(s3)

    def delete(*objects: dict[str, str], **options: Any) -> Any:
        answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects, **options})
        return answer.get("Deleted"), answer.get("Errors")

    (marked, missing), _ = delete({"Key": "a"}, {"Key": "nope"})
    marker = marked["DeleteMarkerVersionId"]
    assert marked == {"Key": "a", "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    assert missing.keys() == marked.keys()
    assert delete({"Key": "a", "VersionId": MISSING})[1] == [
        {
            "Key": "a",
            "VersionId": MISSING,
            "Code": "NoSuchVersion",
            "Message": "The specified version does not exist.",
        }
    ]
    assert delete({"Key": "a", "VersionId": marker}) == ([{**marked, "VersionId": marker}], None)
    assert delete({"Key": "a", "VersionId": first}) == ([{"Key": "a", "VersionId": first}], None)
    assert delete({"Key": "b"}, Quiet=True) == (None, None)


def test_versions_are_listed_from_the_newest_page_by_page(s3: Any) -> None:
    version(s3, "Enabled")
    ids = [put(s3, key) for key in ("a", "a", "b/1", "b/2", "c d", "c d")]
    pages: list[Any] = []
    markers: dict[str, str] = {}
    while not pages or markers:
        page = s3.list_object_versions(Bucket=BUCKET, Delimiter="/", MaxKeys=2, **markers)
        pages.append(page)
        names = {"KeyMarker": "NextKeyMarker", "VersionIdMarker": "NextVersionIdMarker"}
        markers = {name: page[told] for name, told in names.items() if told in page}

    versions = [one for page in pages for one in page.get("Versions", [])]
    assert [one["VersionId"] for one in versions] == [ids[1], ids[0], ids[5], ids[4]]
    assert [one["Key"] for one in versions] == ["a", "a", "c d", "c d"]
    assert [one["IsLatest"] for one in versions] == [True, False, True, False]
    common = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
    assert common == ["b/"]
    assert len(pages) == 3


def test_tags_name_the_version_that_has_them(s3: Any) -> None:
    version(s3, "Enabled")
    ids = [put(s3), put(s3)]
    tags = {"TagSet": [{"Key": "a", "Value": ""}]}

    assert s3.put_object_tagging(Bucket=BUCKET, Key="a", Tagging=tags)["VersionId"] == ids[1]
    assert s3.get_object_tagging(Bucket=BUCKET, Key="a", VersionId=ids[0])["TagSet"] == []
    assert s3.delete_object_tagging(Bucket=BUCKET, Key="a")["VersionId"] == ids[1]


def test_bucket_has_tags_without_value_and_is_encrypted(account: Account, s3: Any) -> None:
    tags = [{"Key": "a", "Value": ""}]
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})

    assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == tags
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_list_says_how_checksums_were_made_and_where_it_began(s3: Any) -> None:
    put(s3, "c d")

    answer = s3.list_objects(Bucket=BUCKET, Marker="b c")
    assert (answer["Marker"], answer["Prefix"]) == ("b c", "")
    (one,) = answer["Contents"]
    assert one["Key"] == "c d"
    assert (one["ChecksumAlgorithm"], one["ChecksumType"]) == (["CRC32"], "FULL_OBJECT")


def test_a_version_that_is_kept_is_not_deleted(account: Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="kept", ObjectLockEnabledForBucket=True)
    held = {"Bucket": "kept", "Key": "a", "ObjectLockLegalHoldStatus": "ON"}
    kept = s3.put_object(**held, Body=b"x", ChecksumAlgorithm="SHA256")["VersionId"]

    assert refusal(s3.delete_object, Bucket="kept", Key="a", VersionId=kept)[0] == "AccessDenied"

    s3.put_object_legal_hold(Bucket="kept", Key="a", LegalHold={"Status": "OFF"})
    assert s3.delete_object(Bucket="kept", Key="a", VersionId=kept)["VersionId"] == kept


def test_a_bucket_may_have_locks_from_any_time_on(s3: Any) -> None:
    put(s3)
    bucket, enabled = {"Bucket": BUCKET}, {"ObjectLockEnabled": "Enabled"}
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    with_rule = {"ObjectLockConfiguration": {**enabled, "Rule": rule}}
    bypassing = {**bucket, "Key": "a", "BypassGovernanceRetention": False}
    version(s3, "Suspended")

    refused = [
        refusal(s3.delete_object, **bypassing),
        refusal(s3.put_object_lock_configuration, **bucket, **with_rule),
    ]
    version(s3, "Enabled")
    s3.put_object_lock_configuration(**bucket, **with_rule)

    assert [code for code, _ in refused] == ["InvalidArgument", "InvalidBucketState"]
    found = s3.get_object_lock_configuration(**bucket)["ObjectLockConfiguration"]
    assert found == with_rule["ObjectLockConfiguration"]
    kept = put(s3)
    assert refusal(s3.delete_object, **bucket, Key="a", VersionId=kept)[0] == "AccessDenied"
    suspended = {"VersioningConfiguration": {"Status": "Suspended"}}
    assert refusal(s3.put_bucket_versioning, **bucket, **suspended)[0] == "InvalidBucketState"
    s3.delete_object(**bypassing | {"VersionId": kept, "BypassGovernanceRetention": True})


def test_of_many_objects_those_are_deleted_that_are_as_they_are_to_be(s3: Any) -> None:
    etags = {key: s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())["ETag"] for key in "abc"}
    objects = [
        {"Key": "a", "ETag": etags["a"]},
        {"Key": "b", "ETag": etags["a"]},
        {"Key": "c", "ETag": "*"},
    ]

    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})

    assert [one["Key"] for one in answer["Deleted"]] == ["a", "c"]
    [error] = answer["Errors"]
    assert (error["Key"], error["Code"]) == ("b", "PreconditionFailed")
    assert s3.head_object(Bucket=BUCKET, Key="b")["ETag"] == etags["b"]
