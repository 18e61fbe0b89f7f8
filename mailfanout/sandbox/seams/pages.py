"""Changes to how lists of moto come in pages, with their reasons.

See https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from moto.core.responses import ActionResult
from moto.events.models import EventsBackend
from moto.iam.responses import IamResponse
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.ses.responses import EmailResponse
from moto.sqs.responses import SQSResponse

from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.pages import page_of
from mailfanout.sandbox.seams.replacement import Method, Replacement, around, call_of, changes
from mailfanout.sandbox.seams.s3_listings import OWNER

_MOST_ITEMS, _MOST_BUCKETS = 100, 10_000
# The lists of IAM, with the operations whose answers they are; some have several in one.
_LISTS = {
    "AccessKeyMetadata": "list_access_keys",
    "AttachedPolicies": """
        list_attached_group_policies list_attached_role_policies list_attached_user_policies
    """,
    "Groups": "list_groups list_groups_for_user",
    "PolicyGroups PolicyUsers PolicyRoles": "list_entities_for_policy",
    "UserDetailList GroupDetailList RoleDetailList Policies": "get_account_authorization_details",
    "InstanceProfiles": "list_instance_profiles list_instance_profiles_for_role",
    "Policies": "list_policies",
    "PolicyNames": "list_group_policies list_role_policies list_user_policies",
    "Roles": "list_roles",
    "Tags": "list_policy_tags list_role_tags list_user_tags",
    "Users": "get_group list_users",
    "Versions": "list_policy_versions",
}
# Of these, which come in the order of their names, whatever their case.
_BY_NAME = ("AttachedPolicies", "Groups", "Roles", "Users")


# Lists that moto gives whole: whose they are, their names, how much a page holds at most, and the
# parameter that asks for less.
_WHOLE: tuple[tuple[Any, str, str, int, str], ...] = (
    (SQSResponse, "list_dead_letter_source_queues", "queueUrls", 1000, "MaxResults"),
    (EmailResponse, "list_identities", "Identities", 1000, "MaxItems"),
    (EmailResponse, "list_templates", "TemplatesMetadata", 100, "MaxItems"),
    (EmailResponse, "list_configuration_sets", "ConfigurationSets", 1000, "MaxItems"),
)


def replacements() -> list[Replacement]:
    """Every change to how lists come in pages, for setattr."""
    return [
        *around(
            IamResponse,
            "gives all at once, or an empty page at the end, and roles in no order",
            **{
                name: partial(_in_pages, listed)
                for listed, names in _LISTS.items()
                for name in names.split()
            },
        ),
        *changes(S3Response, "leaves out the rest of the buckets", all_buckets=_all_buckets),
        *(
            change
            for owner, name, listed, most, limit in _WHOLE
            for change in around(
                owner, "gives all at once", **{name: partial(_page_of_all, listed, most, limit)}
            )
        ),
        *around(
            EventsBackend,
            "begins anew after a page that ends with an ARN that comes twice",
            list_targets_by_rule=_targets,
        ),
    ]


def _in_pages(listed: str, original: Method, response: Any) -> ActionResult:
    asked = dict(response.params)
    response.params = {**asked, "MaxItems": 10**6}
    response.params.pop("Marker", None)
    result: Any = original(response).result
    most = int(asked.get("MaxItems", _MOST_ITEMS))
    found = [(name, one) for name in listed.split() for one in result[name]]
    in_order = sorted(found, key=_name) if listed in _BY_NAME else found
    page, marker = page_of(in_order, asked.get("Marker"), most)
    told = {name: [one for kind, one in page if kind == name] for name in listed.split()}
    more = {"Marker": marker} if marker else {}
    result.pop("Marker", None)
    return ActionResult({**result, **told, "IsTruncated": bool(marker), **more})


def _page_of_all(listed: str, most: int, limit: str, original: Method, response: Any) -> Any:
    asked = call_of(response).parameters
    result: Any = original(response).result
    found, most = list(result[listed]), min(most, asked.get(limit) or most)
    page, token = page_of(found, asked.get("NextToken"), most)
    return ActionResult({**result, listed: page, **({"NextToken": token} if token else {})})


def _targets(
    original: Any, self: EventsBackend, rule_name: str, event_bus_arn: str | None, **asked: Any
) -> tuple[Sequence[Json], str | None]:
    found = original.__wrapped__(self, rule_name, event_bus_arn)
    page, token = page_of(found, asked["next_token"], asked["limit"] or _MOST_ITEMS)
    return page, token or None


def _name(listed: tuple[str, Any]) -> str:
    _, one = listed
    name: str = one["PolicyName"] if isinstance(one, dict) else one.name
    return name.lower()


def _all_buckets(self: S3Response) -> Any:
    """In the order of their names, as S3 lists them."""
    asked = call_of(self).parameters
    found = self.backend.list_buckets(asked.get("Prefix"), asked.get("BucketRegion"), None)
    in_order = sorted(found, key=lambda bucket: str(bucket.name))
    most = asked.get("MaxBuckets", _MOST_BUCKETS)
    page, token = page_of(in_order, asked.get("ContinuationToken"), most)
    result: Json = {
        "Owner": OWNER,
        "Buckets": [_bucket(one, has_region=bool(asked)) for one in page],
        **({"ContinuationToken": token} if token else {}),
        **({"Prefix": asked["Prefix"]} if "Prefix" in asked else {}),
    }
    self.data["Action"] = "ListBuckets"
    return self.serialized(ActionResult(result))


def _bucket(bucket: FakeBucket, *, has_region: bool) -> Json:
    """What S3 lists of it: with its Region where anything at all was asked for."""
    region = {"BucketRegion": bucket.region_name} if has_region else {}
    return {"Name": bucket.name, "CreationDate": bucket.creation_date_ISO8601, **region}
