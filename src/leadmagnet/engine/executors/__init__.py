"""The types of steps. A new one is one file here, one member of StepType, and one line below."""

from collections.abc import Mapping

from leadmagnet.domain.execution_step import StepType
from leadmagnet.engine.executors.ai_generation import AI_GENERATION
from leadmagnet.engine.executors.final_output import FINAL_OUTPUT
from leadmagnet.engine.executors.html_generation import HTML_GENERATION
from leadmagnet.engine.executors.image_generation import IMAGE_GENERATION
from leadmagnet.engine.executors.step_kind import Outcome, StepKind
from leadmagnet.engine.executors.webhook import WEBHOOK

STEP_KINDS: Mapping[StepType, StepKind] = {
    StepType.AI_GENERATION: AI_GENERATION,
    StepType.IMAGE_GENERATION: IMAGE_GENERATION,
    StepType.HTML_GENERATION: HTML_GENERATION,
    StepType.WEBHOOK: WEBHOOK,
    StepType.FINAL_OUTPUT: FINAL_OUTPUT,
}

__all__ = ["STEP_KINDS", "Outcome", "StepKind"]
