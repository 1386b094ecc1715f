"""Runs a workflow for a job: planning, executing, recording."""
