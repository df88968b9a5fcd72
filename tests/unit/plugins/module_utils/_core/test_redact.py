# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What may be secret is replaced at any depth, and a change of it is still seen."""

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import redact


def hide(one):
    """Passwords have a hash, notes are left out, and what stands under plain is nobody's secret."""
    hidden = {"password": redact.fingerprint(one["password"])} if "password" in one else {}
    return {**hidden, "note": redact.LEFT_OUT, **({"plain": one["plain"]} if "plain" in one else {})}


def test_fingerprint():
    assert redact.fingerprint("secret") == redact.fingerprint("secret")
    assert redact.fingerprint("secret") != redact.fingerprint("Secret")
    assert redact.fingerprint("\udce9").startswith("sha256:")
    assert len(redact.fingerprint("")) == len("sha256:") + 16


def test_redacted():
    given = {
        "users": [{"name": "a", "password": "x", "note": "left out"}, 3],
        "deep": {"er": {"password": "y", "plain": {"password": "not a secret here"}}},
        "note": {"any": "thing"},
    }
    found = redact.redacted(given, hide)
    assert found == {
        "users": [{"name": "a", "password": redact.fingerprint("x")}, 3],
        "deep": {"er": {"password": redact.fingerprint("y"), "plain": {"password": "not a secret here"}}},
    }
    assert given["users"][0]["password"] == "x"


def test_what_is_no_dict_stays():
    assert redact.redacted("text", hide) == "text"
    assert redact.redacted([1, None], hide) == [1, None]
