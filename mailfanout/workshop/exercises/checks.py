"""The exercises, each with its check: what AWS holds decides, never a variable of the notebook.

To add one, write a function of a target and a stack that returns CORRECT, NOT_ATTEMPTED or
`not_yet("…")`, and name it in CHECKS by lesson and number. Its docstring's first line, of 50
characters at most, is the task, as the learner reads it. It may call AWS freely. If AWS refuses a
call, for example because the table is missing, `workshop.check` answers *not yet*.
"""

from __future__ import annotations

from mailfanout.errors import none_such
from mailfanout.workshop.exercises import capstone, faults, feedback, mails, pipeline, scale, stacks
from mailfanout.workshop.exercises.verdicts import Check

CHECKS: dict[str, Check] = {
    "00-1": mails.send_a_mail_of_your_own,
    "00-2": mails.delete_the_example,
    "01-1": pipeline.add_a_recipient,
    "01-2": pipeline.let_a_delivery_fail,
    "02-1": pipeline.add_simulator_addresses,
    "02-2": pipeline.mend_a_bad_row,
    "03-1": pipeline.poll_the_dead_letter_queue_long,
    "03-2": pipeline.keep_every_version,
    "04-1": pipeline.announce_only_text_files,
    "04-2": pipeline.leave_out_a_recipient,
    "05-1": pipeline.hand_over_fewer_messages,
    "05-2": pipeline.send_a_mail_again,
    "06-1": pipeline.give_everybody_a_username,
    "06-2": mails.send_a_mail_of_your_own,
    "06-3": pipeline.limit_the_consumers,
    "07-1": faults.lose_one_mail,
    "07-2": faults.bring_the_lost_their_mail,
    "08-1": faults.settle_the_unknown,
    "08-2": faults.stop_a_mail,
    "08-3": faults.write_the_promise,
    "09-1": feedback.opt_out,
    "09-2": feedback.be_told,
    "09-3": feedback.bring_back_the_news,
    "10-1": scale.share_the_rate,
    "10-2": scale.sweep_less_often,
    "10-3": capstone.change_the_pipeline,
    "11-1": stacks.tell_somebody,
    "12-1": stacks.remove_what_stands_beside,
}


def exercises_of(lesson: str) -> list[str]:
    """The exercises of a lesson, in their order."""
    return [exercise for exercise in CHECKS if exercise.startswith(f"{lesson}-")]


def known_exercise(exercise: str) -> Check:
    """Its check. Raises InputError if there is no such exercise."""
    if exercise not in CHECKS:
        raise none_such("exercise", exercise, CHECKS)
    return CHECKS[exercise]
