from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from chatproof.remedy import recognised, remedy_for
from chatproof.requirement import Requirement
from chatproof.verdict import Level
from support.recordings import exchange

if TYPE_CHECKING:
    from chatproof.recording import Exchange

KEYS = ("fastapi", "express", "fastify", "next", "django", "flask", "go", "spring", "nginx", "apache", "cloudflare")


def with_remedies(*keys: str) -> Requirement:
    def judge(_case: object) -> None: ...

    return Requirement(
        id="X-1",
        level=Level.MUST,
        statement="",
        why="",
        sources=(),
        example="",
        remedy={"any": "do it", **{key: f"do it in {key}" for key in keys}},
        scenarios=(),
        means=(),
        aliases=(),
        profiles=(),
        explains_control=False,
        clause="",
        judge=judge,
        definition=("", 0),
    )


def answer(status: int = 400, *, body: object = None, **headers: str) -> Exchange:
    kind = "application/json" if isinstance(body, dict | list) else "text/plain"
    data = json.dumps(body).encode() if isinstance(body, dict | list) else str(body or "").encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange("x", status=status, headers={"content-type": kind, **named}, body=data)


@pytest.mark.parametrize(
    ("shown", "name", "key"),
    [
        (answer(422, body={"detail": [{"loc": ["body"], "msg": "m", "type": "t"}]}), "FastAPI", "fastapi"),
        (answer(401, body={"detail": "Not authenticated"}), "FastAPI or Django REST", "fastapi"),
        (answer(400, body={"statusCode": 400, "error": "Bad Request", "message": "m"}), "fastify", "fastify"),
        (answer(400, body={"timestamp": "t", "status": 400, "error": "e", "path": "/"}), "Spring", "spring"),
        (answer(server="uvicorn"), "an ASGI application (FastAPI or Starlette)", "fastapi"),
        (answer(server="hypercorn-h11"), "an ASGI application (FastAPI or Starlette)", "fastapi"),
        (answer(server="Werkzeug/3.1 Python/3.11"), "Flask", "flask"),
        (answer(server="WSGIServer/0.2 CPython/3.11"), "Django", "django"),
        (answer(server="gunicorn"), "a WSGI application (Flask or Django)", "flask"),
        (answer(server="nginx/1.22.1"), "nginx", "nginx"),
        (answer(server="Apache/2.4.71"), "Apache", "apache"),
        (answer(via="1.1 nginx"), "nginx", "nginx"),
        (answer(cf_ray="8f-FRA", server="cloudflare"), "Cloudflare", "cloudflare"),
        (answer(x_powered_by="Express"), "Express", "express"),
        (answer(x_powered_by="Next.js"), "Next.js", "next"),
        (answer(x_vercel_id="fra1::x"), "Vercel", "next"),
        (answer(404, body="404 page not found\n"), "Go", "go"),
        (
            answer(x_frame_options="DENY", cross_origin_opener_policy="same-origin", referrer_policy="same-origin"),
            "Django",
            "django",
        ),
        (
            exchange("x", status=404, headers={"content-type": "text/html"}, body=b"<pre>Cannot GET /x</pre>"),
            "Express",
            "express",
        ),
    ],
)
def test_a_stack_is_recognised_and_its_remedy_shown_beside_the_general_one(
    shown: Exchange, name: str, key: str
) -> None:
    [first, *_, last] = remedy_for(with_remedies(*KEYS), shown).split("\n")

    assert first.startswith(f"{name} (by ")
    assert first.endswith(f"): do it in {key}")
    assert last == "any stack: do it"


def test_the_framework_comes_before_the_front_that_it_stands_behind() -> None:
    shown = answer(400, body={"statusCode": 400, "error": "e", "message": "m"}, server="nginx", via="1.1 nginx")
    lines = remedy_for(with_remedies(*KEYS), shown).split("\n")

    assert [line.split(" (by ")[0] for line in lines] == ["fastify", "nginx", "any stack: do it"]


def test_a_ping_comment_shows_sse_starlette() -> None:
    shown = exchange(
        "x", headers={"content-type": "text/event-stream"}, body=b": ping - 2026-11-20 10:00:00+00:00\r\n\r\n"
    )

    assert remedy_for(with_remedies("sse-starlette"), shown).startswith("sse-starlette (by its ping comment): ")


def test_a_stack_without_a_remedy_of_its_own_gets_the_general_one_alone() -> None:
    assert remedy_for(with_remedies("go"), answer(server="nginx")) == "do it"


@pytest.mark.parametrize(
    "shown",
    [
        answer(body={"error": "e"}),
        exchange("x", status=400, headers={"content-type": "application/json"}, body=b"{broken"),
        exchange("x", status=400, headers={"content-type": "application/json"}, body=b"[1]"),
        exchange("x", status=400),
        exchange("x", status=None),
    ],
)
def test_an_answer_that_shows_no_stack_gets_the_general_one(shown: Exchange) -> None:
    assert recognised(shown) == ()
    assert remedy_for(with_remedies(*KEYS), shown) == "do it"


def test_without_an_exchange_there_is_the_general_one() -> None:
    assert remedy_for(with_remedies(*KEYS), None) == "do it"


def test_long_header_values_are_cut() -> None:
    [stack] = recognised(answer(server="nginx" + "x" * 100))

    assert stack.sign == f"server: nginx{'x' * 35}..."
