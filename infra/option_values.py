"""Reads the values of deployment options that name things outside the stack: keys, networks, topics, tags."""

from __future__ import annotations

import re

# The only numbers that CloudWatch Logs accepts (PutRetentionPolicy, retentionInDays).
# fmt: off
LOG_RETENTIONS_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
KMS_KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
POLICY = r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+"
TOPIC = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}"
EMAIL = r"[^\s@:]+@[^\s@:]+\.[^\s@:]+"
TAG_TEXT = r"[\w .:/=+@-]"  # the characters that every AWS service accepts in tags


class OptionError(ValueError):
    """A context value is wrong. The message says which one, and what to do."""


def kms_key(value: str | None) -> str | None:
    """Read the ARN of a key. An alias is refused, because IAM policies and CloudWatch Logs need the key itself."""
    return _arn("kms_key", value, KMS_KEY, "arn:aws:kms:REGION:ACCOUNT:key/ID, the ARN of a key and not of an alias")


def permissions_boundary(value: str | None) -> str | None:
    return _arn("permissions_boundary", value, POLICY, "arn:aws:iam::ACCOUNT:policy/NAME, the ARN of a managed policy")


def alarm_topic(value: str | None) -> str | None:
    """Read the ARN of an SNS topic, or an e-mail address."""
    wanted = "arn:aws:sns:REGION:ACCOUNT:NAME, the ARN of an SNS topic, or an e-mail address"
    return _arn("alarm_topic", value, f"{TOPIC}|{EMAIL}", wanted)


def network(subnets: str | None, security_groups: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the subnets and the security groups of the functions: both, or neither."""
    if bool(subnets) != bool(security_groups):
        missing = "security_groups" if subnets else "subnets"
        raise OptionError(f"Functions in a VPC need subnets and security_groups. The option {missing} is missing.")
    return _ids("subnets", subnets, "subnet"), _ids("security_groups", security_groups, "sg")


def tags(value: str | None) -> dict[str, str]:
    """Read `name=value,name=value`. AWS's own limits: 50 tags, names of 128 and values of 256 characters."""
    pairs = [pair.partition("=") for pair in str(value).split(",")] if value else []
    read = {name.strip(): text.strip() for name, _, text in pairs}
    for name, text in read.items():
        if (
            not re.fullmatch(TAG_TEXT + "{1,128}", name)
            or not re.fullmatch(TAG_TEXT + "{1,256}", text)
            or name.lower().startswith("aws:")
        ):
            raise OptionError(
                "The option tags must be name=value, and several of them separated by commas. Names that begin with "
                f"aws: are reserved. It is {value!r}."
            )
    if len(read) < len(pairs) or len(read) > 50:
        raise OptionError(f"The option tags must name each tag once, and at most 50. It is {value!r}.")
    return read


def log_retention_days(value: str | int | None, default: int) -> int:
    text = str(default if value is None else value)
    if text not in map(str, LOG_RETENTIONS_DAYS):
        allowed = ", ".join(map(str, LOG_RETENTIONS_DAYS))
        raise OptionError(f"The option log_retention_days must be one of {allowed}. It is {text!r}.")
    return int(text)


def _arn(option: str, value: str | None, pattern: str, wanted: str) -> str | None:
    if value and not re.fullmatch(pattern, value):
        raise OptionError(f"The option {option} must be {wanted}. It is {value!r}.")
    return value or None


def _ids(option: str, value: str | None, kind: str) -> tuple[str, ...]:
    ids = tuple(each.strip() for each in str(value).split(",")) if value else ()
    if not all(re.fullmatch(rf"{kind}-[0-9a-f]{{8}}([0-9a-f]{{9}})?", each) for each in ids) or len(set(ids)) < len(
        ids
    ):
        wanted = f"an ID such as {kind}-0a1b2c3d4e5f60718, or several that commas separate"
        raise OptionError(f"The option {option} must be {wanted}. It is {value!r}.")
    return ids
