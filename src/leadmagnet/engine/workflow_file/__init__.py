"""Reads a workflow from its YAML text, or says everything that is wrong with it."""

from leadmagnet.engine.workflow_file.parse import parse_workflow

__all__ = ["parse_workflow"]
