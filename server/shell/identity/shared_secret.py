"""What may sign tokens of HS256."""

from __future__ import annotations

from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import InvalidKeyError


def secret_faults(name: str, secret: bytes) -> list[str]:
    """What is wrong with a secret, in words. PyJWT says so at each token, and is asked before there are any.

    The slip that it finds is the issuer's public key given as the secret: everybody has it, and could sign with it.
    """
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except InvalidKeyError:
        return [f"{name} is a public key, a key pair, a certificate or a key set: give a secret of random bytes"]
    return []
