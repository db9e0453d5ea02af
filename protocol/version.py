"""The protocol's version. The major version is part of the WebSocket subprotocol name."""

PROTOCOL_VERSION = 1
SUBPROTOCOL = f"tickroom.{PROTOCOL_VERSION}"
