"""Simulated bursts of reports on the synthesized template: none fails, and small reports do not wait for large ones.

`make burst` runs the larger bursts. What the simulation assumes of AWS and of the functions is in
benchmarks/burst/assumptions.py.
"""

import copy
import json
import random
from dataclasses import replace
from types import MappingProxyType

import pytest

from benchmarks.burst.__main__ import capacity_for
from benchmarks.burst.account import UNRESERVED_AT_LEAST, Account
from benchmarks.burst.assumptions import SECONDS, Assumptions
from benchmarks.burst.bucket import TokenBucket
from benchmarks.burst.clock import Clock
from benchmarks.burst.machine import Machine, Retrier, StateError
from benchmarks.burst.scenarios import LARGEST, Burst, Scenario
from benchmarks.burst.template import Deployed, text_of

# The state machine before the reports shared a capacity: what was tried again when Lambda refused it, and how often.
OLD_RETRY = {
    "ErrorEquals": ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.SdkClientException"],
    "IntervalSeconds": 1,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
OLD_MAX_CONCURRENCY = 40
OLD_TIMEOUT_S = 3600
SLOW_CHUNKS = replace(Assumptions(), seconds=MappingProxyType({**SECONDS, "chunk": 6.0}))


def changed(template, change):
    """Return the deployed stack after `change` of its definition, which is called with it."""
    body = copy.deepcopy(template.body)
    (machine,) = (r for r in body["Resources"].values() if r["Type"] == "AWS::StepFunctions::StateMachine")
    definition = json.loads(text_of(machine["Properties"]["DefinitionString"]))
    change(definition)
    machine["Properties"]["DefinitionString"] = json.dumps(definition)
    return Deployed.of(body)


def to_old_rules(definition):
    states = definition["States"]
    states["Plan"]["Next"] = "Render chunks"
    del states["Render chunks"]["MaxConcurrencyPath"]
    states["Render chunks"]["MaxConcurrency"] = OLD_MAX_CONCURRENCY
    definition["TimeoutSeconds"] = OLD_TIMEOUT_S
    for state in (*states.values(), *states["Render chunks"]["ItemProcessor"]["States"].values()):
        if state["Type"] == "Task":
            state["Retry"] = [
                OLD_RETRY if OLD_RETRY["ErrorEquals"][0] in r["ErrorEquals"] else r for r in state["Retry"]
            ]


@pytest.fixture(scope="module")
def old(template):
    return replace(changed(template, to_old_rules), reserved={})


@pytest.fixture(scope="module")
def new_account(synthesize):
    return Deployed.of(synthesize(capacity=str(capacity_for(10))).body)


@pytest.fixture(scope="module")
def usual_account(template):
    return Deployed.of(template.body)


def run(deployed, scenario, *, limit, seed=1, assumptions=SLOW_CHUNKS):
    return Burst(deployed, limit, seed, assumptions).run(scenario)


def test_with_the_old_rules_most_reports_failed_in_a_new_account(old):
    failed = sum(run(old, Scenario(1, 40), limit=10, seed=seed).failed > 0 for seed in range(10))
    assert failed >= 6


def test_with_the_old_rules_half_of_a_large_burst_failed(old):
    outcome = run(old, LARGEST, limit=1_000)
    assert outcome.failed > 20
    assert outcome.errors.keys() == {"States.ExceedToleratedFailureThreshold"}


def test_no_report_of_a_burst_fails_in_a_new_account(new_account):
    assert run(new_account, Scenario(1, 40), limit=10).failed == 0
    assert run(new_account, Scenario(20, 40), limit=10).failed == 0
    assert run(new_account, Scenario(200, 1), limit=10).failed == 0


@pytest.mark.parametrize("assumptions", [Assumptions(), SLOW_CHUNKS], ids=["chunks of 3 s", "chunks of 6 s"])
def test_a_small_report_is_not_slowed_down_by_the_largest_burst(usual_account, assumptions):
    outcome = run(usual_account, LARGEST, limit=1_000, assumptions=assumptions)
    assert outcome.failed == 0
    assert len(outcome.small_s) > 5
    assert outcome.slowest_small_s < outcome.slowest_s / 10


def test_a_small_report_is_not_slowed_down_in_a_new_account(new_account):
    outcome = run(new_account, Scenario(20, 100), limit=10)
    assert outcome.failed == 0
    assert outcome.slowest_small_s < outcome.slowest_s / 10


def test_the_chunks_of_large_reports_never_starve_the_api(usual_account):
    outcome = run(usual_account, LARGEST, limit=1_000)
    assert outcome.throttled_by_api == 0
    assert max(outcome.submit_s) < 10


def test_the_same_seed_gives_the_same_burst(usual_account):
    first, second, other = (run(usual_account, Scenario(20, 40), limit=500, seed=seed) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_an_execution_ends_at_the_timeout_of_its_workflow(template):
    deployed = changed(template, lambda definition: definition.update(TimeoutSeconds=8))
    outcome = run(deployed, Scenario(3, 10), limit=1_000)
    assert outcome.errors["States.Timeout"] >= 3


def test_a_field_that_the_simulation_does_not_know_is_refused(template):
    def change(definition):
        definition["States"]["Render chunks"]["ToleratedFailureCount"] = 1

    with pytest.raises(NotImplementedError, match="ToleratedFailureCount"):
        changed(template, change)


def test_the_recommended_capacity_leaves_what_aws_keeps_unreserved():
    assert [capacity_for(limit) for limit in (10, 100, 200, 500, 1_000)] == [8, 80, 99, 200, 200]
    for limit in (500, 1_000, 5_000):
        assert limit - 2 * capacity_for(limit) >= UNRESERVED_AT_LEAST


def test_a_reservation_is_only_for_its_function_and_limits_it():
    clock, rng = Clock(), random.Random(1)
    account = Account(
        clock, Assumptions(), rng, limit=102, reserved={"chunk": 2}, timeouts_s={"chunk": 300.0, "plan": 600.0}
    )
    results = []

    def call(function):
        try:
            yield from account.invoke(function)
            results.append(function)
        except StateError as error:
            results.append(error.name)

    for _ in range(3):
        clock.start(call("chunk"))
    for _ in range(100):
        clock.start(call("plan"))
    clock.run()
    assert sorted(results) == sorted(["chunk"] * 2 + ["Lambda.TooManyRequestsException"] + ["plan"] * 100)
    assert account.most_running == 102
    assert account.throttled == {"chunk": 1}


def test_a_reservation_that_aws_would_refuse_is_refused():
    with pytest.raises(ValueError, match="at least 100 of 200"):
        Account(Clock(), Assumptions(), random.Random(1), limit=200, reserved={"chunk": 150}, timeouts_s={})


def test_new_execution_environments_are_limited_and_idle_ones_are_used_again():
    clock = Clock()
    few = replace(Assumptions(), environments=2, environments_per_s=0.0001)
    account = Account(clock, few, random.Random(1), limit=100, reserved={}, timeouts_s={"chunk": 300.0})
    results = []

    def call(at_s):
        yield at_s
        try:
            yield from account.invoke("chunk")
            results.append("ran")
        except StateError:
            results.append("refused")

    for at_s in (0.0, 0.0, 0.0, 100.0, 100.0):
        clock.start(call(at_s))
    clock.run()
    assert sorted(results) == ["ran"] * 4 + ["refused"]


def test_a_retry_waits_a_random_part_of_a_time_that_grows_up_to_a_limit():
    rule = {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10, "MaxAttempts": 5}
    fixed, jittered = Retrier.of(rule), Retrier.of({**rule, "JitterStrategy": "FULL"})
    rng = random.Random(1)
    assert [fixed.delay_s(attempt, rng) for attempt in range(4)] == [2, 6, 10, 10]
    delays = [jittered.delay_s(3, rng) for _ in range(1000)]
    assert 0 <= min(delays) < 1 < 9 < max(delays) <= 10


def test_a_token_bucket_delays_what_exceeds_its_rate():
    bucket = TokenBucket(2, per_s=0.5)
    assert [bucket.reserve(0.0) for _ in range(4)] == [0, 0, 2, 4]
    assert [bucket.take(now) for now in (4.0, 6.0, 6.0)] == [False, True, False]


def test_the_simulated_machine_has_the_rules_of_the_template(template, usual_account):
    definition = template.definition()
    machine = usual_account.machine
    assert isinstance(machine, Machine)
    assert machine.timeout_s == definition["TimeoutSeconds"]
    chunk = machine.states["Render chunks"].item_processor.states["Render chunk"]
    retrier = chunk.retrier("Lambda.TooManyRequestsException")
    (rule,) = (
        rule
        for rule in definition["States"]["Render chunks"]["ItemProcessor"]["States"]["Render chunk"]["Retry"]
        if "Lambda.TooManyRequestsException" in rule["ErrorEquals"]
    )
    assert (retrier.max_attempts, retrier.max_delay_s) == (rule["MaxAttempts"], rule["MaxDelaySeconds"])
    assert usual_account.reserved == {"chunk": usual_account.capacity, "plan": usual_account.capacity}
