"""Pictures drawn with Pillow: covers, colour boards, patterns and diagrams."""
