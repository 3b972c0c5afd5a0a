"""The review page with 10,000 clips: how soon it opens, what memory it takes, whether scrolling stutters.

    python tests/bench_review.py [COUNT]

Needs what tests of the page need (playwright, chromium). A real browser without a window; timings are of this machine.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from browsing import READY, browser, until  # noqa: E402
from reviewing import drawn_episode, many_clips  # noqa: E402

OPENS = 3
"""Times that the page is opened, each in a browser that has not seen it."""

OBSERVE = """
window.longTasks = [];
new PerformanceObserver(list => { for (const task of list.getEntries()) longTasks.push(task.duration); })
    .observe({ type: 'longtask', buffered: true });
"""

SCROLL = """async ({ step, frames }) => {
    const list = document.querySelector('#list');
    longTasks.length = 0;
    const times = [];
    let last = performance.now();
    for (let frame = 0; frame < frames; frame += 1) {
        list.scrollTop += step;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
    }
    times.sort((a, b) => a - b);
    return { longest: Math.max(0, ...longTasks), long: longTasks.length, median: times[times.length >> 1],
             worst: times.at(-1), reached: list.scrollTop };
}"""

KEYS = """async (count) => {
    longTasks.length = 0;
    for (let key = 0; key < count; key += 1) {
        document.querySelector('#list').dispatchEvent(new KeyboardEvent('keydown', { key: 'x', bubbles: true }));
        await new Promise(requestAnimationFrame);
    }
    return { longest: Math.max(0, ...longTasks), long: longTasks.length };
}"""


def renderer_mb(chrome: Any) -> float:
    """The largest proportional set size of the browser's renderer processes, in MB."""
    session = chrome.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    sizes = []
    for one in found:
        if one["type"] == "renderer":
            text = Path(f"/proc/{one['id']}/smaps_rollup").read_text()
            sizes.append(int(re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)[0]) / 1024)
    return max(sizes)


SCROLLS = (("slowly", 40), ("a screen a frame", 800), ("far", 6000))
"""What a scroll is called, and its pixels a frame."""


def scrolled(page: Any, step: int) -> Any:
    """Scroll 240 frames from the top."""
    page.evaluate("document.querySelector('#list').scrollTop = 0")
    return page.evaluate(SCROLL, {"step": step, "frames": 240})


def processor_ms(trace: bytes) -> float:
    """The processor time of the task of a page's main thread that took most of it, in milliseconds.

    On a busy machine a task's own length says how long it waited for a processor, most of all.
    """
    events = json.loads(trace)["traceEvents"]
    main = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [one for one in events if one["name"].endswith("RunTask") and (one["pid"], one["tid"]) in main]
    return max(float(one.get("tdur", 0)) for one in tasks) / 1000


def main(count: int) -> None:
    """Measure, and say so."""
    with tempfile.TemporaryDirectory() as folder:
        made = many_clips(drawn_episode(Path(folder)), count).make()
        data = sum(path.stat().st_size for path in (made.results / "review" / "data").iterdir()) / 1e6
        print(f"{count} clips, {data:.1f} MB of data")
        opened = []
        for _ in range(OPENS):
            with browser() as chrome:
                context = chrome.new_context(viewport={"width": 1440, "height": 900})
                context.add_init_script(OBSERVE)
                page = context.new_page()
                page.goto(made.page.as_uri())
                until(page, "window.reelwright.openedAt")
                opened.append(float(page.evaluate("reelwright.openedAt")))
        print(
            f"opens in {sorted(opened)[OPENS // 2]:.0f} ms (median of {OPENS}; {min(opened):.0f} to {max(opened):.0f})"
        )
        with browser("--enable-precise-memory-info") as chrome:
            context = chrome.new_context(viewport={"width": 1440, "height": 900})
            context.add_init_script(OBSERVE)
            page = context.new_page()
            page.goto(made.page.as_uri())
            until(page, READY)
            page.evaluate("localStorage.setItem('reelwright-setting:reviewer', 'mk')")
            print(f"memory after opening: renderer {renderer_mb(chrome):.0f} MB")
            for name, step in SCROLLS:
                found = scrolled(page, step)
                print(
                    f"scrolling {name}: longest task {found['longest']:.0f} ms, {found['long']} over 50 ms; "
                    f"frame median {found['median']:.1f} ms, worst {found['worst']:.0f} ms; to {found['reached']:.0f} px"
                )
            print(f"memory after scrolling: renderer {renderer_mb(chrome):.0f} MB")
            found = page.evaluate(KEYS, 100)
            print(f"100 decisions: longest task {found['longest']:.0f} ms, {found['long']} over 50 ms")
            heap = page.evaluate("performance.memory.usedJSHeapSize / 1e6")
            print(f"memory at the end: renderer {renderer_mb(chrome):.0f} MB, JavaScript heap {heap:.0f} MB")
            # Apart from what is measured above: tracing takes memory and time of its own.
            chrome.start_tracing(page=page, categories=["-*", "toplevel"])
            for _, step in SCROLLS:
                scrolled(page, step)
            page.evaluate(KEYS, 100)
            busiest = processor_ms(chrome.stop_tracing())
            print(
                f"all of it again: no task took more than {busiest:.0f} ms of a processor; load {os.getloadavg()[0]:.1f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
