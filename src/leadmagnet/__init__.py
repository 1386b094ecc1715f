"""Multi-step AI workflows as jobs, with a complete record of every step, whatever its size."""

__version__ = "0.2.0"
