"""airflow_dags.py FILE...: what Airflow makes of DAG files, as JSON. It imports and stores them as its DAG processor does."""

import ast
import json
import sys

from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization


def delays_of(task):
    """How long Airflow waits after each failed try: by the policy of the task, else its delay."""
    policy = getattr(task, "retry_policy", None)
    if policy is None:
        return [task.retry_delay.total_seconds()] * task.retries
    decisions = [policy.evaluate(RuntimeError(), number, task.retries) for number in range(1, task.retries + 1)]
    return [decision.retry_delay.total_seconds() for decision in decisions]


def task_of(task):
    # A mapped task keeps what its instances have in common.
    own = task.partial_kwargs if task.is_mapped else vars(task)
    mapped = task.expand_input.value.get("asset") if task.is_mapped else []
    return {
        "id": task.task_id,
        "argv": own.get("argv"),
        "assets": list(mapped),
        "upstream": sorted(task.upstream_task_ids),
        "trigger": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "retries": delays_of(task),
        "backoff": bool(task.retry_exponential_backoff),
        "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
        "pool": task.pool,
        "days": list(own["days_of_month"]) if own.get("days_of_month") else None,
        "outlets": [outlet.uri for outlet in task.outlets],
    }


def dag_of(dag):
    DagSerialization.to_dict(dag)
    timetable = dag.timetable
    deadlines = dag.deadline if isinstance(dag.deadline, list) else [dag.deadline] if dag.deadline else []
    return {
        "id": dag.dag_id,
        "description": dag.description,
        "timetable": type(timetable).__name__,
        "cron": getattr(timetable, "expression", getattr(timetable, "_expression", None)),
        "zone": str(getattr(timetable, "timezone", getattr(timetable, "_timezone", None))),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "deadlines": [one.interval.total_seconds() for one in deadlines],
        "params": dag.params.dump(),
        "tasks": [task_of(task) for task in dag.tasks],
    }


dags, errors = [], {}
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        ast.parse(file.read())
    bag = DagBag(dag_folder=path)
    errors.update(bag.import_errors)
    dags += [dag_of(dag) for dag in bag.dags.values()]
print("\n" + json.dumps({"dags": dags, "errors": errors}))
