"""A notebook in JupyterLab in a browser, as a person sees and uses it.

What takes long is waited for by `wait_for`, in the part of the page in which it stands: each time
that `expect` finds something missing, it describes the page with all its notebooks as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

LIMIT_MS = 180_000
KERNEL = "Python 3 (ipykernel)"


@dataclass(frozen=True)
class Notebook:
    """A notebook that is open in one of JupyterLab's tabs."""

    page: Page
    panel_id: str

    @property
    def panel(self) -> Locator:
        return self.page.locator(f'[id="{self.panel_id}"]')

    @property
    def tab(self) -> Locator:
        return self.page.locator(f'.lm-TabBar-tab[data-id="{self.panel_id}"]')

    @property
    def code_cells(self) -> Locator:
        return self.panel.locator(".jp-CodeCell")

    @property
    def outputs(self) -> Locator:
        return self.panel.locator(".jp-OutputArea-output")

    @property
    def pictures(self) -> Locator:
        return self.panel.locator('.jp-OutputArea-output[data-mime-type="text/html"] svg.mf')

    @property
    def errors(self) -> Locator:
        """Tracebacks, and whatever else stands on a red ground."""
        return self.panel.locator('[data-mime-type="application/vnd.jupyter.stderr"]')

    def show(self) -> None:
        """Choose its tab."""
        self.tab.click()
        self.panel.wait_for()

    def run_all(self) -> None:
        """Choose Run > Run All Cells, and wait until the last cell has run."""
        self.show()  # The menu acts on the notebook that was activated last.
        wait_for_kernel(self.page)
        choose(self.page, "Run", "Run All Cells")
        last = self.code_cells.last.locator(".jp-InputPrompt")
        last.filter(has_text=re.compile(r"\[\d+\]:")).wait_for(timeout=LIMIT_MS)
        wait_for_kernel(self.page)

    def prompts(self) -> list[str]:
        """What stands beside each code cell: the number of its run."""
        return self.code_cells.locator(".jp-InputPrompt").all_inner_texts()

    def output_of(self, source: str) -> Locator:
        """What is below the first code cell with this in its source."""
        return self.code_cells.filter(has_text=source).first.locator(".jp-OutputArea")

    def broken_images(self) -> Sequence[str]:
        """The beginnings of the addresses of images that show nothing."""
        found: Sequence[str] = self.panel.locator("img").evaluate_all(
            "images => images.filter(one => !one.naturalWidth).map(one => one.src.slice(0, 80))"
        )
        return found


def begin(page: Page, address: str) -> Notebook:
    """Go to JupyterLab, and wait for the notebook that it opens by itself."""
    page.goto(address)
    return current_notebook(page)


def open_notebook(page: Page, path: str) -> Notebook:
    """Choose File > Open from Path, and type the path."""
    choose(page, "File", "Open from Path…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(path)
    dialog.get_by_role("button", name="Open").click()
    front = page.locator(".lm-TabBar-tab.jp-mod-current")
    front.filter(has_text=path.split("/")[-1]).wait_for(timeout=LIMIT_MS)
    return current_notebook(page)


def current_notebook(page: Page) -> Notebook:
    """The notebook in front, as soon as its cells and its kernel are there."""
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    panel.locator(".jp-CodeCell").last.wait_for(state="attached", timeout=LIMIT_MS)
    wait_for_kernel(page)
    return Notebook(page, panel.get_attribute("id") or "")


def wait_for_kernel(page: Page) -> None:
    """Until the status bar says that the kernel of the notebook in front has nothing to do."""
    status = page.locator("#jp-main-statusbar")
    status.get_by_text(f"{KERNEL} | Idle").wait_for(timeout=LIMIT_MS)


def choose(page: Page, menu: str, *items: str) -> None:
    """Choose an item of a menu, by way of its submenus."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    for item in items:
        page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()


def choose_theme(page: Page, name: str) -> None:
    """Choose Settings > Theme > JupyterLab Light or Dark, and wait until it has come."""
    choose(page, "Settings", "Theme", f"JupyterLab {name}")
    is_light = "true" if name == "Light" else "false"
    chosen = page.locator(f'body[data-jp-theme-light="{is_light}"]')
    chosen.wait_for(state="attached", timeout=LIMIT_MS)


def contrast(words: Locator, ground: Locator) -> float:
    """The contrast ratio of a text's colour with that of what it stands on, 1 to 21.

    See https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    one = _luminance(words.evaluate("element => getComputedStyle(element).color"))
    other = _luminance(ground.evaluate("element => getComputedStyle(element).backgroundColor"))
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _luminance(colour: str) -> float:
    """Of a colour such as `rgb(17, 17, 17)`."""
    shares = [int(share) / 255 for share in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
