"""Assess and print many people."""
