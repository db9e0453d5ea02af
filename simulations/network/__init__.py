"""A seeded network between a client and a server on this machine: delay, jitter, stalls and cuts. docs/network.md"""
