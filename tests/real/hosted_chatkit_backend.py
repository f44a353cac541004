"""A backend that gets sessions by OpenAI's own library, as OpenAI's quick start has it, with a login added."""

import os
from typing import Any

import jwt
from openai import APITimeoutError, AsyncOpenAI, OpenAIError, RateLimitError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

SECRET_KEY = os.environ["CHAT_JWT_SECRET"]
NO_STORE = {"Cache-Control": "no-store"}


def current_user(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    options: Any = {"require": ["exp", "sub", "aud"]}
    claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"], audience="authenticated", options=options)
    if scheme.lower() != "bearer":
        raise jwt.InvalidTokenError
    return str(claims["sub"])


async def session(request: Request) -> JSONResponse:
    try:
        user = current_user(request)
    except jwt.InvalidTokenError:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return JSONResponse({"error": "Unauthorized"}, status_code=401, headers=NO_STORE | challenge)
    async with AsyncOpenAI(max_retries=0, timeout=4.5) as openai:  # key and base URL are in the environment
        try:
            made = await openai.beta.chatkit.sessions.create(
                user=user,
                workflow={"id": os.environ["WORKFLOW_ID"]},
                expires_after={"anchor": "created_at", "seconds": int(os.environ.get("SESSION_SECONDS", "600"))},
            )
        except RateLimitError as error:
            told = {"Retry-After": error.response.headers.get("retry-after", "1")}
            return JSONResponse({"error": "too many sessions"}, status_code=429, headers=NO_STORE | told)
        except APITimeoutError:
            return JSONResponse({"error": "no session in time"}, status_code=504, headers=NO_STORE)
        except OpenAIError:
            return JSONResponse({"error": "no session"}, status_code=502, headers=NO_STORE)
    secret = getattr(made, "client_secret", None)  # the library takes any JSON, and a page of HTML for a text
    if not isinstance(secret, str) or not secret:
        return JSONResponse({"error": "no session"}, status_code=502, headers=NO_STORE)
    return JSONResponse({"client_secret": secret, "expires_at": made.expires_at}, headers=NO_STORE)


app = Starlette(routes=[Route("/api/chatkit/session", session, methods=["POST"])])
