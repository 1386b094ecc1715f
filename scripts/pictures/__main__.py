"""`python -m scripts.pictures [NAME ...]`: start a service, fill it, and take the pictures."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from scripts.pictures.deliverables import side_by_side
from scripts.pictures.demo import filled
from scripts.pictures.service import running, sweep
from scripts.pictures.shots import shots
from scripts.pictures.taking import take, take_sign_in_with_account
from tests.web.chromium import running_chromium

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "docs" / "screenshots"
DELIVERABLES = ROOT / "docs" / "images" / "deliverables.png"
#: Where an identity provider would be; the sign-in page names it without asking it.
ACCOUNT = {
    "LEADMAGNET_OIDC_ISSUER": "https://login.example.com",
    "LEADMAGNET_OIDC_AUDIENCE": "leadmagnet",
    "LEADMAGNET_OIDC_CLIENT_ID": "leadmagnet",
    "LEADMAGNET_PUBLIC_URL": "http://127.0.0.1",
}


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="leadmagnet-pictures-") as folder, running_chromium() as browser:
        service = Path(folder) / "service"
        with running(service, {}) as ready:
            demo = filled(ready, Path(folder))
            sweep(service)
            take(browser, ready, shots(demo), SCREENSHOTS, names)
            if not names or "deliverables" in names:
                side_by_side(browser, ready, demo.deliverables, DELIVERABLES)
        if not names or any(name.startswith("sign-in-account") for name in names):
            with running(Path(folder) / "account", ACCOUNT) as ready:
                take_sign_in_with_account(browser, ready, SCREENSHOTS)


main(sys.argv[1:])
