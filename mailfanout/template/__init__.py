"""The pipeline as a SAM template, rendered from the list of parts that `provision` creates from.

A stack whose names hold `${Prefix}` and `${AWS::AccountId}` is given to the parts; what they state
in AWS's words is then put into CloudFormation's, in which these are references.
"""

from __future__ import annotations

from mailfanout.template.files import TEMPLATE, package, write_template
from mailfanout.template.rendering import render
from mailfanout.template.resources import logical_id

__all__ = ["TEMPLATE", "logical_id", "package", "render", "write_template"]
