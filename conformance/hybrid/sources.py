"""The document that the requirements of this profile rest on, section by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = [
    "COMMANDS",
    "DIAGNOSIS",
    "DIAGNOSTICS",
    "ENVIRONMENT",
    "ERRORS",
    "PAGE",
    "SEPARATION",
    "SWITCH",
    "TEMPORARY",
    "rfc",
]


def _plan(section: str) -> Source:
    return Source("Hybrid plan", section)


DIAGNOSIS = _plan("Основные выводы из диагностики")
SEPARATION = _plan("1.1 Разделить системы подключения")
DIAGNOSTICS = _plan("2.1 Создать диагностический endpoint")
ENVIRONMENT = _plan("2.2 Проверить environment variables")
TEMPORARY = _plan("3.1 Временный обход")
ERRORS = _plan("3.2 Улучшенная обработка ошибок")
PAGE = _plan("Шаг 1: Создать диагностическую страницу")
SWITCH = _plan("Шаг 4: Временное исправление")
COMMANDS = _plan("DIAGNOSTIC COMMANDS")


def rfc(number: int, section: str) -> Source:
    """A section of an RFC."""
    return Source(f"RFC {number}", section, f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")
