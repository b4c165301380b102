"""The API of the local stack does what its OpenAPI document says, for valid and for invalid requests."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from octavo.http.calls import CALLS
from tests.e2e.conftest import probe_stack

CASES = Counter()
AT_ONCE = 4  # requests at the same time: the emulator spends most of a request waiting for the function's log
TIMES = {
    "submit": 250,
    "list": 200,
    "docs": 3,
}  # requests of a call in each mode; 120 for other calls
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
CONFIG = {"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A separate stack, because the many requests of these tests fill it with reports."""
    with probe_stack(tmp_path_factory.mktemp("contract"), "letter,number\na,1\nb,2\n", max_running="2") as url:
        yield url


@pytest.fixture(scope="module")
def schema(api):
    config = schemathesis.Config.from_dict(CONFIG)
    return schemathesis.openapi.from_url(f"{api}/openapi.json", config=config)


def adjusted(case, known):
    """Return a generated request with real IDs in most cases, with a unique Idempotency-Key and without a cursor.

    The API refuses a cursor that none of its responses contained. The OpenAPI document cannot express this.
    """
    headers, query = case.headers or {}, case.query or {}
    if "Idempotency-Key" in headers and case.meta.generation.mode is GenerationMode.POSITIVE:
        headers["Idempotency-Key"] = f"key {CASES['all']}"
    if "cursor" in query and case.meta.generation.mode is GenerationMode.POSITIVE:
        del query["cursor"]
    if "id" in (case.path_parameters or {}) and known and CASES["all"] % 3:
        case.path_parameters["id"] = known[CASES["all"] % len(known)]
    return case


@pytest.fixture(scope="module")
def known(api):
    """The IDs of reports in every state. The requests of the tests cancel and delete them."""
    with httpx.Client(base_url=api, timeout=60) as http, ThreadPoolExecutor(2) as pool:  # Two may run at a time.

        def submit(number, **headers):
            asked = {"type": "probe", "parameters": {"whole": number}}
            return http.post("/reports", json=asked, headers=headers).json()

        def finish(number):
            while (report := submit(number, Prefer="wait=20"))["status"] == "RUNNING":
                pass  # An identical request waits for the same report, however slow this machine is.
            return report

        made = [report["id"] for report in (*pool.map(finish, range(10)), submit(10), submit(11))]
        http.post(f"/reports/{made[0]}/cancel")
    return made


def modes(call):
    """Yield the modes of a call's requests: valid, and invalid if any part of the request can be invalid."""
    yield GenerationMode.POSITIVE
    if call.headers or "{" in call.path or call.name in {"submit", "list"}:
        yield GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("call", "mode"),
    [pytest.param(call, mode, id=f"{call.name}-{mode.value}") for call in CALLS for mode in modes(call)],
)
def test_the_api_does_what_its_document_says(schema, known, call, mode):
    operation = schema[call.path][call.method]
    cases = []

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=TIMES.get(call.name, 120),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    def generate(case):
        CASES["all"] += 1
        cases.append(adjusted(case, known))

    generate()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda case: case.call_and_validate(timeout=60), cases))
    CASES["answered"] += len(answers)


def test_enough_requests_were_sent_and_all_were_answered():
    assert CASES["answered"] == CASES["all"] >= 2000
