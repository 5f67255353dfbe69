"""The account a private server runs under: ours, or `nobody` when we are root (PostgreSQL refuses to run as root).

As `nobody` two things may be out of reach: the binaries (a checkout under /root) and the data folder. Both then get a place under
/var/tmp that belongs to us, named so that two checkouts never share it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

SHARED = Path("/var/tmp")  # noqa: S108  (survives a restart; every folder below is checked to be ours)


class ProcessOwner(TypedDict, total=False):
    """What subprocess takes to start a child as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    uid: int | None  # None: ourselves
    gid: int | None

    @property
    def owner(self) -> ProcessOwner:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, flag: str, path: Path) -> bool:
        """`test -x`, `-r` or `-w` as this account; directories above count too."""
        return subprocess.run(["test", flag, str(path)], **self.owner, cwd="/", check=False).returncode == 0

    def give(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def data_folder(self, home: Path, name: str) -> Path:
        """`home/name`, or a folder named after the home under /var/tmp where this account cannot reach that."""
        folder = home / name
        folder.mkdir(parents=True, exist_ok=True)
        if not self.may("-x", home):
            folder = own_folder(SHARED / f"luxebrain-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}") / name
            folder.mkdir(exist_ok=True)
        self.give(folder, 0o700)
        return folder


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account(None, None)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def own_folder(path: Path) -> Path:
    """A folder that belongs to us and that others may pass through; raises PermissionError when somebody else made it first."""
    path.mkdir(mode=0o755, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or status.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to somebody else; remove it, or set LUXEBRAIN_HOME to a folder of your own")
    path.chmod(0o755)
    return path


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it; raises ModuleNotFoundError."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{name} is not installed; run `make demo`, which installs requirements-dev.txt")
    return Path(spec.submodule_search_locations[0])


def reachable(account: Account, program: Path, *, root: Path, parts: list[Path], version: str) -> Path:
    """`program` itself, or its copy under /var/tmp when the account cannot run it.

    `parts` (files or folders below `root`) are copied with their places kept, because programs find their libraries relative to
    themselves. The copy is made beside and renamed, so that two starts at once or a killed one leave no half copy.
    """
    if account.may("-x", program):
        return program
    whole = own_folder(SHARED / "luxebrain-binaries") / version
    if not whole.exists():
        beside = Path(tempfile.mkdtemp(dir=whole.parent))
        for part in parts:
            _copy(part, beside / part.relative_to(root))
        beside.chmod(0o755)
        try:
            beside.rename(whole)
        except OSError:  # somebody was faster
            shutil.rmtree(beside)
    return whole / program.relative_to(root)


def _copy(part: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if part.is_dir():
        shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include", "pkgconfig"))
    else:
        shutil.copy2(part, target)
