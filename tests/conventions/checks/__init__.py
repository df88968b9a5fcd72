# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The checkers. Each takes the root of a tree and returns its findings as a list of "path: what is wrong"."""
