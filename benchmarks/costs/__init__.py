"""What jobs cost on AWS, from counts measured on the embedded engine."""
