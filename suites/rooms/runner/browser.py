# SPDX-License-Identifier: MIT
"""Reads an HTML report in headless Chromium, as a person would: browser.py REPORT CASES FILTER SECTION...

A case that FILTER finds is opened, and must have the SECTIONs.

It speaks WebDriver to chromedriver. Exit status: 0 all is well, 1 not (and says what), 3 Chromium or
chromedriver is not installed.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ENTER = "\ue007"


class Browser:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"HOME": folder, "TMPDIR": folder, "PATH": "/usr/bin:/bin"})
        for line in self.process.stdout:
            port = re.search(r"on port (\d+)", line)
            if port and "successfully" in line:
                break
        else:
            raise SystemExit("chromedriver did not start")
        self.url = f"http://127.0.0.1:{port[1]}"
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": CHROMIUM, "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=1280,900", f"--user-data-dir={folder}/profile"]}}}})["sessionId"]
        self.url += f"/session/{self.session}"

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, condition):
        """Until it holds; false after some seconds."""
        return self.call("POST", "/execute/async", {"args": [], "script": (
            "const [done] = arguments, until = performance.now() + 10000;"
            f"(function look() {{ if ({condition}) done(true); else if (performance.now() > until) done(false);"
            "else requestAnimationFrame(look); })()")})

    def keys(self, text):
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(10)


wrong = []


def check(holds, what):
    if not holds:
        wrong.append(what)


SHOWN = "return [...document.querySelectorAll('details.case')].filter(e => !e.hidden).length"


# Texts whose colour is too near to what is behind it (WCAG 2.1, AA: 4.5, of large text 3).
PALE = """
const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => v / 255)
	.map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => { for (; e; e = e.parentElement) {
	const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$|transparent/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
const pale = [];
for (const e of document.body.querySelectorAll('*')) {
	if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.matches('script, style, option, title') || !e.getClientRects().length) continue;
	const s = getComputedStyle(e), inSvg = e instanceof SVGElement, size = parseFloat(s.fontSize);
	const [a, b] = [light(inSvg ? s.fill : s.color), light(behind(e))].sort((x, y) => y - x);
	const ratio = (a + .05) / (b + .05), least = size >= 24 || (size >= 18.6 && s.fontWeight >= 700) ? 3 : 4.5;
	if (ratio < least) pale.push(`${e.textContent.trim().slice(0, 30)} (${ratio.toFixed(2)})`);
}
return pale;
"""


def read(browser, report, cases, wanted, sections):
    browser.call("POST", "/url", {"url": report.as_uri()})
    check(browser.wait("document.documentElement.dataset.ready"), "the page has drawn itself")
    took = browser.run("const [n] = performance.getEntriesByType('navigation'); return n.loadEventEnd - n.startTime")
    print(f"{cases} cases, {report.stat().st_size >> 10} KiB: loaded in {took:.0f} ms")
    # What makes it quick: of a case there is a line, until it is opened.
    check(browser.run("return document.querySelectorAll('.body, #list svg').length") == 0, "no case is drawn before it is opened")
    check(browser.run("return document.querySelectorAll('#list *').length") <= 9 * cases, "a line is few elements")
    check(browser.run(SHOWN) == cases, "all cases are shown at first")
    check(browser.run("return performance.getEntriesByType('resource').length") == 0, "nothing is fetched")

    # With the keyboard alone: filter, go to the first case, open it.
    browser.keys("/")
    check(browser.run("return document.activeElement.id") == "search", "/ goes to the filter")
    browser.keys(wanted)
    shown = browser.run(SHOWN)
    check(0 < shown < cases, f"the filter leaves some ({shown})")
    browser.keys("\ue00c")  # Escape
    browser.keys("j")
    browser.keys(ENTER)
    body = "document.querySelector('details.case[open] .body')"
    if not browser.wait(body):
        check(False, "j and Enter open a case")
        return
    text = browser.run(f"return {body}.innerText + (document.getElementById('rules')?.innerText ?? '')")
    for part in sections:
        check(part in text, f"an opened case shows {part}")
    check(browser.run(f"return {body}.querySelectorAll('svg').length") >= 2, "network and ladder are drawn")
    check(browser.run(f"return [...{body}.querySelectorAll('svg')].every(s => s.getBoundingClientRect().width > 50)"),
          "pictures have a size")
    check(browser.run("return document.querySelectorAll('.alert-by-a-name').length") == 0, "names are text, not markup")

    case = browser.run("return document.querySelector('details.case[open]').id.slice(5)")

    # A long ladder is drawn whole when it is asked for.
    rungs = f"return {body}.querySelectorAll('svg[aria-label^=\"Packet ladder\"] g').length"
    before = browser.run(rungs)
    if browser.run(f"const b = [...{body}.querySelectorAll('button')].find(b => b.textContent.startsWith('Show all'));"
                   "b?.click(); return !!b"):
        check(browser.run(rungs) > before, "the button shows all packets")

    # Filters by result.
    browser.run("document.getElementById('search').value = ''; document.getElementById('search').dispatchEvent(new Event('input'))")
    passed = browser.run("return document.querySelectorAll('details.case.pass').length")
    browser.run("document.querySelector('button[data-kind=pass]').click()")
    check(browser.run(SHOWN) == cases - passed, "passed cases can be hidden")

    # Light and dark differ, and text stands out in both.
    colours = set()
    browser.run("document.querySelectorAll('details.fold').forEach(e => { e.open = true; })")
    for _ in range(3):
        browser.run("document.getElementById('theme').click()")
        colours.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
        pale = browser.run(PALE)
        check(not pale, f"text stands out: {pale[:5]}")
    check(len(colours) == 2, "there are a light and a dark page")

    # A suite of several shows its own cases.
    if browser.run("const s = document.querySelector('.suite'); s?.click(); return !!s"):
        browser.run("document.querySelectorAll('button[data-kind][aria-pressed=false]').forEach(b => b.click())")
        check(0 < browser.run(SHOWN) < cases, "a suite can be chosen")
        browser.run("document.querySelector('.suite').click()")
        check(browser.run(SHOWN) == cases, "and all again")

    if "Rule coverage" in sections:
        counted = browser.run("return [...document.querySelectorAll('#rules tr.hit, #rules tr.miss')].map(r => r.innerText)")
        check(any("tcp dport 80 accept" in row for row in counted), f"rules stand beside their counts {counted}")
        check(any("reached, but never matched" in row for row in counted), f"and what did not match is told {counted}")
        check(browser.run("return document.getElementById('facts').innerText.includes('covered')"), "the head tells the sum")

    # On a phone nothing but pictures and tables scrolls sideways.
    browser.call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
        "width": 390, "height": 800, "deviceScaleFactor": 2, "mobile": True}})
    browser.call("POST", "/url", {"url": "about:blank"})
    browser.call("POST", "/url", {"url": report.as_uri() + "#case-" + case})
    check(browser.wait(body), "the address of a case opens it")
    wide = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
    check(wide[0] <= wide[1], f"a phone shows the whole width {wide}")

    for entry in browser.call("POST", "/se/log", {"type": "browser"}):
        check(entry["level"] != "SEVERE", f"console: {entry['message']}")


def main():
    if not DRIVER or not CHROMIUM:
        return 3
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(folder)
        try:
            read(browser, pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
        finally:
            browser.close()
    for what in wrong:
        print(f"not so: {what}")
    return 1 if wrong else 0


sys.exit(main())
