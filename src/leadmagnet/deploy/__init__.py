"""Brings the service into AWS, or into the embedded engine: packages, stack, versions, rollback."""
