"""A bounded load test of the API at some address: reads of jobs of several sizes, lists, submissions."""
