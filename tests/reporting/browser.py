"""A page as a browser shows it: what it logs, how wide it is, what can be read on it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

READ = """
const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const numbers = text => text.match(/[\\d.]+/g).map(Number);
const ground = e => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
const texts = [...document.querySelectorAll('body *')].filter(
  e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
const contrast = texts.map(e => { const a = light(numbers(getComputedStyle(e).color)), b = light(ground(e));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); });
const images = [...document.images];
return {
  width: document.documentElement.scrollWidth, inner: window.innerWidth,
  contrast: Math.min(...contrast), texts: texts.length,
  decoded: images.every(i => i.complete && i.naturalWidth > 100), images: images.length,
  alts: images.map(i => i.alt), paper: getComputedStyle(document.body).backgroundColor,
  duplicates: [...document.querySelectorAll('[id]')].length - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size,
  requests: performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).map(r => r.name),
  sizes: texts.map(e => parseFloat(getComputedStyle(e).fontSize)).reduce((a, b) => Math.min(a, b)),
  spilled: [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll')
    && e.getBoundingClientRect().right > window.innerWidth + 1).length,
};
"""  # noqa: E501


@contextmanager
def chromium() -> Iterator[object]:
    """A headless browser; the test is skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no chromium with chromedriver; apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield opened
    finally:
        opened.quit()


def seen(opened, page: Path, *, width: int, scheme: str) -> dict:
    """What the page says of itself at that width, in that scheme, and what the console holds."""
    mobile = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", mobile)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    opened.get(page.resolve().as_uri())
    return opened.execute_script(READ) | {"console": [line["message"] for line in opened.get_log("browser")]}
