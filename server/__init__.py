"""The server: ``core/`` decides (pure, integers, no clock), ``shell/`` carries out (sockets, timers), ``cli/`` starts it."""
