"""The load test: one server on one core, many clients on the others, and figures that can be compared.

``orchestration.py`` starts the story: server, generators, window, figures. docs/load-test.md says what they mean.
"""
