"""What roles, users and services may do: by their own policies, and by the resource's."""

from __future__ import annotations

import pytest

from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID, REGION, key_pair
from support.sandboxes.account_setup import (
    BUCKET,
    FUNCTION,
    IDENTITY,
    INDEX,
    MAIL,
    MESSAGE,
    QUEUE,
    SESSION,
    TABLE,
    TO,
    Clients,
    Make,
    allow,
    create_bucket,
    create_queue,
    create_table,
    deny,
    policy,
    query_index,
)

pytestmark = pytest.mark.slow

SESSION_REFUSED = ("AccessDenied", "Cannot call GetSessionToken with session credentials")


def test_a_role_may_do_what_its_policy_says_where_it_says_it(admin: Clients, role: Make) -> None:
    s3 = create_bucket(admin)
    s3.create_bucket(Bucket="other")
    for bucket in ("mailbody", "other"):
        s3.put_object(Bucket=bucket, Key="a b+メ.txt", Body=b"body")

    reader = role("s3", allow("s3:GetObject", f"{BUCKET}/*"))

    assert reader.get_object(Bucket="mailbody", Key="a b+メ.txt")["Body"].read() == b"body"
    assert reader.head_object(Bucket="mailbody", Key="a b+メ.txt")
    assert refusal(reader.get_object, Bucket="other", Key="a b+メ.txt") == (
        "AccessDenied",
        f"User: {SESSION} is not authorized to perform: s3:GetObject on resource: "
        '"arn:aws:s3:::other/a b+メ.txt" because no identity-based policy allows the '
        "s3:GetObject action",
    )
    assert refusal(reader.put_object, Bucket="mailbody", Key="a")[0] == "AccessDenied"
    assert refusal(reader.list_objects_v2, Bucket="mailbody")[0] == "AccessDenied"
    assert refusal(reader.head_object, Bucket="other", Key="a")[0] == "403"
    # Who may not list a bucket does not learn what is missing in it.
    assert "s3:ListBucket on resource" in refusal(reader.get_object, Bucket="mailbody", Key="b")[1]
    assert refusal(admin("s3").get_object, Bucket="mailbody", Key="b")[0] == "NoSuchKey"


def test_a_refusal_can_name_a_key_that_xml_would_misread(role: Make) -> None:
    assert "mailbody/<a&b>" in refusal(role("s3").get_object, Bucket="mailbody", Key="<a&b>")[1]


def test_a_role_queries_an_index_and_nothing_else(admin: Clients, role: Make) -> None:
    create_table(admin)

    table = role("dynamodb", allow("dynamodb:Query", INDEX))

    assert query_index(table)["Count"] == 0
    assert refusal(table.put_item, TableName="mailaddress", Item={"email": {"S": "a"}}) == (
        "AccessDeniedException",
        f"User: {SESSION} is not authorized to perform: dynamodb:PutItem on resource: {TABLE} "
        "because no identity-based policy allows the dynamodb:PutItem action",
    )
    assert refusal(table.scan, TableName="mailaddress", IndexName="haserror-index")[0] == (
        "AccessDeniedException"
    )


def test_a_transaction_needs_the_permission_of_each_of_its_parts(
    admin: Clients, role: Make
) -> None:
    create_table(admin)
    table = role("dynamodb", allow("dynamodb:PutItem", TABLE))
    put = {"Put": {"TableName": "mailaddress", "Item": {"email": {"S": "a"}}}}
    delete = {"Delete": {"TableName": "mailaddress", "Key": {"email": {"S": "b"}}}}

    table.transact_write_items(TransactItems=[put])

    code, message = refusal(table.transact_write_items, TransactItems=[put, delete])
    assert code == "AccessDeniedException"
    assert "dynamodb:DeleteItem" in message


