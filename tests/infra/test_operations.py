"""The model of `octavo cost` and the doctor know the states, functions, sizes and lifetimes of the template."""

from infra.limits import LINK_LIFETIME_S, SIZES, WORK_RETENTION_DAYS
from infra.options import Options
from octavo.metrics import Metric
from octavo.operations.cost import usage
from octavo.operations.doctor.account import FUNCTIONS
from octavo.operations.doctor.documents import LONGEST_LIFETIME_S


def way(machine):
    """Return the states that a report passes if nothing goes wrong."""
    name, passed = machine["StartAt"], []
    while name:
        passed.append(name)
        state = machine["States"][name]
        name = state["Choices"][0]["Next"] if state["Type"] == "Choice" else state.get("Next")
    return passed


def test_the_states_of_the_model_are_those_of_the_workflow(template):
    definition = template.definition()
    (parent_map,) = [state for state in definition["States"].values() if state["Type"] == "Map"]
    child = parent_map["ItemProcessor"]
    assert child["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert len(way(definition)) == usage.STATES
    assert len(way(child)) == usage.STATES_OF_A_CHUNK


def test_the_memory_of_the_model_is_that_of_the_functions():
    assert {name: SIZES[name].memory_mb for name in usage.MEMORY_MB} == usage.MEMORY_MB


def test_the_defaults_of_the_model_are_those_of_the_deployment():
    assert Options.capacity == usage.CAPACITY
    assert Options.retention_days == usage.RETENTION_DAYS
    assert usage.WORK_RETENTION_DAYS == WORK_RETENTION_DAYS


def test_the_alarms_and_dashboards_of_the_model_are_those_of_the_template(template):
    alarms = [*template.of_type("AWS::CloudWatch::Alarm"), *template.of_type("AWS::CloudWatch::CompositeAlarm")]
    assert len(alarms) == usage.ALARMS
    assert len(template.of_type("AWS::CloudWatch::Dashboard")) == usage.DASHBOARDS


def test_the_metrics_of_the_model_are_those_that_the_functions_print():
    codes = 5  # how many of them occur is not known in advance
    assert len(Metric) - 1 + codes == usage.METRICS


def test_the_doctor_looks_for_throttles_of_every_function():
    assert set(FUNCTIONS) == set(SIZES)


def test_the_lifetime_of_links_is_one_that_the_doctor_accepts():
    assert LINK_LIFETIME_S <= LONGEST_LIFETIME_S
