"""The HTTP API: jobs, their execution steps and artifacts, and workflows, as JSON under `/admin`."""
