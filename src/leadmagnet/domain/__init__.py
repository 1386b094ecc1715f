"""Jobs, workflows, steps and their records: values and rules, no I/O."""
