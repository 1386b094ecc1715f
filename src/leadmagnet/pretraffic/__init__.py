"""The check that a version of a function passes before it gets traffic: real requests, a real job, read back."""
