"""The embedded AWS engine and what lives on a laptop."""
