"""mailfanout: an event-driven mail fan-out on AWS, built step by step.

The rooms, from the front door down; each imports only those that stand below it:

    __main__        the command line, assembled
    commands        what people type, a module per group of commands
    verify          the notebooks as integration tests, on any target, with a report
    cells           the process that runs one notebook for it, cell by cell
    workshop        the tutorial's lessons: beginning them, checking exercises, learners' copies
    bench  prices   the designs side by side, and what AWS takes for it
    plan            what a deploy would make, as whom and where, and what it costs
    show            what a notebook shows: the pipeline's picture, mails, tables, timelines
    template        the pipeline as a SAM template, from the list of its parts
    campaign        a mail, the sending of it, what was accepted, what the functions logged
    recipients      from CSV or DataFrame to checked recipients, and the table of them
    provision       the AWS resources, a module per kind, and `parts`, the one list of them
    ledger          the reliable design's campaigns, as a person sees and steers them
    forecast        what a campaign takes at any size, reckoned from figures alone
    account         what an AWS account lets one do: mails, senders, functions at once
    policies        the pipeline's policies, as AWS writes them
    target          where the pipeline runs: the sandbox, another endpoint, AWS
    stack           the names and ARNs of one pipeline; `durations`, how long it waits
    installation    how this Python gets what the lab needs
    errors          what can go wrong, as conditions that a learner can meet and mend
    wording         numbers with their nouns: 1 mail, 2 mails

    lambdas         the functions' source: deployed, never imported
    sandbox         the embedded AWS, a process of its own; `sandbox.control` is its one door
    faults          what is to go wrong next, in the sandbox
    pytest_plugin   private sandboxes for any project's tests
    awscli_plugin   keeps the AWS CLI in the sandbox, in the sandbox's shells
"""
