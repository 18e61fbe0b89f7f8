"""What S3 refuses of buckets and their policies.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from moto.s3.models import FakeBucket, FakeKey, FakeMultipart, s3_backends
from moto.s3.utils import bucket_policy_is_public

from mailfanout.sandbox.access import current_caller
from mailfanout.sandbox.calls import ApiCall, read_json, regions
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.json_objects import Json, as_list
from mailfanout.sandbox.rules import (
    s3_conditions,
    s3_customer_keys,
    s3_locks,
    s3_objects,
    s3_uploads,
)
from mailfanout.sandbox.rules.resource_policies import all_known, is_about
from mailfanout.sandbox.rules.s3_errors import invalid_argument, invalid_request, s3_error
from mailfanout.sandbox.rules.s3_notifications import check_configured

MOST_OBJECTS = 1000
_BUCKET_NAME = re.compile(
    r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    r"(?<!-s3alias)(?<!--ol-s3)(?<!\.mrap)(?<!--x-s3)(?<!--table-s3)"
)
_MOST = {"MaxKeys": "maxKeys", "MaxParts": "max-parts", "MaxUploads": "max-uploads"}
_READING = ("GetObject", "GetObjectAttributes", "HeadObject")
_WRITING = ("CompleteMultipartUpload", "CopyObject", "PutObject")
_PUBLIC_ACLS = ("authenticated-read", "public-read", "public-read-write")
_GRANTEE = re.compile('(id|uri|emailAddress)="?[^"]+"?')
_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_malformed = partial(ApiError, "MalformedPolicy")


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a bucket, object, tags or notification that S3 does not take."""
    for parameter, name in _MOST.items():
        if (most := call.parameters.get(parameter, 0)) < 0:
            words = f"Argument {name} must be an integer between 0 and 2147483647"
            raise invalid_argument(words, name, most)
    if one := _CHECKS.get(call.operation):
        one(call.parameters)
    owners = [call.parameters.get(f"Expected{one}Owner") for one in ("Bucket", "SourceBucket")]
    if not {account_id, None}.issuperset(owners):
        raise Refused("access_denied")
    backend = s3_backends[account_id]["aws"]
    token = call.parameters.get("ContinuationToken")
    if call.operation == "ListObjectsV2" and token is not None:
        if token not in backend._pagination_tokens:
            words = "The continuation token provided is incorrect"
            raise invalid_argument(words, "continuation-token")
    bucket = backend.buckets.get(call.parameters.get("Bucket", ""))
    _check_grants(call.operation, call.parameters, bucket)
    if bucket and call.operation == "PutBucketTagging":
        s3_objects.check_tags_of_bucket(call, backend.tagger.get_tag_dict_for_resource(bucket.arn))
    if call.operation == "PutBucketPolicy":
        _check_policy(call, bucket, account_id)
    if call.operation == "DeleteBucket" and bucket and bucket.keys and bucket.versioning_status:
        raise s3_error("BucketNotEmpty", BucketName=bucket.name)
    if call.operation == "ListObjectVersions":
        _check_markers(call.parameters)
    if bucket and "CopySource" in call.parameters:
        s3_objects.check_source(call.parameters, backend.buckets)
    if bucket:
        s3_locks.check_state(call, bucket)
    s3_objects.check_object(call, bucket)
    s3_customer_keys.check_written_key(call, bucket)
    if bucket and call.operation in (*_READING, *_WRITING, "DeleteObject"):
        named = call.parameters["Key"], call.parameters.get("VersionId")
        _check_held(call, backend.get_object(bucket.name, *named))
    if bucket and call.operation == "GetPublicAccessBlock" and bucket.public_access_block is None:
        raise s3_error("NoSuchPublicAccessBlockConfiguration", BucketName=bucket.name)
    if bucket:
        _check_upload(call, bucket.multiparts)


def _check_upload(call: ApiCall, uploads: Mapping[str, FakeMultipart]) -> None:
    """Whether an upload in parts takes this part, is whole, or can be listed from there."""
    if call.operation == "UploadPart":
        s3_uploads.check_algorithm(call.parameters, uploads[call.parameters["UploadId"]])
    elif call.operation == "ListMultipartUploads":
        s3_uploads.check_upload_marker(call.parameters, uploads)
    elif call.operation == "CompleteMultipartUpload":
        s3_uploads.check_completed(call.parameters, uploads[call.parameters["UploadId"]])


