"""What load users do, and the plan of a run that is made of it."""

from chatproof.load_plan_checks import PlanError
from chatproof.load_plan_made import heartbeat_seconds, plan_of
from chatproof.workload_table import WORKLOADS, Workload, default_workload, workloads_of

__all__ = ["WORKLOADS", "PlanError", "Workload", "default_workload", "heartbeat_seconds", "plan_of", "workloads_of"]
