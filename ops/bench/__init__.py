"""Benchmarks: ours against a named anchor, interleaved in one run on this machine."""