def _check_held(call: ApiCall, held: FakeKey | None) -> None:
    """Whether the object that is there lets it be read, written or deleted."""
    if call.operation in _WRITING:
        s3_conditions.check_writing(call.parameters, held)
    elif call.operation == "DeleteObject":
        s3_conditions.check_deleting(call.parameters, held)
    else:
        s3_customer_keys.check_read_key(call.parameters, held)
        s3_conditions.check_reading(call.parameters, held)
        s3_uploads.check_read_part(call.parameters, held)


def _check_region(parameters: Json) -> None:
    region = parameters.get("BucketRegion")
    if region is not None and region not in regions():
        words = f"Argument value {region} is not a valid AWS Region"
        raise invalid_argument(words, "bucket-region")


def _check_markers(parameters: Json) -> None:
    version_id = parameters.get("VersionIdMarker")
    if version_id == "":
        words = "A version-id marker cannot be empty."
    elif version_id is not None and not parameters.get("KeyMarker"):
        words = "A version-id marker cannot be specified without a key marker."
    elif version_id is not None and not s3_objects.is_version_id(version_id):
        words = "Invalid version id specified"
    else:
        return
    raise invalid_argument(words, "version-id-marker", version_id)


def _check_grants(operation: str, parameters: Json, bucket: FakeBucket | None) -> None:
    """Raise ApiError for grants to others, unless somebody has chosen that they count.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    acl = parameters.get("ACL")
    grants = [value for name, value in parameters.items() if name.startswith("Grant")]
    if not grants and acl in (None, "private", "bucket-owner-full-control"):
        return
    enforced = "BucketOwnerEnforced"
    if operation == "CreateBucket":
        if parameters.get("ObjectOwnership", enforced) == enforced:
            raise s3_error("InvalidBucketAclWithObjectOwnership")
    elif bucket and enforced in str(bucket.ownership_rule):
        raise s3_error("AccessControlListNotSupported")
    if acl in _PUBLIC_ACLS and operation == "CreateBucket":
        raise s3_error("InvalidBucketAclWithBlockPublicAccessError")
    if acl in _PUBLIC_ACLS and _blocks(bucket, "block_public_acls"):
        raise _prevented(operation, parameters, "access control lists (ACLs)", "BlockPublicAcls")
    if not all(_GRANTEE.fullmatch(one.strip()) for value in grants for one in value.split(",")):
        raise invalid_argument("Argument format not recognized")


def _blocks(bucket: FakeBucket | None, setting: str) -> bool:
    return bool(bucket and bucket.public_access_block and vars(bucket.public_access_block)[setting])


def _prevented(operation: str, parameters: Json, what: str, setting: str) -> ApiError:
    resource = "/".join(parameters[one] for one in ("Bucket", "Key") if one in parameters)
    return ApiError(
        "AccessDenied",
        f"User: {current_caller().arn} is not authorized to perform: s3:{operation} on resource: "
        f'"arn:aws:s3:::{resource}" because public {what} are prevented by the {setting} setting '
        "in S3 Block Public Access.",
        403,
    )


def _check_policy(call: ApiCall, bucket: FakeBucket | None, account_id: str) -> None:
    parameters = call.parameters
    policy = read_json(parameters.get("Policy") or "")
    if not isinstance(policy, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    statements = as_list(policy.get("Statement") or [])
    if not statements or not all(isinstance(one, dict) for one in statements):
        raise _malformed("Missing required field Statement")
    for one in statements:
        _check_statement(one, f"arn:aws:s3:::{parameters['Bucket']}")
    if not is_about(policy, "s3"):
        raise _malformed("Policy has invalid action")
    if not all_known(policy, account_id):
        raise _malformed("Invalid principal in policy")
    if _blocks(bucket, "block_public_policy") and bucket_policy_is_public(parameters["Policy"]):
        raise _prevented(call.operation, parameters, "policies", "BlockPublicPolicy")


def _check_statement(statement: Json, bucket_arn: str) -> None:
    for names in (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction")):
        if not any(name in statement for name in names):
            raise _malformed(f"Missing required field {names[0]}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _malformed(f"Invalid effect: {statement['Effect']}")
    resources = as_list(statement.get("Resource", statement.get("NotResource")) or [])
    for arn in map(str, resources):
        if arn != "*" and arn.partition("/")[0] not in (bucket_arn, f"{bucket_arn}*"):
            raise _malformed("Policy has invalid resource")


def _check_deleted(parameters: Json) -> None:
    if len(parameters["Delete"]["Objects"]) > MOST_OBJECTS:
        raise Refused("malformed")


def _check_versioning(parameters: Json) -> None:
    configuration = parameters["VersioningConfiguration"]
    if configuration.get("MFADelete") == "Enabled":
        # Only the account's root user can, with a device that nobody has here.
        raise ApiError("AccessDenied", "Mfa Authentication must be used for this request", 403)
    if not configuration.get("Status"):
        raise s3_error("IllegalVersioningConfigurationException")


def _check_cors(parameters: Json) -> None:
    """An origin, or a header, has one `*` at the most."""
    for rule in parameters["CORSConfiguration"].get("CORSRules") or []:
        for name in ("AllowedOrigin", "AllowedHeader"):
            for one in rule.get(f"{name}s") or []:
                if one.count("*") > 1:
                    words = f'{name} "{one}" can not have more than one wildcard.'
                    raise invalid_request(words)


def _check_encryption(parameters: Json) -> None:
    """A bucket has one rule, and a key of KMS is for KMS alone."""
    rules = parameters["ServerSideEncryptionConfiguration"]["Rules"]
    if len(rules) > 1:
        raise Refused("malformed")
    by_default = rules[0].get("ApplyServerSideEncryptionByDefault") or {} if rules else {}
    if "KMSMasterKeyID" in by_default and by_default.get("SSEAlgorithm") == "AES256":
        words = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms"
        raise invalid_argument(words, "ApplyServerSideEncryptionByDefault")


def _check_ownership(parameters: Json) -> None:
    if len(parameters["OwnershipControls"]["Rules"]) != 1:
        raise Refused("malformed")


def _check_acceleration(parameters: Json) -> None:
    if "." in parameters["Bucket"]:
        raise invalid_request(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        )


def _check_given(parameters: Json) -> None:
    """Grants are put by a canned list, by headers, or by a policy in the body."""
    if not any(one.startswith(("ACL", "AccessControlPolicy", "Grant")) for one in parameters):
        raise s3_error("MissingSecurityHeader", MissingHeaderName="x-amz-acl")


def _check_new_bucket(parameters: Json) -> None:
    name = parameters["Bucket"]
    if parameters.get("CreateBucketConfiguration") == {}:
        raise Refused("malformed")
    if not _BUCKET_NAME.fullmatch(name) or _ADDRESS.fullmatch(name) or ".." in name:
        raise s3_error("InvalidBucketName", BucketName=name)


_CHECKS: Mapping[str, Callable[[Json], None]] = {
    "CreateBucket": _check_new_bucket,
    "CreateMultipartUpload": s3_uploads.check_new_upload,
    "DeleteObjects": _check_deleted,
    "ListBuckets": _check_region,
    "PutBucketAccelerateConfiguration": _check_acceleration,
    "PutBucketAcl": _check_given,
    "PutBucketCors": _check_cors,
    "PutBucketEncryption": _check_encryption,
    "PutBucketNotificationConfiguration": check_configured,
    "PutBucketOwnershipControls": _check_ownership,
    "PutBucketVersioning": _check_versioning,
    "PutObject": s3_uploads.check_checksums,
    "PutObjectAcl": _check_given,
    "PutObjectLegalHold": s3_locks.check_hold,
    "PutObjectLockConfiguration": s3_locks.check_configuration,
    "PutObjectRetention": s3_locks.check_retention,
    "PutObjectTagging": s3_objects.check_tags_of_object,
    "UploadPart": s3_uploads.check_part,
}
