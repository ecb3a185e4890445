"""Facts: what one blob (a layer, or an image configuration) holds, as collectors found it.

A fact belongs to the blob it was read from and to nothing else: no tag, no image, no opinion. Paths are relative to the root of the
file system, without a leading slash; bytes that are no UTF-8 are written with backslashes. No fact carries a secret's value: only a
masked excerpt and a keyed hash. `kind` names the model in the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.vocabulary import Level


class Fact(BaseModel):
    """Base of all facts. `path` is the file that the fact was read from; empty for facts of an image configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    path: str = ""


class Skipped(Fact):
    """Something that was not looked at, or not to its end. `reason` begins with a member of vocabulary.Reason."""

    kind: ClassVar[str] = "skipped"
    collector: str
    reason: str


class Distribution(Fact):
    """One os-release file or one of its relatives. Source: os-release(5)."""

    kind: ClassVar[str] = "distribution"
    id: str
    version: str = ""
    codename: str = ""
    name: str = ""
    like: tuple[str, ...] = ()
    details: dict[str, str] = Field(default_factory=dict)


class Package(Fact):
    """One package. `type` and `namespace` are those of the package URL; `version` is complete, as the ecosystem writes it
    (`[epoch:]version[-release]`). `path` is the database or metadata file that names it. For distribution packages `namespace` may be
    empty: it comes from the distribution of the image."""

    kind: ClassVar[str] = "package"
    type: str
    name: str
    version: str
    namespace: str = ""
    arch: str = ""
    source: str = ""
    source_version: str = ""
    evidence: Literal["installed", "declared", "sbom"] = "installed"
    development: bool = False
    licences: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    module: str = ""
    purl: str = ""
    details: dict[str, str] = Field(default_factory=dict)


class OwnedFiles(Fact):
    """The files of one distribution package, from its list. `md5` runs beside `files` where the list has checksums, else it is empty."""

    kind: ClassVar[str] = "owned-files"
    package: str
    arch: str = ""
    files: tuple[str, ...]
    md5: tuple[str, ...] = ()


class PackageLicences(Fact):
    """The licences of a distribution package that its database does not name but another file does."""

    kind: ClassVar[str] = "package-licences"
    package: str
    licences: tuple[str, ...]


class File(Fact):
    """A member of the layer that is worth remembering for its own sake: type, mode, owner, capabilities, checksums, link target.
    `mode` has the permission bits with setuid, setgid and sticky (octal 0-7777)."""

    kind: ClassVar[str] = "file"
    type: Literal["file", "folder", "symlink", "hardlink", "character", "block", "fifo"]
    mode: int
    uid: int = 0
    gid: int = 0
    size: int = 0
    target: str = ""
    capabilities: tuple[str, ...] = ()
    sha256: str = ""
    md5: str = ""
    details: dict[str, str] = Field(default_factory=dict)


class Account(Fact):
    """One line of passwd or shadow, without the hash. `file` says which. For shadow: `password` is how the field reads (`empty`, `locked`,
    `hash`, `shadowed`), `algorithm` the scheme, `password_id` a keyed hash of the hash, `weak` the reason why it was guessed, if it was."""

    kind: ClassVar[str] = "account"
    file: Literal["passwd", "shadow", "group", "gshadow"]
    line: int
    name: str
    uid: int | None = None
    gid: int | None = None
    home: str = ""
    shell: str = ""
    members: tuple[str, ...] = ()
    password: Literal["", "empty", "locked", "hash", "shadowed"] = ""
    algorithm: str = ""
    password_id: str = ""
    weak: str = ""
    last_change: int | None = None
    max_days: int | None = None
    details: dict[str, str] = Field(default_factory=dict)


