"""A copy of Pyodide beside the book: what is needed, nothing that is not what the lock names."""

import hashlib
import json

import pytest

from tools import pyodide


@pytest.fixture
def folder(tmp_path):
    """Return a folder like Pyodide's, with files of a few bytes."""
    made = tmp_path / "from"
    made.mkdir()
    packages = {
        "numpy": ("numpy-2.whl", []),
        "matplotlib": ("matplotlib-3.whl", ["numpy", "pillow"]),
        "pillow": ("pillow-1.whl", []),
        "scipy": ("scipy-1.whl", ["numpy"]),
        "tqdm": ("tqdm-4.whl", []),
    }
    for name, _ in packages.values():
        (made / name).write_text(name)
    (made / "tqdm-4.whl").unlink()  # JupyterLite's, and not there
    lock = {
        name: {
            "file_name": file,
            "sha256": hashlib.sha256(file.encode()).hexdigest(),
            "depends": depends,
        }
        for name, (file, depends) in packages.items()
    }
    (made / "pyodide-lock.json").write_text(json.dumps({"packages": lock}))
    (made / "pyodide.mjs").write_text("import('./pyodide.asm.mjs')")
    for name in ("pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (made / name).write_text(name)
    return made


@pytest.fixture
def site(tmp_path):
    made = tmp_path / "site"
    for path in (pyodide.SETTINGS, pyodide.LITE_SETTINGS, pyodide.RUN_PAGE):
        (made / path).parent.mkdir(parents=True)
    (made / pyodide.SETTINGS).write_text('{"pyodide": "https://host/pyodide.mjs", "megabytes": 17}')
    (made / pyodide.LITE_SETTINGS).write_text('{"jupyter-config-data": {}}')
    (made / pyodide.RUN_PAGE).write_text('<span class="pyodide-host">host</span>, 17 MB')
    return made


def test_site_has_what_it_needs_and_asks_itself(folder, site, capsys):
    pyodide.beside_the_book(site, folder)
    assert sorted(path.name for path in (site / pyodide.COPY).iterdir()) == [
        "matplotlib-3.whl",
        "numpy-2.whl",
        "pillow-1.whl",
        "pyodide-lock.json",
        "pyodide.asm.mjs",
        "pyodide.asm.wasm",
        "pyodide.mjs",
        "python_stdlib.zip",
    ]
    assert "tqdm-4.whl is not there" in capsys.readouterr().out
    lock = json.loads((site / pyodide.COPY / "pyodide-lock.json").read_text())["packages"]
    assert sorted(lock) == ["matplotlib", "numpy", "pillow", "scipy"]
    settings = json.loads((site / pyodide.SETTINGS).read_text())
    found = (site / pyodide.SETTINGS).parent / settings["pyodide"]
    assert found.resolve() == (site / pyodide.COPY / "pyodide.mjs").resolve()
    lite = json.loads((site / pyodide.LITE_SETTINGS).read_text())["jupyter-config-data"]
    kernel = lite["litePluginSettings"][pyodide.LITE_KERNEL]
    assert kernel["disablePyPIFallback"] is True
    address = kernel["pyodideUrl"]
    assert address.startswith("./")  # JupyterLite takes this from its own root
    assert (site / "lite" / address).resolve() == found.resolve()
    assert "this site</span>, 17 MB" in (site / pyodide.RUN_PAGE).read_text()


def test_a_file_that_is_not_what_the_lock_names_is_refused(folder, site):
    (folder / "pillow-1.whl").write_text("something else")
    with pytest.raises(SystemExit, match=r"pillow-1\.whl has the digest"):
        pyodide.beside_the_book(site, folder)


def test_a_package_of_the_chapters_must_be_there(folder, site):
    (folder / "numpy-2.whl").unlink()
    with pytest.raises(FileNotFoundError, match="numpy"):
        pyodide.beside_the_book(site, folder)