def test_sqs_says_the_action_in_lower_case_and_batches_need_the_single_action(
    admin: Clients, role: Make
) -> None:
    _, queue_url = create_queue(admin)

    queue = role("sqs", allow("sqs:ReceiveMessage", QUEUE))

    assert refusal(
        queue.send_message_batch, QueueUrl=queue_url, Entries=[{"Id": "1", "MessageBody": "a"}]
    ) == (
        "AccessDenied",
        f"User: {SESSION} is not authorized to perform: sqs:sendmessage on resource: {QUEUE} "
        "because no identity-based policy allows the sqs:sendmessage action",
    )


SES_WORDS = (
    f"User `{SESSION}' is not authorized to perform `ses:SendEmail' on resource `{IDENTITY}'"
)


def test_ses_has_words_of_its_own(role: Make) -> None:
    statement = allow("ses:SendEmail", f"{IDENTITY}.jp")
    mail = {"Source": "sender@example.com", "Destination": TO, "Message": MESSAGE}

    assert refusal(role("ses", statement).send_email, **mail) == ("AccessDenied", SES_WORDS)
    assert refusal(role("sesv2", statement).send_email, **MAIL, Content={"Simple": MESSAGE}) == (
        "AccessDeniedException",
        SES_WORDS,
    )


def test_every_other_service_denies_with_its_own_code(role: Make) -> None:
    topic = {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:feedback", "Message": "a"}

    assert refusal(role("sns").publish, **topic)[0] == "AuthorizationError"
    assert "SNS:Publish" in refusal(role("sns").publish, **topic)[1]
    assert refusal(role("iam").list_users)[0] == "AccessDenied"
    assert refusal(role("cloudformation").list_stacks)[0] == "AccessDenied"
    assert refusal(role("logs").create_log_group, logGroupName="g")[0] == "AccessDeniedException"
    assert refusal(role("lambda").invoke, FunctionName="sendQueue") == (
        "AccessDeniedException",
        f"User: {SESSION} is not authorized to perform: lambda:InvokeFunction on resource: "
        f"{FUNCTION} because no identity-based policy allows the lambda:InvokeFunction action",
    )


def test_an_explicit_deny_of_the_role_is_named(admin: Clients, role: Make) -> None:
    create_bucket(admin)

    bucket = role("s3", allow("s3:*", "*"), deny("s3:ListBucket", BUCKET))

    code, message = refusal(bucket.list_objects_v2, Bucket="mailbody")
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_managed_policy_counts_in_its_default_version(admin: Clients, role: Make) -> None:
    sqs, sns, iam = role("sqs"), role("sns"), admin("iam")
    first, second = policy(allow("sns:*", "*")), policy(allow("sqs:*", "*"))
    policy_arn = iam.create_policy(PolicyName="m", PolicyDocument=first)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="lambda-s3-role", PolicyArn=policy_arn)
    assert sns.list_topics()

    iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=second, SetAsDefault=True)

    assert sqs.list_queues()
    assert refusal(sns.list_topics)[0] == "AuthorizationError"


def test_a_role_that_is_gone_may_do_nothing(admin: Clients, role: Make) -> None:
    sqs = role("sqs", allow("*", "*"))
    admin("iam").delete_role_policy(RoleName="lambda-s3-role", PolicyName="p")
    admin("iam").delete_role(RoleName="lambda-s3-role")

    assert refusal(sqs.list_queues)[0] == "AccessDenied"


def test_a_user_may_do_what_the_policies_of_user_and_group_say(
    admin: Clients, user: Clients
) -> None:
    iam = admin("iam")
    assert refusal(user("sqs").list_queues) == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT_ID}:user/mail/yamada is not authorized to perform: "
        f"sqs:listqueues on resource: arn:aws:sqs:{REGION}:{ACCOUNT_ID}:* because no "
        "identity-based policy allows the sqs:listqueues action",
    )

    by_name = {"StringEquals": {"aws:username": "yamada"}}
    document = policy(allow("sqs:ListQueues", "*", Condition=by_name))
    iam.put_user_policy(UserName="yamada", PolicyName="p", PolicyDocument=document)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="yamada")
    iam.put_group_policy(
        GroupName="g", PolicyName="p", PolicyDocument=policy(allow("sns:ListTopics", "*"))
    )

    assert user("sqs").list_queues()
    assert user("sns").list_topics()
    assert refusal(user("dynamodb").list_tables)[0] == "AccessDeniedException"


