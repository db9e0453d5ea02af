"""The server: ``core/`` decides (pure, no clock), ``shell/`` carries out (sockets, timers), ``cli/`` starts it."""
