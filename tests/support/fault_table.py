"""Which probe shows which fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.fault_client import CHAT, ORIGIN, SESSION, Client
from support.fault_probes import (
    after_non_object,
    authorized,
    beat_digits,
    beats_after_done,
    beats_in_events,
    beats_in_long_turn,
    behind_front,
    by_empty_file,
    by_own_key,
    compressed,
    expired_ping,
    fields,
    first_event_before_the_end,
    framing,
    get_of_the_chat,
    head,
    hundred_and_one,
    idle,
    injection,
    kept_open,
    key_bits,
    key_in_refusal,
    limited,
    long_turn,
    pieces,
    placeholder,
    preflight,
    raw,
    request_ids,
    resumed,
    scenario_texts,
    session_after_abort,
    token_in_query,
    turn,
    two_at_once,
    unsigned,
    with_claims,
    with_times,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_GROUPS: tuple[tuple[Callable[[Client], Any], str], ...] = (
    (
        turn,
        """
        status_201 wrong_media_type latin1_charset latin1 split_utf8 bom missing_final_blank_line crlf
        mixed_line_endings capital_field event_without_data raw_line_separator pretty_json id_with_nul ids_repeat
        retry_with_unit retry_too_short no_accel_buffering no_cache_control cache_public no_no_transform
        proxy_buffering_header gzip_forced cors_preflight_only cors_capital_true cors_star_credentials no_vary
        headers_not_exposed cors_star_on_answers no_early_comment token_as_delta unnamed_token usage_missing
        usage_twice usage_before_last_token usage_as_text usage_after_done no_done done_twice done_unknown_reason
        extra_event content_length usage_cost_as_text done_without_reason
        """,
    ),
    (framing, "length_and_chunks no_last_chunk cut_in_chunk cut_before_done body_stays_open"),
    (pieces, "events_in_lumps byte_by_byte"),
    (injection, "text_unescaped"),
    (two_at_once, "swap_streams"),
    (compressed, "gzip_hold"),
    (kept_open, "connection_close"),
    (first_event_before_the_end, "buffer_all"),
    (behind_front, "front_buffers"),
    (key_bits, "signing_key_short"),
    (key_in_refusal, "signing_key_in_errors"),
    (long_turn, "no_heartbeat slow_heartbeat heartbeat_as_event"),
    (beat_digits, "heartbeat_in_seconds"),
    (beats_in_events, "heartbeat_inside_event"),
    (beats_in_long_turn, "heartbeat_cuts_event"),
    (beats_after_done, "heartbeat_after_done"),
    (idle, "idle_cut cut_by_the_clock"),
    (resumed, "resume_repeats_one resume_skips_one resume_200_when_finished"),
    (preflight(path=f"{CHAT}/{SESSION}/events", method="GET"), "resume_preflight"),
    (
        preflight(),
        """
        preflight_behind_auth preflight_404 cors_trailing_slash cors_two_origins methods_malformed headers_wildcard
        content_type_not_listed no_max_age short_max_age cors_fixed_origin
        """,
    ),
    (preflight("https://evil.example"), "cors_echo_any"),
    (preflight(f"{ORIGIN}.evil.example"), "cors_by_prefix"),
    (preflight("http://evil-localhost:3001"), "cors_by_suffix"),
    (preflight("null"), "cors_null"),
    (lambda client: client.post(b'{"message":"hello"}', origin="").status, "origin_required"),
    (
        authorized(lambda _client: "Bearer x"),
        "unauthorized_without_challenge challenge_without_error request_id_after_auth",
    ),
    (
        authorized(lambda _client: None),
        "challenge_always_error anonymous_allowed unauthorized_as_page auth_after_flush",
    ),
    (authorized(lambda client: f"bearer {client.token()}"), "scheme_case_sensitive"),
    (authorized(lambda client: f"Basic {client.token()}"), "basic_accepted"),
    (token_in_query, "query_token"),
    (authorized(placeholder), "placeholder_secret"),
    (unsigned("nOnE"), "jwt_none"),
    (unsigned("HS256"), "jwt_decode_only jwt_stripped_signature"),
    (authorized(by_empty_file), "jwt_key_from_path"),
    (authorized(by_own_key), "jwt_key_from_token"),
    (with_claims(exp=1_000_000_000), "jwt_no_exp_check"),
    (with_times(exp=-120), "jwt_long_leeway"),
    (with_times(nbf=600), "jwt_no_nbf_check"),
    (with_claims(aud="another"), "jwt_no_aud"),
    (with_claims(exp=None), "jwt_exp_optional"),
    (with_claims(exp="9999999999"), "jwt_exp_as_text"),
    (lambda client: client.send("GET", "/api/v1/auth/ping").status, "ping_accepts_anything"),
    (expired_ping, "ping_forgives_age"),
    (get_of_the_chat, "method_without_allow get_runs_the_chat allow_without_post cors_missing_on_405"),
    (lambda client: head(client.send("POST", f"{CHAT}/")), "redirect_302_slash"),
    (request_ids, "no_request_id request_id_missing_on_error request_id_constant"),
    (
        limited,
        "rate_limit_cacheable retry_after_unit retry_after_fraction no_retry_after rate_limit_in_stream",
    ),
    (
        fields(message=""),
        "problem_status_mismatch cors_missing_on_error validation_as_page validation_500 empty_message_accepted",
    ),
    (raw(b"{}"), "message_optional"),
    (fields(message=5), "message_coerced"),
    (fields(message="a" * 4001), "limit_off_by_one no_limit"),
    (fields(message="a" * 4000), "limit_too_low"),
    (fields(message="\N{GRINNING FACE}" * 4000), "limit_in_utf16"),
    (fields(message="   "), "whitespace_accepted"),
    (fields(sessionId=f"{SESSION}x"), "regex_prefix_only"),
    (fields(sessionId=f"{SESSION}\n"), "session_newline"),
    (fields(sessionId=f"x{SESSION}"), "regex_suffix_only"),
    (fields(sessionId=SESSION), "session_sample_refused"),
    (fields(useMemory="yes"), "memory_coerced"),
    (raw(b"{"), "broken_json_500"),
    (raw(b'{"message":"hello"}', Content_Type="text/plain"), "any_content_type"),
    (raw(b"a" * 2_000_000), "big_body_500"),
    (raw(b"[]"), "non_object_500"),
    (after_non_object, "poisoned_by_invalid_input"),
    (session_after_abort, "session_stays_busy"),
    (scenario_texts, "test_scenario_in_production"),
    (hundred_and_one, "drops_101st_request busy_after_100_requests"),
)

PROBES = {name: probe for probe, names in _GROUPS for name in names.split()}
