"""CloudFormation: templates become resources, each made by the API calls that AWS makes for it.

operations        CloudFormation's operations: what is asked for is begun
change_sets       what an update would do, before it does it; `change_set_operations` beside it
new_stacks        what is asked before a stack is begun, or an update of one
answers  asked    what is told of stacks; what a call says
detecting  drift  what stands otherwise than a stack was told
standing          how resources stand, in the words of their properties
carrying_out      a plan becomes resources; if one fails, all is undone
stacks            the stacks that there are, and what has happened to them
planning          in which order, and what differs
kinds             the types of resources; below it a module for each group of services
templates         a template as it is written, with SAM's transform; `template_parameters` beside it
intrinsics        Ref, GetAtt, Sub and the others
acting            API calls in the name of whoever asked for the stack
"""

from __future__ import annotations

from mailfanout.sandbox.cloudformation.asked import Asked
from mailfanout.sandbox.cloudformation.operations import OPERATIONS
from mailfanout.sandbox.cloudformation.stacks import Stacks

__all__ = ["OPERATIONS", "Asked", "Stacks"]
