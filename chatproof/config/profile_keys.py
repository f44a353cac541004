"""The keys of each profile's table `[profiles.NAME]`."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # get_type_hints needs it at run time
from dataclasses import dataclass
from typing import Any, Literal

from chatproof.config.keys import Json, key
from chatproof.config.shared_keys import (  # get_type_hints needs them at run time
    Counter,  # noqa: TC001
    RateLimit,  # noqa: TC001
    Route,  # noqa: TC001
    Turn,  # noqa: TC001
    Upstream,  # noqa: TC001
)

__all__ = ["PROFILES", "AgentStream", "AiChat", "ChatKit", "Hybrid", "StreamChat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AiChat:
    """`[profiles.ai-chat]`: an AI chat over SSE. What is declared becomes mandatory."""

    path: str = key("/api/v1/chat", "Where a chat turn is posted.", kind="path-part")
    ping_path: str = key("", "A route that checks the token.", example="/api/v1/auth/ping", kind="path-part")
    health_path: str = key("", "A route that needs no token.", example="/health", kind="path-part")
    resume_path: str = key(
        "",
        "GET route that goes on with a turn after `Last-Event-ID`; `{session}` is replaced.",
        example="/api/v1/chat/{session}/events",
        kind="path-part",
    )
    message: str = key("Hello, how are you?", "What a plain turn says.")
    fields: Mapping[str, Json] = key({}, "Further fields of every request body.")
    message_field: str = key("message", "Name of the message's field.")
    session_field: str = key("sessionId", "Name of the session's field.")
    memory_field: str = key("useMemory", "Name of the memory switch.")
    session_example: str = key("session-20250819-143022-a1b2", "A session id that is accepted.")
    session_pattern: str = key(
        r"session-\d{8}-\d{6}-[a-z0-9]{4}", "What every session id matches as a whole.", kind="regex"
    )
    message_limit: int = key(4000, "Characters that a message may have.", minimum=1)
    heartbeat: float = key(
        10.0, "Interval of heartbeats; 1.5 times this is the longest silence allowed.", kind="duration", minimum=0.01
    )
    heartbeat_variable: str = key(
        "", "The variable that sets the interval in milliseconds.", example="OPENAI_SSE_HEARTBEAT_MS"
    )
    heartbeat_form: Literal["comment", "event"] = key("comment", "Whether a heartbeat is a comment or an event.")
    heartbeat_event: str = key("heartbeat", "With the event form: the event's name.")
    extra_events: tuple[str, ...] = key((), "Event names beyond token, usage, done (and the heartbeat's).")
    finish_reasons: tuple[str, ...] = key(
        ("stop", "length", "content_filter", "tool_calls", "error"), "Reasons that `done` may give."
    )
    echo: bool = key(False, "Answers repeat the message, so that mixed-up streams can be told.")
    long_turn: Turn | None = key(None, "A turn that stays open for more than two heartbeat intervals.")
    idle_turn: Turn | None = key(
        None,
        "A turn with a silence between tokens longer than `idle_limit`.",
        example='{ message = "Think for two minutes, then answer" }',
    )
    idle_limit: float = key(60.0, "The silence that every hop must survive.", kind="duration", minimum=0.01)
    rate_limit: RateLimit | None = key(None, "The backend's own rate limit.")
    turn_timeout: float = key(60.0, "Longest time that a plain turn may take.", kind="duration", minimum=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStream:
    """`[profiles.agent-stream]`: agents' messages pushed over SSE. What is declared becomes mandatory."""

    path: str = key("/api/chat/stream", "Where a page subscribes, by GET.", kind="path-part")
    agent_parameter: str = key("agentId", "The query's name for the agent.")
    agents_parameter: str = key("", "The query's name for several agents, by commas.", example="agentIds")
    agents: tuple[str, ...] = key(
        ("claude_arbitrage", "chatgpt_openai", "gemini_grid", "deepseek_ml", "buy_and_hold"), "The agents' ids."
    )
    generate_path: str = key("/api/chat/generate", "Where messages are generated, by POST.", kind="path-part")
    generate_token: str = key(
        "",
        "The cron job's own secret, sent to `generate_path` as `Authorization: Bearer`; empty: the user's credential.",
        example='"${CRON_SECRET}"',
        kind="secret",
    )
    messages_per_agent: int = key(2, "So many messages of each agent come of one generation.", minimum=1)
    generate_timeout: float = key(30.0, "Longest time that it may take.", kind="duration", minimum=0.001)
    publish: Route | None = key(
        None,
        "A route that publishes one message; `{agent}` and `{text}` are replaced.",
        example='{ path = "/api/chat/messages", body = { agentId = "{agent}", content = "{text}" } }',
    )
    poll: Route | None = key(
        None,
        "The route that pages poll without SSE; `{agent}` is replaced.",
        example='{ method = "GET", path = "/api/chat/messages?agentId={agent}" }',
    )
    history: int = key(20, "So many messages of each agent the poll gives at the most.", minimum=1)
    instances: tuple[str, ...] = key(
        (), "Two addresses of the same service.", example='["http://10.0.0.1:3000", "http://10.0.0.2:3000"]', kind="url"
    )
    connected_type: str = key("connected", "`type` of the greeting, where that is an event.")
    heartbeat: float = key(
        30.0, "Interval of heartbeats; 1.5 times this is the longest silence allowed.", kind="duration", minimum=0.01
    )
    heartbeat_form: Literal["comment", "event"] = key("comment", "Whether a heartbeat is a comment or an event.")
    heartbeat_event: str = key("heartbeat", "With the event form: the event's name.")
    heartbeat_variable: str = key(
        "", "The variable that sets the interval in milliseconds.", example="SSE_HEARTBEAT_MS"
    )
    turn_timeout: float = key(60.0, "Longest time that a short answer may take.", kind="duration", minimum=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChat:
    """`[profiles.stream-chat]`: a backend that gives tokens for Stream Chat. What is declared becomes mandatory."""

    path: str = key("/api/v1/chat/stream/token", "Where a user gets a token.", kind="path-part")
    method: Literal["GET", "POST"] = key("GET", "How it is asked.")
    token_field: str = key("token", "Name of the token's field.")
    user_field: str = key("user_id", "Name of the user's field; dots go deeper.")
    key_field: str = key("api_key", "Name of the API key's field.")
    subject: str = key("sub", "jwt: the claim that is the user's id in Stream.")
    secret: str = key("", "The secret of the Stream app.", example='"${GET_STREAM_SECRET_KEY}"', kind="secret")
    api_key: str = key("", "The API key of the Stream app, which is public.", example="kwkbhtfrtj7u")
    max_ttl: float = key(86400.0, "Longest life of a token.", kind="duration", minimum=1)
    inactive_user: Mapping[str, Json] = key({}, "jwt: claims of a deactivated user.", example='{ sub = "gone" }')
    open_conversation: Route | None = key(
        None,
        "Opens the channel of a conversation; `{conversation}` is replaced.",
        example='{ path = "/api/v1/chat/conversations/{conversation}/channel" }',
    )
    conversation: str = key("", "The id of a conversation of the first user.", example="752a3ad3-2337-4e62-...")
    conversation_users: tuple[str, ...] = key((), "The ids of its members in Stream.", example='["u1", "u2"]')
    foreign_conversation: str = key("", "The id of a conversation of other users.", example="0b1f6c1e-1d0b-4c55-...")
    open_dm: Route | None = key(
        None, "Opens a channel for two; `{user}` is replaced.", example='{ path = "/api/v1/chat/dm/{user}" }'
    )
    send: Route | None = key(
        None,
        "Sends a message to a conversation; `{conversation}` and `{text}` are replaced.",
        example='{ path = "/api/v1/chat/conversations/{conversation}/messages", body = { text = "{text}" } }',
    )
    webhook_path: str = key("", "Where Stream posts its events.", example="/webhooks/stream", kind="path-part")
    upstream: Upstream | None = key(None, "The suite's own Stream API.", example='{ variable = "STREAM_CHAT_URL" }')
    key_variable: str = key("GET_STREAM_API_KEY", "The variable that holds the API key.")
    secret_variable: str = key("GET_STREAM_SECRET_KEY", "The variable that holds the secret.")
    turn_timeout: float = key(20.0, "Longest time that an answer may take.", kind="duration", minimum=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatKit:
    """`[profiles.chatkit]`: sessions for ChatKit, or its server. What is declared becomes mandatory."""

    mode: Literal["custom", "hosted", "self-hosted"] = key(
        "custom", "Sessions of a backend of one's own, sessions of OpenAI's, or a server of the ChatKit protocol."
    )
    session_path: str = key("/api/custom/session", "custom, hosted: where a session is made.", kind="path-part")
    server_path: str = key("/chatkit", "self-hosted: where the protocol is spoken.", kind="path-part")
    refresh_path: str = key("", "Where a secret is renewed.", example="/api/custom/refresh", kind="path-part")
    refresh_field: str = key("token", "The field in which the old secret is sent.")
    secret_field: str = key("client_secret", "The field that holds the secret.")
    expires_field: str = key("expires_at", "The field that says until when.")
    expires_form: Literal["", "iso", "seconds"] = key(
        "", "ISO-8601 with a zone or whole seconds since 1970; empty: `iso`, and either in hosted mode."
    )
    min_ttl: float = key(60.0, "Shortest life of a session.", kind="duration", minimum=0)
    max_ttl: float = key(
        0.0, "Longest life of a session; 0 stands for 1 h, and 10 min in hosted mode.", kind="duration"
    )
    ttl_variable: str = key("", "The variable that sets a session's life in seconds.", example="SESSION_TTL_SECONDS")
    key_variable: str = key("CUSTOM_BACKEND_KEY", "The variable that holds the key of the backend behind.")
    models: tuple[str, ...] = key((), "Models that a session may ask for.", example='["gpt-4o-mini"]')
    stream_path: str = key(
        "", "Where a message is answered by a stream.", example="/api/custom/stream", kind="path-part"
    )
    stream_field: str = key("message", "Name of the message's field there.")
    message_path: str = key(
        "", "Where a message is answered as a whole.", example="/api/custom/message", kind="path-part"
    )
    message_field: str = key("text", "Name of the message's field there.")
    message: str = key("Hello, how are you?", "What a plain message says.")
    failing_message: str = key("", "self-hosted: a message whose answer fails.", example="Please fail.")
    secret_header: str = key("Authorization", "The header that carries the session's secret; a bearer's by default.")
    health_path: str = key("", "A route that needs no credential.", example="/health", kind="path-part")
    socket_path: str = key("", "The WebSocket of a session.", example="/chat/{session}", kind="path-part")
    open_sockets: Counter | None = key(
        None, "Where the backend tells how many WebSockets are open.", example='{ path = "/health", field = "sockets" }'
    )
    rate_limit: RateLimit | None = key(None, "The backend's own limit on sessions.")
    upstream: Upstream | None = key(
        None, "The suite's own service behind the backend.", example='{ variable = "CUSTOM_BACKEND_URL" }'
    )
    turn_timeout: float = key(30.0, "Longest time that an answer may take.", kind="duration", minimum=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hybrid:
    """`[profiles.hybrid]`: polling beside Stream Chat. What is declared becomes mandatory."""

    path: str = key("/api/chat/sse", "Where clients poll, by GET.", kind="path-part")
    channels_parameter: str = key("channels", "The query's name for the channels.")
    client_parameter: str = key("clientId", "The query's name for the client.")
    cursor_parameter: str = key("lastEventId", "The query's name for the cursor.")
    events_field: str = key("events", "The field that holds the list of events; empty: the body is the list.")
    id_field: str = key("id", "The field of an event that holds its id.")
    cursor_field: str = key("lastEventId", "The field that holds the next cursor; empty: the last event's id.")
    channel: str = key("test", "A channel that the user may read.")
    backlog: int = key(
        0, "So many events a first poll gives at the most; 0 stands for no number told.", example="50", minimum=0
    )
    foreign_channel: str = key("", "A channel that the user may not read.", example="trip-of-others")
    publish: Route | None = key(
        None,
        "Posts a message to a channel; `{channel}` and `{text}` are replaced.",
        example='{ path = "/api/chat/messages", body = { channel = "{channel}", message = "{text}" } }',
    )
    health_path: str = key("", "The health route.", example="/api/chat/health", kind="path-part")
    token_path: str = key("", "Where a user gets a token.", example="/api/chat/token", kind="path-part")
    token_method: Literal["GET", "POST"] = key("POST", "How it is asked.")
    token_field: str = key("token", "Name of the token's field.")
    user_field: str = key("user.id", "Name of the user's field; dots go deeper.")
    subject: str = key("sub", "jwt: the claim that is the user's id in Stream.")
    secret: str = key("", "The secret of the Stream app.", example='"${STREAM_CHAT_API_SECRET}"', kind="secret")
    api_key: str = key("", "The API key of the Stream app, which is public.")
    max_ttl: float = key(86400.0, "Longest life of a token.", kind="duration", minimum=1)
    diagnostics_path: str = key("", "The diagnostics route.", example="/api/chat/diagnostics", kind="path-part")
    debug_paths: tuple[str, ...] = key(
        (), "Pages that production does not serve.", example='["/debug-chat-connection"]', kind="path-part"
    )
    upstream: Upstream | None = key(None, "The suite's own Stream API.", example='{ variable = "STREAM_CHAT_URL" }')
    mode_variable: str = key("NODE_ENV", "The variable that says `development` or `production`.")
    force_variable: str = key("FORCE_SSE_ONLY", "The variable that turns Stream Chat off.")
    key_variable: str = key("NEXT_PUBLIC_STREAM_CHAT_API_KEY", "The variable that holds the API key.")
    secret_variable: str = key("STREAM_CHAT_API_SECRET", "The variable that holds the secret.")
    turn_timeout: float = key(20.0, "Longest time that an answer may take.", kind="duration", minimum=0.001)


PROFILES: Mapping[str, type[Any]] = {
    "ai-chat": AiChat,
    "agent-stream": AgentStream,
    "stream-chat": StreamChat,
    "chatkit": ChatKit,
    "hybrid": Hybrid,
}
"""The profiles by name, each with the keys of its table `[profiles.NAME]`."""
