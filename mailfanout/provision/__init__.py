"""Create and delete the AWS resources of the pipeline: each by its function, or all at once.

`parts` is the one list of them; each kind of resource has a module of its own. Every function may
be repeated: what exists is left alone or brought back to its settings, and what is gone already is
no error. Errors that AWS answers with are botocore's ClientError.
"""

from __future__ import annotations

from mailfanout.provision.awslambda import (
    create_function,
    delete_function,
    invoke,
    package_files,
    zip_handler,
)
from mailfanout.provision.bucket import create_bucket, delete_bucket
from mailfanout.provision.deployment import (
    create_parts,
    deploy,
    deployed_parts,
    describe,
    find_design,
    remaining,
    require_whole,
    teardown,
    with_deployed_settings,
)
from mailfanout.provision.found_by_tag import FoundPart, find_parts, find_stacks
from mailfanout.provision.functions import (
    HANDLER_FILE,
    PipelineFunction,
    find_function,
    function_names,
    handler_path,
    own_handlers,
)
from mailfanout.provision.mapping import (
    create_event_source_mapping,
    delete_event_source_mapping,
    find_mapping,
    set_polling,
)
from mailfanout.provision.notification import (
    allow_bucket_to_invoke,
    create_notification,
    delete_notification,
    forbid_bucket_to_invoke,
)
from mailfanout.provision.part_kinds import Part
from mailfanout.provision.parts import every_part, parts_of
from mailfanout.provision.queues import (
    count_messages,
    create_dead_letter_queue,
    create_queue,
    delete_dead_letter_queue,
    delete_queue,
    find_queue,
    read_depth,
    require_queue,
)
from mailfanout.provision.renewal import renew
from mailfanout.provision.role import create_role, delete_role
from mailfanout.provision.rule import sweep_held
from mailfanout.provision.sender import delete_sender, verify_sender
from mailfanout.provision.table import create_table, delete_table

__all__ = [
    "HANDLER_FILE",
    "FoundPart",
    "Part",
    "PipelineFunction",
    "allow_bucket_to_invoke",
    "count_messages",
    "create_bucket",
    "create_dead_letter_queue",
    "create_event_source_mapping",
    "create_function",
    "create_notification",
    "create_parts",
    "create_queue",
    "create_role",
    "create_table",
    "delete_bucket",
    "delete_dead_letter_queue",
    "delete_event_source_mapping",
    "delete_function",
    "delete_notification",
    "delete_queue",
    "delete_role",
    "delete_sender",
    "delete_table",
    "deploy",
    "deployed_parts",
    "describe",
    "every_part",
    "find_design",
    "find_function",
    "find_mapping",
    "find_parts",
    "find_queue",
    "find_stacks",
    "forbid_bucket_to_invoke",
    "function_names",
    "handler_path",
    "invoke",
    "own_handlers",
    "package_files",
    "parts_of",
    "read_depth",
    "remaining",
    "renew",
    "require_queue",
    "require_whole",
    "set_polling",
    "sweep_held",
    "teardown",
    "verify_sender",
    "with_deployed_settings",
    "zip_handler",
]
