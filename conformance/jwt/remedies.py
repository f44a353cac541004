"""How the usual libraries verify a token, for the remedies of every clause."""

from __future__ import annotations

__all__ = ["verify"]


def verify(*, any_stack: str, pyjwt: str, node: str, go: str, spring: str) -> dict[str, str]:
    """Remedies by stack; the frameworks of one language share its library."""
    python = dict.fromkeys(("fastapi", "starlette", "sse-starlette", "django", "flask"), f"PyJWT: {pyjwt}")
    javascript = {
        "express": f"jsonwebtoken: {node}",
        "fastify": f"@fastify/jwt, option `verify`: {node}",
        "next": f"jose: {node}",
    }
    return {"any": any_stack, **python, **javascript, "go": f"golang-jwt: {go}", "spring": spring}
