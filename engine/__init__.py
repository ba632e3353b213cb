"""The engine of Lantern: records, risk, advice and paper, without a window and without a network."""
