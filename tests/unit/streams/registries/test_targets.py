"""Images on disk: every form that skopeo writes gives the same layers; what is no image, or a damaged one, is told apart."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import lzma
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from backports import zstd

from analyzers.contract import PassContext
from analyzers.layer import LayerResult, inspect_layer
from schemas.vocabulary import Reason
from streams.registries.archive_files import NotAnImage
from streams.registries.local_images import LocalImages
from streams.registries.manifests import RegistryError
from streams.registries.targets import TargetImage, open_target
from tests.unit.streams.registries.made_images import Layout, digest_of, layer_tar, skopeo

LAYERS = ({"etc/os-release": b"ID=debian\n", "srv/a": b"a" * 5000}, {"srv/.wh.a": b"", "srv/b": b"b"})
DIFF_IDS = [digest_of(layer_tar(files)) for files in LAYERS]
needs_skopeo = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "oci")
    layout.name(layout.image(*LAYERS), "1.0")
    return layout


def read(image: TargetImage) -> list[LayerResult]:
    return [
        inspect_layer(one.chunks(), [], PassContext(b"k"), digest=one.digest, diff_id=one.diff_id, size=one.size, media_type=one.media_type)
        for one in image.layers
    ]


def check(path: Path, references: tuple[str, ...]) -> None:
    with open_target(path) as images:
        (image,) = images
        assert image.references == references
        assert image.manifest.digest == digest_of(image.manifest.body)
        assert image.config_digest == digest_of(image.config)
        results = read(image)
    assert [(one.state, one.diff_id) for one in results] == [("succeeded", diff_id) for diff_id in DIFF_IDS]
    assert [one.entries for one in results] == ["etc/os-release\nsrv/a", "srv/b"]
    assert results[1].whiteouts == {"srv/a"}


def test_layout_folder(layout: Layout) -> None:
    check(layout.folder, ("1.0",))


@needs_skopeo
def test_what_skopeo_writes(layout: Layout, tmp_path: Path) -> None:
    source = f"oci:{layout.folder}:1.0"
    skopeo(source, f"docker-archive:{tmp_path}/docker.tar:example.org/team/app:1.0")
    skopeo(source, f"oci-archive:{tmp_path}/oci.tar:1.0")
    skopeo("--format", "oci", "--dest-compress-format", "zstd", source, f"oci:{tmp_path}/zstd:1.0")
    check(tmp_path / "docker.tar", ("example.org/team/app:1.0",))
    check(tmp_path / "oci.tar", ("1.0",))
    check(tmp_path / "zstd", ("1.0",))
    plain = (tmp_path / "docker.tar").read_bytes()
    for name, packed in {"gz": gzip.compress(plain), "xz": lzma.compress(plain), "zst": zstd.compress(plain)}.items():
        (tmp_path / f"packed.{name}").write_bytes(packed)
        check(tmp_path / f"packed.{name}", ("example.org/team/app:1.0",))


def archive(path: Path, files: dict[str, bytes | str]) -> Path:
    """A tar; a text is the target of a symlink."""
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def config(*diff_ids: str) -> bytes:
    return json.dumps({"os": "linux", "rootfs": {"type": "layers", "diff_ids": list(diff_ids)}}).encode()


def test_docker_archive_of_several_images_with_links_and_packed_layers(tmp_path: Path) -> None:
    first, second = (layer_tar(files) for files in LAYERS)
    packed = gzip.compress(second)
    listed = [
        {"Config": "one.json", "RepoTags": ["a:1", "a:2"], "Layers": ["x/layer.tar", "y/layer.tar"]},
        {"Config": "./two.json", "RepoTags": None, "Layers": ["z/layer.tar"]},
    ]
    path = archive(tmp_path / "several.tar", {
        "manifest.json": json.dumps(listed).encode(), "one.json": config(*DIFF_IDS), "two.json": config(DIFF_IDS[0]),
        "x/layer.tar": first, "y/layer.tar": packed, "z/layer.tar": "../x/layer.tar",
    })  # fmt: skip
    with open_target(path) as images:
        assert [image.references for image in images] == [("a:1", "a:2"), ()]
        assert [[one.digest for one in image.layers] for image in images] == [[DIFF_IDS[0], digest_of(packed)], [DIFF_IDS[0]]]
        assert {result.state for image in images for result in read(image)} == {"succeeded"}
    with open_target(path) as again:
        assert [image.manifest.digest for image in again] == [image.manifest.digest for image in images]


def test_index_of_several_platforms(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "oci")
    amd, arm = layout.image({"a": b"1"}), layout.image({"b": b"2"}, architecture="arm64")
    attestation = layout.blob(b"{}", "application/vnd.oci.image.manifest.v1+json", platform={"os": "unknown", "architecture": "unknown"})
    layout.name(layout.index(amd, arm, attestation), "multi")
    with open_target(layout.folder) as images:
        assert [(image.manifest.digest, image.reference) for image in images] == [(amd["digest"], "multi"), (arm["digest"], "multi")]


def test_root_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "os-release").write_text("ID=debian\n")
    (root / "etc" / "hard").hardlink_to(root / "etc" / "os-release")
    (root / "etc" / "link").symlink_to("/etc/shadow")
    os.mkfifo(root / "etc" / "pipe")
    (root / os.fsdecode(b"odd\xff")).write_bytes(b"x" * 3000)
    with open_target(root) as images:
        (result,) = read(images[0])
    assert result.state == "succeeded"
    assert result.entries == "etc/\nodd\\xff\netc/hard\netc/link\netc/os-release\netc/pipe"
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (1, 1))
    with open_target(root) as again:
        assert again[0].manifest.digest == images[0].manifest.digest


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x7fELF" + bytes(3000), layer_tar({"etc/passwd": b"root"}), gzip.compress(b"text", mtime=0), bytes(2048)]
)
def test_what_is_no_image(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "target"
    path.write_bytes(content)
    with pytest.raises(NotAnImage, match=r"target (is no image archive|cannot be unpacked)"), open_target(path):
        pass


def test_folders_without_any_file_and_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "sources" / "below").mkdir(parents=True)
    for path in (tmp_path / "sources", tmp_path / "absent", Path("/dev/null")):
        with pytest.raises(NotAnImage, match=r"holds no file|does not exist|neither a file nor a folder"), open_target(path):
            pass


@pytest.mark.parametrize(
    "files",
    [
        {"notes.txt": b"hello"},
        {"lib.jar": b"PK"},
        {"index.json": b'{"title": "a page"}'},
        {"index.json": b"no JSON"},
        {"manifest.json": b'{"name": "a web application"}'},
        {"manifest.json": b"[]", "index.json": b"[1, 2]"},
    ],
)
def test_any_other_folder_is_looked_at_as_it_is(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with open_target(tmp_path) as images:
        assert [image.folder for image in images] == [True]
        assert sorted(read(images[0])[0].entries.splitlines()) == sorted(files)


def test_layouts_and_archives_in_folders_are_images(layout: Layout, tmp_path: Path) -> None:
    (layout.folder / "oci-layout").unlink()
    check(layout.folder, ("1.0",))
    (layout.folder / "index.json").write_bytes(b"damaged")
    with pytest.raises(RegistryError), open_target(layout.folder):
        pass
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    described = {"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["0.tar", "1.tar"]}
    (unpacked / "manifest.json").write_text(json.dumps([described]))
    (unpacked / "c.json").write_bytes(config(*DIFF_IDS))
    for number, files in enumerate(LAYERS):
        (unpacked / f"{number}.tar").write_bytes(layer_tar(files))
    check(unpacked, ("a:1",))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"manifest.json": b'[{"Config": "c", "Layers": ["l"]}]', "c": config(DIFF_IDS[0])}, Reason.LAYER_MISSING),
        ({"manifest.json": b'[{"Config": "c", "Layers": []}]'}, Reason.LAYER_MISSING),
        ({"manifest.json": b'[{"Config": "c", "Layers": ["l"]}]', "c": config(), "l": "l"}, Reason.LAYER_MISSING),
        ({"manifest.json": b"[{"}, Reason.UNSUPPORTED_MANIFEST),
        ({"index.json": b"[]"}, Reason.UNSUPPORTED_MANIFEST),
        ({"index.json": b'{"manifests": [{"digest": "sha256:../../../etc/passwd"}]}'}, Reason.UNSUPPORTED_MANIFEST),
        ({"index.json": b"[" * 100_000}, Reason.UNSUPPORTED_MANIFEST),
        ({"index.json": json.dumps({"manifests": [{"digest": digest_of(b"x")}]}).encode()}, Reason.LAYER_MISSING),
        (
            {"index.json": json.dumps({"manifests": [{"digest": digest_of(b"x")}]}).encode(), "blobs/sha256/" + digest_of(b"x")[7:]: b"y"},
            Reason.DIGEST_MISMATCH,
        ),
    ],
)
def test_damaged_archives(tmp_path: Path, files: dict[str, bytes | str], reason: Reason) -> None:
    with pytest.raises(RegistryError) as caught, open_target(archive(tmp_path / "damaged.tar", files)):
        pass
    assert caught.value.reason == reason


def test_a_packed_archive_that_is_cut_or_explodes(tmp_path: Path) -> None:
    for blob, reason in (
        (gzip.compress(os.urandom(9000))[:5000], Reason.TRUNCATED_LAYER), (zstd.compress(bytes(200 << 20)), Reason.EXPANSION_LIMIT),
    ):  # fmt: skip
        (tmp_path / "packed").write_bytes(blob)
        with pytest.raises(RegistryError) as caught, open_target(tmp_path / "packed", tmp_path):
            pass
        assert caught.value.reason == reason
    assert [path.name for path in tmp_path.iterdir()] == ["packed"]


@pytest.fixture
def imported(layout: Layout, tmp_path: Path) -> Iterator[LocalImages]:
    local = LocalImages(tmp_path / "images")
    with open_target(layout.folder) as images:
        local.add(images[0], "team/app", "1.0")
        local.add(images[0], "team/app", "latest")
        local.add(images[0], "other", "1.0")
    yield local


def test_imported_images_read_like_a_registry(imported: LocalImages, layout: Layout) -> None:
    async def look() -> None:
        assert await imported.repositories() == ["other", "team/app"]
        assert await imported.tags("team/app") == ["1.0", "latest"]
        manifest = await imported.manifest("team/app", "latest")
        assert manifest == await imported.manifest("team/app", manifest.digest)
        assert manifest.digest == layout.entries[0]["digest"]
        for layer in json.loads(manifest.body)["layers"]:
            chunks = [chunk async for chunk in imported.blob("team/app", layer["digest"], layer["size"])]
            assert digest_of(b"".join(chunks)) == layer["digest"]
            with pytest.raises(RegistryError, match="size_mismatch"):
                _ = [chunk async for chunk in imported.blob("team/app", layer["digest"], layer["size"] + 1)]
        for reference, reason in (("absent", "image_not_found"), (digest_of(b"absent"), "image_not_found"), ("sha256:../x", "unsupported")):
            with pytest.raises(RegistryError, match=reason):
                await imported.manifest("team/app", reference)

    asyncio.run(look())


def test_an_import_of_a_lying_archive_leaves_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "oci")
    layout.name(layout.image({"a": b"1"}), "1")
    with open_target(layout.folder) as images:
        blob = layout.folder / "blobs" / "sha256" / images[0].layers[0].digest.removeprefix("sha256:")
        blob.write_bytes(b"something else")
        local = LocalImages(tmp_path / "images")
        with pytest.raises(RegistryError, match="digest_mismatch"):
            local.add(images[0], "a", "1")
    assert [path for path in (tmp_path / "images").rglob("*") if path.is_file()] == []
