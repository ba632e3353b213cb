"""Batch + pack -> Results: who may be scored, the graph, reasons, bands, explanation."""
