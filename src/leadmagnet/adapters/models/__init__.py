"""Text and image models: found by name, hosted by a vendor or drawn and written offline."""
