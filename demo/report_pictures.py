# SPDX-License-Identifier: Apache-2.0
"""usage: report_pictures.py [FOLDER]: report-page.png and report-scripts.png into FOLDER (docs), see scripts/report-pictures.

Both are what a viewer shows of the Encapsulated PDF that `radfmctl report` writes, drawn by poppler's pdftoppm."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pydicom
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("RADFM_BUILD", ROOT / "build"))
DPI = 96
HEAD_POINTS = (44, 232)  # of a page: from below the band to below the patient's fields
NAMES = (  # script, name (PS3.5 6.2.1), language of the report
    ("Latin", "Müßig-Łukasiewicz^Jörg^Šimon^Dr.", "de-DE"),
    ("Greek", "Διονυσίου^Νίκος", "el-GR"),
    ("Cyrillic", "Щербаков^Алексей^Ёлкин", "ru-RU"),
    ("Chinese", "Wang^XiaoDong=王^小东=", "zh-CN"),
    ("Japanese", "Yamada^Tarou=山田^太郎=やまだ^たろう", "ja-JP"),
)


def report(study, prior, out, language="en-US"):
    """The draft of these files; the path of its PDF."""
    out.mkdir()
    configuration = out / "radfm-node.json"
    configuration.write_text(json.dumps({"orthanc": {"url": "http://127.0.0.1:8042"},
                                         "report": {"language": language, "companions": ["pdf"]}}))
    words = [BUILD / "radfmctl" / "radfmctl", "report", "--model", ROOT / "models" / "phantom", "--study", study, "--prior", prior,
             "--config", configuration, "--date", "20260311101700", "--out", out]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"radfmctl report: {done.stderr}")
    if done.stderr:
        sys.exit(done.stderr)
    return out / "draft-report.pdf"


def picture(pdf):
    """The first page."""
    target = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-r", str(DPI), "-f", "1", "-singlefile", "-png", str(pdf), str(target)], check=True)
    return Image.open(target.with_suffix(".png")).convert("RGB")


def study_of(source, folder, script, name):
    """The same study of somebody with another name."""
    folder.mkdir()
    for path in sorted(source.glob("*.dcm")):
        data = pydicom.dcmread(path)
        data.SpecificCharacterSet = "ISO_IR 192"
        data.PatientName = name
        data.StudyDescription = f"Name in {script} script"
        data.save_as(folder / path.name)
    return folder


def save(image, path):
    image.quantize(128).save(path, optimize=True)
    print(f"{path}: {image.width} x {image.height}, {path.stat().st_size} bytes")


def main():
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    with tempfile.TemporaryDirectory(prefix="radfm-pictures-") as folder:
        work = pathlib.Path(folder)
        subprocess.run([str(BUILD / "demo" / "radfm-demo-patient"), "--out", str(work / "patient")], check=True, stdout=subprocess.DEVNULL)
        current, prior = work / "patient" / "current", work / "patient" / "prior"
        save(picture(report(current, prior, work / "page")), target / "report-page.png")
        top, bottom = (points * DPI // 72 for points in HEAD_POINTS)
        heads = []
        for script, name, language in NAMES:
            study = study_of(current, work / f"study-{script}", script, name)
            page = picture(report(study, prior, work / script, language))
            heads.append(page.crop((0, top, page.width, bottom)))
        sheet = Image.new("RGB", (heads[0].width, sum(head.height + 4 for head in heads) - 4), (200, 200, 200))
        for index, head in enumerate(heads):
            sheet.paste(head, (0, index * (head.height + 4)))
        save(sheet, target / "report-scripts.png")


if __name__ == "__main__":
    main()
