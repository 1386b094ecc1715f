"""Multi-step AI workflows as jobs, with a complete record of every step, whatever its size."""

__version__ = "0.1.0"
