"""S3's errors, by their codes.

See https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from functools import partial

from mailfanout.sandbox.http import ApiError

# The status and the words of each.
_ERRORS = {
    "AccessControlListNotSupported": (400, "The bucket does not allow ACLs"),
    "BucketNotEmpty": (
        409,
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    ),
    "EntityTooSmall": (400, "Your proposed upload is smaller than the minimum allowed size"),
    "IllegalVersioningConfigurationException": (400, "The Versioning element must be specified"),
    "InvalidBucketAclWithBlockPublicAccessError": (
        400,
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    ),
    "InvalidBucketAclWithObjectOwnership": (
        400,
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ),
    "InvalidBucketName": (400, "The specified bucket is not valid."),
    "InvalidPart": (
        400,
        "One or more of the specified parts could not be found.  The part may not have been "
        "uploaded, or the specified entity tag may not match the part's entity tag.",
    ),
    "InvalidPartNumber": (416, "The requested partnumber is not satisfiable"),
    "InvalidPartOrder": (
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    ),
    "InvalidStorageClass": (400, "The storage class you specified is not valid"),
    "KeyTooLongError": (400, "Your key is too long"),
    "MetadataTooLarge": (400, "Your metadata headers exceed the maximum allowed metadata size"),
    "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
    "MissingSecurityHeader": (400, "Your request was missing a required header"),
    "NoSuchBucket": (404, "The specified bucket does not exist"),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchPublicAccessBlockConfiguration": (
        404,
        "The public access block configuration was not found",
    ),
    "NoSuchUpload": (
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed.",
    ),
    "NoSuchVersion": (404, "The specified version does not exist."),
    "NotImplemented": (
        501,
        "A header you provided implies functionality that is not implemented",
    ),
    "ObjectLockConfigurationNotFoundError": (
        404,
        "Object Lock configuration does not exist for this bucket",
    ),
    "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold"),
}
# What S3 says of parts of a request that do not go together.
invalid_request = partial(ApiError, "InvalidRequest")


def s3_error(code: str, **members: object) -> ApiError:
    """The error with this code, which has the same words each time."""
    status, words = _ERRORS[code]
    return ApiError(code, words, status, members=members)


def invalid_argument(message: str, name: str | None = None, value: object = None) -> ApiError:
    """What S3 says of a part of a request, with its name and value if they are known."""
    members = {"ArgumentName": name, "ArgumentValue": value}
    known = {member: one for member, one in members.items() if one is not None}
    return ApiError("InvalidArgument", message, members=known)
