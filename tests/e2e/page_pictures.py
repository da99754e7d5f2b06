# SPDX-License-Identifier: Apache-2.0
"""usage: page_pictures.py [FOLDER]: the page's views at a desk's and a telephone's width into FOLDER (docs/pictures), see scripts/screenshots.

The node has the demonstration model and drawn patients; one study is broken on purpose, and some wait while the model is at work."""
import io
import sys
import tempfile
from pathlib import Path

import pydicom
from dicom_files import changed, demonstration_patient, small_studies, study_of
from node_harness import ROOT, Node
from page_browser import CHROMIUM, WIDTHS, PageBrowser
from PIL import Image

COLOURS = 160
HEIGHTS = {"queue": {1280: 1080, 390: 1500}, "job": {1280: 1280, 390: 1500}, "dead": {1280: 900, 390: 1100}, "rules": {1280: 900, 390: 1300}}
NAMES = ("Brandt^Anna", "Okafor^Jonas", "Lindqvist^Mei", "Moreau^Carlos", "Yamada^Fatima", "Novak^Peter", "Haddad^Lucia", "Fischer^Ivan")
ANY_AGE = {"max_study_age_days": None}
RULES = [dict(name="emergency room", match={"calling_aets": ["*_ER"]}, action={"lane": "stat"}, **ANY_AGE),
         dict(name="not of children", match={"age_max_years": 15}, action={"off": True}, **ANY_AGE),
         dict(name="chest images", match={"modalities": ["CR", "DX", "CT"], "body_parts": ["CHEST", "THORAX"]}, **ANY_AGE),
         dict(name="the rest", match={}, **ANY_AGE)]


def broken(path):
    data = pydicom.dcmread(path)
    data.PixelData = data.PixelData[: len(data.PixelData) // 4 * 2]
    data.save_as(path)
    return path


def save(png, path):
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size // 1024} kB", flush=True)


def picture(reader, name, width, view, selector, out, study=None):
    reader.page.set_viewport_size({"width": width, "height": HEIGHTS[name][width]})
    reader.go(view).seen(selector)
    if study:
        reader.page.fill("#tester-study", study)
        reader.page.keyboard.press("Enter")
        reader.seen("#tester-answer .result")
    reader.page.evaluate("() => Promise.all([...document.images].map(image => image.decode()))")
    reader.refreshed(1)
    save(reader.page.screenshot(), out / f"page-{name}-{width}.png")


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    out.mkdir(parents=True, exist_ok=True)
    if not CHROMIUM:
        sys.exit("scripts/screenshots: Chromium is not installed (apt-get install chromium)")
    patient = demonstration_patient()
    configuration = {"orthanc": {"url": "http://127.0.0.1:8042"}, "rules": RULES}
    with tempfile.TemporaryDirectory() as folder, Node(configuration=configuration, orthanc={"StableAge": 1}) as node:
        files = [changed(path, folder, PatientName=name, AccessionNumber=f"R{number:04}")
                 for number, (path, name) in enumerate(zip(sorted(small_studies(folder, len(NAMES))), NAMES))]
        broken_study = study_of(files[0])
        node.upload(broken(files[0]))
        for kind in ("prior", "ct", "current"):
            node.store(patient[kind])
            last = node.wait_job(study_of(patient[kind][0]), seconds=300)
        dead = node.wait_job(broken_study)
        browser = PageBrowser()
        try:
            readers = {width: browser.reader(node.base, width=width) for width in WIDTHS}
            for width, reader in readers.items():
                picture(reader, "job", width, f"#job-{last['id']}", "#card-history", out)
                picture(reader, "dead", width, f"#job-{dead['id']}", "#card-history", out)
                picture(reader, "rules", width, "#rules", "#rule-0", out, last["study"])
            node.store(files[1:-1])
            node.store(files[-1:], calling="CT_ER")
            for width, reader in readers.items():
                picture(reader, "queue", width, "#queue", "#list-work progress", out)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
