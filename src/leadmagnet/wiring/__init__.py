"""Builds every client and joins the parts; nothing else in the service knows how they fit together.

One module for each thing that is started, so that a worker does not import the API, nor the API the models.
"""