def test_a_user_that_names_none_means_itself(admin: Clients, user: Clients) -> None:
    own = f"arn:aws:iam::{ACCOUNT_ID}:user/mail/${{aws:username}}"
    admin("iam").put_user_policy(
        UserName="yamada",
        PolicyName="p",
        PolicyDocument=policy(allow("iam:*", own), deny("iam:CreateAccessKey", own)),
    )

    assert user("iam").get_user()["User"]["UserName"] == "yamada"
    assert "with an explicit deny" in refusal(user("iam").create_access_key)[1]


def test_a_users_session_may_do_what_the_user_may(
    admin: Clients, user: Clients, connect: Make
) -> None:
    given = user("sts").get_session_token()["Credentials"]
    session = key_pair(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert refusal(connect(session, "sqs").list_queues)[0] == "AccessDenied"

    document = policy(allow("sqs:ListQueues", "*"))
    admin("iam").put_user_policy(UserName="yamada", PolicyName="p", PolicyDocument=document)

    assert connect(session, "sqs").list_queues()
    assert refusal(connect(session, "sqs").create_queue, QueueName="q")[0] == "AccessDenied"
    without_token = key_pair(given["AccessKeyId"], given["SecretAccessKey"])
    assert refusal(connect(without_token, "sqs").list_queues)[0] == "InvalidClientTokenId"


def test_nobody_is_given_the_example_of_the_documentation(admin: Clients) -> None:
    code, message = refusal(admin("sts").get_federation_token, Name="taro")

    assert (code, message) == ("InvalidAction", "The sandbox does not do sts:GetFederationToken.")


def test_a_session_has_no_session_of_its_own(role: Make) -> None:
    assert refusal(role("sts", allow("*", "*")).get_session_token) == SESSION_REFUSED


def test_a_users_session_is_for_neither_iam_nor_another_session(
    admin: Clients, user: Clients, connect: Make
) -> None:
    given = user("sts").get_session_token()["Credentials"]
    session = key_pair(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    assert refusal(connect(session, "iam").list_users)[0] == "InvalidClientTokenId"
    assert refusal(connect(session, "sts").get_session_token) == SESSION_REFUSED
    assert connect(session, "sts").get_caller_identity()["Arn"].endswith("/yamada")


def test_a_key_that_is_switched_off_or_deleted_is_refused(admin: Clients, user: Clients) -> None:
    iam, sts = admin("iam"), user("sts")
    [key] = iam.list_access_keys(UserName="yamada")["AccessKeyMetadata"]
    name = {"UserName": "yamada", "AccessKeyId": key["AccessKeyId"]}
    assert sts.get_caller_identity()["Arn"].endswith("user/mail/yamada")

    iam.update_access_key(**name, Status="Inactive")
    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"

    iam.delete_access_key(**name)
    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_renamed_user_keeps_keys_sessions_and_tags(
    admin: Clients, user: Clients, connect: Make
) -> None:
    iam, tags = admin("iam"), [{"Key": "team", "Value": "mail"}]
    iam.tag_user(UserName="yamada", Tags=tags)
    given = user("sts").get_session_token()["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    session = connect(key_pair(*(given[one] for one in names)), "sts")

    iam.update_user(UserName="yamada", NewUserName="sato", NewPath="/other/")

    renamed = f"arn:aws:iam::{ACCOUNT_ID}:user/other/sato"
    assert user("sts").get_caller_identity()["Arn"] == renamed
    assert session.get_caller_identity()["Arn"] == renamed
    assert iam.list_user_tags(UserName="sato")["Tags"] == tags
    (key,) = iam.list_access_keys(UserName="sato")["AccessKeyMetadata"]
    assert key["UserName"] == "sato"
