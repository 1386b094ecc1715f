"""Measurements. They print and draw; they never pass or fail."""
