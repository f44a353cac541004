"""The profile ai-chat: an AI chat over SSE."""
