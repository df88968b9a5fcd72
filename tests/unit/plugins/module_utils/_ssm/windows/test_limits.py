# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The limits of windows, held against the model of the API in the SDK."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire as window_wire

UUID = "11111111-2222-3333-4444-555555555555"
LENGTHS = [
    (limits.WINDOW_TEXTS, "UpdateMaintenanceWindowRequest", window_wire.WINDOW),
    (limits.TARGET_TEXTS, "RegisterTargetWithMaintenanceWindowRequest", window_wire.TARGET),
    (limits.TASK_TEXTS, "RegisterTaskWithMaintenanceWindowRequest", window_wire.TASK),
    *(
        (limits.BLOCK_TEXTS[option], f"MaintenanceWindow{member}Parameters", table)
        for option, member, table in window_wire.BLOCKS.values()
    ),
]


@pytest.mark.parametrize("texts, shape, table", LENGTHS)
def test_lengths_are_those_of_the_api(ssm, texts, shape, table):
    members = ssm.shape_for(shape).members
    for option, (least, most) in texts.items():
        metadata = members[table[option]].metadata
        assert metadata["max"] == most, option
        # An empty text clears where the API takes none.
        assert least in (0, metadata.get("min", 0)), option
    limited = {option for option, member in table.items() if isinstance(member, str) and _text(members[member])}
    elsewhere = {"name", "start_date", "end_date", "schedule_timezone", "max_concurrency", "max_errors"}
    elsewhere |= {"service_role_arn", "task_type", "cutoff_behavior", "document_version", "document_hash_type"}
    assert limited - set(texts) <= elsewhere


def _text(shape):
    return shape.type_name in ("string", "blob")


@pytest.mark.parametrize(
    "pattern, shape, right, wrong",
    [
        (limits.NAME, "MaintenanceWindowName", ["abc", "a.b-c_d"], ["ab", "a b c", "x" * 129]),
        (limits.WINDOW_ID, "MaintenanceWindowId", ["mw-0123456789abcdef0"], ["mw-0", "mw-0123456789ABCDEF0"]),
        (limits.ITEM_ID, "MaintenanceWindowTargetId", [UUID], ["1", UUID + "0"]),
        (limits.CONCURRENCY, "MaxConcurrency", ["1", "10", "5%", "100%"], ["0", "0%", "101%", "x", "10000000"]),
        (limits.ERRORS, "MaxErrors", ["0", "1", "10", "0%", "99%", "100%"], ["01", "101%", "x", "10000000"]),
        (limits.DOCUMENT_VERSION, "DocumentVersion", ["$LATEST", "$DEFAULT", "12"], ["0", "latest"]),
    ],
)
def test_patterns_are_those_of_the_api(ssm, pattern, shape, right, wrong):
    import re

    metadata = ssm.shape_for(shape).metadata
    for text in right + wrong:
        fits = re.fullmatch(metadata["pattern"], text) is not None
        fits = fits and metadata.get("min", 0) <= len(text) <= metadata.get("max", 9999)
        assert (pattern.fullmatch(text) is not None) is fits is (text in right), text


def test_numbers_are_those_of_the_api(ssm):
    members = ssm.shape_for("CreateMaintenanceWindowRequest").members
    for option, member in (("duration", "Duration"), ("cutoff", "Cutoff"), ("schedule_offset", "ScheduleOffset")):
        metadata = members[member].metadata
        for value in (metadata["min"] - 1, metadata["min"], metadata["max"], metadata["max"] + 1):
            given = {**dict.fromkeys(window_wire.WINDOW), option: value}
            fits = metadata["min"] <= value <= metadata["max"] or (option == "schedule_offset" and value == 0)
            try:
                limits.window(given)
                assert fits
            except errors.InvalidInput as error:
                assert not fits and error.message.startswith(f"{option}: ")
