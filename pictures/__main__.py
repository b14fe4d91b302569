"""``make pictures``: a picture of every page of the demonstration, and the index beside them.

``python -m pictures [--out FOLDER] [NAME ...]`` takes those of some pages. Needs Chromium and what
``requirements-dev.txt`` lists; says so where it is missing. The demonstration is loaded as of one instant, so that
the same program gives the same pictures.
"""

import models.memory  # noqa: F401, I001  as manage.py does

import argparse
import sys
from pathlib import Path

from pictures import index
from pictures.shots import SHOTS
from pictures.site import site
from tests.servers import ROOT, ServerMissing

OUT = ROOT / "docs" / "pages"


def main() -> int:
    wanted = argparse.ArgumentParser(prog="python -m pictures", description="A picture of every page.")
    wanted.add_argument("--out", type=Path, default=OUT, help="The folder; docs/pages where left out.")
    wanted.add_argument(
        "names", nargs="*", metavar="NAME", help=f"Some of: {', '.join(s.name for s in SHOTS)}"
    )
    asked = wanted.parse_args()
    if unknown := set(asked.names) - {shot.name for shot in SHOTS}:
        wanted.error(f"no such picture: {', '.join(sorted(unknown))}")
    try:
        from pictures.camera import Camera
        from tests.chromium import chromium
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is missing: pip install -r requirements-dev.txt", file=sys.stderr)
        return 1
    try:
        with chromium() as browser, site() as address:
            camera = Camera(browser, address)
            for shot in SHOTS:
                for look in shot.looks:
                    if asked.names and shot.name not in asked.names:
                        continue
                    size = index.keep(camera.take(shot, look), asked.out / shot.file(look))
                    print(f"{shot.file(look)}: {size / 1024:.0f} KB", flush=True)
    except ServerMissing as error:
        print(error, file=sys.stderr)
        return 1
    index.write(asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
