"""A Django application of two models, for the comparison only."""
