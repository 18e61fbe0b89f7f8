"""What the lessons ask before they show it. To add a prediction, add it to its lesson here.

`workshop.predict("06-2", …)` asks it in a cell before the run, and `workshop.reveal("06-2")` stands
in a cell after it; what follows it to read is folded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """A question with its choices: which one is right, and why, in a sentence or two.

    The number is the lesson's, and which of its predictions it is. A choice is short enough to be
    typed.
    """

    number: str
    question: str
    choices: tuple[str, ...]
    right: str
    why: str


PREDICTIONS = (
    Prediction(
        "01-1",
        "You put the same address again, with another name. What do you get?",
        ("an error", "a second item", "still one item"),
        "still one item",
        "put_item replaces the whole item that has this key, and says nothing.",
    ),
    Prediction(
        "01-2",
        "The scan returns the same three items. How many does it read?",
        ("3", "501", "1001"),
        "1001",
        "A filter hides what was read already; every item is read, and paid for.",
    ),
    Prediction(
        "01-3",
        "The pipeline asks the index who has no error. What does that query cost?",
        ("half a unit", "about as much as the scan", "nothing"),
        "about as much as the scan",
        "A query costs what it reads, and almost everybody is in the answer.",
    ),
    Prediction(
        "02-1",
        "Which line of the file looks good, but does not make a recipient?",
        ("line 5", "line 6", "line 8"),
        "line 6",
        "Its address is that of line 2, but for the case of a letter.",
    ),
    Prediction(
        "03-1",
        "You are this account's administrator. Can you take on the role with assume_role?",
        ("yes", "no"),
        "no",
        "Its trust policy names Lambda alone, and permissions of your own do not change that.",
    ),
    Prediction(
        "03-2",
        "The visitor's own policies allow nothing, and the queue's policy denies nothing. Does "
        "SQS take a message from the visitor?",
        ("yes", "no"),
        "no",
        "What nothing allows is denied.",
    ),
    Prediction(
        "03-3",
        "You receive the message six times and never delete it. What does the sixth receive find?",
        ("the message", "nothing", "an error"),
        "nothing",
        "After five receives, the sixth one moves the message to the dead-letter queue.",
    ),
    Prediction(
        "04-1",
        "Nobody has told Lambda yet that S3 may invoke sendQueue. What becomes of this call?",
        ("S3 accepts it", "S3 refuses it"),
        "S3 refuses it",
        "S3 asks Lambda at once, and takes no notification that would never work.",
    ),
    Prediction(
        "04-2",
        "Three messages of your test wait already. How many wait after the upload?",
        ("3", "4", "6"),
        "6",
        "An upload does not ask what was enqueued before: three more are added.",
    ),
    Prediction(
        "05-1",
        "The same event comes again. How many mails does 山田太郎 have after that?",
        ("1", "2"),
        "1",
        "The flag was 1 already, so the function skips the message; and a skip is no failure.",
    ),
    Prediction(
        "05-2",
        "Record 1 was sent already, record 2 has no attributes. Which ids come back as failed?",
        ("none", "1", "2", "both"),
        "2",
        "Only what failed comes back; what was skipped is done with.",
    ),
    Prediction(
        "05-3",
        "Three messages wait, and 山田太郎 has the mail. How many mails will be sent?",
        ("1", "2", "3"),
        "2",
        "Two recipients have issend 0, and the third message is skipped.",
    ),
    Prediction(
        "06-1",
        "How many calls did the two functions make for three recipients, all together?",
        ("3", "6", "14"),
        "14",
        "Four for each recipient, and two for the whole: a query and a batch of messages.",
    ),
    Prediction(
        "06-2",
        "Everybody's issend is 1. You upload the same file once more. How many mails are in the "
        "inbox after that?",
        ("three", "six"),
        "six",
        "sendQueue takes each upload for a new mail, and sets issend to 0 for whom it enqueues.",
    ),
    Prediction(
        "06-3",
        "SQS hands out one message a second time. What will the log say of it?",
        ("sent", "Resend Skip", "failed"),
        "Resend Skip",
        "issend was 1 when the repeated message came, so nobody got a second mail.",
    ),
    Prediction(
        "06-4",
        "Five environments are warm, and forty messages wait. How will they share the work?",
        ("one does most", "about eight each", "exactly eight each"),
        "about eight each",
        "Whoever is free takes the next message; nobody plans who gets what.",
    ),
    Prediction(
        "06-5",
        "One message of 41 has no username, and cannot be sent. How often is it tried?",
        ("once", "five times", "for ever"),
        "five times",
        "After five receives, the queue's redrive policy takes it out of the way.",
    ),
    Prediction(
        "06-6",
        "Two consumers at a time: do they keep below one mail a second?",
        ("yes", "no"),
        "no",
        "The limit is one of workers, and each of them works as fast as it can.",
    ),
    Prediction(
        "07-1",
        "SES refuses ten of twenty mails once, and their messages come back. How many arrive?",
        ("10", "20"),
        "10",
        "The flag was set before SES refused: a message that comes back is skipped.",
    ),
    Prediction(
        "07-2",
        "Four times, SQS hands out a message again that was deleted. Who gets two mails?",
        ("nobody", "four people, or fewer", "everybody"),
        "nobody",
        "The flag is 1 when a message comes again, so it is skipped: this is what it is for.",
    ),
    Prediction(
        "07-3",
        "S3 announces one upload twice. How many mails arrive?",
        ("20", "40"),
        "40",
        "sendQueue takes the repeated event for a new upload, and sets every flag to 0 again.",
    ),
    Prediction(
        "07-4",
        "Ten mails to twenty people are due, all enqueued before one is sent. How many arrive?",
        ("20", "110", "200"),
        "20",
        "One flag stands for all ten mails: the first one sets it, and the other nine are skipped.",
    ),
    Prediction(
        "07-5",
        "sendQueue dies after it has enqueued ten of twenty, in both retries, too. Who gets what?",
        ("everybody gets one", "ten get one, ten get none", "ten get three, ten get none"),
        "ten get three, ten get none",
        "Each run begins from the start and dies at the same place.",
    ),
    Prediction(
        "07-6",
        "Nobody can read the uploaded file. How often does readMessageAndSendMail fail at it?",
        ("once", "20 times", "100 times"),
        "100 times",
        "Each of twenty messages is received five times, and the file is read every time.",
    ),
    Prediction(
        "07-7",
        "Each recipient is 60 KB large now. How many does the first page of the query hold?",
        ("17", "20"),
        "17",
        "A page ends at 1 MB, whatever is in it, and says where the next one begins.",
    ),
    Prediction(
        "07-8",
        "A recipient is deleted, and the message to them waits in the queue. What happens?",
        ("they get the mail", "they get none", "they are in the table again"),
        "they get none",
        "The update has a condition: it neither marks nor brings back whoever is gone.",
    ),
    Prediction(
        "07-9",
        "A function copies each uploaded file within the bucket. How many copies come of one?",
        ("1", "16", "it never ends"),
        "16",
        "Each copy is an upload, too. Lambda counts a chain's passes, and ends it after the 16th.",
    ),
    Prediction(
        "08-1",
        "Ten uploads overlap once more, on the new design. How many of the 200 mails arrive?",
        ("20", "200"),
        "200",
        "Each upload is a campaign of its own, in which each recipient has a state of their own.",
    ),
    Prediction(
        "08-2",
        "S3 announces an upload twice once more. What keeps everybody from getting two mails?",
        ("a flag for each recipient", "the campaign's id", "the queue"),
        "the campaign's id",
        "Both events name the same upload, so the second one finds the campaign of the first.",
    ),
    Prediction(
        "08-3",
        "SES has the mails of three of the six campaigns. Can the ledger tell which three?",
        ("yes", "no"),
        "no",
        "Until the record is written, SES alone knows what it took.",
    ),
    Prediction(
        "08-4",
        "In how many of the six campaigns have people got a mail twice so far?",
        ("in none", "in one", "in three"),
        "in one",
        "at_least_once sends again as soon as the lease has run out, without knowing of the first "
        "mails; and SES had taken those in one of its two campaigns.",
    ),
    Prediction(
        "08-5",
        "Now SES's events come in. Forty people wait under settle. To whom will it send?",
        ("to all forty", "to twenty of them", "to nobody"),
        "to twenty of them",
        "The events name the twenty mails that SES took; whom they do not name, it sends to.",
    ),
    Prediction(
        "09-1",
        "SES took all four mails. Which addresses get no mail next time?",
        ("bounce", "bounce and complaint", "all but success"),
        "bounce and complaint",
        "Who complains wants no more, and a mailbox that does not exist takes none. Who is on "
        "holiday comes back.",
    ),
    Prediction(
        "09-2",
        "Each fifth of 400 addresses does not exist. What will the campaign do?",
        ("send to all of them", "stop by itself", "fail at the first bounce"),
        "stop by itself",
        "After 100 mails, more than 5 % of bounces pause it, and a person has to decide.",
    ),
    Prediction(
        "09-3",
        "An address is on SES's list. What does SES do with a mail to it?",
        ("it refuses the call", "it takes the mail, which then bounces", "it delivers the mail"),
        "it takes the mail, which then bounces",
        "SES answers with a message id, sends nothing, and reports a permanent bounce.",
    ),
    Prediction(
        "09-4",
        "田中一郎 has opted out. You import him again, and send. Does he get the mail?",
        ("yes", "no"),
        "no",
        "To seed somebody again sets haserror to 0, but leaves optedout as it is.",
    ),
    Prediction(
        "10-1",
        "With 10,000 recipients, how many calls do the reliable design's two functions make for "
        "each of them?",
        ("less than 0.1", "1", "4"),
        "less than 0.1",
        "It claims, reads, sends and records fifty recipients with one call each.",
    ),
    Prediction(
        "10-2",
        "A million mails, at 14 a second and 50,000 a day. How long does it take?",
        ("2 hours", "20 hours", "19 days"),
        "19 days",
        "The daily quota comes before the rate: a million is twenty days' worth of it.",
    ),
    Prediction(
        "10-3",
        "Beside SES, a million mails cost ten dollars. Which service takes most of them?",
        ("Lambda", "SQS", "DynamoDB"),
        "DynamoDB",
        "The sweep reads the ledger each minute; Lambda and SQS have one message for fifty mails.",
    ),
    Prediction(
        "10-4",
        "A million recipients in the simple design, at 1,000 a second. How many get a mail?",
        ("all of them", "about 82,000", "none"),
        "about 82,000",
        "In its 15 minutes, sendQueue comes no further; both retries begin with the same people.",
    ),
    Prediction(
        "10-5",
        "A hundred million mails, and SES takes 5,000 a second. What is the first limit?",
        ("SES's rate", "the two consumers", "one partition of the ledger"),
        "the two consumers",
        "Each sends one chunk after the other, and both of them come to 2,500 mails a second.",
    ),
    Prediction(
        "11-1",
        "You change one parameter of the stack: the sender. How many of its 20 resources change?",
        ("1", "3", "20"),
        "3",
        "The identity is the sender, the role may send as no other, and the function is told.",
    ),
    Prediction(
        "11-2",
        "Somebody has set sendQueue's timeout to 60 by hand. You update the stack with the same "
        "template. What is the timeout after that?",
        ("900, as in the template", "60, as set by hand"),
        "60, as set by hand",
        "CloudFormation compares the template with the last one, and not with what stands.",
    ),
    Prediction(
        "11-3",
        "The bucket holds the mail. You delete the stack. What becomes of the bucket?",
        ("it is deleted with the mail", "it stays"),
        "it stays",
        "S3 deletes no bucket that holds something, and CloudFormation does not empty it.",
    ),
    Prediction(
        "12-1",
        "Nobody sends anything for a month. Which part costs the most meanwhile?",
        ("the table", "the functions", "the queue"),
        "the queue",
        "Lambda asks it for messages all the time, and each time is a request.",
    ),
    Prediction(
        "12-2",
        "Two stacks stand in one account and Region, each with a prefix. What do they share?",
        ("nothing", "the role", "the identity"),
        "the identity",
        "An address has no prefix. Who created its identity hands it over when they leave.",
    ),
    Prediction(
        "99-1",
        "Nine of the ten parts are resources. How many resources are there to remove?",
        ("9", "10", "11"),
        "11",
        "Lambda created two log groups when the functions first wrote to their logs.",
    ),
    Prediction(
        "99-2",
        "What does a second teardown do, when nothing is left?",
        ("nothing", "it fails at the first step"),
        "nothing",
        "It asks what is there before it removes it, so an interrupted one is run again.",
    ),
)


def predictions_of(lesson: str) -> list[Prediction]:
    """The predictions of a lesson, in their order."""
    return [one for one in PREDICTIONS if one.number.startswith(f"{lesson}-")]
