"""Entry points of the deployed functions."""