class Directive(BaseModel):
    """One setting of a configuration file. `name` is lower case where the software ignores case; nesting stands before it with dots or
    in `context`; secret values are masked."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line: int
    name: str
    value: str = ""
    context: str = ""


class Configuration(Fact):
    """A parsed configuration file of a known software."""

    kind: ClassVar[str] = "configuration"
    software: str
    directives: tuple[Directive, ...] = ()
    details: dict[str, str] = Field(default_factory=dict)


class Secret(Fact):
    """A credential found in a file or in the image configuration. `excerpt` is masked (at most four leading characters of the value);
    `value_id` is a keyed hash of the value."""

    kind: ClassVar[str] = "secret"
    rule: str
    line: int = 0
    excerpt: str = ""
    value_id: str
    level: Level
    confidence: int = 100
    details: dict[str, str] = Field(default_factory=dict)


class Sample(Fact):
    """A file that looks malicious to one source (a YARA rule, a hash list, a heuristic). `type` is one of features.md section 6 (Trojan,
    WebShell, Miner, Engtest ...); `score` 0-100."""

    kind: ClassVar[str] = "sample"
    type: str
    score: int
    source: str
    rule: str
    sha256: str = ""
    md5: str = ""
    size: int = 0
    line: int = 0
    excerpt: str = ""
    details: dict[str, str] = Field(default_factory=dict)


class ImageSettings(Fact):
    """The run-time part of an image configuration (OCI image-spec, config.md), values masked where they are secret.
    `env` and `labels` are (name, value); `volumes` and `ports` in the order of the document."""

    kind: ClassVar[str] = "image-settings"
    os: str = ""
    architecture: str = ""
    created: str = ""
    user: str = ""
    env: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    workdir: str = ""
    shell: tuple[str, ...] = ()
    stop_signal: str = ""
    onbuild: tuple[str, ...] = ()
    diff_ids: tuple[str, ...] = ()


class HistoryStep(Fact):
    """One entry of the image history, text masked. `layer` is the index of the layer it made, None for an empty one."""

    kind: ClassVar[str] = "history-step"
    index: int
    created_by: str
    comment: str = ""
    created: str = ""
    empty: bool = False
    layer: int | None = None


class ConfigSecret(Fact):
    """A credential in the image configuration. `place` says where: `config.Env[NAME]`, `config.Labels[NAME]`, `history[2]`.
    `details["weak"]` says why a guesser finds it at once."""

    kind: ClassVar[str] = "config-secret"
    place: str
    name: str = ""
    rule: str
    excerpt: str = ""
    value_id: str
    details: dict[str, str] = Field(default_factory=dict)


class FileHashes(Fact):
    """Hashes of regular files that are not empty, in columns of one length: `paths` (`archive!/inner` for a member of an archive), `sizes`
    in bytes, `sha256` (32 bytes each) and `md5` (16 bytes each). In the store they are rows of `file_hashes`; a view of an image holds
    those that a hash list names."""

    kind: ClassVar[str] = "file-hashes"
    paths: tuple[str, ...]
    sizes: tuple[int, ...]
    sha256: tuple[bytes, ...]
    md5: tuple[bytes, ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, bytes, bytes]]) -> FileHashes:
        """At least one (path, size, sha256, md5)."""
        paths, sizes, sha256, md5 = zip(*rows, strict=True)
        return cls(paths=paths, sizes=sizes, sha256=sha256, md5=md5)

    def rows(self) -> Iterator[tuple[str, int, bytes, bytes]]:
        """(path, size, sha256, md5) of each file."""
        return zip(self.paths, self.sizes, self.sha256, self.md5, strict=True)


class VexFile(Fact):
    """A VEX document that lies in the image: what its builder says about vulnerabilities in it. Sources: OpenVEX, CycloneDX, CSAF."""

    kind: ClassVar[str] = "vex"
    document: str


FACTS: tuple[type[Fact], ...] = (
    Skipped, Distribution, Package, OwnedFiles, PackageLicences, File, Account, Configuration, Secret, Sample, ImageSettings, HistoryStep,
    ConfigSecret, VexFile, FileHashes,
)  # fmt: skip
BY_KIND: dict[str, type[Fact]] = {fact.kind: fact for fact in FACTS}


def decode_fact(kind: str, payload: str | bytes) -> Fact:
    """A fact from its stored JSON. Raises KeyError for an unknown kind and pydantic.ValidationError for a payload that does not fit."""
    return BY_KIND[kind].model_validate_json(payload)
