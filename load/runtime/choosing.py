"""Which load users take part, and in which proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.workloads import default_workload

from .settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .settings import LoadSettings

__all__ = ["choose_workloads", "profile_of", "weights_of"]


def choose_workloads(environment: Any, settings: LoadSettings) -> None:
    """
    Leaves Locust the user classes that the plan asks for, with their weights.

    A file with one workload has it alone. Raises `SettingsError` for a workload that is not there, or that the
    configuration gives nothing to do.
    """
    known = {cls.workload: cls for cls in environment.user_classes if getattr(cls, "workload", "")}
    weights = weights_of(settings) if len(known) > 1 else dict.fromkeys(known, 1.0)
    for name, weight in weights.items():
        if name not in known:
            raise SettingsError(f"no load user in this file does {name!r} (there are: {', '.join(sorted(known))})")
        cls = known[name]
        profile = profile_of(cls.profiles, settings)
        if not profile:
            raise SettingsError(f"{name} needs one of the profiles {', '.join(cls.profiles)}, and none is configured")
        cls.check(settings.config.profiles[profile], profile)
        cls.weight = weight
    environment.user_classes[:] = [known[name] for name in weights]


def weights_of(settings: LoadSettings) -> Mapping[str, float]:
    """The weights of a mixed load: those of the plan, else the default workload of each profile, all alike."""
    declared = {name: weight for name, weight in settings.plan.weights.items() if weight > 0}
    if settings.plan.weights and not declared:
        raise SettingsError("the weights of the mixed load are all 0")
    names = (default_workload(profile) for profile in settings.config.profiles)
    return declared or {name: 1.0 for name in names if name}


def profile_of(profiles: tuple[str, ...], settings: LoadSettings) -> str:
    """The profile that a workload loads: the plan's where it can, else its first that is configured; empty for none."""
    configured = settings.config.profiles
    wanted = (settings.plan.profile, *profiles)
    return next((name for name in wanted if name in profiles and name in configured), "")
