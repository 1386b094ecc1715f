"""What can go wrong with the embedded engine and what it holds."""

from __future__ import annotations

from leadmagnet.domain.errors import LeadmagnetError


class EngineFailed(LeadmagnetError):
    """The embedded engine did not start, or what it kept cannot be read."""

    code = "engine_failed"


class DataDirInUse(LeadmagnetError):
    """Another leadmagnet works in the same data folder, or its engine is still saving."""

    code = "data_dir_in_use"


class TemplateNotUnderstood(LeadmagnetError):
    """`template.yaml` is missing, broken, or uses what the embedded engine cannot be given."""

    code = "template_not_understood"
