"""An account in the private sandbox, and what tests put into it in one line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.config import Config

from mailfanout.policies import trust_policy
from mailfanout.sandbox.control import Sandbox
from mailfanout.target import Target
from support.parts.zips import zip_of
from support.waiting import wait_for_function, wait_for_table, wait_until

REGION, ACCOUNT_ID = "us-east-1", "123456789012"
ROLE_NAME = "function-role"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE_NAME}"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

# Puts each event where the test finds it; what follows says how the function goes on.
RECORD = """
import json, os, pathlib, time
def lambda_handler(event, context):
    path = pathlib.Path(os.environ["RECORDS"], f"{time.time_ns()}-{context.aws_request_id}")
    path.write_text(json.dumps(event), encoding="utf-8")
    path.rename(path.with_suffix(".json"))
"""
RECORD_AND_FAIL = f"{RECORD}    raise ValueError('no such mail')\n"


class Account:
    """Creates resources and remembers where the functions put the events that they got."""

    def __init__(self, target: Target, records: Path) -> None:
        self._target = target
        self._records = records
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client that tries each call once."""
        if service not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
            self._clients[service] = self._target.session.client(
                service, endpoint_url=self._target.endpoint_url, config=config
            )
        return self._clients[service]

    def set_time_scale(self, scale: float) -> None:
        """Let AWS's waits take this part of their time."""
        self._sandbox.change_settings(time_scale=scale)

    def set_pace(self, pace: str) -> None:
        """Let states last as in a lesson, or as on AWS."""
        self._sandbox.change_settings(pace=pace)

    def reset(self) -> None:
        """Empty the sandbox."""
        self._sandbox.reset()

    def wait_until_quiet(self) -> None:
        """Return when no asynchronous event waits or runs any longer."""
        wait_until(lambda: self._sandbox.call("GET", "/status")["pending_events"] == 0)

    @property
    def _sandbox(self) -> Sandbox:
        assert self._target.sandbox is not None
        return self._target.sandbox

    def role(self, *statements: Mapping[str, Any], trust: Mapping[str, Any] | None = None) -> str:
        """Create the functions' role, or give it other statements and trust in place of its own."""
        iam = self.client("iam")
        trusted = json.dumps(trust or trust_policy())
        try:
            iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=trusted)
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=trusted)
        document = {"Version": "2012-10-17", "Statement": [*statements]}
        iam.put_role_policy(
            RoleName=ROLE_NAME, PolicyName="permissions", PolicyDocument=json.dumps(document)
        )
        return ROLE_ARN

    def function(self, source: str = RECORD, *, name: str = "recorder", **options: Any) -> str:
        """Create a function, and a role that may do everything if there is none; its ARN."""
        if "Role" not in options and not self.client("iam").list_roles()["Roles"]:
            self.role(EVERYTHING)
        settings = {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": "lambda_function.lambda_handler",
            "Role": ROLE_ARN,
            "Timeout": 20,
            "Environment": {"Variables": {"RECORDS": str(self._records)}},
        }
        code = {"ZipFile": zip_of(source)}
        created = self.client("lambda").create_function(Code=code, **{**settings, **options})
        self.wait_for_function(name)
        arn: str = created["FunctionArn"]
        return arn

    def allow(self, service: str, source_arn: str) -> None:
        """Let a service, such as "sns", invoke the function for this source."""
        self.client("lambda").add_permission(
            FunctionName="recorder",
            StatementId=service,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source_arn,
        )

    def wait_for_function(self, name: str = "recorder") -> None:
        """Return when the function has been created, or updated."""
        wait_for_function(self.client("lambda"), name)

    def wait_for_table(self, name: str) -> None:
        """Return when the table has been created, or updated."""
        wait_for_table(self.client("dynamodb"), name)

    def queue(self, name: str = "queue", **attributes: Any) -> str:
        """Create a queue; its URL."""
        created = self.client("sqs").create_queue(
            QueueName=name, Attributes={key: str(value) for key, value in attributes.items()}
        )
        url: str = created["QueueUrl"]
        return url

    def invoke(self, name: str = "recorder", event: Any = None, **options: Any) -> Any:
        """Invoke's response, its payload parsed."""
        payload = json.dumps({} if event is None else event)
        response = self.client("lambda").invoke(FunctionName=name, Payload=payload, **options)
        response["Payload"] = json.loads(response["Payload"].read() or "null")
        return response

    def files(self, pattern: str) -> list[Path]:
        """The files of such names that functions put beside their events, by their names."""
        return sorted(self._records.glob(pattern))

    def events(self) -> list[Any]:
        """The events that functions recorded so far, in their order."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in self.files("*.json")]

    def records(self) -> list[Any]:
        """The records of all events so far."""
        return [record for event in self.events() for record in event["Records"]]

    def wait_for(self, number: int, what: Callable[[], list[Any]]) -> list[Any]:
        """What there is, as soon as it is so many."""
        wait_until(lambda: len(what()) >= number)
        return what()

    def receive(self, queue_url: str, **options: Any) -> Any:
        """The next message of a queue, with everything that belongs to it."""
        received: list[Any] = []

        def look() -> bool:
            answer = self.client("sqs").receive_message(
                QueueUrl=queue_url,
                WaitTimeSeconds=1,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
                **options,
            )
            received.extend(answer.get("Messages", []))
            return bool(received)

        wait_until(look)
        return received[0]

    def messages_in(self, queue_url: str) -> int:
        """How many messages a queue holds, whatever their state."""
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        ]
        answer = self.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        return sum(map(int, answer["Attributes"].values()))


def queue_arn(name: str = "queue") -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"


def topic_arn(name: str = "feedback") -> str:
    return f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:{name}"


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    """A policy's statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}
