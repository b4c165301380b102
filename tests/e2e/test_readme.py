"""A newcomer's first report: the README's own files, its own commands, its own output."""

import shlex

from tests.e2e.conftest import README


def test_the_readmes_report_type_gives_the_readmes_file(local):
    (line,) = [line for line in README.splitlines() if line.startswith("octavo submit sales")]
    done = local.octavo(*shlex.split(line)[1:])
    assert done.returncode == 0, done.stderr
    shown = README.partition("<!-- output -->\n```csv\n")[2].partition("```")[0]
    assert shown
    assert done.stdout == shown
