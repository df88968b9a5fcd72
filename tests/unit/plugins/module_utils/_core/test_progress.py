# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import progress


def test_one_line_for_each_call(tmp_path):
    say = progress.teller(str(tmp_path / "lines"))
    say("1 done")
    say("2 failed: two\n\tlines")
    assert (tmp_path / "lines").read_text() == "1 done\n2 failed: two lines\n"


def test_a_file_that_cannot_be_written_is_an_error_before_anything_starts(tmp_path):
    with pytest.raises(errors.InvalidInput, match="progress_path .*gone/lines"):
        progress.teller(str(tmp_path / "gone" / "lines"))


def test_a_file_that_can_be_written_no_longer_ends_nothing(tmp_path):
    folder = tmp_path / "soon"
    folder.mkdir()
    say = progress.teller(str(folder / "lines"))
    (folder / "lines").unlink()
    folder.rmdir()
    say("1 done")
    assert not folder.exists()
