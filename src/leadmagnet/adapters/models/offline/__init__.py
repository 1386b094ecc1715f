"""Models without a vendor: text from a stock of sentences, pictures drawn with Pillow; no network, no keys."""
