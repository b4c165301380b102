"""The doctor: checks a deployment from end to end, as its callers and its operator see it.

- `finding`: the result of a check
- `checks`: the list of all checks, and how they are run one after another
- `deployment`: what the checks work on: the API, and the account if there are rights
- `trials`: the reports that the checks request, all of which are deleted at the end
- `caller`, `runs`, `documents`: the checks of the API, of a report's ends, and of its document
- `local_stack`: the emulator behind a local stack
- `account`: the stack's resources in its AWS account; `account_checks`: the checks of them
"""
