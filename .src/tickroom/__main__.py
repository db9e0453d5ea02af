"""``python -m tickroom`` is the console script ``tickroom``."""

from tickroom.server.cli import main

if __name__ == "__main__":
    main()
