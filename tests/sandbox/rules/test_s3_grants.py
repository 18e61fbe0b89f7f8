"""Who may have what of a bucket by grants: nobody, until its owner chooses that.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account


def test_a_new_bucket_is_closed(account: Account) -> None:
    s3, public = account.client("s3"), {"Bucket": "closed", "ACL": "public-read"}

    assert refusal(s3.create_bucket, **public)[0] == "InvalidBucketAclWithObjectOwnership"
    block = s3.get_public_access_block(Bucket="whole-bucket")["PublicAccessBlockConfiguration"]
    assert (len(block), set(block.values())) == (4, {True})
    controls = s3.get_bucket_ownership_controls(Bucket="whole-bucket")["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert s3.get_bucket_acl(Bucket="whole-bucket")["Owner"].keys() == {"ID"}
    upload = {"Bucket": "whole-bucket", "Key": "a", "Body": b""}
    s3.put_object(**upload, ACL="bucket-owner-full-control")
    refused = refusal(s3.put_object, **upload, GrantRead="id=a")
    assert refused[0] == "AccessControlListNotSupported"


def test_grants_count_only_if_the_buckets_owner_chose_that(account: Account) -> None:
    s3, upload = account.client("s3"), {"Bucket": "with-grants", "Key": "a", "Body": b""}
    public = {"Bucket": "with-grants", "ACL": "public-read"}
    writer = {"ObjectOwnership": "ObjectWriter"}
    found = refusal(s3.create_bucket, **public, **writer)
    assert found[0] == "InvalidBucketAclWithBlockPublicAccessError"
    s3.create_bucket(Bucket="with-grants", **writer)
    prevented = 'on resource: "arn:aws:s3:::with-grants" because public access control lists (ACLs)'
    assert prevented in refusal(s3.put_bucket_acl, **public)[1]
    s3.delete_public_access_block(Bucket="with-grants")
    s3.put_bucket_acl(**public)

    s3.put_object(**upload, GrantRead='id="someone"')

    malformed = refusal(s3.put_object, **upload, GrantRead="someone")
    assert malformed[1] == "Argument format not recognized"
