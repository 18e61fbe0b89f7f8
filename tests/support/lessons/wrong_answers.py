"""Answers to exercises that are not yet right."""

from __future__ import annotations

# What a learner may write in place of the stub; the solution mends it, since it runs after it.
WRONG = {
    "12-1": "provision.delete_table(target, beside)",
    "00-1": 's3.put_object(Bucket=stack.bucket_name, Key="hello.png", Body=b"Hello!")',
    "01-1": """
dynamodb.put_item(TableName=stack.table_name, Item={"email": {"S": "suzuki@example.com"}})
""",
    "01-2": "dynamodb.put_item(TableName=stack.table_name, Item=yamada)",
    "02-1": """
people = [recipients.Recipient("success@simulator.amazonses.com", "success")]
recipients.seed(target, stack, people)
""",
    "02-2": """
recipients.seed(target, stack, recipients.check_frame(frame).recipients)
""",
    "03-1": """
url = sqs.get_queue_url(QueueName=stack.dead_letter_queue_name)["QueueUrl"]
sqs.set_queue_attributes(QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "5"})
""",
    "03-2": """
s3.put_bucket_versioning(
    Bucket=stack.bucket_name, VersioningConfiguration={"Status": "Suspended"}
)
""",
    "04-1": """
rule = {"Name": "prefix", "Value": ".txt"}
wanted = {**notification, "Filter": {"Key": {"FilterRules": [rule]}}}
notify(
    Bucket=stack.bucket_name,
    NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]},
)
""",
    "04-2": """
lesson.client("dynamodb").update_item(
    TableName=stack.table_name,
    Key={"email": {"S": show.table(target, stack)["email"].min()}},
    UpdateExpression="SET haserror = :yes",
    ExpressionAttributeValues={":yes": {"N": "1"}},
)
""",
    "05-1": "lambda_client.update_event_source_mapping(UUID=uuid, BatchSize=1)",
    "05-2": 'provision.invoke(target, stack.read_message_name, {"Records": [record]})',
    "06-1": """
lesson.client("dynamodb").update_item(
    TableName=stack.table_name,
    Key={"email": {"S": "info@branch83.example.com"}},
    UpdateExpression="SET username = :name",
    ExpressionAttributeValues={":name": {"S": "第38支店"}},
)
""",
    "06-2": 'campaign.upload(target, stack, campaign.check_mail("news.txt", mail.data))',
    "06-3": """
lambda_client.update_event_source_mapping(UUID=uuid, ScalingConfig={"MaximumConcurrency": 3})
""",
    "07-1": 'books.send("a mail of my own")',
    "07-2": """
for email in books.tallies[1].lost:
    dynamodb.update_item(
        TableName=stack.table_name,
        Key={"email": {"S": email}},
        UpdateExpression="SET issend = :no",
        ExpressionAttributeValues={":no": {"N": "0"}},
    )
""",
    "08-1": """
campaign.settle(target, stack, doubtful["campaign"], "pending", to="yamada@example.com")
""",
    "08-2": """
with workshop.reader_held(target, stack):
    campaign.upload(target, stack, news)
    target.sandbox.wait_until_quiet()
    campaign.pause(target, stack, campaign.status(target, stack)[-1]["campaign"])
""",
    "08-3": """
text = "Promise\\n\\nEach of you gets exactly one mail.\\n"
campaign.send(target, stack, campaign.check_mail("promise.txt", text.encode()))
""",
    "09-1": """
dynamodb.update_item(
    TableName=stack.table_name,
    Key={"email": {"S": yamada}},
    UpdateExpression="SET haserror = :yes",
    ExpressionAttributeValues={":yes": {"N": "1"}},
)
""",
    "09-2": """
lesson.client("sns").subscribe(
    TopicArn=stack.feedback_topic_arn, Protocol="email", Endpoint="you@example.com"
)
""",
    "09-3": "campaign.upload(target, stack, news)",
    "10-1": """
[mapping] = lesson.client("lambda").list_event_source_mappings(
    FunctionName=stack.read_message_name
)["EventSourceMappings"]
lesson.client("lambda").update_event_source_mapping(
    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": 4}
)
""",
    "10-2": 'lesson.client("events").disable_rule(Name=stack.rule_name)',
    "10-3": """
found = (mine / "bulk_mail.py").read_text(encoding="utf-8")
found = found.replace('    "ACCOUNT_THROTTLED",\\n', "")
(mine / "bulk_mail.py").write_text(found, encoding="utf-8", newline="\\n")
""",
    "11-1": """
lesson.client("sns").subscribe(
    TopicArn=second.notices_arn, Protocol="email", Endpoint="ops@example.com"
)
""",
}
