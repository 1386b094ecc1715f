"""The step log beside the obvious way and beside the raw floor, in one run on the embedded engine."""
