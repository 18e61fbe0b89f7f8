"""The embedded AWS: moto, and the Lambda runtime and triggers that moto lacks.

One process serves it all. The rooms, from the top down; each imports only those below it:

    server          puts the process together
    seams           every change to moto, a module per service, each with its reason
    event_sources   what starts functions: pollers of queues, rules on a schedule
    cloudformation  stacks: templates become resources by the calls that AWS makes
    front           every call, checked, counted, spoiled by faults; and the sandbox's own API
    rules           what AWS refuses and neither its models nor moto do
    awslambda       which functions there are, and what becomes of their invocations
    transitions     calls whose effects take their time: what is shown and refused meanwhile
    sns             a topic's messages on their way to queues
    access  ses     whose key signs a call, and what that caller may do; mails and their feedback
    sqs             queues at constant cost
    calls           a request, read once by AWS's model: operation and parameters, or no
    runtime         the child processes that run functions
    http            the server, a request as it arrives, and how the sandbox says no
    control         the one door for the rest of the package: the process, its client, its faults
    dynamodb        tables at a cost that does not grow; the grammar of their expressions
    log_patterns    which log messages a filter pattern matches
    checksums       of S3's objects, also those that Python has not
    patterns        what fits a text with asterisks, or a regular expression, in bounded time
    states          what takes its time, how long, and what is on its way
    tracing         how often an event has been through a function
    plain_results   answers that are in AWS's names already
    events          the events that AWS hands to functions, whole
    json_objects    JSON, and what may be one value or a list
    pages           lists in pages
    service_principals  the names by which policies let AWS's services in
    ids             ids that AWS makes up

A request comes in by `http.server`; `front.gateway` has `access` say who signed it and `calls`
what it asks for. Whatever comes after reads this call, and the request no more: permissions,
limits, counts, faults, and moto, which `seams` has bent. A function runs in a child process:
`awslambda` or a poller asks `runtime` for an execution environment, and `runtime.child` is what
runs in it.
"""
